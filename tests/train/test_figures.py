"""The figure reader: its pages and pairs, its losses, training, export."""

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

from style2color.data.atelier import draw, figures_of
from style2color.data.store import Store
from style2color.nn.figures import SIDE, STRIDE, WHO, FigureReader
from style2color.reading.figures import squared
from style2color.train import figures
from style2color.train.crowds import alone, crowd, framed, two_drawn
from style2color.train.figures import (
    Batch,
    Cast,
    Options,
    fact_loss,
    losses,
    sample_batch,
    vocabulary,
    way_of,
)
from style2color.train.kin import drawn_at

TINY = Options(steps=4, batch=3, save_every=2, pairs=3, characters=60)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> list[Store]:
    return named_and_bare(tmp_path_factory.mktemp("drawn"), 6)


def test_the_core_reads_on_the_square_that_was_learned_on() -> None:
    assert squared(np.zeros((30, 50), np.uint8))[0].shape == (1, 1, SIDE, SIDE)


def test_who_stands_beside_somebody_is_known_without_drawing() -> None:
    counts = [figures_of(seed, 1) for seed in range(200)]
    assert 5 < counts.count(2) < 30
    for seed in (counts.index(1), counts.index(2)):
        assert draw(seed, 32, shot=1).attributes["figures"] == str(counts[seed])


def test_drawings_of_two_are_no_figure(stores: list[Store]) -> None:
    assert [alone(stores[0], row) for row in range(len(stores[0]))] == [
        figures_of(seed, shot) == 1 for seed in range(6) for shot in range(2)
    ]


def test_two_that_are_drawn_are_told_apart() -> None:
    drawn, owner = two_drawn(8_400_000, 60, 96, np.random.default_rng(0))
    assert drawn.rgb.shape == (96, 96, 3)
    assert owner.shape == (96, 96)
    assert set(np.unique(owner)) == {0, 1, 2}
    # One is beside the other.
    columns = [np.nonzero(owner == number)[1].mean() for number in (1, 2)]
    assert abs(columns[0] - columns[1]) > 20


@pytest.mark.parametrize("count", [1, 2, 4])
def test_a_crowd_is_drawings_on_one_page(stores: list[Store], count: int) -> None:
    rows = [(store, range(len(store))) for store in stores]
    page, owner = crowd(rows, count, 96, np.random.default_rng(count))
    assert page.rgb.shape == (96, 96, 3)
    assert 1 <= len(np.unique(owner)) - 1 <= count
    assert (page.rgb[owner == 0] == 255).all()
    assert (page.rgb[owner > 0] < 255).any()
    # One alone is seen as it is.
    if count == 1:
        wanted = [drawn_at(s, row, 96).figure.sum() for s, some in rows for row in some]
        assert (owner > 0).sum() in wanted


def test_a_figure_fills_its_page(stores: list[Store]) -> None:
    for seed in range(6):
        drawn = framed(stores[0], seed, np.random.default_rng(seed))
        assert drawn.lines is not None
        assert drawn.rgb.shape[:2] == drawn.lines.shape
        rows, columns = np.nonzero(drawn.rgb.min(2) < 250)
        extent = max(np.ptp(rows), np.ptp(columns))
        assert extent > 0.75 * max(drawn.lines.shape)


def test_a_batch_depends_on_the_step_alone(stores: list[Store]) -> None:
    cast = Cast(stores)
    batch = sample_batch(cast, TINY, 7)
    assert batch.pages.shape == (3, 1, SIDE, SIDE)
    assert batch.owners.shape == (3, SIDE // 2, SIDE // 2)
    assert batch.pairs.shape[1:] == (1, SIDE, SIDE)
    assert 2 <= len(batch.pairs) <= 6
    assert 0 <= batch.pages.min() < batch.pages.max() <= 1
    known = vocabulary()
    assert batch.facts.shape == (len(batch.pairs), len(known))
    for fact, values in enumerate(known.values()):
        assert -1 <= batch.facts[:, fact].min() <= batch.facts[:, fact].max() < len(values)
    again, other = sample_batch(cast, TINY, 7), sample_batch(cast, TINY, 8)
    assert all(torch.equal(one, two) for one, two in zip(batch, again, strict=True))
    assert not torch.equal(batch.pages, other.pages)


def test_pixels_point_to_the_mean_of_their_figure() -> None:
    owners = torch.from_numpy(np.random.default_rng(0).integers(0, 3, (2, 6, 8)))
    way = way_of(owners).numpy()
    for page in range(2):
        for y in range(6):
            for x in range(8):
                number = int(owners[page, y, x])
                rows, columns = np.nonzero(owners[page].numpy() == number)
                wanted = [
                    (rows.mean() - y) / 6 if number else 0,
                    (columns.mean() - x) / 8 if number else 0,
                ]
                np.testing.assert_allclose(way[page, :, y, x], wanted, atol=1e-5)


def test_the_losses_are_what_they_say() -> None:
    """Against NumPy, on what an untrained network says."""
    torch.manual_seed(0)
    network = FigureReader(facts=sum(map(len, vocabulary().values()))).eval()
    rng = np.random.default_rng(1)
    owners = torch.from_numpy(rng.integers(0, 3, (2, 32, 32)))
    sizes = [len(values) for values in vocabulary().values()]
    facts = torch.from_numpy(rng.integers(-1, sizes, (6, len(sizes))))
    batch = Batch(torch.rand(2, 1, 64, 64), owners, torch.rand(6, 1, 64, 64), facts)
    with torch.inference_mode():
        found = [float(value) for value in losses(network, batch)]
        logit, way, who, said = (
            value.double().numpy() for value in network.read(torch.cat([batch.pages, batch.pairs]))
        )
    mine = owners.numpy() > 0
    chance = 1 / (1 + np.exp(-logit[:2]))
    ground = -np.log(np.where(mine, chance, 1 - chance)).mean()
    apart = np.abs(way[:2] - way_of(owners).numpy()).sum(1)
    missed = np.mean([apart[page][mine[page]].mean() for page in range(2)])
    np.testing.assert_allclose(np.square(who).sum(1), np.exp(2.5), rtol=1e-5)
    alike = who[2:5] @ who[5:].T
    told = 0.0
    for table in (alike, alike.T):
        told -= np.mean([row[n] - np.log(np.exp(row).sum()) for n, row in enumerate(table)]) / 2
    hit = np.mean(alike.argmax(1) == np.arange(3))
    missing, first = [], 0
    for fact, size in enumerate(sizes):
        for row in range(6):
            if facts[row, fact] >= 0:
                logits = said[2 + row, first : first + size]
                missing.append(np.log(np.exp(logits).sum()) - logits[facts[row, fact]])
        first += size
    # Where the processor has it, the network computes in half precision.
    np.testing.assert_allclose(found[:4], [ground, missed, told, np.mean(missing)], rtol=0.05)
    assert found[4] == pytest.approx(hit, abs=0.34)


def test_where_nothing_is_known_no_fact_is_missed() -> None:
    sizes = [len(values) for values in vocabulary().values()]
    nothing = torch.full((2, len(sizes)), -1)
    assert fact_loss(torch.randn(2, sum(sizes)), nothing) == 0


def test_a_killed_run_ends_where_an_unbroken_one_does(
    stores: list[Store], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_resumes(lambda out: figures.train(stores, TINY, out), tmp_path, monkeypatch)


def test_exported_graph_equals_the_network(stores: list[Store], tmp_path: Path) -> None:
    folders = [word for store in stores for word in ("--store", str(store.folder))]
    command = [*folders, "--steps", "1", "--out", str(tmp_path / "run")]
    figures.main([*command, "--held-out", str(stores[0].folder)], replace(TINY, batch=2))
    session = onnxruntime.InferenceSession(tmp_path / "run" / "figures.onnx")
    notes = session.get_modelmeta().custom_metadata_map
    assert 0 <= float(notes["who"]) <= 1
    network = FigureReader(facts=sum(map(len, vocabulary().values())))
    saved = torch.load(tmp_path / "run" / "figures.pt", weights_only=True)
    network.load_state_dict(saved["network"])
    lines = torch.rand(2, 1, STRIDE, 3 * STRIDE)
    with torch.inference_mode():
        wanted = [output.numpy() for output in network.eval()(lines)]
    found = session.run(["figure", "way", "who"], {"lines": lines.numpy()})
    assert found[0].shape == (2, STRIDE // 2, 3 * STRIDE // 2)
    assert found[2].shape == (2, WHO)
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-2)  # weights are in half precision
