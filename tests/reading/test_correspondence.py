"""What a region of a sketch is like in the reference, and what it votes for by that."""

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
from style2color.model import Model
from style2color.palette import extract_palette, letterbox
from style2color.reading.correspondence import Keys, amounts, keys_of, likened, vectors_of
from style2color.reading.measuring import measure
from style2color.reading.parts import read_parts
from style2color.reading.portrait import traced
from style2color.reading.splitting import Known

F32 = NDArray[np.float32]
EXAMPLES = Path(str(resources.files("style2color.studio") / "examples"))
LENGTH = 3.0


def test_amounts_are_what_regions_see_by_the_roots_of_their_areas() -> None:
    keys = Keys(unit(np.eye(3, 4, dtype=np.float32)), np.arange(3))
    colors = np.array([[9, 9, 9], [99, 9, 9], [9, 99, 9], [255, 255, 255]], np.uint8)
    regions = np.array([[9, 0, 0, 0], [0, 9, 0, 0], [0, 0, 0, 0]], np.float32)  # the last sees none
    like = likened(regions, keys, colors, 3)
    assert like is not None
    near, far = np.exp([9.0, 0.0]) / (np.exp(9.0) + 2)
    wanted = (20 * np.array([near, far, far]) + 10 * np.array([far, near, far])) / 30
    found = amounts(like, np.array([400, 100, 900]), 3)
    np.testing.assert_allclose(found, wanted, atol=1e-5)
    assert amounts(np.zeros_like(like), np.array([400, 100, 900]), 3) is None


def unit(vectors: F32) -> F32:
    """The same, all of the length that the network gives them."""
    norm = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return (vectors / np.maximum(norm, 1e-3) * LENGTH).astype(np.float32)


@given(
    vectors=hnp.arrays(np.float32, (3, 4), elements=st.floats(-2, 2, width=16)),
    pixels=hnp.arrays(np.float32, (9, 4), elements=st.floats(0.5, 2, width=16)),
    entry=hnp.arrays(np.intp, 9, elements=st.integers(0, 3)),
)
def test_a_region_votes_for_the_colours_of_what_it_is_like(
    vectors: F32, pixels: F32, entry: NDArray[np.intp]
) -> None:
    colors = np.array(
        [[250, 240, 230], [200, 30, 30], [0, 90, 10], [255, 255, 255], [9, 9, 9], [255, 255, 255]],
        np.uint8,
    )  # four of the reference, a hint, paper
    keys = Keys(unit(pixels), np.sort(entry))
    said = likened(vectors, keys, colors, own=4)
    assert said is not None
    assert said.shape == (3, 6)
    for row, vector in zip(said, vectors, strict=True):
        norm = np.linalg.norm(vector)
        if norm == 0:
            assert not row.any()
            continue
        weight = np.exp([float(LENGTH * vector / norm @ key) for key in keys.vectors.astype(float)])
        share = np.array([weight[keys.entry == k].sum() for k in range(4)]) / weight.sum()
        share = [*share, share.max(), share[0] + share[3]]
        np.testing.assert_allclose(row, 0.8 * np.log(np.add(share, 0.02)), rtol=2e-3, atol=2e-3)


def test_without_vectors_or_keys_nothing_is_said() -> None:
    colors = np.zeros((3, 3), np.uint8)
    keys = Keys(np.ones((2, 4), np.float32), np.zeros(2, np.intp))
    assert likened(None, keys, colors, 2) is None
    assert likened(np.ones((1, 4), np.float32), None, colors, 2) is None
    none = likened(np.zeros((0, 4), np.float32), keys, colors, 2)
    assert none is not None
    assert none.shape == (0, 3)


def test_keys_are_the_painted_pixels_of_the_reference() -> None:
    rgb = np.full((64, 96, 3), (200, 30, 30), np.uint8)
    rgb[:, 48:] = (20, 60, 220)
    reference, palette = traced(rgb), extract_palette(letterbox(rgb), 8)
    assert reference is not None
    paint = np.ones_like(reference.paint)
    paint[:, 100:160] = False  # of 256 columns
    embedding = np.random.default_rng(0).normal(size=(5, 16, 24)).astype(np.float32)
    keys = keys_of(embedding, replace(reference, paint=paint), palette)
    assert keys is not None
    red, blue = (
        np.abs(palette.colors.astype(int) - color).sum(1).argmin()
        for color in ((200, 30, 30), (20, 60, 220))
    )
    # Of 24 columns, the tenth to the fifteenth have their middle there.
    kept = [column for column in range(24) if not 100 <= int((column + 0.5) * 256 / 24) < 160]
    assert len(kept) == 18
    wanted = np.tile([red if column < 12 else blue for column in kept], 16)
    order = np.argsort(wanted, kind="stable")
    np.testing.assert_array_equal(keys.vectors, embedding[:, :, kept].reshape(5, -1).T[order])
    np.testing.assert_array_equal(keys.entry, wanted[order])
    none = replace(reference, paint=np.zeros_like(paint))
    assert keys_of(embedding, none, palette) is None


def test_vectors_are_means_and_known_follows_the_labels() -> None:
    labels = np.zeros((8, 8), np.int32)
    labels[:, :4], labels[:, 4:] = 1, 2
    regions, _ = measure(labels, np.ones(labels.shape, np.bool_))
    embedding = np.arange(2 * 4 * 4, dtype=np.float32).reshape(2, 4, 4)
    vectors = vectors_of(embedding, regions)
    np.testing.assert_allclose(vectors, [embedding[:, :, :2].mean((1, 2)),
                                         embedding[:, :, 2:].mean((1, 2))])  # fmt: skip
    known = Known(shares=np.eye(2, 5, dtype=np.float32), vectors=vectors)
    cut = known.of(np.array([2, 0, 1]))
    assert cut.shares is not None
    assert cut.vectors is not None
    np.testing.assert_array_equal(cut.vectors, [vectors[1], [0, 0], vectors[0]])
    np.testing.assert_array_equal(cut.shares.argmax(1), [1, 0, 0])
    assert not cut.shares[1].any()
    nothing = Known().of(np.array([1, 0]))
    assert nothing.shares is nothing.vectors is None


def test_an_older_reader_has_no_embedding(tmp_path: Path) -> None:
    old = Model.load(write_model(tmp_path / "old", parts=True))
    reading = read_parts(old, np.full((96, 64), 255, np.uint8))
    assert reading is not None
    assert reading.embedding is None
    assert (
        Colorizer(old).set_reference(np.full((64, 64, 3), 90, np.uint8))._references.seen[0].keys
        is None
    )


@pytest.mark.parametrize("shape", [(2, 2), (33, 700), (700, 33), (512, 384)])
def test_the_embedding_covers_pages_of_any_size(shape: tuple[int, int]) -> None:
    model = Model.load()
    reading = read_parts(model, np.full(shape, 255, np.uint8))
    assert reading is not None
    assert reading.embedding is not None
    scale = min(384 / max(shape), 1)
    for side, length in zip(reading.embedding.shape[1:], shape, strict=True):
        assert abs(side - length * scale / 4) < 2  # tiny pages are enlarged a little
    np.testing.assert_allclose(
        np.linalg.norm(reading.embedding, axis=0), np.linalg.norm(reading.embedding[:, 0, 0]),
        rtol=1e-3,
    )  # fmt: skip


def test_a_drawing_is_like_itself() -> None:
    """The lines of a picture with that picture as reference: most of the area votes for its own."""
    name = sorted(path.name.rsplit("-", 1)[0] for path in EXAMPLES.glob("*-reference.webp"))[0]
    rgb = np.asarray(Image.open(EXAMPLES / f"{name}-reference.webp").convert("RGB"))
    reference = traced(rgb)
    assert reference is not None
    painter = Colorizer().set_reference(rgb)
    case = painter.case(reference.lines)
    assert case.like is not None
    chosen = case.look.colors[: case.look.own][case.like[:, : case.look.own].argmax(1)]
    right = area = 0
    for number in range(min(case.regions.count, 60)):
        inside = (case.regions.labels == number + 1) & case.regions.free
        if inside.sum() < 40:
            continue
        wanted = np.median(reference.rgb[inside], axis=0)
        area += int(inside.sum())
        right += int(inside.sum()) * bool(np.abs(wanted - chosen[number]).max() <= 40)
    assert right > 0.6 * area
