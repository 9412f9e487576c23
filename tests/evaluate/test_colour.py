"""CIEDE2000 on the published pairs; chroma ratios and palette distance where they must move."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from style2color.color import rgb_to_lab
from style2color.errors import UsageError
from style2color.evaluate.metrics.colour import (
    chroma_ratio,
    ciede2000,
    delta_e,
    paint_chroma,
    paint_chroma_ratio,
)
from style2color.evaluate.metrics.palette import (
    Colours,
    colours,
    figure_pixels,
    paint_pixels,
    palette_distance,
    paper_mask,
    transport,
)

from .pictures import drawing, ink_of, noisy, waves

# Sharma, Wu and Dalal (2005), table 1: L a b of both colours and their difference.
PUBLISHED = np.array(
    [
        [50.0000, 2.6772, -79.7751, 50.0000, 0.0000, -82.7485, 2.0425],
        [50.0000, 3.1571, -77.2803, 50.0000, 0.0000, -82.7485, 2.8615],
        [50.0000, 2.8361, -74.0200, 50.0000, 0.0000, -82.7485, 3.4412],
        [50.0000, -1.3802, -84.2814, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, -1.1848, -84.8006, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, -0.9009, -85.5211, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, 0.0000, 0.0000, 50.0000, -1.0000, 2.0000, 2.3669],
        [50.0000, -1.0000, 2.0000, 50.0000, 0.0000, 0.0000, 2.3669],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0009, 7.1792],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0010, 7.1792],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0011, 7.2195],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0012, 7.2195],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0009, -2.4900, 4.8045],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0010, -2.4900, 4.8045],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0011, -2.4900, 4.7461],
        [50.0000, 2.5000, 0.0000, 50.0000, 0.0000, -2.5000, 4.3065],
        [50.0000, 2.5000, 0.0000, 73.0000, 25.0000, -18.0000, 27.1492],
        [50.0000, 2.5000, 0.0000, 61.0000, -5.0000, 29.0000, 22.8977],
        [50.0000, 2.5000, 0.0000, 56.0000, -27.0000, -3.0000, 31.9030],
        [50.0000, 2.5000, 0.0000, 58.0000, 24.0000, 15.0000, 19.4535],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.1736, 0.5854, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.2972, 0.0000, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 1.8634, 0.5757, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.2592, 0.3350, 1.0000],
        [60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644],
        [63.0109, -31.0961, -5.8663, 62.8187, -29.7946, -4.0864, 1.2630],
        [61.2901, 3.7196, -5.3901, 61.4292, 2.2480, -4.9620, 1.8731],
        [35.0831, -44.1164, 3.7933, 35.0232, -40.0716, 1.5901, 1.8645],
        [22.7233, 20.0904, -46.6940, 23.0331, 14.9730, -42.5619, 2.0373],
        [36.4612, 47.8580, 18.3852, 36.2715, 50.5065, 21.2231, 1.4146],
        [90.8027, -2.0831, 1.4410, 91.1528, -1.6435, 0.0447, 1.4441],
        [90.9257, -0.5406, -0.9208, 88.6381, -0.8985, -0.7239, 1.5381],
        [6.7747, -0.2908, -2.4247, 5.8714, -0.0985, -2.2286, 0.6377],
        [2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082],
    ]
)
OTHER_COLORS = ((80, 200, 120), (150, 60, 170), (30, 60, 110))


def test_ciede2000_agrees_with_the_published_pairs() -> None:
    first, second, expected = PUBLISHED[:, :3], PUBLISHED[:, 3:6], PUBLISHED[:, 6]
    np.testing.assert_allclose(ciede2000(first, second), expected, atol=5.1e-5)
    np.testing.assert_allclose(ciede2000(second, first), expected, atol=5.1e-5)


def test_delta_e_is_zero_at_home_and_grows_with_the_change() -> None:
    figure = drawing()
    assert delta_e(figure, figure)[0] == 0
    near, far = noisy(figure, 5), drawing(colors=OTHER_COLORS)
    assert 0 < delta_e(near, figure)[0] < delta_e(far, figure)[0]


def test_delta_e_counts_only_the_mask() -> None:
    figure, other = drawing(), drawing(colors=OTHER_COLORS)
    inside = ~paper_mask(figure)
    assert delta_e(other, figure, inside)[0] > 1.5 * delta_e(other, figure)[0]
    assert delta_e(other, figure, ~inside)[0] == 0
    assert np.isnan(delta_e(other, figure, np.zeros(figure.shape[:2], bool))[0])
    with pytest.raises(UsageError, match="mask"):
        delta_e(other, figure, inside[:9])


def test_chroma_ratio_falls_for_grey_and_rises_for_gaudy() -> None:
    figure = waves(64, 64)
    grey = np.repeat(figure.mean(-1, keepdims=True), 3, -1).astype(np.uint8)
    dull = ((figure.astype(int) + grey) // 2).astype(np.uint8)
    assert chroma_ratio(figure, figure)[0] == pytest.approx(1)
    assert chroma_ratio(grey, figure)[0] < 0.02 < chroma_ratio(dull, figure)[0] < 0.8
    assert chroma_ratio(figure, dull)[0] > 1.2
    assert np.isnan(chroma_ratio(figure, grey)[0])


def test_paint_chroma_is_the_mean_over_pixels_off_paper_and_ink() -> None:
    figure = drawing(64, 64)  # so small that no pixel is thinned out
    lines = ink_of(figure)
    total, count = 0.0, 0
    for y in range(64):
        for x in range(64):
            # The discs hold no white, so every white pixel is paper.
            if lines[y, x] >= 128 and (figure[y, x] < 255).any():
                _, a, b = rgb_to_lab(figure[y : y + 1, x : x + 1])[0, 0]
                total += float(np.sqrt(a * a + b * b))
                count += 1
    assert count > 400
    assert paint_chroma(figure, lines) == pytest.approx(total / count, rel=1e-5)
    # Ink that nobody names counts as paint without a colour.
    inked = np.count_nonzero(lines == 0)
    assert paint_chroma(figure) == pytest.approx(total / (count + inked), rel=1e-3)


def test_paint_chroma_counts_the_pixels_of_the_palette_distance() -> None:
    figure = drawing()
    lines = ink_of(figure)
    pixels = paint_pixels(figure, lines)
    np.testing.assert_array_equal(pixels, figure_pixels(figure, lines))
    lab = rgb_to_lab(pixels)
    expected = np.sqrt(lab[:, 1] ** 2 + lab[:, 2] ** 2).mean()
    assert paint_chroma(figure, lines) == pytest.approx(float(expected), rel=1e-5)


def test_paint_chroma_ratio_is_free_of_the_ink() -> None:
    bare = np.minimum(waves(64, 64), np.uint8(225))
    bare[:8] = bare[-8:] = bare[:, :8] = bare[:, -8:] = 255
    lines = np.full((64, 64), 255, np.uint8)
    lines[::4] = 0
    inked = np.where(lines[..., None] == 0, np.uint8(0), bare)
    wanted = paint_chroma(bare, lines)
    assert chroma_ratio(inked, bare, ~paper_mask(bare))[0] < 0.8
    assert paint_chroma_ratio(inked, lines, wanted) == pytest.approx(1)
    grey = np.repeat(bare.mean(-1, keepdims=True), 3, -1).astype(np.uint8)
    half = ((bare.astype(int) + grey) // 2).astype(np.uint8)
    assert paint_chroma_ratio(grey, lines, wanted) < 0.02
    assert 0.3 < paint_chroma_ratio(half, lines, wanted) < 0.7
    assert paint_chroma_ratio(bare, lines, paint_chroma(half, lines)) > 1.4


def test_paint_chroma_ratio_where_there_is_nothing_to_compare() -> None:
    figure = drawing(64, 64)
    lines = ink_of(figure)
    blank, ink = np.full((64, 64, 3), 255, np.uint8), np.zeros((64, 64), np.uint8)
    wanted = paint_chroma(figure, lines)
    assert np.isnan(paint_chroma(blank))
    assert np.isnan(paint_chroma(figure, ink))
    # A reference without paint, or without a colour; a sketch that is all ink.
    assert np.isnan(paint_chroma_ratio(figure, lines, paint_chroma(blank)))
    assert np.isnan(paint_chroma_ratio(figure, lines, paint_chroma(np.full_like(blank, 90))))
    assert np.isnan(paint_chroma_ratio(figure, ink, wanted))
    # Whoever paints nothing is charged for it and not left out.
    assert paint_chroma_ratio(blank, lines, wanted) == 0
    with pytest.raises(UsageError, match="lines"):
        paint_chroma_ratio(figure, lines[:9], wanted)
    with pytest.raises(UsageError, match="uint8 RGB"):
        paint_chroma(figure[..., 0])


def test_transport_agrees_with_the_closed_form_on_a_line() -> None:
    draw = np.random.default_rng(1)
    for _ in range(5):
        sizes = draw.integers(1, 17, 2)
        sides = []
        for size in sizes:
            lab = np.zeros((size, 3))
            lab[:, 0] = draw.uniform(0, 100, size)
            sides.append(Colours(lab, draw.dirichlet(np.ones(size))))
        a, b = sides
        exact = wasserstein_distance(a.lab[:, 0], b.lab[:, 0], a.weight, b.weight)
        assert transport(a, b) == pytest.approx(exact, abs=1e-6)
        assert transport(a, b) == pytest.approx(transport(b, a), abs=1e-6)


def test_palette_distance_is_blind_to_place_and_sees_colour() -> None:
    figure = drawing()
    assert palette_distance(figure, figure)[0] == pytest.approx(0, abs=1e-9)
    moved = drawing(shift=6)
    assert palette_distance(moved, figure)[0] < 2
    assert palette_distance(drawing(colors=OTHER_COLORS), figure)[0] > 25


def test_paper_counts_on_neither_side() -> None:
    figure = drawing()
    wide = np.full((256, 400, 3), 255, np.uint8)
    wide[:, 70:326] = figure
    assert palette_distance(wide, figure)[0] < 1.5
    # ... but a painter who paints the paper is charged for it.
    painted_paper = figure.copy()
    painted_paper[paper_mask(figure)] = (120, 180, 90)
    assert palette_distance(painted_paper, figure)[0] > 15


def test_white_inside_the_figure_counts() -> None:
    white_coat = drawing(colors=((255, 255, 255), (60, 140, 220), (240, 210, 90)))
    assert not paper_mask(white_coat)[60, 60]
    assert paper_mask(white_coat)[0, 0]
    assert palette_distance(white_coat, drawing())[0] > 10


def test_known_ink_does_not_count() -> None:
    figure = drawing()
    assert (colours(figure).lab[:, 0] < 1).any()
    without = colours(figure, ink_of(figure))
    assert (without.lab[:, 0] > 40).all()
    assert without.weight.sum() == pytest.approx(1)


def test_a_blank_page_has_the_colour_of_paper() -> None:
    blank = np.full((40, 40, 3), 255, np.uint8)
    np.testing.assert_allclose(colours(blank).lab, [[100, 0, 0]], atol=1e-3)
    assert palette_distance(drawing(), blank)[0] > 20
