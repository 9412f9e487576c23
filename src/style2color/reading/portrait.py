"""What a reference shows where: the colour of its eyes, and which entries are its skin and hair.

An iris is a few hundred pixels of a portrait and a few of a figure: too few for the palette, which
counts areas, and for the network, which sees a reference at 256 pixels. But the part reader finds
eyes, skin and hair in lines, and lines can be taken from any picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from style2color.color import rgb_to_lab
from style2color.lines import dilate_divide
from style2color.palette import (
    REFERENCE_SIZE,
    Palette,
    cover_of,
    fitted,
    is_ink,
    letterbox,
    with_color,
)
from style2color.reading.parts import HAIR, IRIS, SKIN, Reading

__all__ = ["Shown", "Traced", "covered", "read_reference", "traced"]

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]
Shown: TypeAlias = Mapping[int, F32]
"""A part of figures → how much of it every entry of a palette is, (K,), sums to 1. Nothing where no
eye was found, for such a picture may show anything, and else the parts that were."""

_SIDE = 768  # longest side, in pixels, at which a reference is read
_LEAST_SIDE = 32  # a picture smaller than this shows no eye
_CLEAR = 0.6  # share at which a pixel is clearly skin, or hair
_LEAST = 60  # such pixels of the 65,536 on which the network sees a reference
_MAIN = 2  # power of the areas: skin in the light counts, its shadows hardly
_FEW = 4  # pixels that make no colour
_DARK, _WHITE = 45, 215  # luma of the darkest iris, and the least channel of catchlights
_BITS = 4  # per channel of the colours that are counted as one
_CHROMA = 40.0  # this much of it makes a colour count four times
_MIDDLE = 10.0  # of L*: colours that much lighter or darker than an iris's middle count less


@dataclass(frozen=True, eq=False)
class Traced:
    """A reference as it is read. rgb: uint8 (h, w, 3), its longest side at most 768. lines: uint8
    (h, w), taken from that. place: rows and columns of it on the square on which references are
    seen. paint: bool, the pixels there that are no ink."""

    rgb: U8
    lines: U8
    place: tuple[slice, slice]
    paint: NDArray[np.bool_]


def traced(rgb: U8) -> Traced | None:
    """Take lines from a reference; None from one that is too small to show anything."""
    if min(rgb.shape[:2]) < _LEAST_SIDE:
        return None
    width, height = fitted(rgb.shape[0], rgb.shape[1], REFERENCE_SIZE)
    top, left = (REFERENCE_SIZE - height) // 2, (REFERENCE_SIZE - width) // 2
    place = slice(top, top + height), slice(left, left + width)
    ink = is_ink(np.ascontiguousarray(letterbox(rgb).transpose(2, 0, 1)))
    small = _small(rgb)
    return Traced(small, dilate_divide(small), place, ~ink[place])


def read_reference(
    reading: Reading | None, reference: Traced | None, palette: Palette
) -> tuple[Palette, Shown]:
    """The palette of a reference with the colour of its irises, and what of it is seen on which
    part. reading: of its lines; models that read no parts have none."""
    if reading is None or reference is None:
        return palette, {}
    iris = reading.eyes == IRIS
    color = _main_color(reference.rgb[iris])
    if color is None:
        return palette, {}
    areas = {p: covered(reading.shares[p], _CLEAR, reference, palette) for p in (SKIN, HAIR)}
    palette, entry = with_color(palette, color, cover_of(iris))
    shown = {IRIS: np.eye(len(palette), dtype=np.float32)[entry]}
    for part, area in areas.items():
        if area.sum() >= _LEAST:
            weight = np.zeros(len(palette), np.float32)
            weight[: len(area)] = area**_MAIN
            shown[part] = weight / weight.sum()
    return palette, shown


def _small(rgb: U8) -> U8:
    height, width = rgb.shape[:2]
    if max(height, width) <= _SIDE:
        return rgb
    size = fitted(height, width, _SIDE)
    return np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.BOX))


def covered(
    share_hw: F32, clear: float, reference: Traced, palette: Palette
) -> NDArray[np.float64]:
    """What every entry covers of something, (K,), in pixels of the square on which references are
    seen: where its share, a map of any size, is above ``clear``."""
    height, width = reference.paint.shape
    share = np.asarray(Image.fromarray(share_hw).resize((width, height), Image.Resampling.BILINEAR))
    found = reference.paint & (share > clear)
    area = np.bincount(palette.entry[reference.place][found], share[found], len(palette))
    return area.astype(np.float64)


def _main_color(pixels_N3: U8) -> U8 | None:
    """The colour of irises, uint8 (3,), without pupils, lashes and catchlights: of the dark tone
    above, the light one below and the one between, the commonest near the middle."""
    paint = pixels_N3[pixels_N3.min(axis=1, initial=255) < _WHITE]
    luma = paint @ np.array([0.299, 0.587, 0.114], np.float32)
    if (luma > _DARK).sum() >= _FEW:
        paint = paint[luma > _DARK]
    if len(paint) < _FEW:
        return None
    red, green, blue = (paint >> (8 - _BITS)).astype(np.intp).T
    code = (red << 2 * _BITS) | (green << _BITS) | blue
    light, *chroma = rgb_to_lab(paint).T
    weight = np.square(1 + np.hypot(*chroma) / _CHROMA)
    order = np.argsort(light)
    sums = np.cumsum(weight[order])
    middle = light[order[np.searchsorted(sums, sums[-1] / 2)]]
    weight *= np.exp(-np.square((light - middle) / _MIDDLE) / 2)
    best = np.bincount(code, weight).argmax()
    out: U8 = np.rint(paint[code == best].mean(axis=0)).astype(np.uint8)
    return out
