"""Shadows and highlights before anything taught them: a network that learned from drawings without
such layers must not paint any."""

from __future__ import annotations

import pytest
from tests.train.small import SMALL

torch = pytest.importorskip("torch")

from style2color.nn.studio import Painter, StudioConfig  # noqa: E402


def test_heads_that_nothing_taught_paint_nothing() -> None:
    torch.manual_seed(0)
    config = StudioConfig(**SMALL)
    painter = Painter(config)
    features = torch.randn(2, config.feature_dim, 8, 8)
    assert torch.equal(painter.shade(painter.to_shade(features)), torch.ones(2, 1, 8, 8))
    assert torch.equal(painter.light(painter.to_light(features)), torch.zeros(2, 1, 8, 8))


def test_they_can_learn_nevertheless() -> None:
    torch.manual_seed(0)
    config = StudioConfig(**SMALL)
    head = Painter(config).to_light
    features = torch.randn(2, config.feature_dim, 8, 8)
    head(features).sum().backward()
    assert head[-1].weight.grad.abs().max() > 0
