"""The line reader: its pairs, the loss of likeness, training, export."""

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
from tests.train.twins import named_and_bare

from style2color.data.store import Store, build_drawn_store
from style2color.errors import DataError, TrainingError
from style2color.nn.extractor import LineExtractor
from style2color.nn.parts import PARTS, STRIDE, PartReader
from style2color.nn.reader import CELL, EMBEDDED, LineReader
from style2color.train import parts, reader
from style2color.train.reader import (
    Kin,
    Options,
    Pairs,
    likeness_loss,
    sample_batch,
    sample_pairs,
)
from style2color.train.small import export_small, start_from_graph

TINY = Options(steps=4, batch=2, crop=64, save_every=2, pairs=2, sides=(64,))


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> list[Store]:
    return named_and_bare(tmp_path_factory.mktemp("drawn"), 4)


@pytest.fixture(scope="module")
def kin(stores: list[Store]) -> list[Kin]:
    return [Kin(store) for store in stores]


def test_a_batch_depends_on_the_step_alone(kin: list[Kin]) -> None:
    lines, wanted, pairs = sample_batch(kin, TINY, 7)
    assert lines.shape == (2, 1, 64, 64)
    assert wanted.shape == (2, 64, 64)
    assert pairs.lines.shape == (2, 2, 64, 64)
    assert pairs.labels.shape == pairs.ink.shape == pairs.named.shape == (2, 16, 16)
    assert 0 <= pairs.lines.min() < pairs.lines.max() <= 1
    assert pairs.labels.max() > 1
    again, other = sample_batch(kin, TINY, 7)[2], sample_batch(kin, TINY, 8)[2]
    assert all(torch.equal(one, two) for one, two in zip(pairs, again, strict=True))
    assert not torch.equal(pairs.lines, other.lines)


def test_strangers_are_pairs_of_named_drawings(kin: list[Kin]) -> None:
    rng = np.random.default_rng(0)
    some = sample_pairs(kin, replace(TINY, pairs=12, strangers=1.0, nameless=0.5), rng)
    assert 0 < some.stranger.sum() < 12
    assert (some.named[some.stranger] > 0).flatten(1).any(1).all()
    assert not some.named[~some.stranger].any()
    assert not sample_pairs(kin, replace(TINY, pairs=4, strangers=0.0), rng).stranger.any()


def test_who_is_in_company_shows_beside_somebody_else(kin: list[Kin]) -> None:
    for one in kin:
        alone, company = (
            one.pair(160, False, share, np.random.default_rng(5))[1] for share in (0.0, 1.0)
        )
        assert alone.rgb.shape == company.rgb.shape == (160, 160, 3)
        assert company.lines is None
        assert (company.names is None) == (one.store.classes is None)
        painted = (company.rgb.min(2) < 250).any(0)
        assert painted[:40].any()
        assert painted[-40:].any()


def test_drawings_without_kin_make_no_pair(tmp_path: Path) -> None:
    alone = build_drawn_store(tmp_path / "store", 2, 1, 160, 0, progress=False)
    with pytest.raises(DataError, match="drawn twice"):
        sample_pairs([Kin(alone)], TINY, np.random.default_rng(0))


def pairs_of(rng: np.random.Generator, stranger: bool) -> Pairs:
    """One pair of 4 × 4 pixels with three regions, of which the third lies nowhere."""
    labels = rng.integers(0, 3, (1, 4, 4))
    colors, found = rng.uniform(0, 20, (1, 3, 3)), rng.uniform(0, 20, (1, 4, 4, 3))
    return Pairs(
        torch.zeros(1, 2, 16, 16),
        torch.from_numpy(labels),
        torch.from_numpy(colors.astype(np.float32)),
        torch.tensor([[3.0, 2.0, 1.0]]),
        torch.from_numpy(found.astype(np.float32)),
        torch.from_numpy(rng.random((1, 4, 4)) < 0.3),
        torch.tensor([[2, 0, 3]]),
        torch.from_numpy(rng.integers(0, 4, (1, 4, 4))),
        torch.tensor([stranger]),
    )


@pytest.mark.parametrize("stranger", [False, True])
def test_the_loss_is_the_surprise_at_where_the_colour_lies(stranger: bool) -> None:
    rng = np.random.default_rng(3)
    pairs = pairs_of(rng, stranger)
    embedding = rng.normal(size=(2, 5, 16))
    embedding *= 2 / np.linalg.norm(embedding, axis=1, keepdims=True)
    labels, ink = pairs.labels.numpy().ravel(), pairs.ink.numpy().ravel()
    loss = hits = total = 0.0
    for region in (1, 2):
        own = embedding[0][:, labels == region].mean(1)
        own *= 2 / np.linalg.norm(own)
        chance = np.where(ink, 0, np.exp(own @ embedding[1]))
        chance /= chance.sum()
        if stranger:
            name = int(pairs.names[0, region - 1])
            right = (pairs.named.numpy().ravel() == name) & (name != 0)
        else:
            apart = pairs.found.numpy().reshape(-1, 3) - pairs.colors.numpy()[0, region - 1]
            right = np.exp(-(apart**2).sum(1) / (2 * 8**2))
        right = right * ~ink
        weight = float(pairs.weight[0, region - 1]) * right.max()
        hit = (chance * right).sum()
        loss, hits, total = loss - weight * np.log(hit + 2e-3), hits + weight * hit, total + weight
    given = torch.from_numpy(embedding.reshape(1, 2, 5, 4, 4).astype(np.float32))
    found = likeness_loss(given, pairs)
    np.testing.assert_allclose(float(found[0]), loss / total, rtol=1e-4)
    np.testing.assert_allclose(float(found[1]), hits / total, rtol=1e-4)


def test_a_pair_without_a_region_costs_nothing() -> None:
    pairs = pairs_of(np.random.default_rng(0), False)
    given = torch.randn(1, 2, 5, 4, 4, requires_grad=True)
    loss, _ = likeness_loss(given, pairs._replace(weight=torch.zeros(1, 3)))
    (gradient,) = torch.autograd.grad(loss, given)
    assert loss.item() == 0
    assert torch.isfinite(gradient).all()


def test_a_killed_run_ends_where_an_unbroken_one_does(
    stores: list[Store], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_resumes(lambda out: reader.train(stores, TINY, out), tmp_path, monkeypatch)


def test_a_run_goes_on_from_a_part_reader(
    stores: list[Store], kin: list[Kin], tmp_path: Path
) -> None:
    """From its checkpoint, or from its graph, in which BatchNorm is no more."""
    run = tmp_path / "parts"
    command = ["--store", str(stores[0].folder), "--steps", "2", "--out", str(run)]
    parts.main(command, parts.Options(steps=2, batch=2, crop=64))
    lines = sample_batch(kin, TINY, 0)[0]
    session = onnxruntime.InferenceSession(run / "parts.onnx")
    wanted = session.run(None, {"lines": lines.numpy()})[0]
    for init in ("parts.pt", "parts.onnx"):
        out = tmp_path / init
        out.mkdir()
        still = replace(TINY, steps=1, rate=1e-12, init=str(run / init))
        network = reader.train(stores, still, out)
        with torch.inference_mode():
            found, embedding = network(lines)
        # Half precision in the graph, and one step of running means.
        assert np.abs(found.numpy() - wanted).mean() < 0.02
        assert embedding.shape == (2, EMBEDDED, 64 // CELL, 64 // CELL)


def test_a_network_begins_at_the_function_of_a_graph(tmp_path: Path) -> None:
    torch.manual_seed(1)
    shipped, other = PartReader(), PartReader()
    lines = torch.rand(3, 1, 64, 96)
    for _ in range(3):
        shipped.train().logits(lines)  # running means of its own
    export_small(shipped, tmp_path / "parts.onnx", ("lines", "shares"), STRIDE)
    start_from_graph(other, tmp_path / "parts.onnx", (lines,))
    with torch.inference_mode():
        wanted = shipped.eval()(lines)
        torch.testing.assert_close(other.eval()(lines), wanted, rtol=1e-3, atol=1e-4)
        torch.testing.assert_close(other.train()(lines), wanted, rtol=1e-3, atol=1e-4)


def test_graphs_of_other_networks_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "lines.onnx"
    export_small(LineExtractor(), path, ("rgb", "lines"), 16)
    with pytest.raises(TrainingError, match=r"init: .*lines\.onnx is of another network: stem"):
        start_from_graph(PartReader(), path, (torch.rand(1, 1, 32, 32),))
    with pytest.raises(TrainingError, match="go on from a checkpoint"):
        start_from_graph(torch.nn.Linear(2, 2), path, (torch.rand(1, 1, 32, 32),))
    path.write_bytes(b"no graph")
    with pytest.raises(TrainingError, match=r"init: .*lines\.onnx cannot be read"):
        start_from_graph(PartReader(), path, (torch.rand(1, 1, 32, 32),))


def test_exported_graph_equals_the_network(stores: list[Store], tmp_path: Path) -> None:
    folders = [word for store in stores for word in ("--store", str(store.folder))]
    command = [*folders, "--steps", "1", "--out", str(tmp_path / "run")]
    reader.main([*command, "--held-out", str(stores[0].folder)], TINY)
    session = onnxruntime.InferenceSession(tmp_path / "run" / "parts.onnx")
    notes = session.get_modelmeta().custom_metadata_map
    assert 0 <= float(notes["alike"]) <= 1
    network = LineReader()
    saved = torch.load(tmp_path / "run" / "reader.pt", weights_only=True)
    network.load_state_dict(saved["network"])
    lines = torch.rand(2, 1, STRIDE, 3 * STRIDE)
    with torch.inference_mode():
        wanted = [output.numpy() for output in network.eval()(lines)]
    found = session.run(["shares", "embedding"], {"lines": lines.numpy()})
    assert found[0].shape == (2, len(PARTS), STRIDE, 3 * STRIDE)
    assert found[1].shape == (2, EMBEDDED, STRIDE // CELL, 3 * STRIDE // CELL)
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-2)  # weights are in half precision
    length = np.linalg.norm(found[1], axis=1)
    np.testing.assert_allclose(length, length.max(), rtol=1e-3)
