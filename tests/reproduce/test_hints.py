"""The student of a classifier, the labels V makes, and the painter that is asked to obey."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from style2color.evaluate.obedience import Trial, run_trials
from style2color.nn.classifier import StudentClassifier, VGGClassifier, active_fraction
from style2color.nn.discriminator import norm
from style2color.reproduce import cells
from style2color.reproduce.budget import Budget
from style2color.reproduce.hints import HintPainter
from style2color.reproduce.photos import Pairs, to_tensor, vectors
from style2color.reproduce.student import Agreement, agreement, distil, labels, size

HINT_DIM = 12


def coloured(count: int, seed: int, side: int = 32) -> np.ndarray:
    """Two flat halves each, of colours of their own."""
    rng = np.random.default_rng(seed)
    halves = rng.integers(0, 256, (count, 1, 2, 3), dtype=np.uint8)
    return np.tile(halves.repeat(side // 2, 2), (1, side, 1, 1))


def teacher() -> VGGClassifier:
    torch.manual_seed(1)
    found = VGGClassifier(16, widths=(4, 4, 8, 8, 8), hint_dim=HINT_DIM, side=96)
    found.fit([to_tensor(coloured(24, 0))])
    return found


def test_a_student_comes_near_its_teacher_on_pictures_neither_has_seen() -> None:
    master, unseen = teacher(), list(coloured(20, 9))
    steps: list[None] = []

    def step() -> None:
        steps.append(None)

    groups = [coloured(160, 2), coloured(40, 3, side=64)]
    lazy = distil(master, groups, 1, 12, 0, step=step)
    diligent = distil(master, groups, 200, 12, 0, step=step)
    assert len(steps) == 201
    before, after = (agreement(student, master, unseen) for student in (lazy, diligent))
    assert after["r2"] > 0.4 > before["r2"]
    assert after["cosine"] > max(before["cosine"], after["stranger"])
    assert after["same_sign"] > before["same_sign"]
    assert after["pictures"] == 20
    assert not any(parameter.requires_grad for parameter in diligent.parameters())
    again = distil(master, groups, 1, 12, 0, step=step)
    assert torch.equal(again.head[1].weight, lazy.head[1].weight)


def test_agreement_is_whole_for_the_same_and_nothing_for_the_mean() -> None:
    vectors_NV = torch.randn(30, 16, generator=torch.Generator().manual_seed(0)) + 1
    same = Agreement.of(vectors_NV, vectors_NV)
    assert same.cosine == pytest.approx(1)
    assert (same.r2, same.same_sign) == (1.0, 1.0)
    assert same.stranger < 0.8
    mean = Agreement.of(vectors_NV.mean(0).expand_as(vectors_NV), vectors_NV)
    assert mean.r2 == pytest.approx(0, abs=1e-6)
    assert Agreement.of(-vectors_NV, vectors_NV).same_sign == 0.0


def test_labels_tell_what_the_discriminator_is_asked_for() -> None:
    always, never, sometimes = [2.0, 2.0, 2.0], [-1.0, 0.0, -3.0], [1.0, -1.0, -1.0]
    hint_NV = torch.tensor([always, never, sometimes]).T
    found = labels(hint_NV)
    assert found["active"] == pytest.approx(4 / 9)
    assert found["active"] == active_fraction(hint_NV)
    # Of the three pairs of pictures, the third unit tells two apart.
    assert found["differ"] == pytest.approx(2 / 9)
    heights = [2 / (1 + math.exp(-v)) - 1 for v in (2.0, 2.0, 2.0, 1.0)]
    assert found["height"] == pytest.approx(np.mean(heights))
    assert norm(hint_NV)[0].tolist() == pytest.approx([heights[0], 0.0, heights[3]])
    assert labels(-torch.ones(2, 3)) == {"active": 0.0, "differ": 0.0, "height": 0.0}


def test_a_student_is_a_fraction_of_its_teacher_and_takes_any_size() -> None:
    student = StudentClassifier()
    own, other = size(student), size(VGGClassifier(16, widths=(16, 32, 64, 96, 128), side=96))
    assert 15 * own["parameters"] < other["parameters"]
    assert 10 * own["gflop"] < other["gflop"]
    picture = torch.rand(1, 3, 40, 70)
    vector = student.raw(picture)
    assert vector.shape == (1, 4096)
    assert not vector.requires_grad
    assert vector.min() < 0 < vector.max()  # no ReLU


def test_the_painter_of_a_trial_paints_as_the_cell_does() -> None:
    rgb = coloured(6, 4)
    lines = np.where(np.arange(32)[:, None] % 8, 255, 0).astype(np.uint8).repeat(32, 1)
    hints = vectors(teacher(), list(rgb))
    reference = np.roll(np.arange(6), 1)
    pairs = Pairs(rgb, np.stack([lines] * 6), hints, reference)
    budget = Budget(size=32, crop=32, width=16, samples=8, batch=4, seeds=1)
    for blind in (False, True):
        trained = cells.train_cell(cells.GUIDE, pairs, budget, 0, blind=blind)
        painter = HintPainter("x", trained.network, pairs, blind=blind)
        wanted = cells.paint(trained.network, pairs, reference, blind=blind)
        painted = [painter.paint(lines, rgb[row]) for row in reference]
        np.testing.assert_allclose(np.stack(painted), wanted, atol=1)
        trials = [Trial(str(row), "x", lines, tuple(rgb[row : row + 3])) for row in range(3)]
        obeyed = run_trials(painter, trials)
        if blind:  # the same painting three times: one of three is right
            assert obeyed.percent.mean == pytest.approx(100 / 3)
            assert obeyed.swap.mean == 0
        else:
            assert obeyed.swap.mean > 0
    for stranger in (None, 255 - rgb[0]):
        with pytest.raises(ValueError, match="held-out"):
            painter.paint(lines, stranger)
