"""The page in a real browser: from an empty table to a file with layers."""

from __future__ import annotations

import hashlib
import io
import json
import re

import numpy as np
import pytest
from PIL import Image
from psd_tools import PSDImage

pytest.importorskip("fastapi", reason="needs the studio extra")

from .browser import ROOT, color_at, downloaded, drop, enlarged, finished, painted, small, spot

SOURCE = ROOT / "studio"
PAGE = ROOT / "src/style2color/studio/page"
HAIR = (0.42, 0.12)  # inside the hair of examples/sketch.png, a closed shape
HAIR_BESIDE = (0.52, 0.08)
PHONE = {"is_mobile": True, "has_touch": True, "viewport": {"width": 390, "height": 844}}
PASTE = """([name, bytes]) => {
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([new Uint8Array(bytes)], name, {type: "image/png"}));
    document.body.dispatchEvent(new ClipboardEvent("paste", {clipboardData, bubbles: true}));
}"""
NOTE_ERRORS = """() => {
    window.errors = [];
    const look = () => {
        const told = document.querySelector(".notice.error");
        if (told) errors.push(told.textContent);
    };
    new MutationObserver(look).observe(
        document.body, {subtree: true, childList: true, attributes: true}
    );
}"""


def test_the_committed_build_belongs_to_the_source() -> None:
    names = [
        file.relative_to(SOURCE).as_posix()
        for part in ("index.html", "package-lock.json", "public", "src")
        for file in ([SOURCE / part] if (SOURCE / part).is_file() else (SOURCE / part).rglob("*"))
        if file.is_file()
    ]
    names += ["tsconfig.json", "vite.config.ts"]
    digest = hashlib.sha256()
    for name in sorted(names):
        digest.update(f"{name}\n".encode() + (SOURCE / name).read_bytes())
    built = json.loads((PAGE / "build.json").read_text("utf-8"))
    assert built["sources"] == digest.hexdigest(), "build the page anew: make page"


def test_no_file_of_the_page_leads_elsewhere() -> None:
    for file in (*PAGE.iterdir(), SOURCE / "package-lock.json"):
        if file.is_file() and file.suffix != ".wasm":
            text = file.read_text("utf-8")
            found = set(re.findall(r"https?://[\w.-]+", text)) - {"http://www.w3.org"}
            assert not {name for name in found if "npm" in name or file.parent == PAGE}, file


def test_from_an_empty_table_to_layers(page) -> None:  # type: ignore[no-untyped-def]
    painted(page)
    before = color_at(page, *HAIR_BESIDE)
    assert before != (255, 255, 255)

    page.locator(".references canvas").click(position={"x": 4, "y": 4})  # the white paper
    page.mouse.click(*spot(page, *HAIR))
    finished(page)
    assert min(color_at(page, *HAIR_BESIDE)) > 225
    page.keyboard.press("Control+z")
    finished(page)
    assert color_at(page, *HAIR_BESIDE) == before
    page.keyboard.press("Control+y")
    finished(page)
    assert min(color_at(page, *HAIR_BESIDE)) > 225
    page.keyboard.press("Control+z")

    page.get_by_label("Only these").check()
    finished(page)
    told = page.eval_on_selector_all(
        ".palette .swatches .swatch", "all => all.map((one) => one.ariaLabel.slice(0, 7))"
    )
    name, data = downloaded(page, "psd")
    assert name == "girl-painted.psd"
    document = PSDImage.open(io.BytesIO(data))
    assert document.size == (320, 320)
    layers = {layer.name: layer for layer in document}
    assert {"Flat", "Shadow", "Line"} <= set(layers)
    flat = np.unique(np.asarray(layers["Flat"].composite().convert("RGB")).reshape(-1, 3), axis=0)
    assert {"#" + bytes(color).hex() for color in flat.tolist()} <= set(told)


def test_a_replaced_colour_is_painted_and_taken_back(page) -> None:  # type: ignore[no-untyped-def]
    painted(page)
    page.get_by_label("Only these").check()
    finished(page)
    before = color_at(page, *HAIR_BESIDE)
    own = "#" + bytes(before).hex()
    # Shade moves a colour a little, so the entry is the nearest.
    hexes = page.eval_on_selector_all(
        ".palette .swatch", "all => all.map((one) => one.ariaLabel.slice(0, 7))"
    )
    entry = min(hexes, key=lambda hex: distance(hex, own))
    page.locator(f".palette .swatch[aria-label^='{entry}']").first.click()
    page.locator(".chosen input[type=color]").fill("#11dd55")
    finished(page)
    red, green, blue = color_at(page, *HAIR_BESIDE)
    assert green > red + 40
    assert green > blue + 40
    page.keyboard.press("Control+z")
    finished(page)
    assert color_at(page, *HAIR_BESIDE) == before


def distance(one: str, other: str) -> int:
    parts = zip(bytes.fromhex(one[1:]), bytes.fromhex(other[1:]), strict=True)
    return sum(abs(a - b) for a, b in parts)


def test_layers_hide_and_the_picture_is_saved_as_shown(page) -> None:  # type: ignore[no-untyped-def]
    painted(page)
    whole = downloaded(page, "png")[1]
    page.get_by_label("Line", exact=True).uncheck()
    page.wait_for_timeout(800)
    without = downloaded(page, "png")[1]
    dark = [
        np.asarray(Image.open(io.BytesIO(data)).convert("L")).min() for data in (whole, without)
    ]
    assert dark[0] < 20
    assert dark[1] > dark[0]
    page.keyboard.press("Control+z")
    assert page.get_by_label("Line", exact=True).is_checked()
    assert downloaded(page, "ora")[1][:2] == b"PK"


def test_lines_are_coloured_by_keys_and_black_again(page) -> None:  # type: ignore[no-untyped-def]
    def picture() -> np.ndarray:
        finished(page)
        return np.asarray(Image.open(io.BytesIO(downloaded(page, "png")[1])).convert("RGB"), int)

    painted(page)
    black = picture()
    box = page.get_by_label("Coloured lines")
    box.focus()
    page.keyboard.press("Space")
    colored = picture()
    assert box.is_checked()
    ink = (black.max(-1) < 80) & (np.ptp(black, axis=-1) < 20)
    assert ink.sum() > 100
    assert np.ptp(colored[ink], axis=-1).mean() > np.ptp(black[ink], axis=-1).mean() + 10
    assert (colored[ink].max(-1) > black[ink].max(-1)).mean() > 0.7
    page.keyboard.press("Control+z")
    assert (picture() == black).all()
    assert not box.is_checked()
    page.keyboard.press("Control+y")
    assert (picture() == colored).all()
    assert box.is_checked()


def test_the_light_changes_sides_and_back(page) -> None:  # type: ignore[no-untyped-def]
    def picture() -> np.ndarray:
        finished(page)
        return np.asarray(Image.open(io.BytesIO(downloaded(page, "png")[1])).convert("RGB"), int)

    painted(page)
    chooser = page.get_by_label("Light", exact=True)
    shown = {}
    for side in ("left", "right", "none"):
        chooser.select_option(side)
        page.wait_for_timeout(100)
        shown[side] = picture()
    # Highlights make brighter, shadows darker; without light there is neither.
    assert (shown["left"] != shown["right"]).any()
    assert shown["left"].sum() < shown["none"].sum()
    page.keyboard.press("Control+z")
    assert (picture() == shown["right"]).all()
    assert chooser.input_value() == "right"


def test_everything_can_be_undone(page) -> None:  # type: ignore[no-untyped-def]
    painted(page)
    page.locator(".remove").click()
    page.wait_for_selector(".welcome")
    page.keyboard.press("Control+z")
    finished(page)
    page.get_by_role("button", name="New").click()
    page.wait_for_selector("#open-sketch")
    for _ in range(4):
        page.keyboard.press("Control+z")
    page.wait_for_selector("#open-sketch")
    assert page.get_by_role("button", name="Undo").is_disabled()
    page.keyboard.press("Control+Shift+z")
    page.keyboard.press("Control+Shift+z")
    finished(page)


def test_a_pen_draws_by_pressure_and_the_eraser_takes_it(page) -> None:  # type: ignore[no-untyped-def]
    painted(page)
    session = page.context.new_cdp_session(page)

    def pen(kind: str, x: float, y: float, force: float) -> None:
        at = spot(page, x, y)
        session.send(
            "Input.dispatchMouseEvent",
            {"type": kind, "x": at[0], "y": at[1], "pointerType": "pen", "force": force}
            | {"button": "left", "buttons": 1, "clickCount": 1},
        )

    pen("mousePressed", 0.36, 0.12, 0.1)
    for step in range(1, 11):
        pen("mouseMoved", 0.36 + step / 50, 0.12, step / 10)
    pen("mouseReleased", 0.56, 0.12, 0)
    finished(page)
    strokes = json.loads(downloaded(page, "json")[1])["strokes"]
    radii = [stroke["radius"] for stroke in strokes]
    assert max(radii) > 2 * min(radii)
    page.keyboard.press("e")
    page.mouse.click(*spot(page, 0.46, 0.12))
    finished(page)
    page.click(".primary")
    assert page.locator("[data-format=psd]").is_visible()
    assert not page.locator("[data-format=json]").count()


def test_keys_alone_place_a_colour(page) -> None:  # type: ignore[no-untyped-def]
    painted(page)
    page.locator("canvas.canvas").focus()
    for _ in range(6):
        page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("Enter")
    finished(page)
    point = json.loads(downloaded(page, "json")[1])["points"]
    assert len(point) == 1
    assert point[0]["x"] == pytest.approx(160, abs=1)
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")


def test_a_server_that_died_and_came_back_is_told_everything_again(  # type: ignore[no-untyped-def]
    page, server
) -> None:
    painted(page)
    page.mouse.click(*spot(page, *HAIR))
    finished(page)
    server.kill()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # as one comes back
    page.wait_for_selector(".notice:has-text('does not answer')")
    server.start()
    page.wait_for_selector(".notice:has-text('sent again')")
    finished(page)
    assert PSDImage.open(io.BytesIO(downloaded(page, "psd")[1])).size == (320, 320)


def test_a_server_killed_while_it_paints_is_waited_for(  # type: ignore[no-untyped-def]
    page, server
) -> None:
    painted(page)
    page.evaluate(NOTE_ERRORS)
    with page.expect_response(orders_full_size):
        drop(page, "canvas.canvas", "large.png", enlarged("sketch.png", 3000))
    # The preview is there and the larger job has begun, which takes seconds: what is cut off is
    # the stream of its events.
    server.kill()
    page.wait_for_selector(".notice:has-text('does not answer')")
    server.start()
    page.wait_for_selector(".notice:has-text('sent again')")
    finished(page)
    assert page.evaluate("errors") == []
    assert Image.open(io.BytesIO(downloaded(page, "png")[1])).size == (3000, 3000)


def orders_full_size(response) -> bool:  # type: ignore[no-untyped-def]
    asked = response.request
    ordered = asked.method == "POST" and asked.url.endswith("/jobs")
    return bool(ordered and asked.post_data_json["size"] == "full")


def test_axe_finds_nothing_serious(page) -> None:  # type: ignore[no-untyped-def]
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()

    def serious() -> list[str]:
        found = axe.run(page).response["violations"]
        return [
            f"{one['id']}: {one['nodes'][0]['html']}"
            for one in found
            if one["impact"] in ("serious", "critical")
        ]

    page.wait_for_selector(".examples img")
    assert not serious()
    painted(page)
    page.locator(".palette .swatch").nth(1).click()
    assert not serious()
    page.click(".primary")
    assert not serious()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Light or dark").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert not serious()
    page.keyboard.press("?")
    assert not serious()


@pytest.mark.parametrize(
    ("page", "word", "lang"),
    [
        ({"locale": "en-GB"}, "Sketch", "en"),
        ({"locale": "zh-CN"}, "线稿", "zh-CN"),
        ({"locale": "ja-JP"}, "線画", "ja"),
    ],
    indirect=["page"],
)
def test_three_languages(page, word: str, lang: str) -> None:  # type: ignore[no-untyped-def]
    assert page.locator("#open-sketch strong").inner_text() == word
    assert page.locator("html").get_attribute("lang") == lang
    page.select_option(".language", "ja")
    assert page.locator("#open-sketch strong").inner_text() == "線画"


@pytest.mark.parametrize("page", [{"locale": "ja-JP"}], indirect=True)
def test_what_is_no_picture_is_said_in_the_reader_s_language(page) -> None:  # type: ignore[no-untyped-def]
    drop(page, "#open-sketch", "notes.png", b"not a picture")
    said = page.wait_for_selector(".notice.error").inner_text()
    assert said.startswith("「notes.png」は画像として読めません")
    assert page.locator("#open-sketch").is_visible()


@pytest.mark.parametrize("width", [1280, 820])
def test_the_two_places_lie_in_the_middle(page, width: int) -> None:  # type: ignore[no-untyped-def]
    page.set_viewport_size({"width": width, "height": 800})
    sketch, reference = (
        page.locator(f"#open-{place}").bounding_box() for place in ("sketch", "reference")
    )
    right = reference["x"] + reference["width"]
    assert sketch["x"] == pytest.approx(width - right, abs=2)
    assert reference["x"] - sketch["x"] - sketch["width"] < 80


@pytest.mark.parametrize("page", [PHONE], indirect=True)
def test_all_of_the_page_fits_a_phone(page) -> None:  # type: ignore[no-untyped-def]
    painted(page)
    page.click(".primary")
    whole = page.viewport_size
    for name in (".top .button", ".primary", ".sheet", ".tool", ".size input", ".compare input"):
        for part in page.locator(name).all():
            box = part.bounding_box()
            assert box["x"] >= 0, name
            assert box["x"] + box["width"] <= whole["width"], name
            assert box["y"] + box["height"] <= whole["height"], name
    tools = page.locator(".tools")
    assert tools.evaluate("all => all.scrollHeight <= all.clientHeight")


def test_pictures_are_pasted_and_a_second_reference_is_added(page) -> None:  # type: ignore[no-untyped-def]
    def paste(name: str, side: int) -> None:
        page.evaluate(PASTE, [name, list(small(name, side))])

    paste("sketch.png", 320)
    page.wait_for_selector(".place.filled:has-text('Sketch')")
    paste("reference.png", 320)
    finished(page)
    paste("reference.png", 160)
    page.wait_for_selector(".references li:nth-child(2)")
    finished(page)
    page.keyboard.press("Control+z")
    finished(page)
    assert page.locator(".references li").count() == 1


def test_a_painting_is_cancelled_and_asked_for_again(page) -> None:  # type: ignore[no-untyped-def]
    painted(page)
    drop(page, "canvas.canvas", "large.png", enlarged("sketch.png", 1400))
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("Cancelled").wait_for()
    assert page.locator(".studio").get_attribute("data-state") == "waiting"
    page.get_by_role("button", name="Paint", exact=True).click()
    finished(page)


def test_two_files_dropped_at_once_find_their_places(page) -> None:  # type: ignore[no-untyped-def]
    page.set_input_files("input[data-opens=reference]", [])
    drop(page, ".welcome h1", "a.png", small("reference.png"))
    page.wait_for_selector(".place.filled:has-text('Reference')")
    drop(page, ".welcome h1", "b.png", small("sketch.png"))
    finished(page)
