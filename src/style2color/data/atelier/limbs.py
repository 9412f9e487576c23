"""Arms, legs, feet and the neck, as flesh on a posed skeleton."""

from __future__ import annotations

import math

import numpy as np

from .body import Build
from .curves import Curve, Frame, Knot, Points, Ribbon, curve, ellipse, line, ribbon
from .poses import Limb
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
    # What comes towards the viewer is larger; a folded leg ends in its knee.
    shares = {
        "": (0.98, 0.76, 0.74, 0.78, 0.62, 0.42), "near": (1.22, 1.2, 0.95, 0.84, 0.64, 0.42),
        "folded": (1.25, 1.3, 1.3, 1.25, 0.6),
    }[limb.knee]  # fmt: skip
    widths = [min(r * 1.2, b.hip * 0.5), r * 1.16, *(r * share for share in shares)]
    band = limb_band(limb, widths)
    lines = [band.left[2:], band.right[2:]]
    if limb.knee == "folded":
        lines.append(np.stack([band.left[-1], band.right[-1]]))
        # Sitting on the heels, the calves show at the sides.
        x, y = limb.end
        aside = 1.0 if x > 0 else -1.0
        calf = ellipse(x + aside * r * 1.0, y - r * 0.45, r * 0.75, r * 0.5, n=16)
        scene.add(Part(name, tint, [calf], z=z - 0.5, form=0.08))
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
    """A shoe, boot or bare foot that points where the limb does; none on a folded leg."""
    if limb.knee == "folded":
        return
    s = 0.42 + 0.58 * b.grown
    r = b.leg * 0.5 / s
    turn = min(max(limb.aim - math.pi / 2, -1.3), 1.3)
    aside = abs(math.sin(turn))
    foot = Frame(*limb.end, s, turn)
    # From the side a foot is longer and its sole is flat.
    wide, long = 0.31 * (1 - 0.25 * aside), 0.5 * (1 + 0.45 * aside)
    toes: list[Knot] = [(wide, long * 0.6), (wide * 0.78, long), (-wide * 0.78, long),
                        (-wide, long * 0.6)]  # fmt: skip

    def add(part: Part, *strokes: tuple[list[Knot], float]) -> None:
        for knots, weight in strokes:
            part.stroke(foot.points(line(*knots)), weight, 0, 0)
        scene.add(part)

    if kind == "boots":
        (kx, ky), (x, y) = limb.bend, limb.end
        shaft = ribbon(
            [(x + (kx - x) * share, y + (ky - y) * share) for share in (0.62, 0.3, 0.0)],
            [b.leg * 0.78, b.leg * 0.72, b.leg * 0.52], tip=False,
        )  # fmt: skip
        add(Part("boot", tint, [foot.curve(curve([(r * 0.95, -0.2), *toes, (-r * 0.95, -0.2)]))],
                 z=z, form=0.1))  # fmt: skip
        n = len(shaft.left)
        lines = [shaft.left[: n - 2], shaft.right[: n - 2],
                 np.stack([shaft.left[0], shaft.right[0]])]  # fmt: skip
        boot = Part("boot", tint, [shaft.outline], z=z + 0.01, form=0.1, lines=lines)
        top = (shaft.left[2], shaft.spine[2] * 1.3 - shaft.spine[1] * 0.3, shaft.right[2])
        boot.stroke(line(*[(float(p[0]), float(p[1])) for p in top]), 0.7, 0, 0)
        ankle: list[Knot] = [(-r * 1.0, 0.06), (0.0, 0.14), (r * 1.0, 0.05)]
        add(boot, (ankle, 0.6))
        return
    if kind == "bare":
        shape = curve([(r * 0.9, -0.12), *toes, (-r * 0.9, -0.12)])
        bare = Part("foot", "skin", [foot.curve(shape)], z=z, form=0.08)
        for k in (-0.4, 0.0, 0.4):
            bare.stroke(foot.points(line((wide * k, long * 0.98), (wide * k, long * 0.82))), 0.4)
        scene.add(bare)
        return
    shape = curve([(-r * 1.05, 0.02, 1), (r * 1.05, 0.02, 1), *toes])
    shoe = Part("shoe", tint, [foot.curve(shape)], z=z, form=0.08)
    sole: list[Knot] = [(-wide * 0.9, long * 0.8), (0.0, long * 0.88), (wide * 0.9, long * 0.8)]
    strap: list[Knot] = [(-r * 1.1, 0.1), (0.0, 0.16), (r * 1.1, 0.1)]
    add(shoe, (sole, 0.6), *([(strap, 0.9)] if kind == "strap" else []))


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
