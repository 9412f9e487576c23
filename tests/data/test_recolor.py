"""Recolouring by palette: materials move one by one, alike in target and reference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from style2color.color import rgb_to_lab
from style2color.data.recolor import palette_recolor

U8 = NDArray[np.uint8]
RED, DARK_RED, BLUE, SKIN = (200, 60, 60), (140, 38, 40), (60, 80, 190), (250, 215, 195)


def _picture(*colours: tuple[int, int, int]) -> U8:
    """Stripes of equal height, 40 × 40, on paper with a line of ink."""
    rgb = np.full((40, 40, 3), 255, np.uint8)
    for stripe, colour in zip(np.array_split(np.arange(4, 36), len(colours)), colours, strict=True):
        rgb[stripe, 4:36] = colour
    rgb[:, 20] = 0
    return rgb


def _of(rgb: U8, before: U8, colour: tuple[int, int, int]) -> NDArray[np.float32]:
    found = np.unique(rgb[(before == colour).all(2)], axis=0)
    assert len(found) == 1
    return rgb_to_lab(found)[0]


def test_paper_and_ink_stay_and_the_two_pictures_agree() -> None:
    one, other = _picture(RED, BLUE, SKIN), _picture(BLUE, RED)
    for seed in range(30):
        recolor = palette_recolor([one, other], np.random.default_rng(seed))
        first, second = recolor(one), recolor(other)
        for before, after in ((one, first), (other, second)):
            for plain in (0, 255):
                assert (after[(before == plain).all(2)] == plain).all()
        for colour in (RED, BLUE):
            np.testing.assert_array_equal(_of(first, one, colour), _of(second, other, colour))


def test_materials_move_apart_but_a_shadow_stays_with_its_garment() -> None:
    picture = _picture(RED, DARK_RED, BLUE)
    moved = apart = 0
    for seed in range(60):
        after = palette_recolor([picture], np.random.default_rng(seed))(picture)
        lit, dark, blue = (_of(after, picture, c) for c in (RED, DARK_RED, BLUE))
        assert lit[0] > dark[0]
        if min(np.hypot(*lit[1:]), np.hypot(*dark[1:])) > 12:
            turn = np.arctan2(lit[2], lit[1]) - np.arctan2(dark[2], dark[1])
            assert abs((turn + np.pi) % (2 * np.pi) - np.pi) < 0.6
        before = rgb_to_lab(np.array([RED, BLUE], np.uint8))
        shifts = np.stack([lit, blue]) - before
        moved += np.linalg.norm(shifts, axis=1).max() > 15
        apart += np.linalg.norm(shifts[0] - shifts[1]) > 25
    assert moved > 45
    assert apart > 40


def test_the_same_chance_gives_the_same_colours() -> None:
    picture = _picture(RED, BLUE, SKIN)
    once, again = (palette_recolor([picture], np.random.default_rng(4))(picture) for _ in range(2))
    np.testing.assert_array_equal(once, again)


@given(
    arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3))),
    st.integers(0, 2**32),
)
@settings(max_examples=60, deadline=None)
def test_any_picture_is_taken(picture: U8, seed: int) -> None:
    after = palette_recolor([picture, picture[::-1]], np.random.default_rng(seed))(picture)
    assert after.shape == picture.shape
    assert after.dtype == np.uint8


@pytest.mark.parametrize("plain", [0, 255])
def test_plain_paper_and_plain_ink_stay(plain: int) -> None:
    picture = np.full((8, 8, 3), plain, np.uint8)
    after = palette_recolor([picture], np.random.default_rng(1))(picture)
    np.testing.assert_array_equal(after, picture)
