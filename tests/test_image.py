"""Pictures in and out: every trap of picture files, limits, and what `save` promises."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import threading
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, TiffImagePlugin

from style2color import image
from style2color.errors import (
    OutputError,
    PictureError,
    PictureTooLarge,
    Style2ColorError,
    UsageError,
)

RNG = np.random.default_rng(7)
RGB = RNG.integers(0, 256, (6, 9, 3), dtype=np.uint8)


def encode(picture: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def raw_png(width: int, height: int, depth: int, colour: int, rows: bytes, extra: bytes = b""):
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + extra
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


# --- sources ---------------------------------------------------------------------------------


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


# --- arrays ----------------------------------------------------------------------------------


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


# --- EXIF, dpi -------------------------------------------------------------------------------

UPRIGHT = np.zeros((8, 16, 3), np.uint8)
UPRIGHT[:, :8, 0] = 255
UPRIGHT[:4, :, 1] = 255
# How a camera stores the upright scene under each orientation: the inverse of what EXIF asks.
STORED = {
    1: UPRIGHT,
    2: UPRIGHT[:, ::-1],
    3: UPRIGHT[::-1, ::-1],
    4: UPRIGHT[::-1],
    5: UPRIGHT.transpose(1, 0, 2),
    6: np.rot90(UPRIGHT, 1),
    7: UPRIGHT[::-1, ::-1].transpose(1, 0, 2),
    8: np.rot90(UPRIGHT, -1),
}


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
@pytest.mark.parametrize("number", STORED)
def test_exif_orientation(number: int, kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = number
    options: dict[str, Any] = {"JPEG": {"quality": 100, "subsampling": 0}}.get(kind, {})
    options |= {"lossless": True} if kind == "WEBP" else {"dpi": (100, 200)}
    stored = Image.fromarray(np.ascontiguousarray(STORED[number]))
    page = image.load(encode(stored, kind, exif=exif, **options))
    assert np.abs(page.rgb.astype(int) - UPRIGHT).max() <= 4
    if kind != "WEBP":
        assert page.dpi == ((200, 100) if number >= 5 else (100, 200))


def test_exif_turns_alpha_too() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = Image.new("RGBA", (3, 2), (0, 0, 0, 255))
    picture.putpixel((0, 0), (0, 0, 0, 0))
    page = image.load(encode(picture, "PNG", exif=exif))
    assert page.alpha is not None
    assert page.alpha.tolist() == [[255, 0], [255, 255], [255, 255]]
    assert (page.rgb[0, 1] == 255).all()


@pytest.mark.parametrize("value", [0, 9, 999])
def test_unknown_orientation_is_upright(value: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = value
    page = image.load(encode(Image.fromarray(UPRIGHT), "PNG", exif=exif))
    np.testing.assert_array_equal(page.rgb, UPRIGHT)


def test_resolution_survives() -> None:
    buffer = io.BytesIO()
    image.save(RGB, buffer, format="png", dpi=(300, 600))
    assert image.load(buffer.getvalue()).dpi == (300, 600)
    assert image.load(RGB).dpi is None


# --- colour ----------------------------------------------------------------------------------


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def swapped_profile() -> bytes:
    """An sRGB profile with the primaries of red and green swapped: it moves colours visibly."""
    profile = srgb_profile()
    assert profile.count(b"rXYZ") == profile.count(b"gXYZ") == 1
    return profile.replace(b"rXYZ", b"....").replace(b"gXYZ", b"rXYZ").replace(b"....", b"gXYZ")


def test_srgb_profile_changes_no_pixel() -> None:
    profile = srgb_profile()
    page = image.load(encode(Image.fromarray(RGB), "PNG", icc_profile=profile))
    np.testing.assert_array_equal(page.rgb, RGB)
    assert page.icc == profile


@pytest.mark.parametrize("alpha", [False, True])
def test_other_profile_is_converted(alpha: bool) -> None:
    pixels = np.full((4, 4, 4 if alpha else 3), 255, np.uint8)
    pixels[..., :3] = (255, 0, 0)
    pixels[0, 0, 3:] = 0
    data = encode(Image.fromarray(pixels), "PNG", icc_profile=swapped_profile())
    page = image.load(data)
    red, green, blue = (int(v) for v in page.rgb[2, 2])
    assert green > 250
    assert max(red, blue) < 6
    assert (page.alpha is not None) is alpha
    assert page.icc is not None
    # What the page says about itself holds: reading it again with its profile changes nothing.
    again = io.BytesIO()
    image.save(page.rgb, again, format="png", icc=page.icc)
    np.testing.assert_array_equal(image.load(again.getvalue()).rgb, page.rgb)


def test_conversion_is_deterministic() -> None:
    data = encode(Image.fromarray(RGB), "PNG", icc_profile=swapped_profile())
    assert image.load(data).icc == image.load(data).icc


def test_rgb_profile_on_a_grey_picture() -> None:
    gray = Image.fromarray(RGB[..., 0])
    page = image.load(encode(gray, "PNG", icc_profile=srgb_profile()))
    np.testing.assert_array_equal(page.gray(), RGB[..., 0])


@pytest.mark.parametrize("profile", [b"garbage" * 30, srgb_profile()[:200], b"\0" * 128])
def test_broken_profile_is_noted(profile: bytes) -> None:
    page = image.load(encode(Image.fromarray(RGB), "PNG", icc_profile=profile))
    np.testing.assert_array_equal(page.rgb, RGB)
    assert page.icc is None
    assert "profile" in page.notes[0]


def test_profile_of_another_colour_space_is_noted() -> None:
    picture = Image.new("CMYK", (4, 4))
    page = image.load(encode(picture, "JPEG", icc_profile=srgb_profile()))
    assert (page.rgb == 255).all()
    assert "does not fit" in page.notes[0]


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk(kind: str) -> None:
    """Pillow writes CMYK JPEGs as Adobe does, inverted; both kinds mean the same ink."""
    picture = Image.new("CMYK", (16, 8), (0, 0, 0, 0))
    picture.paste((0, 255, 255, 0), (0, 0, 8, 8))
    page = image.load(encode(picture, kind))
    assert np.abs(page.rgb[4, 3].astype(int) - (255, 0, 0)).max() <= 3
    assert np.abs(page.rgb[4, 13].astype(int) - 255).max() <= 3


def test_lab_and_ycbcr() -> None:
    lab = encode(Image.new("LAB", (2, 2), (255, 128, 128)), "TIFF")
    assert image.load(lab).rgb.min() >= 254
    ycbcr = Image.new("YCbCr", (2, 2), (128, 128, 128))
    assert (image.load(ycbcr).rgb == 128).all()


def test_gray_is_exact_for_grey_and_rounds_bt601() -> None:
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    np.testing.assert_array_equal(image.load(ramp).gray(), ramp)
    luma = RGB.astype(float) @ (0.299, 0.587, 0.114)
    assert np.abs(image.load(RGB).gray() - luma).max() < 0.51


# --- depth -----------------------------------------------------------------------------------

DEEP = np.array([[0, 128, 129, 257, 25700, 65534, 65535]], np.uint16)
DEEP_AS_8 = [[0, 0, 1, 1, 100, 255, 255]]


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "PPM"])
def test_16_bit_grey(kind: str) -> None:
    assert image.load(encode(Image.fromarray(DEEP), kind)).gray().tolist() == DEEP_AS_8


def test_16_bit_grey_big_endian_and_white_is_zero() -> None:
    big = Image.frombytes("I;16B", (7, 1), DEEP.astype(">u2").tobytes())
    assert image.load(encode(big, "TIFF")).gray().tolist() == DEEP_AS_8
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[262] = 0
    negative = encode(Image.fromarray(DEEP), "TIFF", tiffinfo=tags)
    with Image.open(io.BytesIO(negative)) as picture:
        assert picture.tag_v2[262] == 0  # type: ignore[attr-defined]
    assert image.load(negative).gray().tolist() == [[255 - v for v in DEEP_AS_8[0]]]


def test_16_bit_rgb() -> None:
    rows = b"\0" + struct.pack(">6H", 0xFFFF, 0x8080, 0, 0x1111, 0x2222, 0x3333)
    page = image.load(raw_png(2, 1, 16, 2, rows))
    assert page.rgb.tolist() == [[[255, 128, 0], [17, 34, 51]]]


def test_16_bit_transparent_colours() -> None:
    gray = raw_png(2, 1, 16, 0, b"\0\0\0\x80\x80", chunk(b"tRNS", b"\0\0"))
    assert image.load(gray).rgb[..., 0].tolist() == [[255, 128]]
    rows = b"\0" + struct.pack(">6H", 0x1234, 0x1234, 0x1234, 0, 0, 0)
    rgb = raw_png(2, 1, 16, 2, rows, chunk(b"tRNS", struct.pack(">3H", 0x1234, 0x1234, 0x1234)))
    assert image.load(rgb).rgb[..., 0].tolist() == [[255, 0]]


@pytest.mark.parametrize(("depth", "row"), [(1, b"\x40"), (2, b"\x30"), (4, b"\x0f")])
def test_few_bits(depth: int, row: bytes) -> None:
    assert image.load(raw_png(2, 1, depth, 0, b"\0" + row)).gray().tolist() == [[0, 255]]


def test_floating_point_tiff() -> None:
    picture = Image.fromarray(np.array([[0, 0.5, 1]], np.float32))
    assert image.load(encode(picture, "TIFF")).gray().tolist() == [[0, 128, 255]]


# --- transparency, palettes, frames ----------------------------------------------------------


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA", "La", "RGBa"])
def test_clear_pixels_become_paper(mode: str) -> None:
    """Line art on transparency is black under alpha 0 and must not turn into a black page."""
    ink = Image.new("LA", (4, 4), (0, 0))
    ink.putpixel((1, 2), (0, 255))
    picture = ink.convert("RGBA").convert(mode) if mode == "RGBa" else ink.convert(mode)
    if mode == "PA":  # whose alpha a conversion drops
        picture = Image.merge("PA", ink.split())
        picture.putpalette([0, 0, 0])
    page = image.load(picture)
    assert page.alpha is not None
    assert page.gray()[2, 1] == 0
    assert (page.gray() == 0).sum() == 1
    assert page.gray().max() == 255


def test_palette() -> None:
    picture = Image.fromarray(RGB).quantize(16)
    expected = np.asarray(picture.convert("RGB"))
    np.testing.assert_array_equal(image.load(encode(picture, "PNG")).rgb, expected)
    np.testing.assert_array_equal(image.load(encode(picture, "GIF")).rgb, expected)


@pytest.mark.parametrize("clear", [0, b"\x00\x80"])
def test_palette_with_transparency(clear: int | bytes) -> None:
    picture = Image.new("P", (2, 1))
    picture.putpalette([0, 0, 0, 0, 0, 0, 9, 9, 9])
    picture.putpixel((1, 0), 1)
    page = image.load(encode(picture, "PNG", transparency=clear))
    assert page.rgb[0, :, 0].tolist() == [255, 0 if clear == 0 else 127]


def test_grey_with_transparent_value_and_grey_profile_space() -> None:
    page = image.load(raw_png(2, 1, 8, 0, b"\0\x07\x08", chunk(b"tRNS", b"\0\x07")))
    assert page.gray().tolist() == [[255, 8]]


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_first_frame_of_several(kind: str) -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("white", "black", "red")]
    options = {"lossless": True} if kind == "WEBP" else {}
    page = image.load(encode(frames[0], kind, save_all=True, append_images=frames[1:], **options))
    assert (page.rgb == 255).all()
    assert "only the first" in page.notes[0]


# --- limits ----------------------------------------------------------------------------------


def test_limits_name_file_limit_and_flag(tmp_path: Path) -> None:
    path = tmp_path / "big.png"
    Image.new("L", (30, 20)).save(path)
    for limits, flag, number in [
        (image.Limits(max_pixels=599), "--max-pixels", "599"),
        (image.Limits(max_side=29), "--max-side", "29"),
        (image.Limits(max_bytes=50), "--max-bytes", "50"),
    ]:
        for source in (path, path.open("rb")):
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
    data = raw_png(14000, 13000, 1, 0, b"\0")
    limits = image.Limits(max_pixels=10**9)
    before = Image.MAX_IMAGE_PIXELS
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(PictureTooLarge):
            image.load(data)
        with pytest.raises(PictureError, match="truncated"):  # that is: it began to decode
            image.load(data, limits=limits)
    assert before == Image.MAX_IMAGE_PIXELS


# --- paths -----------------------------------------------------------------------------------


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


# --- saving ----------------------------------------------------------------------------------


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
        image.save(RGB, buffer, format="png", icc=srgb_profile()[:0] or None)
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


def test_failing_stream() -> None:
    class Full(io.BytesIO):
        def write(self, data: Any) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match="No space"):
        image.save(RGB, Full(), format="png")


# --- robustness ------------------------------------------------------------------------------

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
