"""A real Chromium and a real studio for the tests of the page."""

from __future__ import annotations

import io
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
PATIENCE = 90_000  # milliseconds; a busy machine paints slowly


@dataclass
class Running:
    """A studio in a process of its own, which can be killed and started again."""

    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        code = "import sys; from style2color.cli import main; sys.exit(main())"
        words = ["studio", "--no-browser", "--port", str(self.port), "--threads", "1"]
        self.process = subprocess.Popen([sys.executable, "-c", code, *words])
        for _ in range(600):
            try:
                with urllib.request.urlopen(self.address + "api/v1/health", timeout=5):
                    return
            except OSError:
                assert self.process.poll() is None, "the studio ended while starting"
                time.sleep(0.1)
        raise AssertionError("the studio did not start")

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@contextmanager
def studio() -> Iterator[Running]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        running = Running(free.getsockname()[1])
    running.start()
    try:
        yield running
    finally:
        running.kill()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; skips where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    if CHROMIUM is None:
        pytest.skip("no Chromium; on Debian: apt-get install chromium")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


def small(name: str, side: int = 320) -> bytes:
    """One of the repository's examples as a small PNG."""
    with Image.open(EXAMPLES / name) as picture:
        picture.thumbnail((side, side))
        stream = io.BytesIO()
        picture.save(stream, "PNG")
    return stream.getvalue()


def enlarged(name: str, side: int) -> bytes:
    """One of the repository's examples as a PNG of this many pixels a side."""
    stream = io.BytesIO()
    with Image.open(EXAMPLES / name) as picture:
        picture.convert("L").resize((side, side)).save(stream, "PNG")
    return stream.getvalue()


def drop(page: Page, selector: str, name: str, data: bytes) -> None:
    """Let go of a file over an element."""
    carried = page.evaluate_handle(
        """([name, bytes]) => {
            const carried = new DataTransfer();
            carried.items.add(new File([new Uint8Array(bytes)], name, {type: "image/png"}));
            return carried;
        }""",
        [name, list(data)],
    )
    page.dispatch_event(selector, "dragover", {"dataTransfer": carried})
    page.dispatch_event(selector, "drop", {"dataTransfer": carried})


def finished(page: Page) -> None:
    """Wait until the painting is what was asked for, at full size."""
    page.wait_for_timeout(50)
    page.wait_for_selector(".studio[data-state=finished]", timeout=PATIENCE)
    page.wait_for_timeout(100)  # the next frame is drawn


def color_at(page: Page, x: float, y: float) -> tuple[int, int, int]:
    """What the canvas shows at a share of the sketch's width and height."""
    told = page.evaluate(
        """([x, y]) => {
            const canvas = document.querySelector("canvas.canvas");
            const [px, py] = [Math.round(x), Math.round(y)].map((v) => v * devicePixelRatio);
            return [...canvas.getContext("2d").getImageData(px, py, 1, 1).data];
        }""",
        list(spot(page, x, y, on_screen=False)),
    )
    return told[0], told[1], told[2]


def spot(page: Page, x: float, y: float, on_screen: bool = True) -> tuple[float, float]:
    """Where a share of the sketch's width and height lies, fitted into the canvas (`view.ts`)."""
    box = page.locator("canvas.canvas").bounding_box()
    assert box is not None
    side = min(min(box["width"], box["height"]) - 56, 4 * 320)
    left, top = (box["width"] - side) / 2, (box["height"] - side) / 2
    at = left + x * side, top + y * side
    return (box["x"] + at[0], box["y"] + at[1]) if on_screen else at


def painted(page: Page) -> None:
    """Drop the example's sketch and reference, and wait for the painting."""
    drop(page, "#open-sketch", "girl.png", small("sketch.png"))
    page.wait_for_selector(".place.filled")
    drop(page, "#open-reference", "colours.png", small("reference.png"))
    finished(page)


def downloaded(page: Page, format: str) -> tuple[str, bytes]:
    """Name and bytes of the file that the download menu gives: psd, ora, png or json."""
    page.click(".primary")
    with page.expect_download() as waiting:
        page.click(f"[data-format={format}]")
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()
