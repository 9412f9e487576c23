"""Layers → files: a PSD, an OpenRaster file, or a folder of PNG."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from style2color.errors import OutputError, UsageError
from style2color.files import atomic_write
from style2color.image import save
from style2color.layers import Layer

__all__ = ["LAYERED", "save_folder", "save_layers"]

LAYERED = (".psd", ".ora")
"""Extensions of the files that hold layers."""

# Names that pages give: with highlight and line light or without, of up to eight references.
_OURS = re.compile(r"[1-9]\d?-(flat|shadow|highlight|line|line-light|reference(-[2-8])?)\.png")


def save_layers(
    layers: Sequence[Layer],
    target: str | os.PathLike[str] | BinaryIO,
    *,
    format: str | None = None,
    icc: bytes | None = None,
    dpi: tuple[float, float] | None = None,
) -> None:
    """Write one file with all layers; a file appears whole or not at all.

    layers: the lowest first, of one size. target: a path, or a binary stream open for writing.
    format: psd or ora; told by the extension of a path. icc, dpi: as for `image.save`.

    Raises:
        UsageError: another format, or layers that do not fit together. OutputError: the file
        cannot be written, or the page is too large for it.
    """
    if format is None:
        format = Path(target).suffix[1:] if isinstance(target, str | os.PathLike) else ""
    if f".{format.lower()}" not in LAYERED:
        raise UsageError(f"layers go into {' '.join(LAYERED)}, not into .{format}")
    if len({layer.pixels.shape[:2] for layer in layers}) != 1:
        raise UsageError("the layers of a file must be of one size")
    if format.lower() == "psd":
        from style2color.export.psd import write
    else:
        from style2color.export.ora import write
    if isinstance(target, str | os.PathLike):
        with atomic_write(target) as stream:
            write(layers, stream, icc, dpi)
        return
    write(layers, target, icc, dpi)


def save_folder(
    layers: Sequence[Layer],
    folder: str | os.PathLike[str],
    *,
    icc: bytes | None = None,
    dpi: tuple[float, float] | None = None,
) -> list[Path]:
    """Write every layer as a PNG named like 1-flat.png, the lowest first; returns the paths.

    Layers of an earlier run that this page does not have are removed, or they would pass for its
    own. Raises OutputError where the folder or a file cannot be written.
    """
    try:
        os.makedirs(folder, exist_ok=True)
        paths = []
        for number, layer in enumerate(layers, start=1):
            path = Path(folder, f"{number}-{layer.name.lower().replace(' ', '-')}.png")
            save(layer.pixels, path, icc=icc, dpi=dpi)
            paths.append(path)
        for there in Path(folder).iterdir():
            if there not in paths and _OURS.fullmatch(there.name):
                there.unlink()
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written: {error.strerror or error}") from error
    return paths
