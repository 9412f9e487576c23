"""Options that several commands have, said once."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = [
    "MAX_BYTES",
    "MAX_PIXELS",
    "MAX_SIDE",
    "Format",
    "MaxBytes",
    "MaxPixels",
    "MaxSide",
    "Output",
    "Overwrite",
]

Output = Annotated[
    str, typer.Option("-o", "--output", metavar="FILE|FOLDER|-", help="Where to; - is stdout.")
]
Format = Annotated[
    str | None,
    typer.Option(help="png, webp or jpg: of stdout and of the files in a folder (png)."),
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Do pictures of a folder again that are done already.")
]
MaxPixels = Annotated[int, typer.Option(help="Largest width times height accepted.")]
MaxSide = Annotated[int, typer.Option(help="Largest width or height accepted.")]
MaxBytes = Annotated[int, typer.Option(help="Largest file accepted.")]
MAX_PIXELS, MAX_SIDE, MAX_BYTES = 50_000_000, 16_384, 64 * 2**20
"""Their defaults: those of `image.Limits`, without loading it."""
