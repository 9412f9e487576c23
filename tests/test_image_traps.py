"""The traps of picture files: turns, profiles, depths, transparency, palettes, frames."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms, TiffImagePlugin

from style2color import image

RNG = np.random.default_rng(7)
RGB = RNG.integers(0, 256, (6, 9, 3), dtype=np.uint8)


def encode(picture: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(
    width: int, height: int, *, depth: int, colour: int, raw: bytes, extra: bytes = b""
) -> bytes:
    """A PNG of exactly these header fields; `raw` is the unpacked data, filter bytes included."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(raw)), (b"IEND", b"")
    head, body, end = (png_chunk(*chunk) for chunk in chunks)
    return b"\x89PNG\r\n\x1a\n" + head + extra + body + end


# --- EXIF, dpi ---------------------------------------------------------------------------------
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


# --- colour ------------------------------------------------------------------------------------
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
    reread = image.load(again.getvalue())
    np.testing.assert_array_equal(reread.rgb, page.rgb)
    assert (reread.icc, reread.notes) == (page.icc, ())


def test_profile_of_the_result_tells_no_time() -> None:
    """Else equal inputs would give results that differ in the second they were made."""
    icc = image.load(encode(Image.fromarray(RGB), "PNG", icc_profile=swapped_profile())).icc
    assert icc is not None
    assert struct.unpack(">6H", icc[24:36]) == (2000, 1, 1, 0, 0, 0)


def linear_gray_profile() -> bytes:
    """The smallest grey profile there is: a white point and a curve of gamma 1."""
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)
    curve = b"curv" + bytes(8)
    table = struct.pack(">I", 2) + struct.pack(">4sII", b"wtpt", 156, len(white))
    table += struct.pack(">4sII", b"kTRC", 156 + len(white), len(curve))
    body = table + white + curve
    head = struct.pack(
        ">I4sI4s4s4s", 128 + len(body), b"lcms", 0x02100000, b"mntr", b"GRAY", b"XYZ "
    )
    head += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + body


@pytest.mark.parametrize("mode", ["L", "LA", "I;16"])
def test_grey_profile(mode: str) -> None:
    """Linear light 128 is a much lighter sRGB 188."""
    if mode == "I;16":
        picture = Image.fromarray(np.full((2, 2), 128 * 257, np.uint16))
    else:
        picture = Image.new(mode, (2, 2), 128 if mode == "L" else (128, 255))
    page = image.load(encode(picture, "PNG", icc_profile=linear_gray_profile()))
    assert page.notes == ()
    assert np.abs(page.rgb.astype(int) - 188).max() <= 1


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


# --- depth -------------------------------------------------------------------------------------
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


def test_12_bit_grey() -> None:
    tags = [(256, 4), (257, 1), (258, 12), (259, 1), (262, 1), (273, 122), (277, 1), (278, 1)]
    tags.append((279, 6))
    table = b"".join(struct.pack("<HHII", number, 3, 1, value) for number, value in tags)
    pixels = bytes.fromhex("000fff800001")  # four times 12 bits
    data = b"II*\0" + struct.pack("<IH", 8, len(tags)) + table + bytes(4)
    assert image.load(data + pixels).gray().tolist() == [[0, 255, 128, 0]]


def test_16_bit_rgb() -> None:
    rows = b"\0" + struct.pack(">6H", 0xFFFF, 0x8080, 0, 0x1111, 0x2222, 0x3333)
    page = image.load(png(2, 1, depth=16, colour=2, raw=rows))
    assert page.rgb.tolist() == [[[255, 128, 0], [17, 34, 51]]]


def test_16_bit_transparent_colours() -> None:
    gray = png(2, 1, depth=16, colour=0, raw=b"\0\0\0\x80\x80", extra=png_chunk(b"tRNS", b"\0\0"))
    assert image.load(gray).rgb[..., 0].tolist() == [[255, 128]]
    rows = b"\0" + struct.pack(">6H", 0x1234, 0x1234, 0x1234, 0, 0, 0)
    rgb = png(
        2,
        1,
        depth=16,
        colour=2,
        raw=rows,
        extra=png_chunk(b"tRNS", struct.pack(">3H", 0x1234, 0x1234, 0x1234)),
    )
    assert image.load(rgb).rgb[..., 0].tolist() == [[255, 0]]


@pytest.mark.parametrize(("depth", "row"), [(1, b"\x40"), (2, b"\x30"), (4, b"\x0f")])
def test_few_bits(depth: int, row: bytes) -> None:
    assert image.load(png(2, 1, depth=depth, colour=0, raw=b"\0" + row)).gray().tolist() == [
        [0, 255]
    ]


def test_floating_point_tiff() -> None:
    picture = Image.fromarray(np.array([[0, 0.5, 1]], np.float32))
    assert image.load(encode(picture, "TIFF")).gray().tolist() == [[0, 128, 255]]


# --- transparency, palettes, frames ------------------------------------------------------------
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
    page = image.load(
        png(2, 1, depth=8, colour=0, raw=b"\0\x07\x08", extra=png_chunk(b"tRNS", b"\0\x07"))
    )
    assert page.gray().tolist() == [[255, 8]]


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_first_frame_of_several(kind: str) -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("white", "black", "red")]
    options = {"lossless": True} if kind == "WEBP" else {}
    page = image.load(encode(frames[0], kind, save_all=True, append_images=frames[1:], **options))
    assert (page.rgb == 255).all()
    assert "only the first" in page.notes[0]
