"""Contact sheets: many small pictures on one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from style2color.errors import UsageError
from style2color.files import atomic_write, list_pictures, shown
from style2color.image import load

from .picture import Picture, draw

LAYERS = ("composite", "line", "flat", "shadow", "highlight", "regions")
VARIED = ("seed", "shot", "palette", "ink")


def seed_sheet(
    seed: int, count: int, columns: int, size: int, layer: str = "composite", vary: str = "seed"
) -> NDArray[np.uint8]:
    """A sheet uint8 (H, W, 3) of one layer of `count` pictures that differ in `vary`.

    The layer "all" lays every layer of a picture side by side, one picture a row.

    Raises UsageError for an unknown layer or variation or a count below one.
    """
    if layer not in (*LAYERS, "all"):
        raise UsageError(f"unknown layer {layer!r}: choose one of {', '.join(LAYERS)} or all")
    shown_layers = LAYERS if layer == "all" else (layer,)
    if layer == "all":
        columns = len(LAYERS)
    if vary not in VARIED:
        raise UsageError(f"unknown variation {vary!r}: choose one of {', '.join(VARIED)}")

    def pictures() -> Iterable[NDArray[np.uint8]]:
        for i in range(count):
            # Drawn at twice the size and shrunk, so that small pictures keep their lines.
            big = min(2 * size, 1024)
            if vary == "seed":
                picture = draw(seed + i, big)
            else:
                picture = draw(
                    seed, big, shot=i * (vary == "shot"), palette=i * (vary == "palette"),
                    ink=i * (vary == "ink"),
                )  # fmt: skip
            for each in shown_layers:
                yield _visible(picture, each)

    return lay_out(pictures(), count * len(shown_layers), columns, size)


def _visible(picture: Picture, layer: str) -> NDArray[np.uint8]:
    if layer != "regions":
        pixels: NDArray[np.uint8] = getattr(picture, layer)
        return pixels
    colours = np.random.Generator(np.random.PCG64(7)).integers(50, 256, (256, 3), dtype=np.uint8)
    colours[0] = 255
    return colours[picture.regions]


def folder_sheet(folder: Path, count: int, columns: int, size: int) -> NDArray[np.uint8]:
    """A sheet uint8 (H, W, 3) of a folder's first `count` pictures."""
    paths = list_pictures(folder, recursive=True)[:count]
    if not paths:
        raise UsageError(f"{shown(folder)}: holds no pictures")
    return lay_out((load(path).rgb for path in paths), len(paths), columns, size)


def lay_out(
    pictures: Iterable[NDArray[np.uint8]], count: int, columns: int, size: int
) -> NDArray[np.uint8]:
    """Pictures, each fitted into a cell of `size`, in rows; uint8 (H, W, 3) on white."""
    for name, value in (("count", count), ("columns", columns), ("size", size)):
        if value < 1:
            raise UsageError(f"--{name} must be at least 1")
    if size > 1024 or count * size * size > 2**28:
        raise UsageError("the sheet would be too large: choose a smaller --count or --size")
    columns = min(columns, count)
    rows = -(-count // columns)
    sheet = Image.new("RGB", (columns * size, rows * size), "white")
    for i, pixels in enumerate(pictures):
        cell = Image.fromarray(pixels).convert("RGB")
        cell.thumbnail((size, size), Image.Resampling.LANCZOS)
        x = (i % columns) * size + (size - cell.width) // 2
        y = (i // columns) * size + (size - cell.height) // 2
        sheet.paste(cell, (x, y))
    return np.asarray(sheet)


def write_sheet(pixels: NDArray[np.uint8], path: Path) -> None:
    """Writes a sheet as PNG, WebP or JPEG, by its extension."""
    kinds = {".png": "PNG", ".webp": "WEBP", ".jpg": "JPEG", ".jpeg": "JPEG"}
    kind = kinds.get(path.suffix.lower())
    if kind is None:
        raise UsageError(f"{shown(path)}: give a name that ends in .png, .webp or .jpg")
    with atomic_write(path) as stream:
        Image.fromarray(pixels).save(stream, kind, quality=82)
