"""A user's own pictures as training data: looked through once, stored once, then read like a pack.

The pictures stay where they are; what training reads is a store in the cache, made anew when the
folder's files change.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import DataError
from ..files import list_pictures, shown
from ..image import load
from .folder import Entry, index_folder
from .sources import Picture
from .store import STORE_VERSION, Store, assemble

LICENCE = "your own pictures"
_PART = 250
"""Pictures that are decoded between two points from which an interrupted build goes on."""


def own_store(folder: Path, cache: Path, size: int = 288, *, progress: bool = True) -> Store:
    """The store of a folder of pictures, built in the folder `cache` where it is not there yet.

    Each first subfolder is a character; a picture at the top is one of its own. Tiny pictures,
    photographs, duplicates and what cannot be read are left out (`style2color data index` lists
    them). Processes that ask at once wait for one of them to build. Raises UsageError where the
    folder is missing or empty, DataError where no picture is usable or the cache is damaged,
    OutputError where the cache cannot be written.
    """
    folder, cache = Path(folder).resolve(), Path(cache)
    state = _state(folder)
    out = cache / f"own-{folder.name}-{size}-{state[:12]}"
    return build_own_store(out, folder, size, state, progress=progress)


def build_own_store(
    out: Path, folder: Path, size: int, state: str | None = None, *, progress: bool = True
) -> Store:
    """Decode the usable pictures of a folder into the store `out`; resumes and raises as above."""
    recipe: dict[str, object] = {
        "version": STORE_VERSION,
        "size": size,
        "split": "train",
        "folder": folder.name,
        "state": state or _state(folder),
    }
    if (out / "store.json").is_file():
        return assemble(out, recipe, {}, size, progress=progress)
    entries = index_folder(folder)
    usable = [entry for entry in entries if entry.usable]
    if not usable:
        raise DataError(f"{shown(folder)}: no picture can be trained on: {_reasons(entries)}")
    parts = {
        f"{start:06d}": _pictures(folder, usable[start : start + _PART], size)
        for start in range(0, len(usable), _PART)
    }
    return assemble(out, recipe, parts, size, progress=progress)


def _state(folder: Path) -> str:
    """A digest of the names, sizes and dates of the pictures, which changes when they do."""
    digest = hashlib.sha256(str(folder).encode())
    for path in list_pictures(folder, recursive=True):
        try:
            stat = path.stat()
        except OSError:  # a link to nothing: reading it fails by name later
            continue
        digest.update(f"{path.relative_to(folder)}/{stat.st_size}/{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _pictures(folder: Path, entries: list[Entry], size: int) -> Iterator[Picture]:
    for entry in entries:
        picture = Image.fromarray(load(folder / entry.path).rgb)
        picture.thumbnail((size, size), Image.Resampling.LANCZOS)
        key = f"{folder.name}/{entry.character or entry.path}"
        yield Picture(
            f"{folder.name}/{entry.path}", folder.name, key, key, LICENCE, np.asarray(picture), None
        )


def _reasons(entries: list[Entry]) -> str:
    counts = Counter(
        "unreadable"
        if entry.error
        else "tiny"
        if entry.tiny
        else "photograph"
        if entry.photograph
        else "duplicate"
        for entry in entries
    )
    return ", ".join(f"{number} {reason}" for reason, number in counts.items())
