"""How a figure stands, goes, sits or runs: joints of arms and legs, and what the hands do."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from .body import Build
from .curves import Dice

XY = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Limb:
    """Shoulder, elbow and wrist, or hip, knee and ankle, with the way the end points.

    `from_` is where an arm's flesh begins, inside the body, so that the shoulder is round.
    The `knee` of a leg may come "near" the viewer, thigh before shin, or be "folded", with the
    shin behind the thigh.
    """

    root: XY
    bend: XY
    end: XY
    aim: float
    front: bool
    from_: XY | None = None
    knee: str = ""


@dataclass(frozen=True, slots=True)
class Pose:
    """Where limbs are, which way the body turns, and what the hands do.

    `lean` turns the whole figure about its hips, in radians towards the side it looks to; `seat`
    says what is sat on; `build` has the feet where this pose puts them.
    """

    name: str
    stance: str
    turn: float
    lean: float
    seat: str
    build: Build
    arms: tuple[Limb, Limb]
    hands: tuple[str, str]
    legs: tuple[Limb, Limb]


# Each arm pose: the elbow from the shoulder (outwards, down; in upper arms), the wrist from the
# elbow (in forearms; short where it points at the viewer), whether the arm passes before the
# body, and the hands that suit it.
ARMS: dict[str, tuple[XY, XY, bool, tuple[str, ...]]] = {
    "down": ((0.16, 0.97), (0.04, 0.98), True, ("relaxed", "relaxed", "fist")),
    "down wide": ((0.34, 0.92), (0.26, 0.94), True, ("relaxed", "open")),
    "behind": ((0.30, 0.92), (-0.45, 0.80), False, ("hidden",)),
    "hip": ((0.66, 0.70), (-0.64, 0.60), True, ("hip",)),
    "chest": ((0.20, 0.92), (-0.74, -0.40), True, ("fist", "flat", "hold")),
    "clasp": ((0.26, 0.93), (-0.80, 0.36), True, ("flat", "fist")),
    "crossed": ((0.22, 0.86), (-1.02, -0.06), True, ("flat",)),
    "wave": ((0.60, 0.62), (0.22, -0.96), True, ("open", "peace", "point")),
    "peace": ((0.34, 0.86), (0.14, -0.98), True, ("peace", "open", "point")),
    "out": ((0.85, 0.34), (0.96, -0.06), True, ("open", "relaxed", "point")),
    "cheek": ((0.18, 0.76), (-0.28, -0.92), True, ("flat", "fist")),
    "up": ((0.52, -0.80), (-0.04, -0.98), True, ("open", "fist", "peace")),
    "hold": ((0.18, 0.94), (-0.48, -0.14), True, ("hold",)),
    "chin": ((0.02, 0.84), (-0.52, -0.74), True, ("fist", "point")),
    "point": ((0.55, 0.58), (0.66, -0.46), True, ("point", "open")),
    "head": ((0.82, -0.50), (-0.72, -0.20), False, ("hidden",)),
    "pocket": ((0.50, 0.84), (-0.30, 0.78), True, ("hidden",)),
    "fore": ((0.14, 0.95), (-0.50, 0.56), True, ("relaxed", "fist")),
    "back": ((0.46, 0.82), (0.30, 0.66), False, ("relaxed", "fist")),
    "sprint fore": ((0.20, 0.88), (-0.70, -0.42), True, ("fist",)),
    "sprint back": ((0.74, 0.60), (-0.10, 0.80), False, ("fist",)),
    "lap": ((0.24, 0.93), (-0.46, 0.62), True, ("flat",)),
    "prop": ((0.40, 0.90), (0.10, 0.90), False, ("flat",)),
}

PAIRS = {
    ("down", "down"): 13, ("down", "hip"): 10, ("hip", "hip"): 5, ("behind", "behind"): 6,
    ("down", "wave"): 9, ("down", "peace"): 9, ("down", "hold"): 9, ("clasp", "clasp"): 5,
    ("chest", "chest"): 5, ("hip", "peace"): 6, ("down wide", "down wide"): 8, ("down", "chest"): 8,
    ("cheek", "cheek"): 2, ("hold", "hip"): 4, ("down", "out"): 5, ("up", "hip"): 3,
    ("up", "up"): 4, ("down", "chin"): 4, ("hold", "hold"): 4, ("behind", "down"): 4,
    ("down wide", "peace"): 4, ("crossed", "crossed"): 6, ("down", "point"): 5, ("hip", "point"): 3,
    ("out", "out"): 3, ("head", "head"): 3, ("head", "hip"): 2, ("peace", "peace"): 3,
    ("pocket", "pocket"): 4, ("pocket", "down"): 4, ("pocket", "wave"): 2,
}  # fmt: skip

# What arms do in stances that ask for it: weights of pairs for the near and the far side.
_ARMS_OF: dict[str, dict[tuple[str, str], float]] = {
    "walk": {("fore", "back"): 6, ("back", "fore"): 4, ("down", "hold"): 2, ("wave", "back"): 2},
    "run": {("sprint fore", "sprint back"): 6, ("sprint back", "sprint fore"): 4},
    "jump": {("up", "up"): 4, ("out", "up"): 3, ("out", "out"): 2, ("sprint fore", "up"): 2},
    "sit": {("lap", "lap"): 6, ("prop", "prop"): 3, ("lap", "peace"): 2, ("lap", "hold"): 3,
            ("hold", "hold"): 2, ("crossed", "crossed"): 2, ("cheek", "lap"): 2},
    "floor": {("lap", "lap"): 4, ("prop", "prop"): 3, ("hold", "hold"): 2, ("lap", "chin"): 2},
    "kneel": {("lap", "lap"): 6, ("lap", "hold"): 2, ("clasp", "clasp"): 2, ("lap", "peace"): 1},
    "squat": {("cheek", "cheek"): 4, ("lap", "lap"): 3, ("lap", "peace"): 2},
}  # fmt: skip

_STANCES = {
    "straight": 20, "apart": 16, "crossed": 8, "step": 9, "knock": 8, "weight": 9,
    "walk": 9, "run": 5, "jump": 3, "sit": 8, "kneel": 3, "floor": 2, "squat": 2,
}  # fmt: skip

# Hip to knee and knee to ankle for each side, as shares of the leg: (towards the side looked to,
# down). The first is the side towards -x, the far one when a figure looks to +x.
_LEGS: dict[str, tuple[tuple[XY, XY], tuple[XY, XY]]] = {
    "walk": (((0.13, 0.46), (0.05, 0.48)), ((-0.03, 0.49), (-0.21, 0.42))),
    "run": (((0.23, 0.37), (-0.12, 0.42)), ((-0.10, 0.46), (-0.36, 0.15))),
    "jump": (((0.10, 0.42), (-0.16, 0.34)), ((-0.06, 0.45), (-0.24, 0.28))),
}
# The same for stances seen from the front, mirrored: (outwards, down), and what the knees do.
_FRONTAL: dict[str, tuple[XY, XY, str]] = {
    "sit": ((0.03, 0.20), (0.0, 0.44), "near"),
    "kneel": ((0.02, 0.24), (0.0, 0.07), "folded"),
    "floor": ((0.25, 0.17), (-0.30, 0.10), ""),
    "squat": ((0.13, 0.10), (-0.05, 0.30), "near"),
}
_TROUSERED = ("trousers", "shorts", "overalls", "none")


def sample_pose(dice: Dice, b: Build, turn: float, bottom: str) -> Pose:
    """A pose for a build that wears `bottom`; no robe sits cross-legged."""
    stance = dice.pick(_STANCES)
    if stance in ("floor", "squat", "run") and bottom not in _TROUSERED:
        stance = {"run": "walk"}.get(stance, "kneel")
    if b.grown < 0.3 and stance in ("floor", "squat", "sit"):
        stance = "kneel" if stance == "floor" else "straight"
    legs, lean = _legs(dice, b, turn, stance)
    feet = max(leg.end[1] for leg in legs)
    down = replace(b, foot_y=feet, knee_y=max(leg.bend[1] for leg in legs))
    pairs = _ARMS_OF.get(stance, PAIRS)
    first, second = dice.pick({"/".join(k): v for k, v in pairs.items()}).split("/")
    if stance not in ("walk", "run") and dice.chance(0.5):
        first, second = second, first
    arms, hands = [], []
    for side, name in ((-1, first), (1, second)):
        limb, choices = _arm(dice, b, side, turn, name)
        arms.append(limb)
        hands.append(dice.choice(choices))
    return Pose(
        f"{first}/{second}", stance, turn, lean, "stool" if stance == "sit" else "", down,
        (arms[0], arms[1]), (hands[0], hands[1]), legs,
    )  # fmt: skip


def _arm(dice: Dice, b: Build, side: int, turn: float, name: str) -> tuple[Limb, tuple[str, ...]]:
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
    return Limb(root, elbow, wrist, aim, front, inside), choices


def _legs(dice: Dice, b: Build, turn: float, stance: str) -> tuple[tuple[Limb, Limb], float]:
    """Both legs, and how far the figure leans."""
    if stance in _LEGS:
        return _going(dice, b, turn, stance)
    if stance in _FRONTAL:
        return _low(dice, b, turn, stance), 0.0
    spread = {"straight": 0.02, "apart": 0.16, "crossed": -0.12, "step": 0.08, "knock": 0.05,
              "weight": 0.10}[stance]  # fmt: skip
    legs = []
    long = b.foot_y - b.hip_y
    for side in (-1, 1):
        root = _hip(b, side, turn)
        rests = stance in ("step", "weight") and side > 0
        foot_x = (
            root[0] + side * (spread + (0.10 if rests and stance == "weight" else 0)) * long / 2
        )
        lift = long * (0.05 if stance == "step" and rests else 0.0)
        knee_x = (root[0] + foot_x) / 2 - (side * 0.10 if stance == "knock" else -side * 0.02)
        if rests and stance == "weight":
            knee_x += 0.05 * long
        toes = math.pi / 2 - side * (0.5 if rests and stance == "weight" else 0.12)
        knee = (knee_x, b.knee_y - lift * 0.5)
        legs.append(Limb(root, knee, (foot_x, b.foot_y - lift), toes, side > 0))
    return (legs[0], legs[1]), 0.0


def _going(dice: Dice, b: Build, turn: float, stance: str) -> tuple[tuple[Limb, Limb], float]:
    long = b.foot_y - b.hip_y
    shares = list(_LEGS[stance])
    if dice.chance(0.5):
        shares.reverse()
    legs = []
    for side, (to_knee, to_foot) in zip((-1, 1), shares, strict=True):
        root = _hip(b, side, turn)
        stride = dice.between(0.85, 1.1)
        knee = (root[0] + to_knee[0] * stride * long, root[1] + to_knee[1] * long)
        foot = (knee[0] + to_foot[0] * stride * long, knee[1] + to_foot[1] * long)
        # The shin's own slope, and toes that point to where the figure goes.
        slope = math.atan2(foot[1] - knee[1], foot[0] - knee[0])
        forward = to_foot[0] > -0.05
        aim = min(slope, math.pi / 2) - (0.55 if forward else 0.25)
        legs.append(Limb(root, knee, foot, aim, to_knee[0] > 0))
    lean = {"walk": 0.03, "run": 0.17, "jump": 0.08}[stance] * dice.between(0.6, 1.2)
    return (legs[0], legs[1]), lean


def _low(dice: Dice, b: Build, turn: float, stance: str) -> tuple[Limb, Limb]:
    to_knee, to_foot, knees = _FRONTAL[stance]
    long = b.foot_y - b.hip_y
    legs = []
    wide = dice.between(-0.01, 0.07) if stance == "sit" else 0.0
    aside = dice.about(0, 0.05) if stance == "sit" else 0.0
    for side in (-1, 1):
        root = _hip(b, side, turn)
        knee = (
            root[0] + (side * (to_knee[0] + wide) + 0.06 * turn) * long,
            root[1] + to_knee[1] * long,
        )
        foot = (knee[0] + (side * to_foot[0] + aside) * long, knee[1] + to_foot[1] * long)
        # Cross-legged, a foot points to the other side.
        toes = math.pi / 2 - side * (0.1 if stance != "floor" else -1.2)
        legs.append(Limb(root, knee, foot, toes, side > 0, knee=knees))
    return legs[0], legs[1]


def _hip(b: Build, side: int, turn: float) -> XY:
    return side * b.hip * 0.50 * (1 - 0.15 * abs(turn)), b.hip_y


def shoulder_at(b: Build, side: int, turn: float) -> XY:
    """A shoulder joint: the far one comes in as the body turns."""
    squeeze = 1 - (0.22 if side > 0 else 0.08) * abs(turn)
    return side * b.shoulder * 0.90 * squeeze, b.shoulder_y + b.arm * 1.05
