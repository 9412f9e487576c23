"""Parts read in the lines, and what regions hear of what they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.runtime.tiny_model import write_model

from style2color.colorizer import Colorizer
from style2color.data.classes import CLASSES
from style2color.model import Model
from style2color.painting.consistency import agree
from style2color.painting.network import Look
from style2color.reading.carving import carve
from style2color.reading.parts import (
    HAIR,
    IRIS,
    OTHER,
    SKIN,
    WHITE,
    informed,
    known_parts,
    read_parts,
    with_names,
)
from style2color.reading.portrait import Shown
from style2color.reading.regions import label_regions

U8 = NDArray[np.uint8]
SIDE = 384  # at which the page is read: nothing is scaled
LIGHT, DARK = 178, 77  # what the graph of the tiny model takes for a white and for an iris


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return Model.load(write_model(tmp_path_factory.mktemp("model") / "tiny", parts=True))


def page_with(*discs: tuple[int, int, int, int]) -> U8:
    """A boxed page with discs (x, y, radius, tone), the later over the earlier."""
    page = np.full((SIDE, SIDE), 255, np.uint8)
    page[[10, -11], 10:-10] = page[10:-10, [10, -11]] = 0
    down, across = np.mgrid[:SIDE, :SIDE]
    for x, y, radius, tone in discs:
        page[np.hypot(across - x, down - y) <= radius] = tone
    return page


EYE = ((120, 150, 20, LIGHT), (120, 150, 11, DARK))


def test_an_eye_is_read_from_near(model: Model) -> None:
    page = page_with(*EYE)
    reading = read_parts(model, page)
    assert reading is not None
    assert reading.eyes.shape == page.shape
    assert reading.eyes[150, 120] == IRIS
    assert reading.eyes[150, 104] == WHITE
    assert reading.eyes[150, 160] == OTHER
    for part, tone in ((IRIS, DARK), (WHITE, LIGHT)):
        wanted, found = page == tone, reading.eyes == part
        assert (wanted & found).sum() >= 0.85 * (wanted | found).sum()


@pytest.mark.parametrize(
    "discs",
    [((120, 150, 11, DARK),), ((120, 150, 20, LIGHT),), ()],
    ids=["button", "blank", "none"],
)
def test_an_iris_without_white_is_none_nor_a_white_without_iris(
    model: Model, discs: tuple[tuple[int, int, int, int], ...]
) -> None:
    reading = read_parts(model, page_with(*discs))
    assert reading is not None
    assert not reading.eyes.any()


def test_several_eyes_far_apart_are_all_read(model: Model) -> None:
    far = ((290, 300, 16, LIGHT), (290, 300, 8, DARK))
    reading = read_parts(model, page_with(*EYE, *far))
    assert reading is not None
    assert reading.eyes[150, 120] == reading.eyes[300, 290] == IRIS


def test_a_model_without_the_graph_reads_nothing(tmp_path: Path) -> None:
    old = Model.load(write_model(tmp_path / "old"))
    assert not old.reads_parts
    assert read_parts(old, page_with(*EYE)) is None
    regions = label_regions(page_with())
    same, eyes = carve(regions, None)
    assert same is regions
    assert not eyes.any()
    assert known_parts(regions, eyes, None) is None


@pytest.mark.parametrize("shape", [(2, 2), (3, 700), (700, 3), (33, 65)])
def test_any_size_is_read(model: Model, shape: tuple[int, int]) -> None:
    lines = np.random.default_rng(0).choice(np.array([0, LIGHT, DARK, 255], np.uint8), shape)
    reading = read_parts(model, lines)
    assert reading is not None
    assert reading.eyes.shape == shape
    assert reading.shares.shape[0] == 5


def look(tokens: NDArray[np.float32], own: int, shown: Shown | None = None) -> Look:
    plane = np.zeros((2, 2), np.float32)
    logits = np.zeros((len(tokens), 2, 2), np.float32)
    colors = np.zeros((len(tokens), 3), np.uint8)
    return Look(logits, plane, plane, logits, tokens, colors, own, shown or {})


def test_parts_hear_what_the_reference_has_for_them() -> None:
    """Entries 0 and 1 are skin and iris of the reference, 2 a hint, 3 paper."""
    tokens = np.zeros((4, 5 + len(CLASSES)), np.float32)
    tokens[0, 5 + CLASSES.index("skin")] = 2
    tokens[1, 5 + CLASSES.index("iris")] = 1
    opinion = np.zeros((5, 4), np.float32)
    shares = np.eye(5, dtype=np.float32)
    said = informed(opinion, shares, look(tokens, own=2))
    assert not opinion.any()  # its argument is left alone
    assert (said[OTHER] == 0).all()
    assert said[WHITE].argmax() == 3
    assert said[WHITE, 3] > 100
    assert said[IRIS, :3].argmax() == 1
    assert said[IRIS, 1] - said[IRIS, 0] > 1
    assert said[SKIN].argmax() == 0
    assert said[SKIN, 2] == said[SKIN, 0]  # a hint is as good as the best
    # The reference shows no hair: nothing is preferred.
    np.testing.assert_allclose(said[HAIR], said[HAIR, 0])
    assert informed(opinion, None, look(tokens, own=2)) is opinion


LOG_PRIOR = np.log([1 / 1.0003 + 0.02, 0.02])
"""Of two entries, of which the first is all."""


def test_what_was_read_in_the_reference_counts_before_what_the_network_takes_it_for() -> None:
    tokens = np.zeros((4, 5 + len(CLASSES)), np.float32)
    tokens[0, 5 + CLASSES.index("iris")] = tokens[0, 5 + CLASSES.index("skin")] = 1
    shown = {IRIS: np.array([0, 1], np.float32), SKIN: np.array([0.2, 0.8], np.float32)}
    opinion, shares = np.zeros((5, 4), np.float32), np.eye(5, dtype=np.float32)
    said = informed(opinion, shares, look(tokens, 2, shown))
    assert said[IRIS, :2].argmax() == said[SKIN, :2].argmax() == 1
    said = informed(opinion, shares, look(tokens, 2))
    assert said[IRIS, :2].argmax() == said[SKIN, :2].argmax() == 0


def test_skin_and_hair_are_believed_more_where_there_is_a_face() -> None:
    tokens = np.zeros((3, 5 + len(CLASSES)), np.float32)
    tokens[0, 5 + CLASSES.index("skin")] = tokens[1, 5 + CLASSES.index("hair")] = 1
    eye = np.eye(5, dtype=np.float32)[IRIS]
    body = np.array([[0.2, 0, 0, 0.8, 0], [0.2, 0, 0, 0, 0.8], [0.5, 0, 0, 0.5, 0]], np.float32)
    opinion = np.zeros((4, 3), np.float32)
    shown = {SKIN: np.array([1, 0], np.float32), HAIR: np.array([0, 1], np.float32)}
    face = informed(opinion, np.vstack([body, eye]), look(tokens, 2, shown))
    alone = informed(opinion, np.vstack([body, eye]), look(tokens, 2))
    none = informed(opinion, np.vstack([body, 0.9 * eye]), look(tokens, 2))
    for said, least, doubtful in ((face, 3, 0.5), (alone, 1.5, 0.25), (none, 1, 0)):
        assert said[0, 0] - said[0, 1] > least
        assert said[1, 1] - said[1, 0] > least
        assert said[2, 0] - said[2, 1] >= doubtful
    assert face[0, 0] - face[0, 1] > 2 * (none[0, 0] - none[0, 1])
    np.testing.assert_allclose(alone[:3], face[:3] / 2, rtol=1e-3)


@pytest.mark.parametrize(("dark", "trust"), [(0, 1), (0.5, 1), (0.6, 1 / 3), (0.65, 0), (1, 0)])
def test_skin_is_believed_as_far_as_both_readers_of_a_reference_agree(
    dark: float, trust: float
) -> None:
    """Lines say that entry 0 is skin; the painter, that ``dark`` of skin is entry 1."""
    tokens = np.zeros((3, 5 + len(CLASSES)), np.float32)
    tokens[:2, 5 + CLASSES.index("skin")] = 10 * (1 - dark), 10 * dark
    opinion, shares = np.zeros((2, 3), np.float32), np.eye(5, dtype=np.float32)[[SKIN, IRIS]]
    seen = look(tokens, 2, {SKIN: np.array([1, 0], np.float32)})
    np.testing.assert_allclose(informed(opinion, shares, seen)[0, :2], 2 * LOG_PRIOR, rtol=1e-3)
    seen.colors[1:] = (250, 200, 60), (255, 255, 255)  # now their colours differ
    said = informed(opinion, shares, seen)[0, :2]
    np.testing.assert_allclose(said, 2 * trust * LOG_PRIOR, rtol=1e-2, atol=1e-3)


def test_skin_and_hair_are_what_either_reader_takes_for_them() -> None:
    shares = np.array([[0.8, 0, 0, 0.1, 0.1], [0, 0, 1, 0, 0]], np.float32)
    names = np.zeros((2, len(CLASSES)), np.float32)
    names[:, [CLASSES.index("skin"), CLASSES.index("hair")]] = 0.9, 0.05
    both = with_names(shares, names)
    assert both is not None
    np.testing.assert_allclose(both, [[0.8, 0, 0, 0.9, 0.1], [0, 0, 1, 0, 0]])
    assert shares[0, SKIN] == np.float32(0.1)  # its argument is left alone
    assert with_names(shares, None) is shares
    assert with_names(None, names) is None


def test_irises_are_never_white() -> None:
    tokens = np.zeros((3, 5 + len(CLASSES)), np.float32)
    tokens[:2, 5 + CLASSES.index("iris")] = 4, 1  # a little of much white is taken for iris
    seen = look(tokens, own=2)
    seen.colors[[0, 2]] = (250, 245, 240), (255, 255, 255)
    said = informed(np.zeros((1, 3), np.float32), np.eye(5, dtype=np.float32)[[IRIS]], seen)
    assert said[0].argmax() == 1
    assert said[0, 1] - said[0, 0] > 5


def test_irises_that_the_reference_does_not_show_are_like_hair_and_not_like_skin() -> None:
    tokens = np.zeros((4, 5 + len(CLASSES)), np.float32)
    tokens[:3, 5 + CLASSES.index("skin")] = 7, 0.1, 0.1
    tokens[:3, 5 + CLASSES.index("hair")] = 0, 9, 1
    tokens[0, 5 + CLASSES.index("iris")] = 1e-4  # a trace, where the eyes are closed
    said = informed(
        np.zeros((1, 4), np.float32), np.eye(5, dtype=np.float32)[[IRIS]], look(tokens, 3)
    )
    assert said[0].argsort()[:2].tolist() == [0, 3]
    assert said[0].argmax() == 1
    tokens[2, 5 + CLASSES.index("iris")] = 1  # seen by the painter
    said = informed(
        np.zeros((1, 4), np.float32), np.eye(5, dtype=np.float32)[[IRIS]], look(tokens, 3)
    )
    assert said[0].argmax() == 2


def test_the_parts_are_those_of_the_classes() -> None:
    pytest.importorskip("torch")
    from style2color.nn.parts import PARTS, STRIDE
    from style2color.nn.sizes import SEMANTIC
    from style2color.reading.parts import _CLASS, _CLASSES, _PARTS, _STRIDE

    assert (SEMANTIC, len(PARTS), STRIDE) == (_CLASSES, _PARTS, _STRIDE)
    assert tuple(PARTS.index(name) for name in ("eye white", "iris", "skin", "hair")) == (
        WHITE,
        IRIS,
        SKIN,
        HAIR,
    )
    for part, kind in _CLASS.items():
        assert CLASSES[kind] == PARTS[part]


def test_the_white_of_an_eye_stays_paper(model: Model) -> None:
    """Its face is painted over it without the reading: no line parts the two."""
    page = page_with(*EYE)
    reference = np.full((64, 64, 3), (200, 40, 40), np.uint8)
    painting = Colorizer(model).set_reference(reference).colorize(page)
    assert tuple(painting.flat[150, 104]) == (255, 255, 255)
    assert tuple(painting.flat[150, 200]) == (200, 40, 40)
    assert tuple(painting.flat[150, 120]) == (200, 40, 40)  # the reference has no other


def test_an_eye_makes_no_region_of_another_page_white(model: Model) -> None:
    painter = Colorizer(model).set_reference(np.full((64, 64, 3), (200, 40, 40), np.uint8))
    with_eye, without = painter.sight(page_with(*EYE)), painter.sight(page_with())
    white = with_eye.votes[:, -1] > 100
    assert white.sum() == 1
    assert not with_eye.seen[white].any()
    assert with_eye.seen[~white].any()
    (_, more) = agree([with_eye, without])
    assert more is not None
    assert np.abs(more).max() < 10


def test_figures_with_references_of_their_own_keep_their_eyes(model: Model) -> None:
    page = page_with(*EYE)
    references = [np.full((64, 64, 3), tone, np.uint8) for tone in ((200, 40, 40), (40, 40, 200))]
    painting = Colorizer(model).set_reference(references).colorize(page)
    assert tuple(painting.flat[150, 104]) == (255, 255, 255)
