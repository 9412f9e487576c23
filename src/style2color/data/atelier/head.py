"""The head: its shape and its turn in space."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .curves import Curve, Dice, Frame, Knot, Points, curve, line


@dataclass(frozen=True, slots=True)
class FaceTraits:
    """The shape of a face, in skull radii: the skull is a circle of 1 about the origin."""

    cheek: float
    jaw: float
    chin: float
    point: float
    eye_x: float
    eye_y: float
    nose: str
    ear: str
    freckles: bool
    mole: float
    fang: bool
    marks: str
    form: str
    lines: float
    beard: str

    @classmethod
    def sample(
        cls, dice: Dice, grown: float, masculine: bool, ear: str, *, elder: bool, girth: float
    ) -> FaceTraits:
        """A face; `grown` 0 (chibi) to 1 (adult) lengthens it, `girth` 0 to 1 fills it."""
        m = 1.0 if masculine else 0.0
        form = dice.pick({"oval": 36, "round": 18, "heart": 16, "long": 9, "broad": 7,
                          "square": 5 + 10 * m})  # fmt: skip
        # Added to cheek, jaw, chin and the width of the chin's point.
        cheek, jaw, chin, point = {
            "oval": (0.0, 0.0, 0.0, 0.0), "round": (0.03, 0.08, -0.06, 0.03),
            "heart": (0.02, -0.06, 0.0, -0.03), "long": (-0.03, -0.01, 0.09, 0.0),
            "broad": (0.05, 0.10, -0.02, 0.04), "square": (0.0, 0.11, 0.02, 0.06),
        }[form]  # fmt: skip
        bearded = masculine and dice.chance(0.6 if elder else 0.16 * max(grown - 0.7, 0) / 0.3)
        return cls(
            cheek=dice.about(0.86, 0.02) + cheek + 0.07 * girth,
            jaw=dice.about(0.50, 0.04) - 0.04 * grown + 0.04 * m + jaw + 0.15 * girth,
            chin=1.14 + 0.22 * grown + dice.about(0.0, 0.04) + 0.05 * m + chin,
            point=max(dice.about(0.085, 0.04) + 0.03 * m + point + 0.05 * girth, 0.03),
            eye_x=dice.about(0.43, 0.02),
            eye_y=dice.about(0.50, 0.04) - 0.06 * grown,
            nose=dice.pick({"dash": 4, "dot": 2, "hook": 3, "shade": 3, "none": 0.6}),
            ear=ear,
            freckles=dice.chance(0.06),
            mole=dice.between(-1, 1) if dice.chance(0.1) else 0.0,
            fang=dice.chance(0.1),
            marks=dice.pick({"none": 92, "whisker": 3, "scar": 3, "paint": 2}),
            form=form,
            lines=dice.between(0.6, 1.0) if elder else 0.0,
            beard=dice.pick({"full": 4, "goatee": 3, "moustache": 3, "long": 3 if elder else 1})
            if bearded else "none",
        )  # fmt: skip


class Head:
    """A head that turns: `yaw` 0 (frontal) to about 0.6 towards +x, `pitch` down positive.

    A frame with `flip` -1 makes it look the other way. Points are given on the frontal face and
    are moved over its surface; outlines of the skull move less, as a ball's do.
    """

    def __init__(
        self, face: FaceTraits, yaw: float, pitch: float, frame: Frame, floor: float = 9.0
    ) -> None:
        self.face, self.pitch, self.frame, self.floor = face, pitch, frame, floor
        # Beyond three-quarter the head is a profile: another outline, and one side of the face.
        self.profile = yaw > 0.9
        self.sides = (-1,) if self.profile else (-1, 1)
        self.yaw = 0.6 if self.profile else yaw
        yaw = self.yaw
        self.turned = yaw / 0.6
        self._cos, self._sin = math.cos(yaw), math.sin(yaw)

    def on(self, x: float, y: float, depth: float = 0.6) -> tuple[float, float]:
        """A point of the face's surface after the turn."""
        if self.profile:
            if depth > 0.7:
                return 0.40 + 0.60 * x, y
            return 0.84 * math.sqrt(max(0.0, 1.0 - x * x)) + 0.01, y + self.pitch * 0.1
        z = math.sqrt(max(0.0, 1.0 - x * x)) * depth
        return x * self._cos + z * self._sin, y + self.pitch * 0.25 * (1 - 0.3 * x * x)

    def knots(self, knots: list[Knot], depth: float = 0.6) -> list[Knot]:
        """Knots moved over the surface, corners kept."""
        moved: list[Knot] = []
        for k in knots:
            x, y = self.on(k[0], k[1], depth)
            moved.append((x, y, k[2]) if len(k) > 2 else (x, y))
        return moved

    def shape(self, knots: list[Knot], depth: float = 0.6, closed: bool = True) -> Curve:
        """A curve over the surface, in drawing units."""
        return self.frame.curve(curve(self.knots(knots, depth), closed))

    def stroke(self, *knots: Knot, depth: float = 0.6) -> Points:
        """An open line over the surface, in drawing units."""
        return self.frame.points(line(*self.knots(list(knots), depth)))

    def silhouette(self, x: float, y: float) -> tuple[float, float]:
        """A point of the skull's outline after the turn: the back of the head comes round."""
        if self.profile:
            back = 0.30 * min(max(y - 0.3, 0.0), 1.2)
            return (x * 1.10 - 0.08 - back, y) if x < 0 else (x * 0.93 - 0.03 - 1.2 * back, y)
        if x < 0:
            return x * (1 + 0.13 * self.turned) - 0.02 * self.turned, y
        return x * (1 - 0.05 * self.turned), y

    def outline(self) -> Curve:
        """The face and skull as one shape, in drawing units."""
        f, t = self.face, self.turned
        if self.profile:
            return self.frame.curve(curve(self._side_view()))
        chin_x = 0.30 * self._sin / 0.565
        chin = f.chin + self.pitch * 0.12
        far: list[Knot] = [
            (0.72, -0.68),
            (0.96 - 0.06 * t, -0.10),
            (f.cheek + 0.04 - 0.08 * t, 0.36 - 0.04 * t),
            (f.cheek - 0.07 + 0.03 * t, 0.70 - 0.04 * t),
            (f.jaw + 0.15 * t, f.chin - 0.27 + 0.02 * t),
            (chin_x + f.point + 0.02, chin - 0.045),
        ]
        near: list[Knot] = [
            (chin_x - f.point - 0.03 * t, chin - 0.035),
            (-f.jaw + 0.06 * t, f.chin - 0.27 - 0.02 * t),
            (-f.cheek + 0.07 - 0.03 * t, 0.68),
            (-f.cheek - 0.04, 0.36),
            (-0.97, -0.10),
            (-0.72, -0.68),
        ]
        return self.frame.curve(curve([(0.0, -1.0), *far, (chin_x, chin), *near]))

    def _side_view(self) -> list[Knot]:
        """Skull, forehead, nose, lips and chin from the side, looking to +x."""
        f = self.face
        c = f.chin
        e = f.eye_y
        nose = e + (c - e) * 0.40
        lip = e + (c - e) * 0.66
        return [
            (-0.10, -1.0), (0.55, -0.85), (0.86, -0.38), (0.90, 0.10), (0.855, e - 0.02),
            (0.90, nose - 0.16), (0.995, nose - 0.03, 1), (0.895, nose + 0.05), (0.87, lip - 0.10),
            (0.895, lip - 0.035), (0.85, lip, 1), (0.87, lip + 0.045), (0.825, lip + 0.11),
            (0.82, c - 0.10), (0.72, c - 0.005), (0.42, c - 0.06), (-0.02, c - 0.30),
            (-0.16, 0.66), (-0.45, 0.5), (-0.9, 0.2), (-1.0, -0.25), (-0.70, -0.8),
        ]  # fmt: skip

    def local(self, shape: Curve) -> Curve:
        """A shape drawn straight in head units, without the turn."""
        return self.frame.curve(shape)
