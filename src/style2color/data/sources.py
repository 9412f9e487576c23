"""The corpus packs: what they are, how they are read, and which side of the split they take.

A pack is a tar of pictures that is read straight from the archive, never unpacked to disk. Every
picture leaves here composited on white, filtered of what teaches nothing, and labelled with

* ``character``: whose colours these are; two pictures of one character may refer to each other;
* ``family``: what must stay on one side of the split. It is coarser than the character where two
  characters share drawings (the same lines in other colours, series of near-identical symbols).
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import DataError, UsageError
from . import labels

Split = Literal["train", "held-out"]
Use = Literal["ships", "evaluates", "research"]

PACKS_VARIABLE = "STYLE2COLOR_PACKS"
DEFAULT_PACKS = Path("../shared/data")
HELD_OUT_PERCENT = 15
# The salt was chosen so that the held-out side has enough characters with many drawings in the
# small packs (see tests/data/test_sources.py); it must never change once a model was trained.
SPLIT_SALT = "style2color-split-1360"
LARGEST_MEMBER = 32 * 2**20


@dataclass(frozen=True)
class Pack:
    """One archive of pictures and what may be done with them."""

    name: str
    file: str
    licence: str
    share_alike: bool
    use: Use

    @property
    def ships(self) -> bool:
        """Whether weights trained on this pack may be shipped."""
        return self.use == "ships"


def _packs(*packs: Pack) -> dict[str, Pack]:
    return {pack.name: pack for pack in packs}


PACKS: dict[str, Pack] = _packs(
    Pack("duelyst", "duelyst.tar", "CC0-1.0", False, "ships"),
    Pack("openclipart", "openclipart.tar", "public domain (CC0)", False, "ships"),
    Pack("ltcrpg", "ltcrpg.tar", "BSD-3-Clause", False, "ships"),
    Pack("fungus", "fungus.tar", "MIT", False, "ships"),
    Pack("gophers", "gophers_svg.tar.gz", "CC0-1.0", False, "ships"),
    Pack("chibi", "chibi.tar", "renders of an MIT generator", False, "ships"),
    Pack("wesnoth", "wesnoth.tar", "GPL-2.0-or-later (some CC-BY-SA-4.0)", True, "evaluates"),
    Pack(
        "wesnoth_campaigns",
        "wesnoth_campaigns.tar",
        "GPL-2.0-or-later (some CC-BY-SA-4.0)",
        True,
        "evaluates",
    ),
    Pack("snowy", "snowy.tar", "CC-BY-SA-4.0", True, "evaluates"),
    Pack("openmoji", "openmoji-17.0.0.tgz", "CC-BY-SA-4.0", True, "evaluates"),
    Pack("imagenet_sample", "imagenet_sample.tar", "research use only", False, "research"),
)


@dataclass(frozen=True)
class Picture:
    """A picture of a pack.

    ``rgb`` is uint8 (H, W, 3) on white; ``lines`` is its exact line art, uint8 (H, W) with
    255 = paper, or None where the pack has none. ``character`` and ``family`` start with the
    pack's name, so keys of different packs never collide. ``classes`` is uint8 (H, W), what
    stands where as ids into `classes.CLASSES`, or None where nobody has said.
    """

    id: str
    source: str
    character: str
    family: str
    licence: str
    rgb: NDArray[np.uint8]
    lines: NDArray[np.uint8] | None
    classes: NDArray[np.uint8] | None = None


@dataclass(frozen=True)
class Provenance:
    """A row of the table of training data: pack, licence, usable pictures, and whether it ships."""

    pack: str
    licence: str
    train: int
    held_out: int
    use: Use
    ships: bool


def packs_folder(option: Path | None = None) -> Path:
    """Where the packs lie: the option, else ``STYLE2COLOR_PACKS``, else ``../shared/data``."""
    if option is not None:
        return option
    variable = os.environ.get(PACKS_VARIABLE)
    return Path(variable) if variable else DEFAULT_PACKS


def pack_of(name: str) -> Pack:
    """The pack of that name. Raises UsageError that lists the known ones."""
    try:
        return PACKS[name]
    except KeyError:
        raise UsageError(f"unknown pack {name!r}; known packs: {', '.join(PACKS)}") from None


def split_of(picture: Picture) -> Split:
    """The side of the split the picture takes, by its family, the same on every machine."""
    return split_of_family(picture.source, picture.family)


def split_of_family(source: str, family: str) -> Split:
    """As `split_of`; packs that may not ship are held out whole."""
    if not PACKS[source].ships:
        return "held-out"
    digest = hashlib.sha256(f"{SPLIT_SALT}:{family}".encode()).digest()
    return "held-out" if int.from_bytes(digest[:8], "big") % 100 < HELD_OUT_PERCENT else "train"


def read_pack(name: str, packs_dir: Path, size: int) -> Iterator[Picture]:
    """The useful pictures of a pack, in a fixed order, longest side at most ``size`` pixels.

    Pictures are only ever shrunk; vector packs are drawn at the size. Exact repeats within the
    pack come once. Raises UsageError for an unknown pack and DataError for a missing or damaged
    archive or a picture in it that cannot be decoded.
    """
    pack = pack_of(name)
    if size < 16:
        raise UsageError(f"a picture size of {size} pixels is too small; 16 is the least")
    members = _read_archive(Path(packs_dir) / pack.file, pack)
    reader = _READERS.get(name, _read_manifest)
    seen: set[bytes] = set()
    for picture in reader(pack, members, size):
        if not is_useful(picture.rgb):
            continue
        print_ = _fingerprint(picture.rgb)
        if print_ not in seen:
            seen.add(print_)
            yield picture


def provenance(packs_dir: Path | None = None, names: list[str] | None = None) -> list[Provenance]:
    """One row per pack, counting the useful pictures of either side; decodes every picture."""
    folder = packs_folder(packs_dir)
    rows = []
    for name in names or list(PACKS):
        pack = pack_of(name)
        sides = [split_of(picture) for picture in read_pack(name, folder, 128)]
        held_out = sides.count("held-out")
        rows.append(
            Provenance(name, pack.licence, len(sides) - held_out, held_out, pack.use, pack.ships)
        )
    return rows


def is_useful(rgb: NDArray[np.uint8]) -> bool:
    """Whether a picture, uint8 (H, W, 3), teaches colouring.

    Drops nearly blank pictures (under 3 % of the pixels drawn), black, white and grey ones,
    silhouettes (one colour on nine tenths of the drawing), and those of fewer than three colours,
    paper included (4 bits a channel, at least 0.5 % each).
    """
    pixels = rgb.reshape(-1, 3)
    drawn = pixels[pixels.min(axis=1) < 240]
    if len(drawn) < 0.03 * len(pixels):
        return False
    spread = drawn.max(axis=1).astype(np.int16) - drawn.min(axis=1)
    if (spread > 20).mean() < 0.04:
        return False
    if _coarse_counts(drawn).max() > 0.9 * len(drawn):
        return False
    return int((_coarse_counts(pixels) >= max(1.0, 0.005 * len(pixels))).sum()) >= 3


def _coarse_counts(pixels: NDArray[np.uint8]) -> NDArray[np.intp]:
    codes = (pixels >> 4).astype(np.int64) @ np.array([256, 16, 1])
    return np.bincount(codes, minlength=4096)


def _fingerprint(rgb: NDArray[np.uint8]) -> bytes:
    small = Image.fromarray(rgb).resize((24, 24), Image.Resampling.BOX)
    return hashlib.sha256((np.asarray(small) >> 4).tobytes()).digest()


def _read_archive(path: Path, pack: Pack) -> dict[str, bytes]:
    """All pictures and tables of an archive in memory: gzip cannot seek, and none exceeds 50 MB."""
    if not path.is_file():
        raise DataError(
            f"pack {pack.name} is missing: no file {path}; name the folder of the packs with "
            f"--packs or {PACKS_VARIABLE}"
        )
    wanted = (".webp", ".svg", ".jsonl", ".csv")
    members: dict[str, bytes] = {}
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                if not member.isfile() or not member.name.endswith(wanted):
                    continue
                if member.size > LARGEST_MEMBER:
                    raise DataError(f"pack {pack.name}: {member.name} is larger than 32 MiB")
                stream = archive.extractfile(member)
                members[member.name.split("/", 1)[-1]] = stream.read() if stream else b""
    except (tarfile.TarError, EOFError, OSError) as error:
        raise DataError(f"pack {pack.name} is damaged: {path}: {error}; fetch it again") from error
    if not members:
        raise DataError(f"pack {pack.name} is damaged: {path} has no pictures; fetch it again")
    return members


def _read_manifest(pack: Pack, members: dict[str, bytes], size: int) -> Iterator[Picture]:
    """Packs of WebP pictures listed in ``manifest.jsonl``; ``pair`` names the exact line art."""
    label = labels.LABELLERS.get(pack.name, labels.by_file)
    for row in _manifest(pack, members):
        stem = Path(row.file).stem
        label_of = label(stem, row.character)
        if row.kind != "color" or label_of is None:
            continue
        rgb = _on_white(_decode(pack, members, row.file), size)
        lines = None
        if row.pair is not None:
            lines = _ink(_decode(pack, members, row.pair), rgb.shape[:2])
        yield _picture(pack, stem, label_of, rgb, lines)


@dataclass(frozen=True)
class _Row:
    file: str
    kind: str
    character: str | None
    pair: str | None


def _manifest(pack: Pack, members: dict[str, bytes]) -> list[_Row]:
    try:
        found = [json.loads(line) for line in members["manifest.jsonl"].splitlines() if line]
        rows = [_Row(r["file"], r["kind"], r.get("character"), r.get("pair")) for r in found]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(f"pack {pack.name}: manifest.jsonl is missing or damaged") from error
    return sorted(rows, key=lambda row: row.file)


def _read_gophers(pack: Pack, members: dict[str, bytes], size: int) -> Iterator[Picture]:
    for name in sorted(name for name in members if name.endswith(".svg")):
        stem = name.removesuffix(".svg").replace("/svg/", "-")
        # One mascot in a hundred poses: a held-out gopher would be no stranger, so all are one
        # family. Its costumes differ in colour, so no two pictures are one character.
        rgb = _on_white(_draw_svg(pack, name, members[name], size), size)
        yield _picture(pack, stem, labels.Label(stem, "gopher"), rgb, None)


def _read_openmoji(pack: Pack, members: dict[str, bytes], size: int) -> Iterator[Picture]:
    table = csv.DictReader(io.StringIO(members.get("data/openmoji.csv", b"").decode("utf-8")))
    for row in sorted(table, key=lambda row: row["hexcode"]):
        label = labels.openmoji(row["hexcode"], row["group"], row["skintone_base_hexcode"])
        if label is None:
            continue
        color, black = (f"{side}/svg/{row['hexcode']}.svg" for side in ("color", "black"))
        if color not in members or black not in members:
            raise DataError(f"pack {pack.name}: the pair of {row['hexcode']} is incomplete")
        rgb = _on_white(_draw_svg(pack, color, members[color], size), size)
        lines = _ink(_draw_svg(pack, black, members[black], size), rgb.shape[:2])
        yield _picture(pack, row["hexcode"], label, rgb, lines)


_READERS: dict[str, Callable[[Pack, dict[str, bytes], int], Iterator[Picture]]] = {
    "gophers": _read_gophers,
    "openmoji": _read_openmoji,
}


def _picture(
    pack: Pack,
    stem: str,
    label: labels.Label,
    rgb: NDArray[np.uint8],
    lines: NDArray[np.uint8] | None,
) -> Picture:
    return Picture(
        id=f"{pack.name}/{stem}",
        source=pack.name,
        character=f"{pack.name}/{label.character}",
        family=f"{pack.name}/{label.family}",
        licence=pack.licence,
        rgb=rgb,
        lines=lines,
    )


def _decode(pack: Pack, members: dict[str, bytes], name: str) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(members[name]), formats=("WEBP", "PNG"))
        image.load()
    except KeyError:
        raise DataError(f"pack {pack.name}: {name} is listed but not in the archive") from None
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(f"pack {pack.name}: {name} cannot be decoded: {error}") from error
    return image


def _draw_svg(pack: Pack, name: str, svg: bytes, size: int) -> Image.Image:
    # Imported here: only the vector packs need it, and it comes with the train extra.
    import resvg_py

    try:
        # Without the machine's fonts the result is the same everywhere, and captions stay away.
        png = resvg_py.svg_to_bytes(
            svg_string=svg.decode("utf-8"), width=size, skip_system_fonts=True
        )
        image = Image.open(io.BytesIO(bytes(png)), formats=("PNG",))
        image.load()
    except (ValueError, OSError) as error:
        raise DataError(f"pack {pack.name}: {name} cannot be drawn: {error}") from error
    return image


def _on_white(image: Image.Image, size: int) -> NDArray[np.uint8]:
    rgba = image.convert("RGBA")
    white = Image.new("RGBA", rgba.size, "white")
    white.alpha_composite(rgba)
    flat = white.convert("RGB")
    flat.thumbnail((size, size), Image.Resampling.LANCZOS)
    return np.asarray(flat)


def _ink(image: Image.Image, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    height, width = shape
    gray = Image.fromarray(_on_white(image, max(image.size))).convert("L")
    return np.asarray(gray.resize((width, height), Image.Resampling.LANCZOS))
