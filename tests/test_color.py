"""sRGB and CIELAB: known values, there and back."""

from __future__ import annotations

import numpy as np
import pytest

from style2color.color import lab_to_rgb, rgb_to_lab

# Published values for D65 and the 2° observer.
KNOWN = {
    (255, 255, 255): (100.0, 0.0, 0.0),
    (0, 0, 0): (0.0, 0.0, 0.0),
    (255, 0, 0): (53.24, 80.09, 67.20),
    (0, 255, 0): (87.73, -86.18, 83.18),
    (0, 0, 255): (32.30, 79.19, -107.86),
    (128, 128, 128): (53.59, 0.0, 0.0),
}


@pytest.mark.parametrize("rgb", KNOWN, ids=str)
def test_known_colours(rgb: tuple[int, int, int]) -> None:
    lab = rgb_to_lab(np.array(rgb, np.uint8))
    assert lab.dtype == np.float32
    np.testing.assert_allclose(lab, KNOWN[rgb], atol=0.02)


def test_there_and_back_is_the_same_colour() -> None:
    grid = np.arange(0, 256, 15, dtype=np.uint8)
    rgb = np.stack(np.meshgrid(grid, grid, grid), -1)
    back = lab_to_rgb(rgb_to_lab(rgb))
    assert back.dtype == np.uint8
    np.testing.assert_array_equal(back, rgb)


def test_colours_outside_the_gamut_are_clipped() -> None:
    wild = np.array([[150.0, 0, 0], [-20, 0, 0], [50, 200, -200]])
    assert lab_to_rgb(wild)[:2].tolist() == [[255] * 3, [0] * 3]
    assert lab_to_rgb(wild).shape == (3, 3)


def test_any_shape() -> None:
    assert rgb_to_lab(np.zeros((0, 3), np.uint8)).shape == (0, 3)
    assert rgb_to_lab(np.zeros((2, 4, 5, 3), np.uint8)).shape == (2, 4, 5, 3)
