"""What was read becomes regions: eyes of their own, faces and hands parted from what they touch."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from style2color.reading.carving import carve
from style2color.reading.parts import HAIR, IRIS, OTHER, SKIN, WHITE, Reading, known_parts
from style2color.reading.regions import Regions, label_regions

U8 = NDArray[np.uint8]
SIDE = 384


def boxed() -> U8:
    """A page with a box."""
    page = np.full((SIDE, SIDE), 255, np.uint8)
    page[[10, -11], 10:-10] = page[10:-10, [10, -11]] = 0
    return page


def reading_of(eyes: U8) -> Reading:
    shares = np.zeros((5, 8, 8), np.float32)
    shares[OTHER] = 1
    return Reading(shares, eyes)


def test_an_iris_is_one_region_whatever_is_drawn_into_it() -> None:
    lines = boxed()
    lines[140:161, 119:121] = 0  # a pupil's line through the middle
    eyes = np.zeros_like(lines)
    eyes[130:171, 100:141] = WHITE
    eyes[140:161, 110:131] = IRIS
    before = label_regions(lines)
    after, parts = carve(before, reading_of(eyes))
    irises, whites = (np.flatnonzero(parts == part) + 1 for part in (IRIS, WHITE))
    assert len(irises) == len(whites) == 1
    assert (after.labels[140:161, 110:131] == irises[0]).all()
    assert after.labels[132, 102] == whites[0]
    assert after.labels[200, 200] == np.argmax(parts == OTHER) + 1


def test_a_closed_region_that_is_mostly_white_is_white_to_its_line() -> None:
    lines = boxed()
    lines[100:140, 100:140] = 0
    lines[102:138, 102:138] = 255
    eyes = np.zeros_like(lines)
    eyes[104:136, 106:140] = WHITE
    regions, parts = carve(label_regions(lines), reading_of(eyes))
    inside = regions.labels[103:137, 103:137]
    assert (inside == inside[0, 0]).all()
    assert parts[inside[0, 0] - 1] == WHITE


def test_a_face_that_is_open_to_the_hair_is_parted_from_it() -> None:
    lines = boxed()
    reading = reading_of(np.zeros_like(lines))
    reading.shares[OTHER] = 0
    reading.shares[HAIR, :4] = reading.shares[SKIN, 4:] = 1
    before = label_regions(lines)
    after, parts = carve(before, reading)
    assert after.count == before.count + 1
    assert not parts.any()
    face, hair = after.labels[300, 200], after.labels[90, 200]
    assert face != hair
    assert (after.labels[200:370, 20:360] == face).all()
    assert (after.labels[15:180, 20:360] == hair).all()
    shares = known_parts(after, parts, reading)
    assert shares is not None
    assert shares[face - 1, SKIN] > 0.9 < shares[hair - 1, HAIR]


def hand_and_sleeve(opening: tuple[int, int], end: int = 60) -> tuple[Regions, Reading]:
    """A box with a wall that is open; right of it is skin, and a blurred reading says so, as far as
    a column where there is no line."""
    lines = np.full((40, 64), 255, np.uint8)
    lines[4:36, 4:60] = 0
    lines[5:35, 5:59] = 255
    lines[4:36, 40] = 0
    lines[slice(*opening), 40] = 255
    shares = np.zeros((5, 40, 64), np.float32)
    shares[SKIN, 4:36, 39:end] = 1
    shares[OTHER] = 1 - shares[SKIN]
    return label_regions(lines, gap=2), Reading(shares, np.zeros_like(lines))


@pytest.mark.parametrize("opening", [(17, 23), (5, 35)], ids=["an opening", "no line"])
def test_a_hand_is_parted_from_its_sleeve_at_the_line_between_them(
    opening: tuple[int, int],
) -> None:
    before, reading = hand_and_sleeve(opening)
    assert before.labels[20, 20] == before.labels[20, 50]
    after, parts = carve(before, reading)
    assert not parts.any()
    assert after.count == before.count + 1
    sleeve, hand = after.labels[20, 20], after.labels[20, 50]
    assert sleeve != hand
    wall = 40 if opening[0] > 5 else 39
    for beside in (after.labels[5:15], after.labels[26:35]):
        assert (beside[:, 5:wall] == sleeve).all()  # to the wall, not to the blur
        assert (beside[:, 41:59] == hand).all()


def test_skin_and_cloth_without_lines_around_them_are_not_parted() -> None:
    """Open at the wrist and at the fingers: more than half of its rim."""
    before, reading = hand_and_sleeve((5, 35), end=52)
    assert carve(before, reading)[0] is before


def test_hands_that_are_open_to_the_ground_are_regions_of_their_own() -> None:
    """Two of them, each a hundredth of a page and open for a quarter of its rim; and skin where
    there is no hand."""
    lines = np.full((200, 200), 255, np.uint8)
    shares = np.zeros((5, 200, 200), np.float32)
    for left in (30, 130):
        lines[60:82, left : left + 22] = 0
        lines[61:82, left + 1 : left + 21] = 255  # open below
        shares[SKIN, 60:82, left : left + 22] = 1
    shares[SKIN, 140:160, 90:110] = 1
    shares[OTHER] = 1 - shares[SKIN]
    before = label_regions(lines)
    assert before.count == 1
    after, parts = carve(before, Reading(shares, np.zeros_like(lines)))
    assert not parts.any()
    assert after.count == 3
    found = {int(after.labels[70, column]) for column in (40, 140)}
    assert len(found | {int(after.labels[150, 100])}) == 3
    for label in found:
        assert 380 < after.area[label - 1] < 520


@pytest.mark.parametrize("skin", [0.0, 0.1, 1.0])
def test_what_is_one_thing_is_not_parted(skin: float) -> None:
    lines = boxed()
    reading = reading_of(np.zeros_like(lines))
    rows = round(8 * skin)
    reading.shares[OTHER] = 0
    reading.shares[HAIR, rows:] = reading.shares[SKIN, :rows] = 1
    before = label_regions(lines)
    assert carve(before, reading)[0] is before


SIDES = st.tuples(st.integers(1, 24), st.integers(1, 24))


@given(hnp.arrays(np.uint8, SIDES, elements=st.sampled_from([0, 255])), st.data())
def test_carving_keeps_every_pixel_in_a_region(lines: U8, data: st.DataObject) -> None:
    eyes = data.draw(hnp.arrays(np.uint8, lines.shape, elements=st.integers(0, 2)))
    before = label_regions(lines)
    after, parts = carve(before, reading_of(eyes))
    assert ((after.labels > 0) == (before.labels > 0)).all()
    assert len(parts) == after.count == len(after.area)
    assert after.area.sum() == before.area.sum()
    assert (np.diff(after.area) <= 0).all()
    # What is not carved out stays together as it was.
    for label in np.flatnonzero(parts == OTHER) + 1:
        assert len(np.unique(before.labels[after.labels == label])) == 1
