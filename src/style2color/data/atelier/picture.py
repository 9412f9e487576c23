"""Puts one picture together: who, how seen, in what colours, with what pen."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from style2color.errors import UsageError

from .backdrop import KINDS, draw_backdrop
from .curves import Dice
from .figure import Look, Place, Who, draw_figure
from .moving import Move, move_parts
from .pen import sample_ink
from .render import Camera, Painter, recompose
from .scene import Scene
from .tints import sample_palette, sample_style

ATELIER_VERSION = 2
"""Raised whenever the same seed draws another picture."""

SIZES = (32, 4096)
_FULL, _HALF, _BUST, _FACE = "full", "half", "bust", "face"


@dataclass(slots=True)
class Picture:
    """One drawing and its layers, S × S.

    `composite`, `flat`, `shadow` (multiplied), `highlight` (screened): uint8 (S, S, 3).
    `line`: uint8 (S, S), 255 paper, 0 ink. `line_rgba`: uint8 (S, S, 4), the ink with its true
    colour and straight alpha. `regions`: uint8 (S, S), ids into `names`; 0 is the background.
    An id has one flat colour; what has a name in several colours (houses) has several ids.
    `attributes` says who and what is drawn, all strings.
    """

    seed: int
    composite: NDArray[np.uint8]
    line: NDArray[np.uint8]
    line_rgba: NDArray[np.uint8]
    flat: NDArray[np.uint8]
    shadow: NDArray[np.uint8]
    highlight: NDArray[np.uint8]
    regions: NDArray[np.uint8]
    names: dict[int, str]
    attributes: dict[str, str] = field(default_factory=dict)


def draw(
    seed: int,
    size: int = 384,
    *,
    shot: int = 0,
    palette: int = 0,
    ink: int = 0,
    cel: bool = False,
) -> Picture:
    """Draws the picture of a seed, the same on every machine for one `ATELIER_VERSION`.

    The seed decides the character. Another `shot` shows it in another pose, crop, expression and
    proportion; another `palette` paints the same drawing in other colours; another `ink` draws
    the same lines with another pen. `cel` paints every picture in one style: one shadow with hard
    edges, full highlights, no gradients. Raises UsageError for a size outside 32..4096.
    """
    if not SIZES[0] <= size <= SIZES[1]:
        raise UsageError(f"size {size} is outside {SIZES[0]}..{SIZES[1]}: give one within")
    key = (ATELIER_VERSION, seed)
    dice = Dice("shot", *key, shot)
    scene = Scene(_light(dice))
    prefixes = ("", "2 ") if _in_company(dice) else ("",)
    crop = dice.pick({_FULL: 24, _HALF: 30, _BUST: 32, _FACE: 14})
    attributes: dict[str, str] = {}
    places: list[Place] = []
    elders: list[str] = []
    reach = rise = 0.0
    for number, prefix in enumerate(prefixes):
        who = Who.sample(seed, number)
        if who.elder:
            elders.append(prefix)
        look = Look.sample(dice)
        scene.figure(prefix, 200.0 * number)
        first = len(scene.parts)
        chosen = draw_figure(scene, who, look)
        if look.flip:
            move_parts(scene.parts[first:], Move.mirrored())
        if number:
            reach = dice.choice((-1, 1)) * dice.between(1.9, 2.6)
            foot = places[0].foot - chosen.foot
            rise = foot if crop == _FULL else dice.about(0.1, 0.3)
            move_parts(scene.parts[first:], Move(shift=(reach, rise)))
        places.append(chosen)
        attributes |= who.facts(prefix) | {prefix + k: v for k, v in chosen.facts.items()}
    camera, box = _camera(scene, crop, places[0], (reach, rise), size, dice)
    backdrop = dice.pick(KINDS) if dice.chance(0.4) else "paper"
    if backdrop != "paper":
        draw_backdrop(scene, backdrop, box, Dice("backdrop", *key, shot))
    colours = Dice("palette", *key, palette)
    style = sample_style(colours)
    if cel:
        style = replace(
            style, name="cel", shadow=1.0, steps=1, soft=0.0, light=1.0, rim=False, gradients=False
        )
    paints = sample_palette(colours, style, prefixes, backdrop == "colour", elders)
    pen = sample_ink(Dice("ink", *key, ink), seed % (1 << 31) + 7919 * ink)
    layers = Painter(scene, paints, pen, camera).paint()
    composite = recompose(layers.flat, layers.shadow, layers.highlight, layers.line_rgba)
    attributes |= paints.facts | {
        "crop": crop, "background": backdrop, "ink": pen.name, "paint": style.name,
        "figures": str(len(prefixes)),
    }  # fmt: skip
    return Picture(
        seed, composite, 255 - layers.line_rgba[..., 3], layers.line_rgba, layers.flat,
        layers.shadow, layers.highlight, layers.regions, layers.names, attributes,
    )  # fmt: skip


def light_of(seed: int, shot: int = 0) -> tuple[float, float]:
    """Where the light of a picture comes from: a step towards it, x to the right and y down."""
    return _light(Dice("shot", ATELIER_VERSION, seed, shot))


def figures_of(seed: int, shot: int = 0) -> int:
    """How many figures a picture shows, told without drawing it."""
    dice = Dice("shot", ATELIER_VERSION, seed, shot)
    _light(dice)
    return 1 + _in_company(dice)


def _in_company(dice: Dice) -> bool:
    return dice.chance(0.08)


def _light(dice: Dice) -> tuple[float, float]:
    return (-0.55 if dice.chance(0.7) else 0.55, -0.6)


def _camera(
    scene: Scene,
    crop: str,
    place: Place,
    moved: tuple[float, float],
    size: int,
    dice: Dice,
) -> tuple[Camera, tuple[float, float, float, float]]:
    """The view: what is framed, with a margin; the box is what it shows, in drawing units."""
    x0, y0, x1, y1 = scene.bounds()
    low = {_FULL: y1, _HALF: place.hip + 0.3, _BUST: place.chest, _FACE: 1.75}[crop]
    low = min(low, y1)
    reach, rise = moved
    high = max(y0, -3.0 + min(rise, 0.0))
    if crop == _FACE:
        high = max(y0, -1.75)
    centre = reach / 2
    half = {
        _FULL: max(x1 - centre, centre - x0),
        _HALF: place.half * 1.7,
        _BUST: place.half * 1.25,
        _FACE: 1.4,
    }[crop]
    half = max(half, 1.45 if crop != _FULL else 0.5) + abs(reach) / 2
    margin = dice.between(1.04, 1.14)
    tall = max(low - high, 2 * half) * margin
    scale = size / tall
    middle_x = centre + dice.about(0, 0.06) * (tall - 2 * half if tall > 2 * half else 0.2)
    top = (
        (high + low) / 2 - tall / 2 if crop in (_FULL, _FACE) else high - (margin - 1) * tall * 0.6
    )
    left = middle_x - tall / 2
    return Camera(scale, -left * scale, -top * scale, size), (left, top, left + tall, top + tall)
