"""What years leave on a face: its lines, and beards."""

from __future__ import annotations

from .curves import Knot, curve
from .head import Head
from .scene import Part, Scene, Stroke


def draw_years(scene: Scene, head: Head, part: Part) -> None:
    """Lines beside nose and mouth, below and beside the eyes, and the beard of a face `part`."""
    if head.face.lines:
        _lines(head, part)
    if head.face.beard != "none":
        _beard(scene, head)


def _lines(head: Head, part: Part) -> None:
    face = head.face
    e, c = face.eye_y, face.chin
    for side in head.sides:
        x = side * face.eye_x
        strokes: list[list[Knot]] = [
            [(side * 0.17, e + 0.36 * (c - e)), (side * 0.29, e + 0.52 * (c - e)),
             (side * 0.29, e + 0.64 * (c - e))],
            [(x - side * 0.16, e + 0.29), (x, e + 0.35), (x + side * 0.17, e + 0.30)],
            [(side * 0.76, e - 0.01), (side * 0.83, e - 0.05)],
            [(side * 0.76, e + 0.06), (side * 0.84, e + 0.09)],
        ]  # fmt: skip
        weights = (0.6, 0.45, 0.4, 0.4)
        for knots, weight in zip(strokes, weights, strict=True):
            if head.profile and knots[0][0] == side * 0.17:
                continue
            part.strokes.append(Stroke(head.stroke(*knots), weight * face.lines, (0.3, 0.5)))


def _beard(scene: Scene, head: Head) -> None:
    face = head.face
    kind, e, c = face.beard, face.eye_y, face.chin
    lip = e + 0.66 * (c - e)
    if head.profile:
        _beard_aside(scene, head, lip)
        return
    j = face.jaw
    if kind in ("full", "long"):
        drop = c + (0.9 if kind == "long" else 0.16)
        knots: list[Knot] = [
            (-0.90, e + 0.1, 1), (-0.74, lip - 0.16), (-0.34, lip - 0.16), (0.0, lip - 0.10),
            (0.34, lip - 0.16), (0.74, lip - 0.16), (0.90, e + 0.1, 1), (0.86, lip - 0.1),
            (j + 0.14, c - 0.16), (0.26, drop - 0.06), (0.03, drop, 1), (-0.24, drop - 0.08),
            (-j - 0.14, c - 0.16), (-0.86, lip - 0.1),
        ]  # fmt: skip
    elif kind == "goatee":
        knots = [(-0.20, lip + 0.10), (0.0, lip + 0.08), (0.20, lip + 0.10), (0.22, c - 0.05),
                 (0.08, c + 0.16), (0.0, c + 0.22, 1), (-0.08, c + 0.16),
                 (-0.22, c - 0.05)]  # fmt: skip
    else:
        knots = []
    if knots:
        beard = Part("beard", "hair", [head.shape(knots)], z=30.6, form=0.08)
        for x in (-0.22, 0.02, 0.24):
            beard.stroke(head.stroke((x, c + 0.02), (x * 0.7, c + 0.14)), 0.5)
        scene.add(beard)
    if kind != "goatee" or face.mole > 0:
        y = lip - 0.075
        moustache: list[Knot] = [(0.0, y - 0.05), (0.16, y - 0.03), (0.36, y + 0.07, 1),
                                 (0.16, y + 0.045), (0.0, y + 0.02, 1), (-0.16, y + 0.045),
                                 (-0.36, y + 0.07, 1), (-0.16, y - 0.03)]  # fmt: skip
        scene.add(Part("beard", "hair", [head.shape(moustache)], z=31.3, outline=0.7))


def _beard_aside(scene: Scene, head: Head, lip: float) -> None:
    """The same beards from the side, on the profile's outline."""
    face = head.face
    kind, c = face.beard, face.chin
    if kind in ("full", "long"):
        drop = c + (0.8 if kind == "long" else 0.14)
        knots: list[Knot] = [(-0.06, 0.55, 1), (0.2, lip - 0.12), (0.62, lip - 0.10),
                             (0.86, lip - 0.06, 1), (0.70, lip + 0.03), (0.86, lip + 0.1),
                             (0.90, c - 0.05), (0.74, drop, 1), (0.4, c + 0.02),
                             (0.0, c - 0.3)]  # fmt: skip
    elif kind == "goatee":
        knots = [(0.66, lip + 0.12), (0.84, lip + 0.10), (0.92, c), (0.82, c + 0.22, 1),
                 (0.62, c + 0.02)]  # fmt: skip
    else:
        knots = [(0.90, lip - 0.12), (0.93, lip - 0.03), (0.70, lip + 0.03, 1),
                 (0.74, lip - 0.07)]  # fmt: skip
    scene.add(Part("beard", "hair", [head.local(curve(knots))], z=30.6, form=0.06))
