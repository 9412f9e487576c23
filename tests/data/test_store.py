"""Stores: what is written is what was read, builds resume, and damage is named."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from style2color.data import store as store_module
from style2color.data.sources import read_pack, split_of
from style2color.data.store import Store, build_store
from style2color.errors import DataError, UsageError


@pytest.fixture
def built(tiny_packs: Path, tmp_path: Path) -> Store:
    names = ["chibi", "openclipart"]
    return build_store(tmp_path / "store", tiny_packs, names, 96, "all", progress=False)


def test_a_store_gives_back_the_pictures_centred_on_white(built: Store, tiny_packs: Path) -> None:
    pictures = [p for name in ("chibi", "openclipart") for p in read_pack(name, tiny_packs, 96)]
    assert len(built) == len(pictures) == 41
    assert built.rgb.shape == (41, 96, 96, 3)
    for number, picture in enumerate(pictures):
        assert built.rows[number].id == picture.id
        np.testing.assert_array_equal(built.picture(number), picture.rgb)
        lines = built.line_art(number)
        if picture.lines is None:
            assert lines is None
        else:
            np.testing.assert_array_equal(lines, picture.lines)
    outside = built.rgb.copy()
    for number, (top, left, bottom, right) in enumerate(built.box):
        outside[number, top:bottom, left:right] = 255
    assert outside.min() == 255


def test_the_characters_index_names_every_row_once(built: Store) -> None:
    rows = sorted(row for found in built.characters.values() for row in found)
    assert rows == list(range(len(built)))
    for character, found in built.characters.items():
        assert {built.rows[row].character for row in found} == {character}


def test_the_two_sides_share_no_family(tiny_packs: Path, tmp_path: Path) -> None:
    sides = [
        build_store(tmp_path / split, tiny_packs, ["chibi"], 64, split, progress=False)
        for split in ("train", "held-out")
    ]
    families = [{row.family for row in side.rows} for side in sides]
    assert not families[0] & families[1]
    assert sum(map(len, sides)) == 40


def test_an_equal_build_opens_what_is_there(
    built: Store, tiny_packs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "read_pack", None)
    again = build_store(
        built.folder, tiny_packs, ["chibi", "openclipart"], 96, "all", progress=False
    )
    assert again.rows == built.rows


def test_an_interrupted_build_goes_on_with_the_next_pack(
    tiny_packs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def fail_at_openclipart(name, packs_dir, size):  # type: ignore[no-untyped-def]
        read.append(name)
        if name == "openclipart" and read.count(name) == 1:
            raise KeyboardInterrupt
        return read_pack(name, packs_dir, size)

    monkeypatch.setattr(store_module, "read_pack", fail_at_openclipart)
    arguments = (tmp_path / "s", tiny_packs, ["chibi", "openclipart"], 64, "all")
    with pytest.raises(KeyboardInterrupt):
        build_store(*arguments, progress=False)
    assert not (tmp_path / "s").exists()
    assert len(build_store(*arguments, progress=False)) == 41
    assert read == ["chibi", "openclipart", "openclipart"]
    assert [path.name for path in tmp_path.iterdir()] == ["s"]


def test_two_builds_at_once_make_one_whole_store(tiny_packs: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from style2color.data.store import build_store\n"
        "s = build_store(Path(sys.argv[1]), Path(sys.argv[2]), ['chibi', 'openclipart'], 64, 'all',"
        " progress=False)\n"
        "print(len(s), int(s.rgb.astype('int64').sum()))"
    )
    call = [sys.executable, "-c", code, str(tmp_path / "s"), str(tiny_packs)]
    builds = [subprocess.Popen(call, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    printed = {build.communicate(timeout=120)[0] for build in builds}
    assert [build.returncode for build in builds] == [0, 0, 0]
    assert len(printed) == 1
    assert printed.pop().startswith("41 ")
    assert [path.name for path in tmp_path.iterdir()] == ["s"]


def test_another_recipe_does_not_overwrite_a_store(built: Store, tiny_packs: Path) -> None:
    with pytest.raises(DataError, match="something else"):
        build_store(built.folder, tiny_packs, ["chibi"], 64, "all", progress=False)
    assert len(Store.open(built.folder)) == 41


def test_errors_say_what_to_do(built: Store, tiny_packs: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="build it"):
        Store.open(tmp_path / "nothing")
    with pytest.raises(UsageError, match="at least one pack"):
        build_store(tmp_path / "none", tiny_packs, [], progress=False)
    with pytest.raises(DataError, match="duelyst is missing"):
        build_store(tmp_path / "gone", tiny_packs, ["duelyst"], progress=False)
    (built.folder / "rgb.npy").write_bytes(b"not numbers")
    with pytest.raises(DataError, match="damaged"):
        Store.open(built.folder)


def test_an_outdated_store_is_refused(built: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "STORE_VERSION", 99)
    with pytest.raises(DataError, match="version 1, this code reads version 99"):
        Store.open(built.folder)


def test_the_split_of_a_store_is_that_of_its_pictures(tiny_packs: Path, tmp_path: Path) -> None:
    side = build_store(tmp_path / "h", tiny_packs, ["chibi"], 64, "held-out", progress=False)
    expected = [p.id for p in read_pack("chibi", tiny_packs, 64) if split_of(p) == "held-out"]
    assert [row.id for row in side.rows] == expected
    shutil.rmtree(side.folder)
