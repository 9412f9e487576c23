"""Regions: what every labelling must keep to, and what closing gaps must achieve."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from PIL import Image

from style2color.reading.ink import clean_paper, ink_mask, paper_tone
from style2color.reading.regions import geometry, label_regions, neighbours, pool, shrink_labels

PAGES = hnp.arrays(
    np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=48)
) | hnp.arrays(
    np.uint8,
    hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=64),
    elements=st.sampled_from([0, 255, 255, 255]),
)


def boxed(size: int, top: int, left: int, bottom: int, right: int) -> NDArray[np.uint8]:
    """A white page with one black rectangle, two pixels strong; the corners are its outside."""
    page = np.full((size, size), 255, np.uint8)
    page[top:bottom, left:right] = 0
    page[top + 2 : bottom - 2, left + 2 : right - 2] = 255
    return page


@settings(max_examples=150, deadline=None)
@given(page=PAGES, gap=st.integers(0, 5))
def test_every_page_is_labelled_whole_and_the_same_each_time(
    page: NDArray[np.uint8], gap: int
) -> None:
    regions = label_regions(page, gap=gap)
    assert regions.labels.shape == page.shape
    assert regions.labels.dtype == np.int32
    assert (regions.labels[regions.free] > 0).all()
    found = np.unique(regions.labels[regions.labels > 0])
    assert found.tolist() == list(range(1, regions.count + 1))
    areas = np.bincount(regions.labels.ravel(), minlength=regions.count + 1)[1:]
    assert regions.area.tolist() == areas.tolist() == sorted(areas.tolist(), reverse=True)
    again = label_regions(page, gap=gap)
    assert np.array_equal(again.labels, regions.labels)
    for label, (x0, y0, x1, y1) in enumerate(regions.bbox, start=1):
        rows, columns = np.nonzero(regions.labels == label)
        assert (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) == (x0, y0, x1, y1)
        assert regions.centroid[label - 1] == pytest.approx([columns.mean(), rows.mean()], abs=1e-3)


@settings(max_examples=60, deadline=None)
@given(
    top=st.integers(2, 20),
    left=st.integers(2, 20),
    height=st.integers(16, 60),
    width=st.integers(16, 60),
)
def test_the_inside_of_a_closed_box_is_one_region(
    top: int, left: int, height: int, width: int
) -> None:
    page = boxed(96, top, left, top + height, left + width)
    regions = label_regions(page)
    inside = regions.labels[top + 2 : top + height - 2, left + 2 : left + width - 2]
    assert np.unique(inside).size == 1
    assert regions.labels[0, 0] != inside[0, 0]


@settings(max_examples=60, deadline=None)
@given(gap=st.integers(2, 6), opening=st.integers(1, 6), at=st.integers(14, 40))
def test_an_opening_up_to_the_gap_still_parts(gap: int, opening: int, at: int) -> None:
    page = boxed(96, 20, 20, 76, 76)
    page[20:22, at + 10 : at + 10 + min(opening, gap)] = 255
    regions = label_regions(page, gap=gap)
    assert regions.labels[2, 2] != regions.labels[48, 48]
    assert (regions.labels[26:70, 26:70] == regions.labels[48, 48]).all()
    assert (regions.labels[:16] == regions.labels[2, 2]).all()


def test_a_wide_opening_joins() -> None:
    page = boxed(96, 20, 20, 76, 76)
    page[20:22, 30:60] = 255
    regions = label_regions(page)
    assert regions.labels[2, 2] == regions.labels[48, 48]


def test_without_gap_closing_one_pixel_joins() -> None:
    page = boxed(96, 20, 20, 76, 76)
    page[20:22, 40] = 255
    assert label_regions(page, gap=0).count == 1
    assert label_regions(page, gap=4).count == 2


def test_a_diagonal_line_one_pixel_wide_parts() -> None:
    page = np.full((64, 64), 255, np.uint8)
    page[np.arange(64), np.arange(64)] = 0
    labels = label_regions(page).labels
    assert labels[2, 60] != labels[60, 2]


def test_fills_go_under_lines_but_not_through_thick_black() -> None:
    page = np.full((80, 80), 255, np.uint8)
    page[:, 20:26] = 0
    page[:, 40:80] = 0
    labels = label_regions(page).labels
    assert (labels[:, :42] > 0).all()
    assert (labels[:, 60:] == 0).all()
    assert labels[40, 22] == labels[40, 10]
    assert labels[40, 23] == labels[40, 30]


def test_grey_pencil_on_shaded_paper_parts() -> None:
    rng = np.random.default_rng(0)
    clean = boxed(160, 40, 40, 120, 120)
    shade = np.linspace(235, 190, 160)[None, :]
    page = np.where(clean == 0, shade - 60, shade) + rng.normal(0, 4, clean.shape)
    regions = label_regions(np.clip(page, 0, 255).astype(np.uint8))
    assert regions.labels[80, 80] != regions.labels[5, 5]
    assert regions.count == 2
    whitened = clean_paper(np.clip(page, 0, 255).astype(np.uint8))
    assert whitened[clean > 0].mean() > 248
    assert whitened[clean == 0].mean() < 200


def test_grain_alone_is_no_ink() -> None:
    rng = np.random.default_rng(1)
    page = np.clip(rng.normal(225, 4, (64, 64)), 0, 255).astype(np.uint8)
    assert not ink_mask(page).any()


@pytest.mark.parametrize(("value", "count"), [(0, 0), (255, 1), (200, 1)])
def test_even_pages(value: int, count: int) -> None:
    regions = label_regions(np.full((40, 30), value, np.uint8))
    assert regions.count == count
    assert geometry(regions).shape == (count, 8)
    assert neighbours(regions).shape == (0, 2)


@pytest.mark.parametrize(
    "page", [np.zeros((0, 4), np.uint8), np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4))]
)
def test_a_wrong_array_is_refused(page: NDArray[np.uint8]) -> None:
    with pytest.raises(ValueError, match="lines must be"):
        label_regions(page)


def test_geometry_of_two_halves() -> None:
    page = np.full((40, 80), 255, np.uint8)
    page[:, 39:41] = 0
    regions = label_regions(page)
    numbers = geometry(regions)
    assert numbers.dtype == np.float32
    assert numbers[:, 0] == pytest.approx(np.log(0.5))
    assert sorted(numbers[:, 1].tolist()) == pytest.approx([0.25, 0.75], abs=0.01)
    assert numbers[:, 2] == pytest.approx(0.5, abs=0.01)
    assert numbers[:, 3:5] == pytest.approx(np.array([[0.5, 1.0]] * 2), abs=0.01)
    assert (numbers[:, 5] == 1).all()
    assert numbers[:, 6] == pytest.approx(2 * 1600 / 160 / np.sqrt(3200), rel=0.05)
    assert numbers[:, 7] == pytest.approx(1 / 40, abs=1e-3)


def test_neighbours_meet_under_the_line() -> None:
    page = np.full((60, 120), 255, np.uint8)
    page[:, 39:41] = 0
    page[:, 79:81] = 0
    regions = label_regions(page)
    left, middle, right = regions.labels[30, [10, 60, 110]]
    pairs = {tuple(pair) for pair in neighbours(regions).tolist()}
    assert pairs == {tuple(sorted((left, middle))), tuple(sorted((middle, right)))}


@settings(max_examples=40, deadline=None)
@given(page=PAGES, seed=st.integers(0, 9))
def test_pooling_is_the_mean_over_each_region(page: NDArray[np.uint8], seed: int) -> None:
    regions = label_regions(page)
    height, width = (page.shape[0] + 1) // 2, (page.shape[1] + 1) // 2
    features = np.random.default_rng(seed).normal(size=(3, height, width)).astype(np.float32)
    means, gone = pool(features, regions.labels, regions.count)
    small = shrink_labels(regions.labels, height, width)
    for label in range(1, regions.count + 1):
        inside = small == label
        assert gone[label - 1] == (not inside.any())
        expected = features[:, inside].mean(axis=1) if inside.any() else np.zeros(3)
        assert means[label - 1] == pytest.approx(expected, abs=1e-4)


def test_a_page_that_is_mostly_pure_white_keeps_every_byte() -> None:
    """Much soft ink must not be taken for a shadow on the paper, and be lifted."""
    page = np.full((120, 160), 255, np.uint8)
    page[20:70, 30:130] = np.linspace(20, 240, 100).astype(np.uint8)
    assert (page < 255).mean() > 0.2
    assert np.array_equal(clean_paper(page), page)


@given(
    rows=st.integers(1, 4),
    columns=st.integers(1, 6),
    cut=st.integers(0, 15),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=40, deadline=None)
def test_paper_between_blocks_is_to_the_bit_what_pillow_makes_of_it(
    rows: int, columns: int, cut: int, seed: int
) -> None:
    blocks = np.full((2 * rows + 1, columns), 250, np.uint8)  # most of it, but no nine tenths
    blocks[:rows] = np.random.default_rng(seed).integers(190, 250, (rows, columns))
    page = blocks.repeat(16, axis=0).repeat(16, axis=1)
    smooth = Image.fromarray(blocks.astype(np.float32)).resize(
        page.shape[::-1], Image.Resampling.BILINEAR
    )
    kept = slice(len(page) - cut), slice(page.shape[1] - cut)
    np.testing.assert_array_equal(paper_tone(page[kept]), np.asarray(smooth)[kept])
