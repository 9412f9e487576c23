"""Clothes: twenty-six outfits put together from tops, collars, sleeves, skirts and trousers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .body import Build, Pose, draw_arm, draw_foot, draw_hand, draw_leg, grown_edges, limb_band, shoulder_ball
from .curves import Curve, Dice, Knot, curve, ellipse, line, ribbon
from .scene import Part, Scene, Shade


@dataclass(frozen=True, slots=True)
class Outfit:
    """What is worn: the shapes and tints of each piece."""

    name: str
    top: str
    collar: str
    sleeve: str
    bottom: str
    legs: str
    shoes: str
    extra: tuple[str, ...] = ()


# name: (weights for others, for masculine figures, top, collar, sleeve, bottom, extras)
_OUTFITS: dict[str, tuple[float, float, str, str, str, str, tuple[str, ...]]] = {
    "sailor uniform": (12, 0, "blouse", "sailor", "cuffed", "pleated", ("bow",)),
    "summer sailor": (6, 0, "blouse", "sailor", "short", "pleated", ("bow",)),
    "blazer uniform": (8, 9, "jacket open", "lapel", "long", "auto", ("tie",)),
    "gakuran": (0, 6, "jacket", "stand", "long", "trousers", ("buttons",)),
    "shirt and tie": (4, 6, "shirt", "shirt", "rolled", "auto", ("tie",)),
    "cardigan": (6, 4, "cardigan", "shirt", "long", "auto", ("bow",)),
    "hoodie": (7, 9, "loose", "hood", "loose", "auto", ("strings",)),
    "t-shirt": (6, 9, "shirt plain", "round", "short", "auto", ("print",)),
    "sweater": (6, 5, "loose", "turtle", "loose", "auto", ("knit",)),
    "tank top": (4, 3, "tank", "straps", "none", "auto", ()),
    "kimono": (6, 4, "kimono", "crossed", "kimono", "robe", ("obi",)),
    "yukata": (4, 3, "kimono", "crossed", "kimono", "robe", ("obi", "flowers")),
    "dress": (8, 0, "bodice", "round", "puff", "flared", ("ribbon belt",)),
    "sundress": (6, 0, "bodice", "straps", "none", "flared", ()),
    "gothic dress": (5, 0, "bodice", "frill", "puff long", "flared", ("bow", "lace")),
    "maid": (6, 0, "bodice", "frill", "puff", "flared", ("apron", "bow")),
    "armour": (3, 4, "plate", "gorget", "plate", "auto", ("pauldrons",)),
    "leather jacket": (4, 5, "jacket open", "lapel", "long", "trousers", ()),
    "cloak": (3, 3, "tunic", "round", "long", "auto", ("cape", "clasp")),
    "witch robe": (3, 2, "tunic", "stand", "wide", "flared", ("cape", "clasp")),
    "military": (3, 4, "jacket", "stand", "long", "auto", ("buttons", "epaulettes", "belt")),
    "overalls": (4, 3, "shirt plain", "round", "short", "overalls", ()),
    "track suit": (3, 5, "jacket", "stand", "long", "trousers", ("zip", "stripes")),
    "shrine maiden": (3, 0, "kimono", "crossed", "kimono", "hakama", ()),
    "idol": (4, 0, "bodice", "frill", "short", "tiered", ("bow", "lace")),
    "swimsuit": (2, 0, "suit", "straps", "none", "none", ()),
    "coat": (4, 5, "coat", "lapel", "long", "coat", ("buttons", "belt")),
    "vest": (3, 4, "vest", "shirt", "long shirt", "auto", ("tie",)),
    "suit": (2, 6, "jacket open", "lapel", "long", "trousers", ("tie",)),
    "cheongsam": (4, 0, "bodice", "stand", "short", "narrow", ("frog",)),
    "scarf coat": (3, 3, "coat", "scarf", "long", "coat", ()),
    "martial arts": (2, 4, "kimono", "crossed", "rolled", "trousers", ("sash",)),
}


def sample_outfit(dice: Dice, masculine: bool) -> Outfit:
    """An outfit that suits the figure."""
    name = dice.pick({k: v[1] if masculine else v[0] for k, v in _OUTFITS.items()})
    _, _, top, collar, sleeve, bottom, extra = _OUTFITS[name]
    if bottom == "auto":
        bottom = (
            dice.pick({"trousers": 8, "shorts": 3})
            if masculine
            else dice.pick({"pleated": 6, "flared": 3, "trousers": 3, "shorts": 3, "narrow": 2})
        )
    legs = "skin" if bottom in ("trousers", "robe", "hakama", "overalls") else dice.pick(
        {"skin": 3, "tights": 2, "thigh high": 3, "knee socks": 3, "socks": 2}
    )  # fmt: skip
    shoes = dice.pick({"shoe": 5, "strap": 2, "boots": 4, "bare": 0.4})
    return Outfit(name, top, collar, sleeve, bottom, legs, shoes, extra)


class Tailor:
    """Dresses one posed figure; `s` is the x of the body's front middle, moved by its turn."""

    def __init__(self, scene: Scene, b: Build, pose: Pose, outfit: Outfit, dice: Dice) -> None:
        self.scene, self.b, self.pose, self.outfit, self.dice = scene, b, pose, outfit, dice
        self.mid = 0.30 * pose.turn * b.shoulder
        self.unit = b.waist_y - b.shoulder_y
        self.pattern = dice.pick({"none": 62, "stripes": 10, "checks": 8, "dots": 8, "band": 7, "diagonal": 5})

    def x(self, share: float, half: float) -> float:
        """A place across the front, -1 to 1 of a half-width; the far side is foreshortened."""
        turn = abs(self.pose.turn)
        if share >= 0:
            return self.mid * (1 - share) + share * half * (1 - 0.16 * turn)
        return self.mid * (1 + share) + share * half * (1 - 0.02 * turn)

    def torso(self, ease: float, hem: float, flare: float = 0.0, low_neck: float = 0.0) -> Curve:
        """The outline of a top: `ease` loosens it, `hem` is its lower edge (y), `flare` widens it."""
        b, u = self.b, self.unit
        sy = b.shoulder_y
        neck = b.neck * 1.22 + low_neck
        arm = b.shoulder + 0.02 + ease * 0.5
        waist = b.waist * (1 + 0.0) + ease
        hip = b.hip + ease + flare
        bust = b.bust * 0.34
        t_hip = min(max((hem - b.waist_y) / max(b.hip_y - b.waist_y, 0.1), 0.0), 1.6)
        hem_half = waist + (hip - waist) * t_hip if hem >= b.waist_y else waist + 0.06
        right: list[Knot] = [
            (neck, sy - 0.26 * b.grown - 0.08, 1),
            (b.shoulder * 0.66, sy - 0.05),
            (arm, sy + 0.16),
            (arm * 0.98, sy + u * 0.18),
            (b.chest + bust + ease * 0.6, sy + u * 0.47),
            (b.chest * 0.97 + bust * 0.5 + ease * 0.7, sy + u * 0.64),
        ]
        if hem > b.waist_y - 0.2:
            right.append((waist, b.waist_y - 0.05))
        right.append((hem_half, hem, 1))
        far = 1 - 0.16 * abs(self.pose.turn)
        knots: list[Knot] = [(k[0] * far, *k[1:]) for k in right]  # type: ignore[misc]
        left: list[Knot] = [(-k[0], *k[1:]) for k in right[::-1]]  # type: ignore[misc]
        sag = 0.07 + 0.05 * b.grown
        bottom: list[Knot] = [(self.mid * 0.4, hem + sag)]
        dip: list[Knot] = [(self.mid * 0.6, sy + 0.05 + low_neck * 0.8)]
        return curve([*knots, *bottom, *left, *dip])

    def folds(self, part: Part, hem: float, count: int = 5) -> None:
        """Creases from the armpits, under the bust and into the waist."""
        b, u, sy = self.b, self.unit, self.b.shoulder_y
        d = self.dice
        if b.bust > 0.12 and d.chance(0.55):
            for side in (-1, 1):
                x = self.x(side * 0.52, b.chest)
                y = sy + u * 0.62
                w = 0.30 * b.bust + 0.12
                part.stroke(line((x - w, y - 0.06), (x, y + 0.05), (x + w, y - 0.08)), 0.6, 0.4, 0.4)
                shade = curve([(x - w, y - 0.08, 1), (x, y + 0.04), (x + w, y - 0.08, 1), (x, y + 0.17)])
                part.shadows.append(Shade(shade, 0.9))
        for side in (-1, 1):
            ax, ay = self.x(side * 0.97, b.chest), sy + u * 0.33
            part.stroke(line((ax, ay), (ax - side * 0.14, ay + 0.16), (ax - side * 0.34, ay + 0.22)), 0.65, 0.1, 0.7)
            if hem > b.waist_y - 0.3:
                wx, wy = self.x(side * 0.95, b.waist), b.waist_y - 0.05
                for _ in range(max(1, count // 3)):
                    y = wy + d.about(0, 0.22) * u
                    bend = d.between(0.15, 0.45)
                    part.stroke(line((wx, y), (wx - side * bend * 0.5, y + 0.05), (wx - side * bend, y + d.about(0.0, 0.1))), 0.6, 0.1, 0.7)
                    tuck = curve([(wx, y - 0.05, 1), (wx - side * bend * 0.5, y + 0.02), (wx - side * bend, y + 0.02, 1), (wx, y + 0.14, 1)])
                    part.shadows.append(Shade(tuck, 0.9))

    def print_on(self, part: Part, tint: str, kind: str | None = None, size: float = 1.0) -> None:
        """A woven or printed pattern, confined to a piece."""
        kind = kind or self.pattern
        if kind == "none":
            return
        shape = part.shapes[0]
        low, high = shape.points.min(axis=0), shape.points.max(axis=0)
        x0, y0, x1, y1 = float(low[0]), float(low[1]), float(high[0]), float(high[1])
        step = (0.22 + 0.16 * self.b.grown) * size
        shapes: list[Curve] = []
        thick = step * 0.42
        if kind in ("stripes", "checks"):
            for i in range(int((y1 - y0) / step) + 1):
                y = y0 + i * step
                shapes.append(curve([(x0, y, 1), ((x0 + x1) / 2, y + 0.06), (x1, y, 1), (x1, y + thick, 1),
                                     ((x0 + x1) / 2, y + thick + 0.06), (x0, y + thick, 1)], steps=3))  # fmt: skip
        if kind in ("checks", "diagonal"):
            for i in range(int((x1 - x0) / step) + 3):
                x = x0 + (i - 1) * step
                slant = step * 2 if kind == "diagonal" else 0.0
                shapes.append(curve([(x, y0, 1), (x + thick, y0, 1), (x + thick + slant, y1, 1), (x + slant, y1, 1)], steps=2))
        if kind == "dots":
            for i in range(int((y1 - y0) / step) + 1):
                for k in range(int((x1 - x0) / step) + 1):
                    shapes.append(ellipse(x0 + (k + 0.5 * (i % 2)) * step, y0 + i * step, step * 0.2, step * 0.2, n=10))
        if kind == "band":
            y = y0 + (y1 - y0) * 0.55
            shapes.append(curve([(x0, y, 1), ((x0 + x1) / 2, y + 0.08), (x1, y, 1), (x1, y + step * 1.2, 1),
                                 ((x0 + x1) / 2, y + step * 1.2 + 0.08), (x0, y + step * 1.2, 1)]))  # fmt: skip
        if kind == "flowers":
            d = self.dice
            for _ in range(int((x1 - x0) * (y1 - y0) * 1.6) + 3):
                cx, cy, r = d.between(x0, x1), d.between(y0, y1), d.between(0.09, 0.16)
                a = d.between(0, 6.28)
                petals: list[Knot] = []
                for k in range(5):
                    petals += [(cx + r * math.cos(a + k * 1.2566), cy + r * math.sin(a + k * 1.2566)),
                               (cx + 0.45 * r * math.cos(a + (k + 0.5) * 1.2566), cy + 0.45 * r * math.sin(a + (k + 0.5) * 1.2566), 1)]
                shapes.append(curve(petals, steps=4))
        if not shapes:
            return
        weight = 0.45 if self.dice.chance(0.7) or kind == "dots" else 0.0
        self.scene.add(
            Part(part.name.split(" ")[-1] + " pattern", tint, shapes, z=part.z + 0.005, clip=shape,
                 outline=weight, hides=False)
        )  # fmt: skip


def draw_legs(tailor: Tailor) -> None:
    """Bare or stockinged legs, socks and shoes."""
    b, pose, outfit, scene = tailor.b, tailor.pose, tailor.outfit, tailor.scene
    for i, side in ((0, -1), (1, 1)):
        limb = pose.legs[i]
        z = 1.0 + 0.2 * i
        tights = outfit.legs == "tights"
        band = draw_leg(scene, b, limb, z, "legs" if tights else "skin", "tights" if tights else "leg")
        if outfit.legs in ("thigh high", "knee socks", "socks"):
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
        widths = [min(r * 1.32, b.hip * 0.5), min(r * 1.28, b.hip * 0.54), r * 1.08 * loose**0.5, r * 0.92 * loose, r * 0.9 * loose, r * 0.85 * loose, r * 0.78 * loose]
        band = limb_band(limb, widths, 0.38 if short else 0.97)
        edges = [band.left[2:], band.right[2:], np.stack([band.left[-1], band.right[-1]])]
        leg = Part("trousers", tint, [band.outline], z=2.0 + 0.1 * i, form=0.14, lines=edges)
        kx, ky = limb.bend
        if not short:
            for k in range(3):
                y = ky - 0.1 + 0.14 * k
                leg.stroke(line((kx - r * 0.7, y), (kx - r * 0.2, y + 0.07), (kx + r * 0.3, y + 0.02)), 0.55, 0.1, 0.7)
            ex, ey = limb.end
            leg.stroke(line((ex + r * 0.7, ey - 0.25), (ex + r * 0.1, ey - 0.16), (ex - r * 0.3, ey - 0.2)), 0.55, 0.1, 0.7)
        scene.add(leg)
    far = 1 - 0.16 * abs(pose.turn)
    w, h = b.waist, b.hip
    top = b.waist_y + 0.05
    crotch = b.hip_y + b.leg * 0.75
    knots: list[Knot] = [(-w, top, 1), (w * far, top, 1), (h * 1.0 * far, b.hip_y - 0.05), (h * 0.96 * far, crotch - 0.1, 1),
                         (0.0, crotch, 1), (-h * 0.96, crotch - 0.1, 1), (-h, b.hip_y - 0.05)]  # fmt: skip
    seat = Part("trousers", tint, [curve(knots)], z=2.3, outline=0.0)
    seat.stroke(line((tailor.mid * 0.7, top), (tailor.mid * 0.4, crotch - 0.1)), 0.6, 0.0, 0.5)
    edge = curve(knots).points
    n = len(edge) // 7
    seat.stroke(edge[n : 3 * n + 1], 0.9, 0.1, 0.1)
    seat.stroke(edge[5 * n :], 0.9, 0.1, 0.1)
    scene.add(seat)
    belt = curve([(-w, top - 0.02, 1), (0, top + 0.08), (w * far, top - 0.02, 1), (w * 1.04 * far, top + 0.17, 1), (0, top + 0.28), (-w * 1.04, top + 0.17, 1)])
    scene.add(Part("belt", "shoes", [belt], z=2.4))


def draw_skirt(tailor: Tailor, tint: str, kind: str) -> None:
    """A skirt: pleated, flared, tiered, narrow, or the long falls of robes, hakama and coats."""
    b, scene, d = tailor.b, tailor.scene, tailor.dice
    long = b.foot_y - b.hip_y
    top = b.waist_y - 0.08
    length = {"pleated": 0.30, "flared": 0.42, "tiered": 0.32, "narrow": 0.34, "robe": 0.92, "hakama": 0.86, "coat": 0.55}[kind]
    length *= d.between(0.85, 1.25) if kind not in ("robe", "hakama") else 1.0
    hem = b.hip_y + long * length
    spread = {"pleated": 1.42, "flared": 1.75, "tiered": 1.7, "narrow": 1.02, "robe": 1.12, "hakama": 1.5, "coat": 1.35}[kind]
    half = b.hip * spread * (1 + 0.12 * length)
    far = 1 - 0.16 * abs(tailor.pose.turn)
    w = b.waist * 0.98
    count = {"pleated": 9, "flared": 7, "tiered": 8, "narrow": 1, "robe": 1, "hakama": 7, "coat": 3}[kind]
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
    part = Part("skirt" if kind not in ("robe", "coat") else kind, tint, [curve(knots)], z=6.0, form=0.22)
    if kind in ("pleated", "hakama", "flared", "tiered"):
        for i in range(1, count * 2):
            share = 1 - i / count
            if kind != "pleated" and (i % 2 == 0 or d.chance(0.3)):
                continue
            x1 = bottom[i][0]
            x0 = share * w * 0.95 * (far if share > 0 else 1)
            rise = top + 0.12 if kind in ("pleated", "hakama") else top + (hem - top) * d.between(0.1, 0.5)
            t = (rise - top) / (hem - top)
            xa = x0 + (x1 - x0) * t
            part.stroke(line((x1, bottom[i][1]), (x0 + (x1 - x0) * 0.62 + 0.03 * share, top + (hem - top) * 0.55), (xa, rise)), 0.75, 0.05, 0.5)
            if i % 2:
                x2 = bottom[i + 1][0]
                tri = curve([(xa, rise, 1), (x1, bottom[i][1], 1), (x1 + (x2 - x1) * 0.55, bottom[i][1], 1)])
                part.shadows.append(Shade(tri, 0.95))
    elif kind == "robe":
        x = tailor.mid + 0.1
        part.stroke(line((x, top), (x + 0.16, (top + hem) / 2), (x + 0.05, hem + 0.1)), 0.9, 0, 0.1)
        part.shadows.append(Shade(curve([(x, top, 1), (x + 0.16, (top + hem) / 2), (x + 0.05, hem + 0.3, 1), (x + 0.3, hem + 0.3, 1), (x + 0.3, top + 0.5)]), 0.8))
        for side in (-1, 1):
            part.stroke(line((side * b.hip * 0.6, b.hip_y + long * 0.2), (side * b.hip * 0.7, b.hip_y + long * 0.6)), 0.55, 0.5, 0.5)
    elif kind == "coat":
        x = tailor.mid * 0.6
        part.stroke(line((x, top), (x + 0.04, hem + 0.14)), 0.9, 0, 0)
        for side in (-1, 1):
            part.stroke(line((side * half * 0.55, hem + 0.05), (side * half * 0.45, b.hip_y)), 0.6, 0.05, 0.6)
    scene.add(part)
    if kind not in ("coat",):
        tailor.print_on(part, "trim", "flowers" if "flowers" in tailor.outfit.extra else None)
    if kind == "tiered":
        frill(scene, [(k[0], k[1] - (hem - b.hip_y) * 0.45) for k in bottom], "trim", 6.2, 0.16, "skirt frill")
    if "lace" in tailor.outfit.extra or (kind == "flared" and d.chance(0.25)):
        frill(scene, [(k[0], k[1] - 0.1) for k in bottom], "shirt", 6.1, 0.2, "skirt lace")
    if kind == "pleated" and d.chance(0.4):
        y = 0.16
        band = curve([*[(k[0] * 0.99, k[1] - y) for k in bottom], *[(k[0], k[1] - y - 0.11) for k in bottom[::-1]]])
        scene.add(Part("skirt trim", "trim", [band], z=6.1, clip=part.shapes[0], outline=0.4, hides=False))


def frill(scene: Scene, edge: list[Knot], tint: str, z: float, deep: float, name: str) -> None:
    """A ruffled band along an edge."""
    path = line(*[(k[0], k[1]) for k in edge])
    step = max(len(path) // 16, 2)
    points = [tuple(p) for p in path[::step]]
    low: list[Knot] = []
    for i, (x, y) in enumerate(points):
        low.append((x, y + deep * (1.0 if i % 2 else 0.75), 1 if i % 2 == 0 else 0))
    part = Part(name, tint, [curve([*[(p[0], p[1]) for p in points], *low[::-1]])], z=z, outline=0.75, form=0.05)  # type: ignore[misc]
    for i, (x, y) in enumerate(points):
        if i % 2 == 0 and 0 < i < len(points) - 1:
            part.stroke(line((x, y + deep * 0.75), (x * 0.99, y + 0.02)), 0.5, 0.05, 0.6)
    scene.add(part)


def draw_sleeves(tailor: Tailor, tint: str) -> None:
    """Arms, what covers them, and hands."""
    b, pose, outfit, scene, d = tailor.b, tailor.pose, tailor.outfit, tailor.scene, tailor.dice
    kind = outfit.sleeve
    gloves = outfit.top == "plate" or (outfit.name in ("military", "gothic dress", "idol") and d.chance(0.5))
    for i, side in ((0, -1), (1, 1)):
        limb = pose.arms[i]
        raised = limb.end[1] < b.shoulder_y + 0.3
        z = 20.0 + i if limb.front else -20.0 + i
        if limb.front and raised:
            z = 24.0 + i
        hand_z = z + 0.9 if not raised else 50.0
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
            part = Part("sleeve", tint, [band.outline], z=z + 0.3, form=0.10, lines=grown_edges(band, limb),
                        lit=[shoulder_ball(limb, r * 1.2)])
            _sleeve_folds(part, limb, b, d, length)
            scene.add(part)
            if outfit.top not in ("jacket open", "coat", "plate"):
                tailor.print_on(part, "trim")
            _cuff(tailor, band, kind, z + 0.5)
        draw_hand(scene, b, limb, side, pose.hands[i], hand_z, "shirt" if gloves else "skin")


def _sleeve_folds(part: Part, limb, b: Build, d: Dice, length: float) -> None:  # type: ignore[no-untyped-def]
    r = b.arm
    if length > 0.5:
        ex, ey = limb.bend
        ux, uy = limb.root[0] - ex, limb.root[1] - ey
        size = math.hypot(ux, uy) + 1e-6
        ux, uy = ux / size, uy / size
        for k in range(3):
            o = (k - 1) * 0.16
            sx, sy = ex + ux * o, ey + uy * o
            s = 1 if k % 2 else -1
            part.stroke(line((sx - uy * r * s, sy + ux * r * s), (sx - uy * r * 0.3 * s + ux * 0.06, sy + ux * r * 0.3 * s + uy * 0.06),
                             (sx + uy * r * 0.35 * s + ux * 0.12, sy - ux * r * 0.35 * s + uy * 0.12)), 0.6, 0.1, 0.7)  # fmt: skip
            shade = ellipse(sx - uy * r * 0.7 * s, sy + ux * r * 0.7 * s, r * 0.55, r * 0.16, math.atan2(ux, -uy) + 0.3, 12)
            part.shadows.append(Shade(shade, 0.8))


def _cuff(tailor: Tailor, band, kind: str, z: float) -> None:  # type: ignore[no-untyped-def]
    n = len(band.left)
    share = {"cuffed": 0.12, "long shirt": 0.08, "loose": 0.09, "puff": 0.2, "puff long": 0.1, "short": 0.14, "rolled": 0.16,
             "kimono": 0.07, "wide": 0.08, "plate": 0.3}.get(kind, 0.0)  # fmt: skip
    if share == 0.0 or (kind in ("short", "loose") and tailor.dice.chance(0.5)):
        return
    a = min(int(n * (1 - share)), n - 3)
    left, right = band.left[a:], band.right[a:]
    spine = band.spine[a:]
    grow = 1.07
    left, right = spine + (left - spine) * grow, spine + (right - spine) * grow
    shape = Curve(np.concatenate([left, right[::-1]]), (0, len(left) - 1, len(left), 2 * len(left) - 1), True)
    tint = "trim" if kind in ("cuffed", "kimono", "wide", "short", "loose") else "shirt"
    if kind == "rolled":
        tint = "shirt" if tailor.outfit.name != "martial arts" else "cloth1"
    part = Part("cuff", tint if kind != "plate" else "metal", [shape], z=z, form=0.05)
    if kind == "cuffed":
        m = len(left) // 2
        part.stroke(np.stack([left[m], right[m]]), 0.6, 0, 0)
    tailor.scene.add(part)


__all__ = ["Outfit", "Tailor", "draw_legs", "draw_skirt", "draw_sleeves", "draw_trousers", "ribbon", "sample_outfit"]
