"""White that is paint: what of a reference's white no ground reaches."""

from __future__ import annotations

import cc3d
import numpy as np
from numpy.typing import NDArray

from style2color.color import rgb_to_lab
from style2color.palette import Palette

__all__ = ["WHITE", "WHITE_CHROMA", "inner_white", "is_white"]

WHITE, WHITE_CHROMA = 92.0, 6.0
"""Brighter (CIELAB L) and greyer than these, a colour may be paper's."""


def is_white(colors_K3: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """(K,) bool, the colours that may be paper's."""
    lab = rgb_to_lab(colors_K3)
    white: NDArray[np.bool_] = (lab[:, 0] > WHITE) & (np.hypot(lab[:, 1], lab[:, 2]) < WHITE_CHROMA)
    return white


def inner_white(palette: Palette) -> float:
    """How much of a reference, 0..1 of its square, is white and not joined by white to the border:
    shirts and the whites of eyes, where outlines are closed."""
    white = is_white(palette.colors)[palette.entry]
    pieces = cc3d.connected_components(white, connectivity=4)
    rim = np.concatenate([pieces[0], pieces[-1], pieces[:, 0], pieces[:, -1]])
    outer = np.zeros(int(pieces.max()) + 1, np.bool_)
    outer[rim] = True
    return float((white & ~outer[pieces]).mean())
