"""Disguised pictures keep their lines, and targets for painted pictures keep the contours."""

from __future__ import annotations

import numpy as np

from style2color.data.disguise import disguise, flats, painted_target


def drawing() -> tuple[np.ndarray, np.ndarray]:
    """A red and a blue box with black outlines, and those outlines."""
    ink = np.full((80, 72), 255, np.uint8)
    rgb = np.full((80, 72, 3), 255, np.uint8)
    for top, left, colour in ((8, 6, (220, 90, 80)), (36, 24, (90, 120, 230))):
        rgb[top : top + 36, left : left + 40] = colour
        outline = np.full((36, 40), True)
        outline[2:34, 2:38] = False
        ink[top : top + 36, left : left + 40][outline] = 0
    rgb[ink == 0] = 0
    return rgb, ink


def test_disguise_leaves_ink_darker_than_the_paint_beside_it() -> None:
    rgb, ink = drawing()
    for seed in range(40):
        other = disguise(rgb, ink, np.random.default_rng(seed)).astype(float)
        assert other.shape == rgb.shape
        # The outer edge of the first box against the paper outside it.
        assert other[14:30, 6:8].mean() + 8 < other[14:30, 2:5].mean()


def test_painted_targets_keep_contours_and_drop_texture() -> None:
    rgb, ink = drawing()
    grain = np.random.default_rng(0).normal(0, 6, rgb.shape)
    target = painted_target(np.clip(rgb + grain, 0, 255).astype(np.uint8))
    assert target[ink == 0].mean() < 90
    assert (target[16:28, 14:22] > 200).all()


def test_flats_have_thin_lines_where_colours_meet() -> None:
    for seed in range(10):
        rgb, ink = flats(np.random.default_rng(seed), 64)
        assert rgb.shape == (64, 64, 3)
        assert ink.shape == (64, 64)
        assert 0 < (ink < 128).mean() < 0.35
        rgb_again, ink_again = flats(np.random.default_rng(seed), 64)
        assert np.array_equal(rgb, rgb_again)
        assert np.array_equal(ink, ink_again)
