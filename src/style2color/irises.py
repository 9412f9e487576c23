"""The colour of a reference's eyes, looked up where they are.

An iris is a few hundred pixels of a portrait and a few of a figure: too few for the palette, which
counts areas, and for the network, which sees a reference at 256 pixels. But the part reader finds
eyes in lines, and lines can be taken from any picture.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from style2color.color import rgb_to_lab
from style2color.lines import dilate_divide
from style2color.model import Model
from style2color.palette import Palette, cover_of, with_color
from style2color.parts import IRIS, read_parts

__all__ = ["with_iris"]

U8 = NDArray[np.uint8]

_SIDE = 768  # longest side, in pixels, at which eyes are sought
_LEAST_SIDE = 32  # a picture smaller than this shows no eye
_FEW = 4  # pixels that make no colour
_DARK, _WHITE = 45, 215  # luma of the darkest iris, and the least channel of catchlights
_BITS = 4  # per channel of the colours that are counted as one
_CHROMA = 40.0  # this much of it doubles the weight of a colour


def with_iris(model: Model, rgb: U8, palette: Palette) -> tuple[Palette, int | None]:
    """The palette of a reference, uint8 (H, W, 3), with its irises' colour, and which entry that
    is; None where no iris is found."""
    if not model.reads_parts or min(rgb.shape[:2]) < _LEAST_SIDE:
        return palette, None
    small = _small(rgb)
    reading = read_parts(model, dilate_divide(small))
    iris = np.zeros(small.shape[:2], np.bool_) if reading is None else reading.eyes == IRIS
    color = _main_color(small[iris])
    if color is None:
        return palette, None
    return with_color(palette, color, cover_of(iris))


def _small(rgb: U8) -> U8:
    height, width = rgb.shape[:2]
    scale = _SIDE / max(height, width)
    if scale >= 1:
        return rgb
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.BOX))


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
