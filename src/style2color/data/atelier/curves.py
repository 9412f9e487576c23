"""Curves the atelier draws with: splines with corners, ribbons, frames, and dice to vary them.

Every curve is a float64 array (N, 2) of points in drawing units, x to the right and y down.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Knot = tuple[float, float] | tuple[float, float, float]

_BASES: dict[int, NDArray[np.float64]] = {}


def _hermite(count: int) -> NDArray[np.float64]:
    """Rows of the Hermite basis at `count` even steps of one segment, its end left out."""
    if count not in _BASES:
        t = np.arange(count) / count
        t2, t3 = t * t, t * t * t
        _BASES[count] = np.stack(
            [2 * t3 - 3 * t2 + 1, -2 * t3 + 3 * t2, t3 - 2 * t2 + t, t3 - t2], axis=1
        )
    return _BASES[count]


_EVEN: dict[int, NDArray[np.float64]] = {}


def _even(count: int) -> NDArray[np.float64]:
    """`count` even steps from 0 to 1."""
    if count not in _EVEN:
        _EVEN[count] = np.linspace(0.0, 1.0, count)
    return _EVEN[count]


@dataclass(slots=True)
class Curve:
    """A sampled spline: `points` (N, 2), and the indices of its corners."""

    points: Points
    corners: tuple[int, ...]
    closed: bool

    def pieces(self) -> list[Points]:
        """The curve cut at its corners; a closed curve without corners comes back on itself."""
        points = self.points
        if not self.closed:
            cuts = [0, *[c for c in self.corners if 0 < c < len(points) - 1], len(points) - 1]
            return [points[a : b + 1] for a, b in pairwise(cuts)]
        if not self.corners:
            return [np.concatenate([points, points[:1]])]
        first = self.corners[0]
        rolled = np.concatenate([points[first:], points[: first + 1]])
        cuts = [c - first for c in self.corners] + [len(points)]
        return [rolled[a : b + 1] for a, b in pairwise(cuts)]


def curve(knots: Sequence[Knot], closed: bool = True, steps: int = 6) -> Curve:
    """A smooth curve through knots (x, y) or (x, y, 1), the 1 marking a corner.

    Tangents follow the neighbours and scale with each segment, so uneven spacing does not
    overshoot; at a corner each side leaves in the arc its other end asks for.
    """
    count = len(knots)
    sharp = [len(k) > 2 and k[2] > 0 for k in knots]
    segments = count if closed else count - 1
    if not closed:
        sharp[0] = sharp[-1] = True
    # Plain floats: with a dozen knots they are three times as fast as arrays.
    mean: list[tuple[float, float]] = []
    for i in range(count):
        before, after = knots[i - 1], knots[(i + 1) % count]
        x, y = after[0] - before[0], after[1] - before[1]
        size = math.sqrt(x * x + y * y) + 1e-9
        mean.append((x / size, y / size))
    rows: list[float] = []
    for i in range(segments):
        j = (i + 1) % count
        (x0, y0), (x1, y1) = knots[i][:2], knots[j][:2]
        ux, uy = x1 - x0, y1 - y0
        size = math.sqrt(ux * ux + uy * uy) + 1e-9
        ux, uy = ux / size, uy / size
        (ax, ay), (bx, by) = mean[i], mean[j]
        if sharp[i] and sharp[j]:
            ax, ay, bx, by = ux, uy, ux, uy
        elif sharp[i]:
            dot = 2 * (bx * ux + by * uy)
            ax, ay = dot * ux - bx, dot * uy - by
        elif sharp[j]:
            dot = 2 * (ax * ux + ay * uy)
            bx, by = dot * ux - ax, dot * uy - ay
        rows += (x0, y0, x1, y1, ax * size, ay * size, bx * size, by * size)
    points = np.matmul(_hermite(steps), np.array(rows).reshape(segments, 4, 2)).reshape(-1, 2)
    if not closed:
        points = np.concatenate([points, [knots[-1][:2]]])
    corners = tuple(i * steps for i in range(segments) if sharp[i])
    return Curve(points, corners, closed)


def line(*knots: Knot, steps: int = 6) -> Points:
    """An open smooth curve through the knots, as points."""
    return curve(knots, closed=False, steps=steps).points


@dataclass(slots=True)
class Ribbon:
    """A tapering band along a spine: closed `outline`, its two `edges` and its `spine`."""

    outline: Curve
    left: Points
    right: Points
    spine: Points

    def inner(self, at: float, start: float, end: float) -> Points:
        """A line along the band, `at` -1 (left edge) to 1 (right edge), over a part of it."""
        n = len(self.spine)
        a, b = round(start * (n - 1)), round(end * (n - 1))
        share = (at + 1) / 2
        return (self.left * (1 - share) + self.right * share)[a : b + 1]


def normals(points: Points) -> Points:
    """Unit normals (N, 2) of an open polyline, to its left when y points down."""
    step = np.empty_like(points)
    step[1:-1] = points[2:] - points[:-2]
    step[0] = points[1] - points[0]
    step[-1] = points[-1] - points[-2]
    size = np.hypot(step[:, 0], step[:, 1])[:, None] + 1e-9
    return np.stack([step[:, 1], -step[:, 0]], axis=1) / size


def ribbon(
    knots: Sequence[Knot], widths: Sequence[float], tip: bool = True, steps: int = 6
) -> Ribbon:
    """A band along `knots` with half-widths `widths` at even steps; `tip` ends it in a point."""
    spine = line(*knots, steps=steps)
    half = np.interp(_even(len(spine)), _even(len(widths)), widths)
    if len(half) > 8:
        # A short running mean rounds the kinks that straight interpolation leaves in the edge.
        middle = half[:-4] + half[1:-3] + half[2:-2] + half[3:-1] + half[4:]
        half[2:-2] = middle / 5
    if tip:
        half[-1] = 0.0
    side = normals(spine) * half[:, None]
    left, right = spine + side, spine - side
    back = right[::-1][1:] if tip else right[::-1]
    points = np.concatenate([left, back])
    n = len(left)
    corners = (0, n - 1, len(points) - 1) if tip else (0, n - 1, n, len(points) - 1)
    return Ribbon(Curve(points, corners, True), left, right, spine)


def ellipse(x: float, y: float, rx: float, ry: float, turn: float = 0.0, n: int = 28) -> Curve:
    """An ellipse about (x, y), turned by `turn` radians."""
    t = np.arange(n) * (2 * math.pi / n)
    px, py = rx * np.cos(t), ry * np.sin(t)
    c, s = math.cos(turn), math.sin(turn)
    return Curve(np.stack([x + c * px - s * py, y + s * px + c * py], axis=1), (), True)


def polygon(*knots: Knot) -> Curve:
    """Straight sides between the knots, every knot a corner."""
    points = np.array([(k[0], k[1]) for k in knots], dtype=np.float64)
    return Curve(points, tuple(range(len(points))), True)


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a thing sits: a turn and a scale about its origin, then a shift."""

    x: float = 0.0
    y: float = 0.0
    scale: float = 1.0
    turn: float = 0.0
    flip: float = 1.0

    def points(self, points: Points) -> Points:
        if self.turn == 0.0 and self.flip == 1.0 and self.scale == 1.0:
            return points + (self.x, self.y)  # noqa: RUF005 - an array moves, it does not grow
        c, s = math.cos(self.turn) * self.scale, math.sin(self.turn) * self.scale
        f = self.flip
        moved: Points = points @ np.array([[c * f, s * f], [-s, c]])
        moved += (self.x, self.y)
        return moved

    def point(self, x: float, y: float) -> tuple[float, float]:
        c, s = math.cos(self.turn) * self.scale, math.sin(self.turn) * self.scale
        x *= self.flip
        return self.x + c * x - s * y, self.y + s * x + c * y

    def curve(self, shape: Curve) -> Curve:
        return Curve(self.points(shape.points), shape.corners, shape.closed)


class Dice(random.Random):
    """Chance by name: `Dice("who", 7)` gives the same throws on every machine."""

    def __init__(self, *key: object) -> None:
        super().__init__("/".join(str(k) for k in key))

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self.random()

    def about(self, centre: float, spread: float) -> float:
        return centre + spread * (2 * self.random() - 1)

    def chance(self, share: float) -> bool:
        return self.random() < share

    def pick(self, weights: Mapping[str, float]) -> str:
        """One of the keys, in proportion to its weight."""
        mark = self.random() * sum(weights.values())
        for name, weight in weights.items():
            mark -= weight
            if mark <= 0:
                return name
        return next(reversed(list(weights)))
