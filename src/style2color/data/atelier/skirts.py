"""Below the waist: legs and socks, trousers, skirts and long robes."""

from __future__ import annotations

import numpy as np

from .curves import Curve, Knot, curve, line
from .limbs import draw_foot, draw_leg, limb_band
from .scene import Part, Shade
from .tailor import Tailor, frill


def draw_legs(tailor: Tailor) -> None:
    """Bare or stockinged legs, socks and shoes."""
    b, pose, outfit, scene = tailor.b, tailor.pose, tailor.outfit, tailor.scene
    for i, side in ((0, -1), (1, 1)):
        limb = pose.legs[i]
        z = 1.0 + 0.2 * i
        tights = outfit.legs == "tights"
        band = draw_leg(
            scene, b, limb, z, "legs" if tights else "skin", "tights" if tights else "leg"
        )
        if outfit.legs in ("thigh high", "knee socks", "socks") and limb.knee != "folded":
            start = {"thigh high": 0.30, "knee socks": 0.55, "socks": 0.84}[outfit.legs]
            n = len(band.left)
            a = int(n * start)
            points = [tuple(p) for p in band.left[a:]] + [tuple(p) for p in band.right[a:][::-1]]
            sock = Curve(np.array(points), (0, n - a - 1, n - a, 2 * (n - a) - 1), True)
            scene.add(Part("sock", "legs", [sock], z=z + 0.05, form=0.12))
        draw_foot(scene, b, limb, side, z + 0.1, outfit.shoes, "shoes")


def draw_trousers(tailor: Tailor, tint: str, short: bool) -> None:
    """Trousers or shorts."""
    b, pose, scene = tailor.b, tailor.pose, tailor.scene
    loose = tailor.dice.between(1.05, 1.5)
    for i in (0, 1):
        limb = pose.legs[i]
        r = b.leg
        widths = [
            min(r * 1.32, b.hip * 0.5),
            min(r * 1.28, b.hip * 0.54),
            r * 1.08 * loose**0.5,
            r * 0.92 * loose,
            r * 0.9 * loose,
            r * 0.85 * loose,
            r * 0.78 * loose,
        ]
        if limb.knee == "folded":
            widths[2:] = [r * 1.35, r * 1.4, r * 1.38, r * 1.32, r * 0.7]
        elif limb.knee == "near":
            widths[2:4] = [r * 1.34, r * 1.3]
        # Where knees come forward, shorts end before them all the same.
        band = limb_band(limb, widths, 0.38 if short else 0.97)
        edges = [band.left[2:], band.right[2:], np.stack([band.left[-1], band.right[-1]])]
        leg = Part("trousers", tint, [band.outline], z=2.0 + 0.1 * i, form=0.14, lines=edges)
        kx, ky = limb.bend
        if not short and limb.knee != "folded":
            for k in range(3):
                y = ky - 0.1 + 0.14 * k
                leg.stroke(
                    line((kx - r * 0.7, y), (kx - r * 0.2, y + 0.07), (kx + r * 0.3, y + 0.02)),
                    0.55,
                    0.1,
                    0.7,
                )
            ex, ey = limb.end
            leg.stroke(
                line(
                    (ex + r * 0.7, ey - 0.25), (ex + r * 0.1, ey - 0.16), (ex - r * 0.3, ey - 0.2)
                ),
                0.55,
                0.1,
                0.7,
            )
        scene.add(leg)
    far = 1 - 0.16 * abs(pose.turn)
    w, h = b.waist, b.hip
    top = b.waist_y + 0.05
    crotch = b.hip_y + b.leg * (1.15 if pose.stance == "floor" else 0.75)
    knots: list[Knot] = [(-w, top, 1), (w * far, top, 1), (h * 1.0 * far, b.hip_y - 0.05),
        (h * 0.96 * far, crotch - 0.1, 1),
                         (0.0, crotch, 1), (-h * 0.96, crotch - 0.1, 1),
                         (-h, b.hip_y - 0.05)]  # fmt: skip
    seat = Part("trousers", tint, [curve(knots)], z=2.3, outline=0.0)
    seat.stroke(line((tailor.mid * 0.7, top), (tailor.mid * 0.4, crotch - 0.1)), 0.6, 0.0, 0.5)
    edge = curve(knots).points
    n = len(edge) // 7
    seat.stroke(edge[n : 3 * n + 1], 0.9, 0.1, 0.1)
    seat.stroke(edge[5 * n :], 0.9, 0.1, 0.1)
    scene.add(seat)
    belt = curve(
        [
            (-w, top - 0.02, 1),
            (0, top + 0.08),
            (w * far, top - 0.02, 1),
            (w * 1.04 * far, top + 0.17, 1),
            (0, top + 0.28),
            (-w * 1.04, top + 0.17, 1),
        ]
    )
    scene.add(Part("belt", "shoes", [belt], z=2.4))


def draw_skirt(tailor: Tailor, tint: str, kind: str) -> None:
    """A skirt: pleated, flared, tiered, narrow, or the long falls of robes, hakama and coats."""
    b, scene, d = tailor.b, tailor.scene, tailor.dice
    long = tailor.pose.build.foot_y - b.hip_y
    top = b.waist_y - 0.08
    length = {
        "pleated": 0.30,
        "flared": 0.42,
        "tiered": 0.32,
        "narrow": 0.34,
        "robe": 0.92,
        "hakama": 0.86,
        "coat": 0.55,
    }[kind]
    length *= d.between(0.85, 1.25) if kind not in ("robe", "hakama") else 1.0
    hem = b.hip_y + long * length
    spread = {
        "pleated": 1.42,
        "flared": 1.75,
        "tiered": 1.7,
        "narrow": 1.02,
        "robe": 1.12,
        "hakama": 1.5,
        "coat": 1.35,
    }[kind]
    half = b.hip * spread * (1 + 0.12 * length)
    far = 1 - 0.16 * abs(tailor.pose.turn)
    w = b.waist * 0.98
    count = {
        "pleated": 9,
        "flared": 7,
        "tiered": 8,
        "narrow": 1,
        "robe": 1,
        "hakama": 7,
        "coat": 3,
    }[kind]
    bottom: list[Knot] = []
    for i in range(count * 2 + 1):
        share = 1 - i / count
        x = share * half * (far if share > 0 else 1.0)
        sag = 0.16 * (1 - share * share) * (0.4 + 0.6 * b.grown)
        wave = (0.05 if i % 2 else -0.02) * (0.5 + b.grown) if count > 1 else 0.0
        corner = 1 if kind == "pleated" or i in (0, count * 2) else 0
        bottom.append((x, hem + sag + wave, corner))
    knots: list[Knot] = [(-w, top, 1), (0, top + 0.06), (w * far, top, 1),
                         (b.hip * (1.0 + (spread - 1) * 0.45) * far, b.hip_y - 0.1), *bottom,
                         (-b.hip * (1.0 + (spread - 1) * 0.45), b.hip_y - 0.1)]  # fmt: skip
    part = Part(
        "skirt" if kind not in ("robe", "coat") else kind, tint, [curve(knots)], z=6.0, form=0.22
    )
    if kind in ("pleated", "hakama", "flared", "tiered"):
        for i in range(1, count * 2):
            share = 1 - i / count
            if kind != "pleated" and (i % 2 == 0 or d.chance(0.3)):
                continue
            x1 = bottom[i][0]
            x0 = share * w * 0.95 * (far if share > 0 else 1)
            rise = (
                top + 0.12
                if kind in ("pleated", "hakama")
                else top + (hem - top) * d.between(0.1, 0.5)
            )
            t = (rise - top) / (hem - top)
            xa = x0 + (x1 - x0) * t
            part.stroke(
                line(
                    (x1, bottom[i][1]),
                    (x0 + (x1 - x0) * 0.62 + 0.03 * share, top + (hem - top) * 0.55),
                    (xa, rise),
                ),
                0.75,
                0.05,
                0.5,
            )
            if i % 2:
                x2 = bottom[i + 1][0]
                tri = curve(
                    [(xa, rise, 1), (x1, bottom[i][1], 1), (x1 + (x2 - x1) * 0.55, bottom[i][1], 1)]
                )
                part.shadows.append(Shade(tri, 0.95))
    elif kind == "robe":
        x = tailor.mid + 0.1
        part.stroke(line((x, top), (x + 0.16, (top + hem) / 2), (x + 0.05, hem + 0.1)), 0.9, 0, 0.1)
        part.shadows.append(
            Shade(
                curve(
                    [
                        (x, top, 1),
                        (x + 0.16, (top + hem) / 2),
                        (x + 0.05, hem + 0.3, 1),
                        (x + 0.3, hem + 0.3, 1),
                        (x + 0.3, top + 0.5),
                    ]
                ),
                0.8,
            )
        )
        for side in (-1, 1):
            part.stroke(
                line(
                    (side * b.hip * 0.6, b.hip_y + long * 0.2),
                    (side * b.hip * 0.7, b.hip_y + long * 0.6),
                ),
                0.55,
                0.5,
                0.5,
            )
    elif kind == "coat":
        x = tailor.mid * 0.6
        part.stroke(line((x, top), (x + 0.04, hem + 0.14)), 0.9, 0, 0)
        for side in (-1, 1):
            part.stroke(
                line((side * half * 0.55, hem + 0.05), (side * half * 0.45, b.hip_y)),
                0.6,
                0.05,
                0.6,
            )
    scene.add(part)
    if kind not in ("coat",):
        tailor.print_on(part, "trim", "flowers" if "flowers" in tailor.outfit.extra else None)
    if kind == "tiered":
        frill(
            scene,
            [(k[0], k[1] - (hem - b.hip_y) * 0.45) for k in bottom],
            "trim",
            6.2,
            0.16,
            "skirt frill",
        )
    if "lace" in tailor.outfit.extra or (kind == "flared" and d.chance(0.25)):
        frill(scene, [(k[0], k[1] - 0.1) for k in bottom], "shirt", 6.1, 0.2, "skirt lace")
    if kind == "pleated" and d.chance(0.4):
        y = 0.16
        band = curve(
            [
                *[(k[0] * 0.99, k[1] - y) for k in bottom],
                *[(k[0], k[1] - y - 0.11) for k in bottom[::-1]],
            ]
        )
        scene.add(
            Part("skirt trim", "trim", [band], z=6.1, clip=part.shapes[0], outline=0.4, hides=False)
        )
