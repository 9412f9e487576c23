"""A studio in a process of its own, and a Chromium to look at it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@contextmanager
def studio() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The address of a fresh studio, without a slash at its end, and its process; ended after."""
    words = [sys.executable, "-m", "style2color", "studio", "--no-browser", "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            found = re.search(r"http://localhost:\d+", server.stdout.readline())
            if not found:
                sys.exit("the studio did not start")
            yield found[0], server
        finally:
            server.terminate()


@contextmanager
def chromium() -> Iterator[Browser]:
    """The machine's own Chromium."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        yield browser
        browser.close()
