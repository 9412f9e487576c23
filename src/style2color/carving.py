"""What was read of a page, made into regions: eyes of their own, and figures parted.

Regions end at lines, and a line that is not closed lets a face run into its hair and a hand into
its sleeve. Where the reading of parts is clear on both sides, such a region is parted: what is
clear grows around the lines until the parts meet in the openings.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from style2color.parts import HAIR, IRIS, OTHER, SKIN, SPECK, WHITE, Reading, grown, pieces_of
from style2color.regions import Regions, measure, shrink_labels, spread

__all__ = ["OPENING", "carve", "clear_of_ink", "planted"]

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]

_WHOLE = 0.6  # a region that is this much of an iris or of a white is one
_CLEAR = 0.6  # share at which a pixel is clearly skin, or hair
_SOME, _MUCH = 0.15, 0.6  # of a region that is to be parted: each of the two, and both
_PARTING = [SKIN, HAIR, OTHER]  # what regions are parted into
OPENING = 0.8
"""Of the side of the smaller of two parts: the widest opening to the other."""
_PARTABLE = 0.002  # of the page: smaller regions stay whole


def carve(regions: Regions, reading: Reading | None) -> tuple[Regions, U8]:
    """Irises and whites as regions of their own, and faces and hands parted from what they are open
    to.

    Returns the regions, and which of them are `WHITE` and `IRIS`, uint8 (R,); `OTHER` the rest.
    """
    labels = None if reading is None else _parted(regions, reading.shares)
    if reading is None or (labels is None and not reading.eyes.any()):
        return regions, np.full(regions.count, OTHER, np.uint8)
    labels, eyes = regions.labels.copy() if labels is None else labels, reading.eyes.copy()
    for part in (WHITE, IRIS):
        held = np.bincount(regions.labels[reading.eyes == part], minlength=regions.count + 1)[1:]
        whole = np.flatnonzero(held >= _WHOLE * regions.area) + 1
        eyes[np.isin(regions.labels, whole)] = part
    of_label = np.full(len(_PARTING) * regions.count + 1, OTHER, np.uint8)
    for part in (WHITE, IRIS):
        # An iris is one, whatever lines are drawn into it.
        pieces, count = pieces_of((eyes == part) & (regions.labels > 0))
        large = np.bincount(pieces.ravel(), minlength=count + 1) >= SPECK
        large[0] = False
        table = np.where(large, len(of_label) + np.cumsum(large) - 1, 0).astype(np.int32)
        given = table[pieces]
        np.copyto(labels, given, where=given > 0)
        of_label = np.append(of_label, np.full(large.sum(), part, np.uint8))
    carved, had = measure(labels, regions.free)
    return carved, of_label[had]


def _parted(regions: Regions, shares_Phw: F32) -> NDArray[np.int32] | None:
    """Labels in which regions that are clearly skin here and hair or something else there are a
    region of each, the numbers of the second and third part higher by the count. None where there
    is no such region.

    What is clear and away from lines grows around the lines, until the parts meet in the openings.
    Where what is neither skin nor hair would meet them in more than an opening, it is not parted.
    """
    count, free, (height, width) = regions.count, regions.free, shares_Phw.shape[1:]
    small = shrink_labels(regions.labels, height, width)
    clear = shares_Phw[_PARTING] > _CLEAR
    pixels = np.maximum(np.bincount(small.ravel(), minlength=count + 1), 1)
    held = np.stack([np.bincount(small[plane], minlength=count + 1) / pixels for plane in clear])
    large = regions.area > _PARTABLE * regions.labels.size
    asked: NDArray[np.bool_] = np.concatenate([[False], large])
    if not _several(asked, held).any():
        return None
    away = clear_of_ink(free, small.shape)
    parts = np.zeros_like(regions.labels)
    for kinds in (3, 2):  # first all of `_PARTING`, then skin and hair alone
        several = _several(asked, held[:kinds])
        if not several.any():
            break
        seeds = np.zeros(small.shape, np.int32)
        for part, plane in enumerate(clear[:kinds]):
            seeds[plane & away & (several & (held[part] > _SOME))[small]] = part + 1
        wanted = several[regions.labels]
        found = planted(seeds, wanted, free)
        if kinds > 2:
            several &= _met_in_openings(found == kinds, found > 0, regions)
            wanted = several[regions.labels]
        np.copyto(parts, found, where=wanted)
        asked &= ~several
    if not parts.any():
        return None
    out: NDArray[np.int32] = np.add(
        regions.labels, np.maximum(parts - 1, 0) * count, dtype=np.int32
    )
    return out


def clear_of_ink(free_HW: NDArray[np.bool_], size: tuple[int, ...]) -> NDArray[np.bool_]:
    """Where a map of this smaller size (h, w) has no ink, nor a pixel beside any."""
    rows, columns = _places(free_HW.shape, size)
    inked = np.zeros(size, np.bool_)
    ink_y, ink_x = np.nonzero(~free_HW)
    inked[rows[ink_y], columns[ink_x]] = True
    return ~grown(inked, 1)


def planted(
    seeds_hw: NDArray[np.int32], wanted_HW: NDArray[np.bool_], free_HW: NDArray[np.bool_]
) -> NDArray[np.int32]:
    """Seeds of a smaller map grown into what is wanted, around the lines, until they meet."""
    rows, columns = _places(free_HW.shape, seeds_hw.shape)
    return spread(seeds_hw[rows[:, None], columns] * wanted_HW, wanted_HW, free_HW)


def _places(size: tuple[int, ...], small: tuple[int, ...]) -> list[NDArray[np.intp]]:
    """Row and column of a smaller map for every row and every column."""
    return [np.arange(of) * side // of for of, side in zip(size, small, strict=True)]


def _several(asked_R: NDArray[np.bool_], held_PR: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of the labels that are asked about hold clearly more than one part, (R + 1,)."""
    more: NDArray[np.bool_] = ((held_PR > _SOME).sum(0) > 1) & (held_PR.sum(0) > _MUCH)
    return asked_R & more


def _met_in_openings(
    one_HW: NDArray[np.bool_], asked_HW: NDArray[np.bool_], regions: Regions
) -> NDArray[np.bool_]:
    """Of every label, whether one part of what is asked about meets the rest in openings that are
    narrow for the smaller of them, (R + 1,)."""
    labels, count, free = regions.labels, regions.count, asked_HW & regions.free
    seam = np.zeros(count + 1, np.int64)
    for near, far in ((np.s_[1:], np.s_[:-1]), (np.s_[:, 1:], np.s_[:, :-1])):
        meet = free[near] & free[far] & (one_HW[near] != one_HW[far])
        seam += np.bincount(labels[near][meet & (labels[near] == labels[far])], minlength=count + 1)
    own = np.bincount(labels[one_HW & free], minlength=count + 1)
    rest = np.bincount(labels[free], minlength=count + 1) - own
    narrow: NDArray[np.bool_] = seam <= OPENING * np.sqrt(np.minimum(own, rest))
    return narrow
