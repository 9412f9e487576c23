"""The tailor: fits a top to a turned body, creases it and prints patterns on it."""

from __future__ import annotations

import math

from .body import Build
from .curves import Curve, Dice, Knot, curve, ellipse, line
from .outfits import Outfit
from .poses import Pose
from .scene import Part, Scene, Shade


class Tailor:
    """Dresses one posed figure; `s` is the x of the body's front middle, moved by its turn."""

    def __init__(self, scene: Scene, b: Build, pose: Pose, outfit: Outfit, dice: Dice) -> None:
        self.scene, self.b, self.pose, self.outfit, self.dice = scene, b, pose, outfit, dice
        self.mid = 0.30 * pose.turn * b.shoulder
        self.unit = b.waist_y - b.shoulder_y
        self.pattern = dice.pick(
            {"none": 62, "stripes": 10, "checks": 8, "dots": 8, "band": 7, "diagonal": 5}
        )

    def x(self, share: float, half: float) -> float:
        """A place across the front, -1 to 1 of a half-width; the far side is foreshortened."""
        turn = abs(self.pose.turn)
        if share >= 0:
            return self.mid * (1 - share) + share * half * (1 - 0.16 * turn)
        return self.mid * (1 + share) + share * half * (1 - 0.02 * turn)

    def torso(self, ease: float, hem: float, flare: float = 0.0, low_neck: float = 0.0) -> Curve:
        """The outline of a top: loosened by `ease`, down to y `hem`, widened there by `flare`."""
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
        knots: list[Knot] = [(k[0] * far, *k[1:]) for k in right]
        left: list[Knot] = [(-k[0], *k[1:]) for k in right[::-1]]
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
                part.stroke(
                    line((x - w, y - 0.06), (x, y + 0.05), (x + w, y - 0.08)), 0.6, 0.4, 0.4
                )
                shade = curve(
                    [(x - w, y - 0.08, 1), (x, y + 0.04), (x + w, y - 0.08, 1), (x, y + 0.17)]
                )
                part.shadows.append(Shade(shade, 0.9))
        for side in (-1, 1):
            ax, ay = self.x(side * 0.97, b.chest), sy + u * 0.33
            part.stroke(
                line((ax, ay), (ax - side * 0.14, ay + 0.16), (ax - side * 0.34, ay + 0.22)),
                0.65,
                0.1,
                0.7,
            )
            if hem > b.waist_y - 0.3:
                wx, wy = self.x(side * 0.95, b.waist), b.waist_y - 0.05
                for _ in range(max(1, count // 3)):
                    y = wy + d.about(0, 0.22) * u
                    bend = d.between(0.15, 0.45)
                    part.stroke(
                        line(
                            (wx, y),
                            (wx - side * bend * 0.5, y + 0.05),
                            (wx - side * bend, y + d.about(0.0, 0.1)),
                        ),
                        0.6,
                        0.1,
                        0.7,
                    )
                    tuck = curve(
                        [
                            (wx, y - 0.05, 1),
                            (wx - side * bend * 0.5, y + 0.02),
                            (wx - side * bend, y + 0.02, 1),
                            (wx, y + 0.14, 1),
                        ]
                    )
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
                shapes.append(curve([(x0, y, 1), ((x0 + x1) / 2, y + 0.06), (x1, y, 1),
                    (x1, y + thick, 1),
                                     ((x0 + x1) / 2, y + thick + 0.06), (x0, y + thick, 1)],
                                     steps=3))  # fmt: skip
        if kind in ("checks", "diagonal"):
            for i in range(int((x1 - x0) / step) + 3):
                x = x0 + (i - 1) * step
                slant = step * 2 if kind == "diagonal" else 0.0
                shapes.append(
                    curve(
                        [
                            (x, y0, 1),
                            (x + thick, y0, 1),
                            (x + thick + slant, y1, 1),
                            (x + slant, y1, 1),
                        ],
                        steps=2,
                    )
                )
        if kind == "dots":
            for i in range(int((y1 - y0) / step) + 1):
                for k in range(int((x1 - x0) / step) + 1):
                    shapes.append(
                        ellipse(
                            x0 + (k + 0.5 * (i % 2)) * step,
                            y0 + i * step,
                            step * 0.2,
                            step * 0.2,
                            n=10,
                        )
                    )
        if kind == "band":
            y = y0 + (y1 - y0) * 0.55
            shapes.append(curve([(x0, y, 1), ((x0 + x1) / 2, y + 0.08), (x1, y, 1),
                (x1, y + step * 1.2, 1),
                                 ((x0 + x1) / 2, y + step * 1.2 + 0.08),
                                 (x0, y + step * 1.2, 1)]))  # fmt: skip
        if kind == "flowers":
            d = self.dice
            for _ in range(int((x1 - x0) * (y1 - y0) * 1.6) + 3):
                cx, cy, r = d.between(x0, x1), d.between(y0, y1), d.between(0.09, 0.16)
                a = d.between(0, 6.28)
                petals: list[Knot] = []
                for k in range(5):
                    petals += [
                        (cx + r * math.cos(a + k * 1.2566), cy + r * math.sin(a + k * 1.2566)),
                        (
                            cx + 0.45 * r * math.cos(a + (k + 0.5) * 1.2566),
                            cy + 0.45 * r * math.sin(a + (k + 0.5) * 1.2566),
                            1,
                        ),
                    ]
                shapes.append(curve(petals, steps=4))
        if not shapes:
            return
        weight = 0.45 if self.dice.chance(0.7) or kind == "dots" else 0.0
        self.scene.add(
            Part(part.name.split(" ")[-1] + " pattern", tint, shapes, z=part.z + 0.005, clip=shape,
                 outline=weight, hides=False)
        )  # fmt: skip


def frill(scene: Scene, edge: list[Knot], tint: str, z: float, deep: float, name: str) -> None:
    """A ruffled band along an edge."""
    path = line(*[(k[0], k[1]) for k in edge])
    step = max(len(path) // 16, 2)
    points = [tuple(p) for p in path[::step]]
    low: list[Knot] = []
    for i, (x, y) in enumerate(points):
        low.append((x, y + deep * (1.0 if i % 2 else 0.75), 1 if i % 2 == 0 else 0))
    part = Part(
        name,
        tint,
        [curve([*[(p[0], p[1]) for p in points], *low[::-1]])],
        z=z,
        outline=0.75,
        form=0.05,
    )
    for i, (x, y) in enumerate(points):
        if i % 2 == 0 and 0 < i < len(points) - 1:
            part.stroke(line((x, y + deep * 0.75), (x * 0.99, y + 0.02)), 0.5, 0.05, 0.6)
    scene.add(part)
