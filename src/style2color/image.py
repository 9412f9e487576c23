"""The only decoder and encoder: a path, bytes, stream, PIL picture or array becomes a `Page`.

Every trap of picture files is dealt with here once, so that the rest of style2color sees plain
8-bit sRGB on white paper: limits are checked from the header before anything is decoded, EXIF
turns are applied, embedded colour profiles converted, 16 bits scaled, transparency flattened.
"""

from __future__ import annotations

import io
import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

import numpy as np
import numpy.typing as npt

from style2color._pixels import (
    TURNS,
    U8,
    eight_bits,
    from_16_bits,
    from_unit,
    on_white,
    orientation,
    resolution,
    to_srgb,
)
from style2color.errors import OutputError, PictureError, PictureTooLarge, UsageError
from style2color.files import atomic_write, read_file, shown

if TYPE_CHECKING:
    from PIL import Image

    Source: TypeAlias = (
        str
        | os.PathLike[str]
        | bytes
        | bytearray
        | memoryview
        | BinaryIO
        | Image.Image
        | npt.NDArray[Any]
    )

READ_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM")
WRITE_FORMATS = {".png": "PNG", ".webp": "WEBP", ".jpg": "JPEG", ".jpeg": "JPEG"}
_CHANNELS = ((), (3,), (4,))
_SIDE_LIMITS = {"WEBP": 16383, "JPEG": 65535, "PNG": 2**31 - 1}
# A progressive JPEG is decoded once per scan; real ones have about ten, so many more are a bomb.
_MAX_JPEG_SCANS = 100
# Pillow's own pixel limit is a global of the module; see `_open`.
_OPEN_LOCK = threading.Lock()


@dataclass(frozen=True)
class Limits:
    """What a picture may measure; each is raised by the flag of its name (`--max-pixels`)."""

    max_bytes: int = 64 * 2**20
    """Size of the file in bytes."""
    max_pixels: int = 50_000_000
    """Width times height."""
    max_side: int = 16384
    """Width or height, whichever is larger."""

    def __post_init__(self) -> None:
        for field in ("max_bytes", "max_pixels", "max_side"):
            if getattr(self, field) < 1:
                raise UsageError(f"--{field.replace('_', '-')} must be at least 1")


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, eq=False)
class Page:
    """A decoded picture: 8-bit sRGB, upright, on white paper."""

    rgb: U8
    """uint8 (H, W, 3), contiguous, flattened on white; owned by the page."""
    alpha: U8 | None = None
    """uint8 (H, W), 255 = opaque; None where every pixel is opaque."""
    icc: bytes | None = None
    """The profile that `rgb` is in, to be embedded when a result is saved: an sRGB one where the
    file had a working profile (the pixels were converted from it), else None (take it as sRGB)."""
    dpi: tuple[float, float] | None = None
    """Resolution (x, y) in dots per inch, where the file tells one."""
    name: str = "<array>"
    """How messages call the picture: its path, or `<bytes>`, `<picture>`, `<array>`."""
    notes: tuple[str, ...] = ()
    """What was left out or passed over while reading, in sentences for the user."""

    @property
    def height(self) -> int:
        return int(self.rgb.shape[0])

    @property
    def width(self) -> int:
        return int(self.rgb.shape[1])

    def gray(self) -> U8:
        """BT.601 luma, uint8 (H, W), rounded; a grey pixel keeps its value exactly."""
        from PIL import Image

        return np.array(Image.fromarray(self.rgb).convert("L"))


def load(source: Source, *, limits: Limits = DEFAULT_LIMITS) -> Page:
    """Read a picture.

    Args:
        source: a path; the bytes of a file; a binary stream, read from where it stands; a PIL
            picture, in its current frame; or an array (H, W), (H, W, 1), (H, W, 3) or
            (H, W, 4) of uint8, uint16, bool, or float within 0..1, RGB order, sRGB.
            Files: PNG, JPEG, WebP, BMP, GIF, TIFF, PPM, told by content, not by extension.
        limits: bytes, pixels and side a picture may have, checked before decoding.

    Of an animation or a file of several pages the first is read, and `Page.notes` says so. A
    damaged colour profile is passed over, with a note. 16 bits become 8 by division by 257.

    Raises:
        UsageError: the path is wrong (missing, a folder, a pipe), or the type of the source.
        PictureError: damaged, truncated, empty, of an unknown kind, or not readable; an array
            with values outside 0..1 or NaN.
        PictureTooLarge: over a limit; the message names it and the flag that raises it.
    """
    from PIL import Image

    if isinstance(source, np.ndarray):
        return _from_array(source, limits)
    if isinstance(source, Image.Image):
        given = getattr(source, "filename", "")
        name = shown(given) if isinstance(given, str) and given else "<picture>"
        return _decode(source, name, limits)
    if isinstance(source, str | os.PathLike):
        name = shown(path := os.fspath(source))
        try:
            data = read_file(path, max_bytes=limits.max_bytes)
        except OSError as error:
            reason = error.strerror or str(error)
            raise PictureError(f"{name}: cannot be read: {reason}") from error
    elif isinstance(source, bytes | bytearray | memoryview):
        name, data = "<bytes>", bytes(source)
    elif callable(getattr(source, "read", None)):
        given = getattr(source, "name", None)
        name = shown(given) if isinstance(given, str) else "<stream>"
        data = _read_stream(source, name, limits.max_bytes)
    else:
        raise UsageError(
            f"a {type(source).__name__} is no picture; give a path, bytes, a binary stream, "
            "a PIL picture or a NumPy array"
        )
    if len(data) > limits.max_bytes:
        raise PictureTooLarge(
            f"{name}: more than the limit of {limits.max_bytes:,} bytes; "
            "raise it with --max-bytes if you trust the file"
        )
    if not data:
        raise PictureError(f"{name}: the file is empty (0 bytes)")
    return _decode(data, name, limits)


def _read_stream(stream: Any, name: str, max_bytes: int) -> bytes:
    """Up to `max_bytes + 1` bytes; an unbuffered stream may answer in pieces."""
    pieces: list[bytes] = []
    left = max_bytes + 1
    try:
        while left > 0 and (piece := stream.read(left)):
            if not isinstance(piece, bytes):
                raise UsageError(f"{name}: the stream is in text mode; open it with 'rb'")
            pieces.append(piece)
            left -= len(piece)
    except (OSError, ValueError) as error:
        raise PictureError(f"{name}: cannot be read: {error}") from error
    return b"".join(pieces)


def _check_size(size: tuple[int, int], name: str, limits: Limits) -> None:
    width, height = size
    if width < 1 or height < 1:
        raise PictureError(f"{name}: the picture is empty ({width} × {height} pixels)")
    if max(size) > limits.max_side:
        raise PictureTooLarge(
            f"{name}: {width} × {height} pixels, but the limit for a side is "
            f"{limits.max_side:,}; shrink the picture or raise it with --max-side"
        )
    if width * height > limits.max_pixels:
        raise PictureTooLarge(
            f"{name}: {width} × {height} pixels, but the limit is {limits.max_pixels:,} in all; "
            "shrink the picture or raise it with --max-pixels"
        )


def _open(data: bytes, name: str) -> Image.Image:
    """Parse the header; nothing is decoded yet."""
    # Imported by name because Image.open would import every plugin to find these two.
    from PIL import Image, TiffImagePlugin, UnidentifiedImageError, WebPImagePlugin  # noqa: F401

    # Pillow's pixel limit would print a warning from 89 megapixels on and refuse from 179 on,
    # whatever the user allowed; ours is checked straight after.
    with _OPEN_LOCK:
        saved, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            picture = Image.open(io.BytesIO(data), formats=READ_FORMATS)
        except UnidentifiedImageError as error:
            known = ", ".join(READ_FORMATS)
            raise PictureError(
                f"{name}: damaged, or not one of the kinds we read: {known}"
            ) from error
        finally:
            Image.MAX_IMAGE_PIXELS = saved
    if picture.format in ("JPEG", "MPO") and data.count(b"\xff\xda") > _MAX_JPEG_SCANS:
        raise PictureError(
            f"{name}: a JPEG of more than {_MAX_JPEG_SCANS} scans, made to stall its reader; "
            "save it again from a picture editor"
        )
    return picture


def _decode(source: bytes | Image.Image, name: str, limits: Limits) -> Page:
    """From a picture to a page; the one place where Pillow may fail in its own ways."""
    from PIL import Image

    try:
        picture = _open(source, name) if isinstance(source, bytes) else source
        _check_size(picture.size, name, limits)
        notes = []
        if isinstance(source, bytes) and getattr(picture, "is_animated", False):
            notes.append(f"{name}: has several frames or pages; only the first is used")
        # Pillow turns a TIFF itself while loading it, but not its resolution. Asked of other
        # kinds too early, it would load them and lose the errors of that.
        stored = orientation(picture) if picture.format == "TIFF" else 1
        raw_modes = str([tile[-1] for tile in getattr(picture, "tile", ())])
        picture.load()
        # Once more, because a decoder may correct the size of the header.
        _check_size(picture.size, name, limits)
        turned = orientation(picture)
        base, alpha = eight_bits(picture, "16" in raw_modes, name)
        base, icc, note = to_srgb(base, picture.info.get("icc_profile"), name)
        notes.extend(note)
        if alpha is not None and alpha.getextrema()[0] == 255:
            alpha = None
        if alpha is not None:
            base = on_white(base, alpha)
        dpi = resolution(picture)
        if dpi and max(stored, turned) >= 5:
            dpi = dpi[::-1]
        if turned in TURNS:
            turn = Image.Transpose[TURNS[turned]]
            base = base.transpose(turn)
            alpha = None if alpha is None else alpha.transpose(turn)
        opacity = None if alpha is None else np.array(alpha)
        return Page(np.array(base), opacity, icc, dpi, name, tuple(notes))
    except (UsageError, PictureError):
        raise
    except MemoryError as error:
        raise PictureTooLarge(f"{name}: does not fit into memory; shrink the picture") from error
    except Exception as error:
        # Hostile bytes make Pillow's plugins raise nearly anything (struct.error, KeyError,
        # SyntaxError, OverflowError, zlib.error …), so this boundary catches all of it.
        reason = str(error) or type(error).__name__
        raise PictureError(f"{name}: damaged or truncated, cannot be decoded ({reason})") from error


def _from_array(array: npt.NDArray[Any], limits: Limits) -> Page:
    from PIL import Image

    name = "<array>"
    shape = array.shape
    if array.ndim not in (2, 3) or (array.ndim == 3 and shape[2] not in (1, 3, 4)):
        raise UsageError(
            f"an array of shape {shape} is no picture; it must be (H, W), (H, W, 1), (H, W, 3) "
            "or (H, W, 4)"
        )
    _check_size((shape[1], shape[0]), name, limits)
    if array.dtype == np.bool_:
        pixels = array.astype(np.uint8) * np.uint8(255)
    elif array.dtype == np.uint8:
        pixels = array
    elif array.dtype == np.uint16:
        pixels = from_16_bits(array)
    elif np.issubdtype(array.dtype, np.floating):
        pixels = from_unit(array, name)
    else:
        raise UsageError(
            f"an array of {array.dtype} is no picture; use uint8, uint16, bool or float in 0..1"
        )
    if pixels.ndim == 2 or shape[2] == 1:
        pixels = np.repeat(pixels.reshape(*shape[:2], 1), 3, axis=2)
    if pixels.shape[2] == 4 and (pixels[..., 3] < 255).any():
        alpha = np.array(pixels[..., 3], order="C")
        colours = Image.fromarray(np.array(pixels[..., :3], order="C"))
        return Page(np.array(on_white(colours, Image.fromarray(alpha))), alpha, name=name)
    return Page(np.array(pixels[..., :3], order="C"), name=name)


def save(
    array: npt.NDArray[Any],
    target: str | os.PathLike[str] | BinaryIO,
    *,
    format: str | None = None,
    quality: int = 92,
    icc: bytes | None = None,
    dpi: tuple[float, float] | None = None,
) -> None:
    """Write a picture: a file appears whole or not at all (`files.atomic_write`).

    Args:
        array: uint8 (H, W) grey, (H, W, 3) RGB or (H, W, 4) RGBA; JPEG takes no RGBA.
        target: a path, or a binary stream open for writing.
        format: `png`, `webp` or `jpeg`; by default told by the extension of the path.
        quality: 1–100, of JPEG (without colour subsampling) and WebP; PNG is always exact.
        icc: profile to embed, such as `Page.icc`; the pixels are taken to be in it already.
        dpi: resolution to embed; WebP cannot hold one.

    Raises:
        UsageError: unknown extension or format, wrong shape or type of array, quality.
        OutputError: the file cannot be written, or is too large for its format.
        BrokenPipeError: the reader of the stream went away.
    """
    from PIL import Image

    name = shown(target) if isinstance(target, str | os.PathLike) else "<stream>"
    kind = _write_format(target, format, name)
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or array.shape[2:] not in _CHANNELS:
        raise UsageError(
            f"{name}: an array of {array.dtype} {array.shape} cannot be saved; "
            "it must be uint8 (H, W), (H, W, 3) or (H, W, 4)"
        )
    if not 1 <= quality <= 100:
        raise UsageError(f"{name}: quality {quality} is not within 1..100")
    if kind == "JPEG" and array.shape[2:] == (4,):
        raise UsageError(f"{name}: JPEG has no transparency; choose .png or .webp")
    if not 1 <= min(array.shape[:2]) <= max(array.shape[:2]) <= _SIDE_LIMITS[kind]:
        raise OutputError(
            f"{name}: {array.shape[1]} × {array.shape[0]} pixels; a side of a {kind} has 1 to "
            f"{_SIDE_LIMITS[kind]:,}, choose another format"
        )
    options: dict[str, Any] = {
        "PNG": {"compress_level": 4},
        "JPEG": {"quality": quality, "subsampling": 0},
        "WEBP": {"quality": quality},
    }[kind]
    if icc:
        options["icc_profile"] = icc
    if dpi:
        options["dpi"] = dpi
    buffer = io.BytesIO()
    try:
        Image.fromarray(np.ascontiguousarray(array)).save(buffer, kind, **options)
    except (OSError, ValueError) as error:
        raise OutputError(f"{name}: cannot be encoded as {kind}: {error}") from error
    if isinstance(target, str | os.PathLike):
        with atomic_write(target) as stream:
            stream.write(buffer.getbuffer())
        return
    try:
        target.write(buffer.getvalue())
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"{name}: cannot be written: {error.strerror or error}") from error


def _write_format(target: str | os.PathLike[str] | BinaryIO, format: str | None, name: str) -> str:
    if format is not None:
        ending = "." + format.lower().removeprefix(".")
    elif isinstance(target, str | os.PathLike):
        ending = os.path.splitext(target)[1].lower()
    else:
        raise UsageError(f"{name}: a stream has no extension; say which format to write")
    if ending not in WRITE_FORMATS:
        raise UsageError(
            f"{name}: cannot write {ending or 'a file without extension'}; "
            f"allowed are {' '.join(WRITE_FORMATS)}"
        )
    return WRITE_FORMATS[ending]
