"""Folders of pages: several workers, a worker or the whole run killed, a report, agreement."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from style2color.cli import main
from style2color.files import atomic_write, sweep
from style2color.image import load
from style2color.pages import Recipe, agreed_on
from style2color.painting.consistency import Sight, agree

from .tiny_model import write_model

POSIX = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_model(tmp_path_factory.mktemp("model") / "tiny"))


def _pages(folder: Path, sketch: Path, count: int) -> Path:
    folder.mkdir()
    for number in range(count):
        (folder / f"p{number}.png").write_bytes(sketch.read_bytes())
    return folder


def _slow_pages(folder: Path, count: int) -> Path:
    """Pages that take a worker a while, so that a kill meets it at work."""
    folder.mkdir()
    page = np.full((1400, 1400), 255, np.uint8)
    page[::50] = 0
    for number in range(count):
        Image.fromarray(page).save(folder / f"p{number}.png", compress_level=1)
    return folder


def _until(found: Callable[[], Any], seconds: float = 240) -> Any:
    """What a search finds, as soon as it does."""
    limit = time.monotonic() + seconds
    while not (result := found()):
        assert time.monotonic() < limit
        time.sleep(0.005)
    return result


def run(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


def test_two_workers_do_what_one_does_and_report_it(
    model: str, sketch_file: Path, reference_file: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    pages = _pages(tmp_path / "pages", sketch_file, 3)
    (pages / "torn.png").write_bytes(b"torn")
    call = ("colorize", pages, "-r", reference_file, "--model", model)
    assert run(*call, "-o", tmp_path / "one") == 1
    report = tmp_path / "report.json"
    assert run(*call, "-o", tmp_path / "two", "--jobs", 2, "--report", report) == 1
    said = capsys.readouterr()
    assert said.err.count("error: ") == 2
    assert "3 painted, 1 failed" in said.out
    for name in ("p0.png", "p1.png", "p2.png"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    told = json.loads(report.read_text())["pages"]
    assert [(row["page"].rsplit("/")[-1], row["state"]) for row in told] == [
        ("p0.png", "painted"), ("p1.png", "painted"), ("p2.png", "painted"), ("torn.png", "failed"),
    ]  # fmt: skip
    assert "torn.png" in told[3]["message"]
    assert run(*call, "-o", tmp_path / "two", "--jobs", 2, "--report", report) == 1
    told = json.loads(report.read_text())["pages"]
    assert [row["state"] for row in told] == ["skipped"] * 3 + ["failed"]


@POSIX
def test_a_killed_worker_costs_no_page(model: str, tmp_path: Path) -> None:
    """One of two workers is killed in the middle; its page is tried again and that is told."""
    pages = _slow_pages(tmp_path / "pages", 6)
    out = tmp_path / "out"
    command = [sys.executable, "-m", "style2color", "colorize", str(pages), "-o", str(out)]
    child = subprocess.Popen(
        [*command, "--model", model, "--jobs", "2"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    workers = _until(lambda: _workers(child.pid))
    _until(lambda: out.is_dir() and list(out.glob("*.png")))
    os.kill(workers[0], signal.SIGKILL)
    said, complained = child.communicate(timeout=1200)
    assert child.returncode == 0, complained
    assert b"6 painted" in said
    assert b"its worker died, tried again" in complained
    assert sorted(file.name for file in out.iterdir()) == [f"p{n}.png" for n in range(6)]


def _workers(parent: int) -> list[int]:
    """The processes of a pool, told by their command lines."""
    listed = subprocess.run(
        ["ps", "-ww", "-eo", "pid,ppid,args"], capture_output=True, text=True
    ).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()[1:]]
    return [int(p) for p, above, args in rows if int(above) == parent and "spawn_main" in args]


@POSIX
def test_a_run_killed_outright_leaves_nothing_torn_and_is_taken_up(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pages = _slow_pages(tmp_path / "pages", 5)
    out = tmp_path / "out"
    call = ["colorize", str(pages), "-o", str(out), "--model", model]
    child = subprocess.Popen([sys.executable, "-m", "style2color", *call])
    _until(lambda: out.is_dir() and list(out.glob("*.png")))
    child.kill()
    child.wait()
    (out / ".style2color-0123456789abcdef.part").write_bytes(b"half a page")
    before = {file: file.stat().st_mtime_ns for file in out.glob("*.png")}
    for file in before:
        Image.open(file).load()
    assert main(call) == 0
    assert f"{5 - len(before)} painted" in capsys.readouterr().out
    assert sorted(file.name for file in out.iterdir()) == [f"p{n}.png" for n in range(5)]
    assert all(file.stat().st_mtime_ns == made for file, made in before.items())


@POSIX
def test_sweeping_spares_what_is_being_written(tmp_path: Path) -> None:
    (tmp_path / ".style2color-dead.part").write_bytes(b"x")
    with atomic_write(tmp_path / "page.png") as stream:
        stream.write(b"page")
        assert sweep(tmp_path) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["page.png"]


def test_pages_agree_and_a_torn_page_is_told_once(
    model: str, sketch_file: Path, reference_file: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    pages = _pages(tmp_path / "pages", sketch_file, 2)
    (pages / "torn.png").write_bytes(b"torn")
    call = ("colorize", pages, "-r", reference_file, "--model", model, "-o", tmp_path / "out")
    assert run(*call, "--consistent") == 1
    assert capsys.readouterr().err.count("\n") == 1
    recipe = Recipe(model=model, references=(load(reference_file),))
    agreed = agreed_on(recipe, recipe.painter(), sorted(pages.iterdir()))
    assert len(agreed) == 2
    # Equal pages agree already.
    assert all(np.abs(votes).max() < 1e-3 for votes in agreed.values())


def _sight(rng: np.random.Generator, regions: int, votes: np.ndarray) -> Sight:
    features = np.eye(6, 8, dtype=np.float32)[:regions] * 9
    shape = np.zeros((regions, 8), np.float32)
    noise = rng.normal(0, 0.01, features.shape).astype(np.float32)
    return Sight(features + noise, shape, votes.astype(np.float32), np.ones(regions, np.bool_))


def test_a_region_in_doubt_follows_its_likes_on_other_pages() -> None:
    rng = np.random.default_rng(0)
    sure = np.eye(6) * 8
    unsure = sure.copy()
    unsure[2] = (0, 0, 1, 1.2, 0, 0)  # would take entry 3 alone
    sights = [_sight(rng, 6, votes) for votes in (sure, unsure, sure)]
    agreed = agree([*sights[:2], None, sights[2]])
    assert agreed[2] is None
    for sight, votes in zip(sights, (agreed[0], agreed[1], agreed[3]), strict=True):
        assert ((sight.votes + votes).argmax(1) == np.arange(6)).all()


def test_entries_of_another_reference_never_come_in() -> None:
    rng = np.random.default_rng(1)
    first, second = np.full((4, 6), -1e4), np.full((4, 6), -1e4)
    first[:, :3], second[:, 3:] = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    for sight, votes in zip((a := _sight(rng, 4, first), b := _sight(rng, 4, second)),
                            agree([a, b]), strict=True):  # fmt: skip
        assert np.abs(votes).max() < 1e-6
        assert np.isfinite(sight.votes + votes).all()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 5), max_size=5), st.integers(0, 2**32 - 1))
def test_agreeing_never_breaks(counts: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    sights = [
        Sight(
            rng.normal(size=(n, 4)).astype(np.float32), rng.normal(size=(n, 8)).astype(np.float32),
            rng.normal(size=(n, 3)).astype(np.float32), rng.random(n) < 0.7,
        )
        for n in counts
    ]  # fmt: skip
    for sight, votes in zip(sights, agree(sights), strict=True):
        assert votes is not None
        assert votes.shape == sight.votes.shape
        assert np.isfinite(votes).all()
        assert not votes[~sight.seen].any()


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        (["--jobs", "0"], "1 to"),
        (["--jobs", "2", "--engine", "farm"], "processes, ray"),
        (["--consistent", "--no-regions"], "--no-regions"),
    ],
)
def test_wrong_calls(
    model: str, sketch_file: Path, tmp_path: Path, extra: list[str], said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    pages = _pages(tmp_path / "pages", sketch_file, 1)
    assert run("colorize", pages, "-o", tmp_path / "out", "--model", model, *extra) == 2
    assert said in capsys.readouterr().err
    assert run("colorize", sketch_file, "-o", tmp_path / "a.png", "--jobs", "2") == 2


@POSIX
def test_ray_loses_nothing_when_a_worker_is_killed(model: str, tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="Ray is not installed: pip install 'style2color[ray]'")
    pages = _slow_pages(tmp_path / "pages", 6)
    out = tmp_path / "out"
    command = [sys.executable, "-m", "style2color", "colorize", str(pages), "-o", str(out)]
    child = subprocess.Popen(
        [*command, "--model", model, "--jobs", "2", "--engine", "ray"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    workers = _until(lambda: _ray_workers(child.pid) or child.poll(), 600)
    assert child.poll() is None, child.communicate()
    _until(lambda: out.is_dir() and list(out.glob("*.png")))
    os.kill(workers[0], signal.SIGKILL)
    said, complained = child.communicate(timeout=1200)
    assert child.returncode == 0, complained
    assert b"6 painted" in said
    written = [line for line in said.splitlines() if b" -> " in line]
    assert len(written) == len({line.split(b" -> ")[0] for line in written}) == 6
    assert sorted(file.name for file in out.iterdir()) == [f"p{n}.png" for n in range(6)]


def _ray_workers(root: int) -> list[int]:
    """Workers of Ray that descend from a process and are painting."""
    listed = subprocess.run(
        ["ps", "-ww", "-eo", "pid,ppid,args"], capture_output=True, text=True
    ).stdout
    rows = [(int(p), int(above), args) for p, above, args in
            (line.split(None, 2) for line in listed.splitlines()[1:])]  # fmt: skip
    family = {root}
    for _ in range(8):
        family |= {pid for pid, above, _ in rows if above in family}
    painting = [pid for pid, _, args in rows if pid in family and "ray::_paint" in args]
    return painting
