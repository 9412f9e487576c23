"""Colour hints: `hints.json` → `Hints` → the maps the network and the regions look at.

The file, in UTF-8:

    {"version": 1,
     "points":  [{"x": 120, "y": 64, "radius": 6, "color": "#e8b090"}],
     "strokes": [{"points": [[10, 20], [30, 25]], "radius": 4, "color": "#335577"}]}

`x` and `y` are pixels of the sketch, from its upper left corner, fractions allowed: the pixel in
column 3 and row 5 is hit by every 3 ≤ x < 4, 5 ≤ y < 6. `radius` is in pixels, above 0; at
least the pixels hit are always coloured. `color` is `#` and six hexadecimal digits, sRGB. Both
lists may be left out or empty; any other field is refused, because a misspelt one would be lost
without a word. Later hints lie on top of earlier ones, and points on top of strokes.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from style2color.errors import HintError
from style2color.files import atomic_write, read_small, shown

Color: TypeAlias = tuple[int, int, int]

MAX_HINTS = 10_000
"""Points and strokes in one file."""
MAX_STROKE_POINTS = 100_000
"""Points of all strokes together."""
MAX_FILE_BYTES = 5_000_000
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
# What rasterizing may cost, in pixels painted; a row of a hint costs about as much as 500. Ten
# thousand points of radius 30 need a fourth of it; more than all is an attempt to stall us.
_MAX_WORK = 1_500_000_000
_ROW_WORK = 500


@dataclass(frozen=True)
class Point:
    """A disc of one colour around a pixel."""

    x: float
    y: float
    radius: float
    color: Color


@dataclass(frozen=True)
class Stroke:
    """A line of one colour through pixels, with round ends and corners."""

    points: tuple[tuple[float, float], ...]
    radius: float
    color: Color


@dataclass(frozen=True)
class Hints:
    """The colours a user asks for, and where. Build it with `Hints.load`, which checks it all."""

    points: tuple[Point, ...] = ()
    strokes: tuple[Stroke, ...] = ()

    @staticmethod
    def load(
        source: str | os.PathLike[str] | bytes | bytearray | memoryview | Mapping[str, Any],
    ) -> Hints:
        """Read hints from a path, from the bytes of a file, or from the parsed JSON object.

        Raises:
            HintError: whatever is wrong, with the entry, the field and what it should be.
        """
        if isinstance(source, Mapping):
            return _parse(source)
        if isinstance(source, str | os.PathLike):
            name = shown(source)
            data = read_small(source, max_bytes=MAX_FILE_BYTES, what="hints", error=HintError)
        elif isinstance(source, bytes | bytearray | memoryview):
            name, data = "the hints", bytes(source)
        else:
            raise HintError(f"a {type(source).__name__} is no hints; give a path, bytes or a dict")
        if len(data) > MAX_FILE_BYTES:
            raise HintError(f"{name}: more than the limit of {MAX_FILE_BYTES:,} bytes for hints")
        try:
            return _parse(_decode(data))
        except HintError as error:
            raise HintError(f"{name}: {error}") from error

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write `hints.json`, whole or not at all; `load` gives equal hints back.

        Raises:
            OutputError: the file cannot be written.
        """
        text = json.dumps(self.to_dict(), indent=1)
        with atomic_write(path) as stream:
            stream.write(text.encode() + b"\n")

    def to_dict(self) -> dict[str, Any]:
        """The JSON object of the file."""
        return {
            "version": 1,
            "points": [
                {"x": p.x, "y": p.y, "radius": p.radius, "color": _hex(p.color)}
                for p in self.points
            ],
            "strokes": [
                {"points": [list(p) for p in s.points], "radius": s.radius, "color": _hex(s.color)}
                for s in self.strokes
            ],
        }

    def scaled(self, sx: float, sy: float) -> Hints:
        """The same hints on a sketch resized by these factors (new width / old width, …).

        A radius grows by the geometric mean of the two.

        Raises:
            HintError: a factor is not a finite number above 0.
        """
        if not (0 < sx < math.inf and 0 < sy < math.inf):
            raise HintError(f"cannot scale hints by {sx} and {sy}; both must be above 0")
        grow = math.sqrt(sx) * math.sqrt(sy)
        return Hints(
            tuple(Point(p.x * sx, p.y * sy, p.radius * grow, p.color) for p in self.points),
            tuple(
                Stroke(tuple((x * sx, y * sy) for x, y in s.points), s.radius * grow, s.color)
                for s in self.strokes
            ),
        )

    def within(self, left: float, top: float, right: float, bottom: float) -> Hints:
        """The hints inside a cut-out of the sketch, in pixels of the cut-out; of strokes, what
        points lie inside."""

        def moved(corners: Iterable[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
            inside = ((x, y) for x, y in corners if left <= x < right and top <= y < bottom)
            return tuple((x - left, y - top) for x, y in inside)

        strokes = (Stroke(moved(s.points), s.radius, s.color) for s in self.strokes)
        points = ((moved([(p.x, p.y)]), p) for p in self.points)
        return Hints(
            tuple(Point(*at[0], p.radius, p.color) for at, p in points if at),
            tuple(stroke for stroke in strokes if stroke.points),
        )

    def colors(self) -> npt.NDArray[np.uint8]:
        """Every colour once, points before strokes, in the order of the file: uint8 (N, 3)."""
        unique = dict.fromkeys([p.color for p in self.points] + [s.color for s in self.strokes])
        return np.array(list(unique), np.uint8).reshape(-1, 3)

    def rasterize(
        self, height: int, width: int
    ) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_]]:
        """Paint the hints on a sketch of this size.

        Returns:
            rgb: uint8 (height, width, 3), black where no hint lies.
            mask: bool (height, width), True where one lies.

        Raises:
            HintError: a hint lies outside of the sketch (its centre; the disc may stick out), or
                the hints are so large and many that painting them would take minutes.
        """
        hints: tuple[Point | Stroke, ...] = (*self.strokes, *self.points)
        palette = np.array([(0, 0, 0), *(hint.color for hint in hints)], np.uint8)
        layer = np.zeros((height, width), np.int32)
        work = 0
        for number, (hint, name) in enumerate(zip(hints, self._names(), strict=True), start=1):
            for start, end in _segments(hint, name, height, width):
                radius = min(max(hint.radius, 0.5), height + width)
                top, lefts, rights = _capsule(start, end, radius, height, width)
                work += _ROW_WORK * len(lefts) + int(np.maximum(rights - lefts, 0).sum())
                if work > _MAX_WORK:
                    raise HintError(
                        f"{name}: up to here the hints cover the sketch too many times over; "
                        "use smaller radii or fewer hints"
                    )
                for row, left, right in zip(
                    layer[top : top + len(lefts)], lefts.tolist(), rights.tolist(), strict=True
                ):
                    row[left:right] = number
        return palette[layer], layer > 0

    def check(self, height: int, width: int) -> None:
        """See that every hint lies on a sketch of this size. Raises HintError."""
        hints: tuple[Point | Stroke, ...] = (*self.strokes, *self.points)
        for hint, name in zip(hints, self._names(), strict=True):
            for _ in _segments(hint, name, height, width):
                pass

    def _names(self) -> Iterator[str]:
        """What messages call each hint, in the order of painting."""
        yield from (f"strokes[{i}]" for i in range(len(self.strokes)))
        yield from (f"points[{i}]" for i in range(len(self.points)))


def _hex(color: Color) -> str:
    return "#{:02x}{:02x}{:02x}".format(*color)


def _segments(
    hint: Point | Stroke, name: str, height: int, width: int
) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """The hint as pieces from pixel (x, y) to pixel (x, y), checked against the sketch."""
    corners = hint.points if isinstance(hint, Stroke) else ((hint.x, hint.y),)
    for index, (x, y) in enumerate(corners):
        if not (0 <= x < width and 0 <= y < height):
            field = f"{name}.points[{index}]" if isinstance(hint, Stroke) else name
            raise HintError(
                f"{field}: ({x:g}, {y:g}) lies outside of the sketch of {width} × {height} "
                f"pixels; x must be within 0..{width - 1}, y within 0..{height - 1}"
            )
    pixels = [(int(x), int(y)) for x, y in corners]
    yield from zip(pixels, pixels[1:] or pixels, strict=False)


def _capsule(
    start: tuple[int, int], end: tuple[int, int], radius: float, height: int, width: int
) -> tuple[int, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """All pixels whose centre is within `radius` of the straight line between two pixels.

    Returns the first row and, for it and those below, where the pixels begin and where they end
    (one past the last): the shape is convex, so that one run per row tells it whole.
    """
    (ax, ay), (bx, by) = start, end
    top = max(0, math.ceil(min(ay, by) - radius))
    bottom = min(height - 1, math.floor(max(ay, by) + radius))
    rows = np.arange(top, bottom + 1, dtype=np.float64)
    left, right = np.full(len(rows), np.inf), np.full(len(rows), -np.inf)

    def include(low: npt.NDArray[np.float64], high: npt.NDArray[np.float64]) -> None:
        np.fmin(left, low, out=left)  # fmin and fmax pass over the rows that are not hit (NaN)
        np.fmax(right, high, out=right)

    for x, y in (start, end):
        square = radius**2 - (rows - y) ** 2
        reach = np.sqrt(np.where(square >= 0, square, np.nan))
        include(x - reach, x + reach)
    length = math.hypot(bx - ax, by - ay)
    if length:
        nx, ny = radius * (ay - by) / length, radius * (bx - ax) / length
        corners = [(ax + nx, ay + ny), (bx + nx, by + ny), (bx - nx, by - ny), (ax - nx, ay - ny)]
        for (px, py), (qx, qy) in zip(corners, corners[1:] + corners[:1], strict=True):
            if py == qy:
                continue  # a level edge lies between the ends of its neighbours
            share = (rows - py) / (qy - py)
            edge = np.where((share >= 0) & (share <= 1), px + share * (qx - px), np.nan)
            include(edge, edge)
    # A hair of tolerance, so that rounding never drops the pixels a line runs through exactly.
    lefts = np.clip(np.ceil(left - 1e-9), 0, width).astype(np.int64)
    rights = np.clip(np.floor(right + 1e-9) + 1, 0, width).astype(np.int64)
    return top, lefts, rights


def _decode(data: bytes) -> Any:
    try:
        return json.loads(data.decode("utf-8-sig"), object_pairs_hook=_no_twins)
    except UnicodeDecodeError as error:
        raise HintError(f"not UTF-8 text ({error})") from error
    except RecursionError as error:
        raise HintError("nested too deeply to be hints") from error
    except HintError:
        raise
    except ValueError as error:  # JSONDecodeError, and a number of thousands of digits
        raise HintError(f"not valid JSON: {error}") from error


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entry: dict[str, Any] = {}
    for key, value in pairs:
        if key in entry:
            raise HintError(f"the field {_quote(key)} appears twice in one entry; keep one")
        entry[key] = value
    return entry


def _quote(value: object) -> str:
    """The value for a message: short, in one line, without control characters."""
    if isinstance(value, list | tuple | Mapping):
        return f"a {'list' if not isinstance(value, Mapping) else 'dict'}"
    if isinstance(value, int) and abs(value) > 10**40:
        return "a huge number"  # str() refuses more than 4300 digits
    text = json.dumps(value) if isinstance(value, str | int | float) else str(type(value))
    return text if len(text) <= 40 else text[:37] + "…"


def _fields(entry: object, where: str, known: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(entry, Mapping):
        wanted = ", ".join(f'"{key}"' for key in known)
        raise HintError(f"{where}: {_quote(entry)} is not an entry; write {{{wanted}}} with values")
    for key in entry:
        if key not in known:
            raise HintError(f"{where}: unknown field {_quote(key)}; known are {', '.join(known)}")
    return entry


def _required(entry: Mapping[str, Any], where: str, field: str) -> Any:
    if field not in entry:
        raise HintError(f'{where}.{field}: is missing; add "{field}"')
    return entry[field]


def _list(value: object, where: str) -> list[Any] | tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise HintError(f"{where}: {_quote(value)} is not a list; write [ … ]")
    return value


def _number(value: object, where: str) -> float:
    # bool is an int to Python, but `true` is no coordinate.
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise HintError(f"{where}: {_quote(value)} is not a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise HintError(f"{where}: {_quote(value)} is not a finite number")
    return number


def _coordinate(value: object, where: str) -> float:
    number = _number(value, where)
    if number < 0:
        raise HintError(f"{where}: {number:g} lies outside of every sketch; it must be at least 0")
    return number


def _look(entry: Mapping[str, Any], where: str) -> tuple[float, Color]:
    radius = _number(_required(entry, where, "radius"), f"{where}.radius")
    if radius <= 0:
        raise HintError(f"{where}.radius: {radius:g} is no radius; it must be above 0")
    color = _required(entry, where, "color")
    if not isinstance(color, str) or not _COLOR.fullmatch(color):
        raise HintError(f"{where}.color: {_quote(color)} is no colour; write one as #rrggbb")
    return radius, (int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16))


def _point(entry: object, where: str) -> Point:
    fields = _fields(entry, where, ("x", "y", "radius", "color"))
    x = _coordinate(_required(fields, where, "x"), f"{where}.x")
    y = _coordinate(_required(fields, where, "y"), f"{where}.y")
    return Point(x, y, *_look(fields, where))


def _stroke(entry: object, where: str) -> Stroke:
    fields = _fields(entry, where, ("points", "radius", "color"))
    corners = []
    listed = _list(_required(fields, where, "points"), f"{where}.points")
    for index, pair in enumerate(listed):
        here = f"{where}.points[{index}]"
        if len(_list(pair, here)) != 2:
            raise HintError(f"{here}: has {len(pair)} numbers; write a point as [x, y]")
        corners.append((_coordinate(pair[0], here + "[0]"), _coordinate(pair[1], here + "[1]")))
    if not corners:
        raise HintError(f"{where}.points: is empty; a stroke needs at least one [x, y]")
    return Stroke(tuple(corners), *_look(fields, where))


def _parse(source: object) -> Hints:
    top = _fields(source, "the top level", ("version", "points", "strokes"))
    version = _required(top, "the top level", "version")
    if isinstance(version, bool) or not isinstance(version, int) or version != 1:
        raise HintError(f"version: {_quote(version)} is unknown; this program reads version 1")
    points = _list(top.get("points", []), "points")
    strokes = _list(top.get("strokes", []), "strokes")
    if len(points) + len(strokes) > MAX_HINTS:
        raise HintError(
            f"{len(points) + len(strokes):,} points and strokes; the limit is {MAX_HINTS:,}"
        )
    hints = Hints(
        tuple(_point(entry, f"points[{i}]") for i, entry in enumerate(points)),
        tuple(_stroke(entry, f"strokes[{i}]") for i, entry in enumerate(strokes)),
    )
    if (count := sum(len(stroke.points) for stroke in hints.strokes)) > MAX_STROKE_POINTS:
        raise HintError(
            f"strokes: {count:,} points in all; the limit is {MAX_STROKE_POINTS:,}, "
            "leave out points that lie on a straight line"
        )
    return hints
