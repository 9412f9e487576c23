"""Which part of a sketch takes its colours from which of several references: boxes.json.

    {"version": 1, "boxes": [{"reference": 2, "box": [120, 40, 480, 900]}]}

`reference` counts from 1, in the order in which the references are given. `box` is left, top,
right and bottom in pixels of the sketch, the far corner exclusive. Later boxes lie on top of
earlier ones. On the command line the same box is `--box 2:120,40,480,900`.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from style2color.errors import BoxError
from style2color.files import read_small, shown

__all__ = ["MAX_REFERENCES", "Box", "load_boxes", "parse_box"]

MAX_REFERENCES = 8
_MAX_BYTES = 1_000_000
_MAX_BOXES = 1000


@dataclass(frozen=True)
class Box:
    """A rectangle of the sketch, in pixels, and the reference (from 1) that paints it."""

    reference: int
    x0: float
    y0: float
    x1: float
    y1: float

    def __post_init__(self) -> None:
        if not 1 <= self.reference <= MAX_REFERENCES:
            raise BoxError(f"reference {self.reference} must be 1 to {MAX_REFERENCES}")
        corners = (self.x0, self.y0, self.x1, self.y1)
        if not all(map(math.isfinite, corners)):
            raise BoxError("a box must have four finite numbers")
        if not (self.x0 < self.x1 and self.y0 < self.y1):
            raise BoxError(
                f"a box of {', '.join(f'{c:g}' for c in corners)} is empty; "
                "give left, top, right, bottom"
            )


def parse_box(text: str) -> Box:
    """`REF:x0,y0,x1,y1` → a box. Raises BoxError."""
    number, _, corners = text.partition(":")
    try:
        x0, y0, x1, y1 = (float(word) for word in corners.split(","))
        return Box(int(number), x0, y0, x1, y1)
    except (ValueError, OverflowError) as error:
        raise BoxError(f"--box {shown(text)}: write it as 2:left,top,right,bottom") from error
    except BoxError as error:
        raise BoxError(f"--box {shown(text)}: {error}") from error


def load_boxes(
    source: str | os.PathLike[str] | bytes | Mapping[str, Any] | Sequence[Box],
) -> tuple[Box, ...]:
    """Boxes from a path, the bytes of a file, the parsed JSON object, or boxes as they are.

    Raises BoxError with the entry that is wrong.
    """
    name = "the boxes"
    if isinstance(source, str | os.PathLike):
        name = shown(source)
        source = read_small(source, max_bytes=_MAX_BYTES, what="boxes", error=BoxError)
    try:
        if isinstance(source, bytes):
            try:
                source = json.loads(source)
            except (ValueError, RecursionError) as error:
                raise BoxError(f"not valid JSON: {error}") from error
        if isinstance(source, list | tuple) and all(isinstance(box, Box) for box in source):
            return tuple(source)
        return _parse(source)
    except BoxError as error:
        raise BoxError(f"{name}: {error}") from error


def _parse(top: object) -> tuple[Box, ...]:
    if not isinstance(top, Mapping) or set(top) != {"version", "boxes"} or top["version"] != 1:
        raise BoxError('must be {"version": 1, "boxes": […]}')
    listed = top["boxes"]
    if not isinstance(listed, list) or len(listed) > _MAX_BOXES:
        raise BoxError(f"boxes: must be a list of up to {_MAX_BOXES:,} entries")
    found = []
    for index, entry in enumerate(listed):
        where = f"boxes[{index}]"
        if not isinstance(entry, Mapping) or set(entry) != {"reference", "box"}:
            raise BoxError(f'{where}: must be {{"reference": 1, "box": [x0, y0, x1, y1]}}')
        reference, corners = entry["reference"], entry["box"]
        numbers = [reference, *corners] if isinstance(corners, list) else []
        plain = all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers)
        if len(numbers) != 5 or not plain or not isinstance(reference, int):
            raise BoxError(f"{where}: reference must be a whole number, box four numbers")
        try:
            found.append(Box(reference, *map(float, corners)))
        except OverflowError as error:
            raise BoxError(f"{where}: a number is too large") from error
        except BoxError as error:
            raise BoxError(f"{where}: {error}") from error
    return tuple(found)
