"""Colours used as much as a reference has them; what a strange reference teaches."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.train.small import SMALL

from style2color.data.stream import Stream, StreamConfig
from style2color.train.batch import collate, to_batch
from style2color.train.tasks import StudioTask
from style2color.train.usage import usage_distance

LAB = torch.tensor([[[50.0, 60, 0], [50, -60, 0], [30, 0, 50], [100, 0, 0]]])
SURE = 50.0


def choosing(*entries: int) -> torch.Tensor:
    """Logits of regions that are sure of their entries, (1, R, 4)."""
    return SURE * torch.eye(4)[list(entries)][None]


def distance(logits: torch.Tensor, area: list[float], share: list[float]) -> float:
    return float(usage_distance(logits, torch.tensor([area]), LAB, torch.tensor([share])))


@given(seed=st.integers(0, 1000))
@settings(deadline=None)
def test_it_is_the_energy_distance(seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 1, (5, 3))
    area, share = rng.random(5), rng.random(3)
    lab = rng.uniform(10, 80, (3, 3))
    chance = np.exp(2 * logits) / np.exp(2 * logits).sum(1, keepdims=True)
    painted, area, share = chance @ lab, area / area.sum(), share / share.sum()

    def mean(one: np.ndarray, of: np.ndarray, two: np.ndarray, by: np.ndarray) -> float:
        return sum(
            of[i] * by[j] * np.sqrt(((one[i] - two[j]) ** 2).sum())
            for i in range(len(one))
            for j in range(len(two))
        )

    wanted = (
        2 * mean(painted, area, lab, share)
        - mean(painted, area, painted, area)
        - mean(lab, share, lab, share)
    )
    given_ = (torch.tensor(x, dtype=torch.float32)[None] for x in (logits, area, lab, share))
    assert float(usage_distance(*given_)) == pytest.approx(wanted, abs=0.15)


def test_the_same_amounts_are_no_distance_and_mixtures_are_far() -> None:
    right = distance(choosing(0, 1), [3.0, 1.0], [0.3, 0.1, 0, 0.6])
    assert right == pytest.approx(0, abs=0.1)  # white is paper and counts on neither side
    swapped = distance(choosing(1, 0), [3.0, 1.0], [0.3, 0.1, 0, 0.6])
    one = distance(choosing(0, 0), [3.0, 1.0], [0.3, 0.1, 0, 0.6])
    mixed = distance(torch.zeros(1, 2, 4), [3.0, 1.0], [0.3, 0.1, 0, 0.6])
    assert min(swapped, mixed) > one > 10


def test_nothing_to_compare_is_no_distance_and_has_a_slope() -> None:
    assert distance(choosing(0, 1), [1.0, 1.0], [0, 0, 0, 1.0]) == 0
    assert distance(choosing(0, 1), [0.0, 0.0], [0.5, 0.5, 0, 0]) == 0
    logits = torch.zeros(1, 2, 4, requires_grad=True)
    used = usage_distance(logits, torch.ones(1, 2), LAB, torch.tensor([[0.5, 0.5, 0, 0]]))
    used.sum().backward()
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()


@pytest.fixture(scope="module")
def stranger(tiny_store: Path) -> Stream:
    return Stream(StreamConfig((str(tiny_store),), strangers=1.0, hints=1.0, no_reference=0), 64, 1)


def test_a_stranger_teaches_no_colours(stranger: Stream) -> None:
    samples = [stranger.sample(number) for number in range(4)]
    assert all(sample["stranger"] for sample in samples)
    assert not any(sample["hints"].any() for sample in samples)
    batch = to_batch(collate(samples), torch.device("cpu"))
    torch.manual_seed(0)
    task = StudioTask(**SMALL)
    losses = task(batch)
    assert losses["usage"] > 0
    other = task(replace(batch, target=1 - batch.target))
    for name in ("l1", "assignment", "region", "guide2"):
        assert losses[name] == other[name] == 0, name
    familiar = task(replace(batch, stranger=torch.zeros(4)))
    assert familiar["usage"] == 0
    assert familiar["region"] > 0


def test_no_stranger_leaves_the_stream_as_it_was(tiny_store: Path) -> None:
    plain = Stream(StreamConfig((str(tiny_store),)), 64, 1)
    assert not any(plain.sample(number)["stranger"] for number in range(8))
