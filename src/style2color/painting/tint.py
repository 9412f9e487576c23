"""Coloured lines: ink in a darker tone of the paint beside it, as artists trace lines in colour.

The drawing stays as it is: where its ink lies and how much of the paint it covers. Only what the
ink looks like changes, from black to a share of the colours around it. Those are spread under the
ink from the nearest bare paint by push-pull (Gortler et al., The Lumigraph, 1996, section 3.6.1):
as fine as there is paint, coarser where there is none. What is too wide to be a line, as black
hair, stays black inside.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from style2color.painting.compose import Upsampler, screen, shadow

__all__ = ["TONE", "VIVID", "color_lines", "spread", "tint_at"]

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]

TONE = (0.12, 0.3)
"""Luma of a line, 0..1: the first, plus the second times the paint's, but no more than the paint's.
Fitted on drawings of the packs for training, `benchmarks/tint.py`."""
VIVID = np.float32(1.5)
"""Distance of a line's colour from the grey of its luma, as a multiple of the paint's: ink that is
only darker looks dirty."""

_SIDE = 1024  # pixels of the longest side at which colours are spread
_COARSEST = 64  # likewise, of the coarsest grid: wider ink is no line
_LEVELS = 3  # at least, or thin lines would be too wide on tiny pages
_BARE = 200  # ink lighter than this shows the paint
_PAPER = 250  # flat colour that may be bare paper, which says less of a line's colour
_PAPER_WEIGHT = 100  # of 255
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_LEAST = np.float32(1e-4)
_ENOUGH = np.float32(0.6)  # share of bare paint in a cell from which its colour is sure


def color_lines(
    painted_HW3: U8, flat_HW3: U8, shade_hw: F32, light_hw: F32, lines_HW: U8
) -> tuple[U8, U8]:
    """Colour the lines of a painted page.

    painted_HW3, flat_HW3, lines_HW: uint8, of the page's size: with black lines, without shade,
    the ink alone. shade_hw, light_hw: float32 0..1, of a size of their own. Returns the page, uint8
    (H, W, 3), and what `spread` returns.
    """
    tint = spread(flat_HW3, shade_hw, light_hw, lines_HW)
    size = lines_HW.shape[:2]
    shades, lights, tints = (
        (Upsampler(plane.shape, size), plane)
        for plane in (shade_hw[..., None], light_hw[..., None], tint.astype(np.float32))
    )
    colored = painted_HW3.copy()
    for rows in shades[0].bands():
        inked = lines_HW[rows] < 255
        shade, light, color = (
            enlarge.pixels(plane, rows, inked) for enlarge, plane in (shades, lights, tints)
        )
        paint = flat_HW3[rows][inked].astype(np.float32)
        shadow(paint, shade)
        screen(paint, light)
        paint += (color - paint) * ((255 - lines_HW[rows][inked, None]) / np.float32(255))
        colored[rows][inked] = paint + np.float32(0.5)
    return colored, tint


def spread(flat_HW3: U8, shade_hw: F32, light_hw: F32, lines_HW: U8) -> U8:
    """The colour of lines everywhere, where there are none too: uint8 (h, w, 3), at most 1024.

    flat_HW3, lines_HW: uint8, the flat colours and the ink. shade_hw, light_hw: float32 0..1, of a
    size of their own.
    """
    paper = (flat_HW3[..., 0] >= _PAPER) & (flat_HW3[..., 1] >= _PAPER)
    paper &= flat_HW3[..., 2] >= _PAPER
    weight = np.where(paper, np.uint8(_PAPER_WEIGHT), np.uint8(255))
    weight[lines_HW < _BARE] = 0
    height, width = lines_HW.shape
    scale = min(1.0, _SIDE / max(height, width))
    height, width = max(1, round(height * scale)), max(1, round(width * scale))
    picture = Image.fromarray(flat_HW3)
    picture.putalpha(Image.fromarray(weight))
    # RGBa: colours times their weights, so that means over pixels are weighted means.
    small = picture.convert("RGBa").resize((width, height), Image.Resampling.BOX)
    paint_hw4 = np.asarray(small, np.float32) / np.float32(255)
    shade, light = (
        Upsampler(plane.shape, (height, width)).band(plane[..., None], slice(0, height))
        for plane in (shade_hw, light_hw)
    )
    paint, weights = paint_hw4[..., :3], paint_hw4[..., 3:]
    paint *= shade
    paint += (weights - paint) * light
    filled = _filled(paint_hw4)
    colors, known = filled[..., :3], filled[..., 3:]
    grey = (colors @ _LUMA)[..., None]
    luma = grey / np.maximum(known, _LEAST)
    tone = np.minimum(1, TONE[0] / np.maximum(luma, _LEAST) + TONE[1])
    vivid = grey + (colors - grey) * VIVID
    out: U8 = (vivid * tone * 255 + 0.5).clip(0, 255).astype(np.uint8)
    return out


def _filled(paint_hw4: F32) -> F32:
    """Colours times weights, and the weights, 0..1 → the same with weight 1 wherever paint is
    near, 0 far from any."""
    levels = [paint_hw4]
    while max(levels[-1].shape) > _COARSEST or len(levels) < _LEVELS:
        levels.append(_halved(levels[-1]))
    filled = np.zeros_like(levels[-1])
    for paint in reversed(levels):
        height, width = paint.shape[:2]
        weights = paint[..., 3:]
        sure = np.minimum(weights / _ENOUGH, 1)
        below = Upsampler(filled.shape, (height, width)).band(filled, slice(0, height))
        filled = paint * (sure / np.maximum(weights, _LEAST)) + (1 - sure) * below
    return filled


def _halved(plane_hwC: F32) -> F32:
    height, width, count = plane_hwC.shape
    even = np.pad(plane_hwC, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    out: F32 = even.reshape(even.shape[0] // 2, 2, even.shape[1] // 2, 2, count).mean((1, 3))
    return out


def tint_at(tint_hw3: U8, size: tuple[int, ...]) -> Iterator[tuple[slice, U8]]:
    """The colour of lines at the page's size (height, width), some rows at a time: uint8
    (n, W, 3)."""
    height, width = size
    enlarge = Upsampler(tint_hw3.shape, (height, width))
    plane = tint_hw3.astype(np.float32)
    for rows in enlarge.bands():
        yield rows, (enlarge.band(plane, rows) + np.float32(0.5)).astype(np.uint8)
