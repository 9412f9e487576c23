"""What is read in a reference, its eyes, skin and hair, and that sketches get their colours."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from PIL import Image
from tests.runtime.tiny_model import write_model

from style2color.colorizer import Colorizer
from style2color.model import Model
from style2color.palette import CELLS, Palette, cover_of, extract_palette, with_color
from style2color.reading.parts import HAIR, IRIS, SKIN, read_parts
from style2color.reading.portrait import Shown, _main_color, read_reference, traced

U8 = NDArray[np.uint8]
EXAMPLES = Path(str(resources.files("style2color.studio") / "examples"))
NAMES = sorted({path.name.rsplit("-", 1)[0] for path in EXAMPLES.glob("*-reference.webp")})


def picture(name: str) -> U8:
    return np.asarray(Image.open(EXAMPLES / f"{name}.webp").convert("RGB"))


@pytest.fixture(scope="module")
def painter() -> Colorizer:
    return Colorizer()


def test_the_commonest_paint_is_the_colour_of_an_iris() -> None:
    blue, pupil, light = (40, 90, 200), (10, 10, 20), (255, 250, 250)
    pixels = np.array([blue] * 9 + [pupil] * 20 + [light] * 12 + [(60, 120, 210)] * 5, np.uint8)
    for part, color in ((pixels, blue), (pixels[9:29], pupil)):  # black eyes are black
        found = _main_color(part)
        assert found is not None
        assert tuple(found) == color
    assert _main_color(pixels[29:41]) is None  # nothing but catchlights
    assert _main_color(pixels[:0]) is None


def test_of_three_tones_the_middle_one_is_the_colour_of_an_iris() -> None:
    dark, flat, light = (14, 67, 125), (33, 119, 173), (90, 162, 201)
    pixels = np.array([dark] * 27 + [flat] * 21 + [light] * 20, np.uint8)
    found = _main_color(pixels)
    assert found is not None
    assert tuple(found) == flat


PIXELS = hnp.arrays(np.uint8, st.tuples(st.integers(0, 60), st.just(3)))


@given(PIXELS)
def test_the_colour_of_an_iris_is_one_of_its_own(pixels: U8) -> None:
    color = _main_color(pixels)
    if color is not None:
        assert np.abs(pixels.astype(int) - color).max(1).min() < 16


@given(hnp.arrays(np.bool_, st.tuples(st.integers(32, 90), st.integers(32, 90))))
def test_cells_are_covered_as_much_as_the_picture(mask: NDArray[np.bool_]) -> None:
    cover = cover_of(mask)
    assert cover.shape == (CELLS, CELLS)
    assert 0 <= cover.min() <= cover.max() <= 1
    # Pillow weighs pixels across the borders of cells as a whole to one of them.
    assert abs(cover.mean() - mask.sum() / max(mask.shape) ** 2) < 0.04


def test_a_palette_gets_a_colour_once() -> None:
    page = np.full((64, 64, 3), 255, np.uint8)
    page[16:48, 8:56] = (200, 60, 60)
    palette = extract_palette(page)
    mask = np.zeros((64, 64), np.bool_)
    mask[20:24, 20:30] = True
    wanted = np.array([30, 90, 160], np.uint8)
    more, entry = with_color(palette, wanted, cover_of(mask))
    assert entry == len(palette) == len(more) - 1
    assert tuple(more.colors[entry]) == (30, 90, 160)
    np.testing.assert_allclose(more.assignment.sum(0), 1, atol=1e-6)
    assert more.assignment[entry].sum() == pytest.approx(10, rel=0.01)  # of 2 by 2 pixels each
    again, same = with_color(more, wanted, cover_of(mask))
    assert again is more
    assert same == entry


def read(model: Model, rgb: U8, palette: Palette) -> tuple[Palette, Shown]:
    """What a model reads of a reference."""
    reference = traced(rgb)
    reading = None if reference is None else read_parts(model, reference.lines)
    return read_reference(reading, reference, palette)


@pytest.mark.parametrize("name", NAMES)
def test_eyes_of_a_sketch_have_the_colour_of_those_of_the_reference(
    painter: Colorizer, name: str
) -> None:
    reference, sketch = picture(f"{name}-reference"), picture(f"{name}-sketch")
    palette, shown = read(painter.model, reference, extract_palette(reference))
    painting = painter.set_reference(reference).colorize(sketch)
    reading = read_parts(painter.model, painting.lines)
    assert reading is not None
    there = reading.eyes == IRIS
    if IRIS not in shown or not there.any():
        pytest.skip("no eye is read in it")
    own = (painting.flat[there] == palette.colors[shown[IRIS].argmax()]).all(1)
    assert own.mean() > 0.9  # the rest are specks


def test_most_examples_show_eyes_skin_and_hair(painter: Colorizer) -> None:
    found = [read(painter.model, rgb, extract_palette(rgb))
             for rgb in (picture(f"{name}-reference") for name in NAMES)]  # fmt: skip
    for part in (IRIS, SKIN, HAIR):
        assert sum(part in shown for _, shown in found) > len(found) / 2
    for palette, shown in found:
        for amounts in shown.values():
            assert amounts.shape == (len(palette),)
            assert amounts.min() >= 0
            assert amounts.sum() == pytest.approx(1, abs=1e-5)
        if shown.keys() >= {SKIN, HAIR}:
            assert shown[SKIN].argmax() != shown[HAIR].argmax()


@pytest.mark.parametrize("shape", [(33, 700), (700, 33), (40, 40), (1500, 900)])
def test_references_of_any_size_are_read(painter: Colorizer, shape: tuple[int, int]) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    palette, shown = read(painter.model, rgb, extract_palette(rgb))
    for amounts in shown.values():
        assert amounts.shape == (len(palette),)


def test_pictures_without_eyes_and_models_without_a_reader_change_nothing(
    painter: Colorizer, tmp_path: Path
) -> None:
    strip = np.repeat(np.array([[(200, 40, 40), (40, 40, 200)]], np.uint8), 40, 0)
    for rgb in (strip, strip.repeat(40, 1), np.full((1, 1, 3), 255, np.uint8)):
        palette = extract_palette(rgb)
        assert read(painter.model, rgb, palette) == (palette, {})
    old = Model.load(write_model(tmp_path / "old"))
    eyes = picture(f"{NAMES[0]}-reference")
    palette = extract_palette(eyes)
    assert read(old, eyes, palette) == (palette, {})
