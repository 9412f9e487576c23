"""Eyes: lids, iris, pupil, catchlights, lashes and brows, in the shapes anime draws them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .curves import Curve, Dice, Knot, Points, line
from .face import Mood
from .head import Head
from .scene import Part, Scene, Shade, Stroke


@dataclass(frozen=True, slots=True)
class EyeTraits:
    """The shape of a character's eyes; sizes in skull radii."""

    kind: str
    width: float
    height: float
    tilt: float
    flat: float
    lash: float
    wing: float
    flicks: int
    iris: float
    pupil: str
    pattern: str
    crease: bool
    lower: float
    filled: bool
    catch: str
    brow: float

    @classmethod
    def sample(cls, dice: Dice, grown: float, masculine: bool, *, elder: bool) -> EyeTraits:
        """Eyes; children's are rounder and taller, grown faces' narrower, old ones' most so."""
        kind = dice.pick(
            {"almond": 3, "tareme": 3, "jito": 3, "narrow": 5} if elder else
            {"round": 24, "almond": 22, "tsurime": 16, "tareme": 14, "jito": 8, "tall": 12,
             "narrow": 6 + (14 if masculine else 0)}
        )  # fmt: skip
        height = {"round": 0.27, "almond": 0.235, "tsurime": 0.23, "tareme": 0.24, "jito": 0.19,
                  "tall": 0.31, "narrow": 0.15}[kind]  # fmt: skip
        height *= dice.between(0.92, 1.08) * (1.14 - 0.2 * grown) * (0.86 if masculine else 1.0)
        height *= 0.85 if elder else 1.0
        tilt = {"tsurime": 0.07, "tareme": -0.06, "narrow": 0.03}.get(kind, 0.01)
        return cls(
            kind=kind,
            width=dice.between(0.225, 0.26) * (0.94 if kind == "tall" else 1.0),
            height=height,
            tilt=tilt * dice.between(0.6, 1.3),
            flat={"jito": 0.75, "narrow": 0.35}.get(kind, dice.between(0.0, 0.2)),
            lash=dice.between(0.75, 1.6) * (0.6 if masculine else 1.0),
            wing=dice.between(0.02, 0.14) * (0.4 if masculine else 1.0),
            flicks=0 if masculine else dice.choice((0, 0, 1, 2, 2, 3)),
            iris=dice.between(0.56, 0.68) * (0.9 if masculine else 1.0),
            pupil=dice.pick({"oval": 70, "slit": 6, "small": 14, "none": 8, "star": 2}),
            pattern=dice.pick({"plain": 45, "lower glow": 35, "ring": 10, "rays": 10}),
            crease=dice.chance(0.65),
            lower=dice.between(0.3, 1.0),
            filled=dice.chance(0.72),
            catch=dice.pick({"two": 50, "one": 25, "big": 20, "none": 5}),
            brow=dice.between(0.6, 1.5) * (1.4 if masculine else 1.0),
        )


class _Eye:
    """One eye in its own units (u inner -1 to outer 1, v top -1 to bottom 1) on a head."""

    def __init__(self, head: Head, traits: EyeTraits, side: int, mood: Mood, open_: float) -> None:
        self.head, self.t, self.side, self.open = head, traits, side, open_
        self.w, self.h = traits.width, traits.height * (0.6 + 0.4 * open_)
        self.gaze = mood.gaze

    def at(self, u: float, v: float) -> tuple[float, float]:
        face = self.head.face
        x = self.side * (face.eye_x + u * self.w)
        return x, face.eye_y + v * self.h - u * self.t.tilt

    def knots(self, knots: list[Knot]) -> list[Knot]:
        return [(*self.at(k[0], k[1]), *k[2:]) for k in knots]

    def shape(self, knots: list[Knot]) -> Curve:
        return self.head.shape(self.knots(knots))

    def stroke(self, *knots: Knot) -> Points:
        return self.head.stroke(*self.knots(list(knots)))

    def oval(self, u: float, v: float, a: float, b: float, n: int = 10) -> Curve:
        """An oval on the eye: centre and radii in its own units."""
        angles = [k * 2 * math.pi / n for k in range(n)]
        return self.shape([(u + a * math.cos(k), v + b * math.sin(k)) for k in angles])

    def top(self) -> list[Knot]:
        """The upper lid from inner to outer corner."""
        f = max(self.t.flat, 1 - self.open)
        peak = -1.0 + 0.55 * f
        return [
            (-0.98, 0.30 - 0.1 * f, 1),
            (-0.74, -0.42 + 0.30 * f),
            (-0.25, peak + 0.04),
            (0.30, peak + 0.02),
            (0.76, -0.58 + 0.28 * f),
            (1.0, 0.02, 1),
        ]

    def bottom(self) -> list[Knot]:
        return [(0.86, 0.52), (0.45, 0.90), (-0.15, 1.0), (-0.68, 0.80)]


def draw_eyes(
    scene: Scene, head: Head, traits: EyeTraits, mood: Mood, shade: Curve | None, over: bool
) -> None:
    """Both eyes and brows; `over` lets the brows show through the hair, as most artists do."""
    for side in head.sides:
        state = mood.eyes
        if state == "wink":
            state = "happy" if side > 0 else "open"
        openness = {"wide": 1.1, "half": 0.55}.get(state, 1.0)
        eye = _Eye(head, traits, side, mood, openness)
        if state in ("happy", "closed"):
            _shut(scene, eye, state == "happy")
        else:
            _open(scene, eye, shade)
        _brow(scene, eye, mood, over)


def _shut(scene: Scene, eye: _Eye, happy: bool) -> None:
    bend = -0.55 if happy else 0.45
    base = 0.35 if happy else 0.30
    tip = base - (0.05 if happy else 0.1)
    arc: list[Knot] = [
        (-1.0, base), (-0.5, base + bend * 0.8), (0.05, base + bend), (0.6, base + bend * 0.72),
        (1.05, tip),
    ]  # fmt: skip
    thick = 0.34 * eye.t.lash
    back: list[Knot] = [(u * 0.94, v + thick * (1 - 0.55 * abs(u))) for u, v, *_ in arc[::-1]]
    shape = eye.shape([(*arc[0], 1), *arc[1:-1], (*arc[-1], 1), *back[1:-1]])
    scene.add(Part("", "", [shape], z=32, solid=True, paint=False, hides=False, outline=0))
    if not happy:
        flicks = [eye.stroke((0.55, 0.62), (0.7, 0.95)), eye.stroke((0.85, 0.45), (1.1, 0.72))]
        scene.lines(flicks[: max(eye.t.flicks, 0)], z=32, weight=0.9)
    if eye.t.crease:
        lift = 0.45 if happy else 0.3
        crease = eye.stroke((-0.4, base + bend - lift), (0.1, base + bend - lift - 0.05),
                            (0.6, base + bend - lift + 0.1))  # fmt: skip
        scene.lines([crease], z=32, weight=0.5)


def _open(scene: Scene, eye: _Eye, shade: Curve | None) -> None:
    t = eye.t
    top, bottom = eye.top(), eye.bottom()
    lid = eye.shape([*top, *bottom])
    sclera = Part("sclera", "sclera", [lid], z=32, outline=0)
    drop = 0.34
    sclera.shadows.append(Shade(eye.shape([*top, *[(u, v + drop) for u, v, *_ in top[::-1]]]), 1.0))
    scene.add(sclera)
    gu, gv = eye.gaze
    cu, cv = -0.04 + gu * eye.side, 0.0 + gv + (0.1 if eye.open < 0.7 else 0.0)
    ru = t.iris * (0.88 if eye.open > 1.05 else 1.0)
    rv = min(0.98, ru * eye.w / eye.h * 1.42) * (0.88 if eye.open > 1.05 else 1.0)
    rv = max(rv, 0.86 if t.kind not in ("narrow", "jito") else 1.0)

    oval = eye.oval
    disc = oval(cu, cv, ru, rv, 12)
    iris = Part("iris", "iris2" if eye.side > 0 else "iris", [disc], z=32.1, clip=lid,
                outline=0.75, hides=False)  # fmt: skip
    iris.shadows.append(Shade(oval(cu, cv - rv * 0.72, ru * 1.2, rv * 0.8), 1.7))
    if t.pattern == "lower glow":
        iris.lights.append(Shade(oval(cu, cv + rv * 0.58, ru * 0.62, rv * 0.3), 0.8))
    elif t.pattern == "ring":
        iris.shadows.append(Shade(oval(cu, cv, ru * 0.68, rv * 0.68), 0.8))
        iris.strokes.append(Stroke(oval(cu, cv, ru * 0.68, rv * 0.68).points, 0.35, (0, 0)))
    elif t.pattern == "rays":
        for k in range(5):
            u = cu + ru * (-0.5 + 0.25 * k)
            iris.strokes.append(
                Stroke(eye.stroke((u, cv + rv * 0.75), (cu + (u - cu) * 0.6, cv + rv * 0.4)), 0.4)
            )
    scene.add(iris)
    if t.pupil != "none":
        pu, pv = {"slit": (0.16, 0.62), "small": (0.26, 0.28)}.get(t.pupil, (0.42, 0.46))
        scene.add(
            Part("pupil", "pupil", [oval(cu, cv - 0.02, ru * pu, rv * pv)], z=32.2, clip=lid,
                 outline=0.5, hides=False)
        )  # fmt: skip
    _catchlights(scene, eye, lid, (cu, cv, ru, rv))
    _lashes(scene, eye, top)


def _catchlights(
    scene: Scene, eye: _Eye, lid: Curve, disc: tuple[float, float, float, float]
) -> None:
    """White spots on the iris `disc` (centre u, v and radii)."""
    cu, cv, ru, rv = disc
    kind = eye.t.catch
    # The light comes from one side of the picture for both eyes, so u flips with the eye.
    s = -eye.side
    spots = {
        "two": [(0.36, -0.42, 0.28, 0.26), (-0.36, 0.42, 0.15, 0.14)],
        "one": [(0.34, -0.40, 0.27, 0.24)],
        "big": [(0.30, -0.36, 0.38, 0.34), (-0.30, 0.45, 0.2, 0.16), (-0.42, -0.1, 0.1, 0.09)],
        "none": [],
    }[kind]
    for u, v, a, b in spots:
        spot = eye.oval(cu + s * u * ru, cv + v * rv, ru * a, rv * b, 8)
        scene.add(
            Part("catchlight", "catchlight", [spot], z=32.3, clip=lid, outline=0.35, hides=True)
        )


def _lashes(scene: Scene, eye: _Eye, top: list[Knot]) -> None:
    t = eye.t
    thick = 0.30 * t.lash * (0.25 / max(eye.h, 0.12)) ** 0.6
    outer: list[Knot] = [
        (-1.04, 0.34, 1),
        (-0.78, top[1][1] - thick * 0.65),
        (-0.26, top[2][1] - thick * 1.05),
        (0.32, top[3][1] - thick * 1.2),
        (0.84, top[4][1] - thick * 1.35),
        (1.10 + t.wing, -0.02 - 1.6 * t.wing, 1),
    ]
    inner: list[Knot] = [(0.99, 0.12 + 0.15 * t.lash), *[(k[0], k[1]) for k in top[4:0:-1]]]
    shape = eye.shape([*outer, *inner])
    if t.filled:
        scene.add(Part("", "", [shape], z=32.5, solid=True, paint=False, hides=False, outline=0))
    else:
        scene.add(Part("lash", "lash", [shape], z=32.5, outline=0.5))
    marks = []
    for k in range(t.flicks):
        u = 0.97 - 0.2 * k
        v = -0.12 - 0.32 * k
        marks.append(eye.stroke((u, v), (u + 0.16, v - 0.12), (u + 0.26, v - 0.34)))
    scene.lines(marks, z=32.5, weight=1.2)
    if t.crease:
        rise = thick + 0.22
        crease = eye.stroke(
            (-0.62, top[2][1] + 0.12 - rise),
            (-0.1, top[2][1] - rise),
            (0.5, top[3][1] - rise + 0.08),
        )
        scene.lines([crease], z=32.5, weight=0.5)
    reach = -0.2 - 0.6 * t.lower
    low = eye.stroke((0.98, 0.22), (0.86, 0.54), (0.45, 0.92), (reach + 0.3, 1.0), (reach, 0.96))
    scene.lines([low], z=32.5, weight=0.75)


def _brow(scene: Scene, eye: _Eye, mood: Mood, over: bool) -> None:
    t = eye.t
    face = eye.head.face
    y = face.eye_y - 0.27 * 1.05 - 0.17 - mood.brow
    inner_lift = mood.angle * 0.5
    knots: list[Knot] = [
        (eye.side * (face.eye_x - 0.24), y - inner_lift * 0.55 + 0.03),
        (eye.side * (face.eye_x + 0.02), y - 0.05),
        (eye.side * (face.eye_x + 0.26), y + inner_lift * 0.45 + 0.03),
    ]
    z = 44.0 if over else 33.0
    if t.brow > 1.25:
        thick = 0.022 * t.brow
        lower: list[Knot] = [(k[0], k[1] + thick * 2) for k in knots[1::-1]]
        shape = eye.head.shape([(*knots[0][:2], 1), knots[1], (*knots[2][:2], 1), *lower])
        scene.add(Part("brow", "brow", [shape], z=z, outline=0.5))
    else:
        scene.lines([line(*[eye.head.frame.point(*eye.head.on(*k[:2])) for k in knots])], z=z,
                    weight=1.1 * t.brow)  # fmt: skip
