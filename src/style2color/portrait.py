"""What a reference shows where: the colour of its eyes, and which entries are its skin and hair.

An iris is a few hundred pixels of a portrait and a few of a figure: too few for the palette, which
counts areas, and for the network, which sees a reference at 256 pixels. But the part reader finds
eyes, skin and hair in lines, and lines can be taken from any picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from style2color.color import rgb_to_lab
from style2color.lines import dilate_divide
from style2color.model import Model
from style2color.palette import (
    REFERENCE_SIZE,
    Palette,
    cover_of,
    fitted,
    is_ink,
    letterbox,
    with_color,
)
from style2color.parts import HAIR, IRIS, SKIN, read_parts

__all__ = ["Shown", "read_reference"]

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
_CHROMA = 40.0  # this much of it doubles the weight of a colour


def read_reference(model: Model, rgb: U8, palette: Palette) -> tuple[Palette, Shown]:
    """The palette of a reference, uint8 (H, W, 3), with the colour of its irises, and what of it
    is seen on which part. Models that read no parts see none."""
    if not model.reads_parts or min(rgb.shape[:2]) < _LEAST_SIDE:
        return palette, {}
    small = _small(rgb)
    reading = read_parts(model, dilate_divide(small))
    assert reading is not None
    iris = reading.eyes == IRIS
    color = _main_color(small[iris])
    if color is None:
        return palette, {}
    areas = _areas(reading.shares, rgb, palette)
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


def _areas(shares_Phw: F32, rgb: U8, palette: Palette) -> dict[int, NDArray[np.float64]]:
    """What every entry covers of skin and of hair, (K,), in pixels of the square on which
    references are seen: where they are clear, without the ink."""
    width, height = size = fitted(rgb.shape[0], rgb.shape[1], REFERENCE_SIZE)
    top, left = (REFERENCE_SIZE - height) // 2, (REFERENCE_SIZE - width) // 2
    there = np.s_[top : top + height, left : left + width]
    paint = ~is_ink(np.ascontiguousarray(letterbox(rgb).transpose(2, 0, 1)))[there]
    areas = {}
    for part in (SKIN, HAIR):
        plane = Image.fromarray(shares_Phw[part])
        share = np.asarray(plane.resize(size, Image.Resampling.BILINEAR))
        clear = paint & (share > _CLEAR)
        counts = np.bincount(palette.entry[there][clear], share[clear], len(palette))
        areas[part] = counts.astype(np.float64)
    return areas


def _main_color(pixels_N3: U8) -> U8 | None:
    """The commonest colour of irises, without pupils, lashes and catchlights, uint8 (3,)."""
    paint = pixels_N3[pixels_N3.min(axis=1, initial=255) < _WHITE]
    luma = paint @ np.array([0.299, 0.587, 0.114], np.float32)
    if (luma > _DARK).sum() >= _FEW:
        paint = paint[luma > _DARK]
    if len(paint) < _FEW:
        return None
    red, green, blue = (paint >> (8 - _BITS)).astype(np.intp).T
    code = (red << 2 * _BITS) | (green << _BITS) | blue
    lab = rgb_to_lab(paint)
    weight = np.bincount(code, 1 + np.hypot(lab[:, 1], lab[:, 2]) / _CHROMA)
    out: U8 = np.rint(paint[code == weight.argmax()].mean(axis=0)).astype(np.uint8)
    return out
