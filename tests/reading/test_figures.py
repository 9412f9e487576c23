"""Who is on a page: figures told apart by where their pixels point, and cut out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from tests.runtime.tiny_model import write_model

from style2color.model import Model
from style2color.reading.figures import People, framed, grouped, read_people, who

SIDE = 96  # of the graph's maps


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return Model.load(write_model(tmp_path_factory.mktemp("model") / "tiny", figures=True))


def pointing(*boxes: tuple[int, int, int, int], at: tuple[float, float] | None = None) -> People:
    """Figures that fill boxes (top, left, bottom, right), of which every pixel points to the
    middle of its own, or to one place."""
    figure, way = np.zeros((SIDE, SIDE), np.float32), np.zeros((2, SIDE, SIDE), np.float32)
    down, right = (np.mgrid[:SIDE, :SIDE] + 0.5) / SIDE
    for top, left, bottom, end in boxes:
        cut = np.s_[top:bottom, left:end]
        y, x = at or ((top + bottom) / 2 / SIDE, (left + end) / 2 / SIDE)
        figure[cut] = 0.9
        way[0][cut], way[1][cut] = (y - down)[cut], (x - right)[cut]
    return grouped(figure, way, SIDE)


def test_pixels_that_point_to_one_place_are_one_figure() -> None:
    people = pointing((10, 10, 80, 40), (20, 40, 80, 90))
    assert people.count == 2
    # The larger one is the first, and they touch.
    assert (people.owner[20:80, 40:90] == 1).all()
    assert (people.owner[10:80, 10:40] == 2).all()
    assert (people.owner > 0).sum() == 70 * 30 + 60 * 50
    apart = pointing((10, 10, 80, 40), (20, 60, 80, 90), at=(0.5, 0.5))
    assert apart.count == 1
    assert set(np.unique(apart.owner)) == {0, 1}


def test_what_few_pixels_point_to_is_a_part_of_the_nearest() -> None:
    people = pointing((10, 10, 80, 50), (10, 80, 20, 90))
    assert people.count == 1
    assert people.owner[15, 85] == 1


def test_middles_near_each_other_for_their_spread_are_one() -> None:
    rng = np.random.default_rng(0)
    down, right = (np.mgrid[:SIDE, :SIDE] + 0.5) / SIDE
    figure = np.full((SIDE, SIDE), 0.9, np.float32)
    middle = np.where(right < 0.5, 0.3, 0.7)
    for spread, count in ((0.02, 2), (0.08, 1)):
        noise = rng.uniform(-spread, spread, (2, SIDE, SIDE))
        way = np.stack([0.5 - down, middle - right]) + noise
        people = grouped(figure, way.astype(np.float32), SIDE)
        assert people.count == count
        assert set(np.unique(people.owner)) == set(range(1, count + 1))


def test_an_empty_page_shows_nobody() -> None:
    assert pointing().count == 0
    assert not pointing((0, 0, 3, 3)).owner.any()


@given(st.data())
def test_every_pixel_of_a_figure_has_an_owner(data: st.DataObject) -> None:
    shape = data.draw(hnp.array_shapes(min_dims=2, max_dims=2, max_side=24))
    floats = st.floats(-2, 2, width=32)
    figure = data.draw(hnp.arrays(np.float32, shape, elements=st.floats(0, 1, width=32)))
    way = data.draw(hnp.arrays(np.float32, (2, *shape), elements=floats))
    people = grouped(figure, way, 24)
    assert people.owner.shape == shape
    assert 0 <= people.count <= 8
    if people.count:
        np.testing.assert_array_equal(people.owner > 0, figure > 0.5)
        sizes = np.bincount(people.owner.ravel(), minlength=people.count + 1)[1:]
        assert people.owner.max() == people.count
        assert (sizes > 0).all()
        assert (np.diff(sizes) <= 0).all()


def test_a_page_of_any_shape_is_read(model: Model) -> None:
    page = np.full((200, 400), 255, np.uint8)
    page[40:160, 40:160] = 0
    page[80:160, 260:340] = 128
    people = read_people(model, page)
    assert people is not None
    assert people.count == 2
    height, width = people.owner.shape
    assert (height, width) == (48, 96)
    assert (people.owner[10:38, 10:38] == 1).all()
    assert (people.owner[20:38, 63:81] == 2).all()
    assert not people.owner[:, 40:61].any()
    first, second = (who(model, framed(page, people, number)) for number in (1, 2))
    assert first @ second < 0.8 * 12**2
    assert first @ who(model, page[30:170, 30:170]) > 0.99 * 12**2


def test_a_figure_is_framed_alone() -> None:
    owner = np.zeros((20, 30), np.uint8)
    owner[4:16, 3:12], owner[6:10, 12:20] = 1, 2
    picture = np.arange(60 * 90 * 3, dtype=np.uint32).reshape(60, 90, 3).astype(np.uint8)
    alone = framed(picture, People(owner, 2), 1)
    # A margin of 4 pixels around rows 12 to 47 and columns 9 to 35.
    assert alone.shape == (36 + 8, 27 + 8, 3)
    np.testing.assert_array_equal(alone[4:40, 4:31], picture[12:48, 9:36])
    assert (alone[10:22, 31:] == 255).all()
    np.testing.assert_array_equal(alone[:4], picture[8:12, 5:40])
    assert framed(picture[..., 0], People(owner, 2), 2).shape == (12 + 6, 24 + 6)
    # Who falls between the pixels of a small picture is not cut out of it.
    owner[:], owner[1, 1] = 1, 2
    small = picture[:5, :6]
    assert framed(small, People(owner, 2), 2) is small


def test_older_models_tell_no_figures(tmp_path: Path) -> None:
    old = Model.load(write_model(tmp_path / "old"))
    assert read_people(old, np.zeros((64, 64), np.uint8)) is None
