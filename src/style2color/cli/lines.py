"""`style2color lines`: line art from a colour picture, a folder of them or a pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from style2color.cli.batch import Job

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from style2color.image import Page

EXAMPLES = """\b
Examples:
  style2color lines picture.png -o lines.png
  style2color lines pictures/ -o lines/ --method dilate
"""


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("lines", epilog=EXAMPLES)(lines)


def lines(
    picture: str = typer.Argument(
        ..., metavar="PICTURE|FOLDER|-", help="Colour picture; - is stdin."
    ),
    output: str = typer.Option(
        ..., "-o", "--output", metavar="FILE|FOLDER|-", help="Where to; - is stdout."
    ),
    method: str = typer.Option("xdog", help="xdog (crisp), dilate (soft) or learned."),
    binary: bool = typer.Option(False, "--binary", help="Pure black and white."),
    format: str | None = typer.Option(
        None, help="png, webp or jpg: of stdout and of the files in a folder (png)."
    ),
    overwrite: bool = typer.Option(
        False, "--overwrite", help="Do pictures of a folder again that are done already."
    ),
    max_pixels: int = typer.Option(50_000_000, help="Largest width times height accepted."),
    max_side: int = typer.Option(16_384, help="Largest width or height accepted."),
    max_bytes: int = typer.Option(64 * 2**20, help="Largest file accepted."),
) -> int:
    """Make line art from a colour picture: dark lines on white, of the picture's own size."""
    from style2color.errors import UsageError
    from style2color.image import Limits
    from style2color.lines import METHODS, binarize, extract

    if method not in METHODS:
        raise UsageError(f"--method {method}: choose one of {', '.join(METHODS)}")
    limits = Limits(max_bytes=max_bytes, max_pixels=max_pixels, max_side=max_side)

    def draw(page: Page) -> NDArray[np.uint8]:
        drawn = extract(page.rgb, method)
        return binarize(drawn) if binary else drawn

    return Job(picture, output, "drawn", limits, format, overwrite).run(draw)
