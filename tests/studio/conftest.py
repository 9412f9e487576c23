"""One studio for the tests that do not change its settings; a browser and its page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.conftest import draw_figure

from . import browser as browsing
from .running import Client, png, running


@pytest.fixture(scope="session")
def studio() -> Iterator[Client]:
    with running() as client:
        yield client


@pytest.fixture(scope="session")
def sketch() -> bytes:
    return png(draw_figure()[1])


@pytest.fixture(scope="session")
def reference() -> bytes:
    return png(draw_figure(hair=(230, 190, 60), coat=(40, 140, 90))[0])


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    with browsing.chromium() as started:
        yield started


@pytest.fixture(scope="session")
def server(browser: object) -> Iterator[browsing.Running]:
    with browsing.studio() as running:
        yield running


@pytest.fixture
def page(browser, server, request):  # type: ignore[no-untyped-def]
    """The studio's page; `pytest.mark.parametrize` gives it options of a browser context."""
    options = {"viewport": {"width": 1280, "height": 800}} | getattr(request, "param", {})
    context = browser.new_context(**options)
    context.set_default_timeout(browsing.PATIENCE)
    made = context.new_page()
    complaints: list[str] = []
    made.on("pageerror", lambda error: complaints.append(str(error)))
    made.on("console", lambda said: said.type == "error" and complaints.append(said.text))
    made.goto(server.address)
    yield made
    context.close()
    # Refusals are what some tests are about; the browser logs each.
    assert not [text for text in complaints if "Failed to load resource" not in text]
