"""Training states and finished weights on disk; both load without running code from the file."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save
from torch import Tensor

from style2color.errors import TrainingError
from style2color.files import atomic_write
from style2color.train.config import TrainConfig, parse_config
from style2color.train.tasks import Task, make_task

STATE = "state.pt"
WEIGHTS = "weights.safetensors"
CONFIG = "config.json"
_VERSION = 1


def save_state(folder: Path, state: dict[str, Any]) -> None:
    """Write the state a killed run goes on from, atomically."""
    with atomic_write(folder / STATE) as stream:
        torch.save({"version": _VERSION, **state}, stream)


def load_state(folder: Path) -> dict[str, Any] | None:
    """The last state of a run, or None. Raises TrainingError where it is damaged."""
    path = folder / STATE
    if not path.exists():
        return None
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises whatever its unpickler meets in a damaged file
        raise TrainingError(
            f"the checkpoint {path} is damaged ({type(error).__name__}); delete it to start anew"
        ) from error
    if state.get("version") != _VERSION:
        raise TrainingError(f"the checkpoint {path} is of another version; delete it")
    return state


def save_weights(
    folder: Path, weights: dict[str, Tensor], config: TrainConfig, facts: dict[str, Any]
) -> None:
    """Write averaged weights with what made them: config.json and weights.safetensors."""
    with atomic_write(folder / WEIGHTS) as stream:
        stream.write(save({name: value.contiguous() for name, value in weights.items()}))
    with atomic_write(folder / CONFIG) as stream:
        stream.write(json.dumps({"config": asdict(config), **facts}, indent=1).encode())


def load_task(folder: str | Path) -> tuple[Task, TrainConfig, dict[str, Any]]:
    """A trained task with its weights, its configuration and the facts of its run.

    Raises TrainingError where the folder holds no finished weights or other ones than it says.
    """
    folder = Path(folder)
    try:
        facts = json.loads((folder / CONFIG).read_text("utf-8"))
        config = parse_config(facts.pop("config"), str(folder / CONFIG))
        task = make_task(config.preset, config.network)
        task.network.load_state_dict(load_file(folder / WEIGHTS))
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise TrainingError(f"no usable weights in {folder}: {error}") from error
    return task.eval(), config, facts
