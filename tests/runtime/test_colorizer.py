"""The runtime from end to end, on graphs that follow rules (`tiny_model`)."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import style2color
from style2color.colorizer import Colorizer
from style2color.errors import HintError, ModelError, PictureError, UsageError
from style2color.hints import Hints
from style2color.image import load
from style2color.model import Model
from style2color.painting.claims import claim
from style2color.painting.compose import Fill, Upsampler, compose, ink_table, without_ink
from style2color.painting.voting import vote
from style2color.reading.ink import shrink_lines
from style2color.reading.regions import label_regions

from .tiny_model import write_description, write_model

U8 = NDArray[np.uint8]
PRIMARIES = np.array([[220, 0, 0], [0, 160, 0], [0, 0, 250]], np.uint8)
RED, BLUE = (220, 60, 60), (60, 80, 220)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return Model.load(write_model(tmp_path_factory.mktemp("model") / "tiny"))


@pytest.fixture
def reference() -> U8:
    """Left half red, right half blue."""
    picture = np.empty((64, 64, 3), np.uint8)
    picture[:, :32], picture[:, 32:] = RED, BLUE
    return picture


@pytest.fixture
def boxes() -> U8:
    """Two closed boxes side by side, on white, with black lines three pixels wide."""
    page = np.full((200, 300), 255, np.uint8)
    for left in (20, 160):
        page[20:180, left : left + 120] = 0
        page[23:177, left + 3 : left + 117] = 255
    return page


def hint(x: int, y: int, color: str, radius: int = 4) -> dict[str, object]:
    return {"version": 1, "points": [{"x": x, "y": y, "radius": radius, "color": color}]}


def test_regions_take_the_colours_of_the_reference(model: Model, reference: U8, boxes: U8) -> None:
    painting = Colorizer(model).set_reference(reference).colorize(boxes)
    assert painting.rgb.shape == (200, 300, 3)
    assert painting.rgb.dtype == np.uint8
    assert (painting.rgb[25:175, 25:135] == RED).all()
    assert (painting.rgb[25:175, 165:275] == BLUE).all()
    assert (painting.rgb[boxes == 0] == 0).all()
    # Red and blue are of one area, so which of them comes first is nobody's promise.
    assert sorted(painting.palette[:2].tolist()) == [list(BLUE), list(RED)]
    assert painting.palette[2:].tolist() == [[255, 255, 255]]
    assert set(painting.timings) >= {"read", "lines", "network", "regions", "vote", "compose"}
    assert painting.image().size == (300, 200)


def test_another_reference_gives_other_colours(model: Model, reference: U8, boxes: U8) -> None:
    painter = Colorizer(model).set_reference(reference)
    first = painter.colorize(boxes).rgb
    second = painter.set_reference(reference[:, ::-1]).colorize(boxes).rgb
    assert (second[100, 80] == BLUE).all()
    assert (first[100, 80] == RED).all()


def test_without_a_reference_the_default_palette_paints(model: Model, boxes: U8) -> None:
    painter = Colorizer(model)
    painting = painter.colorize(boxes)
    assert painting.palette[:3].tolist() == model.default_palette.tolist()
    assert np.array_equal(painter.set_reference(None).colorize(boxes).rgb, painting.rgb)


@pytest.mark.parametrize(
    "shape", [(2, 2), (2, 301), (31, 33), (97, 3), (128, 128), (641, 251)], ids=str
)
@pytest.mark.parametrize("regions", [True, False])
def test_any_size_keeps_its_size(
    model: Model, reference: U8, shape: tuple[int, int], regions: bool
) -> None:
    page = np.full(shape, 255, np.uint8)
    page[shape[0] // 3] = 0
    painting = Colorizer(model).set_reference(reference).colorize(page, regions=regions)
    assert painting.rgb.shape == painting.flat.shape == (*shape, 3)


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (97, 1)], ids=str)
def test_a_single_row_of_pixels_is_no_sketch(model: Model, shape: tuple[int, int]) -> None:
    with pytest.raises(PictureError, match=rf"{shape[1]} × {shape[0]} pixels.*at least 2"):
        Colorizer(model).colorize(np.zeros(shape, np.uint8))


def test_every_kind_of_source_gives_the_same(
    model: Model, reference: U8, boxes: U8, tmp_path: Path
) -> None:
    sketch, colors = Image.fromarray(boxes), Image.fromarray(reference)
    sketch.save(tmp_path / "sketch.png")
    colors.save(tmp_path / "reference.png")
    data = (tmp_path / "sketch.png").read_bytes()
    expected = np.asarray(style2color.colorize(boxes, reference, model=model))
    for source in (tmp_path / "sketch.png", data, io.BytesIO(data), sketch, load(boxes)):
        painted = style2color.colorize(source, tmp_path / "reference.png", model=model.folder)
        assert np.array_equal(np.asarray(painted), expected)


def test_painting_is_deterministic(model: Model, reference: U8, drawing: tuple[U8, U8]) -> None:
    painter = Colorizer(model).set_reference(reference)
    assert np.array_equal(painter.colorize(drawing[1]).rgb, painter.colorize(drawing[1]).rgb)


@pytest.mark.parametrize("regions", [True, False])
def test_lines_stay_as_dark_as_they_were(
    model: Model, reference: U8, drawing: tuple[U8, U8], regions: bool
) -> None:
    sketch = np.repeat(np.repeat(drawing[1], 3, 0), 3, 1)
    thin = np.asarray(Image.fromarray(sketch).resize((250, 312), Image.Resampling.BOX))
    for page in (sketch, thin):
        painted = Colorizer(model).set_reference(reference).colorize(page, regions=regions)
        luma = np.asarray(painted.image().convert("L"), np.float64)
        line = page < 100
        assert abs(luma[line] - page[line]).mean() <= 2.0


def test_a_hint_fills_its_region_and_no_other(model: Model, reference: U8, boxes: U8) -> None:
    painter = Colorizer(model).set_reference(reference)
    plain = painter.colorize(boxes).rgb
    painted = painter.colorize(boxes, hint(60, 100, "#00c040")).rgb
    assert (painted[25:175, 25:135] == (0, 0xC0, 0x40)).all()
    assert np.array_equal(painted[:, 150:], plain[:, 150:])


def test_hints_of_two_colours_share_a_region(model: Model, reference: U8, boxes: U8) -> None:
    hints = {
        "version": 1,
        "points": [{"x": 60, "y": 100, "radius": 3, "color": "#00ff00"}],
        "strokes": [{"points": [[110, 40], [110, 160]], "radius": 3, "color": "#ffff00"}],
    }
    painted = Colorizer(model).set_reference(reference).colorize(boxes, hints).rgb
    assert painted[100, 40].tolist() == [0, 255, 0]
    assert painted[100, 120].tolist() == [255, 255, 0]
    assert (painted[25:175, 165:275] == BLUE).all()


def test_hints_outside_are_refused(model: Model, boxes: U8) -> None:
    with pytest.raises(HintError, match="outside"):
        Colorizer(model).colorize(boxes, hint(300, 10, "#ffffff"))


def test_a_stroke_that_slips_over_a_line_claims_one_region(boxes: U8) -> None:
    regions = label_regions(boxes)
    stroke = {"points": [[40, 100], [146, 100]], "radius": 2, "color": "#112233"}
    hints = Hints.load({"version": 1, "strokes": [stroke]})
    _, colors = claim(hints, regions, np.ones(regions.count, bool), (200, 300))
    assert colors == {int(regions.labels[100, 80]): (0x11, 0x22, 0x33)}
    none, colors = claim(hints, regions, np.zeros(regions.count, bool), (200, 300))
    assert colors == {}
    assert none is regions.labels


def test_a_closed_region_is_even_however_torn_its_pixels_are() -> None:
    page = np.full((128, 128), 255, np.uint8)
    page[20:108, 20:108] = 0
    page[23:105, 23:105] = 255
    regions = label_regions(page)
    torn = np.random.default_rng(0).normal(size=(3, 128, 128)).astype(np.float32)
    opinion = np.array([[0, 9, 0], [9, 0, 0]], np.float32)
    decided = vote(torn, regions, opinion, PRIMARIES)
    inside = int(regions.labels[64, 64]) - 1
    assert decided.entry.tolist() == [1, 0]
    assert not decided.soft[inside]
    assert decided.soft[1 - inside]


def test_an_open_background_is_even_until_a_hint_lies_in_it(model: Model, reference: U8) -> None:
    page = np.full((128, 128), 255, np.uint8)
    painter = Colorizer(model).set_reference(reference)
    assert len(np.unique(painter.colorize(page).rgb.reshape(-1, 3), axis=0)) == 1
    point = {"x": 64, "y": 64, "radius": 3, "color": "#10c030"}
    hinted = painter.colorize(page, {"version": 1, "points": [point]}).rgb.astype(int)
    assert np.abs(hinted[64, 4] - RED).max() <= 2
    assert np.abs(hinted[64, 124] - BLUE).max() <= 2
    assert hinted[64, 64].tolist() == [0x10, 0xC0, 0x30]


def test_bands_give_what_the_whole_gives() -> None:
    rng = np.random.default_rng(0)
    lines = rng.integers(0, 256, (150, 90)).astype(np.uint8)
    logits = rng.normal(size=(40, 30, 5)).astype(np.float32) * 3
    shade = rng.uniform(0.5, 1, (40, 30)).astype(np.float32)
    light = rng.uniform(0, 0.5, (20, 15)).astype(np.float32)
    palette = rng.integers(0, 256, (5, 3)).astype(np.uint8)
    labels = rng.integers(0, 4, (75, 45)).astype(np.int32)
    fill = Fill(labels, palette[:4], np.array([True, False, True, False]))
    for filled in (None, fill):
        whole = compose(lines, logits, shade, light, palette, filled, band=1000)
        for band in (1, 7, 64):
            banded = compose(lines, logits, shade, light, palette, filled, band=band)
            for one, other in zip(whole, banded, strict=True):
                assert np.abs(one.astype(int) - other.astype(int)).max() <= 2


def test_shade_that_hugs_a_line_is_taken_for_ink() -> None:
    lines = np.full((400, 400), 255, np.uint8)
    lines[:, 199:201] = 0
    shade = np.ones((100, 100), np.float32)
    shade[:30] = 0.5
    shade[60:, 49:51] = 0.2
    kept = without_ink(shade, lines)
    assert kept[15, 25] == 0.5
    assert (kept[75:] == 1).all()


def test_light_beside_a_line_stays() -> None:
    lines = np.full((400, 400), 255, np.uint8)
    lines[:, 199:201] = 0
    light = np.zeros((100, 100), np.float32)
    light[40:44, 51:53] = 0.6  # a catchlight
    palette = np.array([[100, 50, 20]], np.uint8)
    painted, _ = compose(
        lines, np.zeros((100, 100, 1), np.float32), np.ones_like(light), light, palette
    )
    assert np.abs(painted[168, 208].astype(int) - (193, 173, 161)).max() <= 1
    assert (painted[:, 199:201] == 0).all()
    assert (painted[300:, 220:] == palette).all()


def test_enlarging_agrees_with_pillow() -> None:
    rng = np.random.default_rng(1)
    plane = rng.normal(size=(13, 17)).astype(np.float32)
    ours = Upsampler((13, 17), (60, 41)).band(plane[..., None], slice(0, 60))[..., 0]
    theirs = np.asarray(Image.fromarray(plane).resize((41, 60), Image.Resampling.BILINEAR))
    assert np.abs(ours - theirs).max() < 1e-4
    some = rng.random((10, 41)) < 0.3
    pixels = Upsampler((13, 17), (60, 41)).pixels(plane[..., None], slice(20, 30), some)
    assert pixels[:, 0] == pytest.approx(ours[20:30][some])


def test_ink_never_lightens_and_white_paper_changes_nothing() -> None:
    table = ink_table()
    assert (table <= 1).all()
    assert (table >= 0).all()
    assert (table[255] == 1).all()
    assert (table[0, 1:] == 0).all()
    dark = np.arange(128)[:, None]
    paint = np.arange(256)[None, :]
    assert np.allclose(table[:128] * paint, np.minimum(dark, paint), atol=1e-3)


def test_a_small_region_follows_the_network_and_the_regions_graph() -> None:
    page = np.full((96, 96), 255, np.uint8)
    page[40:56, 40:56] = 0
    page[43:53, 43:53] = 255
    regions = label_regions(page)
    logits = np.zeros((2, 96, 96), np.float32)
    logits[0] = 1
    logits[:, 40:56, 40:56] = [[[0]], [[1]]]
    silent = np.zeros((regions.count, 2), np.float32)
    assert vote(logits, regions, silent, PRIMARIES[:2]).entry.tolist() == [0, 1]
    assert vote(logits[:, ::48, ::48], regions, silent, PRIMARIES[:2]).entry[0] == 0
    persuaded = np.array([[0, 0], [9, 0]], np.float32)
    assert vote(logits, regions, persuaded, PRIMARIES[:2]).entry.tolist() == [0, 0]


@pytest.mark.parametrize("width", [1, 2, 4])
def test_shrinking_keeps_thin_lines_dark(width: int) -> None:
    page = np.full((900, 900), 255, np.uint8)
    page[:, 450 : 450 + width] = 0
    small = shrink_lines(page, 300)
    assert small.shape == (300, 300)
    assert small.min() < 100
    assert (small > 250).mean() > 0.98


def test_an_empty_page_of_ink_is_black(model: Model, reference: U8) -> None:
    painting = Colorizer(model).set_reference(reference).colorize(np.zeros((80, 80), np.uint8))
    assert (painting.rgb == 0).all()


@pytest.mark.parametrize("size", [0, 31, 5000])
def test_a_size_out_of_range_is_refused(model: Model, size: int) -> None:
    with pytest.raises(UsageError, match="size must be"):
        Colorizer(model, size or -1)


def test_a_broken_picture_is_refused(model: Model) -> None:
    with pytest.raises(PictureError):
        Colorizer(model).colorize(b"not a picture")


class TestModel:
    def test_describes_itself(self, model: Model) -> None:
        assert (model.name, model.version, model.size) == ("tiny", "1", 128)
        assert model.training_data[0].licence == "CC0-1.0"
        assert model.card.startswith("# Tiny")

    def test_a_missing_folder(self, tmp_path: Path) -> None:
        with pytest.raises(ModelError, match=r"model\.json is missing.*--model"):
            Model.load(tmp_path / "nowhere")

    def test_a_damaged_graph(self, tmp_path: Path) -> None:
        folder = write_model(tmp_path / "m")
        file = folder / "painter.onnx"
        file.write_bytes(file.read_bytes()[:-7] + b"garbage")
        with pytest.raises(ModelError, match=r"painter\.onnx: damaged \(sha256"):
            Model.load(folder)

    def test_a_missing_graph(self, tmp_path: Path) -> None:
        folder = write_model(tmp_path / "m")
        (folder / "regions.onnx").unlink()
        with pytest.raises(ModelError, match="it is missing"):
            Model.load(folder)

    def test_a_graph_that_is_none(self, tmp_path: Path) -> None:
        folder = write_model(tmp_path / "m")
        (folder / "painter.onnx").write_bytes(b"no graph at all")
        write_description(folder)
        with pytest.raises(ModelError, match="cannot load"):
            Model.load(folder).prepare("painter")

    def test_graphs_in_each_others_place(self, tmp_path: Path, boxes: U8) -> None:
        folder = write_model(tmp_path / "m")
        (folder / "painter.onnx").write_bytes((folder / "regions.onnx").read_bytes())
        write_description(folder)
        with pytest.raises(ModelError, match="failed to run"):
            Colorizer(folder).colorize(boxes)

    @pytest.mark.parametrize(
        "changes",
        [
            {"format": 2},
            {"format": None},
            {"name": ""},
            {"size": "512"},
            {"size": 16},
            {"palette_entries": True},
            {"sha256": None},
            {"sha256": {}},
            {"sha256": {"../evil": "0" * 64}},
            {"sha256": {"painter.onnx": "short"}},
            {"default_palette": []},
            {"default_palette": [[1, 2]]},
            {"default_palette": [[1, 2, 999]]},
            {"default_palette": "red"},
            {"training_data": [{"pack": "x"}]},
        ],
        ids=str,
    )
    def test_a_wrong_description(self, tmp_path: Path, changes: dict[str, object]) -> None:
        folder = write_model(tmp_path / "m")
        write_description(folder, **changes)
        with pytest.raises(ModelError, match=r"model\.json: (damaged|format)"):
            Model.load(folder)

    @pytest.mark.parametrize("text", ["", "{", "[]", "\ud800".encode("utf-8", "surrogatepass")])
    def test_a_description_that_is_no_object(self, tmp_path: Path, text: str | bytes) -> None:
        folder = write_model(tmp_path / "m")
        (folder / "model.json").write_bytes(text if isinstance(text, bytes) else text.encode())
        with pytest.raises(ModelError, match="damaged"):
            Model.load(folder)

    def test_unknown_device_and_threads(self, model: Model) -> None:
        with pytest.raises(UsageError, match="unknown device"):
            Model.load(model.folder, device="abacus")
        with pytest.raises(UsageError, match="threads"):
            Model.load(model.folder, threads=0)

    def test_a_device_that_is_not_installed(self, model: Model) -> None:
        with pytest.raises(UsageError, match="--device cpu"):
            Model.load(model.folder, device="directml").prepare("painter")
