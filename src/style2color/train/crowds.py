"""Pictures of one or several figures in which it is known which pixel is whose: drawings of the
atelier that show two, and drawings of stores put on one page, partly in front of each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from style2color.data.atelier import draw, figures_of
from style2color.data.classes import BACKGROUND, class_of
from style2color.data.store import Store
from style2color.data.wear import wear
from style2color.lines import binarize, dilate_divide, extract
from style2color.train.kin import Drawn, drawn_at

Array8 = NDArray[np.uint8]
Rng = np.random.Generator

_SHOTS = 60  # of a character: one in twelve shows somebody else
_SECOND = "2 "  # begins the names of the atelier's second figure
_SIZES = (0.45, 0.85)  # of the page
_SEEN = 0.4  # of a figure at least, or it is none
_TRIES = 8
_HIDDEN, _LOST = 0.3, 0.3  # of the figures alone lack up to this share at one edge
_MARGIN = 0.1


def alone(store: Store, row: int) -> bool:
    """Whether a drawing is known to show no second figure, or of a pack, which hardly does."""
    source, _, name = store.rows[row].id.partition("/")
    if source != "atelier":
        return True
    seed, _, shot = name.partition("-")
    return figures_of(int(seed), int(shot)) == 1


def two_drawn(first_seed: int, characters: int, side: int, rng: Rng) -> tuple[Drawn, Array8]:
    """Two figures as the atelier draws them, and whose every pixel is, uint8 (side, side): 0 is
    ground."""
    while True:
        seed = first_seed + int(rng.integers(characters))
        shots = [shot for shot in range(_SHOTS) if figures_of(seed, shot) == 2]
        if shots:
            break
    picture = draw(seed, side, shot=shots[rng.integers(len(shots))])
    whose = np.zeros(256, np.uint8)
    for number, name in picture.names.items():
        if number and class_of(name) != BACKGROUND:
            whose[number] = 1 + name.startswith(_SECOND)
    return Drawn(picture.composite, picture.line, None), whose[picture.regions]


def crowd(
    stores: Sequence[tuple[Store, Sequence[int]]], count: int, side: int, rng: Rng
) -> tuple[Drawn, Array8]:
    """`count` drawings of stores on one page, the later ones in front, and whose every pixel is,
    from 1. stores: with the rows that may be taken."""
    rgb = np.full((side, side, 3), 255, np.uint8)
    lines: Array8 | None = np.full((side, side), 255, np.uint8)
    owner = np.zeros((side, side), np.uint8)
    for number in range(1, count + 1):
        store, rows = stores[int(rng.integers(len(stores)))]
        size = 1.0 if count == 1 else rng.uniform(*_SIZES) * min(1.0, 2.4 / count)
        one = drawn_at(store, rows[int(rng.integers(len(rows)))], max(24, round(side * size)))
        figure = one.figure
        high, wide = np.flatnonzero(figure.any(1)), np.flatnonzero(figure.any(0))
        if not high.size:
            continue
        cut = np.s_[high[0] : high[-1] + 1, wide[0] : wide[-1] + 1]
        figure, area = figure[cut], int(figure.sum())
        for _ in range(_TRIES):
            top, left = (int(rng.integers(side - s + 1)) for s in figure.shape)
            at = np.s_[top : top + figure.shape[0], left : left + figure.shape[1]]
            if _fits(owner, figure, at, area):
                break
        else:
            continue
        rgb[at][figure] = one.rgb[cut][figure]
        if one.lines is None:
            lines = None
        elif lines is not None:
            lines[at][figure] = one.lines[cut][figure]
            lines[at] = np.minimum(lines[at], np.where(figure, 255, one.lines[cut]))
        owner[at][figure] = number
    return Drawn(rgb, lines, None), owner


def _fits(owner: Array8, figure: NDArray[np.bool_], at: tuple[slice, ...], area: int) -> bool:
    """Whether all that stand behind a figure are still seen."""
    before = np.bincount(owner.ravel(), minlength=2)
    hidden = np.bincount(owner[at][figure], minlength=len(before))
    return bool((hidden[1:] <= (1 - _SEEN) * before[1:]).all()) and hidden[1:].sum() < 0.5 * area


def seen_in(drawn: Drawn, rng: Rng) -> Array8:
    """Lines of a page: its own, worn or not, or taken from its colours; uint8 (H, W)."""
    dice = rng.random()
    if drawn.lines is None or dice < 0.25:
        if dice < 0.2:
            return binarize(extract(drawn.rgb, "xdog"))
        return dilate_divide(drawn.rgb)
    return wear(drawn.lines, rng) if dice < 0.5 else drawn.lines


def framed(store: Store, row: int, rng: Rng) -> Drawn:
    """A figure of a store that fills its page, but for a margin."""
    whole = drawn_at(store, row, None)
    art, figure = store.line_art(row), whole.figure
    high, wide = np.flatnonzero(figure.any(1)), np.flatnonzero(figure.any(0))
    if not high.size:
        high, wide = (np.arange(s) for s in figure.shape)
    sides = [high[0], high[-1] + 1, wide[0], wide[-1] + 1]
    if rng.random() < _HIDDEN:  # part of it alone, as where somebody stands before it
        edge = int(rng.integers(4))
        length = sides[1] - sides[0] if edge < 2 else sides[3] - sides[2]
        sides[edge] += round((-1) ** edge * rng.uniform(0, _LOST) * length)
    cut = np.s_[sides[0] : sides[1], sides[2] : sides[3]]
    room = round(rng.uniform(0, _MARGIN) * max(sides[1] - sides[0], sides[3] - sides[2]))
    around = ((room, room), (room, room))
    flip = np.s_[:, :: 1 if rng.random() < 0.5 else -1]
    rgb = np.pad(whole.rgb[cut], (*around, (0, 0)), constant_values=255)[flip]
    lines = None
    if art is not None:
        lines = np.pad(np.asarray(art)[cut], around, constant_values=255)[flip]
    return Drawn(np.ascontiguousarray(rgb), lines, None)
