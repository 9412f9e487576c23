"""Hostile files and wrong calls through the command line: exit codes, one line, no leftovers."""

from __future__ import annotations

import importlib.util
import io
import os
import sys
import warnings
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from style2color import cli

from .files import HOSTILE

BROKEN = [name for name, hostile in HOSTILE.items() if hostile.error is not None]
READABLE = [name for name, hostile in HOSTILE.items() if hostile.error is None]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rule-following model of the tests, found by its path: tests are no package."""
    pytest.importorskip("onnx")
    spec = importlib.util.spec_from_file_location(
        "tiny_model", Path(__file__).parents[1] / "runtime/tiny_model.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return Path(module.write_model(tmp_path_factory.mktemp("tiny") / "model"))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a sound picture and an empty folder for results."""
    picture = Image.new("RGB", (48, 40), "white")
    ImageDraw.Draw(picture).ellipse((8, 8, 32, 32), "orange", "black", 2)
    picture.save(tmp_path / "sound.png")
    (tmp_path / "out").mkdir()
    return tmp_path


def run(*arguments: object) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return cli.main([str(argument) for argument in arguments])


def assert_one_line(captured: pytest.CaptureFixture[str], *words: str) -> None:
    output, complaint = captured.readouterr()
    assert output == ""
    assert complaint.startswith("error: "), complaint
    assert complaint.count("\n") == 1
    assert "Traceback" not in complaint
    assert all(word in complaint for word in words), complaint


@pytest.mark.parametrize("role", ["sketch", "reference"])
@pytest.mark.parametrize("name", BROKEN)
def test_colorize(
    name: str, role: str, model: Path, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / name).write_bytes(HOSTILE[name].data)
    sketch, reference = (name, "sound.png") if role == "sketch" else ("sound.png", name)
    code = run(
        *("colorize", place / sketch, "-r", place / reference),
        *("-o", place / "out" / "painted.png", "--model", model),
    )
    expected = HOSTILE[name].error
    assert expected is not None
    assert code == expected.exit_code == 1
    assert_one_line(capsys, name)
    assert os.listdir(place / "out") == []


@pytest.mark.parametrize("name", BROKEN)
def test_lines(name: str, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An older result stays as it was."""
    (place / name).write_bytes(HOSTILE[name].data)
    older = place / "out" / "lines.png"
    older.write_bytes(b"older")
    assert run("lines", place / name, "-o", older) == 1
    assert_one_line(capsys, name)
    assert os.listdir(place / "out") == ["lines.png"]
    assert older.read_bytes() == b"older"


@pytest.mark.parametrize("name", READABLE)
def test_readable_all_the_same(name: str, model: Path, place: Path) -> None:
    (place / name).write_bytes(HOSTILE[name].data)
    painted = place / "out" / "painted.png"
    assert (
        run("colorize", place / "sound.png", "-r", place / name, "-o", painted, "--model", model)
        == 0
    )
    with Image.open(painted) as picture:
        assert picture.size == (48, 40)
    assert os.listdir(place / "out") == ["painted.png"]


def test_a_folder_full_of_them(
    model: Path, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 1, every broken page named, the sound ones painted, nothing else left."""
    pages = place / "pages"
    pages.mkdir()
    chosen = BROKEN[::4]
    for name in chosen:
        (pages / name).write_bytes(HOSTILE[name].data)
    (place / "sound.png").rename(pages / "sound.png")
    os.mkfifo(pages / "pipe.png")
    (pages / "gone.png").symlink_to("nowhere")
    assert run("colorize", pages, "-o", place / "out", "--model", model) == 1
    complaint = capsys.readouterr().err
    assert all(name in complaint for name in [*chosen, "pipe.png", "gone.png"])
    assert os.listdir(place / "out") == ["sound.png"]


def test_from_stdin(
    model: Path,
    place: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("empty.png", "half-pixels.png", "huge.png", "text.png"):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(HOSTILE[name].data)))
        assert run("colorize", "-", "-o", place / "out" / "painted.png", "--model", model) == 1
        assert_one_line(capsys)
    assert os.listdir(place / "out") == []


WRONG_CALLS = {
    "missing": 2,
    "folder": 2,
    "circle": 2,
    "pipe": 2,
    "device": 2,
    "long-name": 2,
    "below-a-file": 2,
    "limit": 1,
    "no-folder": 1,
    "long-output": 1,
    "unknown-extension": 2,
    "no-extension": 2,
    "zero-limit": 2,
    "hints-missing": 2,
    "hints-no-json": 2,
    "hints-outside": 2,
    "hints-negative": 2,
    "no-model": 2,
}


@pytest.mark.parametrize("case", WRONG_CALLS)
def test_wrong_calls(
    case: str, model: Path, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sound, painted = place / "sound.png", place / "out" / "painted.png"
    circle, pipe, hints = place / "circle.png", place / "pipe.png", place / "hints.json"
    circle.symlink_to(circle)
    os.mkfifo(pipe)
    point = '{"version": 1, "points": [{"x": %d, "y": 1, "radius": 2, "color": "#ff0000"}]}'
    hints.write_text({"hints-outside": point % 48, "hints-negative": point % -1}.get(case, "{"))
    with_reference = {
        "missing": place / "nothing.png",
        "folder": place / "out",
        "circle": circle,
        "pipe": pipe,
        "device": "/dev/zero",
        "long-name": place / ("n" * 300),
        "below-a-file": sound / "below.png",
    }
    outputs = {
        "no-folder": place / "nowhere" / "painted.png",
        "long-output": place / "out" / ("n" * 300 + ".png"),
        "unknown-extension": place / "out" / "painted.bmp",
        "no-extension": place / "out" / "painted",
    }
    more: dict[str, list[object]] = {
        "limit": ["--max-pixels", 100],
        "zero-limit": ["--max-side", 0],
        "hints-missing": ["--hints", place / "nothing.json"],
        "no-model": ["--model", place / "out"],
    }
    if case.startswith("hints-") and case not in more:
        more[case] = ["--hints", hints]
    reference = with_reference.get(case, sound)
    code = run(
        *("colorize", sound, "-r", reference, "-o", outputs.get(case, painted)),
        *("--model", model, *more.get(case, [])),
    )
    assert code == WRONG_CALLS[case]
    assert_one_line(capsys)
    assert os.listdir(place / "out") == []
    assert not (place / "nowhere").exists()
