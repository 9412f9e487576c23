"""Regions laid over the reference: the right entry under each, upright and mirrored."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from style2color.palette import extract_palette
from style2color.reading.placing import place
from style2color.reading.regions import label_regions

RED, BLUE = (220, 30, 40), (30, 60, 200)


def _box(height: int, width: int, top: int, left: int, side: int) -> np.ndarray:
    """A square drawn on paper, halved by an upright line."""
    lines = np.full((height, width), 255, np.uint8)
    lines[[top, top + side], left : left + side + 1] = 0
    lines[top : top + side + 1, [left, left + side // 2, left + side]] = 0
    return lines


def _reference() -> np.ndarray:
    """Left half red, right half blue, small and off centre on white."""
    rgb = np.full((256, 256, 3), 255, np.uint8)
    rgb[20:120, 130:180] = RED
    rgb[20:120, 180:230] = BLUE
    return rgb


def test_figures_of_other_size_and_place_are_laid_over_each_other() -> None:
    palette = extract_palette(_reference())
    regions = label_regions(_box(200, 160, 60, 10, 100), gap=0)
    placed = place(regions, palette.assignment)
    red, blue = (
        int(np.abs(palette.colors.astype(int) - color).sum(1).argmin()) for color in (RED, BLUE)
    )
    left = regions.labels[110, 35] - 1
    right = regions.labels[110, 85] - 1
    assert placed[left, 0, red] > 0.6 > 0.3 > placed[left, 0, blue]
    assert placed[right, 0, blue] > 0.6 > 0.3 > placed[right, 0, red]
    np.testing.assert_allclose(placed[left, 1, blue], placed[right, 0, blue], atol=0.15)
    assert placed[left, 1, blue] > placed[left, 1, red]


@settings(max_examples=30, deadline=None)
@given(
    height=st.integers(1, 70),
    width=st.integers(1, 70),
    seed=st.integers(0, 999),
    share=st.floats(0, 1),
)
def test_any_sketch_gets_shares(height: int, width: int, seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    lines = np.where(rng.random((height, width)) < share, 0, 255).astype(np.uint8)
    regions = label_regions(lines)
    palette = extract_palette(rng.integers(0, 255, (9, 7, 3), dtype=np.uint8))
    placed = place(regions, palette.assignment)
    assert placed.shape == (regions.count, 2, len(palette))
    assert (placed >= -1e-4).all()
    np.testing.assert_allclose(placed.sum(-1), 1, atol=1e-3)
