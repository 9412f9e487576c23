"""The command line as its users meet it: exit codes, messages, folders, pipes, interruption."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from style2color import __version__
from style2color.cli import main

from .tiny_model import write_model

COMMANDS = ("colorize", "lines", "model")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_model(tmp_path_factory.mktemp("model") / "tiny"))


@pytest.fixture
def pages(tmp_path: Path, sketch_file: Path) -> Path:
    """A folder of three pages, one of them a JPEG."""
    folder = tmp_path / "pages"
    folder.mkdir()
    sketch = Image.open(sketch_file)
    for name in ("page1.png", "page2.jpg", "page10.png"):
        sketch.save(folder / name)
    return folder


def run(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


def program(*arguments: object, **options: object) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "style2color", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, timeout=60, **options)  # type: ignore[call-overload, no-any-return]


def test_paints_one_sketch(
    model: str, sketch_file: Path, reference_file: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    out = tmp_path / "painted.png"
    assert run("colorize", sketch_file, "-r", reference_file, "-o", out, "--model", model) == 0
    painted = Image.open(out)
    assert painted.size == Image.open(sketch_file).size
    assert painted.mode == "RGB"
    assert re.fullmatch(rf"{re.escape(str(out))}  128×160  \d+\.\d\d s\n", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("name", "kind"), [("p.png", "PNG"), ("p.webp", "WEBP"), ("p.JPG", "JPEG")]
)
def test_the_extension_tells_the_format(
    model: str, sketch_file: Path, tmp_path: Path, name: str, kind: str
) -> None:
    assert run("colorize", sketch_file, "-o", tmp_path / name, "--model", model) == 0
    assert Image.open(tmp_path / name).format == kind


def test_hints_size_and_no_regions_reach_the_painter(
    model: str, sketch_file: Path, reference_file: Path, tmp_path: Path
) -> None:
    hints = tmp_path / "hints.json"
    point = {"x": 64, "y": 140, "radius": 4, "color": "#00ff00"}
    hints.write_text(json.dumps({"version": 1, "points": [point]}))
    results = []
    for number, extra in enumerate(([], ["--hints", hints], ["--no-regions"], ["--size", 64])):
        out = tmp_path / f"{number}.png"
        call = ("colorize", sketch_file, "-r", reference_file, "-o", out, "--model", model)
        assert run(*call, *extra) == 0
        results.append(np.asarray(Image.open(out)))
    assert results[1][140, 64].tolist() == [0, 255, 0]
    assert not np.array_equal(results[0], results[2])
    assert results[3].shape == results[0].shape


def test_a_folder_resumes_and_says_so(
    model: str, pages: Path, reference_file: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    out = tmp_path / "painted"
    call = ("colorize", pages, "-r", reference_file, "-o", out, "--model", model)
    assert run(*call) == 0
    text = capsys.readouterr().out.splitlines()
    assert [line.split(" -> ")[0] for line in text[:3]] == [
        str(pages / name) for name in ("page1.png", "page2.jpg", "page10.png")
    ]
    assert text[3] == "3 painted"
    assert sorted(p.name for p in out.iterdir()) == ["page1.png", "page10.png", "page2.jpg.png"]

    made = (out / "page1.png").stat().st_mtime_ns
    assert run(*call) == 0
    assert "0 painted, 3 skipped" in capsys.readouterr().out
    assert (out / "page1.png").stat().st_mtime_ns == made

    later = made / 1e9 + 5
    os.utime(pages / "page1.png", (later, later))
    assert run(*call) == 0
    assert "1 painted, 2 skipped" in capsys.readouterr().out
    os.utime(reference_file, (later + 5, later + 5))
    assert run(*call, "--overwrite") == 0
    assert "3 painted\n" in capsys.readouterr().out


def test_a_failed_page_does_not_stop_the_others(
    model: str, pages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (pages / "page3.png").write_bytes(b"torn")
    out = tmp_path / "painted"
    assert run("colorize", pages, "-o", out, "--model", model, "--format", "webp") == 1
    said = capsys.readouterr()
    assert said.err.startswith(f"error: {pages / 'page3.png'}: ")
    assert said.err.count("\n") == 1
    assert "3 painted, 1 failed" in said.out
    assert sorted(p.name for p in out.iterdir()) == [
        "page1.png.webp", "page10.png.webp", "page2.jpg.webp",
    ]  # fmt: skip


def test_one_sketch_into_a_folder(model: str, sketch_file: Path, tmp_path: Path) -> None:
    assert run("colorize", sketch_file, "-o", f"{tmp_path / 'new'}/", "--model", model) == 0
    assert (tmp_path / "new" / "sketch.png").is_file()


@pytest.mark.parametrize("kind", [None, "png", "webp", "jpg"])
def test_through_a_pipe(
    model: str, sketch_file: Path, reference_file: Path, kind: str | None
) -> None:
    extra = ["--format", kind] if kind else []
    done = program(
        "colorize", "-", "-r", reference_file, "-o", "-", "--model", model, *extra,
        input=sketch_file.read_bytes(),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == b""
    picture = Image.open(io.BytesIO(done.stdout))
    assert picture.format == {None: "PNG", "jpg": "JPEG"}.get(kind, (kind or "").upper())
    assert picture.size == (128, 160)


def test_the_reference_through_a_pipe(
    model: str, sketch_file: Path, reference_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "p.png"
    done = program(
        "colorize", sketch_file, "-r", "-", "-o", out, "--model", model,
        input=reference_file.read_bytes(),
    )  # fmt: skip
    assert done.returncode == 0
    assert out.is_file()


WRONG = {
    "no sketch": (["colorize", "-o", "p.png"], 2, "Missing argument"),
    "no output": (["colorize", "{sketch}"], 2, "-o"),
    "unknown option": (["colorize", "{sketch}", "-o", "p.png", "--siez", "5"], 2, "--siez"),
    "unknown command": (["colour"], 2, "No such command"),
    "size no number": (["colorize", "{sketch}", "-o", "p.png", "--size", "big"], 2, "--size"),
    "size too small": (["colorize", "{sketch}", "-o", "p.png", "--size", "3"], 2, "32 to 4096"),
    "missing sketch": (["colorize", "nope.png", "-o", "p.png"], 2, "no such file"),
    "missing reference": (["colorize", "{sketch}", "-r", "no.png", "-o", "p.png"], 2, "no such"),
    "torn sketch": (["colorize", "{torn}", "-o", "p.png"], 1, "damaged"),
    "torn reference": (["colorize", "{sketch}", "-r", "{torn}", "-o", "p.png"], 1, "damaged"),
    "too many pixels": (["colorize", "{sketch}", "-o", "p.png", "--max-pixels", "99"], 1, "99"),
    "limit of zero": (["colorize", "{sketch}", "-o", "p.png", "--max-pixels", "0"], 2, "at least"),
    "no extension": (["colorize", "{sketch}", "-o", "painted"], 2, ".png"),
    "format we do not write": (["colorize", "{sketch}", "-o", "p.gif"], 2, ".gif"),
    "unknown --format": (["colorize", "{sketch}", "-o", "-", "--format", "gif"], 2, "webp"),
    "contradiction": (["colorize", "{sketch}", "-o", "p.png", "--format", "jpg"], 2, "contradicts"),
    "no folder to write to": (["colorize", "{sketch}", "-o", "no/p.png"], 1, "does not exist"),
    "overwrites the sketch": (["colorize", "{sketch}", "-o", "{sketch}"], 2, "own source"),
    "stdin twice": (["colorize", "-", "-r", "-", "-o", "p.png"], 2, "both"),
    "folder to stdout": (["colorize", "{folder}", "-o", "-"], 2, "stdout"),
    "folder to a picture": (["colorize", "{folder}", "-o", "p.png"], 2, "folder"),
    "empty folder": (["colorize", "{folder}", "-o", "out"], 2, "no pictures"),
    "hints for a folder": (["colorize", "{folder}", "-o", "o", "--hints", "h.json"], 2, "--hints"),
    "missing hints": (["colorize", "{sketch}", "-o", "p.png", "--hints", "h.json"], 2, "h.json"),
    "torn hints": (["colorize", "{sketch}", "-o", "p.png", "--hints", "{torn}"], 2, "UTF-8"),
    "hint outside": (["colorize", "{sketch}", "-o", "p.png", "--hints", "{far}"], 2, "outside"),
    "unknown device": (["colorize", "{sketch}", "-o", "p.png", "--device", "x"], 2, "device"),
    "no threads": (["colorize", "{sketch}", "-o", "p.png", "--threads", "0"], 2, "threads"),
    "no model": (["colorize", "{sketch}", "-o", "p.png", "--model", "no"], 2, "model.json"),
    "no model to show": (["model", "--model", "no"], 2, "model.json"),
    "unknown method": (["lines", "{sketch}", "-o", "p.png", "--method", "pen"], 2, "xdog"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_call_says_what_and_leaves_nothing(
    case: str, model: str, sketch_file: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    arguments, code, message = WRONG[case]
    folder = tmp_path / "folder"
    folder.mkdir()
    torn, far = tmp_path / "torn.png", tmp_path / "far.json"
    torn.write_bytes(sketch_file.read_bytes()[:60])
    point = {"x": 900, "y": 1, "radius": 1, "color": "#000000"}
    far.write_text(json.dumps({"version": 1, "points": [point]}))
    monkeypatch.chdir(tmp_path)
    names = {"sketch": sketch_file, "torn": torn, "folder": folder, "far": far}
    filled = [word.format(**names) for word in arguments]
    if arguments[0] == "colorize" and "--model" not in arguments:
        filled += ["--model", model]
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert main(filled) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert message in said.err
    assert said.err.count("\n") == 1
    after = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert after == before


def test_a_fault_of_ours_is_one_line_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> int:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("style2color.cli._run", broken)
    assert main(["model"]) == 1
    assert "please report" in capsys.readouterr().err
    monkeypatch.setenv("STYLE2COLOR_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        main(["model"])


def test_damaged_exif_is_told_in_one_plain_line(sketch_file: Path, tmp_path: Path) -> None:
    page, exif = tmp_path / "page.jpg", Image.Exif()
    exif[270] = "a description of the picture"
    Image.open(sketch_file).save(page, exif=exif.tobytes())
    data = bytearray(page.read_bytes())
    offset = data.index(b"\x01\x0e\x00\x02") + 8
    data[offset : offset + 4] = (5000).to_bytes(4, "big")  # the text would lie past the end
    page.write_bytes(data)
    done = program("lines", page, "-o", tmp_path / "p.png")
    assert done.returncode == 0
    said = done.stderr.decode().splitlines()
    assert said
    assert all(line.startswith("note: a picture is damaged in part: ") for line in said)


def test_a_missing_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def without(*_: object) -> int:
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    monkeypatch.setattr("style2color.cli._run", without)
    assert main(["train"]) == 2
    assert "pip install 'style2color[train]'" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "kill"]
)
def test_interrupted_leaves_no_partial_file(
    model: str, pages: Path, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    sketch = np.full((1500, 1500), 255, np.uint8)
    sketch[::50] = 0
    for index in range(20):
        Image.fromarray(sketch).save(pages / f"more{index}.png")
    out = tmp_path / "painted"
    command = [sys.executable, "-m", "style2color", "colorize", str(pages), "-o", str(out)]
    # A shell's background jobs, and what they start, would never hear of Ctrl-C.
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    child = subprocess.Popen([*command, "--model", model], stderr=subprocess.PIPE, preexec_fn=heard)
    limit = time.monotonic() + 30
    while not (out.is_dir() and any(out.glob("*.png"))) and time.monotonic() < limit:
        time.sleep(0.02)
    child.send_signal(number)
    _, said = child.communicate(timeout=30)
    assert child.returncode == code
    assert b"Traceback" not in said
    found = list(out.iterdir())
    assert 0 < len(found) < 23
    for file in found:
        assert file.suffix == ".png"
        Image.open(file).load()


def test_lines_from_a_picture(reference_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "lines.png"
    assert run("lines", reference_file, "-o", out) == 0
    drawn = Image.open(out)
    assert drawn.mode == "L"
    assert drawn.size == Image.open(reference_file).size
    assert run("lines", reference_file, "-o", out, "--binary", "--method", "dilate") == 0
    assert set(np.unique(np.asarray(Image.open(out)))) == {0, 255}


def test_model_tells_its_licences(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("model", "--model", model) == 0
    text = capsys.readouterr().out
    assert "tiny 1" in text
    assert re.search(r"rules +3 pictures  CC0-1\.0", text)
    assert "# Tiny" in text
    assert run("model", "--model", model, "--json") == 0
    described = json.loads(capsys.readouterr().out)
    assert described["training_data"] == [{"pack": "rules", "licence": "CC0-1.0", "pictures": 3}]
    assert described["bytes"]["painter.onnx"] > 0


def test_version_and_bare_call(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version") == run("-V") == 0
    assert capsys.readouterr().out == f"style2color {__version__}\n" * 2
    assert main([]) == 2
    assert "Usage:" in capsys.readouterr().out


@pytest.mark.parametrize("command", COMMANDS)
def test_the_examples_of_the_help_work(
    command: str, model: str, sketch_file: Path, reference_file: Path, pages: Path,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    assert run(command, "--help") == 0
    examples = re.findall(r"^ +style2color (.+)$", capsys.readouterr().out, re.M)
    assert examples
    Image.open(reference_file).save(tmp_path / "picture.png")
    (tmp_path / "pictures").mkdir()
    Image.open(reference_file).save(tmp_path / "pictures" / "one.png")
    monkeypatch.chdir(tmp_path)
    for example in examples:
        words, _, redirections = example.partition(" < ")
        arguments = shlex.split(words)
        if arguments[0] != "lines":
            arguments += ["--model", model]
        source, _, _ = redirections.partition(" > ")
        data = Path(source).read_bytes() if source else None
        done = program(*arguments, input=data, cwd=tmp_path)
        assert done.returncode == 0, (example, done.stderr)
        assert done.stdout


def test_importing_and_asking_the_version_loads_nothing_heavy() -> None:
    code = (
        "import sys, style2color; from style2color.cli import main; main(['--version']); "
        "print(*sorted({'numpy','PIL','onnxruntime','typer','rich','torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[1:] == [""]


def test_the_core_never_loads_the_training_stack(model: str, sketch_file: Path) -> None:
    code = (
        "import sys; from style2color.cli import main\n"
        f"main(['colorize', {str(sketch_file)!r}, '-o', {str(sketch_file) + '.png'!r}, "
        f"'--model', {model!r}])\n"
        "print(*sorted({'torch', 'scipy', 'cv2', 'onnx'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[1:] == [""]
