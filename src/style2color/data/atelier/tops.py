"""Tops: blouses, jackets, kimonos, breastplates, straps, and the shirt in an open jacket."""

from __future__ import annotations

from .curves import Curve, Knot, curve, ellipse, line, ribbon
from .scene import Part, Shade
from .tailor import Tailor


def draw_top(tailor: Tailor, tint: str) -> None:
    b, scene, d = tailor.b, tailor.scene, tailor.dice
    kind = tailor.outfit.top
    sy, u = b.shoulder_y, tailor.unit
    tucked = b.waist_y + 0.02
    hem = {"blouse": b.waist_y + 0.22, "loose": b.hip_y + 0.1, "cardigan": b.hip_y,
        "jacket": b.hip_y, "jacket open": b.hip_y,
           "shirt plain": b.hip_y - 0.15, "shirt": tucked, "bodice": tucked, "kimono": tucked,
           "tunic": b.hip_y,
           "tank": b.hip_y - 0.2, "suit": b.hip_y + 0.35, "plate": b.waist_y + 0.1,
           "coat": tucked + 0.1, "vest": b.waist_y + 0.3}[kind]  # fmt: skip
    ease = {
        "loose": 0.16,
        "cardigan": 0.09,
        "jacket": 0.08,
        "jacket open": 0.08,
        "coat": 0.1,
        "tunic": 0.07,
        "kimono": 0.07,
    }.get(kind, 0.035)
    ease *= 0.4 + 0.6 * b.grown
    if kind in ("tank", "suit") or tailor.outfit.collar == "straps":
        _strapped(tailor, tint, hem)
        return
    name = {
        "plate": "breastplate",
        "jacket open": "jacket",
        "shirt plain": "shirt",
        "loose": tailor.outfit.name.split()[0],
    }.get(kind, kind)
    low_neck = 0.12 if tailor.outfit.collar in ("round", "frill") else 0.0
    shape = tailor.torso(ease, hem, 0.05, low_neck * b.grown)
    part = Part(name, tint if kind != "plate" else "metal", [shape], z=15.0, form=0.16)
    tailor.folds(part, hem)
    m = tailor.mid
    if kind in ("jacket", "coat", "shirt", "vest"):
        part.stroke(line((m * 0.8, sy + 0.15), (m, sy + u * 0.5), (m * 0.6, hem + 0.08)), 0.8, 0, 0)
        count = 4 if b.grown > 0.5 else 2
        for i in range(count):
            y = sy + 0.35 * u + (hem - sy - 0.45 * u) * i / max(count - 1, 1)
            if kind != "shirt" or i:
                part.stroke(ellipse(m + 0.09, y, 0.035, 0.035, n=8).points, 0.5, 0, 0)
    if kind == "plate":
        part.stroke(line((m, sy + 0.2), (m, hem)), 0.7, 0, 0.3)
        part.stroke(
            line(
                (tailor.x(-0.8, b.chest), sy + u * 0.7),
                (m, sy + u * 0.85),
                (tailor.x(0.8, b.chest), sy + u * 0.7),
            ),
            0.8,
            0.1,
            0.1,
        )
        part.lights.append(
            Shade(ellipse(tailor.x(-0.45, b.chest), sy + u * 0.42, 0.2, 0.12, -0.6), 0.7)
        )
    scene.add(part)
    if kind not in ("plate", "jacket open", "coat"):
        tailor.print_on(part, "trim", "flowers" if "flowers" in tailor.outfit.extra else None)
    if kind == "jacket open" or (kind == "cardigan"):
        _opening(tailor, shape, hem, "shirt")
    if kind == "loose" or (kind == "cardigan" and d.chance(0.7)):
        y = hem - 0.02
        far = 1 - 0.16 * abs(tailor.pose.turn)
        h = b.hip + ease + 0.06
        band = curve([(-h, y - 0.17, 1), (m * 0.4, y - 0.06), (h * far, y - 0.17, 1),
            (h * 0.97 * far, y + 0.03, 1),
                      (m * 0.4, y + 0.14), (-h * 0.97, y + 0.03, 1)])  # fmt: skip
        scene.add(
            Part("hem", "trim" if d.chance(0.4) else tint, [band], z=15.1, outline=0.85, form=0.04)
        )
    if kind == "loose" and d.chance(0.6) and "strings" in tailor.outfit.extra:
        pocket = curve(
            [
                (m - 0.5, hem - 0.2, 1),
                (m - 0.32, hem - 0.75, 1),
                (m + 0.32, hem - 0.75, 1),
                (m + 0.5, hem - 0.2, 1),
            ]
        )
        scene.add(Part("pocket", tint, [pocket], z=15.05, clip=shape, outline=0.8, hides=False))


def _strapped(tailor: Tailor, tint: str, hem: float) -> None:
    b, scene = tailor.b, tailor.scene
    sy, u = b.shoulder_y, tailor.unit
    far = 1 - 0.16 * abs(tailor.pose.turn)
    bust = b.bust * 0.3
    top = sy + u * 0.22
    t_hip = min(max((hem - b.waist_y) / max(b.hip_y - b.waist_y, 0.1), 0), 1.3)
    half = b.waist + (b.hip - b.waist) * t_hip + 0.02
    right: list[Knot] = [(b.chest * 0.62, top, 1), (b.chest * 0.98, sy + u * 0.36, 1),
        (b.chest + bust, sy + u * 0.5),
                         (b.chest * 0.95, sy + u * 0.68), (b.waist + 0.02, b.waist_y - 0.05),
                         (half, hem, 1)]  # fmt: skip
    if hem <= b.waist_y + 0.05:
        right.pop(-2)
    knots = [(k[0] * far, *k[1:]) for k in right]
    left = [(-k[0], *k[1:]) for k in right[::-1]]
    low: list[Knot] = [(tailor.mid * 0.4, hem + (0.08 if tailor.outfit.top != "suit" else 0.5))]
    shape = curve([*knots, *low, *left, (tailor.mid, top + 0.22)])
    part = Part(
        "top" if tailor.outfit.top != "suit" else "swimsuit", tint, [shape], z=15.0, form=0.13
    )
    tailor.folds(part, hem, 3)
    for side in (-1, 1):
        x = tailor.x(side * 0.62, b.chest)
        strap = ribbon(
            [(x, top + 0.1), (x * 1.0, sy + 0.1), (x * 0.96, sy - 0.12)],
            [0.075, 0.07, 0.065],
            tip=False,
        )
        scene.add(Part("strap", tint, [strap.outline], z=14.9, outline=0.8))
    scene.add(part)
    tailor.print_on(part, "trim")


def _opening(tailor: Tailor, shape: Curve, hem: float, tint: str) -> None:
    """The shirt seen where a jacket is open."""
    b, m, sy = tailor.b, tailor.mid, tailor.b.shoulder_y
    low = sy + tailor.unit * (0.62 if tailor.outfit.top == "jacket open" else 0.75)
    vee: list[Knot] = [(m * 0.6 - b.neck * 1.15, sy - 0.5, 1),
        (m * 0.6 + b.neck * 1.15, sy - 0.5, 1),
                       (m + 0.32 * b.shoulder * 0.8, sy + 0.3), (m + 0.03, low, 1),
                       (m - 0.32 * b.shoulder * 0.8, sy + 0.3)]  # fmt: skip
    part = Part("shirt", tint, [curve(vee)], z=15.1, clip=shape, outline=0.9, hides=False)
    part.stroke(line((m, sy), (m, low)), 0.5, 0, 0.2)
    tailor.scene.add(part)
    end = line((m + 0.03, low), (m + 0.05, hem + 0.1))
    tailor.scene.lines([end], z=15.2, weight=0.9)
    for i in range(2):
        y = low + 0.15 + 0.28 * i
        if y < hem - 0.1:
            tailor.scene.add(
                Part(
                    "button",
                    "metal",
                    [ellipse(m + 0.12, y, 0.05, 0.05, n=10)],
                    z=15.25,
                    outline=0.6,
                )
            )
