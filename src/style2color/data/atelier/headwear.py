"""Hats, bands, ribbons, clips, flowers, crowns, haloes, glasses and earrings."""

from __future__ import annotations

import math

import numpy as np

from .curves import Curve, Dice, Knot, curve, ellipse, line, polygon, ribbon
from .head import Head
from .scene import Part, Scene


def draw_glasses(scene: Scene, head: Head, kind: str) -> None:
    """Round, square or half-rimmed glasses."""
    face = head.face
    rims = []
    for side in head.sides:
        x, y = side * (face.eye_x + 0.01), face.eye_y + 0.05
        if kind == "round":
            knots: list[Knot] = [
                (x + 0.30 * math.cos(a), y + 0.29 * math.sin(a))
                for a in (0, 0.785, 1.57, 2.356, 3.14, 3.93, 4.71, 5.5)
            ]
        else:
            w, h = 0.31, 0.2 if kind == "half" else 0.23
            knots = [
                (x - w, y - h, 1),
                (x + w, y - h, 1),
                (x + w * 0.88, y + h),
                (x - w * 0.88, y + h),
            ]
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
    rims.append(
        head.stroke(
            (-face.eye_x + 0.3, face.eye_y + 0.02),
            (0.0, face.eye_y - 0.02),
            (face.eye_x - 0.3, face.eye_y + 0.02),
        )
    )
    scene.lines(rims, z=34.0, weight=1.15)


def draw_earrings(scene: Scene, head: Head) -> None:
    """A stud with a drop below each visible ear."""
    for side in head.sides:
        if side > 0 and head.turned > 0.35:
            continue
        x, y = side * (0.97 - 0.2 * head.turned * (side < 0)), 0.82
        if head.profile:
            x = -0.1
        scene.add(
            Part(
                "earring",
                "accent",
                [
                    head.local(
                        polygon((x, y), (x + 0.07, y + 0.12), (x, y + 0.26), (x - 0.07, y + 0.12))
                    )
                ],
                z=43,
                outline=0.7,
            )
        )


def draw_headwear(scene: Scene, head: Head, kind: str, dice: Dice) -> None:
    """Hats, bands, ribbons, clips, flowers, crowns and haloes."""
    f = head.frame
    t = head.turned

    def shape(knots: list[Knot]) -> Curve:
        return head.local(curve([(*head.silhouette(k[0], k[1]), *k[2:]) for k in knots]))

    if kind == "band":
        over = shape(
            [
                (-1.16, -0.2, 1),
                (-1.06, -0.72),
                (-0.6, -1.14),
                (0, -1.3),
                (0.6, -1.14),
                (1.06, -0.72),
                (1.16, -0.2, 1),
                (1.06, -0.22, 1),
                (0.9, -0.62),
                (0.5, -0.96),
                (0, -1.10),
                (-0.5, -0.96),
                (-0.9, -0.62),
                (-1.06, -0.22, 1),
            ]
        )
        scene.add(Part("hair band", "accent", [over], z=42, form=0.05))
    elif kind == "maid":
        points: list[Knot] = []
        for i in range(9):
            a = math.pi * (1.12 + 0.76 * i / 8)
            points.append((1.42 * math.cos(a), 1.36 * math.sin(a) - 0.02, 1))
            b = math.pi * (1.12 + 0.76 * (i + 0.5) / 8)
            if i < 8:
                points.append((1.58 * math.cos(b), 1.5 * math.sin(b) - 0.02))
        inner: list[Knot] = [
            (1.14 * math.cos(a), 1.16 * math.sin(a))
            for a in (math.pi * (1.88 - 0.76 * k / 6) for k in range(7))
        ]
        part = Part("headdress", "shirt", [shape([*points, *inner])], z=42, form=0.05)
        for i in range(1, 8):
            a = math.pi * (1.12 + 0.76 * i / 8)
            part.stroke(
                f.points(
                    line(
                        (1.42 * math.cos(a), 1.36 * math.sin(a)),
                        (1.2 * math.cos(a), 1.2 * math.sin(a)),
                    )
                ),
                0.5,
                0.05,
                0.5,
            )
        scene.add(part)
    elif kind == "bow":
        for side in (-1, 1):
            loop: list[Knot] = [
                (0.5 * t, -1.18, 1),
                (side * 0.3, -1.62),
                (side * 0.82, -1.72),
                (side * 0.9, -1.2),
                (side * 0.5, -1.02),
            ]
            part = Part("hair ribbon", "accent", [shape(loop)], z=42, form=0.08)
            part.stroke(
                f.points(line((side * 0.12, -1.22), (side * 0.34, -1.34), (side * 0.52, -1.36))),
                0.6,
                0.1,
                0.6,
            )
            scene.add(part)
        scene.add(
            Part(
                "hair ribbon",
                "accent",
                [shape([(-0.13, -1.3), (0.13, -1.3), (0.14, -1.02), (-0.14, -1.02)])],
                z=42.1,
            )
        )
    elif kind == "clip":
        side = dice.choice((-1, 1))
        for k in range(dice.choice((1, 2))):
            x, y = side * (0.66 + 0.06 * k), -0.38 + 0.17 * k
            clip = ribbon(
                [(x - 0.18, y + side * 0.06), (x + 0.18, y - side * 0.06)], [0.05, 0.05], tip=False
            )
            scene.add(Part("hair clip", "accent", [head.local(clip.outline)], z=42, outline=0.8))
    elif kind == "flower":
        side = dice.choice((-1, 1))
        x, y = head.silhouette(side * 0.88, -0.55)
        r = dice.between(0.26, 0.38)
        a0 = dice.random()
        for i in range(5):
            a = a0 + i * 1.2566
            petal = curve(
                [
                    (x, y, 1),
                    (x + r * math.cos(a - 0.5), y + r * math.sin(a - 0.5)),
                    (x + r * 1.1 * math.cos(a), y + r * 1.1 * math.sin(a)),
                    (x + r * math.cos(a + 0.5), y + r * math.sin(a + 0.5)),
                ]
            )
            scene.add(Part("flower", "accent", [head.local(petal)], z=42.2, outline=0.8))
        scene.add(
            Part(
                "flower heart",
                "metal",
                [head.local(ellipse(x, y, r * 0.3, r * 0.3))],
                z=42.3,
                outline=0.7,
            )
        )
    elif kind == "witch":
        brim = shape(
            [
                (-2.0, -0.62),
                (-1.1, -0.82),
                (0, -0.92),
                (1.1, -0.82),
                (2.0, -0.62),
                (1.3, -0.42),
                (0, -0.52),
                (-1.3, -0.42),
            ]
        )
        cone = shape(
            [
                (-1.12, -0.75, 1),
                (-0.72, -1.5),
                (-0.25, -2.2),
                (0.5, -2.75, 1),
                (0.48, -2.1),
                (0.8, -1.5),
                (1.12, -0.75, 1),
                (0, -0.62),
            ]
        )
        part = Part("hat", "cloth3", [cone], z=45, form=0.14)
        part.stroke(f.points(line((-0.3, -2.1), (0.1, -1.95), (0.35, -2.1))), 0.7, 0.2, 0.5)
        scene.add(part)
        band = shape(
            [
                (-1.08, -0.98, 1),
                (0, -0.88),
                (1.08, -0.98, 1),
                (1.12, -0.72, 1),
                (0, -0.6),
                (-1.12, -0.72, 1),
            ]
        )
        scene.add(Part("hat band", "accent", [band], z=45.1, clip=cone, hides=False))
        scene.add(Part("hat", "cloth3", [brim], z=45.2, form=0.1))
    elif kind == "cap":
        dome = shape(
            [
                (-1.16, -0.42, 1),
                (-1.1, -0.95),
                (-0.55, -1.36),
                (0.1, -1.42),
                (0.75, -1.24),
                (1.14, -0.8),
                (1.16, -0.42, 1),
                (0, -0.58),
            ]
        )
        part = Part("cap", "cloth3", [dome], z=45, form=0.12)
        part.stroke(
            f.points(line((0.1 + 0.3 * t, -1.4), (0.2 + 0.35 * t, -1.0), (0.18 + 0.35 * t, -0.56))),
            0.6,
            0,
            0.1,
        )
        scene.add(part)
        x = 0.45 * t
        peak = shape(
            [
                (-0.82 + x, -0.52, 1),
                (x, -0.66),
                (0.82 + x * 0.7, -0.52, 1),
                (0.85 + x, -0.25),
                (x, -0.14),
                (-0.85 + x, -0.25),
            ]
        )
        scene.add(
            Part("cap peak", "accent" if dice.chance(0.5) else "cloth3", [peak], z=45.1, form=0.05)
        )
    elif kind == "beret":
        disc = shape(
            [
                (-1.25, -0.72),
                (-1.0, -1.22),
                (-0.1, -1.5),
                (0.95, -1.3),
                (1.32, -0.85),
                (1.0, -0.62),
                (0, -0.78),
                (-0.95, -0.58),
            ]
        )
        scene.add(Part("beret", "cloth3", [disc], z=45, form=0.13))
        scene.lines([f.points(line((0, -1.48), (0.06, -1.66)))], z=45.1, weight=1.4)
    elif kind == "crown":
        points = []
        for i in range(7):
            x = -0.5 + i / 6
            points.append((x + 0.1 * t, (-1.62 if i % 2 == 0 else -1.34) + 0.12 * abs(x), 1))
        gold = shape([*points, (0.46 + 0.1 * t, -1.06, 1), (0, -1.12), (-0.46 + 0.1 * t, -1.06, 1)])
        scene.add(Part("crown", "metal", [gold], z=42.6, form=0.06))
        scene.add(
            Part(
                "jewel",
                "accent",
                [shape([(-0.07, -1.25), (0, -1.34), (0.07, -1.25), (0, -1.16)])],
                z=42.7,
                outline=0.6,
            )
        )
    elif kind == "halo":
        ring = ribbon(
            [
                (0.75 * math.cos(a), -1.85 + 0.2 * math.sin(a))
                for a in (i * 6.2832 / 12 for i in range(13))
            ],
            [0.06] * 5,
            tip=False,
        )
        scene.add(Part("halo", "metal", [head.local(ring.outline)], z=46, outline=0.7))
    elif kind == "phones":
        arch = ribbon(
            [
                (-1.16, 0.1),
                (-1.2, -0.6),
                (-0.7, -1.2),
                (0, -1.38),
                (0.7, -1.2),
                (1.2, -0.6),
                (1.16, 0.1),
            ],
            [0.08, 0.09, 0.1, 0.09, 0.08],
            tip=False,
        )
        scene.add(Part("headphones", "cloth3", [head.local(arch.outline)], z=42.5, form=0.04))
        for side in (-1, 1):
            cup = head.local(ellipse(side * 1.14, 0.28, 0.2, 0.34))
            scene.add(Part("headphones", "accent", [cup], z=42.6, form=0.07))
