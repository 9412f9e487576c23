"""References of two people: a sketch of one figure takes the colours of the one it shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.runtime.tiny_model import write_model

from style2color.colorizer import Colorizer
from style2color.model import Model
from style2color.painting.casting import figures
from style2color.painting.network import Network
from style2color.painting.references import References
from style2color.reading.figures import framed, read_people
from style2color.reading.matching import Likeness
from style2color.reading.regions import label_regions

U8 = NDArray[np.uint8]
RED, BLUE = (200, 40, 40), (40, 60, 200)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return Model.load(write_model(tmp_path_factory.mktemp("model") / "tiny", figures=True))


def hatched(page: U8, left: int, color: tuple[int, ...], ink: int) -> None:
    """A box of one colour with an outline, of which ``ink`` of eight rows are black."""
    box = page[30:170, left : left + 60]
    box[:] = 0
    box[3:-3, 3:-3] = color
    box[np.arange(len(box)) % 8 < ink] = 0


def reference(right: int = 1) -> U8:
    """A red figure of dense lines at the left, a blue one of sparse ones at the right."""
    page = np.full((192, 192, 3), 255, np.uint8)
    hatched(page, 20, RED, 3)
    hatched(page, 110, BLUE, right)
    return page


def sketch(*figures: tuple[int, int]) -> U8:
    """Boxes at a column, with so much ink."""
    page = np.full((192, 192, 3), 255, np.uint8)
    for left, ink in figures:
        hatched(page, left, (255, 255, 255), ink)
    return page[..., 0]


def hues(colors: U8) -> set[tuple[int, ...]]:
    """Those of colours that are neither white nor grey nor nearly black."""
    return {tuple(c) for c in colors.tolist() if 60 < max(c) < 250 and max(c) - min(c) > 60}


def colors_of(painter: Colorizer, page: U8) -> set[tuple[int, ...]]:
    """What a page can be painted in."""
    return hues(painter.draft(page, light="none").colors)


def test_the_one_that_is_shown_gives_the_colours(model: Model) -> None:
    painter = Colorizer(model).set_reference(reference())
    (dense,) = colors_of(painter, sketch((20, 3)))
    (sparse,) = colors_of(painter, sketch((20, 1)))
    assert np.abs(np.subtract(dense, RED)).max() < 30
    assert np.abs(np.subtract(sparse, BLUE)).max() < 30


@pytest.mark.parametrize("inks", [(3, 1), (1, 3)])
def test_of_several_figures_each_takes_its_own(model: Model, inks: tuple[int, int]) -> None:
    page = sketch((20, inks[0]), (110, inks[1]))
    given = References.of(Network(model, 128), [reference()]).meant(page)
    whole, *people = (hues(seen.colors) for seen in given.seen)
    assert len(whole) == 2
    assert [len(hue) for hue in people] == [1, 1]
    cut = figures(page, label_regions(page), (), page.shape, people=read_people(model, page))
    assert len(cut) == 2
    for number, chosen in given.chosen(cut).items():
        ink = inks[cut[number].box[1] > 60]
        (color,) = hues(given.seen[chosen].colors)
        assert np.abs(np.subtract(color, RED if ink == 3 else BLUE)).max() < 30
    # And it is painted so.
    assert len(colors_of(Colorizer(model).set_reference(reference()), page)) == 2


def test_who_is_clearly_neither_sees_all_of_it(model: Model) -> None:
    painter = Colorizer(model).set_reference(reference(3))
    assert len(colors_of(painter, sketch((20, 3)))) == 2


def test_a_stranger_sees_all_of_it(model: Model) -> None:
    """He is clearly more like the one than the other, and like neither."""
    given = References.of(Network(model, 128), [reference(4)])
    pale = np.where(sketch((20, 3)) < 128, 235, 255).astype(np.uint8)
    drawn = read_people(model, pale)
    assert drawn is not None
    one = Likeness.of_lines(model, framed(pale, drawn, 1))
    unlike = sorted(one.unlike(person.likeness) for person in given.people)
    assert unlike[1] - unlike[0] > 1
    assert unlike[0] > 0
    assert given.meant(pale) is given
    assert given.meant(sketch((20, 3))) is not given


def test_models_that_tell_no_figures_see_all_of_it(tmp_path: Path) -> None:
    painter = Colorizer(write_model(tmp_path / "old")).set_reference(reference())
    assert len(colors_of(painter, sketch((20, 3)))) == 2


def test_only_its_colours_are_locked(model: Model) -> None:
    painter = Colorizer(model).set_reference(reference()).lock_palette("reference")
    painted = painter.colorize(sketch((20, 3)), light="none")
    blues = (painted.flat[..., 2].astype(int) - painted.flat[..., 0] > 60).sum()
    assert blues == 0
