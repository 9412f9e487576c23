"""A user's own folder of pictures, looked through before it is trained on."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from style2color.errors import PictureError, UsageError
from style2color.files import atomic_write, list_pictures, shown
from style2color.image import load

TINY = 96
"""Pictures whose shorter side has fewer pixels are flagged."""
NEAR = 4
"""Two pictures are duplicates when their 64-bit hashes differ in at most so many bits."""


@dataclass(slots=True)
class Entry:
    """What is known of one picture; `character` is its first subfolder, "" at the top.

    `duplicate_of` is the path of the picture it repeats; `error` says why it cannot be read.
    """

    path: str
    character: str
    width: int = 0
    height: int = 0
    hash: str = ""
    tiny: bool = False
    photograph: bool = False
    duplicate_of: str | None = None
    error: str | None = None

    @property
    def usable(self) -> bool:
        return not (self.tiny or self.photograph or self.duplicate_of or self.error)


def perceptual_hash(rgb: NDArray[np.uint8]) -> int:
    """A 64-bit hash of uint8 (H, W, 3) that scaling and recompression hardly change."""
    small = Image.fromarray(rgb).convert("L").resize((9, 8), Image.Resampling.BOX)
    cells = np.asarray(small, dtype=np.int16)
    bits = (cells[:, 1:] > cells[:, :-1] + 1).ravel()
    return int(sum(1 << i for i, bit in enumerate(bits.tolist()) if bit))


def looks_photographed(rgb: NDArray[np.uint8]) -> bool:
    """Whether uint8 (H, W, 3) has a photograph's restless surface rather than painted fills.

    Painted pictures have large areas where neighbours agree within a few levels, even after
    JPEG; photographs carry grain and texture nearly everywhere.
    """
    height, width = rgb.shape[:2]
    if min(height, width) < 16:
        return False
    side = max(height, width)
    if side > 512:
        scale = 512 / side
        size = max(1, round(width * scale)), max(1, round(height * scale))
        rgb = np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.NEAREST))
    grey = rgb.astype(np.int16).mean(axis=2)
    across = np.abs(grey[:, 1:] - grey[:, :-1])[:-1]
    down = np.abs(grey[1:] - grey[:-1])[:, :-1]
    calm = (np.maximum(across, down) <= 2.0).mean()
    return bool(calm < 0.28)


def index_folder(folder: Path, seen: Callable[[], None] | None = None) -> list[Entry]:
    """Looks at every picture below the folder; `seen` is called after each.

    Raises UsageError where the folder is missing or holds no pictures.
    """
    paths = list_pictures(folder, recursive=True)
    if not paths:
        raise UsageError(f"{shown(folder)}: holds no pictures")
    entries: list[Entry] = []
    for path in paths:
        parts = path.relative_to(folder).parts
        entry = Entry("/".join(parts), parts[0] if len(parts) > 1 else "")
        entries.append(entry)
        try:
            page = load(path)
        except PictureError as error:
            entry.error = str(error)
        else:
            entry.width, entry.height = page.width, page.height
            entry.tiny = min(page.width, page.height) < TINY
            entry.photograph = looks_photographed(page.rgb)
            entry.hash = f"{perceptual_hash(page.rgb):016x}"
        if seen is not None:
            seen()
    _mark_duplicates(entries)
    return entries


def _mark_duplicates(entries: list[Entry]) -> None:
    """Of pictures that are alike the largest stays; the others are duplicates of it."""
    kept: list[Entry] = []
    hashes = np.zeros(len(entries), dtype=np.uint64)
    for entry in sorted(entries, key=lambda e: -e.width * e.height):
        if not entry.hash:
            continue
        number = np.uint64(int(entry.hash, 16))
        if kept:
            apart = np.bitwise_count(hashes[: len(kept)] ^ number)
            nearest = int(apart.argmin())
            if apart[nearest] <= NEAR:
                entry.duplicate_of = kept[nearest].path
                continue
        hashes[len(kept)] = number
        kept.append(entry)


def write_index(entries: list[Entry], path: Path) -> None:
    """Writes one JSON line per picture. Raises OutputError where it cannot be written."""
    with atomic_write(path) as stream:
        for entry in entries:
            stream.write((json.dumps(asdict(entry), ensure_ascii=False) + "\n").encode())
