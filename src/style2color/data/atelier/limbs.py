"""Arms, legs, feet and the neck, as flesh on a posed skeleton."""

from __future__ import annotations

import numpy as np

from .body import Build, Limb
from .curves import Curve, Knot, Points, Ribbon, curve, ellipse, ribbon
from .scene import Part, Scene, Shade, Stroke


def limb_band(limb: Limb, widths: list[float], upto: float = 1.0) -> Ribbon:
    """A band along a limb with half-widths at even steps from root to end."""
    root, bend, end = limb.root, limb.bend, limb.end
    knots: list[Knot] = [
        *([limb.from_] if limb.from_ is not None else []),
        root,
        (root[0] * 0.5 + bend[0] * 0.5, root[1] * 0.5 + bend[1] * 0.5),
        (root[0] * 0.12 + bend[0] * 0.88, root[1] * 0.12 + bend[1] * 0.88),
        (end[0] * 0.12 + bend[0] * 0.88, end[1] * 0.12 + bend[1] * 0.88),
        (end[0] * 0.5 + bend[0] * 0.5, end[1] * 0.5 + bend[1] * 0.5),
        end,
    ]
    band = ribbon(knots, widths, tip=False)
    left, right = _unfolded(band.left), _unfolded(band.right)
    n = len(left)
    whole = Curve(np.concatenate([left, right[::-1]]), (0, n - 1, n, 2 * n - 1), True)
    band = Ribbon(whole, left, right, band.spine)
    if upto >= 1.0:
        return band
    keep = max(4, int(len(band.spine) * upto))
    left, right = band.left[:keep], band.right[:keep]
    points = np.concatenate([left, right[::-1]])
    corners = (0, keep - 1, keep, 2 * keep - 1)
    return Ribbon(Curve(points, corners, True), left, right, band.spine[:keep])


def _unfolded(edge: Points) -> Points:
    """The edge of a bent limb without the loop that offsetting leaves inside the bend."""
    a, b = edge[:-1], edge[1:]
    d = b - a
    # Every pair of segments (i, j): where on each do their lines meet?
    gap = a[None] - a[:, None]
    cross = d[:, None, 0] * d[None, :, 1] - d[:, None, 1] * d[None, :, 0]
    cross = np.where(np.abs(cross) < 1e-12, 1e-12, cross)
    on_i = (gap[..., 0] * d[None, :, 1] - gap[..., 1] * d[None, :, 0]) / cross
    on_j = (gap[..., 0] * d[:, None, 1] - gap[..., 1] * d[:, None, 0]) / cross
    meet = (on_i > 0) & (on_i < 1) & (on_j > 0) & (on_j < 1)
    pairs = np.argwhere(np.triu(meet, 2))
    if not len(pairs):
        return edge
    i, j = max(pairs.tolist(), key=lambda p: p[1] - p[0])
    edge = edge.copy()
    edge[i + 1 : j + 1] = a[i] + on_i[i, j] * d[i]
    return edge


def draw_arm(scene: Scene, b: Build, limb: Limb, z: float) -> None:
    """A bare arm from shoulder to wrist."""
    r = b.arm
    band = limb_band(
        limb, [r * 0.9, r * 1.08, r * 1.02, r * 0.92, r * 0.86, r * 0.9, r * 0.74, r * 0.58]
    )
    scene.add(
        Part(
            "arm",
            "skin",
            [band.outline],
            z=z,
            form=0.09,
            lines=grown_edges(band, limb),
            lit=[shoulder_ball(limb, r)],
        )
    )


def shoulder_ball(limb: Limb, r: float) -> Curve:
    """Where an arm of half-width `r` grows out of the body and has no edge to cast a shade."""
    x, y = limb.from_ or limb.root
    return ellipse(x, y, r * 1.8, r * 1.8, n=14)


def grown_edges(band: Ribbon, limb: Limb) -> list[Points]:
    """The lines of a limb that grows out of the shoulder: the armpit side starts lower down."""
    n = len(band.left)
    inner, outer = band.left, band.right
    if abs(inner[n // 4][0]) > abs(outer[n // 4][0]):
        inner, outer = outer, inner
    a, b = max(n // 16, 1), n // 4
    return [outer[a:], inner[b:], np.stack([band.left[-1], band.right[-1]])]


def draw_leg(
    scene: Scene, b: Build, limb: Limb, z: float, tint: str = "skin", name: str = "leg"
) -> Ribbon:
    """A leg from hip to ankle."""
    r = b.leg
    band = limb_band(
        limb,
        [
            min(r * 1.2, b.hip * 0.5),
            r * 1.16,
            r * 0.98,
            r * 0.76,
            r * 0.74,
            r * 0.78,
            r * 0.62,
            r * 0.42,
        ],
    )
    lines = [band.left[2:], band.right[2:]]
    part = Part(name, tint, [band.outline], z=z, form=0.14, lines=lines)
    if tint == "skin" and b.grown > 0.4:
        kx, ky = limb.bend
        part.stroke(
            curve(
                [(kx - 0.1, ky + 0.02), (kx, ky + 0.08), (kx + 0.1, ky + 0.03)], closed=False
            ).points,
            0.5,
        )
    scene.add(part)
    return band


def draw_foot(
    scene: Scene, b: Build, limb: Limb, side: int, z: float, kind: str, tint: str
) -> None:
    """A shoe, boot or bare foot."""
    x, y = limb.end
    s = 0.42 + 0.58 * b.grown
    r = b.leg * 0.5
    toe = side * 0.10
    if kind == "boots":
        top = y - (b.foot_y - b.knee_y) * 0.62
        kx = x + (limb.bend[0] - x) * 0.62
        knots: list[Knot] = [(kx - r * 1.5, top, 1), (kx + r * 1.5, top, 1),
            (x + r * 1.15, y - 0.1 * s),
                             (x + toe + 0.34 * s, y + 0.36 * s), (x + toe + 0.22 * s, y + 0.50 * s),
                             (x + toe - 0.26 * s, y + 0.50 * s), (x + toe - 0.34 * s, y + 0.34 * s),
                             (x - r * 1.15, y - 0.1 * s)]  # fmt: skip
        boot = Part("boot", tint, [curve(knots)], z=z, form=0.12)
        boot.stroke(
            curve(
                [(x - r * 1.1, y + 0.02 * s), (x, y + 0.1 * s), (x + r * 1.1, y + 0.0)],
                closed=False,
            ).points,
            0.6,
        )
        boot.stroke(
            curve(
                [(kx - r * 1.45, top + 0.16), (kx, top + 0.2), (kx + r * 1.45, top + 0.16)],
                closed=False,
            ).points,
            0.7,
            0,
            0,
        )
        scene.add(boot)
        return
    knots = [(x - r * 0.9, y - 0.12 * s), (x + r * 0.9, y - 0.12 * s),
        (x + toe + 0.31 * s, y + 0.30 * s),
             (x + toe + 0.24 * s, y + 0.50 * s), (x + toe - 0.24 * s, y + 0.50 * s),
             (x + toe - 0.31 * s, y + 0.30 * s)]  # fmt: skip
    if kind == "bare":
        scene.add(Part("foot", "skin", [curve(knots)], z=z, form=0.08))
        return
    shoe_top = [(x - r * 1.05, y + 0.02 * s, 1), (x + r * 1.05, y + 0.02 * s, 1)]
    shoe = Part("shoe", tint, [curve([*shoe_top, *knots[2:]])], z=z, form=0.08)
    shoe.stroke(
        curve(
            [
                (x + toe - 0.28 * s, y + 0.40 * s),
                (x + toe, y + 0.44 * s),
                (x + toe + 0.28 * s, y + 0.40 * s),
            ],
            closed=False,
        ).points,
        0.6,
        0,
        0,
    )
    if kind == "strap":
        shoe.stroke(
            curve(
                [(x - r * 1.1, y + 0.1 * s), (x, y + 0.16 * s), (x + r * 1.1, y + 0.1 * s)],
                closed=False,
            ).points,
            0.9,
            0,
            0,
        )
    scene.add(shoe)


def draw_neck(
    scene: Scene, b: Build, chin: tuple[float, float], face: Curve | None, z: float = 12
) -> None:
    """Neck and the bare upper chest that garments cover from there on."""
    y = b.shoulder_y
    n = b.neck
    x = chin[0] * 0.25
    knots: list[Knot] = [(x - n, 0.55, 1), (x + n, 0.55, 1), (x * 0.6 + n * 0.96, y - 0.5),
        (n * 1.15, y - 0.22),
                         (b.shoulder * 0.72, y - 0.02), (b.shoulder * 0.9, y + 0.2),
                         (b.chest * 0.85, y + 1.0 * (b.waist_y - y) * 0.5, 1),
                         (-b.chest * 0.85, y + 1.0 * (b.waist_y - y) * 0.5, 1),
                         (-b.shoulder * 0.9, y + 0.2), (-b.shoulder * 0.72, y - 0.02),
                         (-n * 1.15, y - 0.22), (x * 0.6 - n * 0.96, y - 0.5)]  # fmt: skip
    part = Part("neck", "skin", [curve(knots)], z=z, form=0.06)
    if face is not None:
        lx = scene.light[0]
        part.shadows.append(Shade(Curve(face.points + np.array([-lx * 0.12, 0.34]), (), True), 1.0))
    for side in (-1, 1):
        part.strokes.append(
            Stroke(curve([(side * 0.12, y + 0.10), (side * b.shoulder * 0.38, y + 0.02),
                          (side * b.shoulder * 0.62, y + 0.03)], closed=False).points, 0.5,
                          (0.3, 0.6))
        )  # fmt: skip
    scene.add(part)
