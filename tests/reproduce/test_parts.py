"""The pieces of a reproduction: what seeds show, what arms share, what is watched."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from style2color.nn.classifier import VGGClassifier
from style2color.reproduce import cells, middle
from style2color.reproduce.budget import Budget
from style2color.reproduce.drawings import SIDE, Labelled, train_classifier
from style2color.reproduce.photos import Pairs, is_held_out, make_pairs, vectors
from style2color.reproduce.spread import difference, spread
from style2color.reproduce.store import Parts

BUDGET = Budget(size=64, crop=32, width=16, samples=8, batch=4, seeds=1)


def pairs(count: int = 6, hint_dim: int = 12) -> Pairs:
    rng = np.random.default_rng(3)
    rgb = rng.integers(0, 256, (count, 64, 64, 3), dtype=np.uint8)
    lines = rgb[..., 0]
    hints = rng.normal(2, 3, (count, hint_dim)).astype(np.float32)
    return Pairs(rgb, lines, hints, np.roll(np.arange(count), 1))


def test_three_seeds_show_only_what_is_clear() -> None:
    clear = difference([17.5, 17.6, 17.4], [15.6, 15.7, 15.6])
    assert clear.is_shown
    assert (clear.verdict(+1), clear.verdict(-1)) == ("better", "worse")
    assert clear.low < clear.mean < clear.high
    noisy = difference([17.5, 15.0, 16.0], [15.6, 15.2, 15.9])
    assert "disagree" in noisy.verdict(+1)
    # All agree in sign, and yet the interval holds zero.
    wide = difference([1.0, 9.0, 3.0], [0.9, 2.0, 2.9])
    assert wide.agree
    assert not wide.is_shown
    assert not difference([2.0], [1.0]).is_shown
    assert math.isnan(spread([2.0]).deviation)
    assert spread([1.0, 3.0]).shown(1) == "2.0 ± 1.4"
    for call in (lambda: spread([]), lambda: difference([1.0], [1.0, 2.0])):
        with pytest.raises(ValueError, match="seed"):
            call()


def test_squares_are_equal_for_equal_seeds_and_keep_lines_and_colours_together() -> None:
    data = pairs()
    batches = list(cells.squares(data, BUDGET, 5))
    again = list(cells.squares(data, BUDGET, 5))
    other = list(cells.squares(data, BUDGET, 6))
    assert len(batches) == BUDGET.steps == 2
    for one, same, different in zip(batches, again, other, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(one, same, strict=True))
        assert not torch.equal(one[0], different[0])
        lines, target, real, asked = one
        assert lines.shape == (4, 1, 32, 32)
        torch.testing.assert_close(lines[:, 0], target[:, 0])  # lines are the red channel here
        rows = [int(np.abs(data.hints - h.numpy()).sum(1).argmin()) for h in real]
        np.testing.assert_array_equal(asked.numpy(), data.hints[data.reference[rows]])


@pytest.mark.parametrize("arm", cells.ARMS, ids=lambda arm: arm.name)
def test_every_arm_trains_and_paints(arm: cells.Arm) -> None:
    data = pairs()
    steps: list[None] = []
    trained = cells.train_cell(arm, data, BUDGET, 0, step=lambda: steps.append(None))
    assert len(steps) == len(trained.curve) == 2
    assert trained.parameters > 1000
    painted = cells.paint(trained.network, data, data.reference)
    assert (painted.shape, painted.dtype) == (data.rgb.shape, np.uint8)
    again = cells.paint(trained.network, data, np.roll(data.reference, 1))
    assert (painted != again).any()  # the hint gets through
    np.testing.assert_allclose(trained.network.hint_mean_V, data.hints.mean(0), rtol=1e-5)


def test_a_blind_network_never_meets_a_hint() -> None:
    data = pairs()
    trained = cells.train_cell(cells.GUIDE, data, BUDGET, 0, blind=True)
    rows = np.roll(data.reference, 1)
    np.testing.assert_array_equal(
        cells.paint(trained.network, data, data.reference, blind=True),
        cells.paint(trained.network, data, rows, blind=True),
    )


def test_guides_and_norm_reach_the_middle() -> None:
    """What the dossier measured: without a norm and with default weights, almost nothing does."""
    data = pairs()

    def start(norm: str, init: str, guides: bool) -> float:
        setting = middle.Setting(norm, init, guides)  # type: ignore[arg-type]
        seen = middle.watch(setting, data, BUDGET, 0, 2, step=lambda: None)
        assert len(seen["ratios"]) == len(seen["outer"]) == 2
        return float(seen["ratios"][0])

    dead = start("none", "default", False)
    assert dead < 1e-4
    assert start("none", "default", True) > 2.2 * dead
    assert start("group", "he", False) > 100 * dead


@pytest.mark.parametrize("plain", [True, False])
def test_copying_has_its_own_input_and_a_middle_to_silence(plain: bool) -> None:
    setting = middle.Setting("group", "he", False, copy=True, plain=plain)
    seen = middle.watch(setting, pairs(), BUDGET, 0, 3, step=lambda: None)
    assert seen["with_middle"] != seen["without_middle"]
    assert all(value > 0 for value in seen["ratios"])


def test_a_classifier_learns_free_labels() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, (60, 2))
    rgb = rng.integers(0, 90, (60, SIDE, SIDE, 3), dtype=np.uint8)
    rgb[labels[:, 0] == 1, ..., 0] += 140
    labels[::3, 1] = -100  # the second head knows some pictures only
    classifier, reached = train_classifier(
        Labelled(rgb, labels.astype(np.int64), {"red": 2, "some": 2}), 16, 25, 8, 0, step=list
    )
    assert reached["accuracy"]["red"]["right"] == 1.0
    assert reached["accuracy"]["red"]["commonest"] < 1.0
    assert not any(parameter.requires_grad for parameter in classifier.parameters())
    vectors = classifier.raw(torch.rand(2, 3, 50, 70))
    assert vectors.shape == (2, 16)
    assert vectors.min() < 0  # no ReLU


def test_pairs_refer_to_themselves_by_default() -> None:
    classifier = VGGClassifier(16, widths=(2,) * 5, hint_dim=8, head="projection", side=96)
    pictures = list(pairs(11).rgb)
    made = make_pairs(pictures, vectors(classifier, pictures))
    assert made.reference.tolist() == list(range(11))
    assert made.hints.shape == (11, 8)
    assert made.lines.shape == (11, 64, 64)
    alone = vectors(classifier, pictures[10:])
    np.testing.assert_allclose(made.hints[10:], alone, rtol=1e-4, atol=1e-5)


def test_a_part_is_made_once_per_recipe_and_never_half(tmp_path: Path) -> None:
    parts = Parts(tmp_path / "parts", {"lr": 1})
    assert parts.find("a") is None
    assert parts.once("a", lambda: {"x": 1}) == {"x": 1}
    assert parts.once("a", lambda: {"x": 2}) == {"x": 1}
    assert Parts(tmp_path / "parts", {"lr": 2}).find("a") is None

    def broken() -> dict[str, object]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        parts.once("b", broken)
    (tmp_path / "parts" / "a.json").write_text("{", "utf-8")
    assert parts.find("a") is None
    assert [path.name for path in (tmp_path / "parts").iterdir()] == ["a.json"]


def test_the_split_of_photographs_holds_out_some() -> None:
    from style2color.data.sources import Picture

    blank = np.zeros((1, 1, 3), np.uint8)
    sides = [
        is_held_out(Picture(f"imagenet_sample/n{i}", "imagenet_sample", "c", "c", "x", blank, None))
        for i in range(400)
    ]
    assert 0.1 < np.mean(sides) < 0.2
