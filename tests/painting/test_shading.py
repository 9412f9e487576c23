"""Shadows and highlights: read in the lines, laid within regions, as strong as in the reference."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from PIL import Image
from tests.runtime.tiny_model import write_model

from style2color.colorizer import Colorizer, finish
from style2color.errors import UsageError
from style2color.layers import recompose, split
from style2color.model import Model
from style2color.painting.compose import shadow_tone
from style2color.painting.shading import LIGHTS, Light, laid, read_marks
from style2color.reading.depth import shading_of
from style2color.reading.regions import label_regions

U8 = NDArray[np.uint8]
SIDE = 256


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return Model.load(write_model(tmp_path_factory.mktemp("model") / "tiny", shading=True))


@pytest.fixture(scope="module")
def painter(model: Model) -> Colorizer:
    return Colorizer(model).set_reference(shaded_reference())


def page() -> U8:
    """A box in the middle of the page."""
    lines = np.full((SIDE, SIDE), 255, np.uint8)
    lines[20:236, 20:236] = 0
    lines[22:234, 22:234] = 255
    return lines


def shaded_reference(dark: float = 0.75) -> U8:
    """Bars of colours under stripes of shadow."""
    picture = np.empty((SIDE, SIDE, 3), np.uint8)
    for number, color in enumerate([(200, 60, 60), (60, 90, 200), (90, 170, 80), (230, 190, 160)]):
        picture[:, 64 * number : 64 * number + 64] = color
    for top in range(0, SIDE, 32):
        picture[top : top + 16] = (picture[top : top + 16] * dark).astype(np.uint8)
    return picture


def test_a_light_from_the_left_lays_shadow_on_the_right(painter: Colorizer) -> None:
    painting = painter.colorize(page())
    shade, light = painting.shade, painting.light
    assert shade.shape == light.shape == (SIDE, SIDE)
    assert (shade[100, :160] == 1).all()
    assert (shade[100, 180:230] < 0.8).all()
    assert (light[25:55, 30:220] > 0.3).all()
    assert not light[75:].any()
    assert (shade[:, :15] == 1).all()  # the ground has none
    assert not light[:15].any()
    assert painting.rgb[100, 200].sum() < 0.85 * painting.flat[100, 200].sum()
    assert (painting.rgb[100, 100] == painting.flat[100, 100]).all()


def test_a_light_from_the_right_is_the_mirror_image(painter: Colorizer) -> None:
    left, right = (painter.colorize(page(), light=side) for side in ("left", "right"))
    np.testing.assert_array_equal(left.shade, right.shade[:, ::-1])
    np.testing.assert_array_equal(left.light, right.light[:, ::-1])
    np.testing.assert_array_equal(left.flat, right.flat)


def test_without_light_the_paint_is_flat(painter: Colorizer) -> None:
    painting = painter.colorize(page(), light="none")
    free = painting.lines == 255
    np.testing.assert_array_equal(painting.rgb[free], painting.flat[free])
    assert [layer.name for layer in split(painting)] == ["Flat", "Shadow", "Line"]


def test_flat_references_give_flat_paint_unless_a_side_is_asked_for(model: Model) -> None:
    painter = Colorizer(model).set_reference(shaded_reference(dark=1))
    auto, left = (painter.colorize(page(), light=light) for light in ("auto", "left"))
    assert (auto.shade == 1).all()
    assert not auto.light.any()
    assert left.shade.min() < 0.8
    bare = Colorizer(model).colorize(page())  # without a reference there is nothing to go by
    assert bare.shade.min() < 0.8


def test_another_light_needs_no_other_look(painter: Colorizer) -> None:
    draft = painter.draft(page())
    for light in LIGHTS:
        again, new = finish(painter.lit(draft, light)), painter.colorize(page(), light=light)
        np.testing.assert_array_equal(again.rgb, new.rgb)
    with pytest.raises(UsageError, match="auto, left, right, none"):
        painter.colorize(page(), light="above")  # type: ignore[arg-type]


def test_models_without_the_graph_shade_as_they_did(tmp_path: Path) -> None:
    old = Colorizer(write_model(tmp_path / "old", light=0.5)).set_reference(shaded_reference())
    assert read_marks(old.model, page(), "left") is None
    painting = old.colorize(page())
    assert painting.light.max() > 0.3
    draft = old.draft(page(), light="none")
    assert not finish(draft).light.any()
    np.testing.assert_array_equal(finish(old.lit(draft, "left")).rgb, painting.rgb)


@pytest.mark.parametrize("size", [(SIDE, SIDE), (700, 400), (1500, 1100), (3, 2)])
@pytest.mark.parametrize("light", ["left", "right"])
def test_layers_recompose_the_shaded_page(
    painter: Colorizer, size: tuple[int, int], light: Light
) -> None:
    lines = np.asarray(Image.fromarray(page()).resize(size[::-1]))
    painting = painter.colorize(lines, light=light)
    assert painting.rgb.shape[:2] == size
    assert np.abs(recompose(split(painting)).astype(int) - painting.rgb).max() <= 2


def test_a_shadow_does_not_cross_a_line() -> None:
    lines = np.full((512, 512), 255, np.uint8)
    lines[:, 260:264] = 0
    lines[80:84] = 0  # four parts, so that none is the ground
    regions = label_regions(lines)
    marks = np.full((2, 64, 64), -4, np.float32)  # a pixel of these is eight of the page
    marks[0, :, 33:] = 4
    shade, _ = laid(marks, 1.0, regions, (512, 512))
    shade = shade[100:]
    assert (shade[:, :261] == 1).all()
    assert (shade[:, 265:] == np.float32(0.75)).all()
    blurred, _ = laid(marks, 1.0, None, (512, 512))
    assert (blurred[100:, 262] > 0.8).all()


@settings(max_examples=60, deadline=None)
@given(
    marks=hnp.arrays(
        np.float32,
        st.tuples(st.just(2), st.integers(1, 12), st.integers(1, 12)),
        elements=st.floats(-30, 30, width=32),
    ),
    lines=hnp.arrays(
        np.uint8, st.tuples(st.integers(2, 40), st.integers(2, 40)), fill=st.just(np.uint8(255))
    ),
    strength=st.floats(0, 1),
)
def test_whatever_is_read_gives_shares(
    marks: NDArray[np.float32], lines: U8, strength: float
) -> None:
    size = lines.shape[0], lines.shape[1]
    shade, light = laid(marks, strength, label_regions(lines), size)
    assert shade.shape == light.shape == size
    assert ((shade >= np.float32(1 - 0.25 * strength) - 1e-6) & (shade <= 1)).all()
    assert ((light >= 0) & (light <= 0.35 * strength + 1e-6)).all()


@settings(max_examples=60, deadline=None)
@given(colors=hnp.arrays(np.uint8, (5, 3)), shade=st.floats(0, 1, width=32))
def test_shadows_darken_every_colour_and_keep_the_lit_ones(colors: U8, shade: float) -> None:
    flat = colors.astype(np.float32)
    tone = shadow_tone(flat, np.full((5, 1), shade, np.float32))
    assert ((tone >= 0) & (tone <= 1)).all()
    if shade == 1:
        assert (tone == 1).all()
    deeper = shadow_tone(flat, np.full((5, 1), shade / 2, np.float32))
    assert (deeper <= tone + 1e-6).all()


def test_shadows_are_cool_on_grey_and_warm_on_skin() -> None:
    grey, skin = shadow_tone(
        np.array([[200, 200, 200], [250, 215, 190]], np.float32), np.full((2, 1), 0.7, np.float32)
    )
    assert grey[2] > grey[0] > grey[1]
    assert skin[0] > skin[1]
    assert skin[0] > grey[0]


def test_the_shading_of_references_is_told_from_flat_paint() -> None:
    assert shading_of(shaded_reference(dark=1)) == 0
    assert shading_of(shaded_reference()) > 0.5
    outlined = shaded_reference(dark=1)
    outlined[:, 60:68] = 0
    assert shading_of(outlined) == 0
    figure = shaded_reference()[:96, :96]
    alone, on_ground = np.full((2, SIDE, SIDE, 3), 255, np.uint8)
    on_ground[:] = (120, 140, 150)
    alone[80:176, 80:176] = on_ground[80:176, 80:176] = figure
    assert shading_of(on_ground) == pytest.approx(shading_of(alone), abs=0.1)
    assert shading_of(np.full((1, 1, 3), 255, np.uint8)) == 0
    assert shading_of(np.zeros((3, 400, 3), np.uint8)) == 0


@settings(max_examples=40, deadline=None)
@given(picture=hnp.arrays(np.uint8, st.tuples(st.integers(1, 30), st.integers(1, 30), st.just(3))))
def test_any_picture_has_a_shading(picture: U8) -> None:
    assert 0 <= shading_of(picture) <= 1
