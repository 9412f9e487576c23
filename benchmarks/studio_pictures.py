"""Take the pictures of the studio's page that its documentation shows, in Chromium.

    python benchmarks/studio_pictures.py

writes `docs/images/studio.webp` (a sketch half uncovered, a colour dabbed) and
`docs/images/studio-more.webp` (a tablet, a phone and a dark screen, in three languages).
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page

from served import chromium, studio

IMAGES = Path(__file__).parents[1] / "docs" / "images"
HEIGHT = 720  # of the pictures side by side
GAP = 20
SCREENS: tuple[dict[str, Any], ...] = (
    {"viewport": {"width": 820, "height": 1093}, "locale": "ja-JP", "has_touch": True},
    {"viewport": {"width": 390, "height": 844}, "locale": "en-GB", "has_touch": True},
    {"viewport": {"width": 1280, "height": 800}, "locale": "zh-CN", "color_scheme": "dark"},
)


def opened(browser: Browser, address: str, example: int, **options: Any) -> Page:
    """The page with an example painted."""
    page = browser.new_page(**options)
    page.goto(address)
    page.locator(".examples button").nth(example).click()
    page.wait_for_selector(".studio[data-state=finished]", timeout=120_000)
    page.wait_for_timeout(300)
    return page


def taken(page: Page) -> Image.Image:
    """What the page shows."""
    picture = Image.open(io.BytesIO(page.screenshot()))
    page.close()
    return picture.convert("RGB")


def main_picture(browser: Browser, address: str, example: int, at: tuple[float, float]) -> None:
    """One dab of the reference's third colour, and the sketch half uncovered."""
    page = opened(browser, address, example, viewport={"width": 1440, "height": 900})
    page.locator(".palette .swatch").nth(2).click()
    box = page.locator("canvas.canvas").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + at[0] * box["width"], box["y"] + at[1] * box["height"])
    page.wait_for_selector(".studio[data-state=finished]", timeout=120_000)
    page.locator(".compare input").fill("55")
    page.mouse.move(box["x"], box["y"] - 20)  # off the picture, where it would show the brush
    page.wait_for_timeout(300)
    taken(page).save(IMAGES / "studio.webp", quality=85, method=6)


def more_pictures(browser: Browser, address: str, example: int) -> None:
    """Other screens and languages, side by side."""
    pictures = [taken(opened(browser, address, example, **options)) for options in SCREENS]
    pictures = [
        picture.resize((round(picture.width * HEIGHT / picture.height), HEIGHT), Image.LANCZOS)
        for picture in pictures
    ]
    width = sum(picture.width + GAP for picture in pictures) - GAP
    sheet = Image.new("RGB", (width, HEIGHT), "white")
    left = 0
    for picture in pictures:
        sheet.paste(picture, (left, 0))
        left += picture.width + GAP
    sheet.save(IMAGES / "studio-more.webp", quality=85, method=6)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--example", type=int, default=0, help="which of the bundled examples")
    given = parser.parse_args()
    with studio() as (address, _), chromium() as browser:
        main_picture(browser, address, given.example, (0.57, 0.69))
        more_pictures(browser, address, given.example)


if __name__ == "__main__":
    main()
