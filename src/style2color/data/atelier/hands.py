"""Hands: open, relaxed, laid flat, fists, pointing, fingers in a V, and gripping what they hold."""

from __future__ import annotations

import math

from .body import Build
from .curves import Curve, Frame, Knot, curve, line
from .poses import XY, Limb
from .scene import Part, Scene

# A digit: where it leaves the palm (x across, thumb side negative; y from the wrist on), its
# angle away from straight, its length, how far it bends on the way, its half-width.
Digit = tuple[float, float, float, float, float, float]
_SPREAD: tuple[Digit, ...] = (
    (-0.64, 0.50, -0.95, 0.74, 0.1, 0.19), (-0.50, 1.06, -0.24, 0.96, 0.0, 0.175),
    (-0.16, 1.14, -0.05, 1.06, 0.0, 0.18), (0.18, 1.12, 0.13, 0.98, 0.0, 0.175),
    (0.50, 1.0, 0.36, 0.76, 0.0, 0.15),
)  # fmt: skip
_TOGETHER: tuple[Digit, ...] = (
    (-0.58, 0.50, -0.55, 0.72, 0.35, 0.18), (-0.46, 1.08, -0.06, 0.88, 0.06, 0.18),
    (-0.14, 1.14, 0.0, 0.98, 0.06, 0.18), (0.18, 1.12, 0.04, 0.90, 0.08, 0.175),
    (0.48, 1.02, 0.10, 0.68, 0.10, 0.155),
)  # fmt: skip
_HANGING: tuple[Digit, ...] = (
    (-0.52, 0.48, -0.30, 0.80, 0.30, 0.18), (-0.46, 1.06, -0.02, 0.88, 0.20, 0.18),
    (-0.15, 1.14, 0.04, 0.96, 0.20, 0.18), (0.17, 1.12, 0.08, 0.88, 0.22, 0.175),
    (0.46, 1.0, 0.14, 0.66, 0.24, 0.155),
)  # fmt: skip
# The shapes drawn as one outline, and how far up between the fingers their lines run.
_OPEN: dict[str, tuple[tuple[Digit, ...], float]] = {
    "open": (_SPREAD, 0.0), "flat": (_TOGETHER, 0.62), "relaxed": (_HANGING, 0.6),
}  # fmt: skip


def hand_size(b: Build) -> float:
    """Half the width of a palm."""
    return (0.20 + 0.12 * b.grown) * (1.08 if b.masculine else 1.0)


def hand_z(b: Build, limb: Limb, number: int) -> float:
    """The height at which a hand is drawn; what it holds lies 0.02 above."""
    if limb.end[1] < b.shoulder_y + 0.3:
        return 50.0
    return (20.9 if limb.front else -19.1) + number


def grip(b: Build, limb: Limb) -> XY:
    """The middle of a holding hand."""
    reach = 0.55 * hand_size(b)
    return limb.end[0] + math.cos(limb.aim) * reach, limb.end[1] + math.sin(limb.aim) * reach


def draw_hand(
    scene: Scene, b: Build, limb: Limb, side: int, kind: str, z: float, tint: str = "skin"
) -> None:
    """A hand at the end of an arm, its thumb towards the body."""
    if kind == "hidden":
        return
    name = "hand" if tint == "skin" else "glove"
    size = hand_size(b)
    if kind == "hold":
        _gripping(scene, Frame(*grip(b, limb), size, 0.0, float(side)), name, tint, z)
        return
    turn = limb.aim - math.pi / 2
    if kind == "hip":
        # The wrist bends: the fingers lie forward on the hip, the thumb behind it.
        turn, kind = side * 0.9, "flat"
    raised = limb.end[1] < limb.bend[1]
    # Seen from the palm when raised: the thumb stays towards the head.
    flip = float(side) if not raised else float(-side)
    if kind in ("open", "peace", "point") and raised:
        turn, flip = math.pi + side * 0.12, float(side)
    frame = Frame(*limb.end, size, turn, flip)
    if kind in _OPEN:
        digits, split = _OPEN[kind]
        shape, between = _outline(digits, split, 1.2 - 0.2 * b.grown)
        shape = frame.curve(shape)
        # No line across the wrist: the hand grows out of the arm.
        hand = Part(name, tint, [shape], z=z, form=0.05, outline=0.9, lines=shape.pieces()[:-1])
        for knots in between:
            hand.stroke(frame.points(line(*knots)), 0.55, 0.05, 0.5)
        scene.add(hand)
        return
    for base, angle, long in {"peace": ((-0.42, -0.24, 1.0), (-0.1, 0.12, 1.04)),
                              "point": ((-0.42, -0.04, 1.04),)}.get(kind, ()):  # fmt: skip
        finger = _capsule((base, 0.8), angle, long + 0.3, 0.175)
        scene.add(Part(name, tint, [frame.curve(finger)], z=z, outline=0.85))
    _fist(scene, frame, name, tint, z + 0.01, {"peace": 2, "point": 1}.get(kind, 0))


def _outline(
    digits: tuple[Digit, ...], split: float, chubby: float
) -> tuple[Curve, list[list[Knot]]]:
    """A hand with its fingers as one shape, and the lines between fingers that touch."""
    thumb, *fingers = digits
    knots: list[Knot] = [(-0.40, -0.2, 1), (-0.47, 0.15)]
    tip = _tip(thumb, chubby)
    knots += [*tip, (-0.52, 0.92, 1)]
    between: list[list[Knot]] = []
    for i, digit in enumerate(fingers):
        bx, by, *_ = digit
        knots += _tip(digit, chubby)
        if i == len(fingers) - 1:
            break
        nx, ny, angle, long, bend, _ = fingers[i + 1]
        root = ((bx + nx) / 2, (by + ny) / 2)
        short = min(long, digit[3]) * split
        valley = (root[0] + math.sin(angle + bend * split) * short,
                  root[1] + math.cos(angle + bend * split) * short)  # fmt: skip
        knots.append((*valley, 1))
        if split > 0:
            between.append([valley, ((root[0] + valley[0]) / 2, (root[1] + valley[1]) / 2), root])
    knots += [(0.66, 0.86), (0.60, 0.4), (0.42, 0.0), (0.38, -0.2, 1)]
    return curve(knots, steps=4), between


def _tip(digit: Digit, chubby: float) -> list[Knot]:
    """The end of a finger: its two sides and its round tip."""
    x, y, angle, long, bend, half = digit
    half *= chubby
    mid = angle + bend * 0.4
    end = angle + bend
    mx, my = x + math.sin(mid) * long * 0.5, y + math.cos(mid) * long * 0.5
    ex, ey = mx + math.sin(end) * long * 0.38, my + math.cos(end) * long * 0.38
    c, s = math.cos(end), math.sin(end)
    w = half * 0.86
    return [
        (mx - math.cos(mid) * half, my + math.sin(mid) * half),
        (ex - c * w, ey + s * w),
        (ex + s * long * 0.13, ey + c * long * 0.13),
        (ex + c * w, ey - s * w),
        (mx + math.cos(mid) * half, my - math.sin(mid) * half),
    ]


def _capsule(at: XY, angle: float, long: float, half: float) -> Curve:
    """One straight finger from `at`."""
    x, y = at
    s, c = math.sin(angle), math.cos(angle)
    ex, ey = x + s * (long - half), y + c * (long - half)
    return curve(
        [(x - c * half, y + s * half, 1), (ex - c * half * 0.85, ey + s * half * 0.85),
         (ex + s * half, ey + c * half), (ex + c * half * 0.85, ey - s * half * 0.85),
         (x + c * half, y - s * half, 1)], steps=4,
    )  # fmt: skip


def _fist(scene: Scene, frame: Frame, name: str, tint: str, z: float, out: int) -> None:
    """A closed hand seen from its back; the first `out` fingers are stretched already."""
    knuckles: list[Knot] = []
    for i in range(4):
        x = -0.52 + 0.35 * i
        knuckles += [(x - 0.02, 1.26 if i in (1, 2) else 1.2), (x + 0.165, 1.14)]
    knots: list[Knot] = [(0.40, -0.15, 1), (-0.42, -0.15, 1), (-0.66, 0.45), (-0.70, 1.0),
                         *knuckles, (0.70, 0.9), (0.68, 0.4)]  # fmt: skip
    shape = frame.curve(curve(knots))
    palm = Part(name, tint, [shape], z=z, form=0.05, outline=0.9, lines=shape.pieces()[1:])
    for i in range(max(out - 1, 0), 3):
        x = -0.35 + 0.35 * i
        palm.stroke(frame.points(line((x, 1.16), (x + 0.01, 0.96), (x - 0.03, 0.74))), 0.6)
    scene.add(palm)
    thumb = curve(
        [(-0.70, 0.35), (-0.74, 0.62), (-0.50, 0.86), (-0.05, 0.98), (0.14, 0.9), (0.08, 0.76),
         (-0.28, 0.62), (-0.42, 0.36)]
    )  # fmt: skip
    part = Part(name, tint, [frame.curve(thumb)], z=z + 0.02, outline=0.0)
    part.lines = [frame.points(thumb.points[4:37])]
    part.outline = 0.75
    scene.add(part)


def _gripping(scene: Scene, frame: Frame, name: str, tint: str, z: float) -> None:
    """A hand about something upright: the palm behind it, four fingers and the thumb before it."""
    palm = curve([(-0.50, -0.6), (0.1, -0.78), (0.62, -0.6), (0.70, 0.1), (0.5, 0.72),
                  (-0.2, 0.76), (-0.52, 0.6), (-0.58, 0.0)])  # fmt: skip
    scene.add(Part(name, tint, [frame.curve(palm)], z=z, outline=0.9))
    for i, (left, right) in enumerate(((-0.62, 0.50), (-0.68, 0.58), (-0.66, 0.56), (-0.56, 0.44))):
        y = -0.46 + 0.34 * i
        finger = curve(
            [
                (left, y - 0.16),
                (right - 0.1, y - 0.18),
                (right + 0.06, y),
                (right - 0.1, y + 0.18),
                (left, y + 0.17),
                (left - 0.07, y),
            ],
            steps=4,
        )
        scene.add(Part(name, tint, [frame.curve(finger)], z=z + 0.06 - 0.005 * i, outline=0.75,
                       form=0.03))  # fmt: skip
    thumb = curve([(0.60, -0.42), (0.48, -0.72), (0.1, -0.94), (-0.16, -0.92), (-0.12, -0.74),
                   (0.16, -0.58), (0.36, -0.3)], steps=4)  # fmt: skip
    scene.add(Part(name, tint, [frame.curve(thumb)], z=z + 0.07, outline=0.75))
