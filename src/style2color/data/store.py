"""Pictures decoded once into flat files that training and evaluation memory-map.

A store is a folder::

    rgb.npy      (N, S, S, 3) uint8, the picture centred on a white square
    lines.npy    (N, S, S)    uint8, 255 = paper; all paper where a picture has no exact lines
    box.npy      (N, 4)       int32, top, left, bottom, right of the picture in its square
    classes.npy  (N, S, S)    uint8, `classes.class_map`; only where all pictures have one
    index.jsonl  N rows: id, source, character, family, licence, has_lines
    store.json   what it was built from, so that an equal build is recognised
"""

from __future__ import annotations

import json
import os
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ..errors import DataError, OutputError, UsageError
from ..files import shown as shown_name
from .classes import class_map
from .parts import ARRAYS, CLASSES, Row, join, lines_of, write_part
from .sources import SPLIT_SALT, Picture, Split, pack_of, read_pack, split_of

try:
    import fcntl
except ImportError:  # not on Windows: there, two builds of one store must not run at once
    fcntl = None  # type: ignore[assignment]

# Raised whenever a store built by older code would hold other pictures.
STORE_VERSION = 1


@dataclass(frozen=True)
class Store:
    """A store opened for reading; the arrays are memory-mapped and read-only.

    ``rgb`` uint8 (N, S, S, 3), ``lines`` uint8 (N, S, S), ``box`` int32 (N, 4), ``classes`` uint8
    (N, S, S) or None, ``characters`` the row numbers of each character.
    """

    folder: Path
    size: int
    split: str
    rows: tuple[Row, ...]
    characters: dict[str, tuple[int, ...]]
    rgb: NDArray[np.uint8]
    lines: NDArray[np.uint8]
    box: NDArray[np.int32]
    classes: NDArray[np.uint8] | None = None

    def __len__(self) -> int:
        return len(self.rows)

    @classmethod
    def open(cls, folder: Path) -> Store:
        """Open a built store. Raises DataError where a file is missing, damaged or outdated."""
        folder = Path(folder)
        recipe = _read_recipe(folder)
        if recipe is None:
            raise DataError(
                f"no store in {folder}: store.json is missing; "
                "build it with style2color.data.store.build_store"
            )
        if recipe.get("version") != STORE_VERSION:
            raise DataError(
                f"the store in {folder} is of version {recipe.get('version')}, this code reads "
                f"version {STORE_VERSION}; delete the folder and build it again"
            )
        try:
            told = (CLASSES,) if (folder / f"{CLASSES}.npy").exists() else ()
            arrays = {n: np.load(folder / f"{n}.npy", mmap_mode="r") for n in (*ARRAYS, *told)}
            rows = tuple(Row(**json.loads(line)) for line in lines_of(folder / "index.jsonl"))
        except (OSError, ValueError, TypeError) as error:
            raise DataError(
                f"the store in {folder} is damaged: {error}; delete it and build it again"
            ) from error
        if any(len(array) != len(rows) for array in arrays.values()):
            raise DataError(
                f"the store in {folder} is damaged: its files differ in length; "
                "delete it and build it again"
            )
        return cls(
            folder=folder,
            size=int(str(recipe["size"])),
            split=str(recipe["split"]),
            rows=rows,
            characters=_by_character(rows),
            rgb=arrays["rgb"],
            lines=arrays["lines"],
            box=arrays["box"],
            classes=arrays.get(CLASSES),
        )

    def picture(self, row: int) -> NDArray[np.uint8]:
        """The picture of a row without its white border, uint8 (H, W, 3), a view."""
        top, left, bottom, right = self.box[row]
        return self.rgb[row, top:bottom, left:right]

    def line_art(self, row: int) -> NDArray[np.uint8] | None:
        """The exact line art of a row, uint8 (H, W), a view; None where the pack has none."""
        if not self.rows[row].has_lines:
            return None
        top, left, bottom, right = self.box[row]
        return self.lines[row, top:bottom, left:right]


def build_store(
    out_dir: Path,
    packs_dir: Path,
    names: Sequence[str],
    size: int = 288,
    split: Split | Literal["all"] = "train",
    *,
    progress: bool = True,
) -> Store:
    """Decode one side of the split of some packs into a store and open it.

    Works in ``<out_dir>.partial`` one pack at a time: a build that was interrupted goes on with
    the next pack, and ``out_dir`` appears only when all of it is there. An equal store that
    exists already is opened as it is. Raises UsageError for unknown packs or no packs, and
    DataError for missing or damaged packs, for a folder that holds another store, and where no
    picture is left.
    """
    if not names:
        raise UsageError("a store needs at least one pack")
    out_dir, packs_dir = Path(out_dir), Path(packs_dir)
    recipe: dict[str, object] = {
        "version": STORE_VERSION,
        "size": size,
        "split": split,
        "salt": SPLIT_SALT,
        "packs": {name: _weight(packs_dir / pack_of(name).file) for name in names},
    }
    parts = {name: _side(name, packs_dir, size, split) for name in names}
    return assemble(out_dir, recipe, parts, size, progress=progress)


def build_drawn_store(
    out_dir: Path,
    characters: int,
    shots: int = 2,
    size: int = 288,
    first_seed: int = 0,
    *,
    cel: bool = False,
    progress: bool = True,
) -> Store:
    """Draw a store with the atelier: `shots` pictures of each character, of random inks.

    cel: see `atelier.draw`. Resumes like `build_store`. Raises UsageError for counts below one,
    DataError as there.
    """
    if characters < 1 or shots < 1:
        raise UsageError("a drawn store needs at least one character and one shot")
    from .atelier import ATELIER_VERSION

    recipe: dict[str, object] = {
        "version": STORE_VERSION,
        "size": size,
        "split": "train",
        "atelier": {
            "version": ATELIER_VERSION,
            "characters": characters,
            "shots": shots,
            "seed": first_seed,
            **({"cel": True} if cel else {}),
        },
        "classes": ["names", "highlights", "shadows"],
    }
    end = first_seed + characters
    parts = {
        f"{start:09d}": _drawn(range(start, min(start + 250, end)), shots, size, cel)
        for start in range(first_seed, end, 250)
    }
    return assemble(Path(out_dir), recipe, parts, size, progress=progress)


def assemble(
    out_dir: Path,
    recipe: dict[str, object],
    parts: Mapping[str, Iterable[Picture]],
    size: int,
    *,
    progress: bool = True,
) -> Store:
    """Write named parts of pictures one by one, join them to a store and open it.

    `recipe` names the store: an equal one is opened as it is, an unfinished one goes on with its
    next part; where another process builds it, this one waits. Raises DataError for a folder that
    holds another store, or where no picture is left, OutputError where it cannot be written.
    """
    try:
        return _assemble(Path(out_dir), recipe, parts, size, progress)
    except OSError as error:
        raise OutputError(
            f"{shown_name(out_dir)}: the store cannot be written: {error.strerror or error}; "
            "choose another folder or make room, and run it again to go on"
        ) from error


def _assemble(
    out_dir: Path,
    recipe: dict[str, object],
    parts: Mapping[str, Iterable[Picture]],
    size: int,
    progress: bool,
) -> Store:
    partial = out_dir.with_name(out_dir.name + ".partial")
    while not _is_there(out_dir, recipe):
        with _alone(partial) as held:
            # While this one waited, another may have finished: then there is nothing to do.
            if held and not _is_there(out_dir, recipe):
                _build(out_dir, partial, recipe, parts, size, progress)
        with suppress(OSError):  # a folder made for the lock alone
            partial.rmdir()
    return Store.open(out_dir)


def _is_there(out_dir: Path, recipe: dict[str, object]) -> bool:
    existing = _read_recipe(out_dir)
    if existing == recipe:
        return True
    if existing is not None or (out_dir.exists() and any(out_dir.iterdir())):
        raise DataError(f"{out_dir} holds something else; delete it or choose another folder")
    return False


@contextmanager
def _alone(partial: Path) -> Iterator[bool]:
    """Wait until no other process builds in the folder, and keep it from doing so inside.

    Gives False where the other process has renamed or removed the folder meanwhile. The lock goes
    with the process, so a killed build leaves none behind.
    """
    partial.mkdir(parents=True, exist_ok=True)
    if fcntl is None:
        yield True
        return
    descriptor = os.open(partial, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield partial.exists() and os.path.samestat(os.fstat(descriptor), os.stat(partial))
    finally:
        os.close(descriptor)


def _build(
    out_dir: Path,
    partial: Path,
    recipe: dict[str, object],
    parts: Mapping[str, Iterable[Picture]],
    size: int,
    progress: bool,
) -> None:
    if _read_recipe(partial) != recipe:
        for stale in partial.iterdir():
            shutil.rmtree(stale) if stale.is_dir() else stale.unlink()
        (partial / "store.json").write_text(json.dumps(recipe, indent=1), "utf-8")
    folders = {name: partial / f"part-{name}" for name in parts}
    with _bar(progress) as bar:
        task = bar.add_task("parts", total=len(parts))
        for name, pictures in parts.items():
            bar.update(task, description=name)
            if not folders[name].exists():
                write_part(folders[name], pictures, size)
            bar.advance(task)
        bar.update(task, description="joining")
        join(partial, list(folders.values()))
    if out_dir.exists():
        out_dir.rmdir()
    os.replace(partial, out_dir)


def _side(name: str, packs_dir: Path, size: int, split: str) -> Iterator[Picture]:
    for picture in read_pack(name, packs_dir, size):
        if _wanted(picture, split):
            yield picture


def _drawn(seeds: range, shots: int, size: int, cel: bool) -> Iterator[Picture]:
    from .atelier import draw

    for seed in seeds:
        key = f"atelier/{seed}"
        for shot in range(shots):
            drawn = draw(seed, size, shot=shot, ink=shot, cel=cel)
            yield Picture(
                f"{key}-{shot}",
                "atelier",
                key,
                key,
                "Apache-2.0",
                drawn.composite,
                drawn.line,
                class_map(drawn.regions, drawn.names, drawn.highlight, drawn.shadow),
            )


def _wanted(picture: Picture, split: str) -> bool:
    return split == "all" or split_of(picture) == split


def _by_character(rows: Sequence[Row]) -> dict[str, tuple[int, ...]]:
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        numbers[row.character].append(number)
    return {character: tuple(found) for character, found in numbers.items()}


def _weight(path: Path) -> int:
    return path.stat().st_size if path.is_file() else -1


def _read_recipe(folder: Path) -> dict[str, object] | None:
    path = folder / "store.json"
    if not path.is_file():
        return None
    try:
        recipe = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path} is damaged: {error}; delete the folder") from error
    if not isinstance(recipe, dict):
        raise DataError(f"{path} is damaged: not an object; delete the folder")
    return recipe


def _bar(shown: bool) -> Progress:
    return Progress(
        TextColumn("{task.description:>18}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        disable=not shown,
    )
