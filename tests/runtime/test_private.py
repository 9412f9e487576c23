"""Painting tells nobody: ONNX Runtime's telemetry is off, and its only import is the one place."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import style2color

from .tiny_model import write_model

PAINT = (
    "import sys, style2color; style2color.colorize(sys.argv[1], size=64, model=sys.argv[2])\n"
    "import os; assert os.environ['ORT_DISABLE_TELEMETRY'] == '1'"
)


def test_painting_leaves_no_identity_behind(tmp_path: Path, sketch_file: Path) -> None:
    model = write_model(tmp_path / "model")
    home = tmp_path / "home"
    home.mkdir()
    # With its telemetry on, the library puts an id of the machine into the temporary folder.
    asked = {**os.environ, "TMPDIR": str(home), "HOME": str(home)}
    for name in ("ORT_DISABLE_TELEMETRY", "CI"):
        asked.pop(name, None)
    subprocess.run(
        [sys.executable, "-c", PAINT, str(sketch_file), str(model)], check=True, env=asked
    )
    assert not list(home.iterdir())


def test_onnx_runtime_is_imported_in_one_place() -> None:
    package = Path(style2color.__file__).parent
    # Four spaces deep stands what is imported for types only.
    pattern = r"^(?: {4})*import onnxruntime|^(?: {8,})?from onnxruntime"
    files = package.rglob("*.py")
    importing = [f.name for f in files if re.search(pattern, f.read_text("utf-8"), re.MULTILINE)]
    assert importing == ["_runtime.py"]
