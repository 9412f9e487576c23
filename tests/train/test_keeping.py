"""A reader that goes on learning parts and is kept to what it said: its drawings, the loss."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("onnxscript")

import torch
from tests.train.resuming import assert_resumes
from tests.train.twins import named_and_bare

from style2color.data.store import Store
from style2color.errors import TrainingError
from style2color.nn.reader import LineReader
from style2color.train.keeping import (
    Drawings,
    Options,
    kept_loss,
    loss_of,
    main,
    sample_batch,
    sample_kept,
    train,
)

TINY = Options(steps=4, batch=2, crop=64, save_every=2, kept=3, sides=(64,))


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> list[Store]:
    return named_and_bare(tmp_path_factory.mktemp("drawn"), 4)


@pytest.fixture(scope="module")
def began(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkpoint of a reader that has learned a little."""
    torch.manual_seed(3)
    network = LineReader()
    for _ in range(3):
        network.train().read(torch.rand(2, 1, 64, 64))  # running means of its own
    path = tmp_path_factory.mktemp("began") / "reader.pt"
    torch.save({"network": network.state_dict()}, path)
    return path


def test_a_batch_depends_on_the_step_alone(stores: list[Store]) -> None:
    some = [Drawings(store) for store in stores]
    one, again, other = (sample_batch(some, TINY, step) for step in (7, 7, 8))
    assert one[0].shape == (2, 1, 64, 64)
    assert one[2].shape == (3, 1, 64, 64)
    assert 0 <= one[2].min() < one[2].max() <= 1
    assert all(torch.equal(a, b) for a, b in zip(one, again, strict=True))
    assert not torch.equal(one[2], other[2])


@pytest.mark.parametrize(("share", "unknown"), [(0.0, 0), (1.0, 12)])
def test_the_share_without_names_is_that_of_the_options(
    stores: list[Store], share: float, unknown: int
) -> None:
    some = [Drawings(store) for store in stores]
    options = replace(TINY, kept=12, nameless=share)
    assert sample_kept(some, options, np.random.default_rng(0))[1].sum() == unknown
    known = sample_kept(some[:1], options, np.random.default_rng(0))[1]
    assert not known.any()  # there are none to take


def test_the_loss_is_the_divergence_of_the_unknown_and_the_turn_of_all() -> None:
    rng = np.random.default_rng(5)
    now, then = rng.normal(size=(2, 2, 5, 4, 4))
    vectors, were = rng.normal(size=(2, 2, 3, 1, 1))
    unknown = np.array([True, False])
    p, q = (np.exp(x) / np.exp(x).sum(1, keepdims=True) for x in (then, now))
    apart = (p * np.log(p / q)).sum(1)[0].sum() / 32
    cosine = (
        (vectors * were).sum(1) / np.linalg.norm(vectors, axis=1) / np.linalg.norm(were, axis=1)
    )
    said, once = ((torch.tensor(a), torch.tensor(b)) for a, b in ((now, vectors), (then, were)))
    found = kept_loss(said, once, torch.tensor(unknown))
    np.testing.assert_allclose(float(found), apart + (1 - cosine).mean(), rtol=1e-5)


def test_nothing_is_lost_where_a_run_begins(stores: list[Store], began: Path) -> None:
    """The divergence of a reader from itself is 0, whatever the others of a batch are."""
    pupil, teacher = LineReader(), LineReader()
    for network in (pupil, teacher):
        network.load_state_dict(torch.load(began, weights_only=True)["network"])
    batch = sample_batch([Drawings(store) for store in stores], TINY, 0)
    heavy, none = (
        loss_of(pupil.train(), teacher.eval(), batch, replace(TINY, keep=keep)).item()
        for keep in (1e3, 0.0)
    )
    assert heavy == pytest.approx(none, abs=1e-3)


def test_a_killed_run_ends_where_an_unbroken_one_does(
    stores: list[Store], began: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = replace(TINY, init=str(began))
    assert_resumes(lambda out: train(stores, options, out), tmp_path, monkeypatch)


def test_there_must_be_something_to_keep_to(
    stores: list[Store], began: Path, tmp_path: Path
) -> None:
    with pytest.raises(TrainingError, match=r"init: name the reader\.pt"):
        train(stores, TINY, tmp_path)
    with pytest.raises(TrainingError, match="init: cannot read"):
        train(stores, replace(TINY, init=str(tmp_path / "none.pt")), tmp_path)


def test_the_command_writes_a_reader(stores: list[Store], began: Path, tmp_path: Path) -> None:
    folders = [word for store in stores for word in ("--store", str(store.folder))]
    command = [*folders, "--steps", "1", "--init", str(began), "--out", str(tmp_path / "run")]
    main(command, TINY)
    saved = torch.load(tmp_path / "run" / "reader.pt", weights_only=True)["network"]
    LineReader().load_state_dict(saved)
    assert (tmp_path / "run" / "parts.onnx").stat().st_size > 10_000
