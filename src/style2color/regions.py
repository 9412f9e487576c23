"""Line art → closed regions, with the gaps of the lines closed, and what is known of each region.

The free area (everything that is not ink) is labelled several times, each time eroded a little
less: first only the cores far from any line exist, and a gap in an outline is too narrow for two
cores to touch through it. Every later, less eroded pass hands the pixels it adds to the cores that
are already there and lets areas too narrow for the earlier passes appear as regions of their own.
At last the regions grow under the lines, so that a painted region leaves no fringe beside the ink.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

import cc3d
import numpy as np
from numpy.typing import NDArray

from style2color.ink import ink_mask

__all__ = [
    "Regions",
    "geometry",
    "label_regions",
    "measure",
    "neighbours",
    "pool",
    "shrink_labels",
]

# Two areas are one shape if the opening between them is this share of the smaller one's side.
_WIDE_OPEN = 0.25
_REACH = 8  # pixels a region grows under the ink: lines up to 16 px wide are filled through


@dataclass(frozen=True)
class Regions:
    """The closed regions of one sketch, largest first.

    labels: (H, W) int32, 1..count; 0 only inside solid black too thick to be filled through.
    count: number of regions R, may be 0 (a page of solid ink).
    area: (R,) int64, pixels of the region, those under the lines included.
    centroid: (R, 2) float32, x and y in pixels.
    bbox: (R, 4) int32, x0, y0, x1, y1; the far corner is exclusive.
    free: (H, W) bool, True where there is no ink.

    Row ``i`` of every array describes label ``i + 1``.
    """

    labels: NDArray[np.int32]
    count: int
    area: NDArray[np.int64]
    centroid: NDArray[np.float32]
    bbox: NDArray[np.int32]
    free: NDArray[np.bool_] = field(repr=False)


def label_regions(
    lines_HW: NDArray[np.uint8],
    *,
    ink_threshold: float | None = None,
    gap: int = 4,
    min_area: int | None = None,
) -> Regions:
    """Split line art into closed regions.

    lines_HW: (H, W) uint8, 255 = paper, any size from 1 × 1.
    ink_threshold: see `style2color.ink.ink_mask`.
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
    table, area = _join_open(labels, (2 * gap + 1) ** 2)
    table[area[table] < min_area] = 0
    labels = table.take(labels)
    inside = np.flatnonzero(_frame(labels.shape) & (labels == 0))
    _grow(labels, inside, _REACH, geodesic=False)
    _label_leftovers(labels, masks[-1])
    return measure(labels[1:-1, 1:-1], free)[0]


def geometry(regions: Regions) -> NDArray[np.float32]:
    """Describe each region by eight numbers, independent of the page's resolution.

    Returns (R, 8) float32: log of the area's share of the page; centroid x, y and bounding box
    width, height as shares of the page (0..1); 1 where the region touches the border; mean
    thickness (twice the area over the perimeter) as a share of the page's geometric mean side;
    share of the region that is ink (0..1).
    """
    height, width = regions.labels.shape
    page = float(height * width)
    out = np.zeros((regions.count, 8), np.float32)
    if not regions.count:
        return out
    area = regions.area.astype(np.float64)
    box = regions.bbox
    out[:, 0] = np.log(area / page)
    out[:, 1] = (regions.centroid[:, 0] + 0.5) / width
    out[:, 2] = (regions.centroid[:, 1] + 0.5) / height
    out[:, 3] = (box[:, 2] - box[:, 0]) / width
    out[:, 4] = (box[:, 3] - box[:, 1]) / height
    out[:, 5] = (box[:, 0] == 0) | (box[:, 1] == 0) | (box[:, 2] == width) | (box[:, 3] == height)
    out[:, 6] = 2.0 * area / _perimeter(regions.labels, regions.count) / np.sqrt(page)
    inked = regions.labels.take(np.flatnonzero(~regions.free))
    free = regions.area - np.bincount(inked, minlength=regions.count + 1)[1:]
    out[:, 7] = 1.0 - free / area
    return out


def neighbours(regions: Regions) -> NDArray[np.int32]:
    """Pairs of regions that share an edge (under the line that parts them).

    Returns (P, 2) int32 labels, the smaller first, sorted; empty (0, 2) where none touch.
    """
    if regions.count < 2:
        return np.zeros((0, 2), np.int32)
    pairs = sorted(cc3d.region_graph(regions.labels, connectivity=4))
    return np.array(pairs, np.int32).reshape(-1, 2)


def shrink_labels(labels_HW: NDArray[np.int32], height: int, width: int) -> NDArray[np.int32]:
    """Resample a label map to (height, width) by taking the label at each new pixel's centre."""
    rows = ((np.arange(height) + 0.5) * (labels_HW.shape[0] / height)).astype(np.intp)
    columns = ((np.arange(width) + 0.5) * (labels_HW.shape[1] / width)).astype(np.intp)
    return np.ascontiguousarray(labels_HW.take(rows, axis=0).take(columns, axis=1))


def pool(
    features_FHW: NDArray[np.float32], labels_HW: NDArray[np.int32], count: int
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Average a feature map over each region.

    features_FHW: (F, h, w) float32. labels_HW: (H, W) int32 of any size, resampled to (h, w).
    Returns the means (R, F) float32, zero for regions that vanished at the feature size, and
    (R,) bool, True for those that vanished.
    """
    features, height, width = features_FHW.shape
    small = shrink_labels(labels_HW, height, width).ravel()
    pixels = np.bincount(small, minlength=count + 1)[1 : count + 1]
    gone = pixels == 0
    out = np.zeros((count, features), np.float32)
    if count and not gone.all():
        # NumPy sorts 16-bit integers in linear time, wider ones not.
        keys = small.astype(np.uint16) if count < 2**16 else small
        order = np.argsort(keys, kind="stable")[small.size - int(pixels.sum()) :]
        present = np.flatnonzero(~gone)
        starts = np.concatenate(([0], np.cumsum(pixels[present])[:-1]))
        for channel, plane in enumerate(features_FHW.reshape(features, -1)):
            out[present, channel] = np.add.reduceat(plane[order], starts) / pixels[present]
    return out, gone


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
    area = np.pad(free, 1, constant_values=True)  # the page's border is no line
    frame = _frame(area.shape)
    masks = []
    for radius in range(radii[-1] + 1):
        if radius:
            narrower = area.copy()
            narrower[1:] &= area[:-1]
            narrower[:-1] &= area[1:]
            across = area if radius % 2 else narrower.copy()
            narrower[:, 1:] &= across[:, :-1]
            narrower[:, :-1] &= across[:, 1:]
            area = narrower
        if radius in radii:
            masks.append(area & frame)
    return masks[::-1]


def _label_cores(masks: list[NDArray[np.bool_]], gap: int) -> NDArray[np.int32]:
    """Label the framed free area at falling erosion; every free pixel gets a label."""
    labels, count = _components(masks[0])
    flat = labels.ravel()
    # One pixel of every label. A label is connected within all wider masks, so this pixel tells
    # which component of such a mask the label lies in.
    some_pixel = np.zeros(count + 1, np.intp)
    starts = np.flatnonzero(flat[1:] != flat[:-1]) + 1
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
        todo = _grow(labels, added[given == 0], gap + 2, geodesic=True)
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
    left = np.zeros(labels.shape, np.bool_)
    left.ravel()[todo] = True
    pieces, piece_count = _components(left)
    piece = pieces.ravel()[todo]
    flat = labels.ravel()
    keys = []
    for offset in _offsets(labels)[:4]:
        beside = flat.take(todo + offset)
        touches = beside > 0
        keys.append(piece[touches] * np.int64(count + 1) + beside[touches])
    contacts, length = np.unique(np.concatenate(keys), return_counts=True)
    of_piece, of_label = np.divmod(contacts, count + 1)
    by_length = np.argsort(length, kind="stable")  # the last write wins: the longest contact
    table = np.zeros(piece_count + 1, np.int32)
    table[of_piece[by_length]] = of_label[by_length]
    rivals = np.bincount(of_piece, minlength=piece_count + 1)
    apart = np.flatnonzero((rivals > 1) & (np.bincount(piece) >= own_area))
    table[apart] = count + 1 + np.arange(apart.size)
    flat[todo] = table[piece]
    return count + int(apart.size)


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
    offsets = _offsets(labels)
    for step in range(steps):
        if not todo.size:
            break
        best = flat.take(todo + offsets[0])
        for offset in offsets[1:4] if geodesic or step % 2 == 0 else offsets[1:]:
            np.maximum(best, flat.take(todo + offset), out=best)
        flat[todo] = best  # 0, as it was, where no label was near
        todo = todo[best == 0]
    return todo


def _join_open(
    labels: NDArray[np.int32], sliver_area: int
) -> tuple[NDArray[np.int32], NDArray[Any]]:
    """Join regions that no line parts and that lie wide open to each other.

    Erosion also tears shapes at their narrow places: the tip of a wedge, the sides of an iris.
    The tear is then wide for the smaller part's size, whereas a gap in an outline is narrow.
    Parts below ``sliver_area`` join in any case. ``labels``: the free area only, ink still 0.
    Returns what becomes of every label, and the areas afterwards.
    """
    flat = labels.ravel()
    meeting = []
    for step in (labels.shape[1], 1):  # where a row wraps, both are of the frame, which is 0
        here = np.flatnonzero(flat[step:] != flat[:-step])
        meeting.append(np.stack([flat.take(here + step), flat.take(here)]))
    a, b = np.concatenate(meeting, axis=1)
    ends = np.append(here, flat.size - 1)  # of stretches of one label
    area: NDArray[Any] = np.bincount(flat.take(ends), np.diff(ends, prepend=-1))
    both = (a > 0) & (b > 0)
    a, b = a[both], b[both]
    table = np.arange(area.size, dtype=np.int32)
    while a.size:
        # From the smaller to the larger, the older of two equals: no chain can be a circle.
        swap = (area[a] > area[b]) | ((area[a] == area[b]) & (a < b))
        keys = np.where(swap, b, a) * np.int64(area.size) + np.where(swap, a, b)
        contacts, length = np.unique(keys, return_counts=True)
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
    return table, area


def _label_leftovers(labels: NDArray[np.int32], free: NDArray[np.bool_]) -> None:
    """Free pixels no region reached (a speck in solid black) become regions of their own."""
    left = free & (labels == 0)
    if left.any():
        pieces, _ = _components(left)
        pieces[left] += labels.max()
        np.copyto(labels, pieces, where=left)


def measure(
    labels: NDArray[np.int32], free: NDArray[np.bool_]
) -> tuple[Regions, NDArray[np.int64]]:
    """Renumber labels by falling area (ties: as they were) and measure the regions.

    labels: (H, W) int32, 0 = no region. free: (H, W) bool, see `Regions`. Returns the regions and,
    for each of them, the label it had, (R,) int64.
    """
    runs = _Runs.of(labels)
    area = np.bincount(runs.label, np.where(runs.label, runs.length, 0), 2).astype(np.int64)
    count = int(np.count_nonzero(area))
    ranks = np.argsort(-area, kind="stable")[:count]
    table = np.zeros(area.size, np.int32)
    table[ranks] = np.arange(1, count + 1)
    # Runs come row by row, so the last that is written is the lowest, or from behind the highest.
    top, bottom = np.zeros((2, area.size), np.int64)
    top[runs.label[::-1]] = runs.row[::-1]
    bottom[runs.label] = runs.row
    left, right = np.full(area.size, labels.shape[1]), np.zeros(area.size, np.int64)
    np.minimum.at(left, runs.label, runs.start)
    np.maximum.at(right, runs.label, runs.start + runs.length)
    middle = runs.start + (runs.length - 1) / 2
    sums = [np.bincount(runs.label, runs.length * at, area.size) for at in (middle, runs.row)]
    centroid = np.stack(sums, axis=1)[ranks] / area[ranks, None]
    regions = Regions(
        labels=table.take(labels),
        count=count,
        area=area[ranks],
        centroid=centroid.astype(np.float32),
        bbox=np.stack([left, top, right, bottom + 1], axis=1)[ranks].astype(np.int32),
        free=free,
    )
    return regions, ranks


@dataclass(frozen=True)
class _Runs:
    """Stretches of one label along the rows of a map, row by row; int arrays of equal length."""

    label: NDArray[np.int32]
    row: NDArray[np.int64]
    start: NDArray[np.int64]
    length: NDArray[np.int64]

    @classmethod
    def of(cls, labels: NDArray[np.int32]) -> _Runs:
        flat = labels.ravel()
        begins = np.ones(flat.size, np.bool_)
        np.not_equal(flat[1:], flat[:-1], out=begins[1:])
        begins[:: labels.shape[1]] = True
        first = np.flatnonzero(begins)
        row, width = first // labels.shape[1], labels.shape[1]
        return cls(flat.take(first), row, first - row * width, np.diff(first, append=flat.size))


def _perimeter(labels: NDArray[np.int32], count: int) -> NDArray[np.intp]:
    """Pixel edges between each region and anything else, the page's border included: two at the
    ends of every run, and those between rows."""
    flat, width = labels.ravel(), labels.shape[1]
    total = 2 * np.bincount(_Runs.of(labels).label, minlength=count + 1)
    upper = np.flatnonzero(flat[width:] != flat[:-width])
    for edge in (flat[upper], flat[upper + width], labels[0], labels[-1]):
        total += np.bincount(edge, minlength=count + 1)
    return total[1:]
