"""Mixed precision only where it pays, and never under torch.compile."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.train.small import SMALL

torch = pytest.importorskip("torch")

from style2color.train import loop, precision  # noqa: E402
from style2color.train.config import TrainConfig, parse_config  # noqa: E402


def test_a_processor_without_bfloat16_computes_in_float32(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for there in (False, True):
        monkeypatch.setattr(precision, "has_bf16", lambda device, there=there: there)
        with precision.autocast("cpu"):
            assert torch.is_autocast_enabled("cpu") == there
        with precision.autocast("cpu", wanted=False):
            assert not torch.is_autocast_enabled("cpu")


def test_what_torch_tells_of_this_processor_is_a_yes_or_no() -> None:
    assert precision.has_bf16("cpu") in (False, True)
    if not torch.cuda.is_available():
        assert not precision.has_bf16("cuda")


@pytest.mark.parametrize("compiled", [False, True])
def test_compiled_networks_train_in_float32(
    compiled: bool, tiny_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    def spy(device: str, wanted: bool = True) -> torch.autocast:
        asked.append(wanted)
        return precision.autocast(device, wanted)

    monkeypatch.setattr(loop, "autocast", spy)
    config: TrainConfig = parse_config(
        {
            "workers": 0,
            "network": SMALL,
            "data": {"stores": [str(tiny_store)]},
            "stages": [{"size": 32, "batch": 1, "samples": 1}],
        }
    )
    trainer = loop.Trainer(config, tmp_path / "run", loop.Place(0, 1, torch.device("cpu")))
    trainer.config = replace(config, compile=compiled)  # the rule, without the minute of compiling
    for samples, arrays in trainer.work():
        trainer.train_step(arrays, samples)
    assert asked == [not compiled]
