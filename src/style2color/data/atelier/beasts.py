"""What is not human: animal ears and tails, horns and wings."""

from __future__ import annotations

import math

from .curves import Frame, Knot, curve, ellipse, line, ribbon
from .head import Head
from .scene import Part, Scene

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
            outer: list[Knot] = [
                (x - side * 0.34, y - 0.10, 1),
                (x - side * 0.10, y - tall * 0.72),
                (x + side * 0.22, y - tall, 1),
                (x + side * 0.42, y - tall * 0.3),
                (x + side * 0.40, y + 0.42, 1),
            ]
            inner = [
                (x - side * 0.12, y - 0.12, 1),
                (x + side * 0.16, y - tall * 0.74, 1),
                (x + side * 0.28, y + 0.12, 1),
            ]
        elif kind == "rabbit":
            outer = [
                (x - side * 0.26, y - 0.05, 1),
                (x - side * 0.20, y - 0.9),
                (x + side * 0.06, y - 1.55),
                (x + side * 0.30, y - 0.95),
                (x + side * 0.18, y + 0.1, 1),
            ]
            inner = [
                (x - side * 0.10, y - 0.3, 1),
                (x - side * 0.06, y - 0.9),
                (x + side * 0.06, y - 1.32, 1),
                (x + side * 0.15, y - 0.9),
                (x + side * 0.06, y - 0.25, 1),
            ]
        elif kind == "bear":
            outer = [
                (x + 0.34 * math.cos(a), y - 0.1 + 0.34 * math.sin(a))
                for a in (0, 1.05, 2.1, 3.14, 4.2, 5.25)
            ]
            inner = [
                (x + 0.19 * math.cos(a), y - 0.1 + 0.19 * math.sin(a))
                for a in (0, 1.05, 2.1, 3.14, 4.2, 5.25)
            ]
        else:
            outer = [
                (x - side * 0.12, y - 0.10, 1),
                (x + side * 0.22, y - 0.28),
                (x + side * 0.62, y + 0.1),
                (x + side * 0.66, y + 0.72),
                (x + side * 0.42, y + 0.62),
                (x + side * 0.2, y + 0.3),
            ]
        z = 39.0 if kind != "dog" else 43.0
        ear = Part("animal ear", "fur", [head.local(curve(outer))], z=z, form=0.07)
        scene.add(ear)
        if inner:
            part = Part("inner ear", "fur2", [head.local(curve(inner))], z=z + 0.1, outline=0.6)
            part.stroke(
                head.frame.points(line((x + side * 0.05, y - 0.1), (x + side * 0.12, y - 0.42))),
                0.5,
            )
            scene.add(part)


def draw_horns(scene: Scene, head: Head, kind: str) -> None:
    """Short, curled or long horns."""
    for side in (-1, 1):
        x, y = head.silhouette(side * 0.55 + 0.12 * head.turned, -1.02)
        if kind == "short":
            knots: list[Knot] = [
                (x, y + 0.1),
                (x + side * 0.12, y - 0.25),
                (x + side * 0.08, y - 0.5),
            ]
            widths = [0.15, 0.11, 0.0]
        elif kind == "curl":
            knots = [
                (x, y + 0.1),
                (x + side * 0.40, y - 0.18),
                (x + side * 0.68, y + 0.2),
                (x + side * 0.5, y + 0.55),
                (x + side * 0.3, y + 0.35),
            ]
            widths = [0.17, 0.18, 0.16, 0.1, 0.0]
        else:
            knots = [(x, y + 0.1), (x + side * 0.35, y - 0.35), (x + side * 0.32, y - 0.9)]
            widths = [0.16, 0.13, 0.0]
        band = ribbon(knots, widths)
        part = Part("horn", "metal", [head.local(band.outline)], z=42.5, form=0.06)
        n = len(band.spine)
        for k in range(2, n - 3, 3):
            part.stroke(
                head.frame.points(
                    line(
                        tuple(band.left[k]),
                        tuple(band.spine[k] * 0.8 + band.spine[k + 1] * 0.2),
                        tuple(band.right[k]),
                    )
                ),
                0.5,
                0.1,
                0.4,
            )
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
                    band = ribbon(
                        [
                            (x0, y0),
                            (x0 + 0.55 * r * math.cos(a), y0 + 0.55 * r * math.sin(a)),
                            (x0 + r * math.cos(a + 0.15), y0 + r * math.sin(a + 0.15)),
                        ],
                        [0.16, 0.26, 0.2, 0.0],
                    )
                    part = Part(
                        "wing",
                        tint,
                        [frame.curve(band.outline)],
                        z=-58 + row * 0.5 + 0.01 * (count - i),
                        form=0.06,
                    )
                    part.stroke(frame.points(band.inner(0, 0.2, 0.8)), 0.5)
                    scene.add(part)
            arch = ribbon([(0, 0), (0.5, -0.7), (1.4, -1.05), (2.0, -0.6)], [0.15, 0.22, 0.2, 0.05])
            scene.add(Part("wing", "shirt", [frame.curve(arch.outline)], z=-57, form=0.06))
        elif kind == "bat":
            web: list[Knot] = [
                (0, 0, 1),
                (0.5, -0.9),
                (1.3, -1.5, 1),
                (2.6, -1.1, 1),
                (2.2, -0.5),
                (2.3, 0.2, 1),
                (1.6, 0.0),
                (1.3, 0.75, 1),
                (0.7, 0.35),
                (0.2, 0.6, 1),
            ]
            part = Part("wing", "cloth3", [frame.curve(curve(web))], z=-57, form=0.1)
            for end in ((2.6, -1.1), (2.3, 0.2), (1.3, 0.75)):
                part.stroke(
                    frame.points(
                        line(
                            (1.25, -1.4),
                            ((1.25 + end[0]) / 2 + 0.1, (-1.4 + end[1]) / 2 - 0.1),
                            end,
                        )
                    ),
                    0.8,
                    0.1,
                    0.2,
                )
            scene.add(part)
        else:
            for a, long in ((-0.75, 2.3), (0.25, 1.7)):
                shape = curve(
                    [
                        (0, 0, 1),
                        (long * 0.4 * math.cos(a - 0.35), long * 0.4 * math.sin(a - 0.35)),
                        (long * math.cos(a - 0.12), long * math.sin(a - 0.12)),
                        (long * 0.95 * math.cos(a + 0.2), long * 0.95 * math.sin(a + 0.2)),
                        (long * 0.4 * math.cos(a + 0.3), long * 0.4 * math.sin(a + 0.3)),
                    ]
                )
                part = Part("wing", "fur2", [frame.curve(shape)], z=-57, outline=0.8, lights=[])
                part.stroke(
                    frame.points(
                        line((0, 0), (long * 0.8 * math.cos(a), long * 0.8 * math.sin(a)))
                    ),
                    0.5,
                )
                scene.add(part)


def draw_tail(scene: Scene, kind: str, x: float, y: float, size: float, side: int) -> None:
    """An animal tail from the hips."""
    frame = Frame(x, y, size, 0.0, side)
    if kind == "fox":
        band = ribbon(
            [(0, 0), (0.7, 0.6), (1.5, 0.4), (2.0, -0.5), (2.05, -1.3)], [0.12, 0.3, 0.5, 0.5, 0.0]
        )
        part = Part("tail", "fur", [frame.curve(band.outline)], z=-48, form=0.12)
        scene.add(part)
        tip = curve(
            [
                (1.4, -0.5, 1),
                (1.75, -0.62),
                (1.9, -0.45, 1),
                (2.1, -0.6),
                (2.7, -0.45, 1),
                (2.6, -1.6, 1),
                (1.5, -1.6, 1),
            ]
        )
        scene.add(
            Part(
                "tail tip",
                "fur2",
                [frame.curve(tip)],
                z=-47.9,
                clip=part.shapes[0],
                outline=0.6,
                hides=False,
            )
        )
    elif kind in ("cat", "dog"):
        wide = 0.11 if kind == "cat" else 0.2
        band = ribbon(
            [(0, 0), (0.8, 0.7), (1.5, 0.3), (1.5, -0.5), (1.9, -0.9)],
            [wide, wide, wide * 1.1, wide * 1.1, wide],
            tip=False,
        )
        scene.add(Part("tail", "fur", [frame.curve(band.outline)], z=-48, form=0.05))
    elif kind == "demon":
        band = ribbon(
            [(0, 0), (0.9, 0.8), (1.7, 0.2), (1.6, -0.7)], [0.08, 0.07, 0.06, 0.05], tip=False
        )
        scene.add(Part("tail", "cloth3", [frame.curve(band.outline)], z=-48, form=0.03))
        spade = curve([(1.6, -0.6, 1), (1.85, -0.72, 1), (1.6, -1.2, 1), (1.32, -0.72, 1)])
        scene.add(Part("tail", "cloth3", [frame.curve(spade)], z=-47.9))
    else:
        scene.add(
            Part("tail", "fur", [frame.curve(ellipse(0.35, 0.1, 0.32, 0.3))], z=-48, form=0.08)
        )
