"""Several references: figures are parted, matched by their lines or named by boxes."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from tests.runtime.tiny_model import write_model

from style2color import image
from style2color.boxes import Box, load_boxes, parse_box
from style2color.cli import main
from style2color.colorizer import Colorizer
from style2color.errors import BoxError, UsageError
from style2color.model import Model
from style2color.pages import Recipe
from style2color.painting.casting import figures
from style2color.reading.figures import read_people
from style2color.reading.matching import Shapes, unlikeness
from style2color.reading.regions import label_regions

U8 = NDArray[np.uint8]
RED, BLUE, GREEN, GOLD = (200, 30, 40), (40, 60, 200), (30, 140, 60), (230, 180, 40)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture(scope="module")
def painter(model: Path) -> Colorizer:
    return Colorizer(Model.load(model))


def _figure(kind: str, fill: tuple[tuple[int, int, int], ...] | None = None) -> U8:
    """A snowman or a house, 120 × 160: lines where no fill is given."""
    picture = Image.new("RGB", (120, 160), "white")
    pen = ImageDraw.Draw(picture)
    upper, lower = fill or ((255, 255, 255),) * 2
    if kind == "snowman":
        pen.ellipse((20, 70, 100, 150), lower, outline="black", width=3)
        pen.ellipse((35, 12, 85, 76), upper, outline="black", width=3)
    else:
        pen.rectangle((22, 70, 98, 150), lower, outline="black", width=3)
        pen.polygon(((12, 70), (60, 8), (108, 70)), upper, outline="black", width=3)
    return np.asarray(picture)


def _page(*kinds: str) -> U8:
    return np.hstack([_figure(kind) for kind in kinds])[..., 0].copy()


REFERENCES = [_figure("snowman", (RED, BLUE)), _figure("house", (GREEN, GOLD))]


def _nearest(color: NDArray[np.uint8]) -> tuple[int, ...]:
    known = np.array([RED, BLUE, GREEN, GOLD, (255, 255, 255)])
    return tuple(known[np.abs(known - color.astype(int)).sum(1).argmin()].tolist())


@pytest.mark.parametrize("kinds", [("snowman", "house"), ("house", "snowman")])
def test_every_figure_takes_the_reference_it_resembles(
    painter: Colorizer, kinds: tuple[str, str]
) -> None:
    painting = painter.set_reference(REFERENCES).colorize(_page(*kinds))
    for number, kind in enumerate(kinds):
        upper, lower = (RED, BLUE) if kind == "snowman" else (GREEN, GOLD)
        assert _nearest(painting.flat[50, 120 * number + 60]) == upper
        assert _nearest(painting.flat[120, 120 * number + 60]) == lower
    assert painting.rgb.shape == (160, 240, 3)


def test_a_box_overrules_the_likeness(painter: Colorizer) -> None:
    boxes = [Box(2, 0, 0, 120, 160), Box(1, 120, 0, 240, 160)]
    painting = painter.set_reference(REFERENCES).colorize(_page("snowman", "house"), boxes=boxes)
    assert _nearest(painting.flat[50, 60]) == GREEN
    assert _nearest(painting.flat[120, 60]) == GOLD
    assert _nearest(painting.flat[50, 180]) == RED


def test_a_box_parts_one_figure() -> None:
    page = _page("snowman")
    found = figures(page, label_regions(page), [Box(2, 0, 78, 120, 160)], page.shape)
    assert {figure.reference for figure in found} == {None, 1}
    assert all(figure.box[0] > 50 for figure in found if figure.reference == 1)


def test_hints_win_over_every_reference(painter: Colorizer) -> None:
    point = {"x": 180, "y": 120, "radius": 4, "color": "#ff00ff"}
    painting = painter.set_reference(REFERENCES).colorize(
        _page("snowman", "house"), {"version": 1, "points": [point]}
    )
    assert painting.flat[120, 180].tolist() == [255, 0, 255]
    assert _nearest(painting.flat[120, 60]) == BLUE


@pytest.mark.parametrize("regions", [False, True])
def test_a_lock_holds_for_all_references(painter: Colorizer, regions: bool) -> None:
    other = Colorizer(painter.model).set_reference(REFERENCES).lock_palette("reference")
    painting = other.colorize(_page("house", "snowman"), regions=regions)
    allowed = {tuple(c) for c in painting.palette.tolist()}
    assert {tuple(c) for c in painting.flat.reshape(-1, 3).tolist()} <= allowed


def test_figures_apart_are_each_seen_whole(painter: Colorizer) -> None:
    """The tiny model paints by place: on a whole page the left figure gets the left colour."""
    page = _page("house", "house")
    halves = np.repeat(np.array([[RED, BLUE]], np.uint8), 32, axis=1).repeat(64, axis=0)
    painter.set_reference(halves)
    together, apart = painter.colorize(page), painter.colorize(page, apart=True)
    assert _nearest(together.flat[120, 60]) == RED
    assert _nearest(together.flat[120, 180]) == BLUE
    seen = apart.flat[120, [60, 180]].astype(int)
    assert np.abs(seen[0] - seen[1]).max() < 20
    assert apart.palette.tolist() == together.palette.tolist()
    assert Colorizer(painter.model).colorize(page, apart=True).rgb.shape == (*page.shape, 3)


def test_a_recipe_paints_figures_apart_too(painter: Colorizer) -> None:
    page = image.load(_page("house", "house"))
    halves = image.load(np.repeat(np.array([[RED, BLUE]], np.uint8), 32, axis=1).repeat(64, axis=0))
    painter.set_reference(halves)
    for apart in (False, True):
        painted = Recipe(references=(halves,), apart=apart).paint(painter, page)
        assert np.array_equal(painted.rgb, painter.colorize(page, apart=apart).rgb)


def test_one_reference_in_a_list_is_one_reference(painter: Colorizer) -> None:
    page = _page("snowman", "house")
    one = painter.set_reference(REFERENCES[0]).colorize(page).rgb
    assert np.array_equal(painter.set_reference([REFERENCES[0]]).colorize(page).rgb, one)


@pytest.mark.parametrize("size", [(7, 9), (33, 200), (64, 3)])
def test_pages_of_any_size_and_without_figures(painter: Colorizer, size: tuple[int, int]) -> None:
    painter.set_reference(REFERENCES)
    for page in (np.full(size, 255, np.uint8), np.zeros(size, np.uint8)):
        assert painter.colorize(page).rgb.shape == (*size, 3)


def test_too_many_references_and_boxes_without_one(painter: Colorizer) -> None:
    with pytest.raises(UsageError, match="limit is 8"):
        painter.set_reference([REFERENCES[0]] * 9)
    painter.set_reference(REFERENCES)
    with pytest.raises(BoxError, match="names reference 3 of 2"):
        painter.colorize(_page("house"), boxes=[Box(3, 0, 0, 9, 9)])


def test_figures_are_parted_by_the_ground() -> None:
    page = _page("house", "snowman", "house")
    regions = label_regions(page)
    found = figures(page, regions, (), page.shape)
    assert len(found) == 3
    for figure in found:
        assert figure.lines.shape == figure.regions.labels.shape
        assert (figure.labels > 0).sum() == 2
        assert figure.regions.count == 3


def test_people_who_touch_are_parted_too(tmp_path: Path) -> None:
    """The tiny graph takes the left half of a page for one and the right half for another."""
    page = _page("house", "snowman")
    page[110:113, 90:150] = page[130:133, 90:150] = 0
    regions = label_regions(page)
    assert len(figures(page, regions, (), page.shape)) == 1
    model = Model.load(write_model(tmp_path / "tiny", figures=True))
    people = read_people(model, page)
    found = figures(page, regions, (), page.shape, people=people)
    assert len(found) == 2
    assert sorted(figure.box[1] > 80 for figure in found) == [False, True]
    labels = [set(figure.labels.tolist()) - {0} for figure in found]
    assert not labels[0] & labels[1]
    painting = Colorizer(model).set_reference(REFERENCES).colorize(page)
    for x, wanted in ((60, {GREEN, GOLD}), (180, {RED, BLUE})):
        assert {_nearest(painting.flat[y, x]) for y in (50, 120)} == wanted


def test_likeness_sees_through_size_place_and_mirroring() -> None:
    house, snowman = (Shapes.of_lines(_page(kind)) for kind in ("house", "snowman"))
    grown = np.pad(np.asarray(Image.fromarray(_page("house")).resize((300, 400))), 40,
                   constant_values=255)  # fmt: skip
    other = Shapes.of_lines(grown[:, ::-1].copy())
    assert unlikeness(other, house) < 0.5 * unlikeness(other, snowman)
    assert unlikeness(house, house) == pytest.approx(0, abs=1e-3)


def test_boxes_from_the_command_line_and_a_file(tmp_path: Path) -> None:
    assert parse_box("2:1,2,3.5,4") == Box(2, 1, 2, 3.5, 4)
    file = tmp_path / "boxes.json"
    file.write_text(json.dumps({"version": 1, "boxes": [{"reference": 2, "box": [1, 2, 3.5, 4]}]}))
    assert load_boxes(file) == load_boxes(file.read_bytes()) == (Box(2, 1, 2, 3.5, 4),)


@pytest.mark.parametrize(
    "text", ["", "2", "2:1,2,3", "0:1,2,3,4", "9:1,2,3,4", "1:3,2,1,4", "1:1,2,nan,4", "x:1,2,3,4"]
)
def test_wrong_boxes_are_refused(text: str) -> None:
    with pytest.raises(BoxError, match="--box"):
        parse_box(text)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.sampled_from(["version", "boxes", "reference", "box", "x"]), inner)
    ),
    max_leaves=12,
)


@given(_json)
def test_any_json_is_boxes_or_a_plain_error(value: object) -> None:
    for entry in (value, {"version": 1, "boxes": value}, {"version": 1, "boxes": [value]}):
        with contextlib.suppress(BoxError):
            assert all(isinstance(box, Box) for box in load_boxes(json.dumps(entry).encode()))


def test_repeated_references_on_the_command_line(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(_page("house", "snowman")).save(tmp_path / "page.png")
    refs = tmp_path / "refs"
    refs.mkdir()
    for name, picture in zip(("1.png", "2.png"), REFERENCES, strict=True):
        Image.fromarray(picture).save(refs / name)
    out = tmp_path / "out.png"
    call = ["colorize", str(tmp_path / "page.png"), "-o", str(out), "--model", str(model)]
    assert main([*call, "-r", str(refs / "1.png"), "-r", str(refs / "2.png")]) == 0
    one = np.asarray(Image.open(out))
    assert _nearest(one[120, 60]) == GOLD
    assert main([*call, "-r", str(refs), "--box", "1:0,0,120,160"]) == 0
    assert _nearest(np.asarray(Image.open(out))[120, 60]) == BLUE
    assert main([*call, "-r", str(refs), "--box", "3:0,0,120,160"]) == 2
    assert "names reference 3 of 2" in capsys.readouterr().err
