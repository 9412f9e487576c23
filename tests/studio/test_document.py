"""docs/studio.md: its curl session runs, and what it says of errors and limits is so."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image
from psd_tools import PSDImage

from style2color.studio import guard, jobs, routes, sessions, state, work
from style2color.studio.settings import Settings

from .running import Client

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/studio.md").read_text("utf-8")


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl")
def test_the_shell_session_of_the_document_runs(studio: Client, tmp_path: Path) -> None:
    (told,) = re.findall(r"<!-- curl: begin -->(.*)<!-- curl: end -->", TEXT, re.DOTALL)
    blocks = re.findall(r"```sh\n(.*?)```", told, re.DOTALL)
    assert len(blocks) >= 7
    script = "set -eu -o pipefail\n" + "".join(blocks)
    script = script.replace("localhost:8765", f"localhost:{studio.port}")
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, (done.stdout[-500:], done.stderr)
    assert '"state":"done"' in done.stdout
    assert '"state":"cancelled"' in done.stdout
    assert Image.open(tmp_path / "painting.png").size == Image.open(tmp_path / "flat.webp").size
    assert len(PSDImage.open(io.BytesIO((tmp_path / "painting.psd").read_bytes()))) >= 3


def test_every_code_of_an_error_is_told() -> None:
    modules = (guard, jobs, routes, sessions, state, work)
    for module in modules:
        source = Path(str(module.__file__)).read_text("utf-8")
        for status, code in re.findall(r"Refused\(\s*(\d{3}),\s*\"(\w+)\"", source):
            if code == "method_not_allowed":
                continue
            assert re.search(rf"^\| {status} \|.*`{code}`", TEXT, re.MULTILINE), (status, code)


def test_the_limits_are_the_ones_in_force() -> None:
    limits = Settings()
    for said in (
        f"{limits.max_bytes // 2**20} MiB",
        f"{limits.max_pixels // 10**6} million pixels",
        f"{limits.max_side:,} a side",
        f"| {limits.max_references} a session",
        f"| {limits.max_queue}, of one session {limits.max_session_queue} ",
        f"| {limits.job_seconds:g} s,",
        f"| {limits.max_sessions}, wiped after {limits.session_seconds / 60:g} minutes",
        f"more than {limits.max_held_bytes // 2**30} GiB",
        f"{limits.max_uploads} bodies",
        f"within {limits.body_seconds:g} s",
        f"at most {limits.preview_side} pixels",
    ):
        assert said in TEXT, said
