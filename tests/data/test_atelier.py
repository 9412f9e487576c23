from __future__ import annotations

import hashlib

import numpy as np
import pytest

from style2color.data.atelier import Picture, draw, recompose
from style2color.data.atelier.curves import Dice
from style2color.data.atelier.haircuts import HairTraits
from style2color.data.atelier.outfits import sample_outfit
from style2color.errors import UsageError

SEEDS = range(24)
SIZE = 160


@pytest.fixture(scope="module")
def pictures() -> list[Picture]:
    return [draw(seed, SIZE) for seed in SEEDS]


def _digest(picture: Picture) -> str:
    return hashlib.sha256(picture.composite.tobytes()).hexdigest()


def test_a_seed_draws_the_same_picture_twice(pictures: list[Picture]) -> None:
    for picture in pictures[:6]:
        again = draw(picture.seed, SIZE)
        for layer in ("composite", "line", "line_rgba", "flat", "shadow", "highlight", "regions"):
            assert np.array_equal(getattr(picture, layer), getattr(again, layer))
        assert picture.names == again.names
        assert picture.attributes == again.attributes


def test_layers_have_the_promised_shapes(pictures: list[Picture]) -> None:
    for p in pictures:
        for layer in (p.composite, p.flat, p.shadow, p.highlight):
            assert layer.shape == (SIZE, SIZE, 3)
            assert layer.dtype == np.uint8
        assert p.line.shape == p.regions.shape == (SIZE, SIZE)
        assert p.line_rgba.shape == (SIZE, SIZE, 4)


def test_layers_recompose_the_composite(pictures: list[Picture]) -> None:
    for p in pictures:
        base = p.flat.astype(float) * p.shadow / 255
        lit = 255 - (255 - base) * (255.0 - p.highlight) / 255
        alpha = p.line_rgba[..., 3:] / 255
        expected = lit * (1 - alpha) + p.line_rgba[..., :3] * alpha
        assert np.abs(expected - p.composite).max() <= 0.51
        assert np.array_equal(recompose(p.flat, p.shadow, p.highlight, p.line_rgba), p.composite)


def test_no_layer_is_empty_and_line_is_the_ink(pictures: list[Picture]) -> None:
    for p in pictures:
        assert np.array_equal(p.line, 255 - p.line_rgba[..., 3])
        ink = (p.line < 128).mean()
        assert 0.005 < ink < 0.6, (p.seed, ink)
        assert len(np.unique(p.regions)) > 6
        assert len(np.unique(p.flat.reshape(-1, 3), axis=0)) > 4


def test_regions_are_named_and_cover_the_figure(pictures: list[Picture]) -> None:
    for p in pictures:
        assert set(np.unique(p.regions)) <= set(p.names)
        assert p.names[0] == "background"
        if (p.regions == 0).any():
            paper = p.flat[p.regions == 0][0]
            bare = (p.flat != paper).any(axis=2) & (p.regions == 0)
            # Antialiased edges may be half painted; no spot of 3 x 3 may be without an id.
            spots = bare.copy()
            for y, x in ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, -1), (1, -1), (-1, 1)):
                spots &= np.roll(bare, (y, x), (0, 1))
            assert not spots.any(), p.seed
        assert {"face", "hair front"} <= set(p.names.values())


def test_each_region_has_one_flat_colour(pictures: list[Picture]) -> None:
    for p in pictures:
        inner = np.ones(p.regions.shape, dtype=bool)
        for y, x in ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, -1), (1, -1), (-1, 1)):
            inner &= np.roll(p.regions, (y, x), (0, 1)) == p.regions
        for number in np.unique(p.regions[inner]):
            pixels = p.flat[inner & (p.regions == number)]
            counts = np.unique(pixels, axis=0, return_counts=True)[1]
            if counts.sum() > 60:
                assert counts.max() / counts.sum() > 0.8, (p.seed, p.names[int(number)])


def test_seeds_shots_palettes_and_inks_differ(pictures: list[Picture]) -> None:
    assert len({_digest(p) for p in pictures}) == len(pictures)
    first = pictures[0]
    for change in ({"shot": 1}, {"palette": 1}, {"ink": 1}):
        assert _digest(draw(first.seed, SIZE, **change)) != _digest(first)


def test_another_palette_keeps_the_drawing_and_another_ink_the_paint() -> None:
    base, recoloured, reinked = draw(3, SIZE), draw(3, SIZE, palette=1), draw(3, SIZE, ink=1)
    assert np.array_equal(base.regions, recoloured.regions)
    assert np.array_equal(base.line, recoloured.line)
    assert not np.array_equal(base.flat, recoloured.flat)
    assert np.array_equal(base.flat, reinked.flat)
    assert np.array_equal(base.shadow, reinked.shadow)
    assert not np.array_equal(base.line, reinked.line)


def test_another_shot_shows_the_same_character() -> None:
    facts = [draw(5, 96, shot=shot).attributes for shot in range(4)]
    for name in ("hair front", "hair back", "garment", "species", "eyes", "hair colour", "skin"):
        assert len({f[name] for f in facts}) == 1
    assert len({(f["crop"], f["pose"], f["mood"]) for f in facts}) > 1


def test_sizes_are_checked() -> None:
    for size in (0, -1, 31, 4097):
        with pytest.raises(UsageError, match="size"):
            draw(0, size)
    assert draw(0, 33).composite.shape == (33, 33, 3)
    assert draw(-7, 64).composite.shape == (64, 64, 3)
    assert draw(10**12, 64).composite.shape == (64, 64, 3)


def test_haircuts_and_outfits_are_many() -> None:
    cuts = [HairTraits.sample(Dice("cut", i), masculine=i % 3 == 0) for i in range(800)]
    assert len({cut.front for cut in cuts}) >= 12
    assert len({cut.back for cut in cuts}) >= 12
    assert len({(cut.front, cut.back) for cut in cuts}) >= 144
    assert len({sample_outfit(Dice("worn", i), i % 2 == 0).name for i in range(800)}) >= 20


def test_outlines_that_skia_cannot_intersect_are_drawn_all_the_same() -> None:
    picture = draw(4216, 64)  # the one of the first 4,400 seeds on which skia.Op gives up
    assert picture.composite.shape == (64, 64, 3)
    assert len(np.unique(picture.regions)) > 5
