"""Preset `paper` in training: a tiny VGG of the test's own, adversaries, guides, a resumed run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import save_file  # noqa: E402

from style2color.cli import main  # noqa: E402
from style2color.data.store import build_store  # noqa: E402
from style2color.errors import ModelError, TrainingError  # noqa: E402
from style2color.evaluate.models import open_model  # noqa: E402
from style2color.nn.classifier import VGGClassifier  # noqa: E402
from style2color.train.checkpoint import load_task  # noqa: E402
from style2color.train.config import parse_config  # noqa: E402
from style2color.train.loop import Place, Trainer, train  # noqa: E402
from style2color.train.paper import PaperTask  # noqa: E402

HINT = 16


@pytest.fixture(scope="module")
def vgg(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A VGG16 four channels wide, in the layout of a bare trunk."""
    torch.manual_seed(0)
    network = VGGClassifier(16, widths=(4,) * 5, hint_dim=HINT, head="projection")
    path = tmp_path_factory.mktemp("vgg") / "tiny.safetensors"
    save_file(network.features.state_dict(), path)
    return path


def settings(store: Path, vgg: Path, **paper: Any) -> dict[str, Any]:
    return {
        "preset": "paper",
        "bf16": False,
        "workers": 0,
        "warmup": 0,
        "network": {
            "left_channels": [4, 4],
            "right_channels": [4, 4],
            "guide_channels": [4, 4],
            "bottleneck": 8,
            "hint_dim": HINT,
        },
        "paper": {
            "classifier": str(vgg),
            "classifier_side": 96,
            "fit_pictures": 4,
            "discriminator": {"widths": [4, 4]},
            **paper,
        },
        "data": {"stores": [str(store)], "no_reference": 0.3},
        "stages": [{"size": 32, "batch": 2, "samples": 6}],
    }


def weights_of(module: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.detach().clone() for name, value in module.named_parameters()}


@pytest.mark.parametrize(
    "paper",
    [
        {"adversarial": "acgan"},
        {"adversarial": "vanilla", "guides": False},
        {"adversarial": "none"},
        {"adversarial": "acgan", "preset": "v1"},
    ],
    ids=["eq7", "gan", "guide", "v1"],
)
def test_every_part_learns(
    tiny_store: Path, vgg: Path, tmp_path: Path, paper: dict[str, Any]
) -> None:
    paper = dict(paper)
    preset = paper.pop("preset", "paper")
    config = parse_config(settings(tiny_store, vgg, **paper) | {"preset": preset})
    trainer = Trainer(config, tmp_path, Place(0, 1, torch.device("cpu")))
    assert not trainer.resume()
    task = trainer.task
    assert isinstance(task, PaperTask)
    assert task.network.hint_std_V.min() > 0
    assert (task.network.hint_std_V != 1).any()
    parts: list[torch.nn.Module] = [task.network]
    if paper["adversarial"] == "none":
        assert task.discriminator is None
    else:
        assert task.discriminator is not None
        parts.append(task.discriminator)
    before = [weights_of(part) for part in parts]
    losses = {}
    for samples, arrays in trainer.work():
        losses = trainer.train_step(arrays, samples)
    wanted = {"loss", "l1"} | ({"guide1", "guide2"} if paper.get("guides", True) else set())
    if task.discriminator is not None:
        wanted |= {"adversarial", "discriminator"}
    assert losses.keys() == wanted
    for part, old in zip(parts, before, strict=True):
        changed = [not torch.equal(old[k], v) for k, v in weights_of(part).items()]
        assert all(changed)
    assert not any("features" in name for name in task.state_dict())


def test_each_side_gets_the_gradient_of_its_own_loss(
    tiny_store: Path, vgg: Path, tmp_path: Path
) -> None:
    config = parse_config(settings(tiny_store, vgg))
    trainer = Trainer(config, tmp_path, Place(0, 1, torch.device("cpu")))
    task = trainer.task
    assert isinstance(task, PaperTask)
    assert task.discriminator is not None
    batch = next(trainer._first_batches())
    losses = task(batch)
    losses["loss"].backward()
    found = [p.grad.clone() for p in task.discriminator.parameters() if p.grad is not None]
    task.zero_grad()
    # The discriminator's loss alone, by the same batch.
    from style2color.train.objective import discriminator_loss

    raw = task._raw(batch.reference)
    painted = task._painting(batch, raw).painted_B3HW.detach()
    real = task.network.standardise(task._raw(batch.target))
    alone = discriminator_loss(
        task.objective, task.discriminator(batch.target), task.discriminator(painted), real
    )
    alone.backward()
    for gradient, parameter in zip(found, task.discriminator.parameters(), strict=True):
        assert parameter.grad is not None
        torch.testing.assert_close(gradient, parameter.grad)


def test_it_resumes_exactly_and_can_be_loaded(tiny_store: Path, vgg: Path, tmp_path: Path) -> None:
    values = settings(tiny_store, vgg)
    whole = train(parse_config(values), tmp_path / "whole", device="cpu", quiet=True)
    step = Trainer.train_step

    def dying(self: Trainer, *arguments: Any) -> dict[str, float]:
        if self.step == 2:
            raise SystemExit(9)
        return step(self, *arguments)

    broken = parse_config({**values, "checkpoint_minutes": 0.0})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "train_step", dying)
        with pytest.raises(SystemExit):
            train(broken, tmp_path / "broken", device="cpu", quiet=True)
    resumed = train(broken, tmp_path / "broken", device="cpu", quiet=True)
    for name, value in whole.task.state_dict().items():
        assert torch.equal(value, resumed.task.state_dict()[name]), name
    task = load_task(tmp_path / "broken")[0]
    for name, value in task.network.state_dict().items():
        assert torch.equal(value, whole.average[name]), name
    batch = next(whole._first_batches())
    (painted,) = whole.painted(batch)
    assert painted.shape == (8, 3, 32, 32)
    assert 0 <= painted.min() < painted.max() <= 1
    with torch.inference_mode():
        torch.testing.assert_close(task.paint(batch).numpy(), painted, atol=1e-4, rtol=0)


@pytest.mark.parametrize("preset", ["paper", "v1"])
def test_a_run_is_a_painter_that_sees_its_reference(
    tiny_store: Path, vgg: Path, tmp_path: Path, preset: str
) -> None:
    values = settings(tiny_store, vgg, adversarial="none") | {"preset": preset, "lr": 0.1}
    train(parse_config(values), tmp_path / preset, device="cpu", quiet=True)
    painter = open_model(tmp_path / preset)
    rng = np.random.default_rng(0)
    lines = rng.integers(0, 256, (37, 50), dtype=np.uint8)
    one, other = rng.integers(0, 256, (2, 40, 30, 3), dtype=np.uint8)
    other //= 4
    first = painter.paint(lines, one)
    assert (first.shape, first.dtype) == ((37, 50, 3), np.uint8)
    assert (first != painter.paint(lines, other)).any()
    np.testing.assert_array_equal(first, painter.paint(lines, one))
    blind = open_model(tmp_path / preset, blind=True)
    np.testing.assert_array_equal(blind.paint(lines, one), painter.paint(lines, None))
    vgg_less = tmp_path / preset / "config.json"
    vgg_less.write_text(vgg_less.read_text("utf-8").replace("tiny.safetensors", "gone"), "utf-8")
    with pytest.raises(ModelError, match="download_vgg"):
        open_model(tmp_path / preset)


def test_the_command_puts_both_runs_beside_a_baseline(
    tiny_store: Path,
    tiny_packs: Path,
    vgg: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    unseen = build_store(tmp_path / "s", tiny_packs, ["chibi"], 64, "held-out", progress=False)
    call = ["evaluate", "--store", str(unseen.folder), "--size", "64", "--limit", "3"]
    call += ["--split", "same", "--lines", "soft", "--sketches", "1", "--baselines", "white"]
    for preset in ("v1", "paper"):
        values = settings(tiny_store, vgg, adversarial="none") | {"preset": preset}
        train(parse_config(values), tmp_path / preset, device="cpu", quiet=True)
        call += ["--models", str(tmp_path / preset)]
    assert main([*call, "--out", str(tmp_path / "out")]) == 0
    document = json.loads((tmp_path / "out" / "scores.json").read_text("utf-8"))
    rows = {row["painter"]: row for row in document["summary"] if row["source"] == "all"}
    assert list(rows) == ["v1", "paper", "white"]
    assert all(row["failed"] == 0 for row in rows.values())
    means = [row["values"]["psnr"]["mean"] for row in rows.values()]
    assert len(set(means)) == 3
    pooled = [gain for gain in document["gains"] if gain["source"] == "all"]
    assert {(gain["rival"], gain["measure"]) for gain in pooled} == {
        (rival, measure) for rival in ("paper", "white") for measure in ("psnr", "ssim", "fsim")
    }
    (tmp_path / "v1" / "weights.safetensors").write_bytes(b"torn")
    assert main([*call, "--out", str(tmp_path / "out")]) == 2
    assert "v1" in capsys.readouterr().err


def test_without_a_classifier_the_error_says_how_to_get_one(
    tiny_store: Path, vgg: Path, tmp_path: Path
) -> None:
    place = Place(0, 1, torch.device("cpu"))
    for missing in ("", str(tmp_path / "none.pth")):
        config = parse_config(settings(tiny_store, Path("unused"), classifier=missing))
        with pytest.raises(TrainingError, match="download_vgg"):
            Trainer(config, tmp_path, place)
    with pytest.raises(TrainingError, match=r"classifier_side: .* multiple of 32"):
        Trainer(parse_config(settings(tiny_store, vgg, classifier_side=90)), tmp_path, place)
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(vgg.read_bytes()[:100])
    with pytest.raises(ModelError, match=r"damaged\.safetensors"):
        Trainer(parse_config(settings(tiny_store, damaged)), tmp_path, place)
    with pytest.raises(ModelError, match="sha256"):
        Trainer(parse_config(settings(tiny_store, vgg, sha256="00")), tmp_path, place)


def test_an_unknown_adversary_is_a_training_error(
    tiny_store: Path, vgg: Path, tmp_path: Path
) -> None:
    config = parse_config(settings(tiny_store, vgg, adversarial="wgan"))
    with pytest.raises(TrainingError, match="wgan"):
        Trainer(config, tmp_path, Place(0, 1, torch.device("cpu")))
