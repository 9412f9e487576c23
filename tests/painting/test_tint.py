"""Coloured lines: what they look like, what they leave alone, and that layers recompose them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from style2color.colorizer import Colorizer
from style2color.layers import recolor, recompose, split
from style2color.painting.compose import ink_over
from style2color.painting.drafts import Painting, tinted
from style2color.painting.tint import TONE, VIVID, spread

LUMA = np.array([0.299, 0.587, 0.114])
SKIN, HAIR = (250, 214, 190), (60, 40, 90)


def halves(side: int = 256, width: int = 1) -> Painting:
    """Two flat colours that meet at a black line, without shade or light."""
    flat = np.empty((side, side, 3), np.uint8)
    flat[:, : side // 2], flat[:, side // 2 :] = SKIN, HAIR
    lines = np.full((side, side), 255, np.uint8)
    lines[side // 4 : side // 4 + width, : side // 2] = 0
    lines[side // 4 : side // 4 + width, side // 2 :] = 0
    shade, light = np.ones((8, 8), np.float32), np.zeros((8, 8), np.float32)
    palette = np.array([SKIN, HAIR], np.uint8)
    rgb = ink_over(flat.astype(np.float32), lines)
    return Painting(rgb, flat, None, palette, {}, lines, shade, light)


def wanted(color: tuple[int, int, int]) -> NDArray[np.float64]:
    """The law of a line's tone, said literally."""
    grey = np.array(color) @ LUMA
    vivid = grey + (np.array(color) - grey) * VIVID
    luma = grey / 255
    tone: NDArray[np.float64] = vivid * min(luma, TONE[0] + TONE[1] * luma) / luma
    return tone.clip(0, 255)


def test_a_line_takes_the_tone_of_the_paint_beside_it() -> None:
    painting = tinted(halves())
    on_skin, on_hair = painting.rgb[64, 32], painting.rgb[64, 224]
    np.testing.assert_allclose(on_skin, wanted(SKIN), atol=2)
    np.testing.assert_allclose(on_hair, wanted(HAIR), atol=2)
    free = painting.lines == 255
    np.testing.assert_array_equal(painting.rgb[free], painting.flat[free])


def test_half_covering_ink_covers_half() -> None:
    painting = halves()
    painting.lines[painting.lines == 0] = 128
    mixed = 128 / 255 * np.array(SKIN) + 127 / 255 * wanted(SKIN)
    np.testing.assert_allclose(tinted(painting).rgb[64, 32], mixed, atol=2)


def test_wide_black_stays_black_and_its_rim_has_colour() -> None:
    painting = halves(256, width=2)
    painting.lines[100:200, 20:110] = 0
    rgb = tinted(painting).rgb
    assert rgb[150, 65].max() <= 8
    assert rgb[64, 65] @ LUMA > 60


def test_paper_says_less_of_a_line_than_colour() -> None:
    none = np.ones((8, 8), np.float32), np.zeros((8, 8), np.float32)
    lines = np.full((256, 256), 255, np.uint8)
    lines[127:129] = 0
    colors = []
    for other in (255, 249):  # bare paper; a garment nearly as white
        flat = np.full((256, 256, 3), other, np.uint8)
        flat[128:] = HAIR
        colors.append(spread(flat, *none, lines)[127, 128].astype(int))
    beside_paper, beside_white = colors
    saturation = [np.ptp(color) / color.mean() for color in colors]
    assert saturation[0] > 1.5 * saturation[1]
    assert beside_paper @ LUMA < beside_white @ LUMA - 10


def test_shade_and_light_reach_the_lines() -> None:
    plain, dark, lit = halves(), halves(), halves()
    dark.shade[:] = 0.5
    lit.light[:] = 0.5
    lumas = [tinted(each).rgb[64, 32] @ LUMA for each in (dark, plain, lit)]
    assert lumas[0] < lumas[1] - 10 < lumas[2] - 10


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), height=st.integers(2, 70), width=st.integers(2, 70))
def test_layers_recompose_any_page(seed: int, height: int, width: int) -> None:
    draw = np.random.default_rng(seed)
    flat = draw.integers(0, 256, (height, width, 3), np.uint8)
    lines = draw.integers(0, 256, (height, width), np.uint8)
    shade, light = draw.random((2, 5, 7), np.float32)
    light *= draw.integers(0, 2)
    painting = recolor(tinted(Painting(flat, flat, None, flat[0], {}, lines, shade, light)), {})
    layers = split(painting)
    assert [layer.name for layer in layers if layer.blend == "add"] == []
    line = next(layer for layer in layers if layer.name == "Line")
    np.testing.assert_array_equal(line.pixels[..., 3], 255 - lines)
    assert np.abs(recompose(layers).astype(int) - painting.rgb).max() <= 2


def test_changed_colours_change_their_lines() -> None:
    painting = recolor(tinted(halves()), {SKIN: (90, 160, 90)})
    np.testing.assert_allclose(painting.rgb[64, 32], wanted((90, 160, 90)), atol=2)
    assert recolor(halves(), {}).tint is None


@pytest.mark.parametrize("side", [40, 1500])
def test_a_sketch_of_any_size(side: int) -> None:
    sketch = np.full((side, side * 3 // 4), 255, np.uint8)
    sketch[side // 4 : side // 4 + side // 20, :] = 0
    reference = np.full((64, 64, 3), 255, np.uint8)
    reference[16:48, 16:48] = (200, 40, 60)
    painter = Colorizer(size=64).set_reference(reference)
    painting = painter.colorize(sketch, colored_lines=True)
    black = painter.colorize(sketch)
    assert painting.tint is not None
    assert painting.rgb.shape == (*sketch.shape, 3)
    np.testing.assert_array_equal(painting.lines, black.lines)
    np.testing.assert_array_equal(painting.flat, black.flat)
    assert black.tint is None
