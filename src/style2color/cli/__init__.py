"""The command line: one file per command, loaded only when its command is asked for.

Every command module has `register(app)`, which adds its command to a typer app, or an `app` of
its own. Errors leave as one line on stderr and the exit code of `errors.py`.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import signal
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from style2color import __version__
from style2color.errors import Style2ColorError, UsageError

if TYPE_CHECKING:
    import typer

__all__ = ["main"]

# The summaries stand here and not in the modules, so that `--help` need not load them.
_COMMANDS = {
    "colorize": "Paint sketches in the colours of a reference picture.",
    "lines": "Make line art from a colour picture.",
    "clean": "Take the lines of a scan off their paper.",
    "studio": "Open the studio: colour in the browser (needs the studio extra).",
    "palette": "Show the main colours of a picture.",
    "model": "Show the model, its card, its training data and their licences.",
    "train": "Train a network (needs the train extra).",
    "data": "Make and look into training data (needs the train extra).",
    "evaluate": "Measure a model (needs the train extra).",
    "gallery": "Paint unpicked drawings, to look at (needs the train extra).",
    "reproduce": "Repeat the paper's experiments (needs the train extra).",
}
_DEBUG = "STYLE2COLOR_DEBUG"
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; ``arguments`` without the program's name, sys.argv's by default.

    Returns the exit code: 0 all done, 1 the work failed, 2 the call is wrong, 130 interrupted.
    """
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    if arguments in (["--version"], ["-V"]):  # answered before anything is loaded
        print(f"style2color {__version__}")
        return 0
    try:
        with _terminated_cleanly(), _plain_warnings():
            return _run(arguments)
    except KeyboardInterrupt:
        _say("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        return _stdout_gone()
    except Exception as error:
        if os.environ.get(_DEBUG):
            raise
        return _explain(error)
    finally:
        _flush()


def _run(arguments: list[str]) -> int:
    import typer

    app = typer.Typer(
        name="style2color",
        help="Paint anime and manga line art in the colours of a reference picture.\n\n"
        "Example: style2color colorize sketch.png -r reference.png -o painted.png",
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )

    @app.callback()
    def options(
        version: bool = typer.Option(False, "--version", "-V", help="Show the version and exit."),
    ) -> None:
        if version:
            print(f"style2color {__version__}")
            raise typer.Exit

    wanted = next((word for word in arguments if not word.startswith("-")), None)
    for name, summary in _COMMANDS.items():
        if importlib.util.find_spec(f"{__name__}.{name}") is None:
            continue
        if name == wanted:
            _register(app, name, summary)
        else:  # only for the list of commands; never run
            app.command(name, help=summary)(lambda: None)
    try:
        code = app(arguments or ["--help"], standalone_mode=False, prog_name="style2color")
    except typer.Abort as error:
        raise KeyboardInterrupt from error
    return (code if isinstance(code, int) else 0) if arguments else UsageError.exit_code


def _register(app: typer.Typer, name: str, summary: str) -> None:
    module = importlib.import_module(f"{__name__}.{name}")
    if hasattr(module, "register"):
        module.register(app)
    else:
        app.add_typer(module.app, name=name, help=summary)


def _explain(error: Exception) -> int:
    """Say in one line what went wrong; returns the exit code."""
    if isinstance(error, Style2ColorError):
        _say(f"error: {error}")
        return error.exit_code
    if hasattr(error, "format_message"):  # typer's own: an unknown option, a missing argument
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "style2color"
        _say(f"error: {error.format_message()} See: {command} --help")
        return UsageError.exit_code
    if isinstance(error, ModuleNotFoundError) and not (error.name or "").startswith("style2color"):
        _say(f"error: {error.name} is not installed: pip install 'style2color[train]'")
        return UsageError.exit_code
    if isinstance(error, MemoryError):
        _say("error: not enough memory; use a smaller --size or picture")
        return 1
    _say(
        f"error: a fault in style2color ({type(error).__name__}: {error}); please report it, "
        f"{_DEBUG}=1 shows where it happened"
    )
    return 1


def _say(message: str) -> None:
    line = " ".join(message.split("\n"))
    print(line, file=sys.stderr, flush=True)


@contextmanager
def _plain_warnings() -> Iterator[None]:
    """What Pillow warns of (damaged EXIF or TIFF tags) becomes one line in our own manner."""
    before = warnings.showwarning

    def show(
        message: Warning | str, category: type[Warning], filename: str, lineno: int,
        file: TextIO | None = None, line: str | None = None,
    ) -> None:  # fmt: skip
        if os.sep + "PIL" + os.sep in filename:
            _say(f"note: a picture is damaged in part: {str(message).strip()}")
        else:
            before(message, category, filename, lineno, file, line)

    warnings.showwarning = show
    try:
        yield
    finally:
        warnings.showwarning = before


@contextmanager
def _terminated_cleanly() -> Iterator[None]:
    """Turn SIGTERM into an exit that lets half-written files be removed."""

    def leave(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    try:
        before = signal.signal(signal.SIGTERM, leave)
    except ValueError:  # not in the main thread, where signals are somebody else's
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _flush() -> None:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _stdout_gone()


def _stdout_gone() -> int:
    """The reader of our pipe went away: no complaint, but a result was not delivered."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1
