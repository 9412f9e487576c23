"""Swatches: the colours a palette is locked to, from a list, a file of swatches or a reference.

Read are GIMP's .gpl, Adobe's .ase and .aco; a colour space other than RGB is brought to sRGB.
"""

from __future__ import annotations

import colorsys
import math
import os
import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from style2color.color import lab_to_rgb, rgb_to_lab
from style2color.errors import SwatchError, UsageError
from style2color.files import read_file, shown
from style2color.hints import Hints

__all__ = ["EXTENSIONS", "MAX_SWATCHES", "lock_hints", "nearest", "parse", "read", "to_gpl"]

U8 = NDArray[np.uint8]
Color = tuple[int, int, int]

EXTENSIONS = (".gpl", ".ase", ".aco")
MAX_SWATCHES = 4096
_MAX_BYTES = 4_000_000
_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_GPL_LINE = re.compile(r"\s*(\d{1,3})\s+(\d{1,3})\s+(\d{1,3})(?:\s|$)", re.ASCII)
_ASE_COLOR, _ASE_GROUP, _ASE_GROUP_END = 0x0001, 0xC001, 0xC002
_ASE_VALUES = {b"RGB ": 3, b"CMYK": 4, b"LAB ": 3, b"Gray": 1}


def read(source: str) -> U8:
    """What `--palette` names: "#rrggbb,#rrggbb" or the path of a .gpl, .ase or .aco file.

    Returns uint8 (S, 3), every colour once, in the given order. Raises SwatchError for colours or
    a file that cannot be understood, UsageError for a wrong path.
    """
    if source.lstrip().startswith("#") and not source.lower().endswith(EXTENSIONS):
        words = [word.strip() for word in source.split(",")]
        for word in words:
            if not _HEX.fullmatch(word):
                raise SwatchError(f"palette: {shown(word)!r} is no colour; write #rrggbb,#rrggbb")
        return _unique(_from_hex(word) for word in words)
    name, kind = shown(source), os.path.splitext(source)[1].lower()
    if kind not in EXTENSIONS:
        raise SwatchError(
            f"palette: {name} is neither #rrggbb,#rrggbb,… nor a file of {' '.join(EXTENSIONS)}"
        )
    try:
        data = read_file(source, max_bytes=_MAX_BYTES)
    except OSError as error:
        raise SwatchError(f"{name}: cannot be read: {error.strerror or error}") from error
    if len(data) > _MAX_BYTES:
        raise SwatchError(f"{name}: more than the limit of {_MAX_BYTES:,} bytes for swatches")
    return parse(data, kind, name)


def parse(data: bytes, kind: str, name: str = "the swatches") -> U8:
    """The colours of a swatch file: ``kind`` .gpl, .ase or .aco, ``name`` for messages.

    Returns uint8 (S, 3), every colour once, in the order of the file. Raises SwatchError.
    """
    reader = {".gpl": _gpl, ".ase": _ase, ".aco": _aco}[kind]
    try:
        return _unique(reader(data))
    except struct.error as error:
        raise SwatchError(f"{name}: ends in the middle of a colour; is it a {kind}?") from error
    except SwatchError as error:
        raise SwatchError(f"{name}: {error}") from error


def nearest(colors_K3: U8, swatches_S3: U8) -> U8:
    """For each colour the nearest swatch in CIELAB: uint8 (K, 3) and (S, 3) → (K, 3)."""
    difference = rgb_to_lab(colors_K3)[:, None] - rgb_to_lab(swatches_S3)[None]
    chosen: U8 = swatches_S3[(difference**2).sum(-1).argmin(1)]
    return chosen


def lock_hints(hints: Hints, swatches_S3: U8) -> Hints:
    """The same hints, each in the nearest of the swatches."""
    asked = hints.colors()
    found: dict[Color, Color] = {
        (old[0], old[1], old[2]): (new[0], new[1], new[2])
        for old, new in zip(asked.tolist(), nearest(asked, swatches_S3).tolist(), strict=True)
    }
    return Hints(
        tuple(replace(point, color=found[point.color]) for point in hints.points),
        tuple(replace(stroke, color=found[stroke.color]) for stroke in hints.strokes),
    )


def to_gpl(colors_S3: U8, names: Sequence[str], title: str) -> bytes:
    """A GIMP palette of these colours, uint8 (S, 3), and one name for each."""
    if len(colors_S3) != len(names):
        raise UsageError(f"{len(names)} names for {len(colors_S3)} swatches")
    head = f"GIMP Palette\nName: {' '.join(title.split())}\nColumns: {len(names)}\n#\n"
    rows = [
        f"{red:3d} {green:3d} {blue:3d}\t{name}"
        for (red, green, blue), name in zip(colors_S3.tolist(), names, strict=True)
    ]
    return (head + "\n".join(rows) + "\n").encode()


def _unique(colors: Iterable[Color]) -> U8:
    found: dict[Color, None] = {}
    for color in colors:
        found[color] = None
        if len(found) > MAX_SWATCHES:
            raise SwatchError(f"more than {MAX_SWATCHES:,} colours; leave some out")
    if not found:
        raise SwatchError("has no colour")
    return np.array(list(found), np.uint8)


def _from_hex(word: str) -> Color:
    return int(word[1:3], 16), int(word[3:5], 16), int(word[5:7], 16)


def _byte(share: float) -> int:
    if not math.isfinite(share):
        raise SwatchError("a colour is not a number")
    return round(min(max(share, 0.0), 1.0) * 255)


def _cmyk(cyan: float, magenta: float, yellow: float, black: float) -> Color:
    """Shares of ink to RGB without a press profile: what a screen preview without one shows."""
    light = 1 - black
    return _byte((1 - cyan) * light), _byte((1 - magenta) * light), _byte((1 - yellow) * light)


def _lab(lightness: float, a: float, b: float) -> Color:
    if not all(map(math.isfinite, (lightness, a, b))):
        raise SwatchError("a colour is not a number")
    inside = [
        min(max(lightness, 0.0), 100.0),
        *(min(max(value, -128.0), 127.0) for value in (a, b)),
    ]
    red, green, blue = lab_to_rgb(np.array(inside)).tolist()
    return red, green, blue


def _gpl(data: bytes) -> Iterator[Color]:
    lines = data.decode("utf-8-sig", "replace").splitlines()
    if not lines or lines[0].strip() != "GIMP Palette":
        raise SwatchError('does not begin with "GIMP Palette"')
    for number, line in enumerate(lines[1:], start=2):
        text = line.strip()
        if not text or text.startswith("#") or re.match(r"(Name|Columns):", text):
            continue
        found = _GPL_LINE.match(line)
        if not found or max(map(int, found.groups())) > 255:
            raise SwatchError(f"line {number}: is no colour; write: red green blue name, 0 to 255")
        yield int(found[1]), int(found[2]), int(found[3])


def _ase(data: bytes) -> Iterator[Color]:
    if data[:4] != b"ASEF":
        raise SwatchError("does not begin like an Adobe swatch exchange file")
    (blocks,) = struct.unpack_from(">I", data, 8)
    at = 12
    for _ in range(blocks):
        kind, length = struct.unpack_from(">HI", data, at)
        block = data[at + 6 : at + 6 + length]
        if len(block) < length:
            raise SwatchError("ends in the middle of a colour")
        at += 6 + length
        if kind == _ASE_COLOR:
            yield _ase_color(block)
        elif kind not in (_ASE_GROUP, _ASE_GROUP_END):
            raise SwatchError(f"has a block of the unknown kind {kind:#06x}")


def _ase_color(block: bytes) -> Color:
    (letters,) = struct.unpack_from(">H", block)
    at = 2 + 2 * letters
    model = block[at : at + 4]
    if model not in _ASE_VALUES:
        raise SwatchError(f"has a colour of the unknown model {model!r}")
    values = struct.unpack_from(f">{_ASE_VALUES[model]}f", block, at + 4)
    if model == b"CMYK":
        return _cmyk(*values)
    if model == b"LAB ":
        return _lab(values[0] * 100, values[1], values[2])
    red, green, blue = values if model == b"RGB " else values * 3
    return _byte(red), _byte(green), _byte(blue)


def _aco(data: bytes) -> Iterator[Color]:
    version, count = struct.unpack_from(">HH", data)
    if version not in (1, 2):
        raise SwatchError(f"is of the unknown version {version}")
    at = 4
    for _ in range(count):
        space, *values = struct.unpack_from(">H4H", data, at)
        at += 10
        if version == 2:
            (letters,) = struct.unpack_from(">I", data, at)
            at += 4 + 2 * letters
        yield _aco_color(space, values)
    if at > len(data):
        raise SwatchError("ends in the middle of a colour")


def _aco_color(space: int, values: list[int]) -> Color:
    if space == 0:
        red, green, blue = (_byte(value / 65535) for value in values[:3])
        return red, green, blue
    if space == 1:
        hue, saturation, light = (value / 65535 for value in values[:3])
        shares = colorsys.hsv_to_rgb(hue, saturation, light)
        return _byte(shares[0]), _byte(shares[1]), _byte(shares[2])
    if space == 2:  # 0 is full ink
        return _cmyk(*(1 - value / 65535 for value in values))
    if space == 7:
        signed = [value - 65536 if value >= 32768 else value for value in values]
        return _lab(values[0] / 100, signed[1] / 100, signed[2] / 100)
    if space == 8:
        grey = _byte(values[0] / 10000)
        return grey, grey, grey
    raise SwatchError(f"has a colour of the unknown space {space}")
