"""The part reader: its samples, training, export."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("onnxscript")

import onnxruntime
import torch
from tests.train.resuming import assert_resumes

from style2color.data.classes import CLASSES
from style2color.data.store import Store, build_drawn_store
from style2color.errors import TrainingError, UsageError
from style2color.nn.parts import PARTS, STRIDE, PartReader
from style2color.train import drawn, parts
from style2color.train.parts import Options, part_loss, sample_batch

TINY = Options(steps=4, batch=2, crop=64, save_every=2)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> list[Store]:
    folder = tmp_path_factory.mktemp("drawn")
    return [build_drawn_store(folder / "store", 4, 1, 160, 0, progress=False)]


def test_a_batch_depends_on_the_step_alone(stores: list[Store]) -> None:
    lines, wanted = sample_batch(stores, TINY, 7)
    assert lines.shape == (2, 1, 64, 64)
    assert wanted.shape == (2, 64, 64)
    assert 0 <= lines.min() < lines.max() <= 1
    assert set(wanted.unique().tolist()) <= {*range(len(PARTS) + 1), 255}
    again, _ = sample_batch(stores, TINY, 7)
    other, _ = sample_batch(stores, TINY, 8)
    assert torch.equal(lines, again)
    assert not torch.equal(lines, other)


def test_samples_from_near_show_eyes(stores: list[Store]) -> None:
    def eyes(near: float) -> float:
        options = replace(TINY, near=near, fine=0.0)
        wanted = torch.cat([sample_batch(stores, options, step)[1] for step in range(40)])
        return float(((wanted == 1) | (wanted == 2)).float().mean())

    assert eyes(1.0) > 2 * eyes(0.0)


def test_samples_from_near_show_hands_and_ears(stores: list[Store]) -> None:
    def small(fine: float) -> float:
        options = replace(TINY, near=0.0, fine=fine)
        wanted = torch.cat([sample_batch(stores, options, step)[1] for step in range(12)])
        return float((wanted == len(PARTS)).float().mean())

    assert small(1.0) > 1.5 * small(0.0)


def test_what_nobody_knows_costs_nothing() -> None:
    logits = torch.randn(1, len(PARTS), 4, 4, requires_grad=True)
    wanted = torch.full((1, 4, 4), 255)
    assert part_loss(logits, wanted, torch.ones(1, 1, 4, 4)) == 0
    wanted[0, 0, 0] = 2
    loss = part_loss(logits, wanted, torch.ones(1, 1, 4, 4))
    literal = -2 * logits.detach().log_softmax(1)[0, 2, 0, 0]  # an iris counts twice
    torch.testing.assert_close(loss.detach(), literal)
    (gradient,) = torch.autograd.grad(loss, logits)
    assert gradient[0, :, 1:].abs().sum() == 0


def test_a_hand_is_skin_that_counts_four_times() -> None:
    logits = torch.randn(1, len(PARTS), 1, 2)
    wanted = torch.tensor([[[len(PARTS), 0]]])  # a hand beside something else
    literal = -logits.log_softmax(1)
    expected = (4 * literal[0, PARTS.index("skin"), 0, 0] + literal[0, 0, 0, 1]) / 2
    torch.testing.assert_close(part_loss(logits, wanted, torch.ones(1, 1, 1, 2)), expected)


def test_a_killed_run_ends_where_an_unbroken_one_does(
    stores: list[Store], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_resumes(lambda out: parts.train(stores, TINY, out), tmp_path, monkeypatch)


def test_a_run_goes_on_from_the_network_of_another(stores: list[Store], tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    parts.train(stores, TINY, first)
    init = str(first / "parts.pt")
    still = replace(TINY, init=init, rate=1e-12, steps=1)
    weights = parts.train(stores, still, second).state_dict()
    saved = torch.load(init, weights_only=True)["network"]
    for name, value in weights.items():
        if name.endswith("weight"):
            torch.testing.assert_close(value, saved[name], rtol=0, atol=1e-6)


@pytest.mark.parametrize("content", [None, b"no checkpoint", {"network": {}}, {}])
def test_what_is_no_network_of_this_kind_is_refused(
    stores: list[Store], tmp_path: Path, content: object
) -> None:
    path = tmp_path / "other.pt"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        torch.save(content, path)
    with pytest.raises(TrainingError, match=r"init: .*other\.pt"):
        parts.train(stores, replace(TINY, init=str(path)), tmp_path)


def test_exported_graph_equals_the_network(stores: list[Store], tmp_path: Path) -> None:
    command = ["--store", str(stores[0].folder), "--steps", "1", "--out", str(tmp_path / "run")]
    parts.main([*command, "--held-out", str(stores[0].folder)], TINY)
    session = onnxruntime.InferenceSession(tmp_path / "run" / "parts.onnx")
    notes = session.get_modelmeta().custom_metadata_map
    assert notes["steps"] == "1"
    assert 0 <= float(notes["iris"]) <= 1
    network = PartReader()
    saved = torch.load(tmp_path / "run" / "parts.pt", weights_only=True)
    network.load_state_dict(saved["network"])
    lines = torch.rand(2, 1, STRIDE, 3 * STRIDE)
    with torch.inference_mode():
        wanted = network.eval()(lines).numpy()
    (found,) = session.run(None, {"lines": lines.numpy()})
    assert found.shape == (2, len(PARTS), STRIDE, 3 * STRIDE)
    np.testing.assert_allclose(found, wanted, atol=5e-3)  # weights are stored in half precision
    np.testing.assert_allclose(found.sum(1), 1, atol=1e-5)


def test_stores_without_classes_are_refused(stores: list[Store], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="at least one"):
        drawn.open_stores([])
    folder = tmp_path / "bare"
    folder.mkdir()
    for file in stores[0].folder.iterdir():
        if file.name != "classes.npy":
            (folder / file.name).write_bytes(file.read_bytes())
    with pytest.raises(UsageError, match="without classes"):
        drawn.open_stores([folder])


def test_the_parts_are_classes_of_the_atelier() -> None:
    assert set(PARTS[1:]) < set(CLASSES)
