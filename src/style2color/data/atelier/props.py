"""What a hand holds: book, cup, phone, sword, wand, flower, bag, balloon."""

from __future__ import annotations

import math

from .body import Build
from .curves import Curve, Frame, curve, ellipse, line, polygon
from .scene import Part, Scene, Shade

# How far below a prop's origin the hand takes it, in the prop's units.
_TAKEN = {"book": 0.3, "sword": 0.28, "wand": 0.35, "flower": 0.2, "phone": 0.1, "bag": -0.1}


def draw_prop(
    scene: Scene, kind: str, at: tuple[float, float], size: float, side: int, z: float
) -> None:
    """Something held at a point: book, cup, phone, sword, wand, flower, bag, balloon.

    `z` is the height just above the palm; the fingers lie 0.03 higher.
    """
    f = Frame(at[0], at[1] - _TAKEN.get(kind, 0.0) * size, size, 0.0, side)

    def add(name: str, tint: str, shape: Curve, dz: float = 0.0) -> Part:
        return scene.add(Part(name, tint, [f.curve(shape)], z=z + 0.1 * dz, form=0.06, outline=0.9))

    if kind == "book":
        add("book", "prop", polygon((-0.6, -0.9), (0.55, -0.8), (0.5, 0.55), (-0.65, 0.45)))
        add("pages", "shirt", polygon((-0.65, 0.45), (0.5, 0.55), (0.56, 0.66), (-0.58, 0.56)), 0.1)
    elif kind == "cup":
        add(
            "cup",
            "prop",
            curve(
                [(-0.4, -0.5, 1), (0, -0.42), (0.4, -0.5, 1), (0.34, 0.4), (0, 0.5), (-0.34, 0.4)]
            ),
        )
        add("cup rim", "shirt", ellipse(0, -0.5, 0.4, 0.12), 0.1)
    elif kind == "phone":
        add("phone", "prop", polygon((-0.32, -0.8), (0.32, -0.8), (0.32, 0.4), (-0.32, 0.4)))
        add(
            "screen",
            "trim",
            polygon((-0.25, -0.7), (0.25, -0.7), (0.25, 0.3), (-0.25, 0.3)),
            0.1,
        )
    elif kind == "sword":
        add(
            "blade",
            "metal",
            polygon((-0.14, -0.3), (-0.12, -3.8), (0.0, -4.2), (0.12, -3.8), (0.14, -0.3)),
        )
        add(
            "guard",
            "accent",
            curve(
                [(-0.6, -0.35), (0, -0.25), (0.6, -0.35), (0.55, -0.15), (0, -0.08), (-0.55, -0.15)]
            ),
            0.1,
        )
        add("hilt", "shoes", polygon((-0.1, -0.15), (0.1, -0.15), (0.1, 0.7), (-0.1, 0.7)), 0.05)
    elif kind == "wand":
        add("wand", "shoes", polygon((-0.06, 0.6), (0.06, 0.6), (0.05, -1.6), (-0.05, -1.6)))
        star = polygon(
            *[
                (
                    (0.5 if i % 2 == 0 else 0.22) * math.sin(i * math.pi / 5),
                    -1.9 - (0.5 if i % 2 == 0 else 0.22) * math.cos(i * math.pi / 5),
                )
                for i in range(10)
            ]
        )
        add("star", "accent", star, 0.1)
    elif kind == "flower":
        scene.lines([f.points(line((0, 0.6), (0.05, -0.3), (0, -1.0)))], z=z, weight=1.4)
        for i in range(6):
            a = i * 1.047
            add(
                "flower",
                "accent",
                curve(
                    [
                        (0, -1.2, 1),
                        (0.36 * math.cos(a - 0.4), -1.2 + 0.36 * math.sin(a - 0.4)),
                        (0.42 * math.cos(a), -1.2 + 0.42 * math.sin(a)),
                        (0.36 * math.cos(a + 0.4), -1.2 + 0.36 * math.sin(a + 0.4)),
                    ]
                ),
                0.1,
            )
        add("flower heart", "metal", ellipse(0, -1.2, 0.14, 0.14), 0.2)
    elif kind == "bag":
        add(
            "bag",
            "prop",
            curve(
                [
                    (-0.75, 0.4, 1),
                    (0.75, 0.4, 1),
                    (0.85, 1.4),
                    (0.7, 1.6),
                    (-0.7, 1.6),
                    (-0.85, 1.4),
                ]
            ),
        )
        scene.lines(
            [f.points(line((-0.4, 0.4), (-0.35, -0.1), (0.35, -0.1), (0.4, 0.4)))],
            z=z + 0.02,
            weight=1.5,
        )
        add(
            "bag flap",
            "accent",
            curve([(-0.76, 0.4, 1), (0.76, 0.4, 1), (0.7, 0.85), (0, 1.0), (-0.7, 0.85)]),
            0.1,
        )
    else:
        scene.lines([f.points(line((0, 0), (0.1, -1.6), (0, -3.0)))], z=-55, weight=0.8)
        part = Part(
            "balloon",
            "accent",
            [f.curve(curve([(0, -3.0, 1), (-0.8, -3.9), (0, -4.8), (0.8, -3.9)]))],
            z=-54,
            form=0.15,
        )
        part.lights.append(Shade(f.curve(ellipse(-0.3, -4.3, 0.2, 0.12, -0.6)), 0.9))
        scene.add(part)


def draw_seat(scene: Scene, b: Build, floor: float) -> None:
    """A stool under the hips: its seat in perspective, its legs down to y `floor`."""
    top = b.hip_y + 0.03 * (floor - b.hip_y)
    low = floor + 0.3 * b.grown
    half = b.hip * 1.6
    for x, z in ((-0.8, -3.0), (0.8, -3.0), (-0.5, -3.2), (0.5, -3.2)):
        end = low if z > -3.1 else low - 0.35
        leg = polygon((x * half - 0.08, top), (x * half + 0.08, top), (x * half * 1.06 + 0.07, end),
                      (x * half * 1.06 - 0.07, end))  # fmt: skip
        scene.add(Part("seat", "prop", [leg], z=z, form=0.04))
    scene.add(Part("seat", "prop", [ellipse(0, top + 0.2, half, 0.3)], z=-2.6, form=0.06))
    scene.add(Part("seat", "shoes", [ellipse(0, top + 0.1, half, 0.3)], z=-2.5, form=0.08))
