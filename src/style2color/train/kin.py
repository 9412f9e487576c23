"""Drawings of stores and their kin, other drawings of the same characters, as networks that
compare them learn from both: at any size, in lines drawn or taken from the colours, with the colour
of every region."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from style2color.data.classes import BACKGROUND, LIT, NAME, SHADED
from style2color.data.store import Store
from style2color.data.wear import wear
from style2color.evaluate.drawings import on_square
from style2color.lines import binarize, extract
from style2color.reading.regions import Regions

Array8 = NDArray[np.uint8]
F32 = NDArray[np.float32]

_DRAWN, _WORN = 0.5, 0.5  # have the drawing's own lines; of these are worn
_SMALL = (0.5, 0.75)  # of a side: a figure in company
_PAPER = 250  # a pixel of a picture without classes is no figure from this on
_BITS = 4  # per channel of the colours that are counted as one


@dataclass(frozen=True, eq=False)
class Drawn:
    """One picture: rgb, uint8 (H, W, 3); lines, uint8 (H, W) or None; classes, uint8 (H, W), as
    stores have them, with what is shaded and lit, or None where nothing has names."""

    rgb: Array8
    lines: Array8 | None
    classes: Array8 | None

    @property
    def names(self) -> Array8 | None:
        """The classes alone."""
        return None if self.classes is None else self.classes & np.uint8(NAME)

    @property
    def figure(self) -> NDArray[np.bool_]:
        """The pixels that are no ground, bool (H, W)."""
        names = self.names
        figure: NDArray[np.bool_] = (
            self.rgb.min(axis=2) < _PAPER if names is None else names != BACKGROUND
        )
        return figure

    @property
    def plain(self) -> NDArray[np.bool_]:
        """Where no shadow and no highlight is known to lie."""
        if self.classes is None:
            return np.ones(self.rgb.shape[:2], np.bool_)
        unlit: NDArray[np.bool_] = (self.classes & np.uint8(SHADED | LIT)) == 0
        return unlit


def by_source(store: Store, rows: Iterable[int]) -> list[list[int]]:
    found: dict[str, list[int]] = {}
    for row in rows:
        found.setdefault(store.rows[row].source, []).append(row)
    return list(found.values())


def with_kin(store: Store) -> list[list[int]]:
    """The rows of a store whose characters are drawn more than once, by their sources."""
    return by_source(store, [n for kin in store.characters.values() for n in kin if len(kin) > 1])


def any_row(sources: list[list[int]], rng: np.random.Generator) -> int:
    weight = np.sqrt([len(rows) for rows in sources])
    rows = sources[rng.choice(len(sources), p=weight / weight.sum())]
    return rows[rng.integers(len(rows))]


def drawn_at(store: Store, row: int, side: int | None) -> Drawn:
    """A picture of a store; on a square of ``side`` pixels, or as it is."""
    top, left, bottom, right = store.box[row]
    rgb, art, named = np.asarray(store.picture(row)), store.line_art(row), None
    if store.classes is not None:
        named = np.asarray(store.classes[row, top:bottom, left:right])
    if side is None:
        return Drawn(rgb, None, named)
    return Drawn(
        on_square(rgb, side),
        None if art is None else on_square(np.asarray(art), side),
        None if named is None else names_on_square(named, side),
    )


def names_on_square(names_HW: Array8, side: int) -> Array8:
    """`on_square` for a map of classes, which cannot be mixed."""
    scale = min(side / max(names_HW.shape), 1.0)
    height, width = (max(1, round(length * scale)) for length in names_HW.shape)
    small = Image.fromarray(names_HW).resize((width, height), Image.Resampling.NEAREST)
    square = np.full((side, side), BACKGROUND, np.uint8)
    y, x = (side - height) // 2, (side - width) // 2
    square[y : y + height, x : x + width] = np.asarray(small)
    return square


def in_company(store: Store, row: int, side: int, rng: np.random.Generator) -> Drawn:
    """A picture of a store, smaller, beside any other of it on a square of ``side`` pixels."""
    small = round(side * rng.uniform(*_SMALL))
    one, other = (drawn_at(store, n, small) for n in (row, int(rng.integers(len(store)))))
    return together(one, other, side, rng)


def together(one: Drawn, other: Drawn, side: int, rng: np.random.Generator) -> Drawn:
    """Two pictures, squares smaller than ``side``, on one square of that many pixels: one at the
    left, one at the right, either in front. Without lines, and without classes where one has none.
    """
    rgb = np.full((side, side, 3), 255, np.uint8)
    classes = np.full((side, side), BACKGROUND, np.uint8)
    room = side - len(one.rgb)
    pair = [one, other] if rng.random() < 0.5 else [other, one]
    lefts = (0, room) if rng.random() < 0.5 else (room, 0)
    for drawn, left in zip(pair, lefts, strict=True):
        figure, top = drawn.figure, int(rng.integers(room + 1))
        at = np.s_[top : top + len(figure), left : left + len(figure)]
        rgb[at][figure] = drawn.rgb[figure]
        if drawn.classes is not None:
            classes[at][figure] = drawn.classes[figure]
    known = one.classes is not None and other.classes is not None
    return Drawn(rgb, None, classes if known else None)


def lines_of(sketch: Drawn, rng: np.random.Generator) -> Array8:
    if sketch.lines is not None and rng.random() < _DRAWN:
        return wear(sketch.lines, rng) if rng.random() < _WORN else sketch.lines
    if rng.random() < 0.5:
        return extract(sketch.rgb, "dilate")
    return binarize(extract(sketch.rgb, "xdog"))


def colors_of(regions: Regions, sketch: Drawn, count: int) -> tuple[F32, F32, NDArray[np.int64]]:
    """The mean and the commonest colour of a target in every region, and how many pixels that is,
    ink left out; and shadows and highlights, where they are known: a region all in shadow has the
    colour of its class."""
    labels = np.where(regions.free, regions.labels, 0).ravel()
    rgb, plain = sketch.rgb.reshape(-1, 3), sketch.plain.ravel()
    kept = np.flatnonzero((labels > 0) & (labels <= count))
    seen = np.bincount(labels[kept] - 1, minlength=count)
    order = kept[np.argsort(labels[kept], kind="stable")]
    mean, main = np.zeros((2, count, 3), np.float32)
    for number, at in enumerate(np.split(order, np.cumsum(seen)[:-1])):
        lit = at[plain[at]]
        if not lit.size and at.size and sketch.names is not None:
            names = sketch.names.ravel()
            lit = kept[plain[kept] & (names[kept] == np.bincount(names[at]).argmax())]
        own = rgb[lit if lit.size else at]
        if len(own):
            mean[number], main[number] = own.mean(axis=0), _commonest(own)
    return mean, main, seen.astype(np.int64)


def _commonest(pixels_N3: Array8) -> F32:
    code = (pixels_N3 >> (8 - _BITS)).astype(np.intp) @ (1 << _BITS * np.arange(3))
    alike = pixels_N3[code == np.bincount(code).argmax()]
    middle: F32 = np.median(alike, axis=0).astype(np.float32)
    return middle
