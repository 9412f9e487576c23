"""The figure below the head: proportions and a posed skeleton."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .curves import Dice

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
    ("cheek", "cheek"): 2, ("hold", "hip"): 4, ("down", "out"): 5, ("up", "hip"): 3,
        ("up", "up"): 3,
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
        spread = {"straight": 0.02, "apart": 0.16, "crossed": -0.12, "step": 0.08, "knock": 0.05}[
            stance
        ]
        foot_x = root[0] + side * spread * (b.foot_y - b.hip_y) * 0.5
        lift = (b.foot_y - b.hip_y) * (0.05 if stance == "step" and side > 0 else 0.0)
        knee_x = (root[0] + foot_x) / 2 - (side * 0.10 if stance == "knock" else -side * 0.02)
        foot = (foot_x, b.foot_y - lift)
        legs.append(Limb(root, (knee_x, b.knee_y - lift * 0.5), foot, math.pi / 2, side > 0))
    return Pose(
        f"{first}/{second}", turn, (arms[0], arms[1]), (hands[0], hands[1]), (legs[0], legs[1]),
    )  # fmt: skip


def shoulder_at(b: Build, side: int, turn: float) -> XY:
    """A shoulder joint: the far one comes in as the body turns."""
    squeeze = 1 - (0.22 if side > 0 else 0.08) * abs(turn)
    return side * b.shoulder * 0.90 * squeeze, b.shoulder_y + b.arm * 1.05
