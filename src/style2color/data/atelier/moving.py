"""Moves what has been drawn: whole figures lean, mirror and step aside."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .curves import Curve, Points
from .scene import Part

XY = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Move:
    """An affine map of the plane: `(x, y) → matrix @ (x, y) + shift`, angles and ratios kept."""

    matrix: tuple[XY, XY] = ((1.0, 0.0), (0.0, 1.0))
    shift: XY = (0.0, 0.0)

    @classmethod
    def mirrored(cls) -> Move:
        """About the y axis."""
        return cls(((-1.0, 0.0), (0.0, 1.0)))

    @classmethod
    def turned(cls, angle: float, about: XY) -> Move:
        """By `angle` radians, clockwise on the page, about a point that stays."""
        c, s = math.cos(angle), math.sin(angle)
        x, y = about
        return cls(((c, -s), (s, c)), (x - c * x + s * y, y - s * x - c * y))

    def points(self, points: Points) -> Points:
        """Points (N, 2) after the move."""
        return np.asarray(points @ np.array(self.matrix).T + self.shift)

    def point(self, point: XY) -> XY:
        """One point after the move."""
        (a, b), (c, d) = self.matrix
        x, y = point
        return a * x + b * y + self.shift[0], c * x + d * y + self.shift[1]


def move_parts(parts: Sequence[Part], move: Move) -> None:
    """Moves parts with everything drawn on them. Shapes that parts share move once."""
    moved: dict[int, Curve] = {}

    def of(shape: Curve) -> Curve:
        if id(shape) not in moved:
            moved[id(shape)] = Curve(move.points(shape.points), shape.corners, shape.closed)
            kept.append(shape)
        return moved[id(shape)]

    kept: list[Curve] = []  # so that no id is given to a new shape meanwhile
    for part in parts:
        part.shapes = [of(shape) for shape in part.shapes]
        part.lit = [of(shape) for shape in part.lit]
        if part.clip is not None:
            part.clip = of(part.clip)
        if part.lines is not None:
            part.lines = [move.points(points) for points in part.lines]
        for stroke in part.strokes:
            stroke.points = move.points(stroke.points)
        for shade in (*part.shadows, *part.lights):
            shade.shape = of(shade.shape)
        for slope in part.gradients:
            slope.start, slope.end = move.point(slope.start), move.point(slope.end)
