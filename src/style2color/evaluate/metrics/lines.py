"""Measures only line art can have: does the ink stay, and does colour stay inside it?

These three are ours. They need no target: they hold for any painting of any sketch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from style2color.color import rgb_to_lab
from style2color.errors import UsageError
from style2color.evaluate.metrics.batch import LUMA, Array8, Values, lines_batch, rgb_batch

Extractor = Callable[[Array8], Array8]

INK_LEVEL = 64
"""Line art this dark or darker is a line pixel; softer pixels are the edges of strokes."""
BORDER_REACH = 6
"""Bleeding is looked for this many pixels from the middle of the line between two regions."""
_CLEARLY_OTHER = 10.0  # ΔE*ab from which two regions are meant to differ
_SMALLEST_REGION = 24  # pixels; below, a median colour is a guess
_BARE = 250  # line art this light is bare paper, without the soft edge of a stroke
_CLOSING = 3  # pixels; gaps in an outline up to this wide do not join two regions


@dataclass(frozen=True)
class LineFidelity:
    """How well the lines of a sketch survive; all float64 (B,), NaN where there are no lines.

    difference: mean |luma of the output − line art| on line pixels, 0..255; 0 = untouched.
    recall: share of the sketch's line pixels found again in the output, 0..1.
    precision: share of the output's lines that the sketch has too, 0..1; borders between colours
    that no line divides lower it.
    """

    difference: Values
    recall: Values
    precision: Values


def line_fidelity(
    painted: NDArray[Any], lines: NDArray[Any], extractor: Extractor, tolerance: int = 1
) -> LineFidelity:
    """Compare the lines of a painting with the line art it was painted on.

    painted: uint8 (B, H, W, 3); lines: uint8 (B, H, W), 255 = paper. extractor: uint8 (H, W, 3) →
    line art uint8 (H, W), used on the output. tolerance: pixels by which a line may have moved.

    Raises:
        UsageError: sizes that differ.
    """
    batch = rgb_batch(painted, "painted")
    sketches = lines_batch(lines, batch)
    rows = [_fidelity(p, s, extractor, tolerance) for p, s in zip(batch, sketches, strict=True)]
    return LineFidelity(*np.array(rows, np.float64).T)


def _fidelity(
    picture: Array8, sketch: Array8, extractor: Extractor, tolerance: int
) -> tuple[float, float, float]:
    ink = sketch <= INK_LEVEL
    if not ink.any():
        return np.nan, np.nan, np.nan
    luma = picture[ink] @ LUMA
    again = extractor(picture) < 128
    # A line's own inside counts as found when its edge is: extractors hollow out thick strokes.
    reach = np.ones((2 * tolerance + 1,) * 2, np.uint8)
    near_again = cv2.dilate(again.astype(np.uint8), reach) > 0
    near_ink = cv2.dilate((sketch < 192).astype(np.uint8), reach) > 0
    rim = ink & ~(cv2.erode(ink.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
    precision = near_ink[again].mean() if again.any() else np.nan
    return float(np.abs(luma - sketch[ink]).mean()), float(near_again[rim].mean()), float(precision)


def closed_regions(lines_HW: Array8) -> NDArray[np.int32]:
    """Regions that lines enclose, int32 (H, W): 0 = ink or too small, 1… = regions.

    Gaps up to three pixels count as closed. Use exact ids instead where they exist.
    """
    paper = (lines_HW >= 128).astype(np.uint8)
    core = cv2.erode(paper, np.ones((_CLOSING, _CLOSING), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(core, connectivity=4)
    small = np.flatnonzero(stats[:, cv2.CC_STAT_AREA] < _SMALLEST_REGION)
    labels[np.isin(labels, small[small > 0])] = 0
    # Give the eroded rim back to the region it touches, but not the soft edge of a stroke, whose
    # colour is half ink.
    grown = cv2.dilate(labels.astype(np.float32), np.ones((_CLOSING, _CLOSING), np.uint8))
    return np.where((labels == 0) & (lines_HW >= _BARE), grown, labels).astype(np.int32)


def exact_regions(ids_HW: NDArray[np.integer[Any]], lines_HW: Array8) -> NDArray[np.int32]:
    """Ids from 1 that the drawing itself knows, int32 (H, W), with 0 on its strokes.

    Unlike `closed_regions` they also part what no closed line parts: an open outline, two colours
    that meet without ink. Pixels on the soft edges of strokes are ink: their colour is half of it.
    """
    return np.where(lines_HW >= _BARE, ids_HW, 0).astype(np.int32)


def bleeding(painted: NDArray[Any], regions: NDArray[Any]) -> Values:
    """How much of the neighbour's colour runs over a border, float64 (B,), 0..1; 0 = none.

    painted: uint8 (B, H, W, 3). regions: int (B, H, W) or (H, W), ids from 1, 0 = ink; exact ids
    where the drawing has them, else `closed_regions`. The colour of a region is the median of its
    pixels in the output itself, so a whole region in a wrong colour is no bleeding. For every pixel
    within six pixels of the middle of the line to a region whose colour differs by ΔE*ab ≥ 10, the
    share of the way from its own colour to that colour is taken (0 = its own, 1 = the other's; the
    largest over all neighbours), and averaged. NaN where no two such regions meet.

    Raises:
        UsageError: sizes that differ.
    """
    batch, ids = _with_regions(painted, regions)
    return np.array([_bleeding(p, r) for p, r in zip(batch, ids, strict=True)])


def _bleeding(picture: Array8, ids: NDArray[np.int32]) -> float:
    lab = rgb_to_lab(picture)
    medians = _region_medians(lab, ids)
    share = np.full(ids.shape, -1.0, np.float32)
    # Ink goes to the nearest region, so that two regions meet in the middle of a line of any width.
    nearest = ndimage.distance_transform_edt(ids == 0, return_distances=False, return_indices=True)
    filled = ids[tuple(nearest)]
    # Looking straight and along the diagonals finds every neighbour a border strip can have.
    for dy, dx in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1), (1, -1), (-1, 1)):
        for distance in range(1, BORDER_REACH + 1):
            other = _shifted(filled, distance * dy, distance * dx)
            y, x = np.nonzero((other > 0) & (ids > 0) & (other != ids))
            own = medians[ids[y, x]]
            step = medians[other[y, x]] - own
            length = (step**2).sum(-1)
            clear = length >= _CLEARLY_OTHER**2
            y, x, own, step, length = y[clear], x[clear], own[clear], step[clear], length[clear]
            way = ((lab[y, x] - own) * step).sum(-1) / length
            share[y, x] = np.maximum(share[y, x], np.clip(way, 0, 1))
    counted = share >= 0
    return float(share[counted].mean()) if counted.any() else np.nan


def unevenness(painted: NDArray[Any], regions: NDArray[Any]) -> Values:
    """Colour variation inside regions: mean ΔE*ab to the region's median colour, float64 (B,).

    Arguments as in `bleeding`. 0 = flat fills. Shading and gradients are legitimate variation, so
    read it beside the same figure for the target. NaN without regions.
    """
    batch, ids = _with_regions(painted, regions)
    values = []
    for picture, region in zip(batch, ids, strict=True):
        inside = region > 0
        lab = rgb_to_lab(picture)
        away = lab[inside] - _region_medians(lab, region)[region[inside]]
        values.append(float(np.sqrt((away**2).sum(-1)).mean()) if inside.any() else np.nan)
    return np.array(values)


def _with_regions(painted: NDArray[Any], regions: NDArray[Any]) -> tuple[Array8, NDArray[np.int32]]:
    batch = rgb_batch(painted, "painted")
    ids = np.asarray(regions)
    ids = ids[None] if ids.ndim == 2 else ids
    if ids.shape != batch.shape[:3] or not np.issubdtype(ids.dtype, np.integer) or ids.min() < 0:
        raise UsageError(
            f"regions: need integers ≥ 0 of shape {batch.shape[:3]}, not {ids.dtype} {ids.shape}"
        )
    return batch, ids.astype(np.int32)


def _region_medians(lab: NDArray[np.float32], ids: NDArray[np.int32]) -> NDArray[np.float32]:
    """Median CIELAB colour per id, (max id + 1, 3); row 0 and unused ids are zero."""
    flat = ids.ravel()
    order = np.argsort(flat, kind="stable")
    colors = lab.reshape(-1, 3)[order]
    count = np.bincount(flat)
    ends = np.cumsum(count)
    medians = np.zeros((len(count), 3), np.float32)
    for region in np.flatnonzero(count):
        if region:
            medians[region] = np.median(colors[ends[region] - count[region] : ends[region]], axis=0)
    return medians


def _shifted(ids: NDArray[np.int32], dy: int, dx: int) -> NDArray[np.int32]:
    """What lies (dy, dx) away from each pixel; 0 beyond the picture."""
    height, width = ids.shape
    moved = np.zeros_like(ids)
    ys, xs = slice(max(0, -dy), height - max(0, dy)), slice(max(0, -dx), width - max(0, dx))
    from_y, from_x = slice(max(0, dy), height + min(0, dy)), slice(max(0, dx), width + min(0, dx))
    moved[ys, xs] = ids[from_y, from_x]
    return moved
