"""The shader: its samples, what it is taught, training, export."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("onnxscript")

import onnxruntime
import torch

from style2color.data.atelier import draw, light_of
from style2color.data.store import Store, build_drawn_store
from style2color.errors import DataError
from style2color.nn.shading import MARKS, STRIDE, Shader
from style2color.train import shading
from style2color.train.shading import Options, mark_loss, sample_batch

TINY = Options(steps=4, batch=2, crop=64, save_every=2)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> list[Store]:
    folder = tmp_path_factory.mktemp("drawn")
    return [build_drawn_store(folder / "store", 4, 2, 160, 0, cel=True, progress=False)]


def test_a_batch_depends_on_the_step_alone(stores: list[Store]) -> None:
    lines, marks = sample_batch(stores, TINY, 7)
    assert lines.shape == (2, 1, 64, 64)
    assert marks.shape == (2, len(MARKS), 64, 64)
    assert 0 <= lines.min() < lines.max() <= 1
    assert set(marks.unique().tolist()) <= {0.0, 1.0}
    again, _ = sample_batch(stores, TINY, 7)
    other, _ = sample_batch(stores, TINY, 8)
    assert torch.equal(lines, again)
    assert not torch.equal(lines, other)


def test_the_light_of_a_drawing_is_where_it_was_drawn_from() -> None:
    lights = {light_of(seed, shot) for seed in range(20) for shot in (0, 1)}
    assert lights == {(-0.55, -0.6), (0.55, -0.6)}
    # A shadow's middle lies on the other side of its part; over many drawings that must show.
    for sign in (-1, 1):
        seeds = [seed for seed in range(40) if np.sign(light_of(seed)[0]) == sign][:6]
        apart = []
        for seed in seeds:
            drawn = draw(seed, 128, cel=True)
            face = drawn.regions == {name: n for n, name in drawn.names.items()}.get("face", -1)
            dark = face & (drawn.shadow.mean(2) < 240)
            if dark.any():
                apart.append(np.nonzero(dark)[1].mean() - np.nonzero(face)[1].mean())
        assert np.sign(np.mean(apart)) == -sign


def test_drawings_lit_from_the_right_are_mirrored(stores: list[Store]) -> None:
    rng = np.random.default_rng(0)
    for row, drawn in enumerate(stores[0].rows):
        seed, shot = (int(n) for n in drawn.id.removeprefix("atelier/").split("-"))
        view = shading._view(stores[0], row, 64, rng)
        assert np.sign(view[0, 0]) == -np.sign(light_of(seed, shot)[0])
    with pytest.raises(DataError, match="its light is unknown"):
        shading._lit_from_right("chibi/00012")


def test_pictures_without_marks_teach_nothing() -> None:
    logits = torch.randn(2, 2, 8, 8, requires_grad=True)
    marks = torch.zeros(2, 2, 8, 8)
    marks[0, 0, 2:4] = 1  # a shadow in the first; no highlight anywhere
    lines = torch.ones(2, 1, 8, 8)
    lines[:, :, 0] = 0
    loss = mark_loss(logits, marks, lines)
    (slope,) = torch.autograd.grad(loss, logits)
    assert slope[0, 0].abs().sum() > 0
    assert slope[1].abs().sum() == slope[0, 1].abs().sum() == 0
    weight = np.where(lines[0, 0].numpy() > 0.5, 1.0, 0.3)
    x, y = logits.detach().numpy()[0, 0].astype(float), marks[0, 0].numpy()
    share = 1 / (1 + np.exp(-x))
    entropy = -(y * np.log(share) + (1 - y) * np.log(1 - share))
    literal = (weight * entropy).sum() / weight.sum()
    overlap = 2 * (share * y * weight).sum() + 1
    literal += 0.2 * (1 - overlap / (((share + y) * weight).sum() + 1))
    assert float(loss.detach()) == pytest.approx(literal, rel=1e-5)


def test_exported_graph_equals_the_network(stores: list[Store], tmp_path: Path) -> None:
    command = ["--store", str(stores[0].folder), "--steps", "1", "--out", str(tmp_path / "run")]
    shading.main([*command, "--held-out", str(stores[0].folder)], TINY)
    session = onnxruntime.InferenceSession(tmp_path / "run" / "shading.onnx")
    notes = session.get_modelmeta().custom_metadata_map
    assert notes["steps"] == "1"
    assert 0 <= float(notes["shadow"]) <= 1
    network = Shader()
    saved = torch.load(tmp_path / "run" / "shading.pt", weights_only=True)
    network.load_state_dict(saved["network"])
    lines = torch.rand(2, 1, STRIDE, 3 * STRIDE)
    with torch.inference_mode():
        wanted = network.eval()(lines).numpy()
    (found,) = session.run(None, {"lines": lines.numpy()})
    assert found.shape == (2, len(MARKS), STRIDE, 3 * STRIDE)
    np.testing.assert_allclose(found, wanted, atol=2e-2)  # weights are stored in half precision
