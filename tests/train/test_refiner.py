"""The refiner's pairs, its losses against literal NumPy, training, export."""

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

from style2color.color import rgb_to_lab
from style2color.data.classes import CLASSES, SHADED
from style2color.data.store import build_drawn_store
from style2color.errors import DataError, TrainingError, UsageError
from style2color.reading.regions import label_regions
from style2color.train import kin, pairs, refiner
from style2color.train.kin import Drawn
from style2color.train.pairs import Pair, read_pairs
from style2color.train.refiner import INPUTS, Options, error, stacked, strange, surprise, weights

TINY = Options(steps=4, batch=3, save_every=2)
COUNT = 10


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file of pairs, of four characters of the atelier."""
    folder = tmp_path_factory.mktemp("refiner")
    build_drawn_store(folder / "store", 4, 2, 160, 0, progress=False)
    pairs.collect(folder / "pairs", [folder / "store"], None, COUNT, 1, workers=1, each=COUNT)
    return folder


@pytest.fixture(scope="module")
def some(home: Path) -> list[Pair]:
    return read_pairs(home / "pairs")


def test_a_chunk_holds_what_the_refiner_sees_and_what_is_right(some: list[Pair]) -> None:
    assert len(some) == COUNT
    strangers = [pair for pair in some if pair["stranger"]]
    assert 0 < len(strangers) < COUNT
    for pair in some:
        regions, entries = pair["votes"].shape[:2]
        assert regions >= 2
        assert pair["colors"].shape == (entries, 3)
        assert pair["colors"][-1].tolist() == [255, 255, 255]
        assert pair["teacher"].shape == (regions, entries)
        assert pair["mean"].min() >= 0
        assert pair["mean"].max() <= 255
        assert 0 <= pair["fits"].min() <= pair["fits"].max() <= 1
        assert pair["fits_weight"].any() <= pair["stranger"]
        assert all(np.isfinite(values).all() for values in pair.values())
    assert any(pair["fits_weight"].any() for pair in strangers)


def test_colours_are_those_of_the_target() -> None:
    """Left cloth, half in shadow, right skin, below it skin that is all in shadow."""
    lines = np.full((40, 40), 255, np.uint8)
    lines[:, 20], lines[25, 20:] = 0, 0
    rgb = np.full((40, 40, 3), (250, 220, 200), np.uint8)
    rgb[:, :20], rgb[:20, :20] = (30, 160, 90), (10, 80, 40)
    rgb[25:, 20:] = (190, 150, 150)
    regions = label_regions(lines, gap=2)
    numbers = [regions.labels[y, x] - 1 for y, x in ((30, 5), (5, 30), (35, 30))]
    mean, main, seen = kin.colors_of(regions, Drawn(rgb, lines, None), regions.count)
    assert main[numbers].tolist() == [[10, 80, 40], [250, 220, 200], [190, 150, 150]]
    np.testing.assert_allclose(mean[numbers[0]], [20, 120, 65], atol=0.1)
    assert seen[numbers[0]] == 800
    classes = np.full((40, 40), CLASSES.index("skin"), np.uint8)
    classes[:, :20] = CLASSES.index("garment")
    classes[:20, :20] |= SHADED
    classes[25:, 20:] |= SHADED
    mean, main, _ = kin.colors_of(regions, Drawn(rgb, lines, classes), regions.count)
    assert main[numbers].tolist() == [[30, 160, 90], [250, 220, 200], [250, 220, 200]]
    np.testing.assert_allclose(mean, main)


def test_collecting_goes_on_and_is_repeatable(home: Path, tmp_path: Path, some: list[Pair]) -> None:
    kept = (home / "pairs/pairs-00000.npz").stat().st_mtime_ns
    pairs.collect(home / "pairs", [home / "store"], None, COUNT, 1, each=COUNT)
    assert (home / "pairs/pairs-00000.npz").stat().st_mtime_ns == kept
    pairs._write_chunk(tmp_path / "pairs-00000.npz", home / "store", None, (1, 0), COUNT)
    again = read_pairs(tmp_path)
    assert all(
        np.array_equal(values, other[name])
        for one, other in zip(some, again, strict=True)
        for name, values in one.items()
    )


def test_the_losses_are_what_they_say(some: list[Pair]) -> None:
    batch = stacked([some[0], some[1]])
    torch.manual_seed(0)
    scores = torch.randn(batch["votes"].shape[:3])
    scores = scores + ((1 - batch["present"]) * -1e4)[:, None]
    told = [f(scores, batch).numpy() for f in (surprise, error)]
    untold = [part.numpy() for part in strange(scores, batch)]
    for number, pair in enumerate(some[:2]):
        regions, entries = pair["votes"].shape[:2]
        said = scores[number, :regions, :entries].numpy().astype(float)
        p = np.exp(2 * (said - said.max(1, keepdims=True)))
        p /= p.sum(1, keepdims=True)
        w = np.sqrt(pair["area"]) / np.sqrt(pair["area"]).sum()
        np.testing.assert_allclose(weights(batch)[number, :regions], w, rtol=1e-4)
        lab = rgb_to_lab(pair["colors"])
        main = rgb_to_lab(np.rint(pair["main"].astype(float)).astype(np.uint8))
        apart = ((main[:, None] - lab) ** 2).sum(-1)
        q = np.exp(-(apart - apart.min(1, keepdims=True)) / (2 * 49))
        q /= q.sum(1, keepdims=True)
        divergence = (q * (np.log(q + 1e-9) - np.log(p + 1e-300).clip(-25))).sum(1)
        known = np.exp(-apart.min(1) / 800)
        np.testing.assert_allclose(told[0][number], (w * known * divergence).sum(), rtol=2e-3)
        mixed = p @ pair["colors"].astype(float)
        squared = (((mixed - pair["mean"]) / 255) ** 2).mean(1)
        page = (pair["seen"] / pair["seen"].sum() * squared).sum()
        np.testing.assert_allclose(told[1][number], 10 * np.log10(page + 0.003), rtol=1e-3)
        alike = np.exp(-((lab[:, None] - lab) ** 2).sum(-1) / 450)
        teacher = pair["teacher"].astype(float)
        t = np.exp(4 * (teacher - teacher.max(1, keepdims=True)))
        t /= t.sum(1, keepdims=True)
        agreed = ((t @ alike).clip(max=1) * p).sum(1)
        kept = -(w * np.log(agreed + 1e-3)).sum()
        np.testing.assert_allclose(untold[0][number], kept, rtol=2e-3)
        amounts = pair["amounts"].astype(float)
        asked = amounts / max(amounts.sum(), 1e-6)
        used = (w @ p) * (amounts > 0)
        used /= max(used.sum(), 1e-3)
        gap = asked * (np.log(asked @ alike + 0.05) - np.log(used @ alike + 0.05))
        np.testing.assert_allclose(untold[1][number], max(gap.sum(), 0), rtol=2e-3, atol=1e-5)
        sure = w * pair["fits_weight"]
        missed = -(sure * np.log((p * pair["fits"]).sum(1) + 1e-3)).sum() / max(sure.sum(), 0.05)
        np.testing.assert_allclose(untold[2][number], missed, rtol=3e-3, atol=1e-5)


def test_it_learns_the_colours_of_what_it_sees(some: list[Pair], tmp_path: Path) -> None:
    own = [pair for pair in some if not pair["stranger"]][:6]
    network = refiner.train(own, replace(TINY, steps=60, save_every=60), tmp_path)
    found = refiner.validate(network, own)
    assert found["surprise"] < 0.7 * found["surprise before"]


def test_a_killed_run_ends_where_an_unbroken_one_does(
    some: list[Pair], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_resumes(lambda out: refiner.train(some, TINY, out), tmp_path, monkeypatch)
    with pytest.raises(TrainingError, match="other options"):
        refiner.train(some, replace(TINY, rate=1e-3), tmp_path / "whole")


def test_the_graph_equals_the_network(some: list[Pair], tmp_path: Path) -> None:
    network = refiner.train(some, TINY, tmp_path)
    network.boldness.fill_(1.3)
    for values in network.parameters():
        values.data = values.data.half().float()  # as the large ones are stored
    refiner.export(network, tmp_path / "refiner.onnx", {"pairs": "50"})
    session = onnxruntime.InferenceSession(tmp_path / "refiner.onnx")
    assert session.get_modelmeta().custom_metadata_map == {"pairs": "50"}
    for pair in some[:3]:
        batch = stacked([pair])
        (found,) = session.run(None, {name: batch[name].numpy() for name in INPUTS})
        with torch.inference_mode():
            wanted = network(*(batch[name] for name in INPUTS))
        np.testing.assert_allclose(found, wanted, atol=2e-3, rtol=1e-3)


def test_the_command_does_all_of_it(home: Path, tmp_path: Path) -> None:
    folder = str(tmp_path / "pairs")
    (tmp_path / "pairs").mkdir()
    (tmp_path / "pairs/pairs-00000.npz").write_bytes((home / "pairs/pairs-00000.npz").read_bytes())
    given = ["--store", str(home / "store"), "--pairs", folder, "--collect", "1", "--steps", "2"]
    out = tmp_path / "run"
    refiner.main(given[:6])
    assert not out.exists()
    refiner.main([*given, "--held-out", folder, "--boldness", "1.5", "--out", str(out)])
    notes = onnxruntime.InferenceSession(out / "refiner.onnx").get_modelmeta().custom_metadata_map
    assert notes["pairs"] == str(COUNT)
    assert float(notes["surprise"]) > 0


def test_bad_calls_say_what_is_wrong(tmp_path: Path) -> None:
    given = ["--pairs", str(tmp_path / "none"), "--out", str(tmp_path)]
    with pytest.raises(DataError, match="no pairs"):
        refiner.main(given)
    with pytest.raises(UsageError, match="--out"):
        refiner.main(given[:2])
    with pytest.raises(UsageError, match="--store"):
        refiner.main([*given, "--collect", "50"])
    with pytest.raises(DataError, match="no store"):
        refiner.main([*given, "--collect", "50", "--store", str(tmp_path / "missing")])
