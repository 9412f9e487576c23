"""What figures wear: a garment gets the colours that the same garment has in the reference.

The painter is trained to name what it paints, and at work it names it still. A reference is named
in lines taken from it, the way a sketch is, and what its entries cover of each garment is counted
on its own pixels: closer than the reference encoder can, which sees an entry as one mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from style2color.palette import Palette
from style2color.reading.parts import log_prior
from style2color.reading.portrait import Traced, covered
from style2color.reading.regions import Regions, pool

__all__ = ["BACKGROUND", "WORN", "Worn", "behind", "dressed", "named", "read_worn"]

F32 = NDArray[np.float32]
Worn: TypeAlias = Mapping[int, F32]
"""A class of `WORN` → how much of it every entry of a palette is, (K,), sums to 1; the classes that
the reference does not show are left out."""

BACKGROUND = 1
WORN = range(7, 14)
"""Of the painter's classes: garment, collar, trousers, skirt, legwear, shoes, headwear."""
_CLEAR = 0.5  # share at which a pixel is clearly one of them
_LEAST = 40  # such pixels, of the 65,536 on which the network sees a reference
_CLEARLY_BEHIND = 0.75  # share of the ground above which a region is background
_WEIGHT = np.float32(0.7)  # of what is worn, beside what the network says of a region


def read_worn(names_Chw: F32, reference: Traced, palette: Palette) -> Worn:
    """What is worn in a reference whose lines the painter named so: shares of its classes, at any
    size."""
    worn = {}
    for number in WORN:
        area = covered(names_Chw[number], _CLEAR, reference, palette)
        if area.sum() >= _LEAST:
            worn[number] = (area / area.sum()).astype(np.float32)
    return worn


def named(regions: Regions, names_Chw: F32 | None) -> F32 | None:
    """The share of every class in each region, float32 (R, C), of those on the page, at any size;
    0 in regions too small to be seen there. None from models before 0.11, which name nothing."""
    if names_Chw is None:
        return None
    shares, gone = pool(names_Chw, regions.labels, regions.count)
    shares[gone] = 0
    return shares


def behind(names_RC: F32 | None) -> NDArray[np.bool_] | None:
    """The regions that the painter takes for background, (R,); None where it names nothing."""
    return None if names_RC is None else names_RC[:, BACKGROUND] > _CLEARLY_BEHIND


def dressed(opinion_RK: F32, names_RC: F32 | None, worn: Worn, own: int) -> F32:
    """The regions' logits (R, K), by what is worn in them.

    names_RC: from `named`; None changes nothing, and neither does a garment that the reference does
    not show. own: entries of the reference; what hints ask for is as good as the best of these.
    """
    if names_RC is None or not worn or not len(opinion_RK):
        return opinion_RK
    said = opinion_RK.copy()
    for number, amounts in worn.items():
        amount = np.zeros(opinion_RK.shape[1], np.float32)
        amount[: len(amounts)] = amounts
        said += _WEIGHT * names_RC[:, number, None] * log_prior(amount, own)
    return said
