from __future__ import annotations

import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from style2color.cli.data import app
from style2color.data.atelier import draw
from style2color.data.atelier.sheet import seed_sheet
from style2color.data.folder import index_folder, looks_photographed
from style2color.data.shards import Series, read_manifest, read_shard, write_series
from style2color.errors import DataError, OutputError, UsageError

SERIES = Series(count=5, size=64, seed=40, per_shard=2)


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shards")
    assert write_series(folder, SERIES) == 5
    return folder


def test_shards_hold_every_layer_without_loss(shards: Path) -> None:
    names = sorted(p.name for p in shards.glob("*.tar"))
    assert names == ["atelier-000000.tar", "atelier-000001.tar", "atelier-000002.tar"]
    read = [picture for name in names for picture in read_shard(shards / name)]
    assert [p.seed for p in read] == [40, 41, 42, 43, 44]
    for picture in read:
        drawn = draw(picture.seed, 64)
        for layer in ("composite", "line", "line_rgba", "flat", "shadow", "highlight", "regions"):
            assert np.array_equal(getattr(picture, layer), getattr(drawn, layer)), layer
        assert picture.names == drawn.names
        assert picture.attributes == drawn.attributes


def test_members_follow_the_webdataset_layout(shards: Path) -> None:
    with tarfile.open(shards / "atelier-000000.tar") as archive:
        names = archive.getnames()
    keys = [name.split(".")[0] for name in names]
    assert keys == sorted(keys)
    assert {name.split(".", 1)[1] for name in names} >= {"composite.webp", "line.png", "json"}


def test_a_second_run_draws_nothing_and_a_lost_shard_is_drawn_again(shards: Path) -> None:
    assert write_series(shards, SERIES) == 0
    lost = shards / "atelier-000001.tar"
    before = lost.read_bytes()
    lost.unlink()
    assert write_series(shards, SERIES) == 2
    assert lost.read_bytes() == before
    head, rows = read_manifest(shards)
    assert head is not None
    assert head["count"] == 5
    assert [row["samples"] for row in rows.values()] == [2, 2, 1]
    with pytest.raises(UsageError, match="another folder"):
        write_series(shards, Series(count=5, size=96, seed=40, per_shard=2))


def test_workers_write_the_same_bytes(shards: Path, tmp_path: Path) -> None:
    write_series(tmp_path, SERIES, workers=2)
    for path in shards.glob("*.tar"):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("cut", [0, 1, 700, 5000, -1, -600])
def test_a_truncated_shard_is_refused(shards: Path, tmp_path: Path, cut: int) -> None:
    data = (shards / "atelier-000000.tar").read_bytes()
    path = tmp_path / "cut.tar"
    path.write_bytes(data[:cut])
    with pytest.raises(DataError, match=r"cut\.tar"):
        list(read_shard(path))


def test_flipped_bytes_are_noticed(shards: Path, tmp_path: Path) -> None:
    data = bytearray((shards / "atelier-000000.tar").read_bytes())
    path = tmp_path / "bad.tar"
    for at in range(600, len(data) - 12_000, len(data) // 9):
        bad = bytearray(data)
        bad[at] ^= 0x55
        path.write_bytes(bad)
        try:
            read = list(read_shard(path))
        except DataError:
            continue
        # A byte of padding or of a date: nothing that a picture is made of.
        assert len(read) == 2
    with pytest.raises(DataError):
        list(read_shard(tmp_path / "missing.tar"))
    with pytest.raises(DataError):
        list(read_shard(tmp_path))


def test_series_are_checked() -> None:
    for wrong in ({"count": 0}, {"count": -3}, {"count": 1, "size": 8}, {"count": 1, "shots": 0}):
        with pytest.raises(UsageError):
            Series(**wrong)
    with pytest.raises(UsageError, match="workers"):
        write_series(Path("never"), SERIES, workers=0)


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x")
    with pytest.raises(OutputError, match="taken"):
        write_series(tmp_path / "taken", SERIES)
    (tmp_path / "manifest.jsonl").write_text("{not json")
    with pytest.raises(DataError, match="manifest"):
        write_series(tmp_path, SERIES)


def test_the_command_line(tmp_path: Path) -> None:
    run = CliRunner()
    out = tmp_path / "out"
    done = run.invoke(app, ["atelier", str(out), "--count", "2", "--size", "48", "--seed", "1"])
    assert done.exit_code == 0, done.output
    assert "2 pictures drawn" in done.output
    sheet = tmp_path / "sheet.webp"
    done = run.invoke(app, ["sheet", "3", "-o", str(sheet), "--count", "4", "--size", "48"])
    assert done.exit_code == 0, done.output
    assert Image.open(sheet).size == (192, 48)
    assert isinstance(
        run.invoke(app, ["sheet", "3", "-o", str(sheet), "--layer", "soul"]).exception, UsageError
    )
    assert isinstance(run.invoke(app, ["atelier", str(out), "--count", "0"]).exception, UsageError)


def test_a_folder_is_indexed(tmp_path: Path) -> None:
    (tmp_path / "aki").mkdir()
    first = draw(1, 128).composite
    Image.fromarray(first).save(tmp_path / "aki" / "1.png")
    Image.fromarray(first).resize((110, 110)).save(tmp_path / "aki" / "2.jpg", quality=80)
    Image.fromarray(draw(2, 128).composite).save(tmp_path / "other.png")
    Image.fromarray(first).resize((20, 20)).save(tmp_path / "tiny.png")
    noise = np.random.default_rng(0).integers(0, 255, (128, 128, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "photo.png")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG no")
    by_path = {e.path: e for e in index_folder(tmp_path)}
    assert by_path["aki/1.png"].usable
    assert by_path["aki/1.png"].character == "aki"
    assert by_path["aki/2.jpg"].duplicate_of == "aki/1.png"
    assert by_path["other.png"].usable
    assert by_path["tiny.png"].tiny
    assert by_path["photo.png"].photograph
    assert by_path["broken.png"].error
    result = CliRunner().invoke(app, ["index", str(tmp_path)])
    assert "duplicates" in result.output
    rows = [json.loads(r) for r in (tmp_path / "index.jsonl").read_text("utf-8").splitlines()]
    assert len(rows) == 6
    with pytest.raises(UsageError):
        index_folder(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="no pictures"):
        index_folder(tmp_path / "empty")


def test_drawings_are_not_taken_for_photographs() -> None:
    assert not any(looks_photographed(draw(seed, 128).composite) for seed in range(6))


def test_a_sheet_can_show_every_layer() -> None:
    assert seed_sheet(4, 2, 8, 40, "all").shape == (80, 240, 3)
    for wrong in ({"count": 0}, {"size": 0}, {"vary": "mood"}):
        given = {"seed": 0, "count": 1, "columns": 1, "size": 40} | wrong
        with pytest.raises(UsageError):
            seed_sheet(**given)
