"""What is known of the regions of a line drawing: their size and place, who touches whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar

import cc3d
import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Regions",
    "contacts",
    "geometry",
    "grounds",
    "measure",
    "neighbours",
    "pool",
    "shrink_labels",
    "stretches",
]

_Label = TypeVar("_Label", bound=np.generic)


@dataclass(frozen=True)
class Regions:
    """The closed regions of one sketch, largest first.

    labels: (H, W) int32, 1..count; 0 only inside solid black too thick to be filled through.
    count: number of regions R, may be 0 (a page of solid ink).
    area: (R,) int64, pixels of the region, those under the lines included.
    centroid: (R, 2) float32, x and y in pixels.
    bbox: (R, 4) int32, x0, y0, x1, y1; the far corner is exclusive.
    perimeter: (R,) int64, pixel edges towards anything else, the page's border included.
    free: (H, W) bool, True where there is no ink.

    Row ``i`` of every array describes label ``i + 1``.
    """

    labels: NDArray[np.int32]
    count: int
    area: NDArray[np.int64]
    centroid: NDArray[np.float32]
    bbox: NDArray[np.int32]
    perimeter: NDArray[np.int64] = field(repr=False)
    free: NDArray[np.bool_] = field(repr=False)


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
    renumbered = np.repeat(table.take(runs.label), runs.length).reshape(labels.shape)
    regions = Regions(
        labels=renumbered,
        count=count,
        area=area[ranks],
        centroid=centroid.astype(np.float32),
        bbox=np.stack([left, top, right, bottom + 1], axis=1)[ranks].astype(np.int32),
        perimeter=2 * np.bincount(runs.label, minlength=area.size)[ranks]
        + _edges_between_rows(renumbered, count),
        free=free,
    )
    return regions, ranks


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
    out[:, 6] = 2.0 * area / regions.perimeter / np.sqrt(page)
    inked = regions.labels.take(np.flatnonzero(~regions.free))
    free = regions.area - np.bincount(inked, minlength=regions.count + 1)[1:]
    out[:, 7] = 1.0 - free / area
    return out


def grounds(regions: Regions) -> NDArray[np.bool_]:
    """(R,) bool, where a region holds over half of the page's border: the ground of a figure."""
    labels = regions.labels
    edges = np.concatenate((labels[0], labels[-1], labels[:, 0], labels[:, -1]))
    border = np.bincount(edges, minlength=regions.count + 1)
    held: NDArray[np.bool_] = border[1:] > border.sum() / 2
    return held


def stretches(values_N: NDArray[Any], longest: int = 0) -> NDArray[np.intp]:
    """Where stretches of equal values begin, in order, and N; at every ``longest`` if not 0."""
    begins = np.ones(values_N.size + 1, np.bool_)
    np.not_equal(values_N[1:], values_N[:-1], out=begins[1:-1])
    if longest:
        begins[::longest] = True
    return np.flatnonzero(begins)


def neighbours(regions: Regions) -> NDArray[np.int32]:
    """Pairs of regions that share an edge (under the line that parts them).

    Returns (P, 2) int32 labels, the smaller first, sorted; empty (0, 2) where none touch.
    """
    if regions.count < 2:
        return np.zeros((0, 2), np.int32)
    pairs = sorted(cc3d.region_graph(regions.labels, connectivity=4))
    return np.array(pairs, np.int32).reshape(-1, 2)


def contacts(regions: Regions, most: int) -> NDArray[np.float32]:
    """Pixel edges that each two of the ``most`` largest regions share, (n, n), n up to ``most``."""
    count = min(regions.count, most)
    labels = regions.labels
    pairs = [(labels[:, 1:], labels[:, :-1]), (labels[1:], labels[:-1])]
    one, two = (np.concatenate([side[n][side[0] != side[1]] for side in pairs]) for n in (0, 1))
    kept = (one > 0) & (two > 0) & (one <= count) & (two <= count)
    keys = (one[kept].astype(np.intp) - 1) * count + two[kept] - 1
    shared = np.bincount(keys, minlength=count * count).reshape(count, count)
    return (shared + shared.T).astype(np.float32)


def shrink_labels(labels_HW: NDArray[_Label], height: int, width: int) -> NDArray[_Label]:
    """Resample a label map, or another that cannot be mixed, to (height, width) by taking the label
    at each new pixel's centre."""
    down, across = labels_HW.shape[0] // height, labels_HW.shape[1] // width
    if labels_HW.shape == (down * height, across * width):
        return np.ascontiguousarray(labels_HW[down // 2 :: down, across // 2 :: across])
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


@dataclass(frozen=True)
class _Runs:
    """Stretches of one label along the rows of a map, row by row; int arrays of equal length."""

    label: NDArray[np.int32]
    row: NDArray[np.int64]
    start: NDArray[np.int64]
    length: NDArray[np.int64]

    @classmethod
    def of(cls, labels: NDArray[np.int32]) -> _Runs:
        flat, width = labels.ravel(), labels.shape[1]
        bounds = stretches(flat, width)
        first = bounds[:-1]
        row = first // width
        return cls(flat.take(first), row, first - row * width, bounds[1:] - first)


def _edges_between_rows(labels: NDArray[np.int32], count: int) -> NDArray[np.intp]:
    """Pixel edges of each region towards another above or below, the page's border included."""
    flat, width = labels.ravel(), labels.shape[1]
    upper = np.flatnonzero(flat[width:] != flat[:-width])
    edges = (flat.take(upper), flat.take(upper + width), labels[0], labels[-1])
    return np.bincount(np.concatenate(edges), minlength=count + 1)[1:]
