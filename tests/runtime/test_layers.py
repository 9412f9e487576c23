"""Layers of a painted page: exact ink, even flat colours, and the painted picture again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from style2color.colorizer import Colorizer, Painting
from style2color.errors import UsageError
from style2color.layers import recolor, recompose, split
from style2color.model import Model
from style2color.painting.compose import compose, has_light, light_at
from style2color.painting.drafts import finish

from .tiny_model import write_model

U8 = NDArray[np.uint8]
NAVY, ROSE = (30, 40, 90), (240, 150, 160)


@pytest.fixture(scope="module")
def painter(tmp_path_factory: pytest.TempPathFactory) -> Colorizer:
    model = Model.load(write_model(tmp_path_factory.mktemp("model") / "tiny"))
    return Colorizer(model).set_reference(_reference())


@pytest.fixture(scope="module")
def lit(tmp_path_factory: pytest.TempPathFactory) -> Colorizer:
    """As `painter`, with light that rises to 0.6 at the upper edge, from a quarter below it."""
    model = Model.load(write_model(tmp_path_factory.mktemp("model") / "lit", light=0.6))
    return Colorizer(model).set_reference(_reference())


def _reference() -> U8:
    """Left half dark, right half light."""
    picture = np.empty((64, 64, 3), np.uint8)
    picture[:, :32], picture[:, 32:] = NAVY, ROSE
    return picture


def _page(soft: bool = False) -> U8:
    """Two boxes of an odd size; soft lines have all greys."""
    page = np.full((101, 153), 255, np.uint8)
    for left in (10, 85):
        page[10:90, left : left + 60] = 0
        page[13:87, left + 3 : left + 57] = 255
    if soft:
        page = np.asarray(Image.fromarray(page).filter(ImageFilter.GaussianBlur(1.5)))
    return page


def _shaded(painting: Painting, page: U8) -> Painting:
    """The painting with a slope of shade, painted by the formula itself."""
    slope = np.linspace(0.3, 1, 40, dtype=np.float32)
    return recolor(replace(painting, shade=np.repeat(slope[None], 30, axis=0)), {})


@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize("shaded", [False, True])
def test_the_layers_together_are_the_painted_page(
    painter: Colorizer, soft: bool, shaded: bool
) -> None:
    painting = painter.colorize(_page(soft))
    if shaded:
        painting = _shaded(painting, _page(soft))
    layers = split(painting, _reference())
    again = recompose(layers).astype(int)
    assert np.abs(again - painting.rgb).max() <= 2
    assert all(layer.pixels.shape[:2] == (101, 153) for layer in layers)


@pytest.mark.parametrize("soft", [False, True])
def test_light_is_a_layer_between_shadow_and_line(
    painter: Colorizer, lit: Colorizer, soft: bool
) -> None:
    page = _page(soft)
    dull, painting = painter.colorize(page), lit.colorize(page)
    layers = split(painting, _reference())
    shown = [(layer.name, layer.blend) for layer in layers if layer.visible]
    assert shown[:4] == [
        ("Flat", "normal"), ("Shadow", "multiply"), ("Highlight", "screen"), ("Line", "normal"),
    ]  # fmt: skip
    assert np.abs(recompose(layers).astype(int) - painting.rgb).max() <= 2
    assert np.array_equal(painting.flat, dull.flat)
    assert np.array_equal(255 - layers[3].pixels[..., 3], page)
    assert np.array_equal(painting.rgb[35:], dull.rgb[35:])
    light = layers[2].pixels[16, 115] / 255
    assert 0.1 < light[0] < 0.3
    screened = 255 - (255 - np.array(ROSE)) * (1 - light)
    assert np.abs(painting.rgb[16, 115] - screened).max() < 2
    black = page == 0
    assert black.any() != soft
    assert not painting.rgb[black].any()  # the ink lies on the lit paint


def test_a_page_without_light_is_that_of_a_model_without_it(
    painter: Colorizer, tmp_path: Path
) -> None:
    dark = Colorizer(write_model(tmp_path / "dark", light=0.0)).set_reference(_reference())
    assert "light" in dark.model.outputs("painter")
    assert "light" not in painter.model.outputs("painter")
    for soft in (False, True):
        one, other = painter.colorize(_page(soft)), dark.colorize(_page(soft))
        assert np.array_equal(one.rgb, other.rgb)
        for mine, theirs in zip(split(one), split(other), strict=True):
            assert mine.name == theirs.name
            assert np.array_equal(mine.pixels, theirs.pixels)


def test_light_reaches_figures_that_are_looked_at_alone(lit: Colorizer) -> None:
    page = np.vstack([np.full((60, 153), 255, np.uint8), _page()])
    whole, apart = (
        light_at(painting.light, page.shape)[76]
        for painting in (lit.colorize(page), lit.colorize(page, apart=True))
    )
    # This row is high up in each box, but not in the page.
    for column in (40, 115):
        assert not whole[column]
        assert apart[column] > 20


SMALL = st.tuples(st.integers(1, 9), st.integers(1, 9))


def _planes(value: st.SearchStrategy[float]) -> st.SearchStrategy[NDArray[np.float32]]:
    return SMALL.flatmap(lambda size: arrays(np.float32, size, elements=value))


@settings(max_examples=200, deadline=None)
@given(
    lines=st.tuples(st.integers(2, 40), st.integers(2, 40)).flatmap(
        lambda size: arrays(np.uint8, size, fill=st.just(np.uint8(255)))
    ),
    shade=_planes(st.floats(0, 1, width=32)),
    light=_planes(st.floats(0, 1, width=32)),
    colors=arrays(np.uint8, (2, 3)),
    slope=st.floats(-3, 3, width=32),
)
def test_any_shade_and_light_are_layers_that_give_the_page(
    lines: U8, shade: NDArray[np.float32], light: NDArray[np.float32], colors: U8, slope: float
) -> None:
    logits = np.zeros((4, 4, 2), np.float32)
    logits[..., 0] = slope * np.arange(4)
    rgb, flat = compose(lines, logits, shade, light, colors)
    painting = Painting(rgb, flat, None, colors, {}, lines, shade, light)
    layers = split(painting)
    assert np.abs(recompose(layers).astype(int) - rgb).max() <= 2
    assert [layer.name for layer in layers].count("Highlight") == light_at(light, lines.shape).any()
    assert has_light(light, lines.shape) == light_at(light, lines.shape).any()
    again = recolor(painting, {}).rgb.astype(int)
    assert np.abs(again - rgb).max() <= 2


def test_recoloring_nothing_paints_the_same_page(painter: Colorizer, lit: Colorizer) -> None:
    for one, within in ((painter, 1), (lit, 2)):
        painting = one.colorize(_page(soft=True))
        again = recolor(painting, {}).rgb.astype(int)
        assert np.abs(again - painting.rgb).max() <= within


def test_recoloring_keeps_the_light(lit: Colorizer) -> None:
    draft = lit.lock_palette("reference").draft(_page(soft=True))
    lit.lock_palette(None)
    change = {ROSE: (20, 90, 60)}
    ours = recolor(finish(draft), change)
    assert np.abs(ours.rgb.astype(int) - finish(draft, changes=change).rgb).max() <= 2
    assert ours.rgb[16, 115].min() > 20 + 15


def test_the_line_layer_is_the_ink(painter: Colorizer) -> None:
    for soft in (False, True):
        page = _page(soft)
        line = split(painter.colorize(page))[2]
        assert line.name == "Line"
        assert not line.pixels[..., :3].any()
        assert np.array_equal(255 - line.pixels[..., 3], page)


def test_flat_has_one_colour_per_region_right_under_the_lines(painter: Colorizer) -> None:
    painting = painter.colorize(_page(soft=True))
    flat = split(painting)[0].pixels
    # The boxes with their lines; the ground around them is open and may be mixed.
    assert (flat[12:88, 12:68] == NAVY).all()
    assert (flat[12:88, 87:143] == ROSE).all()


def test_light_and_reference_come_only_where_they_exist(painter: Colorizer) -> None:
    assert [layer.name for layer in split(painter.colorize(_page()))] == ["Flat", "Shadow", "Line"]
    layers = split(painter.colorize(_page(soft=True)), _reference())
    assert [(layer.name, layer.blend, layer.visible) for layer in layers] == [
        ("Flat", "normal", True),
        ("Shadow", "multiply", True),
        ("Line", "normal", True),
        ("Line light", "add", True),
        ("Reference", "normal", False),
    ]
    two = split(painter.colorize(_page()), [_reference(), _reference()])
    assert [layer.name for layer in two if not layer.visible] == ["Reference", "Reference 2"]
    kept = layers[-1].pixels
    assert kept[50, 30].tolist() == [*NAVY, 255]
    assert kept[50, 0, 3] == 0


def test_a_recoloured_entry_changes_its_regions_and_nothing_else(painter: Colorizer) -> None:
    painting = painter.colorize(_page())
    green = recolor(painting, {NAVY: (0, 200, 0)})
    assert (green.rgb[20:80, 20:60] == (0, 200, 0)).all()
    assert (green.rgb[20:80, 95:135] == painting.rgb[20:80, 95:135]).all()
    assert (green.rgb[_page() == 0] == 0).all()
    assert [0, 200, 0] in green.palette.tolist()
    assert (painting.rgb[20:80, 20:60] == NAVY).all()
    with pytest.raises(UsageError, match="0 to 255"):
        recolor(painting, {NAVY: (0, 300, 0)})


def test_a_stack_needs_an_opaque_ground(painter: Colorizer) -> None:
    with pytest.raises(UsageError, match="opaque"):
        recompose(split(painter.colorize(_page()))[1:])


def _colors(painting: Painting) -> set[tuple[int, ...]]:
    return {tuple(color) for color in painting.flat.reshape(-1, 3).tolist()}


@pytest.mark.parametrize("regions", [False, True])
def test_a_locked_page_has_nothing_but_the_swatches(painter: Colorizer, regions: bool) -> None:
    swatches = np.array([(10, 20, 120), (250, 130, 150), (250, 250, 240)], np.uint8)
    point = {"x": 110, "y": 50, "radius": 3, "color": "#0a0a80"}
    other = Colorizer(painter.model).set_reference(_reference())
    painting = other.lock_palette(swatches).colorize(
        _page(soft=True), {"version": 1, "points": [point]}, regions=regions
    )
    assert _colors(painting) <= {tuple(color) for color in swatches.tolist()}
    assert painting.flat[50, 30].tolist() == [10, 20, 120]
    assert painting.flat[50, 110].tolist() == [10, 20, 120]  # the hint, in the nearest swatch
    assert np.abs(recompose(split(painting)).astype(int) - painting.rgb).max() <= 2


def test_the_reference_can_be_the_lock(painter: Colorizer) -> None:
    other = Colorizer(painter.model).set_reference(_reference()).lock_palette("reference")
    assert _colors(other.colorize(_page(soft=True))) <= {NAVY, ROSE}
    white = {"version": 1, "points": [{"x": 30, "y": 50, "radius": 3, "color": "#ffffff"}]}
    assert _colors(other.colorize(_page(), white)) <= {NAVY, ROSE}
    assert (255, 255, 255) in _colors(other.lock_palette(None).colorize(_page(), white))


def test_without_a_reference_the_swatches_are_what_is_chosen_from(painter: Colorizer) -> None:
    other = Colorizer(painter.model)
    before = other.colorize(_page()).palette
    swatches = np.array([(0, 99, 0), (99, 0, 0)], np.uint8)
    locked = other.lock_palette(swatches).colorize(_page())
    assert locked.palette[:2].tolist() == swatches.tolist()
    assert _colors(locked) <= {(0, 99, 0), (99, 0, 0)}
    assert np.array_equal(other.lock_palette(None).colorize(_page()).palette, before)
    many = np.stack([np.arange(200, dtype=np.uint8)] * 3, axis=1)
    assert len(other.lock_palette(many).colorize(_page()).palette) == len(before)
