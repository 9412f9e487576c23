"""`style2color lines`: line art from a colour picture, a folder of them or a pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from style2color.cli.batch import Job
from style2color.cli.options import (
    MAX_BYTES,
    MAX_PIXELS,
    MAX_SIDE,
    Format,
    MaxBytes,
    MaxPixels,
    MaxSide,
    Output,
    Overwrite,
)

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
    picture: Annotated[
        str, typer.Argument(metavar="PICTURE|FOLDER|-", help="Colour picture; - is stdin.")
    ],
    output: Output,
    method: str = typer.Option("xdog", help="xdog (crisp), dilate (soft) or learned."),
    binary: bool = typer.Option(False, "--binary", help="Pure black and white."),
    format: Format = None,
    overwrite: Overwrite = False,
    max_pixels: MaxPixels = MAX_PIXELS,
    max_side: MaxSide = MAX_SIDE,
    max_bytes: MaxBytes = MAX_BYTES,
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
