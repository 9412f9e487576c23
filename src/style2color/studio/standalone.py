"""The studio without a server: a folder of files for any web host; the model runs in the page."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from style2color.errors import ModelError, OutputError, UsageError
from style2color.model import GRAPHS, Model

__all__ = ["write"]

PAGE = Path(__file__).parent / "page"
EXAMPLES = Path(__file__).parent / "examples"
# Where `npm ci` puts it in a clone of the repository.
_IN_CLONE = Path(__file__).parents[3] / "studio/node_modules/onnxruntime-web/dist"
_MARK = "style2color-studio.json"
# The server says this in a header; a file host does not. frame-ancestors works in headers only.
_CSP = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "
    "img-src 'self' blob: data:; connect-src 'self'; worker-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)
_ENGINE = '<meta name="style2color-engine" content="{}" />'


def write(folder: Path, runtime: Path | None = None, model: str | None = None) -> Path:
    """Write the page, the model, the examples and ONNX Runtime's WebAssembly into ``folder``.

    runtime: the folder ``dist`` of the npm package onnxruntime-web; None looks into the clone.
    model: a model folder, None for the embedded one. An earlier page of this kind in ``folder`` is
    replaced, as a whole or not at all. Returns the folder.

    Raises:
        UsageError: the folder holds something else, or the runtime is missing or another version.
        ModelError: the model cannot be used. OutputError: the folder cannot be written.
    """
    if folder.exists() and not (folder / _MARK).is_file() and any(_entries(folder)):
        raise UsageError(f"{folder}: holds other files; name an empty folder or a new one")
    built: dict[str, Any] = json.loads((PAGE / "build.json").read_text("utf-8"))
    needed: dict[str, str] = built["runtime"]["sha256"]
    source = _runtime(runtime, needed, built["runtime"]["version"])
    loaded = Model.load(model)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written: {error.strerror or error}") from error
    try:
        made.chmod(0o755)
        _fill(made, source, list(needed), loaded)
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(made, folder)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return folder


def _entries(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise UsageError(f"{folder}: is a file; name a folder")
    return list(folder.iterdir())


def _runtime(given: Path | None, needed: dict[str, str], version: str) -> Path:
    folder = given or _IN_CLONE
    fix = (
        f"get it with: npm install onnxruntime-web@{version}, then add "
        "--runtime node_modules/onnxruntime-web/dist"
    )
    for name, digest in needed.items():
        file = folder / name
        if not file.is_file():
            raise UsageError(f"{file}: is missing, and without it no model runs in a page; {fix}")
        if hashlib.sha256(file.read_bytes()).hexdigest() != digest:
            raise UsageError(f"{file}: is not that of onnxruntime-web {version}; {fix}")
    return folder


def _fill(made: Path, runtime: Path, needed: list[str], model: Model) -> None:
    shutil.copytree(PAGE, made, dirs_exist_ok=True)
    (made / "build.json").rename(made / _MARK)
    page = (made / "index.html").read_text("utf-8")
    server = _ENGINE.format("server")
    if server not in page:
        raise ModelError(f"{PAGE}: damaged (index.html names no engine); install style2color again")
    policy = f'<meta http-equiv="Content-Security-Policy" content="{_CSP}" />'
    page = page.replace(server, f"{policy}\n    {_ENGINE.format('local')}")
    (made / "index.html").write_text(page, "utf-8")
    shutil.copytree(EXAMPLES, made / "examples")
    for inside in ("runtime", "model"):
        (made / inside).mkdir()
    for name in needed:
        shutil.copyfile(runtime / name, made / "runtime" / name)
    also = (
        ("parts", model.reads_parts),
        ("shading", model.shades),
        ("refiner", model.refines),
        ("figures", model.tells_figures),
    )
    graphs = (*GRAPHS, *(graph for graph, there in also if there))
    for name in ("model.json", *(f"{graph}.onnx" for graph in graphs)):
        shutil.copyfile(model.folder / name, made / "model" / name)
