"""Distillation: the loss to the letter, a head that is trained beside the network and is never
shipped, and runs without it as if it did not exist."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.train.judged import literal_stages, settings  # noqa: E402
from tests.train.small import SMALL  # noqa: E402

from style2color.errors import TrainingError  # noqa: E402
from style2color.nn.classifier import VGGClassifier, signs  # noqa: E402
from style2color.nn.sizes import StudioConfig  # noqa: E402
from style2color.train.checkpoint import load_task  # noqa: E402
from style2color.train.config import parse_config  # noqa: E402
from style2color.train.distil import FEATURES, Distillation  # noqa: E402
from style2color.train.export import graphs  # noqa: E402
from style2color.train.loop import Place, Trainer, train  # noqa: E402
from style2color.train.tasks import StudioTask  # noqa: E402

ALONE = Place(0, 1, torch.device("cpu"))
WEIGHT = 0.5
ON = {"distil": WEIGHT}
CELLS = StudioConfig(**SMALL).cell_dim


def trainer(values: dict[str, Any], folder: Path) -> tuple[Trainer, StudioTask]:
    """A fresh run, prepared."""
    made = Trainer(parse_config(values), folder, ALONE)
    assert not made.resume()
    assert isinstance(made.task, StudioTask)
    return made, made.task


@pytest.mark.parametrize("side", [64, 32])
def test_the_loss_to_the_letter(classifier: VGGClassifier, side: int) -> None:
    torch.manual_seed(2)
    distil = Distillation(classifier, 7, side)
    with torch.no_grad():
        for parameter in distil.parameters():
            parameter.normal_()
    references = torch.rand(3, 3, 64, 64)
    distil.fit(one[None] for one in references)
    here, around = torch.rand(3, 5, 8, 8), torch.rand(3, 2, 8, 8)
    found = distil([here, around], references).detach().numpy()

    small = references
    if side == 32:
        small = torch.nn.functional.interpolate(
            references, (32, 32), mode="bilinear", antialias=True
        )
    seen = literal_stages(classifier, small)[3].numpy()
    assert seen.shape[2:] == (side // 8, side // 8)
    projected = np.einsum("fc,bchw->bfhw", signs(FEATURES, seen.shape[1], 0).numpy(), seen)
    mean, std = (f(projected, (0, 2, 3), keepdims=True) for f in (np.mean, np.std))
    wanted = (projected - mean) / np.maximum(std, 1e-6)
    weight, bias = (p.detach().numpy() for p in (distil.head.weight, distil.head.bias))
    cells = np.concatenate((here.numpy(), around.numpy()), 1)
    told = np.einsum("fc,bchw->bfhw", weight[:, :, 0, 0], cells) + bias[:, None, None]
    block = 64 // side
    told = told.reshape(3, FEATURES, side // 8, block, side // 8, block).mean((3, 5))
    np.testing.assert_allclose(found, ((told - wanted) ** 2).mean((1, 2, 3)), rtol=2e-4)


def test_before_it_learned_anything_the_whole_variance_is_missed(
    classifier: VGGClassifier,
) -> None:
    torch.manual_seed(3)
    distil, references = Distillation(classifier, 4, 32), torch.rand(6, 3, 32, 32)
    distil.fit([])
    assert not distil.mean_F.any()
    assert (distil.std_F == 1).all()
    distil.fit([references[:2], references[2:]])
    missed = distil([torch.rand(6, 4, 4, 4)], references)
    assert missed.shape == (6,)
    assert missed.mean().item() == pytest.approx(1, abs=1e-4)


def test_head_and_cells_learn_and_the_classifier_does_not(classifier: VGGClassifier) -> None:
    torch.manual_seed(4)
    distil, references = Distillation(classifier, 4, 32), torch.rand(2, 3, 32, 32)
    distil.fit([references])
    cells = torch.rand(2, 4, 4, 4, requires_grad=True)
    moved = [cells, *distil.parameters()]
    assert {name for name, _ in distil.named_parameters()} == {"head.weight", "head.bias"}
    optimizer = torch.optim.Adam(moved, 0.03)
    losses = []
    for _ in range(40):
        loss = distil([cells], references).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]
    assert all(p.grad is None for p in classifier.parameters())


def test_only_references_that_are_there_teach(tiny_store: Path, vgg: Path, tmp_path: Path) -> None:
    made, task = trainer(settings(tiny_store, vgg, ON, fit_pictures=16), tmp_path)
    batch = next(made._first_batches())
    assert task.distil is not None
    with torch.no_grad():
        task.distil.head.weight.normal_()
        each = task.distil(task.run(batch).cells, batch.reference)
        for known in (torch.zeros(8), torch.ones(8), (torch.arange(8) % 3 == 0).float()):
            losses = task(replace(batch, has_reference=known))
            cells = task.run(replace(batch, has_reference=known)).cells
            assert torch.equal(task.distil(cells, batch.reference), each)
            assert losses["distil"].item() == pytest.approx(float((each * known).mean()), rel=1e-4)
    # Nor are they among those that mean and deviation are of.
    numbers = range(16)
    stream = made._stream(32)
    samples = [stream.sample(number) for number in numbers]
    there = [s["reference"] for s in samples if s["has_reference"]]
    assert 0 < len(there) < len(samples)
    seen = task.distil.features(torch.from_numpy(np.stack(there)).float() / 255)
    torch.testing.assert_close(task.distil.mean_F, seen.mean((0, 2, 3)), rtol=1e-3, atol=1e-3)


def test_switched_off_it_leaves_no_trace(tiny_store: Path, vgg: Path, tmp_path: Path) -> None:
    off, plain = trainer(settings(tiny_store, vgg, {}), tmp_path / "off")
    on, taught = trainer(settings(tiny_store, vgg, ON), tmp_path / "on")
    none, bare = trainer(settings(tiny_store, tmp_path / "none", {"distil": 0.0}), tmp_path / "0")
    assert plain.distil is None
    assert bare.distil is None
    assert set(plain.state_dict()) == {f"network.{name}" for name in off.average}
    assert len(plain.groups()) == 1
    for name, value in off.average.items():
        assert torch.equal(value, on.average[name]), name
    for (_, first), (_, second), (_, third) in zip(off.work(), on.work(), none.work(), strict=True):
        for name, value in first.items():
            assert torch.equal(value, second[name]), name
        told, same = off.train_step(first, 2), none.train_step(third, 2)
        assert told == same
        assert "distil" not in told
        assert on.train_step(second, 2)["distil"] > 0
    for name, value in off.average.items():
        assert torch.equal(value, none.average[name]), name
    encoder = [n for n in off.average if n.startswith("reference.levels.0")]
    assert any(not torch.equal(off.average[n], on.average[n]) for n in encoder)
    assert taught.distil is not None


def test_a_run_resumes_exactly_and_ships_the_network_alone(
    tiny_store: Path, vgg: Path, tmp_path: Path
) -> None:
    values = settings(tiny_store, vgg, ON)
    whole, task = trainer(values, tmp_path / "whole")
    for samples, arrays in whole.work():
        losses = whole.train_step(arrays, samples)
        parts = losses.keys() - {"loss", "l1"}
        given = sum(getattr(task.losses, name) * losses[name] for name in parts)
        assert losses["loss"] == pytest.approx(losses["l1"] + given, rel=1e-4)
    broken = replace(parse_config(values), checkpoint_minutes=0.0)
    step = Trainer.train_step

    def dying(self: Trainer, *arguments: Any) -> dict[str, float]:
        if self.step == 2:
            raise SystemExit(9)
        return step(self, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "train_step", dying)
        with pytest.raises(SystemExit):
            train(broken, tmp_path / "broken", device="cpu", quiet=True)
    resumed = train(broken, tmp_path / "broken", device="cpu", quiet=True)
    state = resumed.task.state_dict()
    for name, value in whole.task.state_dict().items():
        assert torch.equal(value, state[name]), name
    own = {name.removeprefix("distil.") for name in state if name.startswith("distil.")}
    assert own == {"head.weight", "head.bias", "mean_F", "std_F"}
    assert state["distil.head.weight"].any()
    # Whoever paints with it needs no VGG, and finds no head in the weights nor in the graphs.
    facts = tmp_path / "broken/config.json"
    facts.write_text(facts.read_text("utf-8").replace("tiny.", "gone."), "utf-8")
    loaded = load_task(tmp_path / "broken")[0]
    assert loaded.state_dict().keys() == {f"network.{name}" for name in whole.average}
    graph = graphs(loaded.network)[0]
    assert graph.outputs == ("pooled", "style", "memory")
    assert len(graph.module(*graph.inputs.values())) == 3


def test_it_starts_from_the_weights_of_a_run_without_it(
    tiny_store: Path, vgg: Path, tmp_path: Path
) -> None:
    first = tmp_path / "first"
    train(parse_config(settings(tiny_store, vgg, {})), first, device="cpu", quiet=True)
    values = {**settings(tiny_store, vgg, ON), "init": str(first), "only": "reference."}
    late, task = trainer(values, tmp_path / "late")
    earlier = load_task(first)[0].network.state_dict()
    for name, value in late.average.items():
        assert torch.equal(value, earlier[name]), name
    assert task.distil is not None
    for samples, arrays in late.work():
        late.train_step(arrays, samples)
    # The head learns whatever part of the network is frozen.
    assert task.distil.head.weight.any()
    moved = {n.split(".")[0] for n, v in late.average.items() if not torch.equal(v, earlier[n])}
    assert moved == {"reference"}


def test_other_presets_have_no_such_loss(tiny_store: Path, vgg: Path) -> None:
    values = {**settings(tiny_store, vgg, ON), "preset": "plain", "network": {}}
    with pytest.raises(TrainingError, match="only the preset studio"):
        parse_config(values)
