"""`style2color studio --static`: the page that paints by itself, against what Python paints."""

from __future__ import annotations

import functools
import http.server
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from psd_tools import PSDImage
from psd_tools.constants import BlendMode
from tests.runtime.tiny_model import write_model

from style2color.cli import main
from style2color.colorizer import Colorizer
from style2color.errors import UsageError
from style2color.layers import split
from style2color.model import Model
from style2color.painting.drafts import Painting, tinted
from style2color.painting.shading import LIGHTS
from style2color.painting.tint import spread, tint_at
from style2color.reading.parts import IRIS, WHITE, read_parts
from style2color.studio.standalone import write

from .browser import PATIENCE, ROOT, downloaded

if TYPE_CHECKING:
    from playwright.sync_api import Browser

RUNTIME = ROOT / "studio/node_modules/onnxruntime-web/dist"
EXAMPLES = ROOT / "src/style2color/studio/examples"
SKETCH, REFERENCE = EXAMPLES / "coat-sketch.webp", EXAMPLES / "coat-reference.webp"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not RUNTIME.is_dir():
        pytest.skip("no onnxruntime-web; npm ci in studio/")
    return write(tmp_path_factory.mktemp("web") / "site")


@contextmanager
def served(site: Path) -> Iterator[str]:
    quiet = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    handler = functools.partial(quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def painted_in(
    browser: Browser, site: Path
) -> tuple[np.ndarray, PSDImage, np.ndarray | None, PSDImage]:
    """What the page makes of its first example: the picture, int (H, W, 3), the layers, where
    there is a highlight, the picture with it hidden, and the layers with coloured lines."""
    with served(site) as address, browser.new_context() as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        page.locator(".examples button").first.click()
        page.wait_for_selector(".studio[data-state=finished]")

        def saved(format: str) -> io.BytesIO:
            return io.BytesIO(downloaded(page, format)[1])

        picture, psd, dull = saved("png"), saved("psd"), None
        toggle = page.get_by_label("Highlight", exact=True)
        if toggle.count():
            toggle.uncheck()
            page.wait_for_timeout(800)
            dull = pixels(saved("png"))
            page.keyboard.press("Control+z")
        page.get_by_label("Coloured lines").check()
        page.wait_for_selector(".studio[data-state=finished]")
        colored = PSDImage.open(saved("psd"))
        assert not complaints
        assert all(url.startswith((address, "blob:")) for url in asked)
    return pixels(picture), PSDImage.open(psd), dull, colored


def pixels(file: io.BytesIO) -> np.ndarray:
    with Image.open(file) as picture:
        return np.asarray(picture.convert("RGB"), int)


def check_colored_lines(psd: PSDImage, black: PSDImage, painting: Painting) -> None:
    """The page's coloured lines are what Python makes of its layers; so is the whole picture."""
    layers = {layer.name: np.asarray(layer.topil()) for layer in psd}
    (line,) = (layer for layer in black if layer.name == "Line")
    np.testing.assert_array_equal(layers["Line"][..., 3], np.asarray(line.topil())[..., 3])
    ink = 255 - layers["Line"][..., 3]
    tint = spread(layers["Flat"][..., :3], painting.shade, painting.light, ink)
    for rows, colors in tint_at(tint, ink.shape):
        away = np.abs(layers["Line"][rows, :, :3].astype(int) - colors)
        # Measured at most 1.
        assert away.max() <= 2
    difference = np.abs(np.asarray(psd.topil().convert("RGB"), int) - tinted(painting).rgb)
    assert difference.mean() < 0.05
    assert (difference.max(-1) > 8).mean() < 0.002


def check_eyes(psd: PSDImage, painting: Painting, model: Path) -> None:
    """The page reads what Python reads: whites stay paper, irises are regions of their own."""
    reading = read_parts(Model.load(model), painting.lines)
    assert reading is not None
    (flat,) = (np.asarray(layer.topil())[..., :3] for layer in psd if layer.name == "Flat")
    for part in (WHITE, IRIS):
        there = reading.eyes == part
        assert there.sum() > 1000
        assert (flat[there] == painting.flat[there]).all()
    # Specks are left to their regions.
    assert (flat[reading.eyes == WHITE] == 255).mean() > 0.9


def test_the_page_paints_what_python_paints(browser: Browser, site: Path) -> None:
    page_says, psd, dull, colored = painted_in(browser, site)
    painting = Colorizer().set_reference(REFERENCE).colorize(SKETCH)
    difference = np.abs(page_says - painting.rgb)
    # Measured 0.0002 and none: WebAssembly's sums round otherwise. Room for a small region that
    # another processor's sums tip over.
    assert difference.mean() < 0.05
    assert (difference.max(-1) > 8).mean() < 0.002
    names = [layer.name for layer in split(painting) if layer.name != "Line light"]
    assert [layer.name for layer in psd] == names
    assert (dull is not None) == ("Highlight" in names)
    check_colored_lines(colored, psd, painting)


def test_the_page_lays_on_the_light_and_reads_the_eyes_that_python_does(
    browser: Browser, tmp_path: Path
) -> None:
    if not RUNTIME.is_dir():
        pytest.skip("no onnxruntime-web; npm ci in studio/")
    model = write_model(tmp_path / "model", light=0.6, parts=True)
    page_says, psd, dull, colored = painted_in(browser, write(tmp_path / "site", model=str(model)))
    painting = Colorizer(model).set_reference(REFERENCE).colorize(SKETCH)
    check_eyes(psd, painting, model)
    modes = {layer.name: layer.blend_mode for layer in psd}
    assert modes == {
        "Flat": BlendMode.NORMAL, "Shadow": BlendMode.MULTIPLY, "Highlight": BlendMode.SCREEN,
        "Line": BlendMode.NORMAL,
    }  # fmt: skip
    layers = {layer.name: layer.pixels.astype(int) for layer in split(painting)}
    (highlight,) = (layer for layer in psd if layer.name == "Highlight")
    shown = np.asarray(highlight.topil().convert("RGB"), int)
    assert layers["Highlight"].max() > 100
    away = np.abs(shown - layers["Highlight"])
    # Measured none.
    assert away.mean() < 0.05
    assert (away > 8).mean() < 0.001
    assert dull is not None
    assert (dull <= page_says + 2).all()
    bright = (layers["Highlight"].min(-1) > 60) & (painting.lines == 255) & (dull.min(-1) < 200)
    assert (page_says - dull).max(-1)[bright].mean() > 10
    difference = np.abs(page_says - painting.rgb)
    assert difference.mean() < 0.05
    assert (difference.max(-1) > 8).mean() < 0.002
    check_colored_lines(colored, psd, painting)


def test_the_page_lays_the_shadows_that_python_lays(browser: Browser, tmp_path: Path) -> None:
    if not RUNTIME.is_dir():
        pytest.skip("no onnxruntime-web; npm ci in studio/")
    model = write_model(tmp_path / "model", shading=True)
    site = write(tmp_path / "site", model=str(model))
    with served(site) as address, browser.new_context() as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(address)
        page.locator(".examples button").first.click()
        page.wait_for_selector(".studio[data-state=finished]")
        painter = Colorizer(model).set_reference(REFERENCE)
        for light in LIGHTS:
            page.get_by_label("Light", exact=True).select_option(light)
            page.wait_for_timeout(100)
            page.wait_for_selector(".studio[data-state=finished]")
            _, psd = downloaded(page, "psd")
            layers = {layer.name: layer.topil() for layer in PSDImage.open(io.BytesIO(psd))}
            for layer in split(painter.colorize(SKETCH, light=light)):
                if layer.name == "Line light":  # the page's files have none
                    continue
                shown = np.asarray(layers[layer.name], int)
                away = np.abs(shown[..., :3] - layer.pixels[..., :3].astype(int))
                assert away.mean() < 0.05, (light, layer.name)
                assert (away.max(-1) > 8).mean() < 0.002, (light, layer.name)


def test_the_page_paints_with_models_that_read_no_parts(browser: Browser, tmp_path: Path) -> None:
    if not RUNTIME.is_dir():
        pytest.skip("no onnxruntime-web; npm ci in studio/")
    model = write_model(tmp_path / "model")
    site = write(tmp_path / "site", model=str(model))
    assert not (site / "model/parts.onnx").exists()
    with served(site) as address, browser.new_context() as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(address)
        page.locator(".examples button").first.click()
        page.wait_for_selector(".studio[data-state=finished]")
        _, picture = downloaded(page, "png")
    painting = Colorizer(model).set_reference(REFERENCE).colorize(SKETCH)
    difference = np.abs(pixels(io.BytesIO(picture)) - painting.rgb)
    assert difference.mean() < 0.05
    assert (difference.max(-1) > 8).mean() < 0.002


def test_an_earlier_page_is_replaced_and_nothing_else(site: Path, tmp_path: Path) -> None:
    assert write(site) == site
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(UsageError, match="holds other files"):
        write(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["letter.txt"]


def test_another_runtime_is_refused_with_the_way_to_get_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["studio", "--static", str(tmp_path / "site"), "--runtime", str(tmp_path)]
    assert main(words) == 2
    assert "npm install onnxruntime-web@" in capsys.readouterr().err
    (tmp_path / "ort.wasm.bundle.min.mjs").write_text("export {}")
    assert main(words) == 2
    assert not (tmp_path / "site").exists()
    assert main(["studio", "--runtime", str(tmp_path)]) == 2
