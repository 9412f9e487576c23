"""Bare paper where paint was: lines and everything else stay, target and reference agree."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("cv2")

from style2color.data.classes import BACKGROUND, CLASSES, LIT, NAME, SHADED, UNKNOWN
from style2color.data.store import Store, build_drawn_store
from style2color.data.stream import Stream, StreamConfig
from style2color.data.unpaint import random_bare, unpaint

HAIR, SKIN = CLASSES.index("hair"), CLASSES.index("skin")
PALETTE = np.array([[250, 220, 200], [60, 40, 40]], np.uint8)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("drawn") / "store"
    return build_drawn_store(folder, 4, 2, 96, 17, progress=False)


def only(*chosen: int) -> NDArray[np.bool_]:
    return np.isin(np.arange(len(CLASSES)), chosen)


def test_paper_under_the_lines_of_a_bare_class_alone() -> None:
    rgb = np.full((2, 4, 3), (90, 30, 200), np.uint8)
    lines = np.full((2, 4), 255, np.uint8)
    lines[:, 0], lines[:, 1] = 0, 128
    rgb[:, 0] = (40, 0, 20)  # coloured ink
    classes = np.array([[HAIR | LIT | SHADED] * 4, [SKIN | LIT] * 4], np.uint8)
    before = rgb.copy(), classes.copy()
    picture, known = unpaint(rgb, lines, classes, only(HAIR))
    assert (picture[0, 2:] == 255).all()
    assert picture[0, 0].tolist() == [40, 0, 20]
    # Half covered by ink: halfway between ink and paper.
    np.testing.assert_allclose(picture[0, 1], [148, 128, 138], atol=1)
    np.testing.assert_array_equal(picture[1], rgb[1])
    assert known.tolist() == [[HAIR] * 4, [SKIN | LIT] * 4]
    np.testing.assert_array_equal(rgb, before[0])
    np.testing.assert_array_equal(classes, before[1])


def test_without_any_dark_line_the_ink_is_black() -> None:
    lines = np.full((3, 3), 155, np.uint8)
    classes = np.full((3, 3), HAIR, np.uint8)
    picture, _ = unpaint(np.full((3, 3, 3), 70, np.uint8), lines, classes, only(HAIR))
    assert (picture == 155).all()


def test_clothes_hair_or_the_figure_but_never_the_background() -> None:
    rng = np.random.default_rng(1)
    found = {tuple(np.flatnonzero(random_bare(rng))) for _ in range(300)}
    assert (HAIR,) in found
    assert tuple(range(BACKGROUND + 1, len(CLASSES))) in found
    assert len(found) > 20  # clothes in many combinations
    assert not any({UNKNOWN, BACKGROUND} & set(chosen) for chosen in found)


def test_a_figure_without_paint_is_grey_and_its_background_stays(drawn: Store) -> None:
    figure = only(*range(BACKGROUND + 1, len(CLASSES)))
    for row in range(len(drawn)):
        rgb, lines, classes = (
            np.asarray(array[row]) for array in (drawn.rgb, drawn.lines, drawn.classes)
        )
        picture, known = unpaint(rgb, lines, classes, figure)
        ground = (classes & np.uint8(NAME)) == BACKGROUND
        np.testing.assert_array_equal(picture[ground], rgb[ground])
        assert (picture[~ground & (lines == 255)] == 255).all()
        assert not (known[~ground] & np.uint8(LIT | SHADED)).any()


def test_the_stream_unpaints_target_and_reference(drawn: Store) -> None:
    config = StreamConfig((str(drawn.folder),), recolor=0.0, hints=0.0, no_reference=0.0, wear=0.0)
    stream = Stream(replace(config, unpainted=1.0), 128, 3, PALETTE)
    seen = []
    for number in range(40):
        sample = stream.sample(number)
        target = (sample["target"][:, ::2, ::2] == 255).all(0)
        reference = (sample["reference"][:, 2::4, 2::4] == 255).all(0)
        hair = sample["classes"] == HAIR, sample["of_reference"] == HAIR
        if min(part.sum() for part in hair) > 40:
            seen.append((target[hair[0]].mean(), reference[hair[1]].mean()))
    white = np.array(seen) > 0.1
    assert 0.1 < white[:, 0].mean() < 0.9
    np.testing.assert_array_equal(white[:, 0], white[:, 1])


def test_pictures_without_classes_keep_their_paint(tiny_store: Path) -> None:
    config = StreamConfig((str(tiny_store),))
    for number in range(4):
        one, other = (
            Stream(replace(config, unpainted=share), 64, 3, PALETTE).sample(number)
            for share in (0.0, 1.0)
        )
        for name, value in one.items():
            np.testing.assert_array_equal(value, other[name], err_msg=name)
