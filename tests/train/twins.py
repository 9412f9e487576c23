"""A store of the atelier, and the same one whose drawings have no names, as those of packs."""

from __future__ import annotations

from pathlib import Path

from style2color.data.store import Store, build_drawn_store


def named_and_bare(folder: Path, characters: int) -> list[Store]:
    """Two drawings of each of so many characters, with their classes and without."""
    named = build_drawn_store(folder / "store", characters, 2, 160, 0, progress=False)
    bare = folder / "bare"
    bare.mkdir()
    for file in named.folder.iterdir():
        if file.name != "classes.npy":
            (bare / file.name).write_bytes(file.read_bytes())
    return [named, Store.open(bare)]
