"""A user's own folder as a source of training: stored once, read like a pack, told when useless."""

from __future__ import annotations

from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("cv2")

from style2color.cli import main
from style2color.data.atelier import draw
from style2color.data.own import own_store
from style2color.data.store import Store
from style2color.data.stream import Stream, StreamConfig, open_stores
from style2color.errors import DataError, OutputError, TrainingError, UsageError

SIZE = 64


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two characters of two pictures each, one picture at the top, a doublet and a tiny one."""
    root = tmp_path_factory.mktemp("mine") / "my pictures"
    for seed, name in ((1, "anna"), (2, "ben")):
        (root / name).mkdir(parents=True)
        for shot in range(2):
            picture = draw(seed, 160, shot=shot).composite
            Image.fromarray(picture).save(root / name / f"{shot}.png")
    Image.fromarray(draw(3, 200).composite).save(root / "alone.webp", lossless=True)
    Image.fromarray(draw(1, 160).composite).save(root / "ben" / "again.png")
    Image.new("RGB", (20, 20), "red").save(root / "dot.png")
    return root


def test_characters_are_subfolders_and_useless_pictures_stay_out(
    folder: Path, tmp_path: Path
) -> None:
    store = own_store(folder, tmp_path / "cache", SIZE, progress=False)
    assert len(store) == 5
    assert {name: len(rows) for name, rows in store.characters.items()} == {
        "my pictures/anna": 2, "my pictures/ben": 2, "my pictures/alone.webp": 1,
    }  # fmt: skip
    assert not any(row.has_lines for row in store.rows)
    assert {row.licence for row in store.rows} == {"your own pictures"}
    row = next(i for i, r in enumerate(store.rows) if r.id.endswith("alone.webp"))
    shrunk = Image.fromarray(draw(3, 200).composite).resize((SIZE, SIZE), Image.Resampling.LANCZOS)
    assert np.abs(store.picture(row).astype(int) - np.asarray(shrunk)).mean() < 3


def test_it_is_decoded_once_until_a_file_changes(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = own_store(folder, cache, SIZE, progress=False)
    stamp = (first.folder / "rgb.npy").stat().st_mtime_ns
    again = own_store(folder, cache, SIZE, progress=False)
    assert again.folder == first.folder
    assert (again.folder / "rgb.npy").stat().st_mtime_ns == stamp
    more = tmp_path / "more"
    more.mkdir()
    Image.fromarray(draw(5, 160).composite).save(more / "a.png")
    one = own_store(more, cache, SIZE, progress=False)
    Image.fromarray(draw(6, 160).composite).save(more / "b.png")
    two = own_store(more, cache, SIZE, progress=False)
    assert (len(one), len(two)) == (1, 2)
    assert one.folder != two.folder


def _open(folder: str, cache: str) -> int:
    return len(own_store(Path(folder), Path(cache), SIZE, progress=False))


def test_processes_that_ask_at_once_share_one_build(folder: Path, tmp_path: Path) -> None:
    with get_context("spawn").Pool(2) as pool:
        found = pool.starmap(_open, [(str(folder), str(tmp_path / "cache"))] * 2)
    assert found == [5, 5]
    assert not list((tmp_path / "cache").glob("*.partial"))


def test_folders_join_the_stream_beside_stores(
    folder: Path, tiny_store: Path, tmp_path: Path
) -> None:
    cache = str(tmp_path / "cache")
    config = StreamConfig(
        (str(tiny_store),), folders=(str(folder),), weights=(0.0, 1.0), cache=cache, hints=0.0
    )
    stream = Stream(config, SIZE, 3)
    assert len(stream) == 41 + 5
    alone = Stream(StreamConfig(folders=(str(folder),), cache=cache, hints=0.0), SIZE, 3)
    for number in range(4):
        sample = stream.sample(number)
        assert (sample["lines"] < 128).mean() > 0.001
        np.testing.assert_array_equal(sample["target"], alone.sample(number)["target"])
    assert [store.folder for store in open_stores(config)] == [
        tiny_store, stream.stores[1].folder
    ]  # fmt: skip


def test_the_command_builds_it(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "store"
    assert main(["data", "build", str(out), "--folder", str(folder), "--size", str(SIZE)]) == 0
    assert len(Store.open(out)) == 5
    assert main(["data", "build", str(out), "--folder", str(folder), "--size", str(SIZE)]) == 0
    other = ["data", "build", str(out), "--folder", str(folder), "--drawn", "2"]
    assert main(other) == 2


def test_useless_folders_are_told(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    with pytest.raises(UsageError, match="no such folder"):
        own_store(tmp_path / "nowhere", cache)
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(UsageError, match="holds no pictures"):
        own_store(empty, cache)
    Image.new("RGB", (20, 20), "red").save(empty / "dot.png")
    (empty / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(DataError, match=r"1 tiny.*1 unreadable|1 unreadable.*1 tiny"):
        own_store(empty, cache)
    with pytest.raises(TrainingError, match="store or folder"):
        open_stores(StreamConfig())


def test_a_cache_that_cannot_be_written_is_told(folder: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("here already", "utf-8")
    with pytest.raises(OutputError, match="cannot be written"):
        own_store(folder, blocked / "cache", SIZE, progress=False)
