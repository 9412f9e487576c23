"""Which regions the user's colour hints claim: in those, the hint decides and not the network."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import edt
import numpy as np
from numpy.typing import NDArray

from style2color.hints import Hints
from style2color.reading.regions import Regions

__all__ = ["claim", "touched"]

# A stroke claims the regions in which at least this share of it runs: less is a slip of the hand
# over a line, and would flood the neighbour.
_STROKE_SHARE = 0.1
_SAMPLES = 64  # points looked at along each straight piece of a stroke
# Beyond this many colours in one region the hints are a painting; the last of them win.
_MAX_COLORS = 32


def touched(hints: Hints, regions: Regions, size: tuple[int, int]) -> NDArray[np.bool_]:
    """Tell the regions, (R,) bool, that a hint lies in; arguments as those of `claim`."""
    found = np.zeros(regions.count, np.bool_)
    found[[label - 1 for label in _spots(hints, regions, size)]] = True
    return found


def claim(
    hints: Hints, regions: Regions, closed: NDArray[np.bool_], size: tuple[int, int]
) -> tuple[NDArray[np.int32], dict[int, tuple[int, int, int]]]:
    """Find the regions hints claim; split those that several colours claim.

    hints: in pixels of a page of ``size`` (height, width). regions: of that page at any size.
    closed: (R,) bool, the regions that can be claimed; a hint would flood one that is not closed.
    Returns the label map (H, W) int32 and the colour of every claimed label. A region with
    hints of several colours is shared out by nearness: its label keeps the first colour, the
    others get labels above ``regions.count``. Without such regions the map is the regions' own.
    """
    spots = _spots(hints, regions, size)
    labels, count = regions.labels, regions.count
    colors: dict[int, tuple[int, int, int]] = {}
    for label, by_color in spots.items():
        if not closed[label - 1]:
            continue
        chosen = list(by_color)[-_MAX_COLORS:]
        colors[label] = chosen[0]
        if len(chosen) == 1:
            continue
        if labels is regions.labels:
            labels = labels.copy()
        x0, y0, x1, y1 = regions.bbox[label - 1].tolist()
        inside = regions.labels[y0:y1, x0:x1] == label
        distance = []
        for color in chosen:
            away = np.ones(inside.shape, np.bool_)
            row, column = np.array(by_color[color]).T
            away[row - y0, column - x0] = False
            distance.append(edt.edt(away))
        nearest = np.argmin(distance, axis=0)
        for index, color in enumerate(chosen[1:], start=1):
            count += 1
            colors[count] = color
            labels[y0:y1, x0:x1][inside & (nearest == index)] = count
    return labels, colors


def _spots(
    hints: Hints, regions: Regions, size: tuple[int, int]
) -> dict[int, dict[tuple[int, int, int], list[tuple[int, int]]]]:
    """Per claimed label and colour, the pixels (row, column) of the label map the hints mark."""
    spots: dict[int, dict[tuple[int, int, int], list[tuple[int, int]]]] = {}
    for color, share, xy in _traces(hints):
        rows = _scaled(xy[:, 1], size[0], regions.labels.shape[0])
        columns = _scaled(xy[:, 0], size[1], regions.labels.shape[1])
        found = regions.labels[rows, columns]
        for label in np.unique(found[found > 0]).tolist():
            here = found == label
            if here.sum() >= share * len(found):
                marks = spots.setdefault(label, {}).setdefault(color, [])
                marks.extend(zip(rows[here].tolist(), columns[here].tolist(), strict=True))
    return spots


def _traces(
    hints: Hints,
) -> Iterator[tuple[tuple[int, int, int], float, NDArray[np.float64]]]:
    """Every hint as its colour, the share of it a region must hold, and points (N, 2) x, y."""
    for stroke in hints.strokes:
        corners = np.array(stroke.points, np.float64)
        if len(corners) > 1:
            steps = np.linspace(0.0, 1.0, _SAMPLES)[:, None]
            pieces = [a + (b - a) * steps for a, b in itertools.pairwise(corners)]
            corners = np.concatenate(pieces)
        yield stroke.color, _STROKE_SHARE, corners
    for point in hints.points:
        yield point.color, 0.0, np.array([[point.x, point.y]])


def _scaled(values: NDArray[np.float64], full: int, small: int) -> NDArray[np.intp]:
    return np.clip((values * (small / full)).astype(np.intp), 0, small - 1)
