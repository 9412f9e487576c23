"""Pictures out: formats, exactness, refusals."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from style2color import image
from style2color.errors import OutputError, UsageError

RNG = np.random.default_rng(7)
RGB = RNG.integers(0, 256, (6, 9, 3), dtype=np.uint8)


# --- saving ------------------------------------------------------------------------------------
@pytest.mark.parametrize("shape", [(5, 4), (5, 4, 3), (5, 4, 4)])
@pytest.mark.parametrize("ending", [".png", ".PNG", ".webp"])
def test_save_and_load(tmp_path: Path, shape: tuple[int, ...], ending: str) -> None:
    array = np.full(shape, 255, np.uint8)
    array[1:3, 1:3] = 40
    path = tmp_path / f"out{ending}"
    image.save(array, path, quality=100)
    page = image.load(path)
    assert (page.height, page.width) == (5, 4)
    assert (page.alpha is not None) is (shape[2:] == (4,))
    if ending.lower() == ".png":
        np.testing.assert_array_equal(page.rgb, image.load(array).rgb)
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("ending", [".jpg", ".jpeg", ".webp"])
def test_lossy_stays_close(tmp_path: Path, ending: str) -> None:
    gradient = np.linspace(0, 255, 64 * 64).reshape(64, 64).astype(np.uint8)
    colours = np.stack([gradient, gradient.T, 255 - gradient], -1)
    path = tmp_path / f"out{ending}"
    image.save(colours, path, dpi=(300, 300))
    page = image.load(path)
    assert np.abs(page.rgb.astype(int) - colours).mean() < 3
    assert page.dpi == (None if ending == ".webp" else (300, 300))


def test_save_to_a_stream() -> None:
    for name, magic in {
        "png": b"\x89PNG",
        "jpeg": b"\xff\xd8",
        "JPG": b"\xff\xd8",
        ".webp": b"R",
    }.items():
        buffer = io.BytesIO()
        image.save(RGB, buffer, format=name)
        assert buffer.getvalue().startswith(magic)
    with pytest.raises(UsageError, match="which format"):
        image.save(RGB, io.BytesIO())


def test_save_is_deterministic() -> None:
    first, second = io.BytesIO(), io.BytesIO()
    for buffer in (first, second):
        image.save(RGB, buffer, format="png")
    assert first.getvalue() == second.getvalue()


@pytest.mark.parametrize("name", ["out.gif", "out", "out.tiff", "out.psd", ".png"])
def test_unknown_extension(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"allowed are \.png \.webp \.jpg \.jpeg"):
        image.save(RGB, tmp_path / name)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("array", "name", "options", "words"),
    [
        (RGB.astype(np.float32), "o.png", {}, "cannot be saved"),
        (RGB[..., :2], "o.png", {}, "cannot be saved"),
        (RGB[None], "o.png", {}, "cannot be saved"),
        (np.zeros((2, 2, 4), np.uint8), "o.jpg", {}, "no transparency"),
        (RGB, "o.jpg", {"quality": 0}, "quality"),
        (RGB, "o.jpg", {"quality": 101}, "quality"),
        (RGB, "o.png", {"format": "bmp"}, "allowed"),
    ],
)
def test_wrong_calls_of_save(
    tmp_path: Path, array: npt.NDArray[Any], name: str, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        image.save(array, tmp_path / name, **options)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("shape", "ending"), [((1, 16384), ".webp"), ((65536, 1), ".jpg"), ((0, 4), ".png")]
)
def test_sides_a_format_cannot_hold(tmp_path: Path, shape: tuple[int, int], ending: str) -> None:
    with pytest.raises(OutputError, match="choose another format"):
        image.save(np.zeros(shape, np.uint8), tmp_path / f"o{ending}")


@pytest.mark.parametrize(
    ("given", "expected"),
    [(OSError(28, "No space left on device"), OutputError), (BrokenPipeError(), BrokenPipeError)],
)
def test_failing_stream(given: OSError, expected: type[Exception]) -> None:
    class Failing(io.BytesIO):
        def write(self, data: Any) -> int:
            raise given

    with pytest.raises(expected):
        image.save(RGB, Failing(), format="png")
