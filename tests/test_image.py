"""Pictures in: sources, arrays, limits, paths, and bytes of any kind."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from style2color import image
from style2color.errors import PictureError, PictureTooLarge, Style2ColorError, UsageError

RNG = np.random.default_rng(7)
RGB = RNG.integers(0, 256, (6, 9, 3), dtype=np.uint8)


def encode(picture: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


# --- sources -----------------------------------------------------------------------------------
def test_every_source_gives_the_same_page(tmp_path: Path) -> None:
    path = tmp_path / "p.png"
    Image.fromarray(RGB).save(path)
    data = path.read_bytes()
    with path.open("rb") as stream:
        streamed = image.load(stream)
    sources = [str(path), path, data, bytearray(data), memoryview(data), io.BytesIO(data)]
    sources += [Image.fromarray(RGB), Image.open(path), RGB]
    for page in [streamed, *(image.load(source) for source in sources)]:
        np.testing.assert_array_equal(page.rgb, RGB)
        assert page.rgb.flags.c_contiguous
        assert page.rgb.flags.writeable
        assert (page.height, page.width, page.alpha, page.icc) == (6, 9, None, None)
        assert page.notes == ()
    assert streamed.name == str(path)
    assert image.load(data).name == "<bytes>"


def test_page_owns_its_pixels() -> None:
    given_pixels = RGB.copy()
    page = image.load(given_pixels)
    given_pixels[:] = 0
    np.testing.assert_array_equal(page.rgb, RGB)


def test_stream_that_answers_in_pieces() -> None:
    class Dribble(io.RawIOBase):
        def __init__(self, data: bytes) -> None:
            self.inner = io.BytesIO(data)

        def readable(self) -> bool:
            return True

        def readinto(self, target: Any) -> int:
            return self.inner.readinto(memoryview(target)[:7])

    page = image.load(Dribble(encode(Image.fromarray(RGB), "PNG")))  # type: ignore[arg-type]
    np.testing.assert_array_equal(page.rgb, RGB)


@pytest.mark.parametrize("source", [None, 3, object(), [1, 2]])
def test_what_is_no_source(source: Any) -> None:
    with pytest.raises(UsageError, match="is no picture"):
        image.load(source)


def test_text_stream() -> None:
    with pytest.raises(UsageError, match="text mode"):
        image.load(io.StringIO("hello"))  # type: ignore[arg-type]


def test_pil_picture_that_was_closed(tmp_path: Path) -> None:
    path = tmp_path / "p.png"
    Image.fromarray(RGB).save(path)
    picture = Image.open(path)
    picture.close()
    with pytest.raises(PictureError, match=r"p\.png"):
        image.load(picture)


def test_pil_source_is_left_alone() -> None:
    picture = Image.open(io.BytesIO(encode(Image.new("RGBA", (3, 2), (9, 9, 9, 0)), "PNG")))
    image.load(picture)
    assert picture.mode == "RGBA"
    assert picture.size == (3, 2)


# --- arrays ------------------------------------------------------------------------------------
@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 1)])
def test_array_of_grey(shape: tuple[int, ...]) -> None:
    gray = RNG.integers(0, 256, shape, dtype=np.uint8)
    page = image.load(gray)
    assert page.rgb.shape == (4, 5, 3)
    np.testing.assert_array_equal(page.gray(), gray.reshape(4, 5))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.uint16(65535), 255),
        (np.uint16(257 * 100), 100),
        (np.uint16(257 * 100 + 129), 101),
        (np.float32(1), 255),
        (np.float64(0.5), 128),
        (np.float16(0), 0),
        (np.bool_(True), 255),
        (np.bool_(False), 0),
    ],
)
def test_array_types(value: np.generic, expected: int) -> None:
    page = image.load(np.full((2, 3, 3), value))
    assert (page.rgb == expected).all()


def test_array_with_alpha_is_flattened_on_white() -> None:
    page = image.load(np.array([[[10, 20, 30, 255], [0, 0, 0, 0], [0, 0, 0, 128]]], np.uint8))
    assert page.rgb.tolist() == [[[10, 20, 30], [255, 255, 255], [127, 127, 127]]]
    assert page.alpha is not None
    assert page.alpha.tolist() == [[255, 0, 128]]
    assert image.load(np.full((2, 2, 4), 255, np.uint8)).alpha is None


def test_array_that_is_not_contiguous() -> None:
    np.testing.assert_array_equal(image.load(RGB[::-1, ::2]).rgb, RGB[::-1, ::2])


@pytest.mark.parametrize("value", [1.5, -0.01, np.nan, np.inf, 255.0])
def test_float_array_out_of_range(value: float) -> None:
    array = np.zeros((3, 3))
    array[1, 1] = value
    with pytest.raises(PictureError, match=r"within 0\.\.1"):
        image.load(array)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4,), np.uint8),
        np.zeros((2, 3, 4, 5), np.uint8),
        np.zeros((4, 4, 2), np.uint8),
        np.zeros((3, 4, 4), np.uint8).transpose(1, 2, 0)[..., :0],
        np.zeros((4, 4), np.int64),
        np.zeros((4, 4), complex),
        np.full((4, 4), "a"),
        np.full((4, 4), None),
    ],
)
def test_array_of_wrong_shape_or_type(array: npt.NDArray[Any]) -> None:
    with pytest.raises(UsageError, match="is no picture"):
        image.load(array)


@pytest.mark.parametrize("shape", [(0, 4), (4, 0, 3)])
def test_empty_array(shape: tuple[int, ...]) -> None:
    with pytest.raises(PictureError, match="empty"):
        image.load(np.zeros(shape, np.uint8))


# --- limits ------------------------------------------------------------------------------------
def test_limits_name_file_limit_and_flag(tmp_path: Path) -> None:
    path = tmp_path / "big.png"
    Image.new("L", (30, 20)).save(path)
    for limits, flag, number in [
        (image.Limits(max_pixels=599), "--max-pixels", "599"),
        (image.Limits(max_side=29), "--max-side", "29"),
        (image.Limits(max_bytes=50), "--max-bytes", "50"),
    ]:
        with path.open("rb") as stream:
            for source in (path, stream):
                with pytest.raises(PictureTooLarge) as caught:
                    image.load(source, limits=limits)
                assert all(part in str(caught.value) for part in (flag, number, "big.png"))
    assert image.load(path, limits=image.Limits(max_pixels=600, max_side=30)).width == 30


@pytest.mark.parametrize("source", [RGB, Image.fromarray(RGB)])
def test_limits_hold_for_arrays_and_pil(source: Any) -> None:
    with pytest.raises(PictureTooLarge, match="--max-pixels"):
        image.load(source, limits=image.Limits(max_pixels=53))


@pytest.mark.parametrize("field", ["max_bytes", "max_pixels", "max_side"])
def test_limits_must_be_positive(field: str) -> None:
    with pytest.raises(UsageError, match=field.replace("_", "-")):
        image.Limits(**{field: 0})


def test_raised_limit_beats_pillows_own() -> None:
    """Pillow alone would refuse from 179 megapixels on, whatever the user allowed."""
    data = encode(Image.new("1", (14000, 13000)), "PNG")[:-100]
    limits = image.Limits(max_pixels=10**9)
    before = Image.MAX_IMAGE_PIXELS
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(PictureTooLarge):
            image.load(data)
        with pytest.raises(PictureError, match="truncated"):  # that is: it began to decode
            image.load(data, limits=limits)
    assert before == Image.MAX_IMAGE_PIXELS


# --- paths -------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["線画 №1.png", "é è.png", "a\nb.png", "with space.png", "-.png"])
def test_names_of_any_script(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    image.save(RGB, path)
    page = image.load(path)
    np.testing.assert_array_equal(page.rgb, RGB)
    assert page.name.isprintable()


def test_name_that_is_not_utf8(tmp_path: Path) -> None:
    path = os.path.join(os.fsencode(tmp_path), b"caf\xe9.png")
    try:
        Path(os.fsdecode(path)).write_bytes(b"nothing")
    except OSError:
        pytest.skip("the file system takes UTF-8 names only")
    with pytest.raises(PictureError) as caught:
        image.load(os.fsdecode(path))
    str(caught.value).encode()


def test_wrong_paths(tmp_path: Path) -> None:
    circle = tmp_path / "circle.png"
    circle.symlink_to(circle)
    (tmp_path / "file").touch()
    wrong = {
        tmp_path / "missing.png": "no such file",
        tmp_path: "folder",
        circle: "circle",
        tmp_path / "file" / "below.png": "part of the path",
        tmp_path / ("x" * 300 + ".png"): "too long",
        "nul\0.png": "valid",
        "": "no such file",
    }
    for path, words in wrong.items():
        with pytest.raises(UsageError, match=words) as caught:
            image.load(path)
        assert caught.value.exit_code == 2


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_pipes_and_devices_do_not_hang(tmp_path: Path) -> None:
    fifo = tmp_path / "pipe.png"
    os.mkfifo(fifo)
    for path in (fifo, Path("/dev/zero"), Path("/dev/null")):
        errors: list[BaseException] = []

        def attempt(path: Path = path, errors: list[BaseException] = errors) -> None:
            try:
                image.load(path)
            except BaseException as error:
                errors.append(error)

        thread = threading.Thread(target=attempt, daemon=True)
        thread.start()
        thread.join(5)
        assert not thread.is_alive()
        assert isinstance(errors[0], UsageError)
        assert "'-'" in str(errors[0])


def test_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulated, because the administrator may read everything."""
    path = tmp_path / "p.png"
    path.touch()

    def refuse(*_: Any, **__: Any) -> int:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(PictureError, match=r"p\.png.*Permission denied") as caught:
        image.load(path)
    assert caught.value.exit_code == 1


# --- robustness --------------------------------------------------------------------------------
STARTS = [
    encode(Image.fromarray(RGB), kind)
    for kind in ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM")
]


def read_hostile(data: bytes) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            page = image.load(data, limits=image.Limits(max_pixels=10**6))
        except Style2ColorError:
            return
    assert page.rgb.dtype == np.uint8


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", *(start[:24] for start in STARTS)]))
def test_arbitrary_bytes(data: bytes, start: bytes) -> None:
    read_hostile(start + data)


@settings(max_examples=250, deadline=None)
@given(
    st.sampled_from(STARTS),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=6),
)
def test_sound_files_with_changed_bytes(start: bytes, changes: list[tuple[int, int]]) -> None:
    data = bytearray(start)
    for position, value in changes:
        data[position % len(data)] = value
    read_hostile(bytes(data))


def test_import_stays_light() -> None:
    code = "import sys, style2color.image, style2color.hints; print('PIL' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
