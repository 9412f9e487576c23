"""Hostile files, made on the fly: damaged, truncated, lying about their size, of foreign kinds.

`HOSTILE` maps a name to the bytes and to the error that reading them must raise, or None where
the file is read all the same (with what is documented left out).
"""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass

from PIL import Image

from style2color.errors import PictureError, PictureTooLarge, Style2ColorError


@dataclass(frozen=True)
class HostileFile:
    """What to read, what must come of it, and the extension it travels under."""

    data: bytes
    error: type[Style2ColorError] | None
    suffix: str


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(
    width: int, height: int, raw: bytes, *, depth: int = 8, colour: int = 2, extra: bytes = b""
) -> bytes:
    """A PNG of exactly these header fields; `raw` is the unpacked data, filter bytes included."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + extra
        + png_chunk(b"IDAT", zlib.compress(raw))
        + png_chunk(b"IEND", b"")
    )


def sample(kind: str, **options: object) -> bytes:
    """A sound picture of 64 × 48 pixels with enough detail to be cut in the middle."""
    picture = Image.radial_gradient("L").resize((64, 48)).convert("RGB")
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def tiff(tags: list[tuple[int, int, int, int]], *, next_directory: int = 0) -> bytes:
    """A little-endian TIFF of one directory with (tag, type, count, value); no pixels."""
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return (
        b"II*\0"
        + struct.pack("<IH", 8, len(tags))
        + entries
        + struct.pack("<I", next_directory)
        + bytes(64)
    )


def _tiff_gray(width: int, height: int, bits: int, kind: int, offset: int, count: int) -> bytes:
    """Grey pixels of `kind` 1 unsigned, 2 signed, 3 float, said to lie at `offset`."""
    return tiff(
        [
            (256, 4, 1, width),
            (257, 4, 1, height),
            (258, 3, 1, bits),
            (259, 3, 1, 1),
            (262, 3, 1, 1),
            (273, 4, 1, offset),
            (277, 3, 1, 1),
            (278, 4, 1, height),
            (279, 4, 1, count),
            (339, 3, 1, kind),
        ]
    )


def _jpeg_segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def _jpeg_with(segment: bytes) -> bytes:
    whole = sample("JPEG")
    return whole[:2] + segment + whole[2:]


def _jpeg_of_size(width: int, height: int) -> bytes:
    whole = bytearray(sample("JPEG"))
    frame = whole.index(b"\xff\xc0")
    whole[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(whole)


def _jpeg_of_scans(count: int) -> bytes:
    whole = sample("JPEG", progressive=True)
    last = whole.rindex(b"\xff\xda")
    return whole[:last] + whole[last:-2] * count + whole[-2:]


def _gif(screen: tuple[int, int], frame: tuple[int, int, int, int]) -> bytes:
    """One frame at (left, top) of (width, height) on a screen; pixels end at once."""
    head = b"GIF89a" + struct.pack("<HHBBB", *screen, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    return head + _gif_frame(frame) + b";"


def _gif_frame(frame: tuple[int, int, int, int] = (0, 0, 1, 1)) -> bytes:
    return b"," + struct.pack("<HHHHB", *frame, 0) + b"\x02\x02\x44\x01\0"


def _riff(body: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _webp_canvas(width: int, height: int) -> bytes:
    """An animated WebP whose canvas is huge around one small frame."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return kind + struct.pack("<I", len(body)) + body

    def three(number: int) -> bytes:
        return struct.pack("<I", number)[:3]

    canvas = b"\2\0\0\0" + three(width - 1) + three(height - 1)
    frame = bytes(6) + three(63) + three(47) + three(100) + b"\0" + sample("WEBP")[12:]
    return _riff(chunk(b"VP8X", canvas) + chunk(b"ANIM", bytes(6)) + chunk(b"ANMF", frame))


def _bmp(width: int, height: int, *, bits: int = 24, header: int = 40) -> bytes:
    info = struct.pack("<IiiHHIIiiII", header, width, height, 1, bits, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + info


def _build() -> dict[str, HostileFile]:
    whole_png, whole_jpeg, whole_webp = sample("PNG"), sample("JPEG"), sample("WEBP")
    whole_gif, whole_bmp, whole_tiff = sample("GIF"), sample("BMP"), sample("TIFF")
    pixel = b"\0\xff\xff\xff"
    mebibyte = bytes(2**20)
    damaged: dict[str, bytes] = {
        # No picture at all, or of a kind that is not on the list.
        "empty.png": b"",
        "one-byte.png": b"\x89",
        "zeros.png": bytes(4096),
        "text.png": b"this is not a picture\n" * 50,
        "page.html.jpg": b"<!doctype html><title>404 not found</title>",
        "drawing.svg.png": b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
        "entities.svg.png": b"<!DOCTYPE s [<!ENTITY a 'aa'><!ENTITY b '&a;&a;'>]><svg>&b;</svg>",
        "postscript.png": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n",
        "document.pdf.png": b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF",
        "layers.psd.png": b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 8, 8, 8, 3),
        "icon.ico.png": b"\0\0\1\0\1\0\x08\x08\0\0\1\0\x20\0" + bytes(64),
        "archive.zip.png": b"PK\3\4" + bytes(26),
        "packed.gz.png": b"\x1f\x8b\x08" + bytes(16),
        "program.png": b"\x7fELF" + bytes(60),
        "photo.heic.jpg": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64),
        "icns.png": b"icns" + struct.pack(">I", 64) + bytes(56),
        "fits.png": b"SIMPLE  =                    T" + b" " * 2850,
        "sound.ico.png": sample("ICO"),
        "sound.pcx.png": sample("PCX"),
        "sound.tga.png": sample("TGA"),
        "sound.eps.png": sample("EPS"),
        "sound.dds.png": sample("DDS"),
        "pickle.png": b"\x80\x04\x95\x10" + bytes(32),
        # PNG
        "signature-only.png": whole_png[:8],
        "half-header.png": whole_png[:20],
        "half-pixels.png": whole_png[: len(whole_png) // 2],
        "no-pixels.png": whole_png[:33] + png_chunk(b"IEND", b""),
        "no-width.png": png(0, 4, pixel),
        "no-height.png": png(4, 0, pixel),
        "too-few-pixels.png": png(64, 64, pixel),
        "wrong-checksum.png": whole_png[:29] + b"\0\0\0\0" + whole_png[33:],
        "wrong-pixels.png": whole_png.replace(zlib.compress(b"")[:2], b"\xff\xff", 1),
        "unknown-filter.png": png(1, 1, b"\x63\xff\xff\xff"),
        "depth-three.png": png(1, 1, pixel, depth=3),
        "colour-seven.png": png(1, 1, pixel, colour=7),
        "text-bomb.png": png(
            1, 1, pixel, extra=png_chunk(b"zTXt", b"a\0\0" + zlib.compress(mebibyte * 3))
        ),
        "international-text-bomb.png": png(
            1, 1, pixel, extra=png_chunk(b"iTXt", b"a\0\1\0\0\0" + zlib.compress(mebibyte * 3))
        ),
        "many-texts-bomb.png": png(
            1,
            1,
            pixel,
            extra=b"".join(
                png_chunk(b"zTXt", b"%d\0\0" % i + zlib.compress(mebibyte[:-9])) for i in range(70)
            ),
        ),
        "profile-bomb.png": png(
            1, 1, pixel, extra=png_chunk(b"iCCP", b"p\0\0" + zlib.compress(mebibyte * 3))
        ),
        "chunk-longer-than-file.png": whole_png[:33] + b"\x7f\xff\xff\xffIDAT" + bytes(64),
        # JPEG
        "start-only.jpg": b"\xff\xd8\xff",
        "start-and-end.jpg": b"\xff\xd8\xff\xd9",
        "half-header.jpg": whole_jpeg[:150],
        "half-pixels.jpg": whole_jpeg[:-40],
        "no-width.jpg": _jpeg_of_size(0, 48),
        "no-height.jpg": _jpeg_of_size(64, 0),
        "no-tables.jpg": whole_jpeg[:2] + whole_jpeg[whole_jpeg.index(b"\xff\xc0") :],
        "five-channels.jpg": whole_jpeg.replace(b"\x40\x03\x01", b"\x40\x05\x01", 1),
        "scan-bomb.jpg": _jpeg_of_scans(5000),
        # GIF
        "header-only.gif": whole_gif[:6],
        "half-pixels.gif": whole_gif[: len(whole_gif) // 2],
        "no-frame.gif": whole_gif[:13] + b";",
        "empty-screen.gif": _gif((0, 0), (0, 0, 0, 0)),
        # WebP
        "header-only.webp": whole_webp[:12],
        "half-pixels.webp": whole_webp[: len(whole_webp) // 2],
        "empty-riff.webp": _riff(b""),
        "unknown-chunk.webp": _riff(b"VP9X" + struct.pack("<I", 10) + bytes(10)),
        # BMP
        "header-only.bmp": whole_bmp[:14],
        "half-pixels.bmp": whole_bmp[: len(whole_bmp) // 2],
        "no-size.bmp": _bmp(0, 0),
        "no-pixels.bmp": _bmp(64, 64),
        "seven-bits.bmp": _bmp(8, 8, bits=7),
        "odd-header.bmp": _bmp(8, 8, header=9),
        # TIFF
        "header-only.tiff": whole_tiff[:8],
        "half-pixels.tiff": _tiff_gray(64, 64, 8, 1, 138, 4096),
        "no-directory.tiff": b"II*\0" + struct.pack("<I", 2**31),
        "no-size.tiff": _tiff_gray(0, 0, 8, 1, 138, 0),
        "huge-count.tiff": tiff([(256, 4, 2**32 - 1, 8), (257, 4, 2**32 - 1, 8)]),
        "pixels-outside.tiff": _tiff_gray(64, 64, 8, 1, 2**31, 4096),
        "many-channels.tiff": tiff([(256, 4, 1, 8), (257, 4, 1, 8), (277, 3, 1, 65535)]),
        "huge-tiles.tiff": tiff(
            [
                (256, 4, 1, 8),
                (257, 4, 1, 8),
                (258, 3, 1, 8),
                (259, 3, 1, 8),
                (262, 3, 1, 1),
                (322, 4, 1, 2**31),
                (323, 4, 1, 2**31),
                (324, 4, 1, 8),
                (325, 4, 1, 64),
            ]
        ),
        "signed-integers.tiff": _tiff_gray(4, 4, 32, 2, 134, 64),
        "not-a-number.tiff": _tiff_gray(4, 4, 32, 3, 134, 64)[:134] + b"\0\0\xc0\x7f" * 16,
        "above-one.tiff": _tiff_gray(4, 4, 32, 3, 134, 64)[:134] + struct.pack("<f", 255.0) * 16,
        # PPM
        "letters.ppm": b"P6 wide high 255\n",
        "no-size.ppm": b"P6 0 0 255\n",
        "no-white.ppm": b"P6 2 2 0\n" + bytes(12),
        "white-too-high.ppm": b"P6 2 2 70000\n" + bytes(24),
        "half-pixels.ppm": b"P6 64 64 255\n" + bytes(99),
        "endless-number.ppm": b"P6 " + b"9" * 5000 + b" 1 255\n",
        "letters-for-pixels.ppm": b"P3 2 2 255\n" + b"x " * 12,
    }
    too_large: dict[str, bytes] = {
        "huge.png": png(2**31 - 1, 2**31 - 1, pixel),
        "wide.png": png(16385, 1, bytes(16385 * 3 + 1)),
        "88-megapixels.png": png(8000, 11000, bytes(11000 * 1001), depth=1, colour=0),
        "huge.jpg": _jpeg_of_size(65500, 65500),
        "huge.gif": _gif((65535, 65535), (0, 0, 1, 1)),
        "frame-outside.gif": _gif((1, 1), (65000, 65000, 500, 500)),
        "huge.webp": _webp_canvas(16384, 16383),
        "huge.bmp": _bmp(2**31 - 1, 2**31 - 1),
        "huge.tiff": _tiff_gray(2**31, 2**31, 8, 1, 138, 64),
        "huge.ppm": b"P6 999999 999999 255\n",
        "65-mebibytes.png": whole_png + bytes(65 * 2**20),
    }
    readable: dict[str, bytes] = {
        "garbage-exif.jpg": _jpeg_with(_jpeg_segment(0xE1, b"Exif\0\0" + b"\xff" * 40)),
        "garbage-profile.jpg": _jpeg_with(_jpeg_segment(0xE2, b"ICC_PROFILE\0\1\1" + b"?" * 200)),
        "garbage-profile.png": png(
            1, 1, pixel, extra=png_chunk(b"iCCP", b"p\0\0" + zlib.compress(b"?" * 500))
        ),
        "many-frames.gif": _gif((4, 4), (0, 0, 1, 1))[:-1] + _gif_frame() * 50_000 + b";",
        "many-frames.png": png(
            1, 1, pixel, extra=png_chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0))
        ),
        # Read as greys, as Pillow does.
        "no-palette.png": png(1, 1, b"\0\7", colour=3),
        "circle.tiff": _tiff_circle(),
        "trailing-garbage.png": whole_png + b"\xff" * 999,
        "wrong-extension.gif": whole_jpeg,
    }
    files = {name: (data, PictureError) for name, data in damaged.items()}
    files |= {name: (data, PictureTooLarge) for name, data in too_large.items()}
    hostile = {
        name: HostileFile(data, error, "." + name.rpartition(".")[2])
        for name, (data, error) in files.items()
    }
    for name, data in readable.items():
        hostile[name] = HostileFile(data, None, "." + name.rpartition(".")[2])
    return hostile


def _tiff_circle() -> bytes:
    """A sound TIFF whose directory names itself as the next one."""
    whole = bytearray(sample("TIFF"))
    (start,) = struct.unpack_from("<I", whole, 4)
    (count,) = struct.unpack_from("<H", whole, start)
    struct.pack_into("<I", whole, start + 2 + 12 * count, start)
    return bytes(whole)


HOSTILE: dict[str, HostileFile] = _build()
