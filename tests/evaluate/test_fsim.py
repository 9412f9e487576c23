"""FSIM pinned to piq 0.8.0 (its MATLAB-faithful code, float64), and where it must move."""

from __future__ import annotations

import numpy as np
import pytest

from style2color.errors import UsageError
from style2color.evaluate.metrics.fsim import fsim, fsimc

from .pictures import drawing, fsim_pairs, noisy

PINNED = {
    "noise": (0.467354, 0.459057),
    "red and blue swapped": (0.997445, 0.991547),
    "shifted waves, odd size": (0.877100, 0.846386),
    "another drawing, 512 wide": (0.898333, 0.896469),
}


@pytest.mark.parametrize("name", PINNED)
def test_pinned_values(name: str) -> None:
    painted, target = fsim_pairs()[name]
    assert fsim(painted, target)[0] == pytest.approx(PINNED[name][0], abs=1e-3)
    assert fsimc(painted, target)[0] == pytest.approx(PINNED[name][1], abs=1e-3)


def test_rises_to_one_and_falls_with_noise() -> None:
    figure = drawing(128, 128)
    assert fsim(figure, figure)[0] == pytest.approx(1)
    assert fsimc(figure, figure)[0] == pytest.approx(1)
    values = [fsim(noisy(figure, amount), figure)[0] for amount in (2, 8, 30)]
    assert values == sorted(values, reverse=True)


def test_colour_moves_only_fsimc() -> None:
    figure = drawing(128, 128)
    # Another hue of equal luma in the largest disc: FSIM must not see it.
    swapped = drawing(128, 128, colors=((60, 140, 90), (60, 140, 220), (240, 210, 90)))
    assert fsimc(swapped, figure)[0] < fsim(swapped, figure)[0]


def test_featureless_pictures_count_as_equal() -> None:
    blank = np.full((64, 64, 3), 255, np.uint8)
    assert fsim(blank, blank)[0] == 1


def test_tiny_pictures_are_refused() -> None:
    tiny = np.zeros((7, 40, 3), np.uint8)
    with pytest.raises(UsageError, match="8×8"):
        fsim(tiny, tiny)
