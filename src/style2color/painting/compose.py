"""Choices of the regions and the network → the finished page, at the page's own size.

Works in bands of rows, so that memory is bounded by the page and not by the number of palette
entries times the page.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

__all__ = [
    "Fill",
    "Upsampler",
    "compose",
    "has_light",
    "ink_over",
    "ink_table",
    "light_at",
    "screen",
    "shadow",
    "shadow_tone",
    "softmax",
    "without_ink",
]

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]
_Ends = tuple[NDArray[np.intp], NDArray[np.intp]]

# Where the page is darker than this it counts as line and keeps its luma.
_LINE = 128
_BAND = 64
_WORKERS = min(4, os.cpu_count() or 1)  # bands at a time
_CLEAN = 230  # paper, at the network's size
_SHARP = np.float32(3)
# What a full shadow multiplies grey by and what it does warm colours; how far it leans to the
# colour itself; and how much of the light it takes on the whole.
_COOL, _WARM = np.array([[0.8, 0.77, 0.88], [0.85, 0.75, 0.74]], np.float32)
_OWN, _USUAL = np.float32(0.32), np.float32(0.25)


@dataclass(frozen=True, eq=False)
class Fill:
    """Even paint by region.

    labels: (h, w) int32 of any size, enlarged to the page. colors: uint8 (L + 1, 3), the paint of
    each label. soft: bool (L + 1,), True where the pixels keep the network's colours instead;
    always True for label 0.
    """

    labels: NDArray[np.int32]
    colors: U8
    soft: NDArray[np.bool_]


def compose(
    lines_HW: U8,
    logits_hwK: F32,
    shade_hw: F32,
    light_hw: F32,
    palette_K3: U8,
    fill: Fill | None = None,
    marks: tuple[U8, NDArray[np.bool_]] | None = None,
    *,
    band: int = _BAND,
    hard: bool = False,
) -> tuple[U8, U8]:
    """Paint a page: `shadow` on the flat colour, light laid on it by `screen`, the ink on top.

    lines_HW: uint8, the cleaned page. logits_hwK, shade_hw, light_hw: float32, of sizes of their
    own; the latter two in 0..1. palette_K3: uint8. fill: paint by region; None paints every pixel
    by the network. marks: the hints drawn at the page's size, uint8 (H, W, 3) and bool (H, W); they
    show where the paint is the network's own. band: rows worked on at a time. hard: the network's
    own paint is its first choice and no mixture, so that every flat colour is one of the palette.
    Returns the painted page and its flat colours, uint8 (H, W, 3) both.
    """
    height, width = lines_HW.shape
    painted = np.empty((height, width, 3), np.uint8)
    flat = np.empty((height, width, 3), np.uint8)
    enlarge = Upsampler(logits_hwK.shape[:2], (height, width))
    enlarge_shade = Upsampler(shade_hw.shape, (height, width))
    lit = bool(light_hw.any())
    if lit:
        enlarge_light = Upsampler(light_hw.shape, (height, width))
    colors = palette_K3.astype(np.float32)
    if fill is not None:
        fill_colors = fill.colors.astype(np.float32)
        label_rows = _nearest(fill.labels.shape[0], height)
        label_columns = _nearest(fill.labels.shape[1], width)

    def work(rows: slice) -> None:
        if fill is None:
            paint = _paint(enlarge.band(logits_hwK, rows), colors, hard)
            own = np.ones(paint.shape[:2], np.bool_)
        else:
            labels = fill.labels[label_rows[rows, None], label_columns]
            paint = fill_colors[labels]
            own = fill.soft[labels]
            if own.any():
                paint[own] = _paint(enlarge.pixels(logits_hwK, rows, own), colors, hard)
        if marks is not None:
            shown = own & marks[1][rows]
            paint[shown] = marks[0][rows][shown]
        flat[rows] = paint + 0.5
        paint = flat[rows].astype(np.float32)  # layers have whole colours, so the page has them too
        shadow(paint, enlarge_shade.band(shade_hw[..., None], rows))
        if lit:
            screen(paint, enlarge_light.band(light_hw[..., None], rows))
        painted[rows] = ink_over(paint, lines_HW[rows])

    # NumPy lets go of the interpreter's lock for most of this.
    with ThreadPoolExecutor(_WORKERS) as pool:
        deque(pool.map(work, enlarge.bands(band)), maxlen=0)
    return painted, flat


def _paint(logits: F32, colors_K3: F32, hard: bool) -> F32:
    if hard:
        chosen: F32 = colors_K3[logits.argmax(axis=-1)]
        return chosen
    # Sharpened, or a trace of every colour would tint the paper.
    out: F32 = softmax(_SHARP * logits) @ colors_K3
    return out


def shadow(paint_HW3: F32, shade_HW1: F32) -> None:
    """Lay shade (0..1, 1 = none) on flat paint (0..255) in place: paint times `shadow_tone`."""
    dark = shade_HW1[..., 0] < 1
    flat = paint_HW3[dark]
    paint_HW3[dark] = flat * shadow_tone(flat, shade_HW1[dark])


def shadow_tone(flat_N3: F32, shade_N1: F32) -> F32:
    """What a shadow multiplies flat colours (0..255) by, (N, 3) in 0..1, all 1 where shade is 1.

    Grey shadows look dirty. Painters lean them towards a cool haze, on skin and whatever is warm
    towards red, and towards the colour itself, so that they stay lively.
    """
    pure = flat_N3 / np.maximum(flat_N3.max(axis=-1, keepdims=True), 1)
    warmth = np.clip(6 * (pure[:, :1] - pure[:, 2:]), 0, 1)
    full = (_COOL + (_WARM - _COOL) * warmth) * (1 - _OWN + _OWN * pure)
    tone: F32 = np.maximum(1 - (1 - shade_N1) * ((1 - full) / _USUAL), 0)
    return tone


def screen(paint_HW3: F32, light_HW1: F32) -> None:
    """Lay light (0..1) on paint (0..255) in place: 1 − (1 − paint)(1 − light), in shares of 255."""
    # In this form paint without light keeps its value to the last bit.
    paint_HW3 += (255 - paint_HW3) * light_HW1


def ink_over(paint_HW3: F32, lines_HW: U8) -> U8:
    """Lay the ink on shaded and lit paint, float32 0..255 → uint8 (H, W, 3)."""
    inked = paint_HW3 * ink_table()[lines_HW, luma(paint_HW3)][..., None]
    out: U8 = np.minimum(inked + np.float32(0.5), 255.0).astype(np.uint8)
    return out


def light_at(light_hw: F32, size: tuple[int, ...]) -> U8:
    """The light that `compose` lays on a page of ``size`` (height, width): uint8, 0 = none."""
    if not light_hw.any():
        return np.zeros(size, np.uint8)
    return _at(light_hw, size)


def has_light(light_hw: F32, size: tuple[int, ...]) -> bool:
    """Whether `light_at` is more than 0 anywhere; found without enlarging more than is needed."""
    if not (light_hw * 255 + 0.5 >= 1).any():  # enlarging only mixes neighbours
        return False
    height, width = size
    enlarge = Upsampler(light_hw.shape, (height, width))
    bands = (enlarge.band(light_hw[..., None], rows) for rows in enlarge.bands())
    return any((band * 255 + 0.5 >= 1).any() for band in bands)


def _at(plane_hw: F32, size: tuple[int, ...]) -> U8:
    """A plane of shares 0..1, enlarged: uint8 of ``size`` (height, width)."""
    height, width = size
    enlarge = Upsampler(plane_hw.shape, (height, width))
    out = np.empty((height, width), np.uint8)
    for rows in enlarge.bands():
        out[rows] = np.clip(enlarge.band(plane_hw[..., None], rows)[..., 0] * 255 + 0.5, 0, 255)
    return out


def without_ink(shade_hw: F32, lines_HW: U8) -> F32:
    """Replace the shade beside lines by that of the paint around them, (h, w) float32.

    At the network's size a line is wider than on the page, and what the network darkens there
    would stand beside the line as a dirty edge.
    """
    height, width = shade_hw.shape
    small = Image.fromarray(lines_HW).resize((width, height), Image.Resampling.BOX)
    clean = np.asarray(small.filter(ImageFilter.MinFilter(5))) > _CLEAN
    blur = ImageFilter.BoxBlur(4)
    known = np.asarray(Image.fromarray(clean.astype(np.uint8) * 255).filter(blur), np.float32)
    kept = np.where(clean, shade_hw * 255, 0).clip(0, 255).astype(np.uint8)
    around = np.asarray(Image.fromarray(kept).filter(blur), np.float32)
    # Where lines are so dense that nothing clean is near, no shade is the better guess.
    filled = np.where(known >= 8, around / np.maximum(known, 1), 1)
    out: F32 = np.where(clean, shade_hw, np.minimum(filled, 1)).astype(np.float32)
    return out


def softmax(logits: F32) -> F32:
    """Softmax over the last axis, float32."""
    out: F32 = np.exp(logits - logits.max(axis=-1, keepdims=True))
    out /= out.sum(axis=-1, keepdims=True)
    return out


class Upsampler:
    """Bilinear enlargement of planes (h, w, C) float32 to (H, W), any rows or pixels at a time."""

    def __init__(self, small: tuple[int, ...], full: tuple[int, int]) -> None:
        self.full = full
        self._rows = _taps(small[0], full[0])
        self._columns = _taps(small[1], full[1])

    def taps(self) -> tuple[_Ends, _Ends, tuple[F32, F32]]:
        """The two rows and the two columns that every row and column of the page lies between, and
        the second one's share of each."""
        above, below, down = self._rows
        left, right, across = self._columns
        return (above, below), (left, right), (down, across)

    def bands(self, rows: int = 64) -> Iterator[slice]:
        """The page as slices of up to ``rows`` rows."""
        for top in range(0, self.full[0], rows):
            yield slice(top, min(top + rows, self.full[0]))

    def band(self, planes_hwC: F32, rows: slice) -> F32:
        """All pixels of some rows: (n, W, C)."""
        left, right, weight = self._columns
        lines = self._lines(planes_hwC, rows)
        start = lines[:, left]
        out: F32 = start + (lines[:, right] - start) * weight[:, None]
        return out

    def pixels(self, planes_hwC: F32, rows: slice, wanted: NDArray[np.bool_]) -> F32:
        """Some pixels of some rows: ``wanted`` (n, W) bool with N True → (N, C)."""
        row, column = np.nonzero(wanted)
        left, right, weight = self._columns
        lines = self._lines(planes_hwC, rows)
        start = lines[row, left[column]]
        out: F32 = start + (lines[row, right[column]] - start) * weight[column, None]
        return out

    def _lines(self, planes_hwC: F32, rows: slice) -> F32:
        above, below, weight = (taps[rows] for taps in self._rows)
        start = planes_hwC[above]
        out: F32 = start + (planes_hwC[below] - start) * weight[:, None, None]
        return out


def _nearest(small: int, full: int) -> NDArray[np.intp]:
    """For each of ``full`` pixels, the one of ``small`` that lies under its centre."""
    return ((np.arange(full) + 0.5) * (small / full)).astype(np.intp)


def _taps(small: int, full: int) -> tuple[NDArray[np.intp], NDArray[np.intp], F32]:
    at = np.clip((np.arange(full) + 0.5) * (small / full) - 0.5, 0, small - 1)
    first = at.astype(np.intp)
    return first, np.minimum(first + 1, small - 1), (at - first).astype(np.float32)


def luma(rgb: F32) -> U8:
    """BT.601 luma of (..., 3) float32 in 0..255, as uint8."""
    weights = np.array([0.299, 0.587, 0.114], np.float32)
    out: U8 = np.minimum(rgb @ weights + np.float32(0.5), 255.0).astype(np.uint8)
    return out


@cache
def ink_table() -> F32:
    """Factors (256, 256) float32 by which ink darkens paint, by luma of the sketch, of the paint.

    Light ink multiplies, as a glaze does. A line must not get darker than it was drawn, or thin
    grey lines turn into black bars on dark paint; so below mid grey the factor is the one that
    gives the paint the luma of the ink, if it is not darker already. Between, the two blend.
    """
    ink = np.arange(256, dtype=np.float32)[:, None]
    paint = np.maximum(np.arange(256, dtype=np.float32)[None, :], 1.0)
    glaze = ink / 255.0
    match = np.minimum(1.0, ink / paint)
    light = np.clip((ink - _LINE) / (255.0 - _LINE), 0.0, 1.0)
    table: F32 = (light * glaze + (1.0 - light) * match).astype(np.float32)
    return table
