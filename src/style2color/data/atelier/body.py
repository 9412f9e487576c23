"""The figure below the head: proportions, a posed skeleton, limbs and hands."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .curves import Curve, Dice, Frame, Knot, Points, Ribbon, curve, ellipse, ribbon
from .scene import Part, Scene, Shade, Stroke

XY = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Build:
    """Proportions in skull radii; `grown` runs from 0 (chibi, 2.5 heads) to 1 (adult, 7)."""

    grown: float
    masculine: bool
    neck: float
    shoulder_y: float
    shoulder: float
    chest: float
    waist_y: float
    waist: float
    hip_y: float
    hip: float
    knee_y: float
    foot_y: float
    upper: float
    lower: float
    arm: float
    leg: float
    bust: float

    @classmethod
    def of(cls, grown: float, masculine: bool, frame: float, bust: float) -> Build:
        """Proportions for an age; `frame` -1 slight to 1 broad, `bust` 0 to 1."""
        g = grown
        m = 1.0 if masculine else 0.0

        def mix(child: float, adult: float) -> float:
            return child + (adult - child) * g

        shoulder = mix(0.62, 1.10 + 0.32 * m) * (1 + 0.07 * frame)
        shoulder_y = mix(1.34, 1.95)
        waist_y = shoulder_y + mix(0.62, 1.75 + 0.15 * m)
        hip_y = waist_y + mix(0.42, 0.95)
        leg = mix(0.95, 6.1 + 0.3 * m)
        return cls(
            grown=g,
            masculine=masculine,
            neck=mix(0.24, 0.32 + 0.09 * m),
            shoulder_y=shoulder_y,
            shoulder=shoulder,
            chest=shoulder * (0.80 + 0.02 * m),
            waist_y=waist_y,
            waist=mix(0.52, 0.70 + 0.18 * m) * (1 + 0.1 * frame),
            hip_y=hip_y,
            hip=mix(0.62, 0.94 - 0.02 * m) * (1 + 0.08 * frame),
            knee_y=hip_y + leg * 0.5,
            foot_y=hip_y + leg,
            upper=mix(0.56, 1.85 + 0.12 * m),
            lower=mix(0.50, 1.60 + 0.1 * m),
            arm=mix(0.17, 0.225 + 0.07 * m) * (1 + 0.1 * frame),
            leg=mix(0.27, 0.42 + 0.03 * m) * (1 + 0.1 * frame),
            bust=bust * max(0.0, g - 0.35),
        )


@dataclass(frozen=True, slots=True)
class Limb:
    """Shoulder, elbow and wrist, or hip, knee and ankle, with the way the end points.

    `from_` is where an arm's flesh begins, inside the body, so that the shoulder is round.
    """

    root: XY
    bend: XY
    end: XY
    aim: float
    front: bool
    from_: XY | None = None


@dataclass(frozen=True, slots=True)
class Pose:
    """Where limbs are, which way the body turns, and what the hands do."""

    name: str
    turn: float
    arms: tuple[Limb, Limb]
    hands: tuple[str, str]
    legs: tuple[Limb, Limb]
    lean: float


# Each arm pose: the elbow from the shoulder (outwards, down; in upper arms), the wrist from the
# elbow (in forearms; short where it points at the viewer), whether the arm passes before the
# body, and the hands that suit it.
ARMS: dict[str, tuple[XY, XY, bool, tuple[str, ...]]] = {
    "down": ((0.16, 0.97), (0.04, 0.98), True, ("relaxed", "fist")),
    "down wide": ((0.34, 0.92), (0.26, 0.94), True, ("relaxed", "open")),
    "behind": ((0.30, 0.92), (-0.45, 0.80), False, ("hidden",)),
    "hip": ((0.66, 0.70), (-0.64, 0.60), True, ("hip",)),
    "chest": ((0.20, 0.92), (-0.74, -0.40), True, ("fist", "relaxed", "hold")),
    "clasp": ((0.26, 0.93), (-0.80, 0.36), True, ("relaxed", "fist")),
    "crossed": ((0.22, 0.86), (-1.02, -0.06), True, ("relaxed",)),
    "wave": ((0.60, 0.62), (0.22, -0.96), True, ("open", "peace", "point")),
    "peace": ((0.34, 0.86), (0.14, -0.98), True, ("peace", "open", "point")),
    "out": ((0.85, 0.34), (0.96, -0.06), True, ("open", "relaxed", "point")),
    "cheek": ((0.18, 0.76), (-0.28, -0.92), True, ("relaxed", "fist")),
    "up": ((0.52, -0.80), (-0.04, -0.98), True, ("open", "fist", "peace")),
    "hold": ((0.18, 0.94), (-0.48, -0.14), True, ("hold",)),
    "chin": ((0.02, 0.84), (-0.52, -0.74), True, ("fist", "point")),
    "point": ((0.55, 0.58), (0.66, -0.46), True, ("point", "open")),
    "head": ((0.82, -0.50), (-0.72, -0.20), False, ("hidden",)),
}
PAIRS = {
    ("down", "down"): 15, ("down", "hip"): 10, ("hip", "hip"): 5, ("behind", "behind"): 7,
    ("down", "wave"): 9, ("down", "peace"): 9, ("down", "hold"): 9, ("clasp", "clasp"): 6,
    ("chest", "chest"): 5, ("hip", "peace"): 6, ("down wide", "down wide"): 9, ("down", "chest"): 8,
    ("cheek", "cheek"): 2, ("hold", "hip"): 4, ("down", "out"): 5, ("up", "hip"): 3, ("up", "up"): 3,
    ("down", "chin"): 4, ("hold", "hold"): 4, ("behind", "down"): 4, ("down wide", "peace"): 4,
    ("crossed", "crossed"): 4, ("down", "point"): 5, ("hip", "point"): 3, ("out", "out"): 3,
    ("head", "head"): 3, ("head", "hip"): 2, ("peace", "peace"): 3,
}  # fmt: skip


def sample_pose(dice: Dice, b: Build, turn: float) -> Pose:
    """A pose of two arms and two legs for a build."""
    first, second = dice.pick({"/".join(k): v for k, v in PAIRS.items()}).split("/")
    if dice.chance(0.5):
        first, second = second, first
    arms, hands = [], []
    for side, name in ((-1, first), (1, second)):
        to_elbow, to_wrist, front, choices = ARMS[name]
        root = shoulder_at(b, side, turn)
        elbow = (
            root[0] + side * (to_elbow[0] + dice.about(0, 0.06)) * b.upper,
            root[1] + (to_elbow[1] + dice.about(0, 0.03)) * b.upper,
        )
        wrist = (
            elbow[0] + side * (to_wrist[0] + dice.about(0, 0.08)) * b.lower,
            elbow[1] + (to_wrist[1] + dice.about(0, 0.05)) * b.lower,
        )
        if wrist[1] < 1.3 and name not in ("cheek", "chin", "head"):
            # Raised hands keep clear of the face.
            wrist = (side * max(abs(wrist[0]), 1.4), wrist[1])
        aim = math.atan2(wrist[1] - elbow[1], wrist[0] - elbow[0])
        # A hanging arm starts well inside the body, a raised one closer to the joint.
        hang = min(max((elbow[1] - root[1]) / b.upper, 0.0), 1.0)
        inside = (root[0] * (0.86 - 0.26 * hang), root[1] - b.arm * 0.18 * hang)
        arms.append(Limb(root, elbow, wrist, aim, front, inside))
        hands.append(dice.choice(choices))
    legs = []
    stance = dice.pick({"straight": 5, "apart": 4, "crossed": 2, "step": 3, "knock": 2})
    for side in (-1, 1):
        root = (side * b.hip * 0.50 * (1 - 0.15 * abs(turn)), b.hip_y)
        spread = {"straight": 0.02, "apart": 0.16, "crossed": -0.12, "step": 0.08, "knock": 0.05}[stance]
        foot_x = root[0] + side * spread * (b.foot_y - b.hip_y) * 0.5
        lift = (b.foot_y - b.hip_y) * (0.05 if stance == "step" and side > 0 else 0.0)
        knee_x = (root[0] + foot_x) / 2 - (side * 0.10 if stance == "knock" else -side * 0.02)
        foot = (foot_x, b.foot_y - lift)
        legs.append(Limb(root, (knee_x, b.knee_y - lift * 0.5), foot, math.pi / 2, side > 0))
    return Pose(
        f"{first}/{second}", turn, (arms[0], arms[1]), (hands[0], hands[1]), (legs[0], legs[1]),
        dice.about(0, 0.05),
    )  # fmt: skip


def shoulder_at(b: Build, side: int, turn: float) -> XY:
    """A shoulder joint: the far one comes in as the body turns."""
    squeeze = 1 - (0.22 if side > 0 else 0.08) * abs(turn)
    return side * b.shoulder * 0.90 * squeeze, b.shoulder_y + b.arm * 1.05


def limb_band(limb: Limb, widths: list[float], upto: float = 1.0) -> Ribbon:
    """A band along a limb with half-widths at even steps from root to end."""
    root, bend, end = limb.root, limb.bend, limb.end
    knots: list[Knot] = [
        *([limb.from_] if limb.from_ is not None else []),
        root,
        (root[0] * 0.5 + bend[0] * 0.5, root[1] * 0.5 + bend[1] * 0.5),
        (root[0] * 0.12 + bend[0] * 0.88, root[1] * 0.12 + bend[1] * 0.88),
        (end[0] * 0.12 + bend[0] * 0.88, end[1] * 0.12 + bend[1] * 0.88),
        (end[0] * 0.5 + bend[0] * 0.5, end[1] * 0.5 + bend[1] * 0.5),
        end,
    ]
    band = ribbon(knots, widths, tip=False)
    left, right = _unfolded(band.left), _unfolded(band.right)
    n = len(left)
    whole = Curve(np.concatenate([left, right[::-1]]), (0, n - 1, n, 2 * n - 1), True)
    band = Ribbon(whole, left, right, band.spine)
    if upto >= 1.0:
        return band
    keep = max(4, int(len(band.spine) * upto))
    left, right = band.left[:keep], band.right[:keep]
    points = np.concatenate([left, right[::-1]])
    corners = (0, keep - 1, keep, 2 * keep - 1)
    return Ribbon(Curve(points, corners, True), left, right, band.spine[:keep])


def _unfolded(edge: Points) -> Points:
    """The edge of a bent limb without the loop that offsetting leaves inside the bend."""
    a, b = edge[:-1], edge[1:]
    d = b - a
    # Every pair of segments (i, j): where on each do their lines meet?
    gap = a[None] - a[:, None]
    cross = d[:, None, 0] * d[None, :, 1] - d[:, None, 1] * d[None, :, 0]
    cross = np.where(np.abs(cross) < 1e-12, 1e-12, cross)
    on_i = (gap[..., 0] * d[None, :, 1] - gap[..., 1] * d[None, :, 0]) / cross
    on_j = (gap[..., 0] * d[:, None, 1] - gap[..., 1] * d[:, None, 0]) / cross
    meet = (on_i > 0) & (on_i < 1) & (on_j > 0) & (on_j < 1)
    pairs = np.argwhere(np.triu(meet, 2))
    if not len(pairs):
        return edge
    i, j = max(pairs.tolist(), key=lambda p: p[1] - p[0])
    edge = edge.copy()
    edge[i + 1 : j + 1] = a[i] + on_i[i, j] * d[i]
    return edge


def draw_arm(scene: Scene, b: Build, limb: Limb, z: float) -> None:
    """A bare arm from shoulder to wrist."""
    r = b.arm
    band = limb_band(limb, [r * 0.9, r * 1.08, r * 1.02, r * 0.92, r * 0.86, r * 0.9, r * 0.74, r * 0.58])
    scene.add(Part("arm", "skin", [band.outline], z=z, form=0.09, lines=grown_edges(band, limb),
                   lit=[shoulder_ball(limb, r)]))


def shoulder_ball(limb: Limb, r: float) -> Curve:
    """Where an arm of half-width `r` grows out of the body and has no edge to cast a shade."""
    x, y = limb.from_ or limb.root
    return ellipse(x, y, r * 1.8, r * 1.8, n=14)


def grown_edges(band: Ribbon, limb: Limb) -> list[Points]:
    """The lines of a limb that grows out of the shoulder: the armpit side starts lower down."""
    n = len(band.left)
    inner, outer = band.left, band.right
    if abs(inner[n // 4][0]) > abs(outer[n // 4][0]):
        inner, outer = outer, inner
    a, b = max(n // 16, 1), n // 4
    return [outer[a:], inner[b:], np.stack([band.left[-1], band.right[-1]])]


def draw_leg(scene: Scene, b: Build, limb: Limb, z: float, tint: str = "skin", name: str = "leg") -> Ribbon:
    """A leg from hip to ankle."""
    r = b.leg
    band = limb_band(
        limb,
        [min(r * 1.2, b.hip * 0.5), r * 1.16, r * 0.98, r * 0.76, r * 0.74, r * 0.78, r * 0.62, r * 0.42],
    )
    lines = [band.left[2:], band.right[2:]]
    part = Part(name, tint, [band.outline], z=z, form=0.14, lines=lines)
    if tint == "skin" and b.grown > 0.4:
        kx, ky = limb.bend
        part.stroke(curve([(kx - 0.1, ky + 0.02), (kx, ky + 0.08), (kx + 0.1, ky + 0.03)], closed=False).points, 0.5)
    scene.add(part)
    return band


def draw_foot(scene: Scene, b: Build, limb: Limb, side: int, z: float, kind: str, tint: str) -> None:
    """A shoe, boot or bare foot."""
    x, y = limb.end
    s = 0.42 + 0.58 * b.grown
    r = b.leg * 0.5
    toe = side * 0.10
    if kind == "boots":
        top = y - (b.foot_y - b.knee_y) * 0.62
        kx = x + (limb.bend[0] - x) * 0.62
        knots: list[Knot] = [(kx - r * 1.5, top, 1), (kx + r * 1.5, top, 1), (x + r * 1.15, y - 0.1 * s),
                             (x + toe + 0.34 * s, y + 0.36 * s), (x + toe + 0.22 * s, y + 0.50 * s),
                             (x + toe - 0.26 * s, y + 0.50 * s), (x + toe - 0.34 * s, y + 0.34 * s),
                             (x - r * 1.15, y - 0.1 * s)]  # fmt: skip
        boot = Part("boot", tint, [curve(knots)], z=z, form=0.12)
        boot.stroke(curve([(x - r * 1.1, y + 0.02 * s), (x, y + 0.1 * s), (x + r * 1.1, y + 0.0)], closed=False).points, 0.6)
        boot.stroke(curve([(kx - r * 1.45, top + 0.16), (kx, top + 0.2), (kx + r * 1.45, top + 0.16)], closed=False).points, 0.7, 0, 0)
        scene.add(boot)
        return
    knots = [(x - r * 0.9, y - 0.12 * s), (x + r * 0.9, y - 0.12 * s), (x + toe + 0.31 * s, y + 0.30 * s),
             (x + toe + 0.24 * s, y + 0.50 * s), (x + toe - 0.24 * s, y + 0.50 * s),
             (x + toe - 0.31 * s, y + 0.30 * s)]  # fmt: skip
    if kind == "bare":
        scene.add(Part("foot", "skin", [curve(knots)], z=z, form=0.08))
        return
    shoe_top = [(x - r * 1.05, y + 0.02 * s, 1), (x + r * 1.05, y + 0.02 * s, 1)]
    shoe = Part("shoe", tint, [curve([*shoe_top, *knots[2:]])], z=z, form=0.08)
    shoe.stroke(curve([(x + toe - 0.28 * s, y + 0.40 * s), (x + toe, y + 0.44 * s), (x + toe + 0.28 * s, y + 0.40 * s)], closed=False).points, 0.6, 0, 0)
    if kind == "strap":
        shoe.stroke(curve([(x - r * 1.1, y + 0.1 * s), (x, y + 0.16 * s), (x + r * 1.1, y + 0.1 * s)], closed=False).points, 0.9, 0, 0)
    scene.add(shoe)


# Fingers as (base across the palm -1..1, angle away from straight, length, bend), thumb first.
_HANDS: dict[str, list[tuple[float, float, float, float]]] = {
    "open": [(-1.0, -0.85, 0.62, 0.1), (-0.62, -0.20, 0.92, 0.0), (-0.2, -0.05, 1.02, 0.0),
             (0.24, 0.12, 0.95, 0.0), (0.66, 0.32, 0.74, 0.0)],
    "peace": [(-0.62, -0.20, 1.0, 0.0), (-0.1, 0.16, 1.02, 0.0)],
    "point": [(-0.62, -0.04, 1.02, 0.0)],
    "relaxed": [(-0.95, -0.40, 0.58, 0.2), (-0.55, 0.02, 0.82, 0.15), (-0.18, 0.04, 0.92, 0.18),
                (0.20, 0.06, 0.86, 0.2), (0.56, 0.1, 0.66, 0.22)],
}  # fmt: skip


def draw_hand(scene: Scene, b: Build, limb: Limb, side: int, kind: str, z: float, tint: str = "skin") -> None:
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
        finger = ribbon([(bx, by - 0.35), (bx, by), (mx, my), (ex, ey)], [w, w * 1.05, w, w * 0.92, w * 0.45], tip=False)
        scene.add(Part(name, tint, [frame.curve(_rounded(finger))], z=z + (0.02 if thumb else 0.0), outline=0.85))
    if kind in ("fist", "hold", "peace", "point"):
        knots: list[Knot] = [(-0.45, -0.15), (0.42, -0.15), (0.74, 0.5), (0.72, 1.12), (0.3, 1.36), (-0.3, 1.38),
                             (-0.70, 1.14), (-0.74, 0.55)]  # fmt: skip
    else:
        knots = [(-0.42, -0.15), (0.40, -0.15), (0.66, 0.55), (0.70, 1.06), (0.3, 1.26), (-0.35, 1.24),
                 (-0.72, 1.0), (-0.70, 0.5)]  # fmt: skip
    palm = Part(name, tint, [frame.curve(curve(knots))], z=z + 0.01, form=0.05, outline=0.9)
    if kind in ("fist", "hold"):
        for k in (-0.34, 0.02, 0.38):
            palm.stroke(frame.points(curve([(k, 1.34), (k + 0.02, 1.1), (k - 0.02, 0.82)], closed=False).points), 0.6)
    if kind in ("peace", "point"):
        for k in (0.1, 0.42):
            palm.stroke(frame.points(curve([(k, 1.3), (k, 1.05), (k - 0.03, 0.85)], closed=False).points), 0.55)
    scene.add(palm)
    if fingers and kind in ("open", "relaxed"):
        # The fingers' roots melt into the palm: the same skin over the palm's upper line.
        patch = curve([(-0.52, 0.5), (0.5, 0.5), (0.56, 1.0), (0.52, 1.2), (0.0, 1.26), (-0.5, 1.2), (-0.56, 1.0)])
        scene.add(Part(name, tint, [frame.curve(patch)], z=z + 0.03, outline=0.0))
        for k in (-0.36, 0.02, 0.38):
            scene.lines([frame.points(curve([(k, 1.32), (k, 1.16)], closed=False).points)], z=z + 0.04, weight=0.5)
    if kind in ("fist", "hold", "peace", "point"):
        thumb_band = ribbon([(-0.66, 0.35), (-0.52, 0.75), (-0.12, 0.96), (0.18, 0.98)], [0.17, 0.19, 0.17, 0.08], tip=False)
        scene.add(Part(name, tint, [frame.curve(_rounded(thumb_band))], z=z + 0.03, outline=0.75))


def _rounded(band: Ribbon) -> Curve:
    """A band whose far end is drawn without corners."""
    n = len(band.left)
    return Curve(band.outline.points, (0, 2 * n - 1), True)


def draw_neck(scene: Scene, b: Build, chin: tuple[float, float], face: Curve | None, z: float = 12) -> None:
    """Neck and the bare upper chest that garments cover from there on."""
    y = b.shoulder_y
    n = b.neck
    x = chin[0] * 0.25
    knots: list[Knot] = [(x - n, 0.55, 1), (x + n, 0.55, 1), (x * 0.6 + n * 0.96, y - 0.5), (n * 1.15, y - 0.22),
                         (b.shoulder * 0.72, y - 0.02), (b.shoulder * 0.9, y + 0.2), (b.chest * 0.85, y + 1.0 * (b.waist_y - y) * 0.5, 1),
                         (-b.chest * 0.85, y + 1.0 * (b.waist_y - y) * 0.5, 1), (-b.shoulder * 0.9, y + 0.2), (-b.shoulder * 0.72, y - 0.02),
                         (-n * 1.15, y - 0.22), (x * 0.6 - n * 0.96, y - 0.5)]  # fmt: skip
    part = Part("neck", "skin", [curve(knots)], z=z, form=0.06)
    if face is not None:
        lx, _ = scene.light
        part.shadows.append(Shade(Curve(face.points + (-lx * 0.12, 0.34), (), True), 1.0))
    for side in (-1, 1):
        part.strokes.append(
            Stroke(curve([(side * 0.12, y + 0.10), (side * b.shoulder * 0.38, y + 0.02),
                          (side * b.shoulder * 0.62, y + 0.03)], closed=False).points, 0.5, (0.3, 0.6))
        )  # fmt: skip
    scene.add(part)
