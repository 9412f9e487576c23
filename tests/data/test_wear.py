"""Worn lines: what every drawing must keep, over many random ones."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from style2color.data.wear import STRICT_SHARE, _cloud, color_lines, wear

seeds = st.integers(0, 2**32 - 1)
sides = st.integers(1, 150)


def sketch(height: int, width: int, seed: int = 0) -> np.ndarray:
    """A few boxes and crossing strokes, one to three pixels wide."""
    rng = np.random.default_rng(seed)
    page = np.full((height, width), 255, np.uint8)
    for _ in range(4):
        y, x = rng.integers(0, height), rng.integers(0, width)
        stroke = rng.integers(1, 4)
        page[y : y + stroke] = rng.integers(0, 90)
        page[:, x : x + stroke] = 0
    return page


@given(seed=seeds, height=sides, width=sides, strength=st.floats(0, 2))
@settings(max_examples=150, deadline=None)
def test_shape_type_and_the_same_seed(seed: int, height: int, width: int, strength: float) -> None:
    lines = sketch(height, width, seed)
    before = lines.copy()
    worn = wear(lines, np.random.default_rng(seed), strength)
    assert worn.shape == lines.shape
    assert worn.dtype == np.uint8
    assert not np.shares_memory(worn, lines)
    assert np.array_equal(lines, before)
    assert np.array_equal(worn, wear(lines, np.random.default_rng(seed), strength))


@given(seed=seeds, strength=st.floats(0, 2))
@settings(max_examples=150, deadline=None)
def test_a_drawing_stays_a_drawing(seed: int, strength: float) -> None:
    lines = sketch(96, 128, seed)
    worn = wear(lines, np.random.default_rng(seed), strength)
    assert np.median(worn) >= 190, "paper stays paper"
    assert worn.min() <= worn.max() - 25, "ink stays visible"
    # Every dark pixel of the result lies near a stroke of the original.
    reach = 9
    padded = np.pad(lines < 250, reach)
    near = np.zeros(lines.shape, bool)
    for dy in range(2 * reach + 1):
        for dx in range(2 * reach + 1):
            near |= padded[dy : dy + 96, dx : dx + 128]
    assert (worn[~near] > 150).all()


@given(seed=seeds, strength=st.floats(0, 2))
@settings(max_examples=80, deadline=None)
def test_blank_paper_stays_nearly_blank(seed: int, strength: float) -> None:
    blank = np.full((64, 80), 255, np.uint8)
    worn = wear(blank, np.random.default_rng(seed), strength)
    assert worn.min() >= 180
    assert worn.std() <= 16


@given(seed=seeds)
@settings(max_examples=200, deadline=None)
def test_dense_hatching_never_turns_all_black(seed: int) -> None:
    rng = np.random.default_rng(seed)
    dense = np.where(rng.random((64, 64)) < rng.uniform(0.2, 0.8), 0, 255).astype(np.uint8)
    worn = wear(dense, rng, 2.0)
    assert worn.mean() >= 0.4 * dense.mean()


def test_about_half_are_strict_and_the_rest_have_greys() -> None:
    lines = sketch(64, 64)
    strict = [
        set(np.unique(wear(lines, np.random.default_rng(seed)))) <= {0, 255} for seed in range(400)
    ]
    # Lines of pure black stay pure in some of the others too: nothing befell their tone.
    assert STRICT_SHARE - 0.08 <= np.mean(strict) <= STRICT_SHARE + 0.2


def test_strength_zero_only_binarizes() -> None:
    lines = np.where(sketch(64, 64) < 128, 0, 255).astype(np.uint8)
    for seed in range(20):
        assert np.array_equal(wear(lines, np.random.default_rng(seed), 0.0), lines)


def test_different_seeds_wear_differently() -> None:
    lines = sketch(64, 64)
    results = {wear(lines, np.random.default_rng(seed)).tobytes() for seed in range(40)}
    assert len(results) >= 20


@given(seed=seeds, height=sides, width=sides)
@settings(max_examples=60, deadline=None)
def test_coloured_ink_is_dark_and_paper_stays_white(seed: int, height: int, width: int) -> None:
    lines = np.where(sketch(height, width, seed) < 128, 0, 255).astype(np.uint8)
    inked = color_lines(lines, np.random.default_rng(seed))
    assert inked.shape == (height, width, 3)
    assert inked.dtype == np.uint8
    assert (inked[lines == 255] == 255).all()
    luma = inked @ np.array([0.299, 0.587, 0.114])
    assert (luma[lines == 0] <= 131).all()
    assert np.array_equal(inked, color_lines(lines, np.random.default_rng(seed)))


@pytest.mark.parametrize(
    "wrong",
    [np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.float32), np.zeros((0, 4), np.uint8)],
)
def test_wrong_arrays_are_refused(wrong: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="line art"):
        wear(wrong, rng)
    with pytest.raises(ValueError, match="line art"):
        color_lines(wrong, rng)


@pytest.mark.parametrize("strength", [-0.1, 2.1, float("nan")])
def test_wrong_strength_is_refused(strength: float) -> None:
    with pytest.raises(ValueError, match="strength"):
        wear(sketch(8, 8), np.random.default_rng(0), strength)


@given(seed=seeds, height=sides, width=sides, cells=st.integers(2, 12))
@settings(max_examples=60, deadline=None)
def test_noise_is_enlarged_as_opencv_does(seed: int, height: int, width: int, cells: int) -> None:
    cloud = _cloud((height, width), np.random.default_rng(seed), cells)
    grid = np.random.default_rng(seed).random((cells, cells), dtype=np.float32)
    large = cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
    assert cloud.shape == (height, width)
    np.testing.assert_allclose(cloud, np.clip(large, 0, 1), atol=2e-6)
