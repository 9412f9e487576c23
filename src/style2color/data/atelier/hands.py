"""Hands: open, relaxed, fists, pointing, and fingers in a V."""

from __future__ import annotations

import math

from .body import Build, Limb
from .curves import Curve, Frame, Knot, Ribbon, curve, ribbon
from .scene import Part, Scene

# Fingers as (base across the palm -1..1, angle away from straight, length, bend), thumb first.
_HANDS: dict[str, list[tuple[float, float, float, float]]] = {
    "open": [(-1.0, -0.85, 0.62, 0.1), (-0.62, -0.20, 0.92, 0.0), (-0.2, -0.05, 1.02, 0.0),
             (0.24, 0.12, 0.95, 0.0), (0.66, 0.32, 0.74, 0.0)],
    "peace": [(-0.62, -0.20, 1.0, 0.0), (-0.1, 0.16, 1.02, 0.0)],
    "point": [(-0.62, -0.04, 1.02, 0.0)],
    "relaxed": [(-0.95, -0.40, 0.58, 0.2), (-0.55, 0.02, 0.82, 0.15), (-0.18, 0.04, 0.92, 0.18),
                (0.20, 0.06, 0.86, 0.2), (0.56, 0.1, 0.66, 0.22)],
}  # fmt: skip


def draw_hand(
    scene: Scene, b: Build, limb: Limb, side: int, kind: str, z: float, tint: str = "skin"
) -> None:
    """A hand at the end of an arm, its thumb towards the body."""
    if kind == "hidden":
        return
    size = (0.20 + 0.12 * b.grown) * (1.08 if b.masculine else 1.0)
    x, y = limb.end
    turn = limb.aim - math.pi / 2
    if kind == "hip":
        turn = side * 1.0
        kind = "relaxed"
    raised = limb.end[1] < limb.bend[1]
    # Seen from the palm when raised: the thumb stays towards the head.
    flip = float(side) if not raised else float(-side)
    if kind in ("open", "peace", "point") and raised:
        turn = math.pi + side * 0.12
        flip = float(side)
    frame = Frame(x, y, size, turn, flip)
    name = "hand" if tint == "skin" else "glove"
    fingers = _HANDS.get(kind, [])
    chubby = 1.25 - 0.25 * b.grown
    for base, angle, long, bend in fingers:
        thumb = base <= -0.9
        bx, by = base * 0.62, (0.55 if thumb else 1.12)
        mx, my = bx + math.sin(angle) * long * 0.55, by + math.cos(angle) * long * 0.55
        ex = bx + math.sin(angle + bend) * long
        ey = by + math.cos(angle + bend) * long
        w = 0.175 * chubby
        finger = ribbon(
            [(bx, by - 0.35), (bx, by), (mx, my), (ex, ey)],
            [w, w * 1.05, w, w * 0.92, w * 0.45],
            tip=False,
        )
        scene.add(
            Part(
                name,
                tint,
                [frame.curve(_rounded(finger))],
                z=z + (0.02 if thumb else 0.0),
                outline=0.85,
            )
        )
    if kind in ("fist", "hold", "peace", "point"):
        knots: list[Knot] = [(-0.45, -0.15), (0.42, -0.15), (0.74, 0.5), (0.72, 1.12), (0.3, 1.36),
            (-0.3, 1.38),
                             (-0.70, 1.14), (-0.74, 0.55)]  # fmt: skip
    else:
        knots = [(-0.42, -0.15), (0.40, -0.15), (0.66, 0.55), (0.70, 1.06), (0.3, 1.26),
            (-0.35, 1.24),
                 (-0.72, 1.0), (-0.70, 0.5)]  # fmt: skip
    palm = Part(name, tint, [frame.curve(curve(knots))], z=z + 0.01, form=0.05, outline=0.9)
    if kind in ("fist", "hold"):
        for k in (-0.34, 0.02, 0.38):
            palm.stroke(
                frame.points(
                    curve([(k, 1.34), (k + 0.02, 1.1), (k - 0.02, 0.82)], closed=False).points
                ),
                0.6,
            )
    if kind in ("peace", "point"):
        for k in (0.1, 0.42):
            palm.stroke(
                frame.points(curve([(k, 1.3), (k, 1.05), (k - 0.03, 0.85)], closed=False).points),
                0.55,
            )
    scene.add(palm)
    if fingers and kind in ("open", "relaxed"):
        # The fingers' roots melt into the palm: the same skin over the palm's upper line.
        patch = curve(
            [
                (-0.52, 0.5),
                (0.5, 0.5),
                (0.56, 1.0),
                (0.52, 1.2),
                (0.0, 1.26),
                (-0.5, 1.2),
                (-0.56, 1.0),
            ]
        )
        scene.add(Part(name, tint, [frame.curve(patch)], z=z + 0.03, outline=0.0))
        for k in (-0.36, 0.02, 0.38):
            scene.lines(
                [frame.points(curve([(k, 1.32), (k, 1.16)], closed=False).points)],
                z=z + 0.04,
                weight=0.5,
            )
    if kind in ("fist", "hold", "peace", "point"):
        thumb_band = ribbon(
            [(-0.66, 0.35), (-0.52, 0.75), (-0.12, 0.96), (0.18, 0.98)],
            [0.17, 0.19, 0.17, 0.08],
            tip=False,
        )
        scene.add(Part(name, tint, [frame.curve(_rounded(thumb_band))], z=z + 0.03, outline=0.75))


def _rounded(band: Ribbon) -> Curve:
    """A band whose far end is drawn without corners."""
    n = len(band.left)
    return Curve(band.outline.points, (0, 2 * n - 1), True)
