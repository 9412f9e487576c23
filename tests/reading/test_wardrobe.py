"""What is worn in a reference, and that the same garments of a sketch get its colours."""

from __future__ import annotations

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
from style2color.data.classes import CLASSES
from style2color.model import Model
from style2color.painting.network import Network
from style2color.palette import extract_palette
from style2color.reading.parts import log_prior
from style2color.reading.portrait import traced
from style2color.reading.regions import label_regions
from style2color.reading.wardrobe import WORN, dressed, named, read_worn

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]
EXAMPLES = Path(str(resources.files("style2color.studio") / "examples"))
NAMES = sorted({path.name.rsplit("-", 1)[0] for path in EXAMPLES.glob("*-reference.webp")})


def picture(name: str) -> U8:
    return np.asarray(Image.open(EXAMPLES / f"{name}.webp").convert("RGB"))


def page_in_two() -> U8:
    """A page with a line down the middle."""
    lines = np.full((64, 64), 255, np.uint8)
    lines[:, 31:33] = 0
    return lines


def test_a_garment_hears_what_the_reference_has_of_it() -> None:
    """Left is a skirt, right nothing that is worn; entries 0 and 1 are the reference's, 2 is a
    hint, 3 paper."""
    regions = label_regions(page_in_two(), gap=2)
    left, right = regions.labels[5, 5] - 1, regions.labels[5, 60] - 1
    names = np.zeros((len(CLASSES), 32, 32), np.float32)
    names[10, :, :16], names[1, :, 16:] = 1, 1
    worn = {10: np.array([0.1, 0.9], np.float32)}
    opinion = np.zeros((regions.count, 4), np.float32)
    shares = named(regions, names)
    assert shares is not None
    said = dressed(opinion, shares, worn, own=2)
    assert not opinion.any()  # its argument is left alone
    np.testing.assert_allclose(said[right], 0, atol=0.05)
    literal = 0.7 * np.log(np.array([0.1, 0.9, 0.9, 0]) / 1.0003 + 0.02)
    np.testing.assert_allclose(said[left], shares[left, 10] * literal, rtol=1e-5)
    assert shares[left, 10] > 0.9 > 0.1 > shares[right, 10]
    assert named(regions, None) is None
    for nothing in (dressed(opinion, None, worn, 2), dressed(opinion, shares, {}, 2)):
        assert nothing is opinion


def test_what_is_worn_are_classes_of_the_atelier() -> None:
    worn = ("garment", "collar", "trousers", "skirt", "legwear", "shoes", "headwear")
    assert CLASSES[WORN.start : WORN.stop] == worn


def test_what_is_worn_is_counted_where_it_is_clear_without_ink() -> None:
    """The lower half is a garment, a third of it blue and the rest red, with black lines in it."""
    rgb = np.full((256, 256, 3), 255, np.uint8)
    rgb[128:] = (200, 40, 40)
    rgb[128:, :84] = (40, 40, 200)
    rgb[150:154, 20:230] = 0
    names = np.zeros((len(CLASSES), 128, 128), np.float32)
    names[7, 64:], names[8], names[13, :3, :3] = 0.9, 0.45, 0.9
    reference, palette = traced(rgb), extract_palette(rgb)
    assert reference is not None
    worn = read_worn(names, reference, palette)
    assert list(worn) == [7]  # no collar, which is in doubt, and no hat of nine pixels
    blue, red = (
        int(np.abs(palette.colors.astype(int) - color).sum(1).argmin())
        for color in ((40, 40, 200), (200, 40, 40))
    )
    assert worn[7][blue] == pytest.approx(84 / 256, abs=0.02)
    assert worn[7][red] == pytest.approx(172 / 256, abs=0.02)


SHARES = hnp.arrays(np.float32, (len(CLASSES), 3, 3), elements=st.floats(0, 1, width=32))


@given(SHARES, hnp.arrays(np.uint8, (40, 52, 3)))
def test_amounts_are_shares_of_what_there_is(names: F32, rgb: U8) -> None:
    reference, palette = traced(rgb), extract_palette(rgb)
    assert reference is not None
    worn = read_worn(names, reference, palette)
    assert set(worn) <= set(WORN)
    for amounts in worn.values():
        assert amounts.shape == (len(palette),)
        assert amounts.min() >= 0
        assert amounts.sum() == pytest.approx(1, abs=1e-5)
    regions = label_regions(page_in_two(), gap=2)
    opinion = np.zeros((regions.count, len(palette) + 1), np.float32)
    said = dressed(opinion, named(regions, names), worn, len(palette))
    assert np.isfinite(said).all()
    assert (said <= 1e-2 * len(CLASSES)).all()


@given(hnp.arrays(np.float32, 6, elements=st.floats(0, 1e4, width=32)), st.integers(0, 5))
def test_hints_are_as_good_as_the_best_entry(amounts: F32, own: int) -> None:
    amounts[own:] = 0
    prior = log_prior(amounts, own)
    assert (prior[own:-1] == prior.max()).all() or not own
    assert (prior >= np.log(np.float32(0.02)) - 1e-5).all()


def test_most_examples_wear_something_of_their_own_colours() -> None:
    model = Model.load()
    network = Network(model, model.size)
    found = [network.see(picture(f"{name}-reference")) for name in NAMES]
    assert sum(WORN.start in seen.worn for seen in found) > len(found) / 2
    for seen in found:
        for amounts in seen.worn.values():
            assert len(amounts) <= len(seen.colors)


def test_what_is_worn_changes_what_is_painted_and_nothing_else_does() -> None:
    """The same picture with the reference's garments and without what was read of them."""
    painter = Colorizer().set_reference(picture(f"{NAMES[0]}-reference"))
    sketch = picture(f"{NAMES[0]}-sketch")
    with_worn = painter.draft(sketch)
    assert painter._references.seen[0].worn
    object.__setattr__(painter._references.seen[0], "worn", {})
    without = painter.draft(sketch)
    assert with_worn.opinion is not None
    assert without.opinion is not None
    assert np.abs(with_worn.opinion - without.opinion).max() > 0.1
    np.testing.assert_array_equal(with_worn.logits, without.logits)


def test_models_that_name_nothing_and_tiny_references_wear_nothing(tmp_path: Path) -> None:
    old = Model.load(write_model(tmp_path / "old", parts=True))
    assert not Network(old, old.size).see(picture(f"{NAMES[0]}-reference")).worn
    assert not Network(Model.load(), 256).see(np.full((1, 1, 3), 255, np.uint8)).worn
