"""Arms, what covers them, cuffs and hands."""

from __future__ import annotations

import math

import numpy as np

from .curves import Curve, Ribbon, ellipse, line
from .hands import draw_hand, hand_z
from .limbs import draw_arm, grown_edges, limb_band, shoulder_ball
from .poses import Limb
from .scene import Part, Shade
from .tailor import Tailor


def draw_sleeves(tailor: Tailor, tint: str) -> None:
    """Arms, what covers them, and hands."""
    b, pose, outfit, scene, d = tailor.b, tailor.pose, tailor.outfit, tailor.scene, tailor.dice
    kind = outfit.sleeve
    gloves = outfit.top == "plate" or (
        outfit.name in ("military", "gothic dress", "idol") and d.chance(0.5)
    )
    for i, side in ((0, -1), (1, 1)):
        limb = pose.arms[i]
        raised = limb.end[1] < b.shoulder_y + 0.3
        z = 20.0 + i if limb.front else -20.0 + i
        if limb.front and raised:
            z = 24.0 + i
        draw_arm(scene, b, limb, z)
        r = b.arm
        if kind != "none":
            length, widths = {
                "short": (0.46, [1.25, 1.4, 1.55, 1.6]),
                "cuffed": (0.96, [1.2, 1.3, 1.25, 1.3, 1.3, 1.35, 1.2]),
                "long": (0.97, [1.22, 1.28, 1.2, 1.2, 1.2, 1.12, 1.0]),
                "long shirt": (0.97, [1.22, 1.3, 1.3, 1.3, 1.35, 1.25, 0.95]),
                "rolled": (0.62, [1.2, 1.3, 1.3, 1.3]),
                "loose": (1.0, [1.15, 1.35, 1.5, 1.55, 1.6, 1.65, 1.35]),
                "puff": (0.42, [1.3, 2.0, 2.1, 1.5]),
                "puff long": (0.97, [1.5, 2.0, 1.3, 1.2, 1.2, 1.15, 1.25]),
                "kimono": (0.95, [1.15, 1.4, 1.9, 2.4, 3.0, 3.3, 3.4]),
                "wide": (0.98, [1.25, 1.3, 1.4, 1.6, 2.0, 2.4, 2.8]),
                "plate": (0.9, [1.2, 1.3, 1.25, 1.2, 1.35, 1.3, 1.1]),
            }[kind]  # fmt: skip
            band = limb_band(limb, [r * 0.95, *[r * w for w in widths]], length)
            part = Part(
                "sleeve",
                tint,
                [band.outline],
                z=z + 0.3,
                form=0.10,
                lines=grown_edges(band, limb),
                lit=[shoulder_ball(limb, r * 1.2)],
            )
            _sleeve_folds(part, limb, b.arm, length)
            scene.add(part)
            if outfit.top not in ("jacket open", "coat", "plate"):
                tailor.print_on(part, "trim")
            _cuff(tailor, band, kind, z + 0.5)
        draw_hand(
            scene, b, limb, side, pose.hands[i], hand_z(b, limb, i), "shirt" if gloves else "skin"
        )


def _sleeve_folds(part: Part, limb: Limb, r: float, length: float) -> None:
    """Creases about the elbow of an arm of half-width `r`."""
    if length > 0.5:
        ex, ey = limb.bend
        ux, uy = limb.root[0] - ex, limb.root[1] - ey
        size = math.hypot(ux, uy) + 1e-6
        ux, uy = ux / size, uy / size
        for k in range(3):
            o = (k - 1) * 0.16
            sx, sy = ex + ux * o, ey + uy * o
            s = 1 if k % 2 else -1
            part.stroke(line((sx - uy * r * s, sy + ux * r * s),
                (sx - uy * r * 0.3 * s + ux * 0.06, sy + ux * r * 0.3 * s + uy * 0.06),
                             (sx + uy * r * 0.35 * s + ux * 0.12,
                             sy - ux * r * 0.35 * s + uy * 0.12)), 0.6, 0.1, 0.7)  # fmt: skip
            shade = ellipse(
                sx - uy * r * 0.7 * s,
                sy + ux * r * 0.7 * s,
                r * 0.55,
                r * 0.16,
                math.atan2(ux, -uy) + 0.3,
                12,
            )
            part.shadows.append(Shade(shade, 0.8))


def _cuff(tailor: Tailor, band: Ribbon, kind: str, z: float) -> None:
    """The cuff at the end of a sleeve."""
    n = len(band.left)
    share = {"cuffed": 0.12, "long shirt": 0.08, "loose": 0.09, "puff": 0.2, "puff long": 0.1,
        "short": 0.14, "rolled": 0.16,
             "kimono": 0.07, "wide": 0.08, "plate": 0.3}.get(kind, 0.0)  # fmt: skip
    if share == 0.0 or (kind in ("short", "loose") and tailor.dice.chance(0.5)):
        return
    a = min(int(n * (1 - share)), n - 3)
    left, right = band.left[a:], band.right[a:]
    spine = band.spine[a:]
    grow = 1.07
    left, right = spine + (left - spine) * grow, spine + (right - spine) * grow
    shape = Curve(
        np.concatenate([left, right[::-1]]), (0, len(left) - 1, len(left), 2 * len(left) - 1), True
    )
    tint = "trim" if kind in ("cuffed", "kimono", "wide", "short", "loose") else "shirt"
    if kind == "rolled":
        tint = "shirt" if tailor.outfit.name != "martial arts" else "cloth1"
    part = Part("cuff", tint if kind != "plate" else "metal", [shape], z=z, form=0.05)
    if kind == "cuffed":
        m = len(left) // 2
        part.stroke(np.stack([left[m], right[m]]), 0.6, 0, 0)
    tailor.scene.add(part)
