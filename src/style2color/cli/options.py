"""Options that several commands have, said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "MAX_BYTES",
    "MAX_PIXELS",
    "MAX_SIDE",
    "Cache",
    "Format",
    "MaxBytes",
    "MaxPixels",
    "MaxSide",
    "Output",
    "Overwrite",
    "Packs",
    "StoreFolder",
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

Packs = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="The data packs; their held-out side is used."),
]
StoreFolder = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="A store of held-out pictures instead of the packs."),
]
Cache = Annotated[Path, typer.Option(help="Where the packs are decoded to.")]
