"""Semantic classes: every name the atelier uses has one, and a store keeps them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from style2color.data.atelier import draw
from style2color.data.augment import Bend
from style2color.data.classes import BACKGROUND, CLASSES, LIT, NAME, SHADED, class_map, class_of
from style2color.data.store import build_drawn_store
from style2color.data.stream import Stream, StreamConfig


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("hair front", "hair"),
        ("2 hair drill", "hair"),
        ("hair ribbon", "trim"),
        ("2 iris", "iris"),
        ("face", "skin"),
        ("sleeve pattern", "garment"),
        ("kimono", "garment"),
        ("sky", "background"),
        ("", "unknown"),
        ("2 ", "unknown"),
    ],
)
def test_names_have_classes(name: str, kind: str) -> None:
    assert CLASSES[class_of(name)] == kind


def test_a_portrait_has_hair_skin_and_background() -> None:
    picture = draw(5, 128)
    ids = class_map(picture.regions, picture.names, picture.highlight, picture.shadow)
    assert {"hair", "skin", "background"} <= {CLASSES[i] for i in np.unique(ids & NAME)}


def test_highlights_and_shadows_are_marked_where_they_lie() -> None:
    regions = np.ones((8, 8), np.uint8)
    highlight = np.zeros((8, 8, 3), np.uint8)
    highlight[2:4, 2:4] = 90
    shadow = np.full((8, 8, 3), 255, np.uint8)
    shadow[3:6, 3:6] = 190
    ids = class_map(regions, {1: "hair front"}, highlight, shadow)
    assert ((ids & LIT > 0) == (highlight[..., 0] > 0)).all()
    assert ((ids & SHADED > 0) == (shadow[..., 0] < 255)).all()
    assert {CLASSES[i] for i in np.unique(ids & NAME)} == {"hair"}


def test_a_drawn_store_gives_the_stream_its_classes(tmp_path: Path) -> None:
    store = build_drawn_store(tmp_path / "drawn", 3, size=96, progress=False)
    assert store.classes is not None
    assert store.classes.shape == store.lines.shape
    stream = Stream(StreamConfig(stores=(str(store.folder),), no_reference=0.0), 64)
    lit: list[float] = []
    shaded: list[float] = []
    for number in range(6):
        sample = stream.sample(number)
        assert sample["classes"].shape == (32, 32)
        assert set(np.unique(sample["classes"])) & set(range(2, len(CLASSES)))
        assert sample["classes"].max() < len(CLASSES)
        assert sample["of_reference"].max() < len(CLASSES)
        lit.append(sample["lit"].mean())
        shaded.append(sample["shaded"].mean())
        entries = sample["present"].sum() - (sample["kind"][sample["present"]] != 0).sum()
        shares = sample["entry_classes"].astype(np.float32)
        np.testing.assert_allclose(shares[:entries].sum(1), 1, atol=2e-3)
        assert not shares[entries:].any()
        assert not shares[:, 0].any()
    assert 0 < max(lit) < 0.2
    assert 0 < max(shaded) < 0.6


def test_a_bend_moves_ids_with_their_picture() -> None:
    picture = np.full((64, 64), 255, np.uint8)
    picture[20:44, 20:44] = 0
    ids = np.where(picture == 0, 3, BACKGROUND).astype(np.uint8)
    bend = Bend.random(64, np.random.default_rng(1))
    moved, named = bend.picture(picture), bend.ids(ids, BACKGROUND)
    assert set(np.unique(named)) == {BACKGROUND, 3}
    assert ((named == 3) == (moved < 128)).mean() > 0.99
