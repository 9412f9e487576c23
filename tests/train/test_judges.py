"""The studio preset's judges: VGG's distance, the paper's adversary, and runs that have them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.train.judged import (  # noqa: E402
    HINT,
    literal_stages,
    settings,
)
from torch import Tensor  # noqa: E402

from style2color.errors import TrainingError  # noqa: E402
from style2color.nn.classifier import VGGClassifier  # noqa: E402
from style2color.train.checkpoint import load_task  # noqa: E402
from style2color.train.config import JudgeOptions, LossWeights, parse_config  # noqa: E402
from style2color.train.critic import Critic  # noqa: E402
from style2color.train.judges import Judges, make_judges  # noqa: E402
from style2color.train.loop import Place, Trainer, read_log, train  # noqa: E402
from style2color.train.perceptual import PerceptualLoss, feature_distance  # noqa: E402
from style2color.train.tasks import StudioTask  # noqa: E402

ALONE = Place(0, 1, torch.device("cpu"))


def test_the_distance_is_that_of_unit_vectors() -> None:
    rng = np.random.default_rng(0)
    shapes = [(2, 3, 4, 4), (2, 5, 2, 2)]
    first, second = ([rng.normal(size=s) for s in shapes] for _ in range(2))
    wanted = []
    for b in range(2):
        total = 0.0
        for one, other in zip(first, second, strict=True):
            places = [
                np.sum((u / np.linalg.norm(u) - v / np.linalg.norm(v)) ** 2)
                for u, v in zip(
                    one[b].reshape(len(one[b]), -1).T,
                    other[b].reshape(len(other[b]), -1).T,
                    strict=True,
                )
            ]
            total += np.mean(places)
        wanted.append(total)
    found = feature_distance([torch.tensor(x) for x in first], [torch.tensor(x) for x in second])
    np.testing.assert_allclose(found.numpy(), wanted)


def test_five_stages_are_compared_and_the_painting_gets_the_gradient(
    classifier: VGGClassifier,
) -> None:
    judge = PerceptualLoss(classifier, 32)
    painted = torch.rand(2, 3, 32, 32, requires_grad=True)
    target = torch.rand(2, 3, 32, 32, requires_grad=True)
    for found, wanted in zip(
        judge.stages(painted), literal_stages(classifier, painted), strict=True
    ):
        torch.testing.assert_close(found, wanted)
    distance = judge(painted, target)
    assert distance.shape == (2,)
    assert judge(target, target).abs().max() < 1e-9
    distance.sum().backward()
    assert target.grad is None
    assert painted.grad is not None
    step = painted.detach() - 0.02 * painted.grad / painted.grad.abs().max()
    assert judge(step, target).sum() < distance.sum()


def test_large_pictures_are_averaged_down(classifier: VGGClassifier) -> None:
    small, exact = PerceptualLoss(classifier, 16), PerceptualLoss(classifier, 64)
    picture = torch.rand(1, 3, 16, 16).repeat_interleave(4, 2).repeat_interleave(4, 3)
    assert [len(m[0, 0]) for m in small.stages(picture)] == [16, 8, 4, 2, 1]
    assert [len(m[0, 0]) for m in exact.stages(picture)] == [64, 32, 16, 8, 4]


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def test_the_critics_losses_to_the_letter(classifier: VGGClassifier) -> None:
    torch.manual_seed(1)
    critic = Critic(classifier, widths=(4, 4)).eval()
    references = torch.rand(5, 3, 40, 40)
    critic.fit(one[None] for one in references)
    raw = classifier.raw(references)
    torch.testing.assert_close(critic.hint_mean_V, raw.mean(0), atol=1e-4, rtol=1e-4)
    painted, target = torch.rand(2, 3, 3, 32, 32)
    known = torch.tensor([1.0, 0.0, 1.0])
    wish, rival = critic(painted, target, references[:3], known)

    # Eq. 6 of standardised vectors; without a reference the target's own is asked for.
    def vector(pictures: Tensor) -> np.ndarray:
        mean, std = critic.hint_mean_V.numpy(), critic.hint_std_V.numpy()
        return (classifier.raw(pictures).numpy() - mean) / std

    def label(v: np.ndarray) -> np.ndarray:
        return 2 * sigmoid(np.maximum(v, 0)) - 1

    real = vector(target)
    asked = np.where(known[:, None].numpy() > 0, vector(references[:3]), real)
    with torch.no_grad():
        on_real, on_painted = (sigmoid(critic.discriminator(p).numpy()) for p in (target, painted))

    def split(answers: np.ndarray, wanted: np.ndarray, active: np.ndarray) -> float:
        miss = -(wanted * np.log(answers) + (1 - wanted) * np.log(1 - answers))
        return float((miss[active].mean() + miss[~active].mean()) / 2)

    wanted_wish = split(on_painted, label(asked), asked > 0)
    wanted_rival = split(on_real, label(real), real > 0) + split(on_painted, 0 * real, real > 0)
    assert wish.item() == pytest.approx(wanted_wish, abs=1e-4)
    assert rival.item() == pytest.approx(wanted_rival, abs=1e-4)


def test_each_side_gets_its_own_gradient(classifier: VGGClassifier) -> None:
    critic = Critic(classifier, widths=(4, 4), spectral=True).train()
    painted = torch.rand(2, 3, 32, 32, requires_grad=True)
    inputs = (torch.rand(2, 3, 32, 32), torch.rand(2, 3, 32, 32), torch.ones(2))
    wish, _ = critic(painted, *inputs)
    wish.backward()
    assert painted.grad is not None
    assert painted.grad.abs().max() > 0
    assert all(p.grad is None for p in critic.parameters())
    painted.grad = None
    _, rival = critic(painted, *inputs)
    rival.backward()
    assert painted.grad is None
    assert all(p.grad is not None for p in critic.parameters())


LOSSES = {"perceptual": 0.05, "smoothness": 1.0, "adversarial": 0.01}


def test_a_run_with_every_judge_resumes_exactly_and_ships_the_network_alone(
    tiny_store: Path, vgg: Path, tmp_path: Path
) -> None:
    values = settings(tiny_store, vgg, LOSSES, adversarial_after=4)
    whole = Trainer(parse_config(values), tmp_path / "whole", ALONE)
    assert not whole.resume()
    task = whole.task
    assert isinstance(task, StudioTask)
    assert task.critic is not None
    assert (task.critic.hint_std_V != 1).any()
    before = {name: p.detach().clone() for name, p in task.critic.named_parameters()}
    told, untouched = [], []
    for samples, arrays in whole.work():
        told.append(whole.train_step(arrays, samples))
        untouched.append(all(torch.equal(before[n], p) for n, p in task.critic.named_parameters()))
    # The discriminator begins at its sample, not before.
    assert ["adversarial" in losses for losses in told] == [False, False, True, True]
    assert untouched == [True, True, False, False]
    weights = LossWeights(**LOSSES)
    for losses in told:
        named = losses.keys() - {"loss", "l1", "critic"}
        parts = sum(getattr(weights, name) * losses[name] for name in named)
        wanted = parts + losses["l1"] + losses.get("critic", 0)
        assert losses["loss"] == pytest.approx(wanted, rel=1e-4)

    step = Trainer.train_step

    def dying(self: Trainer, *arguments: Any) -> dict[str, float]:
        if self.step == 3:
            raise SystemExit(9)
        return step(self, *arguments)

    broken = replace(parse_config(values), checkpoint_minutes=0.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "train_step", dying)
        with pytest.raises(SystemExit):
            train(broken, tmp_path / "broken", device="cpu", quiet=True)
    resumed = train(broken, tmp_path / "broken", device="cpu", quiet=True)
    state = resumed.task.state_dict()
    for name, value in whole.task.state_dict().items():
        assert torch.equal(value, state[name]), name
    saved = {name.split(".")[1] for name in state if name.startswith("critic.")}
    assert saved == {"discriminator", "hint_mean_V", "hint_std_V"}
    assert read_log(tmp_path / "broken")[-1]["critic"] > 0
    # Whoever paints with it needs no VGG, and finds no discriminator in the weights.
    vgg_gone = (tmp_path / "broken/config.json").read_text("utf-8").replace("tiny.", "gone.")
    (tmp_path / "broken/config.json").write_text(vgg_gone, "utf-8")
    loaded = load_task(tmp_path / "broken")[0]
    assert loaded.state_dict().keys() == {f"network.{name}" for name in whole.average}


def test_judges_look_at_the_colours_and_not_at_the_ink(
    tiny_store: Path, vgg: Path, tmp_path: Path
) -> None:
    trainer = Trainer(parse_config(settings(tiny_store, vgg, LOSSES)), tmp_path, ALONE)
    task = trainer.task
    assert isinstance(task, StudioTask)
    batch = next(trainer._first_batches())
    target = batch.target[:, :, ::2, ::2]
    inked = replace(batch, free=torch.zeros_like(batch.free))
    anything = torch.rand_like(target)
    assert task._judged(anything, target, inked)[0]["perceptual"] < 1e-9
    assert task._judged(anything, target, batch)[0]["perceptual"] > 1e-3
    strange = replace(batch, stranger=torch.ones_like(batch.stranger))
    opinions, _ = task._judged(anything, target, strange)
    # A stranger's reference has a style to be found, but the right colours are unknown.
    assert opinions["perceptual"] == 0
    assert opinions["adversarial"] > 0
    assert task(strange)["smoothness"] == 0


def test_judges_see_shadows_and_highlights_and_do_not_move_them(
    tiny_store: Path, vgg: Path, tmp_path: Path
) -> None:
    trainer = Trainer(parse_config(settings(tiny_store, vgg, LOSSES)), tmp_path, ALONE)
    task = trainer.task
    assert isinstance(task, StudioTask)
    out = task.run(next(trainer._first_batches()))
    dark, lit = (torch.randn_like(out.dark).mul(3).requires_grad_() for _ in range(2))
    finished = task.finished(replace(out, dark=dark, lit=lit))
    shade, light = (
        x.detach().numpy()
        for x in (task.network.painter.shade(dark), task.network.painter.light(lit))
    )
    flat = out.painted.detach().numpy()
    np.testing.assert_allclose(
        finished.detach().numpy(), 1 - (1 - flat * shade) * (1 - light), atol=1e-6
    )
    assert shade.min() < 1
    assert light.max() > 0
    finished.sum().backward()
    assert dark.grad is None
    assert lit.grad is None


def test_the_network_starts_alike_with_and_without_judges(
    tiny_store: Path, vgg: Path, tmp_path: Path
) -> None:
    plain = Trainer(parse_config(settings(tiny_store, vgg, {})), tmp_path, ALONE)
    judged = Trainer(parse_config(settings(tiny_store, vgg, LOSSES)), tmp_path, ALONE)
    assert isinstance(plain.task, StudioTask)
    assert plain.task.critic is None
    for name, value in plain.average.items():
        assert torch.equal(value, judged.average[name]), name


def test_late_judges_start_from_an_earlier_run_and_one_part_can_be_trained(
    tiny_store: Path, vgg: Path, tmp_path: Path
) -> None:
    train(parse_config(settings(tiny_store, vgg, {})), tmp_path / "first", device="cpu", quiet=True)
    values = settings(tiny_store, vgg, LOSSES) | {"init": str(tmp_path / "first")}
    config = parse_config({**values, "only": "painter.to_query"})
    trainer = train(config, tmp_path / "late", device="cpu", quiet=True)
    task = trainer.task
    assert isinstance(task, StudioTask)
    assert task.critic is not None
    assert (task.critic.hint_std_V != 1).any()
    earlier = load_task(tmp_path / "first")[0].network.state_dict()
    changed = {k for k, v in trainer.average.items() if not torch.equal(v, earlier[k])}
    assert changed == {"painter.to_query.weight", "painter.to_query.bias"}


def test_wrong_judges_are_named(vgg: Path, tmp_path: Path) -> None:
    assert make_judges(LossWeights(), JudgeOptions(classifier="none")) == Judges()
    asked = LossWeights(perceptual=0.1, adversarial=0.1)
    given = JudgeOptions(classifier=str(vgg), vector=HINT)
    digest = hashlib.sha256(vgg.read_bytes()).hexdigest()
    assert make_judges(asked, replace(given, sha256=digest)).critic is not None
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(vgg.read_bytes()[:100])
    for wrong, told in (
        ({"classifier": ""}, r"\[judges\] classifier, but none is given.*download_vgg"),
        ({"classifier": str(tmp_path / "none.pth")}, r"\[judges\] classifier: .*no such file"),
        ({"classifier": str(damaged)}, r"damaged\.safetensors"),
        ({"sha256": "0" * 64}, "sha256"),
        ({"classifier_side": 90}, r"classifier_side: .* multiple of 32"),
        ({"perceptual_side": 8}, "perceptual_side must be 16"),
        ({"distil_side": 15}, "distil_side must be 16"),
        ({"discriminator": {"width": 4}}, r"\[judges\] discriminator: .*width"),
    ):
        with pytest.raises(TrainingError, match=told):
            make_judges(asked, replace(given, **wrong))
