"""Colour differences: CIEDE2000 and the chroma ratios. Pictures are sRGB, compared in CIELAB D65.

Source: Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula: implementation notes,
supplementary test data, and mathematical observations" (2005).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from style2color.color import rgb_to_lab
from style2color.errors import UsageError
from style2color.evaluate.metrics.batch import Array8, Values, lines_batch, rgb_batch, rgb_pair
from style2color.evaluate.metrics.palette import INK_LEVEL, paint_pixels

_25_TO_7 = 25.0**7


def delta_e(
    painted: NDArray[Any], target: NDArray[Any], mask: NDArray[np.bool_] | None = None
) -> Values:
    """Mean CIEDE2000 of each picture; 0 = equal, about 1 = just visible, above 20 = another colour.

    mask: bool (B, H, W) or (H, W), the pixels that count; all where None. A picture none of whose
    pixels count gives NaN.

    Raises:
        UsageError: a mask of another size.
    """
    first, second = rgb_pair(painted, target)
    difference = ciede2000(rgb_to_lab(first), rgb_to_lab(second))
    if mask is None:
        return np.asarray(difference.mean((1, 2)))
    chosen = mask[None] if mask.ndim == 2 else mask
    if chosen.shape != first.shape[:3]:
        raise UsageError(f"mask {mask.shape} does not fit pictures {first.shape[:3]}")
    count = chosen.sum((1, 2))
    total = np.where(chosen, difference, 0).sum((1, 2))
    return _ratio(total, count, count > 0)


def chroma_ratio(
    painted: NDArray[Any], target: NDArray[Any], mask: NDArray[np.bool_] | None = None
) -> Values:
    """Mean chroma C*ab of the painted over that of the target; below 1 = duller, above = gaudier.

    mask as in `delta_e`. A target without any colour (mean chroma under 1) gives NaN: a ratio to
    nothing says nothing.
    """
    first, second = rgb_pair(painted, target)
    chosen = np.broadcast_to(True if mask is None else mask, first.shape[:3])
    chroma = [np.hypot(*np.moveaxis(rgb_to_lab(p)[..., 1:], -1, 0)) for p in (first, second)]
    sums = [np.where(chosen, c, 0).sum((1, 2), dtype=np.float64) for c in chroma]
    enough = sums[1] > chosen.sum((1, 2))
    return _ratio(sums[0], sums[1], enough)


def paint_chroma(picture_HW3: Array8, lines_HW: Array8 | None = None) -> float:
    """Mean chroma C*ab of the paint: the pixels that the palette distance counts, neither paper nor
    ink (`palette.paint_pixels`); 0 = grey. NaN where there are none: a blank page, or all ink.

    picture: uint8 (H, W, 3). lines: uint8 (H, W), its ink, or None where no ink is known.

    Raises:
        UsageError: not uint8 RGB, or lines of another size.
    """
    pixels = paint_pixels(rgb_batch(picture_HW3)[0], lines_HW)
    if not len(pixels):
        return math.nan
    return float(np.hypot(*rgb_to_lab(pixels)[:, 1:].T).mean(dtype=np.float64))


def paint_chroma_ratio(painted_HW3: Array8, lines_HW: Array8, wanted: float) -> float:
    """Chroma of a painting's paint over `wanted`, the `paint_chroma` of the picture whose colours
    it should have; below 1 = duller, above = gaudier.

    painted: uint8 (H, W, 3). lines: uint8 (H, W), the sketch; its ink counts on no side, so black
    lines over the paint do not make it duller, as they do in `chroma_ratio`. Who leaves the paper
    bare has 0. NaN where there is nothing to compare: all of the sketch is ink, or the other
    picture has no paint, or none with a colour (chroma under 1).

    Raises:
        UsageError: not uint8 RGB, or lines of another size.
    """
    lines = lines_batch(lines_HW, rgb_batch(painted_HW3, "painted"))[0]
    if not wanted >= 1 or (lines < INK_LEVEL).all():
        return math.nan
    own = paint_chroma(painted_HW3, lines)
    return 0.0 if math.isnan(own) else own / wanted


def _ratio(above: NDArray[Any], below: NDArray[Any], valid: NDArray[np.bool_]) -> Values:
    result = np.full(len(above), np.nan)
    np.divide(above, below, out=result, where=valid)
    return result


def ciede2000(first: NDArray[Any], second: NDArray[Any]) -> Values:
    """CIEDE2000 of CIELAB colours (..., 3), kL = kC = kH = 1 → float64 (...)."""
    lab = np.stack(np.broadcast_arrays(first, second)).astype(np.float64)
    lightness, a, b = lab[..., 0], lab[..., 1], lab[..., 2]
    mean_chroma7 = np.hypot(a, b).mean(0) ** 7
    # Near the neutral axis a is stretched, so that greys differ as the eye sees them.
    a = a * (1.5 - 0.5 * np.sqrt(mean_chroma7 / (mean_chroma7 + _25_TO_7)))
    chroma = np.hypot(a, b)
    hue = np.degrees(np.arctan2(b, a)) % 360
    grey = chroma[0] * chroma[1] == 0

    turn = (hue[1] - hue[0] + 180) % 360 - 180
    # The formula keeps a turn of exactly +180°, where the modulo gives −180°.
    turn = np.where(grey, 0, np.where((turn == -180) & (hue[1] > hue[0]), 180, turn))
    d_light = lightness[1] - lightness[0]
    d_chroma = chroma[1] - chroma[0]
    d_hue = 2 * np.sqrt(chroma[0] * chroma[1]) * np.sin(np.radians(turn) / 2)

    mean_light, mean_chroma, hue_sum = lightness.mean(0), chroma.mean(0), hue.sum(0)
    wrapped = np.where(hue_sum < 360, hue_sum + 360, hue_sum - 360) / 2
    mean_hue = np.where(np.abs(hue[0] - hue[1]) <= 180, hue_sum / 2, wrapped)
    mean_hue = np.where(grey, hue_sum, mean_hue)

    t = (
        1
        - 0.17 * _cos(mean_hue - 30)
        + 0.24 * _cos(2 * mean_hue)
        + 0.32 * _cos(3 * mean_hue + 6)
        - 0.20 * _cos(4 * mean_hue - 63)
    )
    offset = (mean_light - 50) ** 2
    s_light = 1 + 0.015 * offset / np.sqrt(20 + offset)
    s_chroma = 1 + 0.045 * mean_chroma
    s_hue = 1 + 0.015 * mean_chroma * t
    blue = 30 * np.exp(-(((mean_hue - 275) / 25) ** 2))
    mean7 = mean_chroma**7
    rotation = -2 * np.sqrt(mean7 / (mean7 + _25_TO_7)) * np.sin(np.radians(2 * blue))
    light, colour, tint = d_light / s_light, d_chroma / s_chroma, d_hue / s_hue
    square = light**2 + colour**2 + tint**2 + rotation * colour * tint
    return np.asarray(np.sqrt(np.maximum(square, 0)))


def _cos(degrees: Values) -> Values:
    return np.asarray(np.cos(np.radians(degrees)))
