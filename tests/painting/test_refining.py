"""The regions of a reference, what the refiner is told, and what its answer changes."""

from __future__ import annotations

from dataclasses import replace
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
from style2color.hints import Hints
from style2color.image import load
from style2color.model import Model
from style2color.painting.balance import balanced
from style2color.painting.network import entries_of
from style2color.painting.refining import MOST, Case, case_of, inputs_of, refined
from style2color.palette import extract_palette, letterbox
from style2color.reading.counterparts import counterparts
from style2color.reading.ink import clean_paper
from style2color.reading.measuring import contacts, measure
from style2color.reading.parts import certain
from style2color.reading.portrait import traced
from style2color.reading.splitting import parted, split

U8 = NDArray[np.uint8]
EXAMPLES = Path(str(resources.files("style2color.studio") / "examples"))
NAME = sorted(path.name.rsplit("-", 1)[0] for path in EXAMPLES.glob("*-reference.webp"))[0]


def picture(name: str) -> U8:
    return np.asarray(Image.open(EXAMPLES / f"{name}.webp").convert("RGB"))


def sketch_lines() -> U8:
    return clean_paper(load(EXAMPLES / f"{NAME}-sketch.webp").gray())


@pytest.fixture(scope="module")
def painter() -> Colorizer:
    return Colorizer().set_reference(picture(f"{NAME}-reference"))


@pytest.fixture(scope="module")
def case(painter: Colorizer) -> Case:
    return painter.case(sketch_lines())


@given(labels=hnp.arrays(np.int32, (5, 6), elements=st.integers(0, 4)))
def test_contacts_are_the_edges_two_regions_share(labels: NDArray[np.int32]) -> None:
    regions, _ = measure(labels, np.ones(labels.shape, np.bool_))
    found = contacts(regions, 3)
    count = min(regions.count, 3)
    wanted = np.zeros((count, count))
    for y in range(5):
        for x in range(6):
            for down, across in ((y + 1, x), (y, x + 1)):
                if down < 5 and across < 6:
                    one, two = regions.labels[y, x], regions.labels[down, across]
                    if one != two and 0 < one <= count and 0 < two <= count:
                        wanted[one - 1, two - 1] += 1
                        wanted[two - 1, one - 1] += 1
    np.testing.assert_array_equal(found, wanted)


def test_regions_of_a_reference_have_its_colours(painter: Colorizer) -> None:
    """A red square and a blue one, outlined, on white."""
    page = np.full((256, 256, 3), 255, np.uint8)
    for left, color in ((30, (200, 40, 40)), (140, (40, 60, 200))):
        page[60:190, left : left + 90] = 0
        page[65:185, left + 5 : left + 85] = color
    reference = traced(page)
    assert reference is not None
    palette = extract_palette(letterbox(page), 16)
    seen = painter._network.see(page)
    look = painter._network.look(reference.lines, None, seen, entries_of(seen, None))
    found = counterparts(reference.lines, look, reference, palette)
    assert len(found.looks) == len(found.entries) == len(found.area)
    np.testing.assert_allclose(found.entries.sum(1), 1, rtol=1e-5)
    assert (np.diff(found.area) <= 0).all()
    red = np.abs(palette.colors.astype(int) - (200, 40, 40)).sum(1).argmin()
    blue = np.abs(palette.colors.astype(int) - (40, 60, 200)).sum(1).argmin()
    assert found.entries[:, red].max() > 0.95
    assert found.entries[:, blue].max() > 0.95
    # What is hidden by ink belongs to nobody.
    assert found.area.sum() < 256 * 256 - 2 * 4 * 5 * 80


def test_the_refiner_sees_what_is_known(case: Case) -> None:
    inputs = inputs_of(case)
    regions, entries = min(case.regions.count, MOST), case.look.own + 1
    assert inputs["votes"].shape == (regions, entries, 5)
    assert inputs["placed"].shape == (regions, 2, entries)
    assert inputs["touching"].shape == (regions, regions)
    assert inputs["entries"].shape == (entries, 28)
    assert inputs["twin_entries"].shape[1] == entries
    assert inputs["looks"].shape[1] == inputs["twins"].shape[1] + 6
    assert all(values.dtype == np.float32 for values in inputs.values())
    assert all(np.isfinite(values).all() for values in inputs.values())
    assert np.abs(inputs["votes"]).max() <= 30
    np.testing.assert_allclose(inputs["votes"][..., 0], case.pixels[:regions].clip(-30, 30))
    assert inputs["entries"][:, 3].tolist() == [1] * case.look.own + [0]


def test_without_regions_the_reference_has_one_that_says_nothing(case: Case) -> None:
    inputs = inputs_of(replace(case, reference=replace(case.reference, regions=None)))
    assert inputs["twins"].shape == (1, inputs["looks"].shape[1] - 6)
    assert not inputs["twin_area"].any()
    assert not inputs["twin_entries"].any()


def test_what_was_certain_stays_and_hints_gain_as_the_best(painter: Colorizer) -> None:
    hints = Hints.load(
        {"version": 1, "points": [{"x": 9, "y": 9, "radius": 4, "color": "#10f060"}]}
    )
    lines = sketch_lines()
    reference = painter._references.seen[0]
    look = painter._look(lines, hints, reference, hints, None)
    found, known = parted(split(painter.model, lines), look.names)
    case = case_of(painter._network, found, known, look, reference)
    said, before = refined(painter.model, case), case.opinion
    assert said.shape == before.shape == (found.count, look.own + 2)
    sure = certain(before)
    np.testing.assert_array_equal(said[sure], before[sure])
    change = (said - before)[~sure][:MOST]
    np.testing.assert_allclose(
        change[:, look.own], change[:, : look.own].max(axis=1), rtol=1e-3, atol=1e-3
    )
    assert np.abs(change).max() > 0.1


def test_a_page_of_ink_has_nothing_to_refine(painter: Colorizer) -> None:
    case = painter.case(np.zeros((64, 64), np.uint8))
    assert case.regions.count == 0
    assert refined(painter.model, case).shape == (0, case.look.own + 1)


def test_more_regions_than_it_sees_keep_their_votes(painter: Colorizer) -> None:
    lines = np.full((400, 400), 255, np.uint8)
    lines[::20], lines[:, ::20] = 0, 0  # 400 cells
    case = painter.case(lines)
    assert case.regions.count > MOST
    said = refined(painter.model, case)
    np.testing.assert_array_equal(said[MOST:], case.opinion[MOST:])
    assert not np.array_equal(said[:MOST], case.opinion[:MOST])


def test_models_without_a_refiner_weigh_amounts(tmp_path: Path) -> None:
    model = Model.load(write_model(tmp_path / "tiny"))
    assert not model.refines
    painter = Colorizer(model).set_reference(picture(f"{NAME}-reference"))
    lines = sketch_lines()
    case = painter.case(lines)
    wanted = balanced(case.opinion, case.pixels, case.regions, case.reference, case.like)
    draft = painter.draft(picture(f"{NAME}-sketch"))
    assert draft.opinion is not None
    np.testing.assert_allclose(draft.opinion, wanted, atol=1e-4)


def test_a_draft_holds_the_second_look(painter: Colorizer, case: Case) -> None:
    draft = painter.draft(picture(f"{NAME}-sketch"))
    assert draft.opinion is not None
    weighed = balanced(case.opinion, case.pixels, case.regions, case.reference, case.like)
    both = (weighed + refined(painter.model, case)) / 2
    np.testing.assert_allclose(draft.opinion, both, atol=1e-3)
    assert not np.allclose(draft.opinion, weighed, atol=0.5)


def test_without_a_reference_there_is_none() -> None:
    painter = Colorizer()
    draft = painter.draft(picture(f"{NAME}-sketch"))
    assert draft.opinion is not None
    assert draft.opinion.shape[1] == len(painter.model.default_palette) + 1
