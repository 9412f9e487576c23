"""How lines are inked: width, pressure, taper, wobble, pencil grain, doubled and broken strokes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .curves import Dice
from .scene import Stroke


@dataclass(frozen=True, slots=True)
class Ink:
    """One way of inking. Widths are in pixels at 384; shares and amounts run from 0 to 1."""

    seed: int = 0
    width: float = 1.9
    pressure: float = 0.25
    taper: float = 1.0
    wobble: float = 0.0
    doubled: float = 0.0
    broken: float = 0.0
    pencil: float = 0.0
    coloured: float = 0.0
    hatching: float = 0.0
    tone: float = 0.0
    blacks: float = 0.0
    name: str = "pen"


def sample_ink(dice: Dice, seed: int) -> Ink:
    """An ink of one of the studio's families: pen, fine, brush, marker, pencil, sketch, colour."""
    name = dice.pick(
        {"pen": 30, "fine": 18, "brush": 12, "marker": 8, "pencil": 12, "sketch": 10, "colour": 10}
    )
    width = {"pen": 1.8, "fine": 1.15, "brush": 2.3, "marker": 2.7, "pencil": 1.6, "sketch": 1.2}
    return Ink(
        seed=seed,
        name=name,
        width=width.get(name, 1.7) * dice.between(0.85, 1.2),
        pressure={"brush": 0.55, "marker": 0.05, "fine": 0.15}.get(name, dice.between(0.15, 0.4)),
        taper={"marker": 0.2, "brush": 1.2}.get(name, dice.between(0.6, 1.1)),
        wobble={"sketch": 0.9, "pencil": 0.45}.get(name, dice.between(0.0, 0.15)),
        doubled=dice.between(0.4, 0.9) if name == "sketch" else 0.0,
        broken=dice.between(0.1, 0.5) if dice.chance(0.15) else 0.0,
        pencil=dice.between(0.25, 0.55) if name in ("pencil", "sketch") else 0.0,
        coloured=dice.between(0.55, 1.0) if name == "colour" else 0.0,
        hatching=dice.between(0.5, 1.0)
        if name in ("pen", "fine", "sketch") and dice.chance(0.12)
        else 0.0,
        tone=dice.between(0.4, 1.0)
        if name in ("pen", "fine", "brush") and dice.chance(0.1)
        else 0.0,
        blacks=1.0 if name in ("pen", "brush", "marker") and dice.chance(0.12) else 0.0,
    )


_KEPT: dict[tuple[int, int], NDArray[np.intp]] = {}


def _thin(points: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
    """Fewer points on strokes that are short on the page, so that inking costs what it shows."""
    reach = np.abs(points[1:] - points[:-1]).sum() * scale
    keep = min(max(int(reach / 3.2) + 2, 4), len(points))
    if keep >= len(points):
        return points
    key = (len(points), keep)
    if key not in _KEPT:
        _KEPT[key] = np.linspace(0, len(points) - 1, keep).round().astype(np.intp)
    return points[_KEPT[key]]


def ink_polygons(
    strokes: list[Stroke], scale: float, shift: tuple[float, float], ink: Ink
) -> list[tuple[int, list[list[float]]]]:
    """Every stroke as (index of the stroke, closed outline in pixels), all worked out at once."""
    if not strokes:
        return []
    noise = np.random.Generator(np.random.PCG64(ink.seed))
    kept = [_thin(s.points, scale) for s in strokes]
    order = list(range(len(strokes)))
    if ink.doubled:
        again = np.flatnonzero(noise.random(len(strokes)) < ink.doubled).tolist()
        kept += [kept[i] for i in again]
        order += again
    counts = np.array([len(p) for p in kept])
    ends = np.cumsum(counts)
    starts = ends - counts
    xy = np.concatenate(kept) * scale + shift
    owner = np.repeat(np.arange(len(kept)), counts)
    step = np.hypot(*(xy - np.roll(xy, 1, axis=0)).T)
    step[starts] = 0.0
    along = np.cumsum(step)
    along -= along[starts][owner]
    length = along[ends - 1] + 1e-6
    t = along / length[owner]
    page = scale_of(ink, scale)
    if ink.wobble:
        phase = noise.random((len(kept), 4))[owner] * 6.2832
        waves = along[:, None] / (page * np.array([17.0, 41.0, 19.0, 47.0])) * 6.2832 + phase
        xy = xy + (np.sin(waves[:, :2]) + np.sin(waves[:, 2:])) * ink.wobble * page * 0.45
    tangent = np.roll(xy, -1, axis=0) - np.roll(xy, 1, axis=0)
    tangent[starts] = xy[starts + 1] - xy[starts]
    tangent[ends - 1] = xy[ends - 1] - xy[ends - 2]
    tangent /= np.hypot(tangent[:, 0], tangent[:, 1])[:, None] + 1e-9
    weight = np.array([strokes[i].weight for i in order])[owner]
    tapers = np.array([strokes[i].taper for i in order])[owner] * ink.taper + 1e-6
    fade = np.minimum(np.minimum(t / tapers[:, 0], (1 - t) / tapers[:, 1]), 1.0)
    half = 0.5 * ink.width * page * weight * (0.22 + 0.78 * np.sqrt(np.maximum(fade, 0.0)))
    if ink.pressure:
        swing = noise.random((len(kept), 2))
        wave = np.sin(6.2832 * (t * (0.5 + swing[owner, 0]) + swing[owner, 1]))
        half = half * (1 + ink.pressure * wave)
    if ink.broken:
        gap = noise.random(len(kept))
        width = np.minimum(0.12, 5 * page / length)[owner]
        cut = (noise.random(len(kept)) < ink.broken)[owner] & (np.abs(t - gap[owner]) < width)
        half = np.where(cut, 0.0, half)
    side = np.stack([tangent[:, 1], -tangent[:, 0]], axis=1) * half[:, None]
    left, right = xy + side, xy - side
    left_list, right_list = left.tolist(), right.tolist()
    return [
        (order[i], left_list[a:b] + right_list[a:b][::-1])
        for i, (a, b) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True))
    ]


def scale_of(ink: Ink, scale: float) -> float:
    """Pixels per nominal pixel: lines thicken with a close-up, but slower than the drawing."""
    return float(np.clip((scale / 75.0) ** 0.5, 0.5, 4.0))


def grain(alpha: NDArray[np.uint8], ink: Ink) -> NDArray[np.uint8]:
    """The alpha (S, S) of a pencil line: paper tooth eats into it, lightly."""
    noise = np.random.Generator(np.random.PCG64(ink.seed + 1))
    size = alpha.shape[0]
    tooth = noise.random((size, size), dtype=np.float32)
    tooth = 1.0 - ink.pencil * (0.25 + 0.75 * tooth * tooth)
    return (alpha * tooth).astype(np.uint8)


def shaded_ink(tone: NDArray[np.uint8], ink: Ink) -> NDArray[np.uint8]:
    """Ink (S, S) that fills the shaded areas of `tone` (S, S): hatching, dots or solid black."""
    size = tone.shape[0]
    page = max(size / 384.0, 0.5)
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / page
    out = np.zeros(tone.shape, dtype=np.float32)
    if ink.hatching:
        distance = np.abs((x + y * (0.6 + 0.8 * ink.hatching)) % 5.5 - 2.75)
        out = np.where(tone > 90, np.clip((1.1 - distance) * 1.6, 0, 1) * 230, out)
    if ink.tone:
        u, v = (x + y) / 4.2, (x - y) / 4.2
        dots = np.hypot(u % 1.0 - 0.5, v % 1.0 - 0.5)
        reach = 0.22 + 0.16 * ink.tone
        out = np.where(tone > 90, np.clip((reach - dots) * 5 + 0.5, 0, 1) * 255, out)
    if ink.blacks:
        out = np.where(tone > 200, 255.0, out)
    return out.astype(np.uint8)
