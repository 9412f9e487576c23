"""Line extraction on pictures whose lines we know, and on hostile arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from style2color import lines
from style2color.errors import ModelError, UsageError

CLASSIC = ["xdog", "dilate"]
BUNDLED = [*CLASSIC, "learned"] if lines.LEARNED_WEIGHTS.exists() else CLASSIC


def flag() -> np.ndarray:
    """Red beside green, a black block in the middle, no ink anywhere; white around."""
    picture = np.full((96, 96, 3), 255, np.uint8)
    picture[16:80, 16:48] = (230, 40, 40)
    picture[16:80, 48:80] = (40, 120, 40)
    picture[36:60, 30:66] = 0
    return picture


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("method", BUNDLED)
def test_borders_become_lines_and_areas_become_paper(method: str) -> None:
    ink = lines.extract(flag(), method) < 128
    assert ink[26, 44:53].any(), "red against green"
    assert ink[26, 12:21].any(), "red against paper"
    assert ink[40, 26:35].any(), "black against red"
    for y, x in ((5, 5), (26, 30), (26, 66), (48, 48)):
        assert not ink[y - 3 : y + 4, x - 3 : x + 4].any(), f"area at {y}, {x} is not paper"
    assert ink.mean() < 0.16


@pytest.mark.parametrize("method", CLASSIC)
def test_an_equal_lightness_border_is_one_thin_line(method: str) -> None:
    picture = np.full((40, 40, 3), (220, 90, 90), np.uint8)
    picture[:, 20:] = (60, 148, 148)
    row = lines.extract(picture, method)[20] < 128
    assert row.any()
    assert np.diff(row.astype(int)).clip(0).sum() == 1, "one run of ink"
    assert row.sum() <= 5


@pytest.mark.parametrize("method", BUNDLED)
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (7, 2), (33, 65)])
def test_any_size(method: str, shape: tuple[int, int]) -> None:
    out = lines.extract(noise(*shape), method)
    assert out.shape == shape
    assert out.dtype == np.uint8


@pytest.mark.parametrize("method", BUNDLED)
@pytest.mark.parametrize("colour", [(255, 255, 255), (0, 0, 0), (250, 240, 220), (90, 20, 160)])
def test_one_flat_colour_has_no_lines(method: str, colour: tuple[int, int, int]) -> None:
    out = lines.extract(np.full((40, 48, 3), colour, np.uint8), method)
    assert out.min() >= 200


@pytest.mark.parametrize("method", BUNDLED)
def test_thin_ink_stays_where_it_is(method: str) -> None:
    picture = np.full((64, 64, 3), (200, 220, 250), np.uint8)
    picture[30:32, 8:56] = 10
    out = lines.extract(picture, method)
    assert (out[30:32, 12:52] < 100).all()
    assert (out[20:24] > 200).all()


def test_lines_commute_with_mirroring() -> None:
    picture = noise(30, 41)
    for method in CLASSIC:
        mirrored = lines.extract(np.ascontiguousarray(picture[:, ::-1]), method)
        near = np.abs(mirrored[:, ::-1].astype(int) - lines.extract(picture, method)) <= 1
        assert near.all()


def test_views_and_read_only_pictures_are_accepted_and_left_alone() -> None:
    picture = noise(48, 48)
    view = picture[::2, ::2]
    view.flags.writeable = False
    for method in BUNDLED:
        same = lines.extract(np.ascontiguousarray(view), method)
        assert np.array_equal(lines.extract(view, method), same)


def test_gaussian_against_the_literal_sum() -> None:
    plane = np.random.default_rng(1).random((9, 13), dtype=np.float32)
    sigma, radius = 1.1, 4
    taps = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    taps /= taps.sum()
    padded = np.pad(plane, radius, mode="edge").astype(np.float64)
    literal = np.zeros(plane.shape)
    for y, x in np.ndindex(plane.shape):
        literal[y, x] = taps @ padded[y : y + 9, x : x + 9] @ taps
    assert np.abs(lines._gaussian(plane, sigma) - literal).max() < 1e-5


def test_xdog_against_the_equation_on_grey() -> None:
    grey = np.random.default_rng(2).integers(0, 256, (20, 20), dtype=np.uint8)
    plane = grey.astype(np.float32)
    narrow, wide = lines._gaussian(plane, 0.5), lines._gaussian(plane, 1.5)
    response = narrow - 0.9 * wide + 2
    paper = np.where(response >= 0, 1.0, 1 + np.tanh(0.1 * response))
    out = lines.xdog(
        np.repeat(grey[..., None], 3, 2), sigma=0.5, k=3, gamma=0.9, epsilon=-2, phi=0.1
    )
    assert np.abs(out / 255 - paper).max() < 0.004


def test_dilation_against_the_literal_maximum() -> None:
    plane = noise(12, 17)[..., :1].transpose(2, 0, 1)
    for radius in (1, 2, 3, 5):
        padded = np.pad(plane[0], radius, mode="edge")
        side = 2 * radius + 1
        literal = np.array(
            [[padded[y : y + side, x : x + side].max() for x in range(17)] for y in range(12)]
        )
        assert np.array_equal(lines._dilate(plane, radius)[0], literal)


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
    ],
)
@pytest.mark.parametrize("method", ["xdog", "dilate", "learned"])
def test_wrong_arrays_are_refused(picture: np.ndarray, method: str) -> None:
    with pytest.raises(UsageError, match="picture"):
        lines.extract(picture, method)


def test_wrong_parameters_are_refused() -> None:
    picture = noise(8, 8)
    with pytest.raises(UsageError, match="sketchy"):
        lines.extract(picture, "sketchy")
    for wrong in ({"sigma": -1.0}, {"k": 1.0}, {"phi": 0.0}):
        with pytest.raises(UsageError):
            lines.xdog(picture, **wrong)
    with pytest.raises(UsageError):
        lines.dilate_divide(picture, radius=0)
    with pytest.raises(UsageError):
        lines.binarize(picture)
    for threshold in (-1, 256, "dark"):
        with pytest.raises(UsageError, match="threshold"):
            lines.binarize(picture[..., 0], threshold)  # type: ignore[arg-type]


@given(ink=st.integers(0, 150), paper=st.integers(200, 255), width=st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_auto_threshold_finds_grey_lines_on_toned_paper(ink: int, paper: int, width: int) -> None:
    page = np.full((50, 50), paper, np.uint8)
    page[20 : 20 + width] = ink
    out = lines.binarize(page)
    assert np.array_equal(out == 0, page == ink)


@pytest.mark.parametrize("tone", [0, 128, 255])
def test_an_even_page_has_no_ink(tone: int) -> None:
    grain = np.random.default_rng(3).integers(-6, 7, (40, 40))
    page = np.clip(tone + grain, 0, 255).astype(np.uint8)
    assert (lines.binarize(page) == 255).all()


def test_a_given_threshold_is_strict_and_binarizing_twice_changes_nothing() -> None:
    page = np.arange(256, dtype=np.uint8).reshape(16, 16)
    out = lines.binarize(page, 100)
    assert (out == 0).sum() == 100
    assert np.array_equal(lines.binarize(out), out)
    assert np.array_equal(lines.binarize(out, 100), out)


def test_damaged_weights_are_a_model_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "lines.onnx"
    broken.write_bytes(b"not a graph")
    for weights in (broken, tmp_path / "missing.onnx"):
        monkeypatch.setattr(lines, "LEARNED_WEIGHTS", weights)
        with pytest.raises(ModelError, match=r"xdog"):
            lines.extract(noise(8, 8), "learned")
