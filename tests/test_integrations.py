"""The folders of integrations/, as far as they can run without their hosts."""

from __future__ import annotations

import importlib.util
import json
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from style2color import Colorizer
from style2color.layers import Layer, recompose

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"


def load(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / "integrations" / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def picture(name: str) -> np.ndarray:
    with Image.open(EXAMPLES / name) as opened:
        return np.asarray(opened.convert("RGB").resize((160, 160)))


def test_the_comfyui_node_paints_what_python_paints() -> None:
    torch = pytest.importorskip("torch", reason="needs the train extra")
    nodes = load("comfyui/style2color_nodes/__init__.py")
    (kind,) = nodes.NODE_CLASS_MAPPINGS.values()
    taken = kind.INPUT_TYPES()
    assert set(nodes.NODE_DISPLAY_NAME_MAPPINGS) == set(nodes.NODE_CLASS_MAPPINGS)
    assert len(kind.RETURN_TYPES) == len(kind.RETURN_NAMES)
    sketch, reference = picture("sketch.png"), picture("reference.png")
    hints = {"version": 1, "points": [{"x": 70, "y": 20, "radius": 3, "color": "#00ff88"}]}
    given = {
        "sketch": torch.from_numpy(np.stack([sketch, sketch[:, ::-1].copy()]) / np.float32(255)),
        "references": torch.from_numpy(reference[None] / np.float32(255)),
        "lock_palette": False,
        "hints": json.dumps(hints),
        "colored_lines": True,
        "light": "right",
    }
    assert set(given) == {*taken["required"], *taken["optional"]}
    painting, flat, line = getattr(kind(), kind.FUNCTION)(**given)
    assert painting.shape == flat.shape == (2, 160, 160, 3)
    assert painting.dtype == line.dtype == torch.float32
    painter = Colorizer().set_reference(reference)
    expected = painter.colorize(sketch, hints, colored_lines=True, light="right")
    assert np.array_equal(np.rint(painting[0].numpy() * 255), expected.rgb)
    assert np.array_equal(np.rint(line[0].numpy() * 255), 255 - expected.lines)
    assert not torch.equal(painting[0], painting[1])


def test_the_comfyui_node_locks_and_unlocks() -> None:
    torch = pytest.importorskip("torch", reason="needs the train extra")
    node = load("comfyui/style2color_nodes/__init__.py").Style2ColorPaint()
    sketch = torch.from_numpy(picture("sketch.png")[None] / np.float32(255))
    reference = torch.from_numpy(picture("reference.png")[None] / np.float32(255))
    free = node.paint(sketch, False, reference)[1]
    locked = node.paint(sketch, True, reference)[1]
    assert len(np.unique(locked.reshape(-1, 3), axis=0)) <= 13
    assert torch.equal(node.paint(sketch, False, reference)[1], free)
    assert node.paint(sketch, True)[0].shape == (1, 160, 160, 3)


@pytest.fixture
def program(tmp_path: Path) -> str:
    script = tmp_path / "style2color"
    code = "import sys; from style2color.cli import main; sys.exit(main())"
    script.write_text(f"#!/bin/sh\nexec {sys.executable} -c '{code}' \"$@\"\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return str(script)


@pytest.mark.skipif(sys.platform == "win32", reason="the command is a shell script here")
def test_kritas_command_gives_layers_that_are_the_page(tmp_path: Path, program: str) -> None:
    command = load("krita/style2color_krita/command.py")
    Image.fromarray(picture("sketch.png")).save(tmp_path / "sketch.png")
    Image.fromarray(picture("reference.png")).save(tmp_path / "reference.png")
    names = str(tmp_path / "sketch.png"), str(tmp_path / "reference.png")
    layers = command.paint(command.find(program), *names, str(tmp_path), lock=True)
    found = [(name, mode) for _, name, mode in layers]
    page = recompose(
        [Layer(name, np.asarray(Image.open(path)), mode) for path, name, mode in layers]
    )
    painted = np.asarray(Image.open(tmp_path / "painted.png"), int)
    assert np.abs(page - painted).max() <= 2
    assert {("Flat", "normal"), ("Shadow", "multiply"), ("Line", "normal")} <= set(found)
    sizes = {Image.open(path).size for path, _, _ in layers}
    assert sizes == {(160, 160)}


@pytest.mark.skipif(sys.platform == "win32", reason="the command is a shell script here")
def test_kritas_command_says_what_went_wrong(tmp_path: Path, program: str) -> None:
    command = load("krita/style2color_krita/command.py")
    (tmp_path / "bad.png").write_bytes(b"no picture")
    names = str(tmp_path / "bad.png"), str(tmp_path / "bad.png")
    with pytest.raises(command.PaintError, match=r"bad\.png"):
        command.paint(program, *names, str(tmp_path))
    with pytest.raises(command.PaintError, match="not found"):
        command.find(str(tmp_path / "missing"))


@pytest.mark.skipif(not shutil.which("kritarunner"), reason="no Krita; on Debian: krita")
def test_krita_itself_shows_the_page(tmp_path: Path, program: str) -> None:
    Image.fromarray(picture("sketch.png")).convert("L").save(tmp_path / "sketch.png")
    Image.fromarray(picture("reference.png")).save(tmp_path / "reference.png")
    # Krita's Python is the system's: an environment of ours on the PATH would lead it astray.
    env = {
        "S2C_FOLDER": str(tmp_path),
        "HOME": str(tmp_path),
        "PATH": f"{Path(program).parent}:/usr/bin:/bin",
        "PYTHONPATH": f"{ROOT / 'tests'}:{ROOT / 'integrations/krita'}",
        "QT_QPA_PLATFORM": "offscreen",
    }
    words = ["kritarunner", "-s", "inside_krita", "-f", "run"]
    done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=300, check=False)
    if "No module named 'PyQt5'" in done.stderr:
        pytest.skip("Krita has no Python bindings; on Debian: python3-pyqt5")
    told = json.loads((tmp_path / "told.json").read_text("utf-8"))
    assert "fault" not in told, told["fault"]
    assert told["before"] == "GRAYA"
    assert told["group"] == "style2color"
    layers = [tuple(layer) for layer in told["layers"]]
    assert layers[:2] == [("Flat", "normal"), ("Shadow", "multiply")]
    assert ("Line", "normal") in layers
    painter = Colorizer().set_reference(picture("reference.png"))
    painted = painter.colorize(np.asarray(Image.open(tmp_path / "sketch.png").convert("RGB"))).rgb
    shown = np.asarray(Image.open(tmp_path / "shown.png").convert("RGB"), int)
    assert np.abs(shown - painted).max() <= 2


def test_kritas_plugin_compiles_and_is_named_alike() -> None:
    folder = ROOT / "integrations/krita"
    for file in (folder / "style2color_krita").glob("*.py"):
        compile(file.read_text("utf-8"), str(file), "exec")
    desktop = (folder / "style2color_krita.desktop").read_text("utf-8")
    assert "X-KDE-Library=style2color_krita\n" in desktop
