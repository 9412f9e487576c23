"""The face: ears, nose, mouth, cheeks and the mood that moves them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .curves import Curve, Dice, Knot, curve, ellipse, line
from .head import Head
from .scene import Part, Scene, Shade, Stroke
from .years import draw_years


def draw_face(scene: Scene, head: Head, mood: Mood, dice: Dice, cover: Curve | None) -> Part:
    """The skin of the head with ears, nose, mouth and blush; `cover` casts its shadow on it."""
    face = head.face
    part = Part("face", "skin", [head.outline()], z=30, outline=1.0, form=0.10)
    lx = scene.light[0]
    if cover is not None:
        drop = np.array([-lx * 0.10, 0.13]) * head.frame.scale
        part.shadows.append(Shade(Curve(cover.points + drop, (), True), 1.0))
    scene.add(part)
    _ears(scene, head, dice)
    _nose(scene, head, part)
    _mouth(scene, head, mood, dice)
    _cheeks(scene, head, mood, part, dice)
    draw_years(scene, head, part)
    if face.marks == "whisker":
        for side in head.sides:
            for k in range(3):
                y = 0.86 + 0.08 * k
                part.strokes.append(
                    Stroke(head.stroke((side * 0.5, y), (side * 0.74, y + 0.03 * (k - 1))), 0.8)
                )
    if face.marks == "scar":
        part.strokes.append(Stroke(head.stroke((0.3, 0.8), (0.52, 1.0)), 0.7))
        part.strokes.append(Stroke(head.stroke((0.36, 0.92), (0.46, 0.84)), 0.5))
    if face.marks == "paint":
        for side in head.sides:
            knots: list[Knot] = [
                (side * 0.5, 0.80, 1), (side * 0.62, 0.82), (side * 0.54, 1.0, 1)
            ]  # fmt: skip
            shape = head.shape(knots)
            scene.add(Part("face mark", "accent", [shape], z=31, hides=False, outline=0.4))
    return part


@dataclass(frozen=True, slots=True)
class Mood:
    """An expression: what eyes, brows and mouth do, and how much the cheeks glow."""

    name: str
    eyes: str
    brow: float
    angle: float
    mouth: str
    blush: float
    gaze: tuple[float, float]

    @classmethod
    def sample(cls, dice: Dice) -> Mood:
        """One of sixteen moods, with a little of its own."""
        # name: (weight, eyes, brow lift, brow angle, mouths, blush)
        table: dict[str, tuple[float, str, float, float, tuple[str, ...], float]] = {
            "calm": (20, "open", 0.0, 0.0, ("line", "small smile", "tiny"), 0.25),
            "smile": (20, "open", 0.04, 0.05, ("smile", "small smile", "open smile"), 0.5),
            "joy": (9, "happy", 0.1, 0.05, ("open smile", "big smile"), 0.8),
            "cheer": (9, "wide", 0.1, 0.05, ("big smile", "open smile", "cat"), 0.6),
            "shy": (7, "open", 0.02, 0.16, ("wavy", "tiny", "small o"), 1.0),
            "sad": (5, "half", 0.03, 0.24, ("frown", "tiny"), 0.2),
            "angry": (6, "open", -0.06, -0.24, ("frown", "shout", "teeth"), 0.2),
            "smug": (6, "half", 0.0, -0.08, ("smirk", "cat"), 0.3),
            "surprise": (6, "wide", 0.16, 0.05, ("small o", "o"), 0.3),
            "sleepy": (4, "half", 0.05, 0.08, ("tiny", "small o"), 0.2),
            "peace": (4, "closed", 0.0, 0.04, ("small smile", "line"), 0.3),
            "wink": (4, "wink", 0.06, 0.03, ("smile", "open smile", "cat"), 0.6),
            "serious": (6, "open", -0.05, -0.14, ("line", "frown"), 0.0),
            "pout": (3, "half", -0.03, -0.1, ("pout", "frown"), 0.9),
            "worry": (3, "open", 0.06, 0.26, ("wavy", "small o"), 0.3),
            "shout": (3, "wide", -0.04, -0.18, ("shout", "big smile"), 0.3),
        }
        name = dice.pick({k: v[0] for k, v in table.items()})
        _, eyes, lift, angle, mouths, blush = table[name]
        gaze = (0.0, 0.0) if dice.chance(0.6) else (dice.about(0, 0.22), dice.about(0, 0.10))
        return cls(
            name, eyes, lift, angle * dice.between(0.8, 1.2), dice.choice(mouths),
            blush * dice.between(0.3, 1.2), gaze,
        )  # fmt: skip


def _ears(scene: Scene, head: Head, dice: Dice) -> None:
    face, t = head.face, head.turned
    if face.ear == "none":
        return
    for side in head.sides:
        if side > 0 and t > 0.35 and face.ear != "elf":
            continue
        x = side * (0.93 - (0.22 * t if side < 0 else 0.06 * t))
        if head.profile:
            x = -0.10
        z = 29.0 if side > 0 or t < 0.4 else 30.5
        if face.ear == "elf":
            tip = (x + side * 0.66, 0.10)
            knots: list[Knot] = [
                (x - side * 0.05, 0.32), (x + side * 0.25, 0.18), (*tip, 1.0),
                (x + side * 0.34, 0.50), (x + side * 0.06, 0.72), (x - side * 0.08, 0.62),
            ]  # fmt: skip
            inner = [(x + side * 0.06, 0.50), (x + side * 0.22, 0.34), (x + side * 0.46, 0.2)]
        else:
            knots = [
                (x - side * 0.06, 0.30), (x + side * 0.09, 0.22), (x + side * 0.2, 0.34),
                (x + side * 0.14, 0.60), (x + side * 0.02, 0.76), (x - side * 0.08, 0.66),
            ]  # fmt: skip
            inner = [(x + side * 0.02, 0.60), (x + side * 0.12, 0.42), (x + side * 0.06, 0.33)]
        ear = Part("ear", "skin", [head.frame.curve(curve(knots))], z=z, form=0.04)
        ear.strokes.append(Stroke(head.frame.points(line(*inner)), 0.55))
        shade = ellipse(x + side * 0.06, 0.48, 0.07, 0.13)
        ear.shadows.append(Shade(head.local(shade), 0.8))
        scene.add(ear)


def _nose(scene: Scene, head: Head, part: Part) -> None:
    face, t = head.face, head.turned
    y = face.eye_y + (face.chin - face.eye_y) * 0.40
    x = 0.07 * t
    kind = face.nose
    if head.profile:
        tick = line((0.86, y + 0.01), (0.885, y - 0.02), (0.905, y + 0.015))
        part.strokes.append(Stroke(head.frame.points(tick), 0.55))
        return
    if kind == "dot":
        part.strokes.append(Stroke(head.stroke((x - 0.012, y), (x + 0.02, y + 0.012)), 0.9))
    elif kind == "hook" or (t > 0.5 and kind != "none"):
        part.strokes.append(
            Stroke(head.stroke((x - 0.03, y - 0.10), (x + 0.05, y), (x - 0.01, y + 0.03)), 0.65)
        )
    elif kind in ("dash", "shade"):
        part.strokes.append(Stroke(head.stroke((x + 0.02, y - 0.045), (x + 0.03, y + 0.01)), 0.7))
    if kind == "shade":
        shape = head.shape(
            [(x + 0.0, y - 0.06, 1), (x + 0.07, y + 0.02, 1), (x - 0.03, y + 0.03, 1)]
        )
        part.shadows.append(Shade(shape, 0.9))


def _mouth(scene: Scene, head: Head, mood: Mood, dice: Dice) -> None:
    face = head.face
    y = face.eye_y + (face.chin - face.eye_y) * 0.66
    width = dice.between(0.15, 0.21)
    lines: list[tuple[list[Knot], float]] = []
    kind = mood.mouth
    w = width
    if head.profile:
        _side_mouth(scene, head, kind, y)
        return
    if kind == "smile":
        lines.append(([(-w, y - 0.04), (0.0, y + 0.045), (w, y - 0.04)], 0.95))
    elif kind == "small smile":
        lines.append(([(-w * 0.6, y - 0.015), (0.0, y + 0.025), (w * 0.6, y - 0.015)], 0.9))
    elif kind == "line":
        lines.append(([(-w * 0.55, y), (0.0, y + 0.004), (w * 0.55, y)], 0.85))
    elif kind == "tiny":
        lines.append(([(-w * 0.3, y), (w * 0.3, y + 0.005)], 0.9))
    elif kind == "frown":
        lines.append(([(-w * 0.6, y + 0.03), (0.0, y - 0.015), (w * 0.6, y + 0.03)], 0.9))
    elif kind == "smirk":
        lines.append(([(-w * 0.7, y + 0.02), (0.0, y + 0.025), (w * 0.85, y - 0.05)], 0.95))
    elif kind == "wavy":
        lines.append(
            ([(-w * 0.7, y), (-w * 0.3, y - 0.025), (w * 0.1, y + 0.02), (w * 0.6, y - 0.015)], 0.9)
        )
    elif kind == "cat":
        lines.append(
            ([(-w, y - 0.03), (-w * 0.5, y + 0.035), (0.0, y - 0.02, 1), (w * 0.5, y + 0.035),
              (w, y - 0.03)], 0.9)
        )  # fmt: skip
    elif kind == "pout":
        lines.append(([(-w * 0.4, y + 0.02), (0.0, y - 0.02), (w * 0.4, y + 0.02)], 0.95))
        lines.append(([(-w * 0.15, y + 0.075), (w * 0.15, y + 0.075)], 0.6))
    else:
        _open_mouth(scene, head, kind, y, w, dice)
        return
    scene.lines([head.stroke(*knots) for knots, _ in lines], z=31, weight=lines[0][1])
    if not lines:
        return
    shade_y = y + 0.11
    under = head.shape(
        [(-0.06, shade_y), (0.0, shade_y - 0.015), (0.06, shade_y), (0, shade_y + 0.02)]
    )
    scene.add(Part("", "skin", [under], z=31, hides=False, outline=0, shadows=[Shade(under, 0.6)]))


def _side_mouth(scene: Scene, head: Head, kind: str, y: float) -> None:
    """A mouth seen from the side: a line back from the lips, or an open wedge."""
    lift = {"smile": -0.05, "big smile": -0.05, "frown": 0.04, "smirk": -0.04, "cat": -0.03}.get(
        kind, 0
    )
    if kind in ("open smile", "big smile", "shout", "o", "small o", "teeth"):
        deep = 0.05 if kind in ("small o", "teeth") else 0.11
        shape = curve(
            [(0.87, y, 1), (0.72, y + lift - 0.01, 1), (0.76, y + deep), (0.85, y + deep, 1)]
        )
        scene.add(Part("mouth", "mouth", [head.local(shape)], z=31, outline=0.8))
        return
    scene.lines(
        [head.frame.points(line((0.865, y), (0.80, y + 0.012), (0.73, y + lift)))], z=31, weight=0.9
    )


def _open_mouth(scene: Scene, head: Head, kind: str, y: float, w: float, dice: Dice) -> None:
    knots: list[Knot]
    if kind == "open smile":
        knots = [(-w, y - 0.05, 1), (0, y - 0.03), (w, y - 0.05, 1), (w * 0.55, y + 0.10),
            (0, y + 0.14),
                 (-w * 0.55, y + 0.10)]  # fmt: skip
    elif kind == "big smile":
        w *= 1.25
        knots = [(-w, y - 0.07, 1), (0, y - 0.045), (w, y - 0.07, 1), (w * 0.7, y + 0.12),
                 (0, y + 0.20), (-w * 0.7, y + 0.12)]  # fmt: skip
    elif kind in ("shout", "teeth"):
        w *= 1.1
        low = 0.18 if kind == "shout" else 0.08
        knots = [(-w * 0.8, y - 0.02), (0, y - 0.09), (w * 0.8, y - 0.02), (w, y + low * 0.8),
                 (0, y + low), (-w, y + low * 0.8)]  # fmt: skip
    else:
        r = 0.075 if kind == "o" else 0.045
        knots = [(-r, y), (0, y - r * 1.2), (r, y), (0, y + r * 1.3)]
    shape = head.shape(knots)
    scene.add(Part("mouth", "mouth", [shape], z=31, outline=0.85))
    top = min(k[1] for k in knots)
    low = max(k[1] for k in knots)
    if kind in ("open smile", "big smile", "shout"):
        tongue = head.shape(
            [(-w * 0.6, low - 0.02), (0, low - 0.09), (w * 0.6, low - 0.02), (0, low + 0.06)]
        )
        scene.add(Part("tongue", "tongue", [tongue], z=31.1, clip=shape, outline=0.4, hides=False))
        if kind != "shout" and dice.chance(0.4):
            teeth = head.shape(
                [(-w, top - 0.06, 1), (w, top - 0.06, 1), (w * 0.8, top + 0.055), (0, top + 0.075),
                 (-w * 0.8, top + 0.055)]
            )  # fmt: skip
            scene.add(Part("teeth", "teeth", [teeth], z=31.2, clip=shape, outline=0.4, hides=False))
        elif head.face.fang:
            fang = head.shape([(w * 0.35, top, 1), (w * 0.62, top, 1), (w * 0.48, top + 0.10, 1)])
            scene.add(Part("teeth", "teeth", [fang], z=31.2, clip=shape, outline=0.5, hides=False))
    if kind == "teeth":
        band = head.shape([(-w, top, 1), (w, top, 1), (w, low, 1), (-w, low, 1)])
        teeth_part = Part("teeth", "teeth", [band], z=31.1, clip=shape, outline=0.5, hides=False)
        teeth_part.strokes.append(
            Stroke(head.stroke((-w, (top + low) / 2), (w, (top + low) / 2)), 0.6)
        )
        scene.add(teeth_part)


def _cheeks(scene: Scene, head: Head, mood: Mood, part: Part, dice: Dice) -> None:
    face = head.face
    y = face.eye_y + (face.chin - face.eye_y) * 0.34
    if mood.blush > 0.25:
        for side in head.sides:
            x, yy = head.on(side * 0.58, y)
            spot = head.local(
                ellipse(x, yy, 0.19 * (0.75 if side > 0 and head.turned > 0.5 else 1), 0.1)
            )
            scene.add(
                Part("", "blush", [spot], z=30.2, clip=part.shapes[0], hides=False, outline=0,
                     shadows=[Shade(spot, min(mood.blush, 1.0), soft=0.055 * head.frame.scale)])
            )  # fmt: skip
            if mood.blush > 0.7 and dice.chance(0.7):
                marks = [
                    head.stroke((side * 0.58 + k * 0.07 + 0.025, y - 0.04),
                                (side * 0.58 + k * 0.07 - 0.02, y + 0.04))
                    for k in (-1, 0, 1)
                ]  # fmt: skip
                part.strokes += [Stroke(m, 0.45, (0.3, 0.3)) for m in marks]
    if face.mole:
        side = 1 if face.mole > 0 else -1
        x, yy = head.on(side * 0.42, face.eye_y + 0.34)
        scene.add(
            Part("", "", [head.local(ellipse(x, yy, 0.018, 0.018, n=8))], z=31, hides=False,
                 outline=0, solid=True, paint=False)
        )  # fmt: skip
    if face.freckles:
        for k in range(7):
            x, yy = head.on(-0.6 + 0.2 * k, y - 0.02 + 0.035 * (k % 2))
            dot = head.local(ellipse(x, yy, 0.013, 0.013, n=6))
            part.shadows.append(Shade(dot, 1.6))
