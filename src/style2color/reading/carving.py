"""What was read of a page, made into regions: eyes of their own, and figures parted.

Regions end at lines, and a line that is not closed lets a face run into its hair and a hand into
its sleeve. Where the reading of parts is clear on both sides, such a region is parted: what is
clear grows around the lines until the parts meet in the openings. Hands are a small part of what
they are open to, be that a coat or the ground, and may have no line at the wrist.
"""

from __future__ import annotations

import cc3d
import numpy as np
from numpy.typing import NDArray

from style2color.reading.measuring import stretches
from style2color.reading.parts import (
    HAIR,
    IRIS,
    OTHER,
    SKIN,
    SPECK,
    WHITE,
    Reading,
    grown,
    pieces_of,
)
from style2color.reading.regions import Regions, measure, shrink_labels, spread

__all__ = ["carve", "clear_of_ink", "held_by_openings", "planted"]

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]
Labels = NDArray[np.int32]

_WHOLE = 0.6  # a region that is this much of an iris or of a white is one
_CLEAR = 0.6  # share at which a pixel is clearly skin, or hair
_SOME, _MUCH = 0.15, 0.6  # of a region that is to be parted: each of the two, and both
_PARTING = [SKIN, HAIR, OTHER]  # what regions are parted into
_OPENING = 0.8  # of the side of the smaller of two parts: the widest opening to the other
_PARTABLE = 0.002  # of the page: smaller regions stay whole
_HAND = 0.001  # of the page: less skin is no hand
_WRIST = 1.8  # of the side of a hand: the widest opening to the rest, nearly half of its rim


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
        for whole in np.flatnonzero(held >= _WHOLE * regions.area):
            left, top, right, bottom = regions.bbox[whole]
            inside = np.s_[top:bottom, left:right]
            eyes[inside][regions.labels[inside] == whole + 1] = part
    near = _box(eyes != OTHER)
    closed, carved_out, eyes = regions.labels[near], labels[near], eyes[near]
    of_label = np.full(int(labels.max()) + 1, OTHER, np.uint8)
    for part in (WHITE, IRIS):
        # An iris is one, whatever lines are drawn into it.
        pieces, count = pieces_of((eyes == part) & (closed > 0))
        large = np.bincount(pieces.ravel(), minlength=count + 1) >= SPECK
        large[0] = False
        table = np.where(large, len(of_label) + np.cumsum(large) - 1, 0).astype(np.int32)
        given = table[pieces]
        np.copyto(carved_out, given, where=given > 0)
        of_label = np.append(of_label, np.full(large.sum(), part, np.uint8))
    carved, had = measure(labels, regions.free)
    return carved, of_label[had]


def _box(mask_HW: NDArray[np.bool_]) -> tuple[slice, slice]:
    """The smallest rectangle that holds all of a mask; an empty one where there is nothing."""
    ends = [np.flatnonzero(mask_HW.any(axis=axis)) for axis in (1, 0)]
    return tuple(slice(at[0], at[-1] + 1) if at.size else slice(0) for at in ends)  # type: ignore[return-value]


def _parted(regions: Regions, shares_Phw: F32) -> Labels | None:
    """Labels in which regions that are clearly skin here and hair or something else there are a
    region of each, the numbers of the second and third part higher by the count, and hands apart
    from what else they are a part of, higher than those. None where there is no such region.

    What is clear and away from lines grows around the lines, until the parts meet in the openings.
    Where what is neither skin nor hair would meet them in more than an opening, it is not parted.
    """
    count, free, (height, width) = regions.count, regions.free, shares_Phw.shape[1:]
    small = shrink_labels(regions.labels, height, width)
    clear = shares_Phw[_PARTING] > _CLEAR
    pixels = np.maximum(np.bincount(small.ravel(), minlength=count + 1), 1)
    counts = np.stack([np.bincount(small[plane], minlength=count + 1) for plane in clear])
    held = counts / pixels
    large = regions.area > _PARTABLE * regions.labels.size
    asked: NDArray[np.bool_] = np.concatenate([[False], large])
    handed = asked & (np.minimum(counts[0], counts[1:].sum(axis=0)) >= _HAND * small.size)
    if not (_several(asked, held) | handed).any():
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
            one, asked_about = (np.where(m, regions.labels, 0) for m in (found == kinds, found > 0))
            narrow, _ = _met_in_openings(one, asked_about, free, _OPENING)
            several[: narrow.size] &= narrow
            wanted = several[regions.labels]
        np.copyto(parts, found, where=wanted)
        asked &= ~several
    hands = _hands(regions, small, clear, away, asked)
    if not (parts.any() or hands.any()):
        return None
    out = regions.labels.copy()
    later = np.flatnonzero(parts > 1)
    out.ravel()[later] += (parts.take(later) - 1) * np.int32(count)
    np.copyto(out, hands + np.int32(len(_PARTING) * count), where=hands > 0)
    return out


def _hands(
    regions: Regions,
    small_hw: Labels,
    clear_Phw: NDArray[np.bool_],
    away_hw: NDArray[np.bool_],
    asked: NDArray[np.bool_],
) -> Labels:
    """Skin in the regions asked about that meets the rest of them in openings, numbered from 1.

    small: the labels at the size of the reading. clear: where each of `_PARTING` is. away: where no
    ink is near.
    """
    skin = clear_Phw[0] & away_hw
    others = clear_Phw[1:].any(axis=0) & away_hw & ~skin
    held = [np.bincount(small_hw[mask], minlength=asked.size) for mask in (skin, others)]
    asked = asked & (np.minimum(*held) >= _HAND * small_hw.size)
    if not asked.any():
        return np.zeros_like(regions.labels)
    seeds = np.where(skin, 1, np.where(others, 2, 0)) * asked[small_hw]
    found = planted(seeds.astype(np.int32), asked[regions.labels], regions.free)
    return held_by_openings(found == 1, regions, _HAND, _WRIST)


def clear_of_ink(free_HW: NDArray[np.bool_], size: tuple[int, ...]) -> NDArray[np.bool_]:
    """Where a map of this smaller size (h, w) has no ink, nor a pixel beside any."""
    clear, at = free_HW, []
    for axis, places in enumerate(_places(free_HW.shape, size)):
        starts = np.flatnonzero(np.diff(places, prepend=-1))
        clear = np.logical_and.reduceat(clear, starts, axis=axis)
        at.append(places[starts])
    inked = np.zeros(size, np.bool_)
    inked[np.ix_(*at)] = ~clear
    return ~grown(inked, 1)


def planted(seeds_hw: Labels, wanted_HW: NDArray[np.bool_], free_HW: NDArray[np.bool_]) -> Labels:
    """Seeds of a smaller map grown into what is wanted, around the lines, until they meet."""
    rows, columns = _places(free_HW.shape, seeds_hw.shape)
    seeds = seeds_hw.take(rows, axis=0).take(columns, axis=1)
    return spread(seeds * wanted_HW, wanted_HW, free_HW)


def _places(size: tuple[int, ...], small: tuple[int, ...]) -> list[NDArray[np.intp]]:
    """Row and column of a smaller map for every row and every column."""
    return [np.arange(of) * side // of for of, side in zip(size, small, strict=True)]


def _several(asked_R: NDArray[np.bool_], held_PR: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of the labels that are asked about hold clearly more than one part, (R + 1,)."""
    more: NDArray[np.bool_] = ((held_PR > _SOME).sum(0) > 1) & (held_PR.sum(0) > _MUCH)
    return asked_R & more


def held_by_openings(
    mask_HW: NDArray[np.bool_], regions: Regions, least: float, opening: float = _OPENING
) -> Labels:
    """The connected pieces of a mask, of each region by itself, that are no smaller than ``least``
    of the page, as is what is left of their region, and meet that in openings that are narrow: at
    most ``opening`` of the side of the smaller of both. Numbered, from 1, with numbers left out."""
    within = np.where(mask_HW, regions.labels, 0)
    pieces = cc3d.connected_components(within, connectivity=4).astype(np.int32)
    narrow, smaller = _met_in_openings(pieces, regions.labels, regions.free, opening)
    held: Labels = np.where((narrow & (smaller >= least * pieces.size)).take(pieces), pieces, 0)
    return held


def _met_in_openings(
    pieces_HW: Labels, labels_HW: Labels, free_HW: NDArray[np.bool_], opening: float
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Of every piece of a region, whether it meets the rest in openings that are narrow for the
    smaller of both, (P + 1,), and the pixels of that smaller one, ink left out.

    pieces_HW: 0 for what is none; what is left of a region when all its pieces are taken is the
    rest. labels_HW: the regions; 0 has no say. opening: see `held_by_openings`.
    """
    flat, label, width = pieces_HW.ravel(), labels_HW.ravel(), pieces_HW.shape[1]
    area, whole = _free_area(flat, free_HW), _free_area(label, free_HW)
    area[0] = 0
    of_piece = np.zeros(area.size, np.int32)
    starts = stretches(flat)[:-1]
    of_piece[flat.take(starts)] = label.take(starts)
    rest = (whole - np.bincount(of_piece, area, whole.size).astype(np.int64))[of_piece]
    seam = np.zeros(area.size, np.int64)
    free = free_HW.ravel()
    for step in (width, 1):
        far = np.flatnonzero(flat[step:] != flat[:-step])
        near = far + step
        if step == 1:  # neighbours of one row
            near, far = (at.compress(near % width > 0) for at in (near, far))
        one = label.take(near)
        met = free.take(near) & free.take(far) & (one == label.take(far)) & (one > 0)
        for side in (near, far):
            seam += np.bincount(flat.take(side.compress(met)), minlength=area.size)
    smaller = np.minimum(area, rest).clip(0)
    return seam <= opening * np.sqrt(smaller), smaller


def _free_area(flat_N: Labels, free_HW: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Pixels of every label that are no ink."""
    begins = stretches(flat_N)
    area = np.bincount(flat_N.take(begins[:-1]), np.diff(begins)).astype(np.int64)
    return area - np.bincount(flat_N.take(np.flatnonzero(~free_HW)), minlength=area.size)
