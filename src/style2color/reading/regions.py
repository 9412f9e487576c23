"""Line art → closed regions, with the gaps of the lines closed, and what is known of each region.

The free area (everything that is not ink) is labelled several times, each time eroded a little
less: first only the cores far from any line exist, and a gap in an outline is too narrow for two
cores to touch through it. Every later, less eroded pass hands the pixels it adds to the cores that
are already there and lets areas too narrow for the earlier passes appear as regions of their own.
At last the regions grow under the lines, so that a painted region leaves no fringe beside the ink.
"""

from __future__ import annotations

import itertools
from typing import Any

import cc3d
import numpy as np
from numpy.typing import NDArray

from style2color.reading.ink import ink_mask
from style2color.reading.measuring import (
    Regions,
    geometry,
    grounds,
    measure,
    neighbours,
    pool,
    shrink_labels,
    stretches,
)

__all__ = [
    "Regions",
    "geometry",
    "grounds",
    "label_regions",
    "measure",
    "neighbours",
    "pool",
    "shrink_labels",
    "spread",
]

# Two areas are one shape if the opening between them is this share of the smaller one's side.
_WIDE_OPEN = 0.25
_REACH = 8  # pixels a region grows under the ink: lines up to 16 px wide are filled through


def label_regions(
    lines_HW: NDArray[np.uint8],
    *,
    ink_threshold: float | None = None,
    gap: int = 4,
    min_area: int | None = None,
) -> Regions:
    """Split line art into closed regions.

    lines_HW: (H, W) uint8, 255 = paper, any size from 1 × 1.
    ink_threshold: see `style2color.reading.ink.ink_mask`.
    gap: openings of an outline up to this many pixels (and up to ``2 * gap - 1`` where both sides
        are wide) do not join the areas they part; 0 closes none.
    min_area: free areas smaller than this many pixels join the nearest region; None: one 50,000th
        of the page, at least 4. Such an area with no region within reach stays one of its own.
    Returns `Regions`. Raises ValueError for a wrong array or a negative ``gap``.
    """
    if gap < 0:
        raise ValueError(f"gap must be 0 or more, got {gap}")
    free = ~ink_mask(lines_HW, ink_threshold)
    if min_area is None:
        min_area = max(4, free.size // 50_000)
    masks = _eroded(free, sorted({gap, gap // 2, min(1, gap), 0}))
    labels = _label_cores(masks, gap)
    labels = _join_open(labels, (2 * gap + 1) ** 2, min_area)
    inside = np.flatnonzero(_frame(labels.shape) & (labels == 0))
    left = _grow(labels, inside, _REACH, geodesic=False)
    _label_leftovers(labels, left[masks[-1].ravel().take(left)])
    return measure(labels[1:-1, 1:-1], free)[0]


def spread(
    seeds_HW: NDArray[np.int32], wanted_HW: NDArray[np.bool_], free_HW: NDArray[np.bool_]
) -> NDArray[np.int32]:
    """Let seeds (0 = none) grow into what is wanted: where there is no ink around the lines, then
    under the ink. Returns all seeds grown, (H, W), 0 for what none reaches."""
    labels = np.pad(seeds_HW, 1)
    wanted, free = np.pad(wanted_HW, 1) & (labels == 0), np.pad(free_HW, 1)
    _grow(labels, np.flatnonzero(wanted & free), sum(labels.shape), geodesic=True)
    _grow(labels, np.flatnonzero(wanted & ~free), _REACH, geodesic=False)
    return labels[1:-1, 1:-1]


def _frame(shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """True inside, False on the one pixel frame that keeps neighbour look-ups in bounds."""
    inside = np.zeros(shape, np.bool_)
    inside[1:-1, 1:-1] = True
    return inside


def _components(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int32], int]:
    labels, count = cc3d.connected_components(
        mask, connectivity=4, return_N=True, binary_image=True, out_dtype=np.uint32
    )
    return labels.view(np.int32), int(count)


def _eroded(free: NDArray[np.bool_], radii: list[int]) -> list[NDArray[np.bool_]]:
    """The free area in a frame of one pixel, eroded by each radius; the widest erosion first.

    Steps by the edge neighbours alternate with steps by all eight, which makes an octagon: near
    enough to a disc at these radii, and several times faster than a distance transform.
    """
    frame = _frame((free.shape[0] + 2, free.shape[1] + 2))
    area_HW = np.ones(frame.shape, np.bool_)  # the page's border is no line
    area_HW[1:-1, 1:-1] = free
    # Flat arrays are fastest. Where they wrap from row to row they meet the frame: it stays free.
    area, width = area_HW.reshape(-1), frame.shape[1]
    masks = []
    for radius in range(radii[-1] + 1):
        if radius:
            narrower = area.copy()
            narrower[width:] &= area[:-width]
            narrower[:-width] &= area[width:]
            across = area if radius % 2 else narrower.copy()
            narrower[1:] &= across[:-1]
            narrower[:-1] &= across[1:]
            narrower.reshape(frame.shape)[:, [0, -1]] = True
            area = narrower
        if radius in radii:
            masks.append(area.reshape(frame.shape) & frame)
    return masks[::-1]


def _label_cores(masks: list[NDArray[np.bool_]], gap: int) -> NDArray[np.int32]:
    """Label the framed free area at falling erosion; every free pixel gets a label."""
    labels, count = _components(masks[0])
    flat = labels.ravel()
    # One pixel of every label. A label is connected within all wider masks, so this pixel tells
    # which component of such a mask the label lies in.
    some_pixel = np.zeros(count + 1, np.intp)
    core = masks[0].ravel()
    starts = np.flatnonzero(core[1:] > core[:-1]) + 1
    some_pixel[flat[starts]] = starts
    for wider, mask in itertools.pairwise(masks):
        parts, part_count = _components(mask)
        part_of = parts.ravel()
        holders = part_of[some_pixel[1:]]
        held = np.bincount(holders, minlength=part_count + 1)
        table = np.zeros(part_count + 1, np.int32)
        table[holders] = np.arange(1, count + 1)
        table[held > 1] = 0  # claimed by several: shared out below
        fresh = np.flatnonzero(held[1:] == 0) + 1
        table[fresh] = count + 1 + np.arange(fresh.size)
        added = np.flatnonzero(mask != wider)
        flat[added] = given = table.take(part_of.take(added))
        todo = _grow(labels, added.compress(given == 0), gap + 2, geodesic=True)
        count = _settle(labels, todo, count + fresh.size, (2 * gap + 1) ** 2)
        some_pixel = np.append(some_pixel, np.zeros(count + 1 - some_pixel.size, np.intp))
        some_pixel[flat.take(added)] = added
    return labels


def _settle(labels: NDArray[np.int32], todo: NDArray[np.intp], count: int, own_area: int) -> int:
    """Give what growth did not reach to the label it touches most, or make it a region.

    A remote piece beside a single region is a tail of it. One of ``own_area`` pixels or more
    between several regions belongs to none of them more than to another. Returns the new count.
    """
    if not todo.size:
        return count
    piece, piece_count = _pieces(todo, labels.shape[1])
    flat = labels.ravel()
    beside = np.concatenate([flat.take(todo + offset) for offset in _offsets(labels)[:4]])
    touches = np.flatnonzero(beside)
    keys = np.tile(piece, 4).take(touches) * np.int64(count + 1) + beside.take(touches)
    contacts, length = _counted(keys)
    of_piece, of_label = np.divmod(contacts, count + 1)
    by_length = np.argsort(length, kind="stable")  # the last write wins: the longest contact
    table = np.zeros(piece_count + 1, np.int32)
    table[of_piece[by_length]] = of_label[by_length]
    rivals = np.bincount(of_piece, minlength=piece_count + 1)
    apart = np.flatnonzero((rivals > 1) & (np.bincount(piece) >= own_area))
    table[apart] = count + 1 + np.arange(apart.size)
    flat[todo] = table[piece]
    return count + int(apart.size)


def _pieces(pixels: NDArray[np.intp], width: int) -> tuple[NDArray[np.int32], int]:
    """The connected piece of each of some pixels of a map this wide, 1..count, and the count."""
    row, column = np.divmod(pixels, width)
    row -= row[0]  # they are in order
    column -= column.min()
    there = np.zeros((row[-1] + 1, column.max() + 1), np.bool_)
    there[row, column] = True
    pieces, count = _components(there)
    return pieces[row, column], count


def _counted(keys: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """`np.unique` with counts, in half of its time for the few hundred there are."""
    keys = np.sort(keys)
    bounds = stretches(keys)
    return keys.take(bounds[:-1]), bounds[1:] - bounds[:-1]


def _offsets(framed: NDArray[np.int32]) -> tuple[int, ...]:
    """Steps in the flat array to the four edge neighbours, then to the four corner ones."""
    width = framed.shape[1]
    return (-width, -1, 1, width, -width - 1, -width + 1, width - 1, width + 1)


def _grow(
    labels: NDArray[np.int32], todo: NDArray[np.intp], steps: int, *, geodesic: bool
) -> NDArray[np.intp]:
    """Let the labels grow, in place, into the unlabelled pixels ``todo``; returns those left.

    A geodesic growth moves along edges only, so it cannot slip through a diagonal line; otherwise
    diagonal steps alternate with straight ones, which makes the reach round.
    """
    flat = labels.ravel()
    first = min(_offsets(labels))
    # Every neighbour in a view of its own, so that one array of numbers serves them all.
    around = [flat[offset - first :] for offset in _offsets(labels)]
    for step in range(steps):
        if not todo.size:
            break
        corner = todo + first
        best = around[0].take(corner)
        for beside in around[1:4] if geodesic or step % 2 == 0 else around[1:]:
            np.maximum(best, beside.take(corner), out=best)
        flat[todo] = best  # 0, as it was, where no label was near
        left = todo.compress(best == 0)
        if geodesic and left.size == todo.size:
            break  # what is left lies in pockets that nothing reaches
        todo = left
    return todo


def _join_open(labels: NDArray[np.int32], sliver_area: int, min_area: int) -> NDArray[np.int32]:
    """Join regions that no line parts and that lie wide open to each other.

    Erosion also tears shapes at their narrow places: the tip of a wedge, the sides of an iris.
    The tear is then wide for the smaller part's size, whereas a gap in an outline is narrow.
    Parts below ``sliver_area`` join in any case. ``labels``: the free area only, ink still 0.
    Returns the labels afterwards, 0 for what is still smaller than ``min_area``.
    """
    flat, width = labels.ravel(), labels.shape[1]
    # Where a row wraps, both are of the frame, which is 0.
    bounds = stretches(flat)
    label, length = flat.take(bounds[:-1]), bounds[1:] - bounds[:-1]
    upper = np.flatnonzero(flat[width:] != flat[:-width])
    a = np.concatenate([flat.take(upper + width), label[1:]])
    b = np.concatenate([flat.take(upper), label[:-1]])
    area: NDArray[Any] = np.bincount(label, length)
    both = np.flatnonzero((a > 0) & (b > 0))
    table = _joined(a.take(both), b.take(both), area, sliver_area)
    table[np.bincount(table, area)[table] < min_area] = 0
    return np.repeat(table.take(label), length).reshape(labels.shape)


def _joined(
    a: NDArray[np.int32], b: NDArray[np.int32], area: NDArray[Any], sliver_area: int
) -> NDArray[np.int32]:
    """What becomes of every label; ``a`` and ``b``: the two at every edge between two."""
    table = np.arange(area.size, dtype=np.int32)
    while a.size:
        # From the smaller to the larger, the older of two equals: no chain can be a circle.
        swap = (area[a] > area[b]) | ((area[a] == area[b]) & (a < b))
        keys = np.where(swap, b, a) * np.int64(area.size) + np.where(swap, a, b)
        contacts, length = _counted(keys)
        source, target = np.divmod(contacts, area.size)
        wide = length >= _WIDE_OPEN * np.sqrt(area[source])
        joined = np.flatnonzero(wide | (area[source] < sliver_area))
        if not joined.size:
            break
        joined = joined[np.argsort(length[joined], kind="stable")]  # last write wins: the longest
        step = np.arange(area.size, dtype=np.int32)
        step[source[joined]] = target[joined]
        while (step[step] != step).any():
            step = step[step]
        table, area = step[table], np.bincount(step, area, area.size)
        a, b = step[a], step[b]
        a, b = a[a != b], b[a != b]
    return table


def _label_leftovers(labels: NDArray[np.int32], left: NDArray[np.intp]) -> None:
    """Free pixels no region reached (a speck in solid black) become regions of their own."""
    if left.size:
        pieces, _ = _pieces(left, labels.shape[1])
        labels.ravel()[left] = pieces + labels.max()
