"""Ink and paper of a line drawing: how dark the paper is where, and what stands out from it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["clean_paper", "ink_mask", "paper_tone", "shrink_lines"]

_BLOCK = 16  # side of the blocks in which the local paper tone is measured
_INK_SHARE = 0.25  # ink is what has at least this share of the strongest contrast of the page
_MIN_CONTRAST = 16  # grain of the paper below this contrast is never ink
_DIGITAL = 0.5  # of a page that is pure white: no scanner's paper, and its greys are ink
_MAX_SHADOW = 72.0  # how far the local paper may fall below the page's before it counts as ink


def paper_tone(lines_HW: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Measure how bright the paper is.

    lines_HW: (H, W) uint8, 255 = white. Returns float32 of 128..255 that broadcasts against it:
    (1, 1) where nearly the whole page is one tone, else (H, W), smooth.
    Raises ValueError for another shape or dtype.
    """
    _check(lines_HW)
    return _tone(lines_HW)


def _check(lines_HW: NDArray[np.uint8]) -> None:
    if lines_HW.ndim != 2 or lines_HW.dtype != np.uint8 or not lines_HW.size:
        raise ValueError(f"lines must be (H, W) uint8, got {lines_HW.shape} {lines_HW.dtype}")


def _paper_level(lines_HW: NDArray[np.uint8]) -> tuple[int, int]:
    """The commonest bright level, and how many pixels are no darker."""
    white = int(np.count_nonzero(lines_HW == 255))
    if 2 * white > lines_HW.size:
        return 255, white  # the other levels need no counting
    # Pillow counts several times as fast as NumPy.
    histogram = np.array(Image.fromarray(lines_HW).histogram(), np.intp)
    bright = histogram[128:]
    # A page with hardly a bright pixel is solid ink or very dark paper. White is the safe guess:
    # then all of it is ink and no drawing is invented from grain.
    paper = 128 + int(np.argmax(bright)) if bright.sum() * 20 > lines_HW.size else 255
    return paper, int(histogram[paper:].sum())


def _tone(lines_HW: NDArray[np.uint8]) -> NDArray[np.float32]:
    paper, no_darker = _paper_level(lines_HW)
    if no_darker * 10 > lines_HW.size * 9:
        return np.full((1, 1), paper, np.float32)
    height, width = lines_HW.shape
    rows, columns = -(-height // _BLOCK), -(-width // _BLOCK)
    beyond = (0, rows * _BLOCK - height), (0, columns * _BLOCK - width)
    whole = np.pad(lines_HW, beyond, mode="edge") if beyond[0][1] or beyond[1][1] else lines_HW
    # The brightest of sixteen averages: grain is averaged out, yet lines do not darken the paper.
    down = whole.reshape(4 * rows, 4, -1).sum(axis=1, dtype=np.uint16)
    sums = down[:, 0::4] + down[:, 1::4] + down[:, 2::4] + down[:, 3::4]
    brightest = sums.reshape(rows, 4, columns, 4).max(axis=1).max(axis=2)
    tone = np.clip(brightest / np.float32(16), max(paper - _MAX_SHADOW, 128.0), paper)
    across = np.ascontiguousarray(_enlarged(tone.astype(np.float32).T).T)
    return _enlarged(across)[:height, :width]


def _enlarged(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, M) → (N * _BLOCK, M): each row in the middle of a block, linear between two, even beyond
    the first and last. The weights are binary fractions, so that nothing is rounded."""
    share = (np.arange(_BLOCK, dtype=np.float32) + np.float32(0.5)) * np.float32(1 / _BLOCK)
    around = np.concatenate([rows[:1], rows, rows[-1:]])[:, None]
    between: NDArray[np.float32] = np.diff(around, axis=0) * share[:, None]
    between += around[:-1]
    return between.reshape(-1, rows.shape[1])[_BLOCK // 2 : -_BLOCK // 2]


def ink_mask(lines_HW: NDArray[np.uint8], ink_threshold: float | None = None) -> NDArray[np.bool_]:
    """Tell ink from paper.

    lines_HW: (H, W) uint8, 255 = white. ink_threshold: 0..255, darker than this is ink; None
    takes as ink what stands out from the local paper, measured against the strongest lines of the
    page, so that grey pencil on shaded paper is found as well as black ink on white.
    Returns (H, W) bool, True = ink. Raises ValueError for another shape or dtype.
    """
    if ink_threshold is not None:
        return lines_HW < ink_threshold
    _check(lines_HW)
    # Levels are whole numbers: how far a tone rounded down is above them is rounded down as well.
    contrast = np.maximum(_tone(lines_HW).astype(np.uint8), lines_HW) - lines_HW
    mask: NDArray[np.bool_] = contrast >= _least(contrast)
    return mask


def _least(contrast_HW: NDArray[np.uint8]) -> int:
    """The contrast from which on it is ink, a share of the page's strongest: 16..64."""
    # The strongest contrast that one pixel in a thousand reaches: a thin drawing on a large page
    # has few dark pixels.
    enough = max(1, contrast_HW.size // 1000)
    low, high = _MIN_CONTRAST, math.ceil(255 * _INK_SHARE)
    least = high  # which it is for black ink on white
    while low < high:  # a few counts of bits are faster than one histogram
        if np.count_nonzero(contrast_HW > int((least - 1) / _INK_SHARE)) >= enough:
            low = least
        else:
            high = least - 1
        least = (low + high + 1) // 2
    return low


def clean_paper(lines_HW: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Lift the paper to white and leave black ink black, whatever the light of the scan.

    lines_HW: (H, W) uint8, 255 = white. Returns (H, W) uint8; a page that is mostly pure white is
    returned as it is, to the byte. Raises ValueError for another shape or dtype.
    """
    _check(lines_HW)
    if np.count_nonzero(lines_HW == 255) >= _DIGITAL * lines_HW.size:
        return lines_HW
    tone = paper_tone(lines_HW)
    if tone.size == 1 and tone.flat[0] == 255:
        return lines_HW
    white: NDArray[np.uint8] = np.minimum(lines_HW * (255.0 / tone) + 0.5, 255.0).astype(np.uint8)
    return white


def shrink_lines(lines_HW: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Bring line art to ``side`` pixels on its longest side and keep thin lines dark.

    lines_HW: uint8 (H, W). Averaging alone would fade a line in proportion to its width, so the
    darkness lost is given back, up to threefold. A small sketch grows at most fourfold.
    """
    height, width = lines_HW.shape
    scale = min(side / max(height, width), 4.0)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if size == (width, height):
        return lines_HW
    filter = Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC
    small = np.asarray(Image.fromarray(lines_HW).resize(size, filter))
    if scale >= 1:
        return small
    darkness = (255.0 - small.astype(np.float32)) * min(1 / scale, 3.0)
    kept: NDArray[np.uint8] = (255.0 - np.minimum(darkness, 255.0)).astype(np.uint8)
    return kept
