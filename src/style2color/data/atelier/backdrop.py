"""What is behind a figure: plain colour, sky, room, street, pattern, shapes."""

from __future__ import annotations

import math

from .curves import Curve, Dice, Knot, curve, ellipse, line, polygon
from .scene import Gradient, Part, Scene

KINDS = {"colour": 22, "sky": 18, "room": 16, "street": 10, "pattern": 16, "disc": 10, "hills": 8}


def draw_backdrop(
    scene: Scene, kind: str, box: tuple[float, float, float, float], dice: Dice
) -> None:
    """Fills the view `box` (left, top, right, bottom in drawing units) behind everything."""
    x0, y0, x1, y1 = box
    w, h = x1 - x0, y1 - y0
    scene.figure("", 0.0)
    z = -1000.0

    def put(name: str, tint: str, shapes: list[Curve], dz: float, outline: float = 0.8) -> Part:
        return scene.add(Part(name, tint, shapes, z=z + dz, outline=outline))

    if kind == "colour":
        return
    if kind in ("sky", "hills"):
        sky = put("sky", "sky", [polygon((x0, y0), (x1, y0), (x1, y1), (x0, y1))], 0, 0)
        sky.gradients.append(Gradient((0, y1), (0, y0), 0.5))
        for i in range(dice.randrange(1, 5)):
            cx, cy, r = (
                dice.between(x0, x1),
                dice.between(y0, y0 + 0.6 * h),
                dice.between(0.08, 0.16) * w,
            )
            knots: list[Knot] = [(cx - 1.6 * r, cy, 1)]
            for k in range(5):
                a = math.pi * (1 + (k + 0.5) / 5)
                knots.append(
                    (
                        cx + 1.5 * r * math.cos(a),
                        cy + 0.75 * r * math.sin(a) * dice.between(0.8, 1.2),
                    )
                )
                b = math.pi * (1 + (k + 1) / 5)
                if k < 4:
                    knots.append((cx + 1.2 * r * math.cos(b), cy + 0.5 * r * math.sin(b), 1))
            knots.append((cx + 1.6 * r, cy, 1))
            put("cloud", "cloud", [curve(knots)], 1 + i * 0.01)
        if kind == "hills":
            for k in range(2):
                y = y0 + h * (0.55 + 0.17 * k)
                hill: list[Knot] = [
                    (x0, y + dice.about(0, 0.05) * h),
                    (x0 + 0.3 * w, y - 0.08 * h),
                    (x0 + 0.65 * w, y + 0.03 * h),
                    (x1, y - 0.04 * h),
                    (x1, y1, 1),
                    (x0, y1, 1),
                ]
                put(
                    "hill",
                    "leaf" if k else "scene3",
                    [curve([(*hill[0], 1), *hill[1:3], (*hill[3], 1), *hill[4:]])],
                    2 + k,
                )
    elif kind == "room":
        floor = y0 + h * dice.between(0.7, 0.85)
        put("wall", "scene1", [polygon((x0, y0), (x1, y0), (x1, floor), (x0, floor))], 0, 0.6)
        put("floor", "wood", [polygon((x0, floor), (x1, floor), (x1, y1), (x0, y1))], 0.1)
        wx, wy, s = dice.between(x0, x0 + 0.55 * w), y0 + 0.12 * h, dice.between(0.3, 0.42) * w
        put(
            "window frame",
            "scene2",
            [polygon((wx, wy), (wx + s, wy), (wx + s, wy + s), (wx, wy + s))],
            1,
        )
        t = s * 0.06
        for i in range(2):
            for k in range(2):
                px, py = wx + t + i * (s - t) / 2, wy + t + k * (s - t) / 2
                e = (s - 3 * t) / 2
                put(
                    "window",
                    "sky",
                    [polygon((px, py), (px + e, py), (px + e, py + e), (px, py + e))],
                    1.1,
                )
        if dice.chance(0.6):
            for side in (-1, 1):
                cx = wx + s * 0.5 + side * s * 0.62
                fall = curve(
                    [
                        (cx - 0.16 * s, wy - 0.1 * s, 1),
                        (cx + 0.16 * s, wy - 0.1 * s, 1),
                        (cx + 0.12 * s, wy + 0.5 * s),
                        (cx + 0.2 * s, wy + 1.15 * s, 1),
                        (cx - 0.2 * s, wy + 1.15 * s, 1),
                        (cx - 0.12 * s, wy + 0.5 * s),
                    ]
                )
                part = put("curtain", "scene4", [fall], 1.3)
                part.stroke(line((cx, wy), (cx + 0.02 * s, wy + s)), 0.6, 0.1, 0.3)
        if dice.chance(0.6):
            sx, sy = x0 + dice.between(0.55, 0.75) * w, y0 + dice.between(0.3, 0.5) * h
            put(
                "shelf",
                "wood",
                [
                    polygon(
                        (sx, sy),
                        (sx + 0.4 * w, sy),
                        (sx + 0.4 * w, sy + 0.03 * h),
                        (sx, sy + 0.03 * h),
                    )
                ],
                2,
            )
            bx = sx + 0.02 * w
            for k in range(6):
                bw, bh = dice.between(0.025, 0.05) * w, dice.between(0.08, 0.13) * h
                put(
                    "books",
                    f"scene{1 + k % 6}",
                    [polygon((bx, sy - bh), (bx + bw, sy - bh), (bx + bw, sy), (bx, sy))],
                    2.1,
                )
                bx += bw
    elif kind == "street":
        put("sky", "sky", [polygon((x0, y0), (x1, y0), (x1, y1), (x0, y1))], 0, 0)
        ground = y0 + h * 0.82
        bx = x0 - 0.05 * w
        i = 0
        while bx < x1:
            bw, top = dice.between(0.18, 0.34) * w, y0 + dice.between(0.05, 0.45) * h
            put(
                "building",
                f"scene{1 + i % 6}",
                [polygon((bx, top), (bx + bw, top), (bx + bw, ground), (bx, ground))],
                1 + 0.01 * i,
            )
            panes: list[Curve] = []
            step = bw / 3.5
            for r in range(int((ground - top) / step) - 1):
                for c in range(2):
                    px, py = bx + step * (0.5 + c * 1.4), top + step * (0.5 + r)
                    panes.append(
                        polygon(
                            (px, py),
                            (px + step * 0.7, py),
                            (px + step * 0.7, py + step * 0.6),
                            (px, py + step * 0.6),
                        )
                    )
            if panes:
                put("pane", f"scene{1 + (i + 3) % 6}", panes, 1.005 + 0.01 * i, 0.6)
            bx += bw
            i += 1
        put("road", "scene5", [polygon((x0, ground), (x1, ground), (x1, y1), (x0, y1))], 2)
    elif kind == "pattern":
        put("backdrop", "scene1", [polygon((x0, y0), (x1, y0), (x1, y1), (x0, y1))], 0, 0)
        style = dice.pick({"dots": 3, "stripes": 3, "rays": 3, "stars": 2, "checks": 2})
        step = w / dice.randrange(5, 11)
        shapes: list[Curve] = []
        if style == "dots":
            shapes = [
                ellipse(
                    x0 + (i + 0.5 * (k % 2)) * step, y0 + k * step, step * 0.22, step * 0.22, n=14
                )
                for k in range(int(h / step) + 2)
                for i in range(int(w / step) + 2)
            ]
        elif style in ("stripes", "checks"):
            shapes = [
                polygon(
                    (x0 + i * step, y0),
                    (x0 + (i + 0.5) * step, y0),
                    (x0 + (i + 0.5) * step - 0.2 * w, y1),
                    (x0 + i * step - 0.2 * w, y1),
                )
                for i in range(int(w * 1.3 / step) + 1)
            ]
            if style == "checks":
                shapes += [
                    polygon(
                        (x0, y0 + i * step),
                        (x1, y0 + i * step),
                        (x1, y0 + (i + 0.5) * step),
                        (x0, y0 + (i + 0.5) * step),
                    )
                    for i in range(int(h / step) + 1)
                ]
        elif style == "rays":
            cx, cy = (x0 + x1) / 2, y0 + 0.45 * h
            count = dice.randrange(8, 16)
            for i in range(count):
                a, b = i * 6.2832 / count, (i + 0.5) * 6.2832 / count
                shapes.append(
                    polygon(
                        (cx, cy),
                        (cx + 2 * w * math.cos(a), cy + 2 * w * math.sin(a)),
                        (cx + 2 * w * math.cos(b), cy + 2 * w * math.sin(b)),
                    )
                )
        else:
            for _ in range(14):
                cx, cy, r = dice.between(x0, x1), dice.between(y0, y1), dice.between(0.02, 0.05) * w
                shapes.append(
                    polygon(
                        *[
                            (
                                cx + (r if i % 2 == 0 else 0.45 * r) * math.sin(i * math.pi / 5),
                                cy - (r if i % 2 == 0 else 0.45 * r) * math.cos(i * math.pi / 5),
                            )
                            for i in range(10)
                        ]
                    )
                )
        put("backdrop pattern", "scene2", shapes, 1, 0.5 if dice.chance(0.6) else 0.0)
    else:
        r = dice.between(0.36, 0.5) * w
        put("disc", "scene1", [ellipse((x0 + x1) / 2, y0 + 0.48 * h, r, r, n=48)], 0, 0.9)
        if dice.chance(0.5):
            put(
                "disc heart",
                "scene2",
                [ellipse((x0 + x1) / 2, y0 + 0.48 * h, r * 0.85, r * 0.85, n=48)],
                0.1,
                0.7,
            )
