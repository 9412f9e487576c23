"""Colorizers without a network, to stand beside the trained ones.

Each keeps the ink: what it paints is multiplied by the line art. Without a reference they have
nothing to go by and leave the paper white.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from style2color.color import lab_to_rgb, rgb_to_lab
from style2color.errors import UsageError
from style2color.evaluate.metrics.palette import colours, paper_mask
from style2color.evaluate.painters import Painter
from style2color.reading.regions import label_regions

Array8 = NDArray[np.uint8]

_GAP = 2  # pixels; gaps in the outer contour up to twice this wide are closed


def baseline(name: str) -> Painter:
    """The baseline of that name.

    Raises:
        UsageError: an unknown name; the message lists the known ones.
    """
    try:
        return BASELINES[name]()
    except KeyError:
        known = ", ".join(BASELINES)
        raise UsageError(f"unknown baseline {name!r}; choose from {known}") from None


class White:
    """Leaves the sketch as it is: what a page scores without any colour."""

    name = "white"

    def paint(self, lines: Array8, reference: Array8 | None) -> Array8:
        """The line art as RGB."""
        return np.repeat(lines[..., None], 3, -1)


class MeanColour:
    """One colour inside the figure: the mean of the reference's figure."""

    name = "mean"

    def paint(self, lines: Array8, reference: Array8 | None) -> Array8:
        """Fill what the outer contour encloses."""
        if reference is None:
            return _inked(_blank(lines), lines)
        flat = _blank(lines)
        flat[figure_of(lines)] = np.rint(_figure(reference).mean(0)).astype(np.uint8)
        return _inked(flat, lines)


class HistogramTransfer:
    """Reinhard, Ashikhmin, Gooch and Shirley, "Color transfer between images" (2001), in CIELAB.

    Mean and deviation of the sketch's figure are moved to those of the reference's figure. A
    sketch has no chroma to spread, so all that can arrive is the mean tint and the contrast.
    """

    name = "histogram"

    def paint(self, lines: Array8, reference: Array8 | None) -> Array8:
        """Transfer inside the figure; the paper stays white."""
        painted = _inked(_blank(lines), lines)
        inside = figure_of(lines)
        if reference is None or not inside.any():
            return painted
        sketch = rgb_to_lab(painted[inside])
        wanted = rgb_to_lab(_figure(reference))
        spread = np.where(sketch.std(0) > 1e-3, wanted.std(0) / (sketch.std(0) + 1e-6), 0)
        painted[inside] = lab_to_rgb((sketch - sketch.mean(0)) * spread + wanted.mean(0))
        return painted


class RegionFill:
    """Fills every closed region with the palette colour found nearest in the reference.

    The two figures' bounding boxes are laid over each other; a region takes the palette entry that
    most of its pixels fall on. As good as it gets without understanding: right where the poses
    agree, wrong elsewhere.
    """

    name = "regions"

    def paint(self, lines: Array8, reference: Array8 | None) -> Array8:
        """Fill the regions of the figure."""
        flat = _blank(lines)
        inside = figure_of(lines)
        if reference is None or not inside.any():
            return _inked(flat, lines)
        palette = colours(reference)
        lab = rgb_to_lab(reference).reshape(-1, 3)
        nearest = ((lab[:, None] - palette.lab[None].astype(np.float32)) ** 2).sum(-1).argmin(1)
        entries = nearest.reshape(reference.shape[:2])
        paper = paper_mask(reference)
        if not paper.all():
            entries[paper] = -1
        regions = label_regions(lines)
        y, x = np.nonzero(inside)
        votes = np.zeros((regions.count + 1, len(palette.weight)))
        rows, columns = _laid_over(np.stack([y, x]), inside, ~paper)
        seen = entries[rows, columns]
        region = regions.labels[y, x]
        on_figure = seen >= 0
        np.add.at(votes, (region[on_figure], seen[on_figure]), 1)
        # A region that fell on paper alone takes the commonest colour.
        votes[votes.sum(1) == 0] = palette.weight
        table = lab_to_rgb(palette.lab)[votes.argmax(1)]
        flat[y, x] = table[region]
        return _inked(flat, lines)


BASELINES: dict[str, type[White | MeanColour | HistogramTransfer | RegionFill]] = {
    painter.name: painter for painter in (White, MeanColour, RegionFill, HistogramTransfer)
}


def figure_of(lines_HW: Array8) -> NDArray[np.bool_]:
    """bool (H, W): what the outer contour of a drawing encloses, the contour included.

    Gaps up to four pixels count as closed. Busts and half figures are cut by the lower border, so
    the outside comes in from the other three. A drawing that encloses nothing leaves only its ink.
    """
    ink = (lines_HW < 192).astype(np.uint8)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _GAP + 1, 2 * _GAP + 1))
    margin = _GAP + 1
    frame = ((margin, 0), (margin, margin))
    wall = np.pad(cv2.dilate(ink, kernel), frame)
    # The frame is paper, so the outside is one piece and has the label of the first pixel.
    _, labels = cv2.connectedComponents(1 - wall, connectivity=4)
    outside = cv2.dilate((labels == labels[0, 0]).astype(np.uint8), kernel)
    return np.asarray((outside[margin:, margin:-margin] == 0) | (ink > 0))


def _laid_over(
    points: NDArray[np.intp], here: NDArray[np.bool_], there: NDArray[np.bool_]
) -> NDArray[np.intp]:
    """Points (2, N) moved from the bounding box of mask `here` to that of `there`."""
    moved = np.empty(points.shape)
    for axis in (0, 1):
        first, last = np.flatnonzero(here.any(1 - axis))[[0, -1]]
        extent = np.flatnonzero(there.any(1 - axis))
        low, high = (extent[0], extent[-1]) if len(extent) else (0, there.shape[axis] - 1)
        moved[axis] = low + (points[axis] - first) / max(last - first, 1) * (high - low)
    return np.rint(moved).astype(np.intp)


def _figure(reference: Array8) -> Array8:
    """The pixels of the reference's figure, (N, 3); all of them where it has none."""
    figure = reference[~paper_mask(reference)]
    return figure if len(figure) else reference.reshape(-1, 3)


def _blank(lines: Array8) -> Array8:
    return np.full((*lines.shape, 3), 255, np.uint8)


def _inked(flat: Array8, lines: Array8) -> Array8:
    return ((flat.astype(np.uint16) * lines[..., None] + 127) // 255).astype(np.uint8)
