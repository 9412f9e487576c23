"""What is put on a top: bows, ties, prints, cords, pauldrons, epaulettes, buttons."""

from __future__ import annotations

from .curves import curve, ellipse, line, polygon, ribbon
from .scene import Part, Shade
from .tailor import Tailor


def bow(
    tailor: Tailor, x: float, y: float, size: float, tint: str, z: float, name: str = "bow"
) -> None:
    """A bow with loops and tails."""
    scene = tailor.scene
    for side in (-1, 1):
        tail = curve([(x, y, 1), (x + side * 0.16 * size, y + 0.5 * size),
            (x + side * 0.44 * size, y + 1.15 * size, 1),
                      (x + side * 0.22 * size, y + 1.08 * size, 1),
                      (x + side * 0.02 * size, y + 1.2 * size, 1)])  # fmt: skip
        scene.add(Part(name, tint, [tail], z=z, form=0.04))
    for side in (-1, 1):
        loop = curve([(x, y - 0.07 * size, 1), (x + side * 0.36 * size, y - 0.30 * size),
            (x + side * 0.72 * size, y - 0.20 * size),
                      (x + side * 0.70 * size, y + 0.26 * size),
                      (x + side * 0.34 * size, y + 0.2 * size),
                      (x, y + 0.07 * size, 1)])  # fmt: skip
        part = Part(name, tint, [loop], z=z + 0.1, form=0.06)
        part.stroke(
            line(
                (x + side * 0.1 * size, y),
                (x + side * 0.28 * size, y - 0.05 * size),
                (x + side * 0.46 * size, y - 0.02 * size),
            ),
            0.6,
            0.1,
            0.6,
        )
        scene.add(part)
    scene.add(Part(name, tint, [ellipse(x, y, 0.13 * size, 0.15 * size)], z=z + 0.2))


def chest_bow(tailor: Tailor) -> None:
    g = 0.4 + 0.6 * tailor.b.grown
    low = 0.62 if tailor.outfit.collar == "sailor" else 0.26
    bow(
        tailor,
        tailor.mid,
        tailor.b.shoulder_y + low * g,
        0.55 * g * tailor.dice.between(0.8, 1.25),
        "accent",
        19,
    )


def tie(tailor: Tailor) -> None:
    b, m, sy = tailor.b, tailor.mid, tailor.b.shoulder_y
    g = 0.4 + 0.6 * b.grown
    low = sy + tailor.unit * 0.72
    blade = curve(
        [
            (m - 0.07, sy + 0.2 * g, 1),
            (m + 0.07, sy + 0.2 * g, 1),
            (m + 0.17 * g, low - 0.1, 1),
            (m, low + 0.1, 1),
            (m - 0.17 * g, low - 0.1, 1),
        ]
    )
    part = Part(
        "tie", "accent", [blade], z=17.2 if tailor.outfit.top == "jacket open" else 18.2, form=0.05
    )
    tailor.scene.add(part)
    if tailor.dice.chance(0.4):
        tailor.print_on(part, "trim", "diagonal", 0.5)
    knot = polygon(
        (m - 0.11 * g, sy + 0.02),
        (m + 0.11 * g, sy + 0.02),
        (m + 0.07 * g, sy + 0.24 * g),
        (m - 0.07 * g, sy + 0.24 * g),
    )
    tailor.scene.add(Part("tie", "accent", [knot], z=18.3))


def strings(tailor: Tailor) -> None:
    b, m, sy = tailor.b, tailor.mid, tailor.b.shoulder_y
    for side in (-1, 1):
        x = m * 0.8 + side * 0.14
        tailor.scene.lines(
            [
                line(
                    (x, sy + 0.36),
                    (x + side * 0.03, sy + 0.7),
                    (x + side * 0.02, sy + 0.4 + 0.65 * b.grown),
                )
            ],
            z=18.5,
            weight=1.3,
        )


def chest_print(tailor: Tailor) -> None:
    b, m, sy, d = tailor.b, tailor.mid, tailor.b.shoulder_y, tailor.dice
    y = sy + tailor.unit * 0.5
    r = 0.3 * (0.5 + 0.5 * b.grown)
    kind = d.pick({"star": 2, "circle": 2, "heart": 2, "none": 3})
    if kind == "circle":
        shape = ellipse(m, y, r, r)
    elif kind == "heart":
        shape = curve(
            [
                (m, y + r, 1),
                (m - r, y - 0.2 * r),
                (m - 0.5 * r, y - 0.8 * r),
                (m, y - 0.3 * r, 1),
                (m + 0.5 * r, y - 0.8 * r),
                (m + r, y - 0.2 * r),
            ]
        )
    elif kind == "star":
        import math

        shape = polygon(
            *[
                (
                    m + (r if i % 2 == 0 else r * 0.45) * math.sin(i * math.pi / 5),
                    y - (r if i % 2 == 0 else r * 0.45) * math.cos(i * math.pi / 5),
                )
                for i in range(10)
            ]
        )
    else:
        return
    tailor.scene.add(Part("print", "trim", [shape], z=15.3, outline=0.6))


def pauldrons(tailor: Tailor) -> None:
    b, sy = tailor.b, tailor.b.shoulder_y
    for side in (-1, 1):
        x = tailor.x(side * 1.0, b.shoulder)
        for k in (1, 0):
            y = sy + 0.12 + 0.26 * k
            r = 0.42 * (0.4 + 0.6 * b.grown)
            plate = curve(
                [
                    (x - side * r * 1.0, y - r * 0.35),
                    (x + side * r * 0.2, y - r * 0.95),
                    (x + side * r * 1.05, y + r * 0.1),
                    (x + side * r * 0.95, y + r * 0.75, 1),
                    (x, y + r * 0.45),
                    (x - side * r * 0.95, y + r * 0.5, 1),
                ]
            )
            part = Part("pauldron", "metal", [plate], z=25.0 - 0.1 * k, form=0.1)
            part.lights.append(
                Shade(ellipse(x + side * r * 0.1, y - r * 0.35, r * 0.4, r * 0.14, side * 0.3), 0.8)
            )
            tailor.scene.add(part)


def epaulettes(tailor: Tailor) -> None:
    b, sy = tailor.b, tailor.b.shoulder_y
    for side in (-1, 1):
        x = tailor.x(side * 0.86, b.shoulder)
        tailor.scene.add(
            Part(
                "epaulette",
                "metal",
                [ellipse(x, sy + 0.04, 0.26 * (0.4 + 0.6 * b.grown), 0.11, side * 0.25)],
                z=25,
                form=0.03,
            )
        )
    m = tailor.mid
    tailor.scene.add(
        Part(
            "braid cord",
            "metal",
            [
                ribbon(
                    [
                        (tailor.x(0.7, b.shoulder), sy + 0.2),
                        (m + 0.35, sy + 0.75),
                        (m + 0.02, sy + 0.5),
                    ],
                    [0.04, 0.04, 0.04],
                    tip=False,
                ).outline
            ],
            z=16.5,
            outline=0.6,
        )
    )


def zip_tag(tailor: Tailor) -> None:
    m, sy = tailor.mid, tailor.b.shoulder_y
    tag = polygon(
        (m - 0.03, sy + 0.18), (m + 0.06, sy + 0.18), (m + 0.06, sy + 0.36), (m - 0.03, sy + 0.36)
    )
    tailor.scene.add(Part("zip", "metal", [tag], z=18.6, outline=0.7))


def clasp(tailor: Tailor) -> None:
    x, y = tailor.mid * 0.5, tailor.b.shoulder_y + 0.12
    tailor.scene.add(
        Part(
            "clasp",
            "accent",
            [ellipse(x, y, 0.14, 0.14)],
            z=26,
            form=0.04,
            lights=[Shade(ellipse(x - 0.04, y - 0.04, 0.05, 0.05), 1.0)],
        )
    )
