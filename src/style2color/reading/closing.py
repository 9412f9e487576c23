"""Figures whose outline is open, parted from the ground they run into.

Wide gaps are not always slips: many artists leave outlines open on purpose. Closed regions cannot
tell such a figure from its ground, and it would stay paper. The painter can: of all that it names,
the ground is what it knows best. Where a region is clearly figure here and clearly ground there,
what is clear grows around the lines until the two meet, in the openings.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from style2color.reading.carving import clear_of_ink, held_by_openings, planted
from style2color.reading.regions import Regions, measure, shrink_labels
from style2color.reading.wardrobe import BACKGROUND

__all__ = ["close_figures"]

F32 = NDArray[np.float32]

_FIGURE_BELOW, _GROUND_ABOVE = 0.25, 0.75  # shares of the ground: a pixel is clearly either
_LEAST = 0.001  # of the page: what is clear of each, and a figure


def close_figures(regions: Regions, names_Chw: F32 | None) -> Regions:
    """The same regions, and every figure that is open to its ground a region of its own.

    names_Chw: float32 (17, h, w), shares of the painter's classes, at a size of their own; None
    changes nothing.
    """
    if names_Chw is None:
        return regions
    ground, count = names_Chw[BACKGROUND], regions.count
    small = shrink_labels(regions.labels, *ground.shape)
    clear = np.where(ground < _FIGURE_BELOW, 1, np.where(ground > _GROUND_ABOVE, 2, 0))
    clear = (clear * clear_of_ink(regions.free, ground.shape)).astype(np.int32)
    held = [np.bincount(small[clear == kind], minlength=count + 1) for kind in (1, 2)]
    asked = (np.minimum(*held) >= _LEAST * ground.size) & (np.arange(count + 1) > 0)
    if not asked.any():
        return regions
    wanted = asked[regions.labels]
    found = planted(clear, wanted, regions.free)
    figures = held_by_openings(found == 1, regions, _LEAST)
    if not figures.any():
        return regions
    labels = np.where(figures > 0, np.int32(count) + figures, regions.labels)
    return measure(labels, regions.free)[0]
