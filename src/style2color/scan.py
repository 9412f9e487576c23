"""A scanned or photographed drawing → crisp black lines on transparency.

Per channel the picture is divided by its local paper, which takes out tint, shadow and fall-off of
the light. What is dark is then measured by the *brightest* channel: black ink is dark in all
three, while a coloured pencil leaves at least one channel as light as the paper and disappears.
Levels are set from the page itself: from its grain upwards, to its strongest strokes.
"""

from __future__ import annotations

import cc3d
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from style2color.errors import UsageError

__all__ = ["clean_scan", "on_transparency"]

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]

_CELLS = 96  # cells on the longest side in which the paper is measured
_MIN_CELL = 12  # pixels; a cell must be wider than a line
_DARKEST_PAPER = 70.0  # below this a cell is ink or shadow beyond repair, not paper
_GRAIN = 5.0  # deviations of the paper's grain that are still paper
_FAINTEST = 0.14  # darkness, 0..1, that counts as a line at all
_FROM, _TO = 0.2, 0.65  # shares of the strongest stroke that become clear and opaque
_SURE = 128  # a line has a pixel of at least this opacity somewhere
_SPECK = 1 / 1500  # side of a speck, as a share of the page's longest side


def clean_scan(rgb: U8, *, keep_pencil: bool = False, speckle: int | None = None) -> U8:
    """Take the lines off their paper.

    rgb: uint8 (H, W, 3). keep_pencil: keep coloured pencil as lines instead of removing it.
    speckle: specks of up to this many pixels are removed, 0 keeps all; None: as large as 1/1500
    of the longest side squared, at least 4.
    Returns the opacity of the ink, uint8 (H, W), 0 = paper.

    Raises UsageError for a negative speckle or an array of another kind.
    """
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8 or not rgb.size:
        raise UsageError(f"a scan must be uint8 (H, W, 3), got {rgb.dtype} {rgb.shape}")
    if speckle is not None and speckle < 0:
        raise UsageError(f"speckle must be 0 or more pixels, got {speckle}")
    if speckle is None:
        speckle = max(4, round((max(rgb.shape[:2]) * _SPECK) ** 2))
    darkness = _darkness(rgb, keep_pencil)
    low, high = _levels(darkness)
    ink = np.clip((darkness - low) * (255 / (high - low)) + 0.5, 0, 255).astype(np.uint8)
    return _without_specks(ink, speckle)


def on_transparency(ink_HW: U8) -> U8:
    """Opacity of the ink, uint8 (H, W) → black ink on transparency, uint8 (H, W, 4)."""
    out = np.zeros((*ink_HW.shape, 4), np.uint8)
    out[..., 3] = ink_HW
    return out


def _darkness(rgb: U8, keep_pencil: bool) -> F32:
    """How much darker than its paper every pixel is, float32 (H, W), 0..1."""
    if keep_pencil:
        gray = np.asarray(Image.fromarray(rgb).convert("L"))
        return _below_paper(gray)
    least = _below_paper(rgb[..., 0])
    for channel in (1, 2):
        np.minimum(least, _below_paper(rgb[..., channel]), out=least)
    return least


def _below_paper(channel_HW: U8) -> F32:
    paper = _paper(channel_HW)
    out: F32 = np.clip(1 - channel_HW / paper, 0, 1).astype(np.float32)
    return out


def _paper(channel_HW: U8) -> F32:
    """The paper's tone under every pixel, float32 (H, W).

    The bright side of every cell, then the brightest of its neighbours where solid ink covers a
    cell, then smoothed: light falls off softly, ink does not.
    """
    height, width = channel_HW.shape
    cell = max(_MIN_CELL, -(-max(height, width) // _CELLS))
    rows, columns = -(-height // cell), -(-width // cell)
    pads = ((0, rows * cell - height), (0, columns * cell - width))
    whole = np.pad(channel_HW, pads, mode="edge")
    cells = whole.reshape(rows, cell, columns, cell).swapaxes(1, 2).reshape(rows, columns, -1)
    tone = np.percentile(cells, 80, axis=-1).astype(np.float32)
    overall = float(np.percentile(tone, 75))
    bad = tone < max(_DARKEST_PAPER, 0.5 * overall)
    tone[bad] = overall
    small = Image.fromarray(tone.astype(np.uint8))
    small = small.filter(ImageFilter.MaxFilter(3)).filter(ImageFilter.MedianFilter(5))
    smooth = small.filter(ImageFilter.BoxBlur(1)).resize(
        (columns * cell, rows * cell), Image.Resampling.BICUBIC
    )
    return np.maximum(np.asarray(smooth, np.float32)[:height, :width], 1.0)


def _levels(darkness_HW: F32) -> tuple[float, float]:
    """Darkness that becomes clear and darkness that becomes opaque."""
    histogram = np.bincount((darkness_HW * 1023).astype(np.int64).ravel(), minlength=1024)
    total = int(histogram.sum())
    below = np.cumsum(histogram)
    # Three quarters of a page are paper: their spread tells its grain.
    middle = int(np.searchsorted(below, 0.375 * total)) / 1023
    upper = int(np.searchsorted(below, 0.375 * total + 0.6827 * 0.375 * total)) / 1023
    grain = middle + _GRAIN * max(upper - middle, 0.0)
    strongest = int(np.searchsorted(below, total - max(1, total // 1000))) / 1023
    low = max(_FAINTEST, grain, _FROM * strongest)
    return low, max(low + 0.05, _TO * strongest)


def _without_specks(ink_HW: U8, speckle: int) -> U8:
    """Clear what is too small, or nowhere dark enough, to be a line."""
    labels, count = cc3d.connected_components(
        ink_HW > 0, connectivity=8, return_N=True, binary_image=True
    )
    if not count:
        return ink_HW
    area = np.bincount(labels.ravel(), minlength=count + 1)
    sure = np.zeros(count + 1, np.bool_)
    sure[labels[ink_HW >= _SURE]] = True
    kept = sure & (area > speckle)
    kept[0] = False
    return np.where(kept[labels], ink_HW, 0).astype(np.uint8)
