"""Hair about the face: fringe and crown, loose locks, side locks, shine, the unruly one."""

from __future__ import annotations

import math

import numpy as np

from .curves import Curve, Dice, Knot, curve, ribbon
from .haircuts import HairTraits, fringe
from .head import Head
from .scene import Gradient, Part, Scene, Shade, Stroke


def front_shape(head: Head, t: HairTraits) -> tuple[Curve, list[list[Knot]]]:
    """The fringe and crown as one outline, and the lines from its notches to the crown."""
    dice = Dice(t.seed, "front")
    notches, tips = fringe(t, dice)
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
    lines: list[list[Knot]] = []
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
                [(tx * 0.8 + mx * 0.2, ty - 0.14), ((tx + mx) / 2 + bow * 0.3,
                (ty + my) / 2 - 0.06),
                 (mx + (whorl[0] - mx) * 0.2, my + (whorl[1] - my) * 0.25)]
            )  # fmt: skip
    return head.frame.curve(outline), lines


def _crown(head: Head, t: HairTraits, v: float, dice: Dice) -> list[Knot]:
    """The outer edge of the crown, from the left temple over the top to the right one."""
    smooth = [(-1.04, 0.40), (-1.14, -0.12), (-1.02, -0.66), (-0.62, -1.06), (-0.28, -1.195),
              (0.0, -1.225), (0.28, -1.195), (0.62, -1.06), (1.02, -0.66), (1.14, -0.12),
              (1.04, 0.40)]  # fmt: skip
    low = dice.between(0.34, 0.58)
    puff = t.puff
    smooth = [
        (x * v * (1 + (puff - 1) * (y + 1.2)), y * v) if y < 0.3 else (x * puff, low)
        for x, y in smooth
    ]
    knots: list[Knot] = [head.silhouette(x * (1 + dice.about(0, 0.01)), y) for x, y in smooth]
    # The hair at the temples ends in points, as locks do.
    knots[0], knots[-1] = (*knots[0][:2], 1), (*knots[-1][:2], 1)
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
        share = (
            (i + 0.5) / count
            if spiky
            else dice.choice((dice.between(0, 0.25), dice.between(0.75, 1)))
        )
        a = math.pi * (0.93 + 1.14 * share) + dice.about(0, 0.08)
        lean = (share - 0.5) * 1.1 + 0.5 * sweep
        long = (
            dice.between(0.55, 1.05) * (0.75 + 0.3 * t.sharp) if spiky else dice.between(0.4, 0.55)
        )
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


def draw_front(
    scene: Scene, head: Head, t: HairTraits, shape: Curve, lines: list[list[Knot]]
) -> Part:
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
        knots = [
            (x0, y0),
            ((x0 + x1) / 2 + 0.12 * math.copysign(1, a), (y0 + y1) / 2 - 0.06),
            (x1, y1),
        ]
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
        scene.add(
            Part("hair streak", "hair2", [streak], z=40.1, clip=shape, outline=0.5, hides=False)
        )
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
        low = {"short": 0.85, "jaw": 1.25, "single": 1.9, "chest": 2.2 + t.length,
            "thick": 1.8 + t.length,
               "curled": 1.9, "outward": 1.15, "blunt": 1.30}[t.side]  # fmt: skip
        low = min(low, 1.25 + 0.55 * (head.floor - 1.25))
        wide = {"thick": 0.24, "short": 0.15, "outward": 0.2, "blunt": 0.19}.get(t.side, 0.165)
        wide *= 1 - (0.25 * head.turned if far else 0.0)
        sway = d.about(0, 0.06)
        top_y = -0.35
        knots: list[Knot] = [(x * 0.86, top_y), (x * 1.02, 0.25),
            (x * 0.99 + sway * 0.5, low * 0.6),
                             (x * 0.96 + sway, low * 0.85),
                             (x * (0.90 if low < 1.5 else 0.97), low)]  # fmt: skip
        if t.side == "outward":
            knots[-1] = (x + side * 0.32, low - 0.02)
        if t.side == "curled":
            knots[2:] = [(x * 0.96, 0.95), (x * 1.10, 1.25), (x * 0.92, 1.55), (x * 1.06, 1.9)]
        widths = [wide * 0.3, wide * 0.95, wide, wide * 0.85, wide * 0.45, 0.0]
        if t.side == "blunt":
            widths = [wide * 0.3, wide * 0.95, wide, wide, wide, wide * 0.95]
        band = ribbon(knots, widths, tip=t.side != "blunt")
        part = Part(
            "hair side", "hair", [head.local(band.outline)], z=39.2, form=0.07 * head.frame.scale
        )
        for at in (-0.35, 0.3):
            inner = head.frame.points(
                band.inner(
                    at + dice.about(0, 0.12), dice.between(0.1, 0.3), dice.between(0.75, 0.97)
                )
            )
            part.stroke(inner, 0.6, 0.3, 0.5)
        if low > 1.5 and t.side != "blunt" and dice.chance(0.7):
            twin = ribbon(
                [*knots[:-1], (knots[-1][0] + side * 0.16, low * 0.86)], [w * 0.75 for w in widths]
            )
            scene.add(
                Part(
                    "hair side",
                    "hair",
                    [head.local(twin.outline)],
                    z=39.1,
                    form=0.06 * head.frame.scale,
                )
            )
        scene.add(part)


def draw_ahoge(scene: Scene, head: Head, t: HairTraits) -> None:
    """The unruly lock on top."""
    dice = Dice(t.seed, "ahoge")
    for _ in range(t.ahoge):
        side = dice.choice((-1, 1))
        x = dice.about(0.05, 0.15)
        tall, reach = dice.between(0.18, 0.5), dice.between(0.3, 0.65)
        droop = dice.between(0.2, 0.7) * tall
        # Broad at its root: a stalk of even width looks like a feeler.
        wide = dice.between(0.07, 0.12)
        band = ribbon(
            [(x, -1.12 * t.volume), (x + side * 0.04, -1.2 - tall * 0.6),
             (x + side * reach * 0.5, -1.2 - tall), (x + side * reach, -1.2 - tall + droop)],
            [wide * 1.25, wide, wide * 0.6, 0.0],
        )  # fmt: skip
        scene.add(Part("hair front", "hair", [head.local(band.outline)], z=39.5))
