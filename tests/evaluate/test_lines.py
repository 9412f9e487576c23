"""Line fidelity, bleeding and unevenness where they must rise and where they must fall."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from style2color.errors import UsageError
from style2color.evaluate.metrics.lines import (
    bleeding,
    closed_regions,
    exact_regions,
    line_fidelity,
    unevenness,
)
from style2color.lines import dilate_divide

from .pictures import Array8, drawing, ink_of, noisy

FIGURE = drawing()
INK = ink_of(FIGURE)


def _smeared(sigma: float) -> Array8:
    """The figure's colours run over its lines; the ink itself stays."""
    colours = cv2.inpaint(FIGURE, (INK == 0).astype(np.uint8), 3, cv2.INPAINT_NS)
    smeared = cv2.GaussianBlur(colours, (0, 0), sigma)
    smeared[INK == 0] = 0
    return smeared


def test_untouched_lines_are_perfect() -> None:
    found = line_fidelity(FIGURE, INK, dilate_divide)
    assert (found.difference[0], found.recall[0], found.precision[0]) == (0, 1, 1)


def test_paled_and_erased_lines_are_seen() -> None:
    paled = FIGURE.copy()
    paled[INK == 0] = 120
    erased = cv2.inpaint(FIGURE, (INK == 0).astype(np.uint8), 3, cv2.INPAINT_NS)
    erased = cv2.GaussianBlur(erased, (0, 0), 6)
    assert line_fidelity(paled, INK, dilate_divide).difference[0] == pytest.approx(120, abs=0.5)
    assert line_fidelity(erased, INK, dilate_divide).recall[0] < 0.5


def test_invented_lines_cost_precision() -> None:
    scribbled = FIGURE.copy()
    scribbled[::16] = 0
    found = line_fidelity(scribbled, INK, dilate_divide)
    assert found.recall[0] > 0.99
    assert found.precision[0] < 0.6


def test_no_lines_no_fidelity() -> None:
    blank = np.full((32, 32), 255, np.uint8)
    found = line_fidelity(np.full((32, 32, 3), 255, np.uint8), blank, dilate_divide)
    assert np.isnan([found.difference[0], found.recall[0], found.precision[0]]).all()


def test_closed_regions_are_those_lines_enclose() -> None:
    regions = closed_regions(INK)
    assert regions.max() == 4
    assert len({int(regions[p]) for p in [(0, 0), (60, 60), (190, 180), (95, 85)]}) == 4
    assert (regions[INK == 0] == 0).all()
    # A gap of two pixels does not let a region out; a hole of thirty does.
    gap, hole = INK.copy(), INK.copy()
    gap[30:50, 89:91] = 255
    hole[30:50, 75:105] = 255
    assert closed_regions(gap).max() == 4
    assert closed_regions(hole).max() == 3


def test_bleeding_rises_with_smear_and_is_zero_for_flat_fills() -> None:
    regions = closed_regions(INK)
    values = [bleeding(_smeared(sigma), regions)[0] for sigma in (1, 3, 8)]
    assert bleeding(FIGURE, regions)[0] == 0
    assert values == sorted(values)
    assert 0 < values[0] < values[-1] < 0.6


def test_a_wholly_wrong_region_is_no_bleeding() -> None:
    wrong = drawing(colors=((20, 180, 60), (240, 30, 200), (10, 10, 200)))
    assert bleeding(wrong, closed_regions(INK))[0] == 0


def test_bleeding_sees_leaks_against_exact_regions() -> None:
    regions = closed_regions(INK)
    leaked = FIGURE.copy()
    # A tongue of the first disc's red runs over the outline into the paper.
    leaked[85:105, 155:175] = FIGURE[100, 140]
    assert bleeding(leaked, regions)[0] > 0.005


def test_exact_regions_see_what_an_open_outline_hides() -> None:
    ids = closed_regions(INK) + 1  # as a drawing would know them
    open_ = INK.copy()
    open_[:, 140:] = 255  # the outlines end in the middle of the figure
    leaked = _smeared(3)
    blind, exact = closed_regions(open_), exact_regions(ids, open_)
    assert blind.max() < exact.max()
    assert bleeding(FIGURE, exact)[0] < 0.05
    assert bleeding(leaked, exact)[0] > bleeding(FIGURE, exact)[0] + 0.02
    assert (exact[open_ == 0] == 0).all()


def test_one_colour_has_nothing_to_bleed() -> None:
    assert np.isnan(bleeding(np.full_like(FIGURE, 90), closed_regions(INK))[0])


def test_unevenness_rises_with_noise_and_is_zero_for_flat_fills() -> None:
    regions = closed_regions(INK)
    assert unevenness(FIGURE, regions)[0] < 1e-3
    assert unevenness(noisy(FIGURE, 4), regions)[0] < unevenness(noisy(FIGURE, 20), regions)[0]
    assert np.isnan(unevenness(FIGURE, np.zeros_like(regions))[0])


def test_sizes_must_fit() -> None:
    with pytest.raises(UsageError, match="lines"):
        line_fidelity(FIGURE, INK[:9], dilate_divide)
    with pytest.raises(UsageError, match="regions"):
        bleeding(FIGURE, closed_regions(INK)[:9])
    with pytest.raises(UsageError, match="integers"):
        bleeding(FIGURE, closed_regions(INK) / 2)
