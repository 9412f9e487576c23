"""Haircuts: which there are, who wears them, and where the locks of a fringe fall."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from .curves import Dice


@dataclass(frozen=True, slots=True)
class HairTraits:
    """A haircut: front, side and back parts and how they behave."""

    front: str
    side: str
    back: str
    length: float
    curl: float
    volume: float
    puff: float
    ahoge: int
    part_at: float
    sharp: float
    shine: str
    dye: str
    seed: int

    @classmethod
    def sample(cls, dice: Dice, masculine: bool) -> HairTraits:
        """A haircut; cropped ones are likelier on masculine figures, long ones on others."""
        if masculine:
            front = dice.pick(
                {"fringe": 8, "swept": 12, "messy": 18, "spiky": 18, "short part": 14, "em": 8,
                 "back": 8, "choppy": 8, "parted": 6, "one eye": 4, "scallop": 4, "sparse": 3,
                 "curtain": 3, "cross": 5, "wavy": 3, "blunt": 2}
            )  # fmt: skip
            back = dice.pick(
                {"crop": 40, "spikes": 18, "short": 12, "wolf": 10, "low pony": 5, "medium": 5,
                 "straight": 3, "afro": 3, "top knot": 3, "waves": 2}
            )  # fmt: skip
            side = dice.pick({"none": 50, "short": 35, "jaw": 12, "outward": 6, "chest": 2})
        else:
            front = dice.pick(
                {"fringe": 16, "blunt": 13, "parted": 8, "swept": 12, "em": 12, "messy": 9,
                 "curtain": 7, "one eye": 5, "back": 4, "cross": 8, "wavy": 6, "short part": 3,
                 "scallop": 4, "sparse": 6, "choppy": 7, "spiky": 3}
            )  # fmt: skip
            back = dice.pick(
                {"straight": 18, "medium": 12, "short": 9, "bob": 10, "waves": 12, "twin tails": 10,
                 "low twins": 6, "pony": 9, "low pony": 3, "braids": 5, "one braid": 3, "buns": 4,
                 "top knot": 3, "drills": 4, "crop": 4, "wolf": 5, "spikes": 2, "afro": 3,
                 "side pony": 4, "flipped": 5}
            )  # fmt: skip
            side = dice.pick(
                {"none": 7, "short": 16, "jaw": 24, "chest": 18, "thick": 9, "curled": 7,
                 "outward": 7, "blunt": 8, "single": 5}
            )  # fmt: skip
        return cls(
            front=front, side=side, back=back,
            length=dice.between(0.0, 1.0),
            curl=dice.between(0.0, 1.0),
            volume=dice.between(0.96, 1.08),
            puff=dice.between(0.95, 1.1),
            ahoge=int(dice.pick({"0": 84, "1": 13, "2": 3})),
            part_at=dice.about(0.0, 0.35),
            sharp=dice.between(0.7, 1.25),
            shine=dice.pick({"ring": 50, "spots": 20, "none": 30}),
            dye=dice.pick({"none": 84, "tips": 8, "streak": 8}),
            seed=dice.randrange(1 << 30),
        )  # fmt: skip


# A fringe is notches along the forehead and, between each two, a lock that hangs to its tip.
Notch = tuple[float, float]


def _locks(count: int, left: float, right: float, notch: float, tip: float, dice: Dice,
           lean: float, wild: float) -> tuple[list[Notch], list[Notch]]:  # fmt: skip
    """Evenly strewn locks: `count` of them from x `left` to `right`, down to y `tip`."""
    width = (right - left) / count
    cuts = [
        left + width * (i + (0 if i in (0, count) else dice.about(0, 0.28)))
        for i in range(count + 1)
    ]
    notches = [(x, notch + dice.about(0, 0.05 + 0.09 * wild) + 0.22 * x * x) for x in cuts]
    tips = []
    for a, b in pairwise(cuts):
        middle = (a + b) / 2
        x = middle + lean * width + dice.about(0, 0.25 + 0.4 * wild) * width
        tips.append((x, tip + dice.about(0, 0.03 + 0.13 * wild) + 0.16 * middle * middle))
    return notches, tips


def fringe(t: HairTraits, dice: Dice) -> tuple[list[Notch], list[Notch]]:
    """Notches (k + 1) and tips (k) from left to right, on the frontal head."""
    p = t.part_at
    if t.front == "fringe":
        return _locks(
            dice.choice((5, 6, 7)), -0.92, 0.92, -0.12, 0.22, dice, dice.about(0, 0.4), 0.25
        )
    if t.front == "choppy":
        return _locks(
            dice.choice((8, 9, 10)), -0.94, 0.94, 0.02, 0.24, dice, dice.about(0, 0.5), 0.4
        )
    if t.front == "sparse":
        return _locks(dice.choice((3, 4)), -0.9, 0.9, -0.32, 0.2, dice, dice.about(0, 0.3), 0.4)
    if t.front == "messy":
        return _locks(
            dice.choice((5, 6, 7)), -0.95, 0.95, -0.16, 0.27, dice, dice.about(0, 0.9), 1.0
        )
    if t.front == "spiky":
        return _locks(
            dice.choice((4, 5, 6)), -0.95, 0.95, -0.28, 0.22, dice, dice.about(0, 0.8), 0.7
        )
    if t.front == "scallop":
        return _locks(dice.choice((5, 6)), -0.92, 0.92, 0.0, 0.14, dice, 0.0, 0.2)
    if t.front == "wavy":
        return _locks(dice.choice((4, 5)), -0.94, 0.94, -0.1, 0.25, dice, dice.about(0, 0.7), 0.4)
    if t.front == "em":
        c = dice.about(0.0, 0.06)
        notches = [(-0.98, 0.10), (-0.36 + c, -0.22), (0.34 + c, -0.2), (0.98, 0.10)]
        tips = [(-0.78, 0.44), (c + dice.about(0, 0.1), 0.34), (0.76, 0.42)]
        if dice.chance(0.6):
            notches.insert(1, (-0.66, 0.0))
            tips.insert(1, (-0.50, 0.30))
            notches.insert(-1, (0.66, 0.0))
            tips.insert(-1, (0.52, 0.28))
        return notches, tips
    if t.front == "cross":
        c = dice.about(0.0, 0.12)
        side = dice.choice((-1, 1))
        notches = [(-0.98, 0.1), (-0.62, -0.05), (c - 0.24, -0.30), (c + 0.24, -0.30),
            (0.62, -0.05),
                   (0.98, 0.1)]  # fmt: skip
        tips = [(-0.82, 0.5), (-0.50, 0.26), (c + 0.10 * side, 0.55), (0.48, 0.26), (0.82, 0.48)]
        return notches, tips
    if t.front in ("parted", "curtain"):
        low = 0.40 if t.front == "parted" else 0.86
        notches = [(-1.0, 0.22), (-0.78, 0.12), (p * 0.5, -0.62), (0.78, 0.12), (1.0, 0.22)]
        tips = [(-0.97, low), (-0.74, low - 0.08), (0.74, low - 0.08), (0.97, low)]
        if dice.chance(0.5):
            notches.insert(2, (-0.45, -0.16))
            tips.insert(2, (-0.48, 0.20))
            notches.insert(-2, (0.45, -0.16))
            tips.insert(-2, (0.50, 0.20))
        return notches, tips
    if t.front in ("swept", "short part", "one eye"):
        at = -0.42 if p <= 0 else -0.30
        low = 0.72 if t.front == "one eye" else 0.30
        if t.front == "short part":
            low = 0.10
        notches = [(-1.0, 0.12), (-0.80, 0.04), (at, -0.52), (-0.05, -0.08), (0.36, -0.02),
            (0.70, 0.05),
                   (1.0, 0.18)]  # fmt: skip
        tips = [(-0.93, 0.42), (-0.68, 0.24), (0.04, low - 0.10), (0.46, low), (0.74, low - 0.02),
                (0.96, 0.48)]  # fmt: skip
        return notches, tips
    if t.front == "back":
        notches = [
            (-0.97, 0.30),
            (-0.80, -0.12),
            (-0.50, -0.44),
            (0.0, -0.40 + 0.2 * p),
            (0.50, -0.44),
            (0.80, -0.12),
            (0.97, 0.30),
        ]
        tips = [(0.0, 0.0)] * 6
        return notches, tips
    return _locks(dice.choice((4, 5)), -0.92, 0.92, 0.12, 0.2, dice, 0.0, 0.0)
