"""Colours are used as much as the reference has them, where regions are in doubt."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from style2color.colorizer import Colorizer
from style2color.image import load
from style2color.painting.balance import _between, balance, balanced, figure_shares, less_white
from style2color.painting.network import entries_of
from style2color.painting.voting import pixel_votes
from style2color.reading.describing import describe
from style2color.reading.regions import label_regions

AREA = np.array([100, 100, 100, 100])


def chosen(votes: np.ndarray, shares: list[float]) -> list[int]:
    share = np.array(shares, np.float32)
    return (votes + balance(votes, AREA, share)).argmax(1).tolist()


def test_a_colour_that_nobody_quite_wants_gets_a_region_in_doubt() -> None:
    votes = np.array([[3, 0], [3, 0], [1, 0.8], [2, 0]], np.float32)
    assert votes.argmax(1).tolist() == [0, 0, 0, 0]
    assert chosen(votes, [0.75, 0.25]) == [0, 0, 1, 0]
    assert chosen(votes, [1, 0.0]) == [0, 0, 0, 0]


def test_regions_that_are_sure_keep_their_choice() -> None:
    votes = np.array([[20, 0], [20, 0], [20, 0], [20, 0]], np.float32)
    assert chosen(votes, [0.1, 0.9]) == [0, 0, 0, 0]


def test_amounts_that_are_right_change_nothing() -> None:
    votes = np.array([[9, 0], [9, 0], [0, 9], [9, 0]], np.float32)
    bias = balance(votes, AREA, np.array([0.75, 0.25], np.float32))
    np.testing.assert_allclose(bias, 0, atol=1e-3)


def test_it_settles_where_the_pull_equals_what_is_missing() -> None:
    votes = np.array([[1, 0, 0.5], [0.2, 0, 0], [0, 0.1, 0], [0.4, 0, 0.3]], np.float32)
    share = np.array([0.2, 0.5, 0.3], np.float32)
    bias = balance(votes, AREA, share)
    chance = np.exp(2 * (votes + bias))
    chance /= chance.sum(1, keepdims=True)
    used = np.sqrt(AREA) @ chance / np.sqrt(AREA).sum()
    np.testing.assert_allclose(bias, 2 * np.log((share + 0.02) / (used + 0.02)), atol=0.05)


def test_hints_and_paper_are_left_alone() -> None:
    votes = np.array([[0, 1, 5], [0, 1, 5], [0, 1, 0], [0, 1, 0]], np.float32)
    bias = balance(votes, AREA, np.array([0.5, 0.5, 0], np.float32))
    assert bias[2] == 0
    assert bias[0] > 0 > bias[1]  # of the two regions that are left, one should be the first's


WHITE = np.array([True, False, False, True])
EVEN = np.ones(4, np.float32)


def test_a_figure_that_is_too_white_gives_way_where_it_is_in_doubt() -> None:
    """Half of the paint is white's, and white and paper have it between them."""
    votes = np.array([[2, 2.2, 0, 2], [2, 0, 2.2, 2], [9, 0, 0, 9], [0, 9, 0, 0]], np.float32)
    less = less_white(votes, EVEN, WHITE, 0.2)
    assert less < 0
    assert (votes + less * WHITE).argmax(1).tolist() == [1, 2, 0, 1]
    chance = np.exp(2 * (votes + less * WHITE))
    chance /= chance.sum(1, keepdims=True)
    used = chance[:, WHITE].sum(1).mean()
    np.testing.assert_allclose(less, 2 * np.log(0.25 / (used + 0.05)), atol=0.1)


def test_what_is_not_too_white_keeps_all_of_it() -> None:
    votes = np.array([[0, 5, 0, 0], [0, 0, 5, 0], [5, 0, 0, 0], [0, 0, 5, 0]], np.float32)
    assert less_white(votes, EVEN, WHITE, 0.3) == 0
    assert less_white(votes, EVEN, WHITE, 0.1) < 0
    ground = np.array([1, 1, 0, 1], np.float32)
    assert less_white(votes, ground, WHITE, 0.1) == pytest.approx(0, abs=1e-3)
    assert less_white(votes, 0 * EVEN, WHITE, 0) == 0
    assert less_white(votes, EVEN, np.ones(4, np.bool_), 0) == 0


@given(
    votes=hnp.arrays(np.float32, (4, 4), elements=st.floats(-50, 50, width=32)),
    share=st.floats(0, 1),
)
def test_white_is_only_taken_and_not_without_bound(votes: np.ndarray, share: float) -> None:
    less = less_white(votes, EVEN, WHITE, share)
    assert -2 * np.log(1.05 / 0.05) - 1e-4 <= less <= 0


@given(
    votes=hnp.arrays(np.float32, (4, 3), elements=st.floats(-50, 50, width=32)),
    share=hnp.arrays(np.float32, 3, elements=st.floats(0, 1, width=32)),
)
def test_it_is_bounded(votes: np.ndarray, share: np.ndarray) -> None:
    bias = balance(votes, AREA, share)
    assert bias.dtype == np.float32
    assert np.abs(bias).max() <= 2 * np.log(1.02 / 0.02) + 1e-4
    assert (bias[share == 0] == 0).all()


def test_without_regions_there_is_nothing_to_weigh() -> None:
    none = balance(np.zeros((0, 2), np.float32), AREA[:0], np.array([0.5, 0.5], np.float32))
    assert none.tolist() == [0, 0]


def test_paper_and_background_take_no_part() -> None:
    assignment = np.zeros((4, 32, 32), np.float32)
    assignment[0] = 1  # a blue wall behind all
    assignment[:, 10:, 8:24] = 0
    assignment[1, 10:20, 8:24] = 1  # red hair
    assignment[2, 20:26, 8:24] = 1  # a brown coat, down to the lower edge
    assignment[3, 26:, 8:24] = 1  # white cloth
    colors = np.array([[40, 60, 200], [200, 30, 30], [120, 80, 40], [252, 252, 252]], np.uint8)
    shares = figure_shares(colors, assignment)
    assert shares[[0, 3]].tolist() == [0, 0]
    np.testing.assert_allclose(shares[[1, 2]], [160 / 1024, 96 / 1024], rtol=1e-5)


@pytest.mark.parametrize("seen", [True, False])
def test_the_colorizer_weighs_only_what_a_reference_has(seen: bool, drawn: Path) -> None:
    painter = Colorizer().set_reference(drawn if seen else None)
    network = painter._network
    reference = painter._references.seen[0] if seen else network.plain(None)
    lines = load(drawn).gray()
    regions = label_regions(lines, gap=2)
    look = network.look(lines, None, reference, entries_of(reference, None))
    before, _ = network.opinion(regions, describe(regions, look), look, reference)
    after = balanced(before, pixel_votes(look.logits, regions)[0], regions, reference)
    assert np.array_equal(before, after) != seen


def test_what_regions_see_counts_like_what_the_reference_has() -> None:
    """Somebody else's colour, of which the reference has most, and the figure's own; and blue that
    takes no part."""
    share = np.array([0.4, 0.1, 0, 0], np.float32)
    np.testing.assert_allclose(_between(share, share)[:2] ** 2, share[:2] * (share[:2] * 2 + 1e-3))
    mixed = _between(share, np.array([0.05, 0.45, 0.5, 0], np.float32))
    np.testing.assert_allclose(mixed**2, [0.4 * 0.101, 0.1 * 0.901, 0, 0], rtol=1e-5)
    assert not _between(share, np.zeros(4, np.float32))[2:].any()


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    page = np.full((96, 96, 3), 255, np.uint8)
    page[20:80, 20:50], page[20:80, 50:76] = (200, 60, 60), (60, 90, 200)
    page[20:80, 48:52] = 0
    path = tmp_path_factory.mktemp("balance") / "drawn.png"
    Image.fromarray(page).save(path)
    return path
