"""What a drawing is made of before a pixel exists: parts with outlines, strokes and shading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from .curves import Curve, Points


@dataclass(slots=True)
class Stroke:
    """One pull of the pen along `points` (N, 2).

    `weight` multiplies the pen's width; `taper` gives the shares of the length over which the
    stroke swells at its start and thins at its end.
    """

    points: Points
    weight: float = 1.0
    taper: tuple[float, float] = (0.25, 0.35)


@dataclass(slots=True)
class Shade:
    """A patch of the shadow or highlight layer, clipped to its part.

    `strength` 1 is the tint's own shadow colour (or highlight), 0 nothing, 2 twice as deep;
    `soft` blurs its edge by that many drawing units.
    """

    shape: Curve
    strength: float = 1.0
    soft: float = 0.0
    tint: str = ""


@dataclass(slots=True)
class Gradient:
    """A shadow that grows from `start` to `end` (drawing units) up to `strength`."""

    start: tuple[float, float]
    end: tuple[float, float]
    strength: float = 1.0


@dataclass(slots=True)
class Part:
    """One painted piece: a region with a name and a tint, and everything drawn on it.

    `shapes` are filled together; `clip` confines a decal (iris, stripe) to another shape.
    `outline` is the weight of the line around it, 0 for none; `lines` are drawn instead of the
    whole outline where a piece grows out of another and has no line between. `form` is how far,
    in drawing units, the part's own shape slides towards the light to leave its shaded side;
    `lit` keeps places free of that shading. A part that `hides` wipes lines and shading below
    it; a decal does not. `solid` fills it with ink; one without `paint` is ink only.
    """

    name: str
    tint: str
    shapes: list[Curve]
    z: float = 0.0
    clip: Curve | None = None
    outline: float = 1.0
    strokes: list[Stroke] = field(default_factory=list)
    form: float = 0.0
    shadows: list[Shade] = field(default_factory=list)
    lights: list[Shade] = field(default_factory=list)
    gradients: list[Gradient] = field(default_factory=list)
    hides: bool = True
    solid: bool = False
    paint: bool = True
    lines: list[Points] | None = None
    lit: list[Curve] = field(default_factory=list)

    def stroke(
        self, points: Points, weight: float = 0.7, start: float = 0.3, end: float = 0.6
    ) -> None:
        """Adds a line drawn on this part, tapering over shares of its length."""
        self.strokes.append(Stroke(points, weight, (start, end)))


def outline_strokes(part: Part) -> list[Stroke]:
    """The lines around a part, cut at its corners so that every tip is drawn with a taper."""
    if part.lines is not None:
        return [Stroke(points, part.outline, (0.25, 0.0)) for points in part.lines]
    strokes = []
    for shape in part.shapes:
        cornered = bool(shape.corners)
        for piece in shape.pieces():
            if len(piece) > 1:
                taper = (0.12, 0.12) if cornered else (0.0, 0.0)
                strokes.append(Stroke(piece, part.outline, taper))
    return strokes


class Scene:
    """Parts in drawing units, gathered in any order and painted by rising `z`."""

    def __init__(self, light: tuple[float, float]) -> None:
        self.light = light
        self.parts: list[Part] = []
        self._prefix = ""
        self._lift = 0.0

    def figure(self, prefix: str, lift: float) -> None:
        """Parts added from now on belong to another figure, `lift` higher in z."""
        self._prefix, self._lift = prefix, lift

    def add(self, part: Part) -> Part:
        """Adds a part and hands it back, so that more can be drawn on it."""
        part.name = self._prefix + part.name
        part.tint = self._prefix + part.tint
        for shade in (*part.shadows, *part.lights):
            if shade.tint:
                shade.tint = self._prefix + shade.tint
        part.z += self._lift
        self.parts.append(part)
        return part

    def lines(self, points: Sequence[Points], z: float, weight: float = 0.8) -> None:
        """Bare strokes over whatever is below, belonging to no region."""
        strokes = [Stroke(p, weight, (0.25, 0.4)) for p in points]
        self.parts.append(
            Part("", "", [], z + self._lift, strokes=strokes, hides=False, paint=False)
        )

    def ordered(self) -> list[Part]:
        """The parts, lowest first; parts of equal z in the order they were added."""
        return sorted(self.parts, key=lambda part: part.z)

    def bounds(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of everything painted, in drawing units."""
        points = [s.points for p in self.parts if p.paint for s in p.shapes]
        low = np.min([p.min(axis=0) for p in points], axis=0)
        high = np.max([p.max(axis=0) for p in points], axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])
