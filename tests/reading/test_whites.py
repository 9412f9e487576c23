"""White paint and white paper of a reference."""

from __future__ import annotations

import numpy as np
import pytest

from style2color.palette import extract_palette
from style2color.reading.whites import inner_white, is_white


def test_paper_is_bright_and_grey() -> None:
    colors = np.array(
        [[255, 255, 255], [240, 240, 238], [215, 215, 215], [255, 250, 220]], np.uint8
    )
    assert is_white(colors).tolist() == [True, True, False, False]


def figure(shirt: tuple[int, int, int], ground: int = 255) -> np.ndarray:
    """A red figure of 128 × 128 pixels with a shirt of 64 × 64 of its own colour."""
    page = np.full((256, 256, 3), ground, np.uint8)
    page[64:192, 64:192] = (200, 40, 40)
    page[96:160, 96:160] = shirt
    return page


@pytest.mark.parametrize(
    ("page", "share"),
    [
        (figure((255, 255, 255)), 64**2 / 256**2),
        (figure((40, 60, 200)), 0.0),
        (figure((255, 255, 255), 128), 64**2 / 256**2),
        (np.full((256, 256, 3), 255, np.uint8), 0.0),
    ],
    ids=["a white shirt", "a blue one", "on a grey wall", "nothing but paper"],
)
def test_white_counts_where_no_ground_reaches(page: np.ndarray, share: float) -> None:
    assert inner_white(extract_palette(page)) == pytest.approx(share, abs=0.01)


def test_an_open_shirt_is_paper() -> None:
    page = figure((255, 255, 255))
    page[120:136, 64:96] = 255
    assert inner_white(extract_palette(page)) == 0
