"""The only decoder and encoder: a path, bytes, stream, PIL picture or array becomes a `Page`.

Every trap of picture files is dealt with here once, so that the rest of style2color sees plain
8-bit sRGB on white paper: limits are checked from the header before anything is decoded, EXIF
turns are applied, embedded colour profiles converted, 16 bits scaled, transparency flattened.
"""

from __future__ import annotations

import io
import math
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

import numpy as np
import numpy.typing as npt

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

U8: TypeAlias = npt.NDArray[np.uint8]

READ_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM")
WRITE_FORMATS = {".png": "PNG", ".webp": "WEBP", ".jpg": "JPEG", ".jpeg": "JPEG"}
_CHANNELS = ((), (3,), (4,))
_SIDE_LIMITS = {"WEBP": 16383, "JPEG": 65535, "PNG": 2**31 - 1}
_TURNS = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}
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
        # A copy, because loading and `getexif` write into the object.
        return _decode(lambda: source.copy(), name, limits)
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
    return _decode(lambda: _open(data, name), name, limits)


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


def _decode(opener: Callable[[], Image.Image], name: str, limits: Limits) -> Page:
    """From a picture to a page; the one place where Pillow may fail in its own ways."""
    from PIL import Image

    try:
        picture = opener()
        _check_size(picture.size, name, limits)
        notes = []
        if getattr(picture, "is_animated", False):
            notes.append(f"{name}: has several frames or pages; only the first is used")
        raw_modes = str([tile[-1] for tile in getattr(picture, "tile", ())])
        picture.load()
        # Once more, because a decoder may correct the size of the header.
        _check_size(picture.size, name, limits)
        orientation = _orientation(picture)
        base, alpha = _eight_bits(picture, "16" in raw_modes, name)
        base, icc, note = _to_srgb(base, picture.info.get("icc_profile"), name)
        notes.extend(note)
        if alpha is not None and alpha.getextrema()[0] == 255:
            alpha = None
        if alpha is not None:
            base = _on_white(base, alpha)
        dpi = _dpi(picture)
        if orientation in _TURNS:
            turn = Image.Transpose[_TURNS[orientation]]
            base = base.transpose(turn)
            alpha = None if alpha is None else alpha.transpose(turn)
            dpi = dpi[::-1] if dpi and orientation >= 5 else dpi
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


def _orientation(picture: Image.Image) -> int:
    """The EXIF orientation, 1–8; 1 where there is none or it is damaged."""
    try:
        value = picture.getexif().get(0x0112)
    except Exception:  # damaged EXIF raises anything; the pixels are fine without it
        return 1
    return value if isinstance(value, int) else 1


def _dpi(picture: Image.Image) -> tuple[float, float] | None:
    try:
        x, y = (float(v) for v in picture.info["dpi"])
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return None
    return (x, y) if 0 < x < math.inf and 0 < y < math.inf else None


def _on_white(base: Image.Image, alpha: Image.Image) -> Image.Image:
    from PIL import Image

    paper = Image.new("RGB", base.size, "white")
    paper.paste(base, mask=alpha)
    return paper


def _eight_bits(
    picture: Image.Image, deep: bool, name: str
) -> tuple[Image.Image, Image.Image | None]:
    """Split into colours (mode L, RGB or CMYK) and alpha (mode L) or None.

    `deep` tells that the file had 16 bits per channel.
    """
    from PIL import Image

    mode = picture.mode
    clear = picture.info.get("transparency")
    if mode == "F" or mode.startswith("I"):
        values = np.asarray(picture)
        alpha = None
        if isinstance(clear, int):
            alpha = Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8))
        return Image.fromarray(_deep_gray(picture, values, name)), alpha
    if mode == "RGB" and deep and isinstance(clear, tuple):
        # The transparent colour is told in 16 bits; of the pixels Pillow kept the upper 8.
        picture.info["transparency"] = tuple(v >> 8 for v in clear)
    if mode in ("LA", "La", "PA", "RGBA", "RGBa") or clear is not None:
        # La only turns into LA, and only LA into RGBA.
        whole = (picture.convert("LA") if mode == "La" else picture).convert("RGBA")
        return whole.convert("RGB"), whole.getchannel("A")
    if mode in ("L", "RGB", "CMYK"):
        return picture, None
    return picture.convert("L" if mode == "1" else "RGB"), None


def _deep_gray(picture: Image.Image, values: npt.NDArray[Any], name: str) -> U8:
    """16-bit or floating-point grey to uint8 (H, W)."""
    tags = getattr(picture, "tag_v2", {})
    if picture.mode == "F":
        return _from_unit(values, name)
    if picture.mode == "I":
        # 32 bits wide, but filled with 16 by every kind we read except these TIFFs.
        if tags or values.min() < 0 or values.max() > 65535:
            raise PictureError(
                f"{name}: signed or 32-bit integers, whose white is unknown; save it in 16 bits"
            )
        return _from_16(values)
    if tags.get(258) == (12,):
        values = values.astype(np.uint32) * 65535 // 4095
    # Pillow turns white-is-zero around for 8 bits, not for 16.
    return ~_from_16(values) if tags.get(262) == 0 else _from_16(values)


def _from_16(values: npt.NDArray[Any]) -> U8:
    return ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _from_unit(values: npt.NDArray[Any], name: str) -> U8:
    low, high = values.min(), values.max()
    if not (low >= 0 and high <= 1):  # NaN fails every comparison
        raise PictureError(
            f"{name}: floating-point values from {low:g} to {high:g}; they must lie within 0..1"
        )
    return np.rint(values.astype(np.float32) * 255).astype(np.uint8)


def _to_srgb(
    base: Image.Image, profile: bytes | None, name: str
) -> tuple[Image.Image, bytes | None, list[str]]:
    """To mode RGB in sRGB, with the profile that describes the result, and notes."""
    from PIL import Image, ImageCms

    if not profile:
        return base.convert("RGB"), None, []
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}[source.profile.xcolor_space]
        if space == "RGB" and base.mode == "L":
            base = base.convert("RGB")
        target = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
        transform = ImageCms.buildTransform(
            source,
            target,
            space,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
        if space == "RGB":
            # A profile that is sRGB already must not cost a rounding: lines stay exact.
            steps = np.linspace(0, 255, 9).astype(np.uint8)
            probe = np.stack(np.meshgrid(steps, steps, steps), -1).reshape(27, 27, 3)
            moved = np.asarray(transform.apply(Image.fromarray(probe)))
            if np.abs(moved.astype(int) - probe).max() <= 1:
                return base, profile, []
        converted = transform.apply(base)
        # The date of its making would make equal inputs give unequal files.
        made = bytearray(target.tobytes())
        made[24:36] = bytes.fromhex("07d000010001000000000000")
        return converted, bytes(made), []
    except (KeyError, ValueError, OSError, ImageCms.PyCMSError):
        note = f"{name}: its colour profile is damaged or does not fit; read as plain sRGB"
        return base.convert("RGB"), None, [note]


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
        pixels = _from_16(array)
    elif np.issubdtype(array.dtype, np.floating):
        pixels = _from_unit(array, name)
    else:
        raise UsageError(
            f"an array of {array.dtype} is no picture; use uint8, uint16, bool or float in 0..1"
        )
    if pixels.ndim == 2 or shape[2] == 1:
        pixels = np.repeat(pixels.reshape(*shape[:2], 1), 3, axis=2)
    if pixels.shape[2] == 4 and (pixels[..., 3] < 255).any():
        alpha = np.array(pixels[..., 3], order="C")
        colours = Image.fromarray(np.array(pixels[..., :3], order="C"))
        return Page(np.array(_on_white(colours, Image.fromarray(alpha))), alpha, name=name)
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
        "JPEG": {"quality": quality, "subsampling": 0, "optimize": True},
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
