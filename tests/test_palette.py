"""Palettes of references: the colours that are there, where they are, how much of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from style2color.color import rgb_to_lab
from style2color.palette import (
    CELLS,
    ENTRIES,
    MERGE_DELTA_E,
    REFERENCE_SIZE,
    cluster_colors,
    extract_palette,
    letterbox,
)

U8 = NDArray[np.uint8]
FLAT = [
    *((250, 250, 250), (20, 20, 20), (220, 40, 40), (40, 180, 60), (50, 60, 210), (240, 220, 60)),
    *((120, 60, 20), (150, 150, 150), (230, 120, 200), (90, 220, 230)),
]


def stripes(colors: list[tuple[int, int, int]], side: int = REFERENCE_SIZE) -> U8:
    """Upright stripes of about equal width."""
    index = np.arange(side) * len(colors) // side
    return np.broadcast_to(np.array(colors, np.uint8)[index], (side, side, 3)).copy()


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 10])
def test_flat_colours_are_found(count: int) -> None:
    palette = extract_palette(stripes(FLAT[:count]))
    assert len(palette) == count
    apart = np.abs(palette.colors[:, None].astype(int) - np.array(FLAT[:count])).max(-1)
    assert (apart.min(0) <= 2).all()
    assert (apart.min(1) <= 2).all()


def test_a_small_spot_keeps_its_entry() -> None:
    picture = stripes([(250, 250, 250), (40, 60, 200)])
    picture[100:120, 40:60] = (220, 30, 40)
    colors = extract_palette(picture).colors.astype(int)
    assert np.abs(colors - (220, 30, 40)).max(1).min() <= 2


@pytest.mark.parametrize("width", [1, 2, 4, 7])
def test_soft_edges_make_no_entry_of_their_own(width: int) -> None:
    picture = stripes([(255, 255, 255), (200, 30, 30)])
    share = np.arange(1, width + 1)[:, None] / (width + 1)
    middle = REFERENCE_SIZE // 2 - width // 2
    picture[:, middle : middle + width] = 255 - share * np.array([55, 225, 225])
    assert len(extract_palette(picture)) == 2


def test_a_dark_iris_is_a_colour_and_the_black_lash_above_it_is_none() -> None:
    picture = np.full((REFERENCE_SIZE, REFERENCE_SIZE, 3), (250, 220, 200), np.uint8)
    picture[120:128, 100:112] = (40, 50, 130)
    picture[116:120, 96:116] = 15
    colors = {tuple(c) for c in extract_palette(picture).colors}
    assert colors == {(250, 220, 200), (40, 50, 130)}


def test_outlines_are_no_colour_but_black_fills_are() -> None:
    picture = np.full((REFERENCE_SIZE, REFERENCE_SIZE, 3), 255, np.uint8)
    picture[60:200, 60:200] = 0
    picture[66:194, 66:194] = (240, 180, 60)
    outlined = extract_palette(picture)
    assert {tuple(c) for c in outlined.colors} == {(255, 255, 255), (240, 180, 60)}
    np.testing.assert_allclose(outlined.assignment.sum(0), 1, atol=1e-6)
    picture[100:140, 100:140] = 0
    filled = extract_palette(picture)
    assert (0, 0, 0) in {tuple(c) for c in filled.colors}
    black = [tuple(c) for c in filled.colors].index((0, 0, 0))
    area = (40 / REFERENCE_SIZE) ** 2
    assert filled.moments[black, 0] == pytest.approx(area, rel=0.1)


def test_a_page_of_nothing_but_lines_is_paper() -> None:
    picture = np.full((REFERENCE_SIZE, REFERENCE_SIZE, 3), 255, np.uint8)
    picture[::16] = picture[:, ::16] = 20
    assert [tuple(c) for c in extract_palette(picture).colors] == [(255, 255, 255)]


@settings(max_examples=30, deadline=None)
@given(
    arrays.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(3))),
)
def test_every_pixel_has_an_entry(picture: U8) -> None:
    palette = extract_palette(picture)
    assert palette.entry.shape == (REFERENCE_SIZE, REFERENCE_SIZE)
    assert palette.entry.max() < len(palette)


def test_the_entry_of_a_pixel_is_that_of_its_colour() -> None:
    picture = stripes(FLAT[:5])
    palette = extract_palette(picture)
    apart = np.abs(palette.colors[palette.entry].astype(int) - picture).max(-1)
    assert (apart <= 2).mean() == 1


def test_moments_say_where_and_how_much() -> None:
    picture = np.full((REFERENCE_SIZE, REFERENCE_SIZE, 3), 255, np.uint8)
    picture[: REFERENCE_SIZE // 2, : REFERENCE_SIZE // 4] = (200, 30, 30)
    palette = extract_palette(picture)
    assert palette.colors.tolist() == [[255, 255, 255], [200, 30, 30]]  # largest first
    area, mean_x, mean_y, deviation_x, deviation_y = palette.moments[1]
    assert area == pytest.approx(1 / 8, abs=0.01)
    assert (mean_x, mean_y) == pytest.approx((1 / 8, 1 / 4), abs=0.01)
    # A uniform stretch of length a deviates by a / √12.
    assert (deviation_x, deviation_y) == pytest.approx((0.25 / 12**0.5, 0.5 / 12**0.5), abs=0.01)
    assert palette.moments[:, 0].sum() == pytest.approx(1, abs=1e-4)


def check(palette_of: U8) -> None:
    palette = extract_palette(palette_of)
    count = len(palette)
    assert 1 <= count <= ENTRIES
    assert palette.colors.dtype == np.uint8
    assert palette.colors.shape == (count, 3)
    assert palette.assignment.dtype == palette.moments.dtype == np.float32
    assert palette.assignment.shape == (count, CELLS, CELLS)
    np.testing.assert_allclose(palette.assignment.sum(0), 1, atol=1e-5)
    assert palette.assignment.min() >= 0
    assert palette.moments.shape == (count, 5)
    assert palette.moments.min() >= 0
    assert palette.moments.max() <= 1
    assert (np.diff(palette.moments[:, 0]) <= 1e-6).all()
    again = extract_palette(palette_of)
    np.testing.assert_array_equal(palette.colors, again.colors)


@given(
    shape=st.tuples(st.integers(1, 300), st.integers(1, 300)),
    seed=st.integers(0, 2**32 - 1),
    levels=st.sampled_from([1, 2, 7, 256]),
)
@settings(max_examples=25, deadline=None)
def test_any_size_and_noise_give_a_palette(shape: tuple[int, int], seed: int, levels: int) -> None:
    noise = np.random.default_rng(seed).integers(0, levels, (*shape, 3))
    check((noise * (255 // max(1, levels - 1))).astype(np.uint8))


@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 8), st.integers(1, 8), st.just(3))))
@settings(max_examples=25, deadline=None)
def test_any_small_picture_gives_a_palette(picture: U8) -> None:
    check(picture)


@pytest.mark.parametrize("color", [(0, 0, 0), (255, 255, 255), (17, 130, 204)])
def test_a_plain_picture_has_one_entry(color: tuple[int, int, int]) -> None:
    palette = extract_palette(np.full((90, 90, 3), color, np.uint8))
    assert palette.colors.tolist() == [list(color)]
    np.testing.assert_array_equal(palette.assignment, 1)


def test_alike_colours_are_one() -> None:
    picture = stripes([(100, 100, 100), (106, 104, 103)])
    assert len(extract_palette(picture)) == 1


@pytest.mark.parametrize("shape", [(1, 1), (10, 400), (400, 10), (256, 256), (700, 700)], ids=str)
def test_letterbox_keeps_the_whole_picture_on_white(shape: tuple[int, int]) -> None:
    square = letterbox(np.full((*shape, 3), 9, np.uint8))
    assert square.shape == (REFERENCE_SIZE, REFERENCE_SIZE, 3)
    inside = (square == 9).all(-1)
    assert ((square == 255).all(-1) | inside).all()
    rows, columns = inside.any(1).sum(), inside.any(0).sum()
    assert max(rows, columns) == REFERENCE_SIZE
    assert min(rows, columns) == max(1, round(REFERENCE_SIZE * min(shape) / max(shape)))


def test_loose_pixels_cluster_apart() -> None:
    pixels = np.repeat(np.array(FLAT[:4], np.uint8), [400, 200, 90, 30], axis=0)
    rng = np.random.default_rng(0)
    noisy = np.clip(pixels + rng.integers(-3, 4, pixels.shape), 0, 255).astype(np.uint8)
    colors = cluster_colors(noisy)
    assert len(colors) == 4
    assert (np.abs(colors[:, None].astype(int) - np.array(FLAT[:4])).max(-1).min(0) <= 5).all()
    lab = rgb_to_lab(colors)
    apart = np.linalg.norm(lab[:, None] - lab, axis=-1)
    assert apart[~np.eye(4, dtype=bool)].min() >= MERGE_DELTA_E


def test_what_is_most_of_an_entry_is_its_colour() -> None:
    page = np.full((256, 256, 3), 255, np.uint8)
    page[100:180, 60:200] = (249, 247, 243)  # pale cloth, within the same entry
    assert extract_palette(page).colors.tolist() == [[255, 255, 255]]
