"""Layers and locked palettes from the command line."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from psd_tools import PSDImage
from psd_tools.constants import BlendMode

from style2color.cli import main

from .tiny_model import write_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_model(tmp_path_factory.mktemp("model") / "tiny"))


def run(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


def test_a_psd_and_a_folder_of_layers(
    model: str, sketch_file: Path, reference_file: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    sketch = Image.open(sketch_file)
    sketch.save(sketch_file, dpi=(300, 300))
    out, folder = tmp_path / "page.psd", tmp_path / "layers"
    assert run("colorize", sketch_file, "-r", reference_file, "-o", out, "--layers", folder,
               "--model", model) == 0  # fmt: skip
    psd = PSDImage.open(out)
    assert [layer.name for layer in psd][:3] == ["Flat", "Shadow", "Line"]
    assert (psd[-1].name, psd[-1].visible) == ("Reference", False)
    ink = 255 - np.asarray(Image.open(folder / "3-line.png"))[..., 3]
    assert np.array_equal(ink, np.asarray(sketch))
    assert round(Image.open(folder / "1-flat.png").info["dpi"][0]) == 300
    assert run("colorize", sketch_file, "-r", reference_file, "-o", tmp_path / "page.png",
               "--model", model) == 0  # fmt: skip
    painted = np.asarray(Image.open(tmp_path / "page.png"), int)
    merged = np.asarray(Image.open(out).convert("RGB"), int)
    assert np.abs(painted - merged).max() <= 2
    assert capsys.readouterr().err == ""


def test_coloured_lines_lie_where_the_ink_lies(
    model: str, sketch_file: Path, reference_file: Path, tmp_path: Path
) -> None:
    call = ("colorize", sketch_file, "-r", reference_file, "--model", model, "--colored-lines")
    folder = tmp_path / "layers"
    assert run(*call, "-o", tmp_path / "page.psd", "--layers", folder) == 0
    line = np.asarray(Image.open(folder / "3-line.png"))
    ink = np.asarray(Image.open(sketch_file))
    assert np.array_equal(255 - line[..., 3], ink)
    assert line[ink < 64, :3].mean() > 20
    assert run(*call, "-o", tmp_path / "page.png") == 0
    painted = np.asarray(Image.open(tmp_path / "page.png"), int)
    merged = np.asarray(Image.open(tmp_path / "page.psd").convert("RGB"), int)
    assert np.abs(painted - merged).max() <= 2


def test_the_light_has_a_side(
    model: str, sketch_file: Path, reference_file: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    shading = write_model(tmp_path / "shading", shading=True)
    call = ("colorize", sketch_file, "-r", reference_file, "--model", shading, "--light")
    shadows = {}
    for side in ("left", "right", "none"):
        assert run(*call, side, "--layers", tmp_path / side) == 0
        shadows[side] = np.asarray(Image.open(tmp_path / side / "2-shadow.png"), int)
    assert (shadows["none"] == 255).all()
    half = shadows["left"].shape[1] // 2
    for side, darker in (("left", slice(half, None)), ("right", slice(None, half))):
        assert shadows[side][:, darker].mean() < shadows[side].mean() < 255
    assert run(*call, "below", "-o", tmp_path / "no.png") == 2
    assert "auto, left, right, none" in capsys.readouterr().err
    assert not (tmp_path / "no.png").exists()


def test_a_model_that_paints_light_gives_a_highlight(
    model: str, sketch_file: Path, reference_file: Path, tmp_path: Path
) -> None:
    lit, folder = write_model(tmp_path / "lit", light=0.5), tmp_path / "layers"
    call = ("colorize", sketch_file, "-r", reference_file, "--layers", folder)
    assert run(*call, "-o", tmp_path / "page.psd", "--model", lit) == 0
    psd = PSDImage.open(tmp_path / "page.psd")
    assert [(layer.name, layer.blend_mode) for layer in psd][:4] == [
        ("Flat", BlendMode.NORMAL), ("Shadow", BlendMode.MULTIPLY),
        ("Highlight", BlendMode.SCREEN), ("Line", BlendMode.NORMAL),
    ]  # fmt: skip
    assert np.asarray(Image.open(folder / "3-highlight.png")).max() > 60
    assert (folder / "4-line.png").is_file()
    assert run(*call, "--model", model) == 0
    assert not list(folder.glob("*highlight*"))
    assert len(list(folder.glob("*-line.png"))) == 1


def test_only_layers(model: str, sketch_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "layers"
    assert run("colorize", sketch_file, "--layers", folder, "--model", model) == 0
    assert (folder / "2-shadow.png").is_file()
    assert not (folder / "4-reference.png").exists()


_FLATTEN = """(let* ((image (car (gimp-file-load RUN-NONINTERACTIVE "{0}" "{0}")))
 (layer (car (gimp-image-flatten image))))
 (file-png-save RUN-NONINTERACTIVE image layer "{1}" "{1}" 0 9 0 0 0 0 0))"""


@pytest.mark.skipif(shutil.which("gimp") is None, reason="GIMP is not installed")
def test_gimp_shows_a_psd_as_we_paint_it(
    sketch_file: Path, reference_file: Path, tmp_path: Path
) -> None:
    out, seen = tmp_path / "page.psd", tmp_path / "seen.png"
    model = write_model(tmp_path / "lit", light=0.5)
    call = ("colorize", sketch_file, "-r", reference_file, "--model", model)
    assert run(*call, "-o", out) == 0
    assert run(*call, "-o", tmp_path / "page.png") == 0
    script = _FLATTEN.format(out, seen).replace("\n", " ")
    subprocess.run(
        ["gimp", "-i", "-d", "-f", "-b", script, "-b", "(gimp-quit 0)"],
        env={**os.environ, "HOME": str(tmp_path)}, capture_output=True, timeout=300, check=True,
    )  # fmt: skip
    painted = np.asarray(Image.open(tmp_path / "page.png"), int)
    assert np.abs(np.asarray(Image.open(seen).convert("RGB"), int) - painted).max() <= 2


@pytest.mark.parametrize("kind", ["psd", "ora"])
def test_a_folder_of_layered_pages_resumes(
    model: str, sketch_file: Path, tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pages, out = tmp_path / "pages", tmp_path / "out"
    pages.mkdir()
    for name in ("1.png", "2.png"):
        (pages / name).write_bytes(sketch_file.read_bytes())
    call = ("colorize", pages, "-o", out, "--format", kind, "--model", model)
    assert run(*call) == 0
    assert sorted(path.name for path in out.iterdir()) == [f"1.png.{kind}", f"2.png.{kind}"]
    assert run(*call) == 0
    assert "0 painted, 2 skipped" in capsys.readouterr().out


def test_layers_through_a_pipe(
    model: str, sketch_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.BytesIO()
    fake = SimpleNamespace(buffer=stream, isatty=lambda: False, flush=lambda: None)
    monkeypatch.setattr(sys, "stdout", fake)
    assert run("colorize", sketch_file, "-o", "-", "--format", "ora", "--model", model) == 0
    assert zipfile.ZipFile(stream).namelist()[0] == "mimetype"


def test_a_palette_from_the_command_line(
    model: str, sketch_file: Path, reference_file: Path, tmp_path: Path
) -> None:
    swatches = tmp_path / "s.gpl"
    swatches.write_text("GIMP Palette\n10 20 120 a\n250 250 240 b\n")
    for number, palette in enumerate(("#0a1478,#fafaf0", swatches)):
        folder = tmp_path / str(number)
        assert run("colorize", sketch_file, "-r", reference_file, "--palette", palette,
                   "--layers", folder, "--model", model) == 0  # fmt: skip
        flat = np.asarray(Image.open(folder / "1-flat.png")).reshape(-1, 3)
        assert {tuple(color) for color in flat.tolist()} <= {(10, 20, 120), (250, 250, 240)}
    assert run("colorize", sketch_file, "-r", reference_file, "--lock", "reference",
               "-o", tmp_path / "p.png", "--model", model) == 0  # fmt: skip


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ([], "nowhere"),
        (["-o", "p.xcf"], ".psd .ora"),
        (["-o", "p.png", "--palette", "#12"], "#rrggbb"),
        (["-o", "p.png", "--palette", "missing.ase"], "no such file"),
        (["-o", "p.png", "--lock", "reference"], "-r"),
        (["-o", "p.png", "--lock", "swatches", "-r", "x.png"], "reference"),
        (["-o", "p.psd", "--format", "ora"], "contradicts"),
        (["-o", "p", "--format", "xcf"], "psd, ora"),
    ],
)
def test_wrong_calls(
    model: str, sketch_file: Path, extra: list[str], said: str,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert run("colorize", sketch_file, "--model", model, *extra) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1
    assert run("colorize", tmp_path, "--layers", "x", "--model", model) == 2
