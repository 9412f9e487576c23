"""The pictures an evaluation runs on: the held-out side of the packs, or a folder of the user's.

Every drawing is centred on a white square of one size, so that batches, set distances and the
figures of different sources have the same ground.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from style2color.data.sources import PACKS
from style2color.data.store import Store, build_store
from style2color.errors import DataError, PictureError, UsageError
from style2color.files import list_pictures
from style2color.image import load

Array8 = NDArray[np.uint8]

SMALLEST_SIZE = 64
FOLDER_SOURCE = "folder"
ATELIER_SOURCE = "atelier"
FIRST_SEED = 9_000_000
"""Seeds from here on are for evaluation; training draws smaller ones."""


@dataclass(frozen=True, eq=False)
class Drawing:
    """One picture with what is known of it.

    rgb: uint8 (S, S, 3) on white. lines: its exact line art, uint8 (S, S), 255 = paper, or None.
    reference: a reference of the user's own choice, uint8 (S, S, 3), or None (then other drawings
    of the same `character` serve). regions: exact region ids, int32 (S, S), from 1, where the
    drawing knows them. id has the form `source/name`.
    """

    id: str
    source: str
    character: str
    rgb: Array8
    lines: Array8 | None = None
    reference: Array8 | None = None
    regions: NDArray[np.int32] | None = None


@dataclass(frozen=True)
class Drawings:
    """What was found, and which files could not be read (counted, not fatal)."""

    found: tuple[Drawing, ...]
    unreadable: tuple[str, ...] = ()


def from_packs(packs_dir: Path, cache: Path, size: int, sources: list[str] | None) -> Drawings:
    """The held-out side of the packs; decoded once into a store in the folder `cache`.

    sources: names of packs, or None for every one but the photographs.

    Raises:
        UsageError: an unknown pack. DataError: a missing or damaged pack or store.
    """
    names = sources or [name for name, pack in PACKS.items() if pack.use != "research"]
    store = build_store(cache, packs_dir, names, size, "held-out")
    return from_store(store, size, None)


def from_store(store: Store, size: int, sources: list[str] | None) -> Drawings:
    """The drawings of a store of held-out pictures, shrunk where they exceed `size`.

    Raises:
        UsageError: a size under 64, or a store of training pictures: figures on what a network
            was trained on say nothing.
        DataError: no picture of these sources.
    """
    _check_size(size)
    if store.split != "held-out":
        raise UsageError(
            f"the store in {store.folder} holds the {store.split} side of the split; build one of "
            "the held-out side to evaluate on"
        )
    found = [
        Drawing(
            row.id,
            row.source,
            row.character,
            on_square(store.picture(number), size),
            None if (art := store.line_art(number)) is None else on_square(art, size),
        )
        for number, row in enumerate(store.rows)
        if sources is None or row.source in sources
    ]
    if not found:
        raise DataError(f"the store in {store.folder} has no picture of {', '.join(sources or [])}")
    return Drawings(tuple(found))


def from_atelier(characters: int, size: int) -> Drawings:
    """Figures of our own atelier, two drawings each, with exact lines and exact regions.

    Raises:
        UsageError: less than one character, or a size under 64.
    """
    _check_size(size)
    if characters < 1:
        raise UsageError("--drawn must be at least 1 character")
    seeds = range(FIRST_SEED, FIRST_SEED + characters)
    return Drawings(
        tuple(atelier_figure(s, size, shot, ink=shot) for s in seeds for shot in (0, 1))
    )


def atelier_figure(seed: int, size: int, shot: int, ink: int = 0) -> Drawing:
    """One shot of an atelier character, with exact lines and exact regions.

    The numbers are those of `data.atelier.draw`, which raises UsageError for a useless size.
    """
    from style2color.data.atelier import draw

    figure = draw(seed, size, shot=shot, ink=ink)
    return Drawing(
        f"{ATELIER_SOURCE}/{seed}-{shot}",
        ATELIER_SOURCE,
        f"{ATELIER_SOURCE}/{seed}",
        figure.composite,
        figure.line,
        regions=figure.regions.astype(np.int32) + 1,
    )


def from_folder(folder: Path, size: int) -> Drawings:
    """A folder of the user's own pairs::

        target/NAME.png      the painted pictures, required
        lines/NAME.png       their line art, of the same size, optional
        reference/NAME.png   a reference for each, optional

    Names match without their extension. Subfolders of `target` are characters: the pictures in one
    refer to each other. A picture that cannot be read is listed in `unreadable` and left out.

    Raises:
        UsageError: no such folder, or a size under 64.
        DataError: an empty folder, a line art or reference that is missing while others are
            there, or line art of another size than its target.
    """
    _check_size(size)
    root = folder / "target"
    targets = list_pictures(root, recursive=True)
    if not targets:
        raise DataError(f"{root} has no pictures; put the painted pictures there")
    line_files = _partners(folder / "lines", root, targets)
    reference_files = _partners(folder / "reference", root, targets)
    found, unreadable = [], []
    for path in targets:
        name = path.relative_to(root).with_suffix("")
        try:
            rgb = load(path).rgb
            lines = load(line_files[path]).gray() if line_files else None
            reference = load(reference_files[path]).rgb if reference_files else None
        except PictureError as error:
            unreadable.append(str(error))
            continue
        if lines is not None and lines.shape != rgb.shape[:2]:
            raise DataError(
                f"{line_files[path]} is {lines.shape[1]}×{lines.shape[0]}, its target {path} "
                f"{rgb.shape[1]}×{rgb.shape[0]}; they must be equal"
            )
        found.append(
            Drawing(
                id=f"{FOLDER_SOURCE}/{name.as_posix()}",
                source=FOLDER_SOURCE,
                character=str(name.parent if name.parent.name else name),
                rgb=on_square(rgb, size),
                lines=None if lines is None else on_square(lines, size),
                reference=None if reference is None else on_square(reference, size),
            )
        )
    if not found:
        raise DataError(
            f"none of the {len(targets)} pictures in {root} can be used, the first: {unreadable[0]}"
        )
    return Drawings(tuple(found), tuple(unreadable))


def on_square(picture: Array8, size: int) -> Array8:
    """uint8 (H, W) or (H, W, 3) → centred on a white square, shrunk to fit, never grown."""
    scale = size / max(picture.shape[:2])
    if scale < 1:
        width, height = (max(1, round(picture.shape[axis] * scale)) for axis in (1, 0))
        picture = np.asarray(
            cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8
        )
    square = np.full((size, size, *picture.shape[2:]), 255, np.uint8)
    top, left = ((size - side) // 2 for side in picture.shape[:2])
    square[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return square


def _partners(folder: Path, root: Path, targets: list[Path]) -> dict[Path, Path]:
    """The file of `folder` that belongs to each target; empty where there is no such folder."""
    if not folder.is_dir():
        return {}
    by_name = {
        path.relative_to(folder).with_suffix(""): path
        for path in list_pictures(folder, recursive=True)
    }
    names = {path: path.relative_to(root).with_suffix("") for path in targets}
    missing = [name.as_posix() for name in names.values() if name not in by_name]
    if missing:
        shown = ", ".join(missing[:5]) + (" …" if len(missing) > 5 else "")
        raise DataError(f"{folder} lacks {len(missing)} of {len(targets)} pictures: {shown}")
    return {path: by_name[name] for path, name in names.items()}


def _check_size(size: int) -> None:
    if size < SMALLEST_SIZE:
        raise UsageError(f"an evaluation size of {size} pixels is too small; take 64 or more")
