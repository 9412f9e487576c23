"""One studio for the tests that do not change its settings."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.conftest import draw_figure

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
