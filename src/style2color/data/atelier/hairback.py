"""What hair does behind the head: crops, bobs, falls, tails, braids, buns and drills."""

from __future__ import annotations

import math

from .curves import Dice, Frame, Knot, curve, ellipse, ribbon
from .haircuts import HairTraits
from .head import Head
from .scene import Gradient, Part, Scene, Shade, Stroke

TAILS = ("twin tails", "low twins", "pony", "low pony", "side pony")


def draw_back(scene: Scene, head: Head, t: HairTraits) -> None:
    """Everything of the hair that hangs behind the face, and tails, buns and braids."""
    kind = t.back
    if kind in ("crop", "spikes", "top knot", "buns", "pony", "twin tails", "side pony"):
        _nape(scene, head, t)
    elif kind in ("braids", "low twins", "low pony", "one braid", "drills"):
        _nape(scene, head, t, 1.0)
    if kind == "afro":
        _afro(scene, head, t)
    elif kind in ("short", "bob", "medium", "straight", "waves", "wolf", "flipped"):
        _fall(scene, head, t)
    elif kind in TAILS:
        _tails(scene, head, t)
    elif kind in ("braids", "one braid"):
        _braids(scene, head, t)
    elif kind in ("buns", "top knot"):
        _buns(scene, head, t)
    elif kind == "drills":
        _drills(scene, head, t)


def _strands(part: Part, frame: Frame, lines: list[list[Knot]], weight: float = 0.6) -> None:
    for knots in lines:
        part.strokes.append(
            Stroke(frame.points(curve(knots, closed=False).points), weight, (0.5, 0.5))
        )


def _nape(scene: Scene, head: Head, t: HairTraits, low: float = 0.86) -> None:
    """Short hair at the back of the head, seen beside the ears and neck."""
    dice = Dice(t.seed, "nape")
    v = t.volume
    knots: list[Knot] = [(0, -1.15 * v), (0.72 * v, -0.95), (1.09 * v, -0.2), (1.02 * v, 0.4),
                         (0.86, low, 1)]  # fmt: skip
    count = 6
    for i in range(1, count):
        x = 0.86 - 1.72 * i / count
        knots.append((x + 0.12, low - 0.02 + dice.about(0, 0.02)))
        knots.append((x, low + dice.between(0.10, 0.26) * (1.3 if i % 2 else 0.7), 1))
    knots += [(-0.86, low, 1), (-1.02 * v, 0.4), (-1.09 * v, -0.2), (-0.72 * v, -0.95)]
    moved = [(*head.silhouette(k[0], k[1]), *k[2:]) for k in knots]
    part = Part("hair back", "hair", [head.local(curve(moved))], z=-50)
    part.gradients.append(Gradient(head.frame.point(0, 0.1), head.frame.point(0, 1.0), 1.2))
    scene.add(part)


def _fall(scene: Scene, head: Head, t: HairTraits) -> None:
    """Hair that falls loose: from a short bob to the hips."""
    dice = Dice(t.seed, "fall")
    v = t.volume
    kind = t.back
    low = {"short": 1.15, "bob": 1.30, "flipped": 1.45, "wolf": 1.75,
        "medium": 1.8 + 0.6 * t.length,
           "waves": 2.4 + 2.6 * t.length, "straight": 2.6 + 3.6 * t.length}[kind]  # fmt: skip
    low = min(low, head.floor)
    wide = {"bob": 1.26, "short": 1.14, "flipped": 1.18, "waves": 1.42, "wolf": 1.2,
        "medium": 1.2}.get(
        kind, 1.22 + 0.05 * low
    ) * v  # fmt: skip
    hem = {"bob": 1.02, "short": 0.86, "flipped": 1.42, "wolf": 0.86}.get(kind, wide * 0.95)
    right: list[Knot] = [(0.72 * v, -0.95), (1.10 * v, -0.2), (wide * 0.98, low * 0.42)]
    if kind == "waves":
        steps = max(3, int(low / 0.85))
        for i in range(1, steps):
            y = 0.6 + (low - 0.6) * i / steps
            right.append((wide + (0.13 if i % 2 else -0.10) + 0.03 * i, y))
    else:
        right.append((wide, low * 0.72))
    left = [(-x + dice.about(0, 0.04), y + dice.about(0, 0.05)) for x, y, *_ in right]
    tips: list[Knot] = []
    count = dice.choice((6, 7, 8)) if kind not in ("bob",) else 3
    flat = kind in ("bob",) or (kind == "straight" and t.curl < 0.3)
    for i in range(count + 1):
        x = hem - 2 * hem * i / count
        drop = 0.10 * (1 - (x / hem) ** 2)
        if flat:
            tips.append((x, low + drop + (0.02 if i % 2 else 0.0), 1 if i in (0, count) else 0))
        else:
            out = 0.16 * (x / hem) * (1 if kind in ("flipped", "wolf", "waves") else -0.2)
            if i in (0, count):
                # The outermost tips stay blunt: long thin ones would be all line and no hair.
                out *= 0.35
                drop -= 0.16
            tips.append((x + out, low + drop + dice.between(0.02, 0.22), 1))
            if i < count:
                nx = x - hem / count + dice.about(0, 0.05)
                tips.append(
                    (nx + out * 0.5, low + drop - dice.between(0.08, 0.25) * (1 + 0.15 * low), 1)
                )
    knots = [(0.0, -1.15 * v), *right, *tips, *left[::-1]]
    moved = [(*head.silhouette(k[0], k[1]), *k[2:]) for k in knots]
    shape = head.frame.curve(curve(moved))
    part = Part("hair back", "hair", [shape], z=-50, form=0.10 * head.frame.scale)
    inside = ellipse(0.0, 1.35, 0.78, 1.15)
    part.shadows.append(Shade(head.local(inside), 1.5))
    lines: list[list[Knot]] = []
    for i in range(dice.randrange(5, 9)):
        side = -1 if i % 2 else 1
        x = side * dice.between(0.5, 0.8) * min(wide, hem)
        top = dice.between(0.35, 0.8) * low
        end = low - dice.between(0.05, 0.3)
        sway = 0.06 if kind == "waves" else 0.02
        strand = [(x, top), (x + side * sway, (top + end) / 2), (x * 0.97, end)]
        lines.append([head.silhouette(*point) for point in strand])
    _strands(part, head.frame, lines)
    scene.add(part)
    if t.dye == "tips":
        _dip(scene, part, head, low)


def _dip(scene: Scene, part: Part, head: Head, low: float) -> None:
    """Ends dipped in a second colour."""
    y = low * 0.78
    band = curve([(-3.0, y, 1), (-1.0, y + 0.12), (0.0, y - 0.05), (1.0, y + 0.1), (3.0, y, 1),
                  (3.0, low + 2, 1), (-3.0, low + 2, 1)])  # fmt: skip
    scene.add(
        Part("hair tips", "hair2", [head.local(band)], z=part.z + 0.01, clip=part.shapes[0],
             outline=0.0, hides=False)
    )  # fmt: skip


def _afro(scene: Scene, head: Head, t: HairTraits) -> None:
    dice = Dice(t.seed, "afro")
    count = 17
    big = 1.45 + 0.3 * t.length
    knots: list[Knot] = []
    for i in range(count):
        a = -math.pi * 1.22 + 1.44 * math.pi * i / (count - 1)
        r = big + dice.about(0, 0.03)
        knots.append((r * math.cos(a), -0.25 + r * 0.98 * math.sin(a), 1))
        b = a + 0.72 * math.pi / (count - 1)
        knots.append(((r + 0.13) * math.cos(b), -0.25 + (r + 0.13) * 0.98 * math.sin(b)))
    part = Part("hair back", "hair", [head.local(curve(knots))], z=-50, form=0.2 * head.frame.scale)
    for _ in range(12):
        a, r = dice.between(-3.5, 0.35), dice.between(1.15, big)
        x, y = r * math.cos(a), -0.3 + r * math.sin(a)
        part.strokes.append(
            Stroke(
                head.frame.points(
                    curve([(x - 0.1, y), (x, y - 0.09), (x + 0.1, y)], closed=False).points
                ),
                0.6,
            )
        )
    scene.add(part)


def bundle(
    scene: Scene,
    frame: Frame,
    knots: list[Knot],
    wide: float,
    tint: str,
    name: str,
    z: float,
    dice: Dice,
    wild: float = 1.0,
    tips: str = "",
) -> None:
    """A tail of hair: a main lock and two thinner ones that part near the end."""
    spread = wide * 0.7 * wild
    (x0, y0), (x1, y1) = knots[-2][:2], knots[-1][:2]
    length = math.hypot(x1 - x0, y1 - y0) + 1e-6
    nx, ny = (y1 - y0) / length, -(x1 - x0) / length
    for k, share in ((1, 0.86), (-1, 0.8)):
        end = (
            x1 + nx * spread * k + (x0 - x1) * (1 - share),
            y1 + ny * spread * k + (y0 - y1) * (1 - share),
        )
        bent = [*knots[:-1], (*end,)]
        band = ribbon(bent, [wide * 0.28, wide * 0.75, wide * 0.8, wide * 0.5, 0])
        part = Part(name, tint, [frame.curve(band.outline)], z=z, form=0.08 * frame.scale)
        part.stroke(frame.points(band.inner(0.3 * k, 0.35, 0.9)), 0.55, 0.4, 0.5)
        scene.add(part)
    band = ribbon(knots, [wide * 0.3, wide * 0.95, wide, wide * 0.75, wide * 0.35, 0])
    part = Part(name, tint, [frame.curve(band.outline)], z=z + 0.01, form=0.10 * frame.scale)
    for at in (-0.5, 0.05, 0.55):
        part.stroke(
            frame.points(band.inner(at + dice.about(0, 0.1), dice.between(0.05, 0.2),
                dice.between(0.7, 0.95))),
            0.6, 0.2, 0.5,
        )  # fmt: skip
    shine = ribbon([tuple(p) for p in band.inner(-0.2, 0.2, 0.5)[::4]], [0.02, wide * 0.22, 0.02])
    part.lights.append(Shade(frame.curve(shine.outline), 0.5))
    scene.add(part)
    if tips:
        n = len(band.spine)
        a = int(n * 0.66)
        end_band = ribbon(
            [tuple(p) for p in band.spine[a::3]], [wide, wide * 1.2, wide, wide * 0.6], tip=False
        )
        scene.add(
            Part("hair tips", "hair2", [frame.curve(end_band.outline)], z=z + 0.02,
                 clip=part.shapes[0], outline=0.0, hides=False)
        )  # fmt: skip


def _tie(scene: Scene, head: Head, x: float, y: float, z: float, kind: str) -> None:
    """What holds a tail: a band, a ribbon or a pompon."""
    frame = head.frame
    if kind == "ribbon":
        for side in (-1, 1):
            loop = curve([(x, y, 1), (x + side * 0.24, y - 0.24), (x + side * 0.42, y - 0.12),
                          (x + side * 0.34, y + 0.16)])  # fmt: skip
            part = Part("hair ribbon", "accent", [frame.curve(loop)], z=z, form=0.05)
            part.stroke(
                frame.points(
                    curve(
                        [(x, y), (x + side * 0.14, y - 0.06), (x + side * 0.24, y - 0.05)],
                        closed=False,
                    ).points
                ),
                0.6,
            )
            scene.add(part)
            tail = ribbon([(x, y), (x + side * 0.12, y + 0.25), (x + side * 0.22, y + 0.55)],
                          [0.03, 0.08, 0.1], tip=False)  # fmt: skip
            scene.add(
                Part("hair ribbon", "accent", [frame.curve(tail.outline)], z=z - 0.1, form=0.04)
            )
        scene.add(Part("hair ribbon", "accent", [head.local(ellipse(x, y, 0.085, 0.1))], z=z + 0.1))
    elif kind == "ball":
        scene.add(
            Part("hair tie", "accent", [head.local(ellipse(x, y, 0.15, 0.15))], z=z, form=0.06)
        )
    else:
        scene.add(
            Part("hair tie", "accent", [head.local(ellipse(x, y, 0.13, 0.1))], z=z, form=0.04)
        )


def _tails(scene: Scene, head: Head, t: HairTraits) -> None:
    dice = Dice(t.seed, "tails")
    high = t.back in ("twin tails", "pony", "side pony")
    sides = head.sides if t.back in ("twin tails", "low twins") else head.sides[-1:]
    tie = dice.pick({"ribbon": 5, "band": 4, "ball": 2})
    out = 0.35 + 0.75 * t.curl
    length = min(1.6 + 2.4 * t.length, head.floor - 0.2)
    wide = dice.between(0.26, 0.42)
    for side in sides:
        if t.back == "twin tails":
            x, y = side * 0.98, -0.62
        elif t.back == "low twins":
            x, y = side * 0.92, 0.92
        elif t.back == "pony":
            x, y = -0.30 - 0.45 * head.turned, -1.12
            side = -1
        elif t.back == "side pony":
            x, y = 1.0, -0.2
        else:
            x, y = 0.35, 1.05
        x, y = head.silhouette(x, y)
        if head.profile and t.back != "pony":
            x, y = x * 0.45 - 0.1, max(y, -0.45)
        end_x = x + side * out * (1.0 if high else 0.3)
        lift = 0.22 if high else 0.0
        knots: list[Knot] = [
            (x, y), (x + side * 0.34, y - lift), (x + side * (0.45 + 0.2 * out), y + length * 0.35),
            (end_x + side * 0.12, y + length * 0.7), (end_x - side * 0.1 * t.curl, y + length),
        ]  # fmt: skip
        if t.back == "pony":
            knots[1] = (x - 0.42, y - 0.28)
            knots[2] = (x - 0.95, y + length * 0.28)
        if not high:
            knots[1] = (x + side * 0.12, y + 0.25)
            knots[2] = (x + side * 0.22, y + length * 0.38)
        front = t.back in ("low twins", "low pony", "side pony")
        z = 26.0 if front else -52.0
        if head.profile and t.back in ("twin tails", "side pony"):
            z = 41.5
        bundle(
            scene,
            head.frame,
            knots,
            wide,
            "hair",
            "hair tail",
            z,
            dice,
            tips=t.dye if t.dye == "tips" else "",
        )
        _tie(scene, head, x, y, 42.0 if t.back != "low pony" else 27, tie)


def _braids(scene: Scene, head: Head, t: HairTraits) -> None:
    dice = Dice(t.seed, "braid")
    sides = head.sides if t.back == "braids" else head.sides[-1:]
    length = min(1.6 + 1.8 * t.length, head.floor - 1.0)
    count = int(length / 0.27)
    for side in sides:
        x, y = head.silhouette(side * 0.80, 0.95)
        if head.profile:
            x = -0.45
        for i in range(count):
            yy = y + i * 0.27
            xx = x + side * (0.12 + 0.10 * math.sin(i * 0.5))
            r = 0.19 * (1 - 0.35 * i / count)
            for k in (-1, 1):
                bead = curve([(xx - k * 0.02, yy - 0.16), (xx + k * r * 1.1, yy - 0.08),
                    (xx + k * r * 0.9, yy + 0.12),
                              (xx - k * 0.08, yy + 0.24, 1)])  # fmt: skip
                part = Part(
                    "hair braid",
                    "hair",
                    [head.local(bead)],
                    z=26 + 0.001 * (2 * i + (k > 0)),
                    form=0.05,
                )
                part.stroke(
                    head.frame.points(
                        curve(
                            [(xx + k * r * 0.6, yy - 0.06), (xx + k * r * 0.35, yy + 0.1)],
                            closed=False,
                        ).points
                    ),
                    0.5,
                )
                scene.add(part)
        yy = y + count * 0.27
        tuft = ribbon(
            [(xx, yy - 0.05), (xx, yy + 0.18), (xx + 0.05 * side, yy + 0.42)], [0.08, 0.14, 0.0]
        )
        scene.add(Part("hair braid", "hair", [head.local(tuft.outline)], z=26.3))
        _tie(scene, head, xx, yy, 26.5, dice.pick({"band": 3, "ribbon": 2}))


def _buns(scene: Scene, head: Head, t: HairTraits) -> None:
    dice = Dice(t.seed, "bun")
    places = [(side * 0.72, -1.02) for side in head.sides] if t.back == "buns" else [(0.0, -1.42)]
    r = dice.between(0.34, 0.44) * (1.15 if t.back != "buns" else 1.0)
    tie = dice.pick({"none": 4, "band": 3, "ribbon": 2})
    for x, y in places:
        x, y = head.silhouette(x - (0.2 * head.turned if t.back != "buns" else 0), y)
        ball = Part("hair bun", "hair", [head.local(ellipse(x, y, r, r * 0.94))], z=-49, form=0.14)
        for k in range(3):
            a = dice.between(0, 6.28)
            arc: list[Knot] = [
                (
                    x + r * 0.78 * math.cos(a + s * 0.9),
                    y + r * (0.35 + 0.2 * k) * math.sin(a + s * 0.9),
                )
                for s in (0, 0.6, 1.2, 1.8)
            ]
            ball.stroke(head.frame.points(curve(arc, closed=False).points), 0.6)
        ball.lights.append(Shade(head.local(ellipse(x - 0.1, y - 0.15, 0.12, 0.06, -0.5)), 0.5))
        scene.add(ball)
        if tie != "none":
            _tie(scene, head, x * 0.9, y + r * 0.75, 42, tie)


def _drills(scene: Scene, head: Head, t: HairTraits) -> None:
    length = min(1.8 + 1.2 * t.length, head.floor - 0.2)
    turns = int(length / 0.34)
    for side in head.sides:
        x, y = head.silhouette(side * 1.02, 0.15)
        if head.profile:
            x = -0.3
        for i in range(turns):
            r = 0.36 * (1 - 0.72 * i / turns) + 0.03
            yy = y + i * 0.34
            xx = x + side * 0.16
            coil = curve([(xx - r, yy - 0.06), (xx, yy - 0.02 + 0.05), (xx + r, yy - 0.16),
                (xx + r * 0.96, yy + 0.22),
                          (xx, yy + 0.42), (xx - r * 0.9, yy + 0.30)])  # fmt: skip
            part = Part("hair drill", "hair", [head.local(coil)], z=27 - 0.01 * i, form=0.08)
            part.stroke(
                head.frame.points(
                    curve(
                        [(xx - r * 0.5, yy + 0.16), (xx + r * 0.5, yy + 0.08)], closed=False
                    ).points
                ),
                0.5,
            )
            scene.add(part)
