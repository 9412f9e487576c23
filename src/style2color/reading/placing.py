"""What the reference has where a region would lie, if both figures stood alike.

Poses often agree (expressions of one bust, frames of a sequence), and then place says more than
shape. The network gets this as a hint beside the mirrored one, and learns when to trust which.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from style2color.reading.regions import Regions, shrink_labels

__all__ = ["NEUTRAL", "place"]

NEUTRAL = 0.1
"""Stands in for entries that have no place in a reference: hints, paper, the default palette."""

_GRID = 64  # side of the grid on which regions are laid over the reference
_OUTSIDE = 0.005  # share of a figure's ink that its box may cut off on each side
_BACKGROUND = 0.5  # an entry that fills this share of the reference's rim is its background


def place(regions: Regions, assignment: NDArray[np.float32]) -> NDArray[np.float32]:
    """Lay the sketch's figure over the reference's, upright and mirrored.

    assignment: float32 (K, h, w), the share of each reference cell that an entry covers. Returns
    float32 (R, 2, K): how much of each entry lies under each region, 0..1, first upright.
    """
    entries, rows, columns = assignment.shape
    out = np.zeros((regions.count, 2, entries), np.float32)
    if not regions.count:
        return out
    ink = (~regions.free).view(np.uint8)
    left, right = _span(ink.sum(0, dtype=np.uint32))
    top, bottom = _span(ink.sum(1, dtype=np.uint32))
    figure = _figure(assignment)
    own_left, own_right = _span(figure.sum(0))
    own_top, own_bottom = _span(figure.sum(1))
    cells_HWK = np.ascontiguousarray(assignment.transpose(1, 2, 0))
    soft = ((_blurred(cells_HWK, 1) + _blurred(cells_HWK, 4)) / 2).reshape(-1, entries)

    labels = shrink_labels(regions.labels, _GRID, _GRID).ravel()
    middle = (np.arange(_GRID) + 0.5) / _GRID
    across = (middle - left) / (right - left)
    down = own_top + (middle - top) / (bottom - top) * (own_bottom - own_top)
    y = np.clip((down * rows).astype(np.intp), 0, rows - 1)
    pixels = np.bincount(labels, minlength=regions.count + 1)[1:]
    # NumPy sorts 16-bit integers in linear time, wider ones not.
    keys = labels.astype(np.uint16) if regions.count < 2**16 else labels
    order = np.argsort(keys, kind="stable")[labels.size - int(pixels.sum()) :]
    present, gone = np.flatnonzero(pixels), np.flatnonzero(pixels == 0)
    filled = pixels[present]
    starts = np.cumsum(filled) - filled
    size = np.array(regions.labels.shape[::-1])
    spots = np.clip(((regions.centroid + 0.5) / size * _GRID).astype(np.intp), 0, _GRID - 1)
    for side, along in enumerate((across, 1 - across)):
        x = own_left + along * (own_right - own_left)
        x = np.clip((x * columns).astype(np.intp), 0, columns - 1)
        cells = (y[:, None] * columns + x).reshape(-1)
        sums = np.add.reduceat(soft.take(cells.take(order), axis=0), starts, axis=0)
        out[present, side] = sums / filled[:, None]
        out[gone, side] = soft.take(cells.take(spots[gone, 1] * _GRID + spots[gone, 0]), axis=0)
    return out


def _span(mass: NDArray[np.generic]) -> tuple[float, float]:
    """Where nearly all of a mass lies along its axis, as shares of the length."""
    total = np.cumsum(mass.astype(np.float64))
    if total[-1] <= 0:
        return 0.0, 1.0
    low, high = np.searchsorted(total, np.array([_OUTSIDE, 1 - _OUTSIDE]) * total[-1])
    return float(low / len(mass)), float((high + 1) / len(mass))


def _figure(assignment: NDArray[np.float32]) -> NDArray[np.float32]:
    """Share of each cell that is no background, (h, w); all of it where there is none."""
    rim = np.concatenate(
        [assignment[:, 0], assignment[:, -1], assignment[:, :, 0], assignment[:, :, -1]], axis=1
    ).mean(axis=1)
    background = int(rim.argmax())
    if rim[background] < _BACKGROUND:
        return np.ones(assignment.shape[1:], np.float32)
    figure: NDArray[np.float32] = 1 - assignment[background]
    return figure


def _blurred(cells_HWK: NDArray[np.float32], radius: int) -> NDArray[np.float32]:
    """Box blur of the first two axes, edges repeated."""
    height, width, entries = cells_HWK.shape
    down = _box(height, radius) @ cells_HWK.reshape(height, -1)
    blurred: NDArray[np.float32] = _box(width, radius) @ down.reshape(height, width, entries)
    return blurred


@lru_cache(maxsize=8)
def _box(size: int, radius: int) -> NDArray[np.float32]:
    """What each of `size` cells takes from which, (size, size): the mean of those around it."""
    around = np.arange(size)[:, None] + np.arange(-radius, radius + 1)
    taken = np.clip(around, 0, size - 1)[..., None] == np.arange(size)
    box: NDArray[np.float32] = taken.mean(axis=1, dtype=np.float32)
    return box
