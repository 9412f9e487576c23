"""The house itself: sizes, the light core, and that what the documents tell can be done."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WEIGHTS = ROOT / "src/style2color/weights"
ROOMY = ("src/style2color/weights/", "docs/images/")
TRAINING_FOLDERS = ("nn", "data", "train", "evaluate", "reproduce")


def committed() -> list[Path]:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git clone")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def core_modules() -> list[str]:
    """All but what trains; the commands that train are loaded only when they are called."""
    package = ROOT / "src/style2color"
    commands = (f for f in (package / "cli").glob("*.py") if f.stem not in TRAINING_FOLDERS)
    files = [f for f in (*package.glob("*.py"), *commands) if f.stem != "__main__"]
    names = (file.relative_to(ROOT / "src").with_suffix("").as_posix() for file in files)
    return sorted(name.replace("/", ".").removesuffix(".__init__") for name in names)


def test_no_committed_file_is_heavy() -> None:
    heavy = [
        file
        for file in committed()
        if file.stat().st_size > 2**20 and not file.relative_to(ROOT).as_posix().startswith(ROOMY)
    ]
    assert not heavy


def test_no_python_file_reaches_400_lines() -> None:
    long = {
        file.relative_to(ROOT).as_posix(): lines
        for file in committed()
        if file.suffix == ".py" and (lines := len(file.read_text("utf-8").splitlines())) >= 400
    }
    assert not long


def test_the_core_imports_with_nothing_of_the_training_extra() -> None:
    blocked = [
        *("torch", "cv2", "scipy", "onnx", "onnxscript", "safetensors", "skia", "resvg_py"),
        "matplotlib",
        *(f"style2color.{folder}" for folder in TRAINING_FOLDERS),
    ]
    code = "import sys, importlib\n"
    code += "".join(f"sys.modules[{name!r}] = None\n" for name in blocked)
    code += "".join(f"importlib.import_module({name!r})\n" for name in core_modules())
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = (
        "import sys, style2color\n"
        "heavy = {'numpy', 'PIL', 'onnxruntime', 'cc3d', 'edt', 'typer', 'rich'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_the_core_environment_is_small_and_has_no_torch() -> None:
    if not (ROOT / ".venv/.ready").exists():
        pytest.skip("no .venv; run make setup")
    files = [path for path in (ROOT / ".venv").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files if not path.is_symlink()) < 300 * 2**20
    assert not any(path.name == "torch" for path in (ROOT / ".venv").rglob("torch"))


def shell_commands(text: str) -> Iterator[list[str]]:
    """The words of every command line in the fenced sh blocks of a Markdown text."""
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
        for line in block.splitlines():
            if words := shlex.split(line, comments=True):
                yield words


@cache
def help_of(*path: str) -> str:
    """What a command prints about itself; it must do so without complaint."""
    said = run_cli(*path, "--help")
    assert said.returncode == 0, said.stderr
    assert "Usage:" in said.stdout
    return said.stdout


def run_cli(*words: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    code = "import sys; from style2color.cli import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=folder,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )


def subcommands(*path: str) -> list[str]:
    found = re.search(r"^Commands:\n((?:  .*\n?)+)", help_of(*path), re.MULTILINE)
    return re.findall(r"^  ([\w-]+)", found[1], re.MULTILINE) if found else []


def commands() -> Iterator[tuple[str, ...]]:
    for name in subcommands():
        inner = subcommands(name)
        yield from [(name, sub) for sub in inner] if inner else [(name,)]


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_the_documents_name_commands_that_exist(document: str) -> None:
    targets = re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    told = list(shell_commands((ROOT / document).read_text("utf-8")))
    assert told
    for words in told:
        if words[0] == "make":
            assert all(word in targets for word in words[1:] if "=" not in word), words
        elif words[0] == "style2color" and not words[1].startswith("-"):
            path = words[1 : 3 if subcommands(words[1]) else 2]
            used = {word for word in words if re.match(r"--?[a-z]", word)}
            missing = {word for word in used if not re.search(rf"{word}\b", help_of(*path))}
            assert not missing, words


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_links_to_files_lead_somewhere(document: str) -> None:
    text = (ROOT / document).read_text("utf-8")
    links = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)|src=\"([^\"]+)\"", text)
    for target in (first or second for first, second in links):
        if "://" not in target:
            assert (ROOT / target).exists(), target


def test_every_command_shows_an_example_in_its_help() -> None:
    found = list(commands())
    assert {("colorize",), ("lines",), ("model",)} <= set(found)
    for path in found:
        assert f"  style2color {' '.join(path)}" in help_of(*path), path


@pytest.mark.parametrize("command", ["colorize", "lines", "model"])
def test_the_examples_of_the_help_work(command: str, tmp_path: Path) -> None:
    if not (WEIGHTS / "model.json").exists():
        pytest.skip("no embedded model yet")
    for folder in ("pages", "pictures"):
        (tmp_path / folder).mkdir()
    for name in ("sketch.png", "pages/1.png", "pages/2.png"):
        shutil.copy(ROOT / "examples/sketch.png", tmp_path / name)
    for name in ("reference.png", "picture.png", "pictures/1.png"):
        shutil.copy(ROOT / "examples/reference.png", tmp_path / name)
    point = {"x": 9, "y": 9, "radius": 4, "color": "#88aaff"}
    (tmp_path / "hints.json").write_text(json.dumps({"version": 1, "points": [point]}))
    examples = re.findall(rf"^ +style2color ({command}.*)$", help_of(command), re.MULTILINE)
    assert examples
    script = f"{shlex.quote(sys.executable)} -c 'import sys; from style2color.cli import main; "
    script += "sys.exit(main())' "
    for example in examples:
        done = subprocess.run(
            script + example, shell=True, cwd=tmp_path, capture_output=True, timeout=120
        )
        assert done.returncode == 0, (example, done.stderr)


def test_the_python_of_the_readme_works(tmp_path: Path) -> None:
    if not (WEIGHTS / "model.json").exists():
        pytest.skip("no embedded model yet")
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    for name in ("sketch.png", "page1.png", "page2.png"):
        shutil.copy(ROOT / "examples/sketch.png", tmp_path / name)
    shutil.copy(ROOT / "examples/reference.png", tmp_path)
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, timeout=120)
    assert {"painted.png", "painted-page1.png"} <= {path.name for path in tmp_path.iterdir()}
