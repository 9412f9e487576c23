"""The main colours of a picture and how much of it each one covers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from style2color.color import rgb_to_lab
from style2color.palette import extract_palette

__all__ = ["main_colors"]

_SIDE = 256  # pixels, at which areas are counted


def main_colors(rgb_HW3: NDArray[np.uint8], entries: int) -> tuple[NDArray[np.uint8], list[float]]:
    """The palette's colours of a picture, uint8 (H, W, 3), the largest area first.

    Returns uint8 (K, 3), K ≤ entries, and their shares of the picture, which add up to 1.
    """
    colors = extract_palette(rgb_HW3, entries).colors
    # Counted anew: the palette's own shares include the margin that makes the picture square.
    small = Image.fromarray(rgb_HW3)
    small.thumbnail((_SIDE, _SIDE), Image.Resampling.NEAREST)
    pixels = rgb_to_lab(np.asarray(small).reshape(-1, 3))
    away = [((pixels - color) ** 2).sum(-1) for color in rgb_to_lab(colors)]
    counts = np.bincount(np.argmin(away, axis=0), minlength=len(colors))
    order = [index for index in np.argsort(-counts, kind="stable") if counts[index]]
    return colors[order], (counts[order] / counts.sum()).tolist()
