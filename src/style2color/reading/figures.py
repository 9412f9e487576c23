"""Who is on a page: which figure every pixel belongs to, and whether two drawings show one person.

A tiny network sees lines alone, so it reads sketches and, in lines taken from them, references. On
a page it points from every pixel to the middle of its figure; where many pixels point to one place
there is somebody. Of a figure alone it says in a vector who that is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from style2color.model import Model
from style2color.reading.ink import shrink_lines

__all__ = ["People", "framed", "grouped", "read_people", "squared", "who"]

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]

_SIDE = 192  # of the square on which a page is read
_SEEN = 0.5  # chance from which on a pixel is a figure's
_BINS = 48  # across the page, in which places pointed to are counted
_BLUR = 2  # times a bin is averaged with its neighbours
_NEAR = 0.14  # sides of the page around a middle that are the same figure's
_SHARE = 0.12  # of all pixels of figures: what fewer point to is nobody
_APART = 5.5  # times what four of five pixels point beside: middles nearer than this are one's
_LEAST = 0.01  # of the page
_MOST = 8
_MARGIN = 0.06  # around a figure alone, of its longest side


@dataclass(frozen=True, eq=False)
class People:
    """The figures of a page. owner: uint8 (h, w) over the page, the number of a pixel's figure from
    1, the largest first, and 0 on the ground. count: how many there are."""

    owner: U8
    count: int


def read_people(model: Model, lines_HW: U8) -> People | None:
    """Tell the figures of a page apart, uint8 (H, W), 255 = paper. None where the model has no
    graph for it. Raises ModelError where the graph does not run."""
    if not model.tells_figures:
        return None
    square, rows, columns = squared(lines_HW)
    figure, way = model.run("figures", {"lines": square}, ("figure", "way"))
    return grouped(figure[0][rows, columns], way[0][:, rows, columns], figure.shape[1])


def who(model: Model, lines_HW: U8) -> F32:
    """Who is drawn in the lines of one figure that fills them, uint8 (H, W): float32 (64,). The
    product with another is the logit of their being the same. Raises ModelError."""
    (found,) = model.run("figures", {"lines": squared(lines_HW)[0]}, ("who",))
    out: F32 = found[0]
    return out


def grouped(figure_hw: F32, way_2hw: F32, side: int) -> People:
    """Figures from what the network says. figure: 0..1. way: from each pixel to the middle, down
    and right, in units of ``side`` pixels."""
    seen = figure_hw > _SEEN
    owner = np.zeros(seen.shape, np.uint8)
    at = np.stack(np.nonzero(seen))
    if at.shape[1] < _LEAST * side * side:
        return People(owner, 0)
    aim = (at + 0.5) / side + way_2hw[:, seen]
    bins = np.clip((aim * _BINS).astype(np.intp), 0, _BINS - 1)
    flat = bins[0] * _BINS + bins[1]
    left = np.ones(at.shape[1], np.bool_)
    middles: list[NDArray[np.float64]] = []
    while left.any() and len(middles) < _MOST:
        heap = _blurred(np.bincount(flat[left], minlength=_BINS**2).reshape(_BINS, _BINS))
        peak = (np.array(divmod(int(heap.argmax()), _BINS)) + 0.5) / _BINS
        near = left & (np.square(aim - peak[:, None]).sum(axis=0) < _NEAR**2)
        if near.sum() < _SHARE * at.shape[1]:
            break
        middles.append(aim[:, near].mean(axis=1))
        left &= ~near
    if not middles:
        middles.append(aim.mean(axis=1))
    apart = np.square(aim[:, None] - np.array(middles).T[:, :, None]).sum(axis=0)
    number = _joined(aim, apart.argmin(axis=0))
    order = np.argsort(-np.bincount(number, minlength=len(middles)), kind="stable")
    rank = np.empty(len(order), np.uint8)
    rank[order] = np.arange(1, len(order) + 1)
    owner[seen] = rank[number]
    return People(owner, int(owner.max()))


def _joined(aim_2N: NDArray[np.float64], number_N: NDArray[np.intp]) -> NDArray[np.intp]:
    """Figures, by the number of every pixel, with those in one whose middles lie near each other
    for how far beside them their pixels point: a monster of many limbs is no crowd."""
    number = number_N.copy()
    while len(some := np.unique(number)) > 1:
        middle = np.stack([aim_2N[:, number == one].mean(axis=1) for one in some])
        beside = np.hypot(*(aim_2N - middle[np.searchsorted(some, number)].T))
        first, second = np.triu_indices(len(some), 1)
        between = np.hypot(*(middle[first] - middle[second]).T)
        nearest = between.argmin()
        if between[nearest] >= _APART * np.quantile(beside, 0.8):
            break
        number[number == some[second[nearest]]] = some[first[nearest]]
    return number


def framed(picture: U8, people: People, number: int) -> U8:
    """One of the people of a picture, uint8 (H, W) or (H, W, 3), alone on white with a margin:
    what belongs to others is white. All of it, where it is too small to show him."""
    height, width = picture.shape[:2]
    owner = np.asarray(
        Image.fromarray(people.owner).resize((width, height), Image.Resampling.NEAREST)
    )
    rows, columns = (np.flatnonzero((owner == number).any(axis)) for axis in (1, 0))
    if not rows.size:
        return picture
    margin = round(_MARGIN * max(np.ptp(rows), np.ptp(columns))) + 2
    box = np.s_[
        max(0, rows[0] - margin) : rows[-1] + 1 + margin,
        max(0, columns[0] - margin) : columns[-1] + 1 + margin,
    ]
    others = (owner[box] != number) & (owner[box] > 0)
    alone: U8 = picture[box].copy()
    alone[others] = 255
    return alone


def squared(lines_HW: U8) -> tuple[F32, slice, slice]:
    """Lines as the graph takes them, and where of its maps, half as large, they lie."""
    small = shrink_lines(lines_HW, _SIDE)
    height, width = small.shape
    top, left = (_SIDE - height) // 2, (_SIDE - width) // 2
    square = np.ones((1, 1, _SIDE, _SIDE), np.float32)
    square[0, 0, top : top + height, left : left + width] = small.astype(np.float32) / 255
    return square, _halved(top, height), _halved(left, width)


def _halved(first: int, length: int) -> slice:
    return slice(first // 2, max(first // 2 + 1, (first + length) // 2))


def _blurred(counts: NDArray[np.integer]) -> NDArray[np.float64]:
    heap = counts.astype(np.float64)
    for _ in range(_BLUR):
        for axis in (0, 1):
            padded = np.pad(heap, [(1, 1) if n == axis else (0, 0) for n in (0, 1)])
            low, high = (
                np.take(padded, range(_BINS), axis),
                np.take(padded, range(2, _BINS + 2), axis),
            )
            heap = (low + 2 * heap + high) / 4
    return heap
