"""The parts a store is built of: pictures on squares, written one part at a time, then joined."""

from __future__ import annotations

import json
import os
import shutil
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from .classes import BACKGROUND
from .sources import Picture

ARRAYS = ("rgb", "lines", "box")
CLASSES = "classes"
"""The array that a store has only where its pictures say what stands where."""
_ROWS = 64
"""Pictures copied at a time."""


@dataclass(frozen=True)
class Row:
    """What is known of one picture of a store."""

    id: str
    source: str
    character: str
    family: str
    licence: str
    has_lines: bool


def write_part(part: Path, pictures: Iterable[Picture], size: int) -> None:
    """Write pictures into the folder `part`, which appears whole or not at all."""
    rows: list[Row] = []
    squares: dict[str, list[NDArray[np.uint8] | NDArray[np.int32]]] = defaultdict(list)
    for picture in pictures:
        rgb, lines, box, classes = _centred(picture, size)
        squares["rgb"].append(rgb)
        squares["lines"].append(lines)
        squares["box"].append(box)
        if classes is not None:
            squares[CLASSES].append(classes)
        has_lines = picture.lines is not None
        rows.append(
            Row(
                picture.id,
                picture.source,
                picture.character,
                picture.family,
                picture.licence,
                has_lines,
            )
        )
    unfinished = part.with_name(part.name + ".writing")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    for name, items in squares.items():
        np.save(unfinished / f"{name}.npy", np.stack(items))
    _write_rows(unfinished / "index.jsonl", rows)
    os.replace(unfinished, part)


def _centred(
    picture: Picture, size: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.int32], NDArray[np.uint8] | None]:
    height, width = picture.rgb.shape[:2]
    top, left = (size - height) // 2, (size - width) // 2
    rgb = np.full((size, size, 3), 255, np.uint8)
    lines = np.full((size, size), 255, np.uint8)
    rgb[top : top + height, left : left + width] = picture.rgb
    if picture.lines is not None:
        lines[top : top + height, left : left + width] = picture.lines
    classes = None
    if picture.classes is not None:
        classes = np.full((size, size), BACKGROUND, np.uint8)
        classes[top : top + height, left : left + width] = picture.classes
    return rgb, lines, np.array([top, left, top + height, left + width], np.int32), classes


def join(folder: Path, parts: Sequence[Path]) -> None:
    """Make the arrays and the index of a store of its parts, and remove them.

    Raises DataError where all parts are empty.
    """
    full = [part for part in parts if (part / "rgb.npy").exists()]
    if not full:
        raise DataError("no picture of these packs is on that side of the split")
    told = all((part / f"{CLASSES}.npy").exists() for part in full)
    for name in (*ARRAYS, CLASSES) if told else ARRAYS:
        pieces = [np.load(part / f"{name}.npy", mmap_mode="r") for part in full]
        heading = {
            "descr": np.lib.format.dtype_to_descr(pieces[0].dtype),
            "fortran_order": False,
            "shape": (sum(map(len, pieces)), *pieces[0].shape[1:]),
        }
        # Written, not mapped: a disk that fills up under a mapping kills the process.
        with (folder / f"{name}.npy").open("wb") as stream:
            np.lib.format.write_array_header_1_0(stream, heading)
            for piece in pieces:
                for start in range(0, len(piece), _ROWS):
                    stream.write(np.ascontiguousarray(piece[start : start + _ROWS]).data)
    rows = [Row(**json.loads(line)) for part in full for line in lines_of(part / "index.jsonl")]
    _write_rows(folder / "index.jsonl", rows)
    for part in parts:
        shutil.rmtree(part)


def lines_of(path: Path) -> list[str]:
    return [line for line in path.read_text("utf-8").splitlines() if line]


def _write_rows(path: Path, rows: Sequence[Row]) -> None:
    path.write_text("".join(json.dumps(asdict(row)) + "\n" for row in rows), "utf-8")
