"""`style2color colorize`: paint a sketch, a folder of sketches or a pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from style2color.cli.batch import STREAM, Job, load
from style2color.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from style2color.image import Page

EXAMPLES = """\b
Examples:
  style2color colorize sketch.png -r reference.png -o painted.png
  style2color colorize pages/ -r reference.png -o painted/
  style2color colorize - -r reference.png -o - --format webp < sketch.png > painted.webp
"""


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("colorize", epilog=EXAMPLES)(colorize)


def colorize(
    sketch: str = typer.Argument(..., metavar="SKETCH|FOLDER|-", help="Line art; - is stdin."),
    reference: str | None = typer.Option(
        None,
        "-r",
        "--reference",
        metavar="PICTURE|-",
        help="Picture whose colours are taken; without it the model's own colours.",
    ),
    output: str = typer.Option(
        ..., "-o", "--output", metavar="FILE|FOLDER|-", help="Where to; - is stdout."
    ),
    hints: str | None = typer.Option(
        None, metavar="FILE", help="Colour hints for a single sketch (hints.json)."
    ),
    size: int | None = typer.Option(
        None, help="Longest side, in pixels, at which the network sees the sketch."
    ),
    device: str = typer.Option("cpu", help="cpu, cuda, directml or coreml."),
    threads: int | None = typer.Option(None, help="CPU threads of the network, 2 by default."),
    model: str | None = typer.Option(
        None, metavar="FOLDER", help="Another model than the embedded one."
    ),
    regions: bool = typer.Option(
        True, "--regions/--no-regions", help="Paint closed regions evenly, or every pixel alone."
    ),
    format: str | None = typer.Option(
        None, help="png, webp or jpg: of stdout and of the files in a folder (png)."
    ),
    overwrite: bool = typer.Option(
        False, "--overwrite", help="Paint pages of a folder again that are done already."
    ),
    max_pixels: int = typer.Option(50_000_000, help="Largest width times height accepted."),
    max_side: int = typer.Option(16_384, help="Largest width or height accepted."),
    max_bytes: int = typer.Option(64 * 2**20, help="Largest file accepted."),
) -> int:
    """Paint sketches in the colours of a reference picture.

    The result has the sketch's own size. A folder is painted page by page; running the same
    command again goes on where it stopped.
    """
    from style2color.image import Limits

    limits = Limits(max_bytes=max_bytes, max_pixels=max_pixels, max_side=max_side)
    if sketch == reference == STREAM:
        raise UsageError("sketch and reference cannot both come from stdin")
    sources = [file for file in (reference, hints) if file not in (None, STREAM)]
    job = Job(sketch, output, "painted", limits, format, overwrite, [str(file) for file in sources])
    if hints is not None and job.is_folder:
        raise UsageError("--hints belong to one sketch; paint the pages of a folder one by one")
    job.check()

    from style2color.colorizer import Colorizer
    from style2color.hints import Hints

    painter = Colorizer(model, size, device, threads)
    marks = None if hints is None else Hints.load(hints)
    painter.set_reference(None if reference is None else load(reference, limits))

    def paint(page: Page) -> NDArray[np.uint8]:
        return painter.colorize(page, marks, regions=regions).rgb

    return job.run(paint)
