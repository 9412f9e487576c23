"""`style2color clean`: crisp lines on transparency from a scan, a folder of scans or a pipe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
  style2color clean scan.jpg -o clean.png
  style2color clean scans/ -o clean/
  style2color clean pencil.jpg -o clean.png --keep-pencil --speckle 20
"""


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("clean", epilog=EXAMPLES)(clean)


def clean(
    scan: Annotated[
        str, typer.Argument(metavar="SCAN|FOLDER|-", help="Scan or photograph; - is stdin.")
    ],
    output: Output,
    keep_pencil: Annotated[
        bool, typer.Option("--keep-pencil", help="Keep coloured pencil as lines.")
    ] = False,
    speckle: Annotated[
        int | None,
        typer.Option(help="Remove specks of up to this many pixels; by the page's size if unset."),
    ] = None,
    format: Format = None,
    overwrite: Overwrite = False,
    max_pixels: MaxPixels = MAX_PIXELS,
    max_side: MaxSide = MAX_SIDE,
    max_bytes: MaxBytes = MAX_BYTES,
) -> int:
    """Take the lines of a scan off their paper: black, crisp, on transparency.

    Removes the paper with its shadows, specks, and under-drawing in coloured pencil. A JPEG holds
    no transparency and gets the lines on white. Nothing is turned or straightened.
    """
    from style2color import image
    from style2color.errors import UsageError
    from style2color.scan import clean_scan, on_transparency

    if speckle is not None and speckle < 0:
        raise UsageError("--speckle must be 0 or more pixels")
    limits = image.Limits(max_bytes=max_bytes, max_pixels=max_pixels, max_side=max_side)

    def work(page: Page) -> NDArray[np.uint8]:
        return clean_scan(page.rgb, keep_pencil=keep_pencil, speckle=speckle)

    def save(ink: NDArray[np.uint8], target: Any, kind: str | None, page: Page) -> None:
        ending = f".{kind}" if kind else Path(target).suffix.lower()
        flat = image.WRITE_FORMATS[ending] == "JPEG"
        image.save(255 - ink if flat else on_transparency(ink), target, format=kind, dpi=page.dpi)

    return Job(scan, output, "cleaned", limits, format, overwrite, save=save).run(work)
