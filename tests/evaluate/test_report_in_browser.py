"""The report in a real Chromium: tables and pictures are there, the slider moves, nothing fails."""

from __future__ import annotations

from pathlib import Path

from tests.studio.browser import chromium

from style2color.evaluate import session
from style2color.evaluate.baselines import baseline
from style2color.evaluate.drawings import Drawings

from .scenes import cast


def test_the_report_works_in_a_browser(tmp_path: Path) -> None:
    wanted = session.Wanted(("cross",), ("binarized",), 3, 96, 0, 3, 3)
    painters = [baseline("white"), baseline("regions")]
    assert session.run_session(Drawings(tuple(cast())), painters, wanted, None, tmp_path) == 0
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        faults: list[str] = []
        page.on("console", lambda m: faults.append(m.text) if m.type in ("error", "warning") else 0)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("requestfailed", lambda request: faults.append(request.url))
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto((tmp_path / "report.html").as_uri())

        # Tables: scores, paired differences, and the N-references test.
        assert page.locator("table").count() >= 3
        assert "regions" in page.locator("table").nth(1).inner_text()
        assert page.locator("td small").first.inner_text().count("…") == 1  # an interval

        # Pictures are loaded as they come into view.
        figures = page.locator("figure")
        figures.first.scroll_into_view_if_needed()
        page.wait_for_function(
            "() => [...document.querySelectorAll('figure img')].slice(0, 5)"
            ".every(i => i.complete && i.naturalWidth === 96)"
        )

        # The painting over its target: the slider uncovers it, also by the keyboard.
        painting = figures.filter(has_text="regions").first
        painting.click()
        dialog = page.locator("dialog")
        assert dialog.is_visible()
        top = dialog.locator("img").first
        assert all(
            image.evaluate("i => i.complete && i.naturalWidth === 96")
            for image in dialog.locator("img").all()
        )
        slider = dialog.locator("input")
        box = slider.bounding_box()
        assert box is not None
        uncovered = []
        for share in (0.1, 0.9):
            page.mouse.click(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
            uncovered.append(top.evaluate("i => i.style.clipPath"))
        page.keyboard.press("ArrowLeft")
        uncovered.append(top.evaluate("i => i.style.clipPath"))
        assert len(set(uncovered)) == 3
        page.keyboard.press("Escape")
        assert not dialog.is_visible()
        painting.press("Enter")  # figures are reached without a mouse, too
        assert dialog.is_visible()
        assert faults == []
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
