"""What is bound about the body: obi, sashes, belts, aprons, capes and bibs."""

from __future__ import annotations

from .curves import Knot, curve, ellipse, line, polygon, ribbon
from .scene import Part, Shade
from .tailor import Tailor, frill
from .trimmings import bow


def obi(tailor: Tailor) -> None:
    b = tailor.b
    far = 1 - 0.16 * abs(tailor.pose.turn)
    w, y0, y1 = b.waist * 1.09, b.waist_y - 0.42 * (0.3 + 0.7 * b.grown), b.waist_y + 0.16
    shape = curve(
        [
            (-w, y0, 1),
            (0, y0 + 0.08),
            (w * far, y0, 1),
            (w * 1.03 * far, y1, 1),
            (0, y1 + 0.1),
            (-w * 1.03, y1, 1),
        ]
    )
    part = Part("obi", "cloth2", [shape], z=16, form=0.1)
    tailor.scene.add(part)
    mid = (y0 + y1) / 2 + 0.07
    cord = curve(
        [
            (-w, mid - 0.05, 1),
            (0, mid + 0.03),
            (w * far, mid - 0.05, 1),
            (w * far, mid + 0.03, 1),
            (0, mid + 0.11),
            (-w, mid + 0.03, 1),
        ]
    )
    tailor.scene.add(Part("obi cord", "accent", [cord], z=16.1, outline=0.7))
    for side in (-1, 1):
        loop = curve(
            [
                (side * w * 0.7, y0),
                (side * w * 1.35, y0 - 0.35),
                (side * w * 1.5, y0 + 0.1),
                (side * w * 0.9, y0 + 0.3),
            ]
        )
        tailor.scene.add(Part("obi", "cloth2", [loop], z=-5))


def sash(tailor: Tailor) -> None:
    belt(tailor, "accent", 0.2)


def belt(tailor: Tailor, tint: str = "shoes", deep: float = 0.22) -> None:
    b = tailor.b
    far = 1 - 0.16 * abs(tailor.pose.turn)
    w, y = b.waist * 1.12 + 0.05, b.waist_y
    shape = curve(
        [
            (-w, y - deep / 2, 1),
            (0, y - deep / 2 + 0.08),
            (w * far, y - deep / 2, 1),
            (w * far, y + deep / 2, 1),
            (0, y + deep / 2 + 0.08),
            (-w, y + deep / 2, 1),
        ]
    )
    tailor.scene.add(Part("belt", tint, [shape], z=16, form=0.05))
    m = tailor.mid
    buckle = polygon(
        (m - 0.15, y - deep / 2 + 0.03),
        (m + 0.15, y - deep / 2 + 0.03),
        (m + 0.15, y + deep / 2 + 0.11),
        (m - 0.15, y + deep / 2 + 0.11),
    )
    tailor.scene.add(Part("buckle", "metal", [buckle], z=16.1, outline=0.8))


def ribbon_belt(tailor: Tailor) -> None:
    b = tailor.b
    y = b.waist_y - 0.02
    far = 1 - 0.16 * abs(tailor.pose.turn)
    w = b.waist * 1.04
    band = curve(
        [
            (-w, y - 0.12, 1),
            (0, y - 0.05),
            (w * far, y - 0.12, 1),
            (w * far, y + 0.1, 1),
            (0, y + 0.17),
            (-w, y + 0.1, 1),
        ]
    )
    tailor.scene.add(Part("sash", "accent", [band], z=16, form=0.05))
    bow(
        tailor,
        tailor.mid + 0.25 * b.waist,
        y + 0.04,
        0.5 * (0.4 + 0.6 * b.grown),
        "accent",
        16.2,
        "sash",
    )


def apron(tailor: Tailor) -> None:
    b, m, sy = tailor.b, tailor.mid, tailor.b.shoulder_y
    hem = b.hip_y + (tailor.pose.build.foot_y - b.hip_y) * 0.30
    w = b.hip * 1.15
    skirt: list[Knot] = [
        (m * 0.5 - b.waist * 0.8, b.waist_y, 1),
        (m * 0.5 + b.waist * 0.8, b.waist_y, 1),
        (w, b.hip_y + 0.1),
        (w * 1.0, hem - 0.2),
        (0, hem + 0.12),
        (-w * 1.0, hem - 0.2),
        (-w, b.hip_y + 0.1),
    ]
    part = Part("apron", "shirt", [curve(skirt)], z=8, form=0.1)
    part.stroke(line((-0.3, b.waist_y + 0.1), (-0.4, b.hip_y + 0.3)), 0.6, 0.1, 0.7)
    part.stroke(line((0.35, b.waist_y + 0.1), (0.45, b.hip_y + 0.2)), 0.6, 0.1, 0.7)
    frill(
        tailor.scene,
        [
            (-w * 0.98, b.hip_y + 0.5),
            (-w * 0.9, hem - 0.15),
            (0, hem + 0.08),
            (w * 0.9, hem - 0.15),
            (w * 0.98, b.hip_y + 0.5),
        ],
        "shirt",
        7.9,
        0.24,
        "apron",
    )
    tailor.scene.add(part)
    top = sy + tailor.unit * 0.38
    bib = curve(
        [
            (m - b.chest * 0.5, top, 1),
            (m, top + 0.05),
            (m + b.chest * 0.5, top, 1),
            (m * 0.5 + b.waist * 0.6, b.waist_y + 0.05, 1),
            (m * 0.5 - b.waist * 0.6, b.waist_y + 0.05, 1),
        ]
    )
    tailor.scene.add(Part("apron", "shirt", [bib], z=15.5, form=0.06))
    for side in (-1, 1):
        strap = ribbon(
            [
                (m + side * b.chest * 0.45, top + 0.05),
                (tailor.x(side * 0.6, b.shoulder), sy - 0.05),
            ],
            [0.13, 0.15],
            tip=False,
        )
        tailor.scene.add(Part("apron", "shirt", [strap.outline], z=15.6))
    belt(tailor, "shirt", 0.16)


def draw_cape(tailor: Tailor) -> None:
    b, sy, d = tailor.b, tailor.b.shoulder_y, tailor.dice
    low = b.hip_y + (tailor.pose.build.foot_y - b.hip_y) * d.between(0.2, 0.75)
    w = b.shoulder * 1.75
    back: list[Knot] = [
        (-b.shoulder * 0.6, sy - 0.2),
        (b.shoulder * 0.6, sy - 0.2),
        (b.shoulder * 1.2, sy + 0.5),
        (w, low - 0.2, 1),
        (w * 0.5, low + 0.1),
        (w * 0.15, low - 0.12, 1),
        (-w * 0.3, low + 0.12),
        (-w * 0.6, low - 0.1, 1),
        (-w, low, 1),
        (-b.shoulder * 1.2, sy + 0.5),
    ]
    part = Part("cape", "cloth3", [curve(back)], z=-40, form=0.1)
    part.shadows.append(Shade(ellipse(0, sy + 2.0, b.shoulder * 1.3, 3.0), 1.2))
    for side in (-1, 1):
        part.stroke(
            line((side * w * 0.75, low - 0.1), (side * b.shoulder * 1.1, (sy + low) / 2)),
            0.7,
            0.05,
            0.6,
        )
    tailor.scene.add(part)
    for side in (-1, 1):
        front: list[Knot] = [
            (side * b.neck * 1.2, sy - 0.35),
            (side * b.shoulder * 0.8, sy - 0.12),
            (side * b.shoulder * 1.25, sy + 0.45),
            (side * b.shoulder * 1.32, sy + 1.2, 1),
            (side * b.shoulder * 0.95, sy + 1.05),
            (side * b.shoulder * 0.55, sy + 0.75, 1),
            (side * 0.06 + tailor.mid * 0.5, sy + 0.14, 1),
        ]
        cloak = Part("cape", "cloth3", [curve(front)], z=25.5, form=0.12)
        cloak.stroke(
            line((side * b.shoulder * 0.95, sy + 1.05), (side * b.shoulder * 0.75, sy + 0.4)),
            0.6,
            0.05,
            0.6,
        )
        tailor.scene.add(cloak)


def draw_bib(tailor: Tailor) -> None:
    b, m, sy = tailor.b, tailor.mid, tailor.b.shoulder_y
    top = sy + tailor.unit * 0.42
    far = 1 - 0.16 * abs(tailor.pose.turn)
    w = b.waist * 1.06
    bib = curve(
        [
            (m - b.chest * 0.55, top, 1),
            (m + b.chest * 0.55, top, 1),
            (w * far, b.waist_y, 1),
            (b.hip * 1.02 * far, b.hip_y, 1),
            (0, b.hip_y + 0.2),
            (-b.hip * 1.02, b.hip_y, 1),
            (-w, b.waist_y, 1),
        ]
    )
    part = Part("overalls", "cloth2", [bib], z=16, form=0.1)
    pocket = line(
        (m - 0.28, top + 0.3), (m - 0.25, top + 0.75), (m + 0.25, top + 0.75), (m + 0.28, top + 0.3)
    )
    part.stroke(pocket, 0.6, 0, 0)
    tailor.scene.add(part)
    for side in (-1, 1):
        strap = ribbon(
            [
                (m + side * b.chest * 0.46, top + 0.12),
                (tailor.x(side * 0.55, b.shoulder), sy - 0.1),
            ],
            [0.1, 0.1],
            tip=False,
        )
        tailor.scene.add(Part("overalls", "cloth2", [strap.outline], z=16.1))
        tailor.scene.add(
            Part(
                "button",
                "metal",
                [ellipse(m + side * b.chest * 0.45, top + 0.12, 0.06, 0.06, n=10)],
                z=16.2,
                outline=0.6,
            )
        )
