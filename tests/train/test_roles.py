"""Strangers' references by roles: hair colours hair, a coat a coat."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.train.small import SMALL

from style2color.data.classes import CLASSES
from style2color.data.store import build_drawn_store
from style2color.data.stream import Stream, StreamConfig
from style2color.nn.sizes import SEMANTIC
from style2color.train.batch import collate, to_batch
from style2color.train.config import LossWeights
from style2color.train.roles import _ENOUGH, _LEAST, _ROLES, miscast
from style2color.train.tasks import StudioTask

SKIN, HAIR, BACKGROUND = (CLASSES.index(name) for name in ("skin", "hair", "background"))


def of(*classes: int) -> torch.Tensor:
    """One row for each: all of it is this class, (1, N, C)."""
    return torch.eye(SEMANTIC)[list(classes)][None]


def missed(
    logits: torch.Tensor, regions: torch.Tensor, share: list[float], entries: torch.Tensor
) -> float:
    weight = torch.ones(regions.shape[:2])
    return float(miscast(logits, regions, weight, torch.tensor([share]), entries))


@given(seed=st.integers(0, 1000))
@settings(deadline=None)
def test_it_is_the_mean_surprise_by_a_colour_of_the_same_class(seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits, weight = rng.normal(0, 2, (5, 4)), rng.random(5)
    share = rng.dirichlet(np.ones(4))
    classes = rng.dirichlet(np.full(SEMANTIC, 0.2), 5)
    entries = rng.dirichlet(np.full(SEMANTIC, 0.2), 4)
    total, counted = 0.0, 0.0
    for region in range(5):
        chance = np.exp(logits[region]) / np.exp(logits[region]).sum()
        for role in _ROLES:
            shown = sum(share[k] * entries[k, role] for k in range(4))
            if shown < _LEAST:
                continue
            right = sum(
                chance[k] * min(share[k] * entries[k, role] / shown / _ENOUGH, 1) for k in range(4)
            )
            total -= weight[region] * classes[region, role] * np.log(right + _LEAST)
            counted += weight[region] * classes[region, role]
    tensors = (torch.tensor(x)[None] for x in (logits, classes, weight, share, entries))
    assert float(miscast(*tensors)) == pytest.approx(total / max(counted, 1e-6), rel=1e-4, abs=1e-4)


def test_hair_wants_the_colour_of_hair_and_any_of_several() -> None:
    regions, entries = of(HAIR), of(HAIR, SKIN, HAIR)
    for chosen, right in ((0, True), (1, False), (2, True)):
        logits = 50 * torch.eye(3)[[chosen]][None]
        surprise = missed(logits, regions, [0.5, 0.3, 0.2], entries)
        assert (abs(surprise) < 0.01) == right
    between = missed(torch.tensor([[[5.0, -50, 5]]]), regions, [0.5, 0.3, 0.2], entries)
    assert between == pytest.approx(0, abs=0.01)  # which of the two is nobody's to say


def test_what_has_no_role_or_is_not_shown_says_nothing() -> None:
    wrong = 50 * torch.eye(2)[[1]][None]
    assert missed(wrong, of(BACKGROUND), [0.5, 0.5], of(BACKGROUND, SKIN)) == 0
    assert missed(wrong, of(HAIR), [0.5, 0.5], of(SKIN, SKIN)) == 0
    assert missed(wrong, of(HAIR), [0.5, 0.5], torch.zeros(1, 2, SEMANTIC)) == 0


def test_a_hopeless_region_has_a_slope() -> None:
    logits = torch.tensor([[[-12.0, 12.0]]], requires_grad=True)
    miscast(logits, of(HAIR), torch.ones(1, 1), torch.ones(1, 2), of(HAIR, SKIN)).sum().backward()
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()


def test_only_strangers_learn_by_roles_and_only_if_asked(tmp_path: Path) -> None:
    store = build_drawn_store(tmp_path / "drawn", 4, 2, 96, 17, progress=False)
    config = StreamConfig((str(store.folder),), strangers=1.0, no_reference=0)
    stream = Stream(config, 64, 1)
    batch = to_batch(collate([stream.sample(number) for number in range(4)]), torch.device("cpu"))
    torch.manual_seed(0)
    assert "roles" not in StudioTask(**SMALL)(batch)
    task = StudioTask(LossWeights(roles=0.3), **SMALL)
    assert task(batch)["roles"] > 0
    assert task(replace(batch, stranger=torch.zeros(4)))["roles"] == 0
