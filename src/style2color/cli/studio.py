"""`style2color studio`: colour in the browser, on your own machine."""

from __future__ import annotations

import importlib.util
import secrets
from pathlib import Path

import typer

from style2color.cli.options import MAX_SIDE, MaxPixels, MaxSide
from style2color.errors import UsageError

EXAMPLES = """\b
Examples:
  style2color studio
  style2color studio --port 9000 --no-browser
  style2color studio --host 0.0.0.0 --token auto
  style2color studio --static site/ --runtime node_modules/onnxruntime-web/dist
"""
_NEEDED = ("fastapi", "uvicorn")


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("studio", epilog=EXAMPLES)(studio)


def studio(
    host: str = typer.Option("127.0.0.1", help="Address to listen at; others need --token."),
    port: int = typer.Option(8765, help="Port to listen at; 0 is any free one."),
    browser: bool = typer.Option(True, "--browser/--no-browser", help="Open the page."),
    token: str | None = typer.Option(
        None, metavar="WORD|auto", help="Ask this of every call; auto makes a new one."
    ),
    allow_host: list[str] = typer.Option(
        [], metavar="NAME", help="Another name under which browsers may call."
    ),
    device: str = typer.Option("cpu", help="cpu, cuda, directml or coreml."),
    threads: int | None = typer.Option(None, help="CPU threads of the network, 2 by default."),
    model: str | None = typer.Option(
        None, metavar="FOLDER", help="Another model than the embedded one."
    ),
    max_pixels: MaxPixels = 36_000_000,
    max_side: MaxSide = MAX_SIDE,
    static: Path | None = typer.Option(
        None, metavar="DIR", help="Write the page that needs no server into DIR, and end."
    ),
    runtime: Path | None = typer.Option(
        None, metavar="DIST", help="With --static: the folder dist of npm's onnxruntime-web."
    ),
) -> None:
    """Open the studio: a page in the browser, served by this machine to itself.

    Nothing is uploaded anywhere and nothing is written to disk. Ctrl-C finishes running jobs and
    stops; a second one stops at once.
    """
    if static is not None:
        from style2color.studio.standalone import write

        typer.echo(f"Written: {write(static, runtime, model)}; put it on any web host.")
        return
    if runtime is not None:
        raise UsageError("--runtime is for --static; add --static DIR")
    for name in _NEEDED:
        if importlib.util.find_spec(name) is None:
            raise UsageError(f"{name} is not installed: pip install 'style2color[studio]'")

    from style2color.studio.server import serve
    from style2color.studio.settings import Settings

    settings = Settings(
        host=host,
        port=port,
        token=secrets.token_urlsafe(18) if token == "auto" else token,
        names=tuple(allow_host),
        device=device,
        threads=threads,
        model=model,
        max_pixels=max_pixels,
        max_side=max_side,
    )
    serve(settings, browser=browser)
