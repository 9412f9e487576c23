"""Hair: fringes over the forehead, locks by the cheeks, and what falls behind."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .curves import Curve, Dice, Knot, curve, ribbon
from .head import Head
from .scene import Gradient, Part, Scene, Shade, Stroke

FRONTS = (
    "fringe", "blunt", "parted", "swept", "em", "messy", "spiky", "curtain", "one eye", "back",
    "cross", "wavy", "short part", "scallop", "sparse", "choppy",
)  # fmt: skip
SIDES = ("none", "short", "jaw", "chest", "thick", "curled", "outward", "blunt", "single")


@dataclass(frozen=True, slots=True)
class HairTraits:
    """A haircut: front, side and back parts and how they behave."""

    front: str
    side: str
    back: str
    length: float
    curl: float
    volume: float
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
            volume=dice.between(0.97, 1.10),
            ahoge=dice.choice((0, 0, 0, 0, 0, 0, 0, 1, 1, 2)),
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
    cuts = [left + width * (i + (0 if i in (0, count) else dice.about(0, 0.28))) for i in range(count + 1)]
    notches = [(x, notch + dice.about(0, 0.05 + 0.09 * wild) + 0.22 * x * x) for x in cuts]
    tips = []
    for a, b in zip(cuts, cuts[1:], strict=False):
        middle = (a + b) / 2
        x = middle + lean * width + dice.about(0, 0.25 + 0.4 * wild) * width
        tips.append((x, tip + dice.about(0, 0.03 + 0.13 * wild) + 0.16 * middle * middle))
    return notches, tips


def _fringe(t: HairTraits, dice: Dice) -> tuple[list[Notch], list[Notch]]:
    """Notches (k + 1) and tips (k) from left to right, on the frontal head."""
    p = t.part_at
    if t.front == "fringe":
        return _locks(dice.choice((5, 6, 7)), -0.92, 0.92, -0.12, 0.22, dice, dice.about(0, 0.4), 0.25)
    if t.front == "choppy":
        return _locks(dice.choice((8, 9, 10)), -0.94, 0.94, 0.02, 0.24, dice, dice.about(0, 0.5), 0.4)
    if t.front == "sparse":
        return _locks(dice.choice((3, 4)), -0.9, 0.9, -0.32, 0.2, dice, dice.about(0, 0.3), 0.4)
    if t.front == "messy":
        return _locks(dice.choice((5, 6, 7)), -0.95, 0.95, -0.16, 0.27, dice, dice.about(0, 0.9), 1.0)
    if t.front == "spiky":
        return _locks(dice.choice((4, 5, 6)), -0.95, 0.95, -0.28, 0.22, dice, dice.about(0, 0.8), 0.7)
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
        notches = [(-0.98, 0.1), (-0.62, -0.05), (c - 0.24, -0.30), (c + 0.24, -0.30), (0.62, -0.05),
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
        notches = [(-1.0, 0.12), (-0.80, 0.04), (at, -0.52), (-0.05, -0.08), (0.36, -0.02), (0.70, 0.05),
                   (1.0, 0.18)]  # fmt: skip
        tips = [(-0.93, 0.42), (-0.68, 0.24), (0.04, low - 0.10), (0.46, low), (0.74, low - 0.02),
                (0.96, 0.48)]  # fmt: skip
        return notches, tips
    if t.front == "back":
        notches = [(-0.97, 0.30), (-0.80, -0.12), (-0.50, -0.44), (0.0, -0.40 + 0.2 * p), (0.50, -0.44), (0.80, -0.12), (0.97, 0.30)]
        tips = [(0.0, 0.0)] * 6
        return notches, tips
    return _locks(dice.choice((4, 5)), -0.92, 0.92, 0.12, 0.2, dice, 0.0, 0.0)


def front_shape(head: Head, t: HairTraits) -> tuple[Curve, list[list[Knot]]]:
    """The fringe and crown as one outline, and the lines from its notches to the crown."""
    dice = Dice(t.seed, "front")
    notches, tips = _fringe(t, dice)
    v = t.volume
    spread = 0.75
    outer = _crown(head, t, v, dice)
    knots: list[Knot] = []
    pairs = list(zip(tips, notches[:-1], strict=True))[::-1]
    previous = notches[-1]
    blunt = t.front == "blunt"
    round_ = t.front == "scallop"
    for tip, notch in pairs:
        ax, ay = head.on(*previous, spread)
        bx, by = head.on(*notch, spread)
        tx, ty = head.on(*tip, spread)
        if blunt:
            low = ty + 0.03
            knots += [(ax * 0.94 + bx * 0.06, low, 1), (bx * 0.94 + ax * 0.06, low + 0.012, 1)]
        elif t.front == "back":
            pass
        elif round_:
            knots += [((ax + tx) / 2, ty), (tx, ty + 0.03), ((bx + tx) / 2, ty)]
        else:
            # The side a lock leans away from bows out, the side it leans to bows in.
            lean = max(-0.2, min(0.2, tx - (ax + bx) / 2))
            bow = min(0.10 * t.sharp, 0.28 * abs(ax - bx))
            knots += [
                ((ax * 0.52 + tx * 0.48) + bow * (0.2 - lean * 4), (ay * 0.42 + ty * 0.58) - 0.01),
                (tx, ty, 1),
                ((bx * 0.52 + tx * 0.48) - bow * (0.2 + lean * 4), (by * 0.42 + ty * 0.58) - 0.01),
            ]
        knots.append((bx, by) if t.front == "back" and notch is not notches[0] else (bx, by, 1))
        previous = notch
    first = head.on(*notches[-1], spread)
    outline = curve([*outer, (*first, 1), *knots])
    lines = []
    whorl = (0.10 + 0.3 * head.turned + 0.1 * t.part_at, -1.06 * v)
    if t.front in ("parted", "curtain", "swept", "short part", "one eye"):
        split = min(notches, key=lambda n: n[1])
        whorl = (head.on(*split, spread)[0] * 0.7, -1.1 * v)
    for i, notch in enumerate(notches[1:-1]):
        nx, ny = head.on(*notch, spread)
        reach = dice.between(0.35, 0.8) if t.front != "blunt" else dice.between(0.12, 0.35)
        if ny < -0.5:
            reach = 1.0
        ex, ey = nx + (whorl[0] - nx) * reach, ny + (whorl[1] - ny) * reach
        bow = 0.13 * (1 if nx > whorl[0] else -1)
        lines.append([(nx, ny), ((nx + ex) / 2 + bow * reach, (ny + ey) / 2 - 0.03), (ex, ey)])
        if i % 2 and t.front not in ("back", "scallop"):
            tx, ty = head.on(*tips[i], spread)
            mx, my = (tx + nx) / 2, ny - 0.05
            lines.append(
                [(tx * 0.8 + mx * 0.2, ty - 0.14), ((tx + mx) / 2 + bow * 0.3, (ty + my) / 2 - 0.06),
                 (mx + (whorl[0] - mx) * 0.2, my + (whorl[1] - my) * 0.25)]
            )  # fmt: skip
    return head.frame.curve(outline), lines


def _crown(head: Head, t: HairTraits, v: float, dice: Dice) -> list[Knot]:
    """The outer edge of the crown, from the left temple over the top to the right one."""
    smooth = [(-1.04, 0.40), (-1.14, -0.12), (-1.02, -0.66), (-0.62, -1.06), (-0.28, -1.195),
              (0.0, -1.225), (0.28, -1.195), (0.62, -1.06), (1.02, -0.66), (1.14, -0.12),
              (1.04, 0.40)]  # fmt: skip
    smooth = [(x * v, y * v) if y < 0.3 else (x, y) for x, y in smooth]
    knots: list[Knot] = [head.silhouette(x * (1 + dice.about(0, 0.01)), y) for x, y in smooth]
    if head.profile:
        # From the side the hair reaches down behind the ear to the nape.
        knots[0:2] = [(-0.62, 0.86, 1), (-1.12, 0.42), (-1.24 * v, -0.12)]
    return knots


def loose_lock(
    head: Head, root: Knot, tip: Knot, bow: float, wide: float, z: float, name: str = "hair front"
) -> Part:
    """A lock over other hair: its lines fade towards the root, where it grows out of the rest."""
    (x0, y0), (x1, y1) = root[:2], tip[:2]
    nx, ny = (y1 - y0), -(x1 - x0)
    knots: list[Knot] = [
        (x0, y0),
        (x0 + (x1 - x0) * 0.35 + nx * bow, y0 + (y1 - y0) * 0.35 + ny * bow),
        (x0 + (x1 - x0) * 0.72 + nx * bow * 0.9, y0 + (y1 - y0) * 0.72 + ny * bow * 0.9),
        (x1, y1),
    ]
    band = ribbon(knots, [wide * 0.6, wide, wide * 0.9, wide * 0.5, 0.0])
    n = len(band.left)
    lines = [head.frame.points(edge[n // 4 :]) for edge in (band.left, band.right)]
    part = Part(name, "hair", [head.local(band.outline)], z=z, lines=lines)
    # The shaded side starts below the root, where the lock has left the rest of the hair.
    under = band.right if (x1 > x0) == (y1 > y0) else band.left
    edge = np.concatenate([under[n // 3 :], (band.spine * 0.6 + under * 0.4)[n // 3 :][::-1]])
    part.shadows.append(Shade(head.local(Curve(edge, (), True)), 0.9))
    part.stroke(head.frame.points(band.inner(0.1, 0.45, 0.8)), 0.45, 0.6, 0.4)
    return part


def draw_tufts(scene: Scene, head: Head, t: HairTraits) -> None:
    """Locks that stand off the crown: a mane on spiky heads, a few stray ones on others."""
    dice = Dice(t.seed, "tufts")
    spiky = t.back in ("spikes", "wolf") or t.front == "spiky"
    tidy = t.front in ("blunt", "back", "scallop") or t.back in ("buns", "afro", "top knot")
    if not spiky and (tidy or dice.chance(0.45)):
        return
    count = dice.choice((10, 12, 14)) if spiky else dice.choice((2, 3, 4))
    sweep = dice.about(0.0, 0.5)
    order = []
    for i in range(count):
        share = (i + 0.5) / count if spiky else dice.choice((dice.between(0, 0.25), dice.between(0.75, 1)))
        a = math.pi * (0.93 + 1.14 * share) + dice.about(0, 0.08)
        lean = (share - 0.5) * 1.1 + 0.5 * sweep
        long = dice.between(0.55, 1.05) * (0.75 + 0.3 * t.sharp) if spiky else dice.between(0.4, 0.55)
        r0 = 0.74 + 0.06 * (i % 2)
        x0, y0 = r0 * t.volume * math.cos(a), 1.05 * r0 * t.volume * math.sin(a)
        b = a + lean * 0.75 if spiky else a + math.copysign(0.9, share - 0.5)
        x1, y1 = x0 + long * math.cos(b), y0 + long * math.sin(b)
        wide = dice.between(0.13, 0.2) if spiky else dice.between(0.07, 0.12)
        bow = 0.11 * math.copysign(1, -lean if spiky else 0.5 - share)
        order.append((abs(share - 0.5), (x0, y0), (x1, y1), bow, wide))
    for k, (_, root, tip, bow, wide) in enumerate(sorted(order, reverse=True)):
        root, tip = head.silhouette(*root), head.silhouette(*tip)
        scene.add(loose_lock(head, root, tip, bow, wide, 40.02 + 0.001 * k))


def draw_front(scene: Scene, head: Head, t: HairTraits, shape: Curve, lines: list[list[Knot]]) -> Part:
    """The fringe and crown over the face, with strands, shine and a dyed streak."""
    dice = Dice(t.seed, "strands")
    frame = head.frame
    part = Part("hair front", "hair", [shape], z=40, form=0.13 * frame.scale)
    for knots in lines:
        part.strokes.append(
            Stroke(frame.points(curve(knots, closed=False).points), 0.8, (0.05, 0.75))
        )
    wx = 0.10 + 0.3 * head.turned + 0.1 * t.part_at
    for _ in range(dice.randrange(1, 5)):
        a = dice.choice((-1, 1)) * dice.between(0.45, 1.25)
        x1, y1 = head.silhouette(math.sin(a) * 1.02, -math.cos(a) * 1.02 + 0.12)
        x0, y0 = wx + (x1 - wx) * 0.35, -1.12 + (y1 + 1.12) * 0.22
        knots = [(x0, y0), ((x0 + x1) / 2 + 0.12 * math.copysign(1, a), (y0 + y1) / 2 - 0.06), (x1, y1)]
        part.strokes.append(
            Stroke(frame.points(curve(knots, closed=False).points), 0.5, (0.5, 0.5))
        )
    scene.add(part)
    lights = _shine(head, t, dice)
    part.lights += lights
    top, low = frame.point(0, -0.4), frame.point(0, 0.5)
    part.gradients.append(Gradient(top, low, 0.35))
    if t.dye == "streak":
        x = dice.choice((-0.5, 0.45))
        streak = head.shape([(x - 0.1, -1.2), (x + 0.12, -1.2), (x + 0.16, -0.3), (x + 0.1, 0.7),
                             (x - 0.06, 0.7), (x - 0.05, -0.3)], 0.75)  # fmt: skip
        scene.add(Part("hair streak", "hair2", [streak], z=40.1, clip=shape, outline=0.5, hides=False))
    return part


def _shine(head: Head, t: HairTraits, dice: Dice) -> list[Shade]:
    """The ring of light round the crown, jagged below as strands catch it."""
    if t.shine == "none":
        return []
    base = dice.between(-0.66, -0.50)
    spans = [(-0.85, 0.85)] if t.shine == "ring" else [(-0.82, -0.42), (-0.30, 0.34), (0.5, 0.8)]
    shades: list[Shade] = []
    for start, end in spans:
        count = max(4, round((end - start) * 7))
        top: list[Knot] = []
        low: list[Knot] = []
        for i in range(count + 1):
            share = i / count
            x = start + (end - start) * share
            bend = base + 0.34 * x * x
            x0 = head.silhouette(x, 0)[0] + 0.25 * head.turned * (1 - x * x)
            fat = math.sin(math.pi * (0.06 + 0.88 * share))
            if 0 < i < count:
                top.append((x0, bend - 0.11 * fat - dice.between(0, 0.03)))
            if 0 < i < count:
                reach = 0.14 if i % 2 else 0.015
                low.append((x0, bend + reach * fat * dice.between(0.6, 1.2), 1))
            else:
                top.append((x0, bend - 0.02, 1))
        shades.append(Shade(head.local(curve([*top, *low[::-1]], steps=4)), 0.55))
    return shades


def draw_sides(scene: Scene, head: Head, t: HairTraits) -> None:
    """The locks that hang in front of the ears."""
    if t.side == "none":
        return
    dice = Dice(t.seed, "sides")
    for side in head.sides:
        if t.side == "single" and side < 0:
            continue
        far = side > 0
        squeeze = head.turned * (0.10 if far else 0.20)
        x = side * (0.97 - squeeze * (0.6 if far else 1.0))
        if head.profile:
            x = -0.13
        d = Dice(t.seed, "side", 0)
        low = {"short": 0.85, "jaw": 1.25, "single": 1.9, "chest": 2.2 + t.length, "thick": 1.8 + t.length,
               "curled": 1.9, "outward": 1.15, "blunt": 1.30}[t.side]  # fmt: skip
        low = min(low, 1.25 + 0.55 * (head.floor - 1.25))
        wide = {"thick": 0.24, "short": 0.15, "outward": 0.2, "blunt": 0.19}.get(t.side, 0.165)
        wide *= 1 - (0.25 * head.turned if far else 0.0)
        sway = d.about(0, 0.06)
        top_y = -0.35
        knots: list[Knot] = [(x * 0.86, top_y), (x * 1.02, 0.25), (x * 0.99 + sway * 0.5, low * 0.6),
                             (x * 0.96 + sway, low * 0.85), (x * (0.90 if low < 1.5 else 0.97), low)]  # fmt: skip
        if t.side == "outward":
            knots[-1] = (x + side * 0.32, low - 0.02)
        if t.side == "curled":
            knots[2:] = [(x * 0.96, 0.95), (x * 1.10, 1.25), (x * 0.92, 1.55), (x * 1.06, 1.9)]
        widths = [wide * 0.3, wide * 0.95, wide, wide * 0.85, wide * 0.45, 0.0]
        if t.side == "blunt":
            widths = [wide * 0.3, wide * 0.95, wide, wide, wide, wide * 0.95]
        band = ribbon(knots, widths, tip=t.side != "blunt")
        part = Part("hair side", "hair", [head.local(band.outline)], z=39.2, form=0.07 * head.frame.scale)
        for at in (-0.35, 0.3):
            inner = head.frame.points(band.inner(at + dice.about(0, 0.12), dice.between(0.1, 0.3), dice.between(0.75, 0.97)))
            part.stroke(inner, 0.6, 0.3, 0.5)
        if low > 1.5 and t.side != "blunt" and dice.chance(0.7):
            twin = ribbon([*knots[:-1], (knots[-1][0] + side * 0.16, low * 0.86)], [w * 0.75 for w in widths])
            scene.add(Part("hair side", "hair", [head.local(twin.outline)], z=39.1, form=0.06 * head.frame.scale))
        scene.add(part)


def draw_ahoge(scene: Scene, head: Head, t: HairTraits) -> None:
    """The unruly lock on top."""
    dice = Dice(t.seed, "ahoge")
    for _ in range(t.ahoge):
        side = dice.choice((-1, 1))
        x = dice.about(0.05, 0.15)
        tall, reach = dice.between(0.18, 0.6), dice.between(0.3, 0.75)
        droop = dice.between(0.3, 1.0) * tall
        wide = dice.between(0.03, 0.075)
        band = ribbon(
            [(x, -1.12 * t.volume), (x + side * 0.04, -1.2 - tall * 0.6),
             (x + side * reach * 0.5, -1.2 - tall), (x + side * reach, -1.2 - tall + droop)],
            [wide * 0.7, wide, wide * 0.85, 0.0],
        )  # fmt: skip
        scene.add(Part("hair front", "hair", [head.local(band.outline)], z=39.5))


def cast(shape: Curve, x: float, y: float) -> Curve:
    """A shape slid by (x, y), to fall as a shadow."""
    return Curve(shape.points + np.array([x, y]), (), True)
