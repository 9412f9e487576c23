"""When the disk takes no more: one clear line, its exit code, and nothing half written."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from style2color.cli import main
from style2color.data.shards import read_shard
from style2color.data.store import Store

resource = pytest.importorskip("resource", reason="limits of file sizes need POSIX")

# A process whose files may not grow beyond a limit meets the error of a full disk: a write that
# fails in the middle of a file.
LIMITED = """
import resource, sys
from style2color.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
sys.exit(main(sys.argv[2:]))
"""
# Root may write everywhere, so the process becomes nobody first.
NOBODY = """
import os, sys, tempfile
from style2color.cli import main
import style2color.data.shards, style2color.data.store
with tempfile.TemporaryDirectory() as folder:  # all modules are loaded while they can be read
    main(["data", "build", folder + "/store", "--drawn", "1", "--size", "48"])
    main(["data", "sheet", "0", "-o", folder + "/a.png", "--count", "1", "--size", "48"])
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
sys.exit(main(sys.argv[1:]))
"""
ATELIER = ("--count", "4", "--per-shard", "2", "--size", "64", "--seed", "40")


def _run(code: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, timeout=120
    )


def _told(run: subprocess.CompletedProcess[str]) -> str:
    assert run.returncode == 1, run.stderr
    assert "Traceback" not in run.stderr
    lines = [line for line in run.stderr.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1, run.stderr
    return lines[0]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_full_disk_leaves_no_half_written_shard(tmp_path: Path, workers: str) -> None:
    out = tmp_path / "shards"
    call = ["data", "atelier", str(out), *ATELIER, "--workers", workers]
    told = _told(_run(LIMITED, "9000", *call))
    assert "atelier-00000" in told
    assert [path.name for path in out.iterdir()] == ["manifest.jsonl"]
    assert main(call) == 0  # with room again, the same call goes on
    for path in sorted(out.glob("*.tar")):
        assert len(list(read_shard(path))) == 2
        with tarfile.open(path) as archive:
            assert len(archive.getnames()) >= 14


def test_a_full_disk_leaves_no_half_written_store(tmp_path: Path) -> None:
    out = tmp_path / "store"
    call = ["data", "build", str(out), "--drawn", "2", "--size", "64", "--seed", "5"]
    assert "cannot be written" in _told(_run(LIMITED, "20000", *call))
    assert not out.exists()
    assert main(call) == 0
    assert len(Store.open(out)) == 4


# Parts of a store that fit, and their joined file, which does not.
JOINING = """
import resource, sys
from pathlib import Path
import numpy as np
from style2color.data.sources import Picture
from style2color.data.store import assemble
from style2color.errors import OutputError
def pictures(first):
    for i in range(first, first + 20):
        rgb = np.zeros((32, 32, 3), np.uint8)
        yield Picture(f"a/{i}", "a", f"a/{i}", f"a/{i}", "CC0", rgb, None)
def build():
    recipe = {"version": 1, "size": 32, "split": "train"}
    parts = {"1": pictures(0), "2": pictures(20)}
    return assemble(Path(sys.argv[1]), recipe, parts, 32, progress=False)
resource.setrlimit(resource.RLIMIT_FSIZE, (80_000, resource.RLIM_INFINITY))
try:
    build()
except OutputError as error:
    print(error)
print(Path(sys.argv[1]).exists())
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
print(len(build()))
"""


def test_a_store_that_cannot_be_joined_goes_on_with_room(tmp_path: Path) -> None:
    run = _run(JOINING, str(tmp_path / "store"))
    told, there, length = run.stdout.splitlines()
    assert "cannot be written" in told, run.stderr
    assert (there, length) == ("False", "40")


@pytest.mark.parametrize("what", ["atelier", "build", "sheet"])
def test_an_unwritable_folder_is_told(tmp_path: Path, what: str) -> None:
    tmp_path.chmod(0o500)
    out = str(tmp_path / "inside")
    call = {
        "atelier": ["atelier", out, *ATELIER],
        "build": ["build", out, "--drawn", "1", "--size", "48"],
        "sheet": ["sheet", "0", "-o", out + ".png", "--count", "1", "--size", "48"],
    }[what]
    assert "inside" in _told(_run(NOBODY, "data", *call))
    tmp_path.chmod(0o700)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["atelier", "OUT", "--count", "0"], "--count"),
        (["atelier", "OUT", "--count", "-2"], "--count"),
        (["atelier", "OUT", "--count", "2", "--size", "8"], "--size"),
        (["atelier", "OUT", "--count", "2", "--workers", "0"], "--workers"),
        (["build", "OUT", "--drawn", "-1"], "at least one character"),
        (["build", "OUT", "--split", "middle"], "--split"),
        (["build", "OUT", "--drawn", "1", "--folder", "."], "exclude each other"),
        (["sheet", "0", "-o", "OUT.png", "--layer", "soul"], "soul"),
        (["sheet", "0", "-o", "OUT.png", "--vary", "mood"], "mood"),
        (["sheet", "0", "-o", "OUT.gif", "--count", "1", "--size", "40"], "png"),
        (["index", "OUT"], "no such folder"),
        (["paint", "OUT"], "paint"),
    ],
)
def test_wrong_calls_name_what_is_wrong_and_write_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], named: str
) -> None:
    call = [word.replace("OUT", str(tmp_path / "out")) for word in words]
    assert main(["data", *call]) == 2
    assert named in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
