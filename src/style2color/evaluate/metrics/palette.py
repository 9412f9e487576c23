"""Palette distance: how far the colours of one figure are from those of another, wherever they are.

Each picture becomes at most 16 colour clusters of its figure; the distance is the cost of the
cheapest way to move the one set of colours onto the other (optimal transport in CIELAB). Source:
Rubner, Tomasi and Guibas, "The earth mover's distance as a metric for image retrieval" (2000).

What is the figure? Near-white pixels that touch the border through near-white pixels are paper and
do not count, in either picture alike; white *inside* the figure counts. Where line art is known its
ink does not count either. A painter who colours the paper is charged for it: that colour is no
longer paper.

This shares no code with the palette the network itself uses, so that the one cannot flatter the
other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array, csr_array

from style2color.color import rgb_to_lab
from style2color.errors import UsageError
from style2color.evaluate.metrics.batch import Array8, Values, rgb_batch

CLUSTERS = 16
SIDE = 64
"""Pictures are thinned out to about SIDE × SIDE pixels before clustering."""

INK_LEVEL = 128
"""Line art darker than this is ink."""

_PAPER_LEVEL = 232
_BIN_BITS = 5
_ROUNDS = 12


@dataclass(frozen=True)
class Colours:
    """Clusters of a figure: lab float64 (K, 3), weight float64 (K,) that sums to 1; K ≤ 16."""

    lab: Values
    weight: Values


def palette_distance(painted: NDArray[Any], target: NDArray[Any]) -> Values:
    """Transport cost in CIELAB units, float64 (B,): 0 = same colours in the same amounts.

    The pictures of a pair may differ in size; the batches must be equally long.

    Raises:
        UsageError: batches of different length, or not uint8 RGB.
    """
    first, second = rgb_batch(painted, "painted"), rgb_batch(target, "target")
    if len(first) != len(second):
        raise UsageError(f"{len(first)} painted pictures against {len(second)} targets")
    return np.array([transport(colours(a), colours(b)) for a, b in zip(first, second, strict=True)])


def paper_mask(picture_HW3: Array8) -> NDArray[np.bool_]:
    """bool (H, W): near-white pixels joined to the border by near-white pixels."""
    white = (rgb_batch(picture_HW3)[0] >= _PAPER_LEVEL).all(-1)
    # A frame of paper around the picture joins every patch of paper that touches the border.
    framed = np.pad(white, 1, constant_values=True).astype(np.uint8)
    _, labels = cv2.connectedComponents(framed, connectivity=4)
    inner = labels[1:-1, 1:-1] == labels[0, 0]
    return np.asarray(inner & white)


def figure_pixels(picture_HW3: Array8, lines_HW: Array8 | None = None) -> Array8:
    """`paint_pixels`, N ≥ 1: without any paint all pixels are given, for then the picture's colour
    is its paper."""
    pixels = paint_pixels(picture_HW3, lines_HW)
    return pixels if len(pixels) else picture_HW3.reshape(-1, 3)


def paint_pixels(picture_HW3: Array8, lines_HW: Array8 | None = None) -> Array8:
    """The figure's pixels on an even grid, without paper and without ink, uint8 (N, 3), N ≥ 0.

    lines: uint8 (H, W), ink where below 128; None where no ink is known. A blank page and one that
    is all ink have none.

    Raises:
        UsageError: lines of another size.
    """
    chosen = ~paper_mask(picture_HW3)
    if lines_HW is not None:
        if lines_HW.shape != picture_HW3.shape[:2]:
            raise UsageError(f"lines {lines_HW.shape} do not fit picture {picture_HW3.shape[:2]}")
        chosen &= lines_HW >= INK_LEVEL
    step_y, step_x = (max(1, round(side / SIDE)) for side in picture_HW3.shape[:2])
    thin = (slice(step_y // 2, None, step_y), slice(step_x // 2, None, step_x))
    pixels = picture_HW3[thin][chosen[thin]]
    return pixels if len(pixels) else picture_HW3[chosen]


def colours(picture_HW3: Array8, lines_HW: Array8 | None = None) -> Colours:
    """Cluster the colours of a figure; uint8 (H, W, 3), lines uint8 (H, W) or None.

    k-means in CIELAB, weighted by area, from farthest-first seeds: no randomness.
    """
    pixels = figure_pixels(rgb_batch(picture_HW3)[0], lines_HW)
    lab, weight = _binned(pixels)
    centres = lab[[int(weight.argmax())]]
    gap = ((lab - centres[0]) ** 2).sum(-1)
    while len(centres) < min(CLUSTERS, len(lab)):
        # Area times distance: a single stray pixel must not take a cluster from an area.
        centres = np.vstack([centres, lab[int((weight * gap).argmax())]])
        gap = np.minimum(gap, ((lab - centres[-1]) ** 2).sum(-1))
    for _ in range(_ROUNDS):
        nearest = ((lab[:, None] - centres[None]) ** 2).sum(-1).argmin(1)
        share = np.bincount(nearest, weight, len(centres))
        sums = np.stack([np.bincount(nearest, weight * lab[:, c], len(centres)) for c in range(3)])
        kept = share > 0
        centres, share = sums.T[kept] / share[kept, None], share[kept]
    return Colours(centres, share / share.sum())


def _binned(pixels_N3: Array8) -> tuple[Values, Values]:
    """Mean CIELAB colour and share of area of every occupied bin of 8³ levels: (M, 3), (M,).

    Ten times fewer points than distinct colours, and k-means moves within bins only by rounding.
    """
    codes = pixels_N3.astype(np.int32) >> (8 - _BIN_BITS)
    keys = (codes[:, 0] << 2 * _BIN_BITS) | (codes[:, 1] << _BIN_BITS) | codes[:, 2]
    _, index, counts = np.unique(keys, return_inverse=True, return_counts=True)
    lab = rgb_to_lab(pixels_N3).astype(np.float64)
    sums = np.stack([np.bincount(index, lab[:, c]) for c in range(3)], 1)
    return sums / counts[:, None], counts / counts.sum()


def transport(first: Colours, second: Colours) -> float:
    """Exact optimal transport with Euclidean CIELAB cost (ΔE*ab), by linear programming."""
    rows, columns = len(first.weight), len(second.weight)
    cost = np.sqrt(((first.lab[:, None] - second.lab[None]) ** 2).sum(-1))
    if rows == 1 or columns == 1:
        return float((cost * first.weight[:, None] * second.weight[None]).sum())
    # Flow (i, j) leaves source i and reaches sink j; the last balance follows from the others.
    balances = np.concatenate([first.weight, second.weight])[:-1]
    solved = linprog(
        cost.ravel(), A_eq=_balance_matrix(rows, columns)[:-1], b_eq=balances, method="highs"
    )
    if not solved.success:
        raise UsageError(f"palette transport failed: {solved.message}")
    return float(solved.fun)


def _balance_matrix(rows: int, columns: int) -> csr_array:
    flow = np.arange(rows * columns)
    where = np.concatenate([flow // columns, rows + flow % columns])
    ones = np.ones(2 * len(flow))
    return coo_array((ones, (where, np.tile(flow, 2))), (rows + columns, len(flow))).tocsr()
