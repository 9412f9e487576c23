"""Runs that start from the mean of several earlier ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from style2color.errors import TrainingError  # noqa: E402
from style2color.nn.sizes import StudioConfig  # noqa: E402
from style2color.nn.studio import StudioNet  # noqa: E402
from style2color.train.checkpoint import save_weights  # noqa: E402
from style2color.train.config import TrainConfig, parse_config  # noqa: E402
from style2color.train.loop import Place, Trainer  # noqa: E402
from style2color.train.release import training_data  # noqa: E402

PLACE = Place(0, 1, torch.device("cpu"))
NETWORK: dict[str, Any] = {
    "widths": [8, 8, 8, 8],
    "right_widths": [8, 8, 8],
    "reference_widths": [8, 8, 8, 8],
    "token_dim": 16,
    "heads": 2,
}


def settings(store: Path, **changes: Any) -> TrainConfig:
    return parse_config(
        {
            "workers": 0,
            "network": NETWORK,
            "data": {"stores": [str(store)]},
            "stages": [{"size": 32, "batch": 2, "samples": 2}],
            **changes,
        }
    )


def write_run(folder: Path, config: TrainConfig, seed: int, **sizes: int) -> dict[str, Any]:
    """A run's finished weights, by chance, as a run leaves them; returns them."""
    torch.manual_seed(seed)
    network = StudioNet(StudioConfig(**{**config.network, **sizes}))
    folder.mkdir()
    weights = dict(network.state_dict())
    save_weights(folder, weights, config, {})
    return weights


def test_the_mean_of_several_runs(tiny_store: Path, tmp_path: Path) -> None:
    plain = settings(tiny_store)
    folders = [str(tmp_path / name) for name in "ab"]
    one, other = (write_run(Path(f), plain, seed) for seed, f in enumerate(folders))
    for weights, shares in (([], (0.5, 0.5)), ([1.0, 3.0], (0.25, 0.75)), ([0, 2], (0, 1))):
        both = settings(tiny_store, init=folders, init_weights=weights)
        started = Trainer(both, tmp_path, PLACE).average
        assert started.keys() == one.keys()
        for name, value in started.items():
            wanted = shares[0] * one[name].numpy() + shares[1] * other[name].numpy()
            np.testing.assert_allclose(value.numpy(), wanted, atol=1e-6)
    alone = Trainer(settings(tiny_store, init=folders[:1]), tmp_path, PLACE).average
    assert all(torch.equal(value, one[name]) for name, value in alone.items())


def test_runs_that_have_no_mean_are_named(tiny_store: Path, tmp_path: Path) -> None:
    plain = settings(tiny_store)
    write_run(tmp_path / "one", plain, 0)
    write_run(tmp_path / "wide", plain, 0, query_dim=4)
    for names, told in (
        (("one", "wide"), "wide and .*one have networks of other sizes"),
        (("wide", "wide"), "the network of .*wide has other sizes"),
        (("one", "gone"), "no usable weights in .*gone"),
    ):
        init = [str(tmp_path / name) for name in names]
        with pytest.raises(TrainingError, match=told):
            Trainer(settings(tiny_store, init=init), tmp_path, PLACE)


def test_the_pictures_of_every_run_before_are_counted_once(
    tiny_store: Path, tmp_path: Path
) -> None:
    plain = settings(tiny_store)
    write_run(tmp_path / "a", plain, 0)
    write_run(tmp_path / "b", settings(tiny_store, init=str(tmp_path / "a")), 1)
    both = settings(tiny_store, init=[str(tmp_path / "b"), str(tmp_path / "a")])
    assert training_data(both) == training_data(plain)
    assert sum(row["pictures"] for row in training_data(plain)) == 41


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"init": ["a", 1]}, "init must be of type"),
        ({"init": ["a", "b"], "init_weights": [1.0]}, "as many numbers .* names runs, 2, or none"),
        ({"init": ["a", "b"], "init_weights": [1.0, -1.0]}, "init_weights must be"),
        ({"init": ["a", "b"], "init_weights": [0, 0]}, "init_weights must be"),
        ({"init_weights": [1.0]}, "names runs, 0, or none"),
    ],
)
def test_a_wrong_list_names_the_field(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(TrainingError, match=told):
        settings(Path("s"), **changes)
