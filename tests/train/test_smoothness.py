"""Paint that varies inside a region more than the artist's, against literal NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

from style2color.train.pooling import region_area, region_mean  # noqa: E402
from style2color.train.smoothness import excess_deviation  # noqa: E402

REGIONS = 4


def literal(painted: np.ndarray, target: np.ndarray, labels: np.ndarray) -> float:
    """Of one picture (3, H, W)."""
    total = share = 0.0
    for region in range(1, REGIONS + 1):
        inside = labels == region
        if not inside.any():
            continue
        deviations = []
        for picture in (painted, target):
            pixels = picture[:, inside].T
            away = ((pixels - pixels.mean(0)) ** 2).sum(1)
            deviations.append(np.sqrt(away.mean() + 1e-4))
        weight = np.sqrt(inside.sum())
        total += weight * max(0.0, deviations[0] - deviations[1])
        share += weight
    return total / share if share else 0.0


@given(seed=st.integers(0, 10_000), used=st.integers(0, REGIONS))
@settings(deadline=None)
def test_it_is_the_deviation_in_excess(seed: int, used: int) -> None:
    rng = np.random.default_rng(seed)
    pictures = rng.random((2, 2, 3, 7, 5)) * rng.random((2, 2, 3, 1, 1))
    labels = rng.integers(0, used + 1, (2, 7, 5))
    found = excess_deviation(
        *(torch.tensor(p, dtype=torch.float32) for p in pictures), torch.tensor(labels), REGIONS
    )
    wanted = [literal(pictures[0][b], pictures[1][b], labels[b]) for b in range(2)]
    np.testing.assert_allclose(found.numpy(), wanted, atol=1e-5)


def test_regions_are_pooled_as_numpy_does() -> None:
    rng = np.random.default_rng(0)
    x, labels = rng.random((2, 3, 6, 6), np.float32), rng.integers(0, 4, (2, 6, 6))
    means = region_mean(torch.tensor(x), torch.tensor(labels), REGIONS).numpy()
    area = region_area(torch.tensor(labels), REGIONS).numpy()
    for b in range(2):
        for region in range(1, REGIONS + 1):
            inside = labels[b] == region
            assert area[b, region - 1] == inside.sum()
            wanted = x[b][:, inside].mean(1) if inside.any() else np.zeros(3)
            np.testing.assert_allclose(means[b, region - 1], wanted, atol=1e-6)


def test_flat_paint_and_the_artists_own_shading_cost_nothing_and_noise_is_smoothed() -> None:
    torch.manual_seed(0)
    labels = torch.ones(1, 8, 8, dtype=torch.long)
    shaded = torch.linspace(0.2, 0.8, 8).expand(1, 3, 8, 8)
    flat = torch.full((1, 3, 8, 8), 0.5, requires_grad=True)
    assert excess_deviation(flat, shaded, labels, REGIONS).item() == 0
    assert excess_deviation(shaded, shaded, labels, REGIONS).item() == 0
    excess_deviation(flat, flat.detach(), labels, REGIONS).sum().backward()
    assert flat.grad is not None
    assert torch.isfinite(flat.grad).all()
    noisy = torch.rand(1, 3, 8, 8, requires_grad=True)
    before = excess_deviation(noisy, flat.detach(), labels, REGIONS)
    before.sum().backward()
    assert noisy.grad is not None
    after = excess_deviation(noisy.detach() - noisy.grad, flat.detach(), labels, REGIONS)
    assert 0 < after.item() < before.item()
