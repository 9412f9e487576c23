"""What a character wears and holds besides clothes: ears, horns, wings, hats, glasses, props."""

from __future__ import annotations

import math

import numpy as np

from .curves import Dice, Frame, Knot, curve, ellipse, line, polygon, ribbon
from .head import Head
from .scene import Part, Scene, Shade

BEASTS = ("cat", "fox", "rabbit", "bear", "dog")


def draw_beast_ears(scene: Scene, head: Head, kind: str) -> None:
    """Animal ears on the crown."""
    t = head.turned
    for side in (-1, 1):
        x, y = head.silhouette(side * 0.66 + 0.12 * t, -0.98)
        if head.profile:
            x = 0.05 + 0.22 * side
        inner: list[Knot] = []
        if kind in ("cat", "fox"):
            tall = 0.62 if kind == "cat" else 0.85
            outer: list[Knot] = [(x - side * 0.34, y - 0.10, 1), (x - side * 0.10, y - tall * 0.72), (x + side * 0.22, y - tall, 1), (x + side * 0.42, y - tall * 0.3), (x + side * 0.40, y + 0.42, 1)]
            inner = [(x - side * 0.12, y - 0.12, 1), (x + side * 0.16, y - tall * 0.74, 1), (x + side * 0.28, y + 0.12, 1)]
        elif kind == "rabbit":
            outer = [(x - side * 0.26, y - 0.05, 1), (x - side * 0.20, y - 0.9), (x + side * 0.06, y - 1.55), (x + side * 0.30, y - 0.95), (x + side * 0.18, y + 0.1, 1)]
            inner = [(x - side * 0.10, y - 0.3, 1), (x - side * 0.06, y - 0.9), (x + side * 0.06, y - 1.32, 1), (x + side * 0.15, y - 0.9), (x + side * 0.06, y - 0.25, 1)]
        elif kind == "bear":
            outer = [(x + 0.34 * math.cos(a), y - 0.1 + 0.34 * math.sin(a)) for a in (0, 1.05, 2.1, 3.14, 4.2, 5.25)]
            inner = [(x + 0.19 * math.cos(a), y - 0.1 + 0.19 * math.sin(a)) for a in (0, 1.05, 2.1, 3.14, 4.2, 5.25)]
        else:
            outer = [(x - side * 0.12, y - 0.10, 1), (x + side * 0.22, y - 0.28), (x + side * 0.62, y + 0.1), (x + side * 0.66, y + 0.72), (x + side * 0.42, y + 0.62), (x + side * 0.2, y + 0.3)]
        z = 39.0 if kind != "dog" else 43.0
        ear = Part("animal ear", "fur", [head.local(curve(outer))], z=z, form=0.07)
        scene.add(ear)
        if inner:
            part = Part("inner ear", "fur2", [head.local(curve(inner))], z=z + 0.1, outline=0.6)
            part.stroke(head.frame.points(line((x + side * 0.05, y - 0.1), (x + side * 0.12, y - 0.42))), 0.5)
            scene.add(part)


def draw_horns(scene: Scene, head: Head, kind: str) -> None:
    """Short, curled or long horns."""
    for side in (-1, 1):
        x, y = head.silhouette(side * 0.55 + 0.12 * head.turned, -1.02)
        if kind == "short":
            knots: list[Knot] = [(x, y + 0.1), (x + side * 0.12, y - 0.25), (x + side * 0.08, y - 0.5)]
            widths = [0.15, 0.11, 0.0]
        elif kind == "curl":
            knots = [(x, y + 0.1), (x + side * 0.40, y - 0.18), (x + side * 0.68, y + 0.2), (x + side * 0.5, y + 0.55), (x + side * 0.3, y + 0.35)]
            widths = [0.17, 0.18, 0.16, 0.1, 0.0]
        else:
            knots = [(x, y + 0.1), (x + side * 0.35, y - 0.35), (x + side * 0.32, y - 0.9)]
            widths = [0.16, 0.13, 0.0]
        band = ribbon(knots, widths)
        part = Part("horn", "metal", [head.local(band.outline)], z=42.5, form=0.06)
        n = len(band.spine)
        for k in range(2, n - 3, 3):
            part.stroke(head.frame.points(line(tuple(band.left[k]), tuple(band.spine[k] * 0.8 + band.spine[k + 1] * 0.2), tuple(band.right[k]))), 0.5, 0.1, 0.4)  # type: ignore[arg-type]
        scene.add(part)


def draw_wings(scene: Scene, kind: str, y: float, size: float) -> None:
    """Feathered, bat or fairy wings behind the back."""
    for side in (-1, 1):
        frame = Frame(side * 0.3, y, size, 0.0, side)
        if kind == "feather":
            for row, (count, long, tint) in enumerate(((6, 2.1, "shirt"), (5, 1.35, "shirt"))):
                for i in range(count):
                    a = -0.85 + 1.5 * i / (count - 1)
                    r = long * (1 - 0.35 * i / count)
                    x0, y0 = 0.5 + 0.9 * (1 - i / count), -0.5 + 0.18 * i
                    band = ribbon([(x0, y0), (x0 + 0.55 * r * math.cos(a), y0 + 0.55 * r * math.sin(a)), (x0 + r * math.cos(a + 0.15), y0 + r * math.sin(a + 0.15))], [0.16, 0.26, 0.2, 0.0])
                    part = Part("wing", tint, [frame.curve(band.outline)], z=-58 + row * 0.5 + 0.01 * (count - i), form=0.06)
                    part.stroke(frame.points(band.inner(0, 0.2, 0.8)), 0.5)
                    scene.add(part)
            arch = ribbon([(0, 0), (0.5, -0.7), (1.4, -1.05), (2.0, -0.6)], [0.15, 0.22, 0.2, 0.05])
            scene.add(Part("wing", "shirt", [frame.curve(arch.outline)], z=-57, form=0.06))
        elif kind == "bat":
            web: list[Knot] = [(0, 0, 1), (0.5, -0.9), (1.3, -1.5, 1), (2.6, -1.1, 1), (2.2, -0.5), (2.3, 0.2, 1), (1.6, 0.0), (1.3, 0.75, 1), (0.7, 0.35), (0.2, 0.6, 1)]
            part = Part("wing", "cloth3", [frame.curve(curve(web))], z=-57, form=0.1)
            for end in ((2.6, -1.1), (2.3, 0.2), (1.3, 0.75)):
                part.stroke(frame.points(line((1.25, -1.4), ((1.25 + end[0]) / 2 + 0.1, (-1.4 + end[1]) / 2 - 0.1), end)), 0.8, 0.1, 0.2)
            scene.add(part)
        else:
            for a, long in ((-0.75, 2.3), (0.25, 1.7)):
                shape = curve([(0, 0, 1), (long * 0.4 * math.cos(a - 0.35), long * 0.4 * math.sin(a - 0.35)), (long * math.cos(a - 0.12), long * math.sin(a - 0.12)), (long * 0.95 * math.cos(a + 0.2), long * 0.95 * math.sin(a + 0.2)), (long * 0.4 * math.cos(a + 0.3), long * 0.4 * math.sin(a + 0.3))])
                part = Part("wing", "fur2", [frame.curve(shape)], z=-57, outline=0.8, lights=[])
                part.stroke(frame.points(line((0, 0), (long * 0.8 * math.cos(a), long * 0.8 * math.sin(a)))), 0.5)
                scene.add(part)


def draw_tail(scene: Scene, kind: str, x: float, y: float, size: float, side: int) -> None:
    """An animal tail from the hips."""
    frame = Frame(x, y, size, 0.0, side)
    if kind == "fox":
        band = ribbon([(0, 0), (0.7, 0.6), (1.5, 0.4), (2.0, -0.5), (2.05, -1.3)], [0.12, 0.3, 0.5, 0.5, 0.0])
        part = Part("tail", "fur", [frame.curve(band.outline)], z=-48, form=0.12)
        scene.add(part)
        tip = curve([(1.4, -0.5, 1), (1.75, -0.62), (1.9, -0.45, 1), (2.1, -0.6), (2.7, -0.45, 1), (2.6, -1.6, 1), (1.5, -1.6, 1)])
        scene.add(Part("tail tip", "fur2", [frame.curve(tip)], z=-47.9, clip=part.shapes[0], outline=0.6, hides=False))
    elif kind in ("cat", "dog"):
        wide = 0.11 if kind == "cat" else 0.2
        band = ribbon([(0, 0), (0.8, 0.7), (1.5, 0.3), (1.5, -0.5), (1.9, -0.9)], [wide, wide, wide * 1.1, wide * 1.1, wide], tip=False)
        scene.add(Part("tail", "fur", [frame.curve(band.outline)], z=-48, form=0.05))
    elif kind == "demon":
        band = ribbon([(0, 0), (0.9, 0.8), (1.7, 0.2), (1.6, -0.7)], [0.08, 0.07, 0.06, 0.05], tip=False)
        scene.add(Part("tail", "cloth3", [frame.curve(band.outline)], z=-48, form=0.03))
        spade = curve([(1.6, -0.6, 1), (1.85, -0.72, 1), (1.6, -1.2, 1), (1.32, -0.72, 1)])
        scene.add(Part("tail", "cloth3", [frame.curve(spade)], z=-47.9))
    else:
        scene.add(Part("tail", "fur", [frame.curve(ellipse(0.35, 0.1, 0.32, 0.3))], z=-48, form=0.08))


def draw_glasses(scene: Scene, head: Head, kind: str) -> None:
    """Round, square or half-rimmed glasses."""
    face = head.face
    rims = []
    for side in head.sides:
        x, y = side * (face.eye_x + 0.01), face.eye_y + 0.05
        if kind == "round":
            knots: list[Knot] = [(x + 0.30 * math.cos(a), y + 0.29 * math.sin(a)) for a in (0, 0.785, 1.57, 2.356, 3.14, 3.93, 4.71, 5.5)]
        else:
            w, h = 0.31, 0.2 if kind == "half" else 0.23
            knots = [(x - w, y - h, 1), (x + w, y - h, 1), (x + w * 0.88, y + h), (x - w * 0.88, y + h)]
        shape = head.shape(knots)
        points = shape.points
        if kind != "half":
            rims.append(points if not shape.closed else np.concatenate([points, points[:1]]))
        else:
            n = len(points) // 4
            rims.append(points[n:])
        if side > 0 or head.turned < 0.55:
            rims.append(head.stroke((x + side * 0.3, y - 0.05), (side * 0.95, y - 0.1)))
    if head.profile:
        scene.lines(rims, z=34.0, weight=1.15)
        return
    rims.append(head.stroke((-face.eye_x + 0.3, face.eye_y + 0.02), (0.0, face.eye_y - 0.02), (face.eye_x - 0.3, face.eye_y + 0.02)))
    scene.lines(rims, z=34.0, weight=1.15)


def draw_earrings(scene: Scene, head: Head) -> None:
    """A stud with a drop below each visible ear."""
    for side in head.sides:
        if side > 0 and head.turned > 0.35:
            continue
        x, y = side * (0.97 - 0.2 * head.turned * (side < 0)), 0.82
        if head.profile:
            x = -0.1
        scene.add(Part("earring", "accent", [head.local(polygon((x, y), (x + 0.07, y + 0.12), (x, y + 0.26), (x - 0.07, y + 0.12)))], z=43, outline=0.7))


def draw_headwear(scene: Scene, head: Head, kind: str, dice: Dice) -> None:
    """Hats, bands, ribbons, clips, flowers, crowns and haloes."""
    f = head.frame
    t = head.turned

    def shape(knots: list[Knot]):  # type: ignore[no-untyped-def]
        return head.local(curve([(*head.silhouette(k[0], k[1]), *k[2:]) for k in knots]))  # type: ignore[misc]

    if kind == "band":
        over = shape([(-1.16, -0.2, 1), (-1.06, -0.72), (-0.6, -1.14), (0, -1.3), (0.6, -1.14), (1.06, -0.72), (1.16, -0.2, 1), (1.06, -0.22, 1), (0.9, -0.62), (0.5, -0.96), (0, -1.10), (-0.5, -0.96), (-0.9, -0.62), (-1.06, -0.22, 1)])
        scene.add(Part("hair band", "accent", [over], z=42, form=0.05))
    elif kind == "maid":
        points: list[Knot] = []
        for i in range(9):
            a = math.pi * (1.12 + 0.76 * i / 8)
            points.append((1.42 * math.cos(a), 1.36 * math.sin(a) - 0.02, 1))
            b = math.pi * (1.12 + 0.76 * (i + 0.5) / 8)
            if i < 8:
                points.append((1.58 * math.cos(b), 1.5 * math.sin(b) - 0.02))
        inner: list[Knot] = [(1.14 * math.cos(a), 1.16 * math.sin(a)) for a in (math.pi * (1.88 - 0.76 * k / 6) for k in range(7))]
        part = Part("headdress", "shirt", [shape([*points, *inner])], z=42, form=0.05)
        for i in range(1, 8):
            a = math.pi * (1.12 + 0.76 * i / 8)
            part.stroke(f.points(line((1.42 * math.cos(a), 1.36 * math.sin(a)), (1.2 * math.cos(a), 1.2 * math.sin(a)))), 0.5, 0.05, 0.5)
        scene.add(part)
    elif kind == "bow":
        for side in (-1, 1):
            loop: list[Knot] = [(0.5 * t, -1.18, 1), (side * 0.3, -1.62), (side * 0.82, -1.72), (side * 0.9, -1.2), (side * 0.5, -1.02)]
            part = Part("hair ribbon", "accent", [shape(loop)], z=42, form=0.08)
            part.stroke(f.points(line((side * 0.12, -1.22), (side * 0.34, -1.34), (side * 0.52, -1.36))), 0.6, 0.1, 0.6)
            scene.add(part)
        scene.add(Part("hair ribbon", "accent", [shape([(-0.13, -1.3), (0.13, -1.3), (0.14, -1.02), (-0.14, -1.02)])], z=42.1))
    elif kind == "clip":
        side = dice.choice((-1, 1))
        for k in range(dice.choice((1, 2))):
            x, y = side * (0.66 + 0.06 * k), -0.38 + 0.17 * k
            clip = ribbon([(x - 0.18, y + side * 0.06), (x + 0.18, y - side * 0.06)], [0.05, 0.05], tip=False)
            scene.add(Part("hair clip", "accent", [head.local(clip.outline)], z=42, outline=0.8))
    elif kind == "flower":
        side = dice.choice((-1, 1))
        x, y = head.silhouette(side * 0.88, -0.55)
        r = dice.between(0.26, 0.38)
        a0 = dice.random()
        for i in range(5):
            a = a0 + i * 1.2566
            petal = curve([(x, y, 1), (x + r * math.cos(a - 0.5), y + r * math.sin(a - 0.5)), (x + r * 1.1 * math.cos(a), y + r * 1.1 * math.sin(a)), (x + r * math.cos(a + 0.5), y + r * math.sin(a + 0.5))])
            scene.add(Part("flower", "accent", [head.local(petal)], z=42.2, outline=0.8))
        scene.add(Part("flower heart", "metal", [head.local(ellipse(x, y, r * 0.3, r * 0.3))], z=42.3, outline=0.7))
    elif kind == "witch":
        brim = shape([(-2.0, -0.62), (-1.1, -0.82), (0, -0.92), (1.1, -0.82), (2.0, -0.62), (1.3, -0.42), (0, -0.52), (-1.3, -0.42)])
        cone = shape([(-1.12, -0.75, 1), (-0.72, -1.5), (-0.25, -2.2), (0.5, -2.75, 1), (0.48, -2.1), (0.8, -1.5), (1.12, -0.75, 1), (0, -0.62)])
        part = Part("hat", "cloth3", [cone], z=45, form=0.14)
        part.stroke(f.points(line((-0.3, -2.1), (0.1, -1.95), (0.35, -2.1))), 0.7, 0.2, 0.5)
        scene.add(part)
        band = shape([(-1.08, -0.98, 1), (0, -0.88), (1.08, -0.98, 1), (1.12, -0.72, 1), (0, -0.6), (-1.12, -0.72, 1)])
        scene.add(Part("hat band", "accent", [band], z=45.1, clip=cone, hides=False))
        scene.add(Part("hat", "cloth3", [brim], z=45.2, form=0.1))
    elif kind == "cap":
        dome = shape([(-1.16, -0.42, 1), (-1.1, -0.95), (-0.55, -1.36), (0.1, -1.42), (0.75, -1.24), (1.14, -0.8), (1.16, -0.42, 1), (0, -0.58)])
        part = Part("cap", "cloth3", [dome], z=45, form=0.12)
        part.stroke(f.points(line((0.1 + 0.3 * t, -1.4), (0.2 + 0.35 * t, -1.0), (0.18 + 0.35 * t, -0.56))), 0.6, 0, 0.1)
        scene.add(part)
        x = 0.45 * t
        peak = shape([(-0.82 + x, -0.52, 1), (x, -0.66), (0.82 + x * 0.7, -0.52, 1), (0.85 + x, -0.25), (x, -0.14), (-0.85 + x, -0.25)])
        scene.add(Part("cap peak", "accent" if dice.chance(0.5) else "cloth3", [peak], z=45.1, form=0.05))
    elif kind == "beret":
        disc = shape([(-1.25, -0.72), (-1.0, -1.22), (-0.1, -1.5), (0.95, -1.3), (1.32, -0.85), (1.0, -0.62), (0, -0.78), (-0.95, -0.58)])
        scene.add(Part("beret", "cloth3", [disc], z=45, form=0.13))
        scene.lines([f.points(line((0, -1.48), (0.06, -1.66)))], z=45.1, weight=1.4)
    elif kind == "crown":
        points = []
        for i in range(7):
            x = -0.5 + i / 6
            points.append((x + 0.1 * t, (-1.62 if i % 2 == 0 else -1.34) + 0.12 * abs(x), 1))
        gold = shape([*points, (0.46 + 0.1 * t, -1.06, 1), (0, -1.12), (-0.46 + 0.1 * t, -1.06, 1)])
        scene.add(Part("crown", "metal", [gold], z=42.6, form=0.06))
        scene.add(Part("jewel", "accent", [shape([(-0.07, -1.25), (0, -1.34), (0.07, -1.25), (0, -1.16)])], z=42.7, outline=0.6))
    elif kind == "halo":
        ring = ribbon([(0.75 * math.cos(a), -1.85 + 0.2 * math.sin(a)) for a in (i * 6.2832 / 12 for i in range(13))], [0.06] * 5, tip=False)
        scene.add(Part("halo", "metal", [head.local(ring.outline)], z=46, outline=0.7))
    elif kind == "phones":
        over = ribbon([(-1.16, 0.1), (-1.2, -0.6), (-0.7, -1.2), (0, -1.38), (0.7, -1.2), (1.2, -0.6), (1.16, 0.1)], [0.08, 0.09, 0.1, 0.09, 0.08], tip=False)
        scene.add(Part("headphones", "cloth3", [head.local(over.outline)], z=42.5, form=0.04))
        for side in (-1, 1):
            cup = head.local(ellipse(side * 1.14, 0.28, 0.2, 0.34))
            scene.add(Part("headphones", "accent", [cup], z=42.6, form=0.07))


def draw_prop(scene: Scene, kind: str, x: float, y: float, size: float, side: int) -> None:
    """Something held: book, cup, phone, sword, wand, flower, bag, balloon."""
    f = Frame(x, y, size, 0.0, side)
    z = 23.0

    def add(name: str, tint: str, shape, dz: float = 0.0, outline: float = 0.9) -> Part:  # type: ignore[no-untyped-def]
        return scene.add(Part(name, tint, [f.curve(shape)], z=z + dz, form=0.06, outline=outline))

    if kind == "book":
        add("book", "prop", polygon((-0.6, -0.9), (0.55, -0.8), (0.5, 0.55), (-0.65, 0.45)))
        add("pages", "shirt", polygon((-0.65, 0.45), (0.5, 0.55), (0.56, 0.66), (-0.58, 0.56)), 0.1)
    elif kind == "cup":
        add("cup", "prop", curve([(-0.4, -0.5, 1), (0, -0.42), (0.4, -0.5, 1), (0.34, 0.4), (0, 0.5), (-0.34, 0.4)]))
        add("cup rim", "shirt", ellipse(0, -0.5, 0.4, 0.12), 0.1)
    elif kind == "phone":
        add("phone", "prop", polygon((-0.32, -0.8), (0.32, -0.8), (0.32, 0.4), (-0.32, 0.4)))
        add("screen", "trim", polygon((-0.25, -0.7), (0.25, -0.7), (0.25, 0.3), (-0.25, 0.3)), 0.1, 0.5)
    elif kind == "sword":
        add("blade", "metal", polygon((-0.14, -0.3), (-0.12, -3.8), (0.0, -4.2), (0.12, -3.8), (0.14, -0.3)))
        add("guard", "accent", curve([(-0.6, -0.35), (0, -0.25), (0.6, -0.35), (0.55, -0.15), (0, -0.08), (-0.55, -0.15)]), 0.1)
        add("hilt", "shoes", polygon((-0.1, -0.15), (0.1, -0.15), (0.1, 0.7), (-0.1, 0.7)), 0.05)
    elif kind == "wand":
        add("wand", "shoes", polygon((-0.06, 0.6), (0.06, 0.6), (0.05, -1.6), (-0.05, -1.6)))
        star = polygon(*[((0.5 if i % 2 == 0 else 0.22) * math.sin(i * math.pi / 5), -1.9 - (0.5 if i % 2 == 0 else 0.22) * math.cos(i * math.pi / 5)) for i in range(10)])
        add("star", "accent", star, 0.1)
    elif kind == "flower":
        scene.lines([f.points(line((0, 0.6), (0.05, -0.3), (0, -1.0)))], z=z, weight=1.4)
        for i in range(6):
            a = i * 1.047
            add("flower", "accent", curve([(0, -1.2, 1), (0.36 * math.cos(a - 0.4), -1.2 + 0.36 * math.sin(a - 0.4)), (0.42 * math.cos(a), -1.2 + 0.42 * math.sin(a)), (0.36 * math.cos(a + 0.4), -1.2 + 0.36 * math.sin(a + 0.4))]), 0.1)
        add("flower heart", "metal", ellipse(0, -1.2, 0.14, 0.14), 0.2)
    elif kind == "bag":
        add("bag", "prop", curve([(-0.75, 0.4, 1), (0.75, 0.4, 1), (0.85, 1.4), (0.7, 1.6), (-0.7, 1.6), (-0.85, 1.4)]))
        scene.lines([f.points(line((-0.4, 0.4), (-0.35, -0.1), (0.35, -0.1), (0.4, 0.4)))], z=z + 0.2, weight=1.5)
        add("bag flap", "accent", curve([(-0.76, 0.4, 1), (0.76, 0.4, 1), (0.7, 0.85), (0, 1.0), (-0.7, 0.85)]), 0.1)
    else:
        scene.lines([f.points(line((0, 0), (0.1, -1.6), (0, -3.0)))], z=-55, weight=0.8)
        part = Part("balloon", "accent", [f.curve(curve([(0, -3.0, 1), (-0.8, -3.9), (0, -4.8), (0.8, -3.9)]))], z=-54, form=0.15)
        part.lights.append(Shade(f.curve(ellipse(-0.3, -4.3, 0.2, 0.12, -0.6)), 0.9))
        scene.add(part)
