"""Which reference a figure resembles, told by its lines alone: a sketch has no colours to go by.

Line art and the lines extracted from a reference are compared patch by patch. A patch is a
histogram of the directions of its strokes (as in Dalal and Triggs 2005), and every patch of the
one looks for its nearest among those of the other, wherever it lies (naive-Bayes nearest
neighbours, Boiman et al. 2008). Both figures are brought to one size first, and the reference is
also tried mirrored.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from style2color.lines import dilate_divide, extract
from style2color.model import Model
from style2color.reading.figures import who
from style2color.reading.ink import ink_mask

__all__ = ["Likeness", "Shapes", "choose", "unlikeness"]

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]

_SIDE, _CELL, _WINDOW = 192, 8, 4  # pixels, pixels, cells
_DIRECTIONS = 8
_PATCHES = 30.0  # logits that a patch wholly unlike any other is worth
_LEAST = 1.0  # strength below which a patch is empty


@dataclass(frozen=True, eq=False)
class Shapes:
    """The patches of a figure's lines, and of those of its mirror image: float32 (N, D) each."""

    upright: F32
    mirrored: F32

    @classmethod
    def of_lines(cls, lines_HW: U8) -> Shapes:
        """Of line art, uint8 (H, W), 255 = paper."""
        square = _squared(lines_HW)
        return cls(_patches(square), _patches(square[:, ::-1]))

    @classmethod
    def of_picture(cls, rgb: U8) -> Shapes:
        """Of a coloured picture, uint8 (H, W, 3), by lines extracted from it."""
        small = Image.fromarray(rgb)
        small.thumbnail((2 * _SIDE, 2 * _SIDE), Image.Resampling.BOX)
        return cls.of_lines(extract(np.asarray(small), "xdog"))


@dataclass(frozen=True, eq=False)
class Likeness:
    """What a figure is told by. name: float32 (64,), who it is as the figure reader says; None from
    models of before 0.17, which have none."""

    shapes: Shapes
    name: F32 | None

    @classmethod
    def of_lines(cls, model: Model, lines_HW: U8) -> Likeness:
        """Of line art that a figure fills, uint8 (H, W), 255 = paper. Raises ModelError."""
        name = who(model, lines_HW) if model.tells_figures else None
        return cls(Shapes.of_lines(lines_HW), name)

    @classmethod
    def of_picture(cls, model: Model, rgb: U8) -> Likeness:
        """Of a coloured picture, uint8 (H, W, 3). Raises ModelError."""
        name = who(model, dilate_divide(rgb)) if model.tells_figures else None
        return cls(Shapes.of_picture(rgb), name)

    def unlike(self, other: Likeness) -> float:
        """How little two figures resemble each other, in logits."""
        apart = _PATCHES * unlikeness(self.shapes, other.shapes)
        if self.name is None or other.name is None:
            return apart
        return apart - float(self.name @ other.name)


def unlikeness(sketch: Shapes, reference: Shapes) -> float:
    """How little two figures resemble each other: 0 for the same lines, about 1 for strangers."""
    return min(_distance(sketch.upright, reference.upright),
               _distance(sketch.upright, reference.mirrored))  # fmt: skip


def choose(unlike_FN: F32) -> NDArray[np.int64]:
    """The reference of every figure of a page, (F,), from how unlike they are, float32 (F, N).

    Some references resemble everything a little (a plain face, few lines): half of what a
    reference has in common with all figures of the page does not count.
    """
    own = unlike_FN - 0.5 * unlike_FN.mean(0, keepdims=True)
    best: NDArray[np.int64] = own.argmin(1).astype(np.int64)
    return best


def _squared(lines_HW: U8) -> U8:
    """The inked part of a page, fitted into a square."""
    ink = ink_mask(lines_HW)
    if ink.any():
        rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
        lines_HW = lines_HW[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = lines_HW.shape
    scale = _SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    filter = Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC
    small = np.asarray(Image.fromarray(np.ascontiguousarray(lines_HW)).resize(size, filter))
    square = np.full((_SIDE, _SIDE), 255, np.uint8)
    top, left = (_SIDE - size[1]) // 2, (_SIDE - size[0]) // 2
    square[top : top + size[1], left : left + size[0]] = small
    return square


def _patches(square: U8) -> F32:
    """Histograms of directions, (N, D)."""
    soft = Image.fromarray(255 - square).filter(ImageFilter.GaussianBlur(1))
    down, across = np.gradient(np.asarray(soft, np.float32) / 255)
    strength = np.hypot(down, across)
    turn = np.mod(np.arctan2(down, across), np.pi) * (_DIRECTIONS / np.pi)
    direction = np.minimum(turn.astype(np.intp), _DIRECTIONS - 1)
    cells = _SIDE // _CELL
    cell = np.arange(_SIDE) // _CELL
    index = (cell[:, None] * cells + cell[None]) * _DIRECTIONS + direction
    sums = np.bincount(index.ravel(), strength.ravel(), cells * cells * _DIRECTIONS)
    grid = sums.reshape(cells, cells, _DIRECTIONS).astype(np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(grid, (_WINDOW, _WINDOW), (0, 1))
    count = windows.shape[0]
    flat = windows.reshape(count * count, -1)
    kept = np.flatnonzero(np.linalg.norm(flat, axis=1) > _LEAST)
    patches = flat[kept]
    # Square roots of shares: their products compare histograms as Hellinger's distance does.
    patches = np.sqrt(patches / np.maximum(patches.sum(1, keepdims=True), 1e-9))
    out: F32 = patches.astype(np.float32)
    return out


def _distance(first: F32, second: F32) -> float:
    if not len(first) or not len(second):
        return 2.0
    unlike = 2 - 2 * first @ second.T
    return float(unlike.min(0).mean() + unlike.min(1).mean()) / 2
