"""Figures whose outline is open: parted from their ground, in the openings and nowhere else."""

from __future__ import annotations

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from style2color.data.classes import BACKGROUND, CLASSES
from style2color.reading.closing import close_figures
from style2color.reading.regions import Regions, label_regions

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]


def figure(*openings: tuple[int, int]) -> U8:
    """A box on a page, with openings in its left wall."""
    lines = np.full((80, 80), 255, np.uint8)
    lines[20:60, 20:60] = 0
    lines[22:58, 22:58] = 255
    for opening in openings:
        lines[slice(*opening), 20:22] = 255
    return lines


def names(ground_hw: F32) -> F32:
    """Shares of classes: the ground, and for the rest a garment."""
    shares = np.zeros((len(CLASSES), *ground_hw.shape), np.float32)
    shares[BACKGROUND] = ground_hw
    shares[CLASSES.index("garment")] = 1 - ground_hw
    return shares


def seen(blur: int = 4) -> F32:
    """What a painter makes of it at half the size: undecided beside the walls."""
    ground = np.ones((40, 40), np.float32)
    ground[10 - blur // 2 : 30 + blur // 2, 10 - blur // 2 : 30 + blur // 2] = 0.5
    ground[10 + blur // 2 : 30 - blur // 2, 10 + blur // 2 : 30 - blur // 2] = 0.02
    return names(ground)


def closed(lines: U8) -> Regions:
    return label_regions(lines, gap=2)


@pytest.mark.parametrize("openings", [[(34, 46)], [(24, 32), (48, 56)], [(22, 40)]])
def test_a_figure_is_parted_from_its_ground_in_the_openings(
    openings: list[tuple[int, int]],
) -> None:
    before = closed(figure(*openings))
    assert before.labels[40, 40] == before.labels[5, 5]
    after = close_figures(before, seen())
    assert after.count == before.count + 1
    inside, ground = after.labels[40, 40], after.labels[5, 5]
    assert inside != ground
    assert (after.labels[22:58, 24:58] == inside).all()
    assert (after.labels[:, :18] == ground).all()
    assert (after.labels[:18] == ground).all()


def test_what_is_closed_stays() -> None:
    before = closed(figure())
    assert before.count == 2
    assert close_figures(before, seen()) is before


def test_a_figure_without_a_wall_is_none() -> None:
    before = closed(figure((16, 64)))
    assert close_figures(before, seen()) is before


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 1.0])
def test_without_both_seen_clearly_nothing_is_parted(share: float) -> None:
    before = closed(figure((34, 46)))
    assert close_figures(before, names(np.full((40, 40), share, np.float32))) is before


def test_a_painter_that_names_nothing_changes_nothing() -> None:
    before = closed(figure((34, 46)))
    assert close_figures(before, None) is before


def test_a_speck_is_no_figure() -> None:
    ground = np.ones((400, 400), np.float32)
    ground[200:212, 200:212] = 0
    lines = np.full((400, 400), 255, np.uint8)
    lines[198:214, 198:214] = 0
    lines[200:212, 200:212] = 255
    lines[204:209, 198:200] = 255
    before = closed(lines)
    assert before.count == 1
    assert close_figures(before, names(ground)) is before


def test_a_page_of_ink_has_no_figure() -> None:
    before = closed(np.zeros((32, 32), np.uint8))
    assert close_figures(before, names(np.zeros((16, 16), np.float32))) is before


SIDES = st.tuples(st.integers(1, 40), st.integers(1, 40))


@given(hnp.arrays(np.uint8, SIDES, elements=st.sampled_from([0, 255, 255, 255])), st.data())
def test_pixels_keep_to_their_regions(lines: U8, data: st.DataObject) -> None:
    shape = data.draw(st.tuples(st.integers(1, 20), st.integers(1, 20)))
    ground = data.draw(hnp.arrays(np.float32, shape, elements=st.sampled_from([0, 0.5, 1])))
    before = label_regions(lines)
    after = close_figures(before, names(ground))
    assert ((after.labels > 0) == (before.labels > 0)).all()
    assert after.area.sum() == before.area.sum()
    assert (np.diff(after.area) <= 0).all()
    for label in range(1, after.count + 1):
        assert len(np.unique(before.labels[after.labels == label])) == 1
