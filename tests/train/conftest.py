"""A small VGG, in memory and as a file, for the tests of what looks at paintings and references."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from style2color.nn.classifier import VGGClassifier


@pytest.fixture(scope="module")
def classifier() -> VGGClassifier:
    from tests.train.judged import tiny_vgg  # here, for the other tests go without torch

    return tiny_vgg()


@pytest.fixture(scope="module")
def vgg(classifier: VGGClassifier, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.train.judged import save_trunk

    return save_trunk(classifier, tmp_path_factory.mktemp("vgg"))
