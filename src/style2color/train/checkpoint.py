"""Training states and finished weights on disk; both load without running code from the file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, nn

from style2color.errors import TrainingError
from style2color.files import atomic_write
from style2color.nn.studio import StudioNet
from style2color.train.config import TrainConfig, parse_config, to_plain
from style2color.train.presets import make_task
from style2color.train.tasks import Task

STATE = "state.pt"
WEIGHTS = "weights.safetensors"
CONFIG = "config.json"
EMBEDDED = "embedded"
"""What `init` calls the model in the package."""
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
    if not isinstance(state, dict) or state.get("version") != _VERSION:
        raise TrainingError(f"the checkpoint {path} is of another version; delete it")
    return state


def clear(folder: Path) -> None:
    """Remove what a run wrote into its folder, and nothing else."""
    written = [folder / name for name in (STATE, WEIGHTS, CONFIG, "log.jsonl")]
    for path in (*written, *folder.glob("sheet-*.webp"), *folder.glob("tensorboard/events.*")):
        path.unlink(missing_ok=True)


def save_weights(
    folder: Path, weights: dict[str, Tensor], config: TrainConfig, facts: dict[str, Any]
) -> None:
    """Write averaged weights with what made them: config.json and weights.safetensors."""
    with atomic_write(folder / WEIGHTS) as stream:
        stream.write(save({name: value.contiguous() for name, value in weights.items()}))
    with atomic_write(folder / CONFIG) as stream:
        stream.write(json.dumps({"config": to_plain(config), **facts}, indent=1).encode())


def load_weights(folder: str | Path) -> dict[str, Tensor]:
    """The averaged weights of a run. Raises TrainingError where there are none or damaged ones."""
    try:
        weights: dict[str, Tensor] = load_file(Path(folder) / WEIGHTS)
    except (OSError, SafetensorError) as error:
        raise TrainingError(f"no usable weights in {folder}: {error}") from error
    return weights


def is_model(folder: str) -> bool:
    """Whether `init` names a shipped model here, and not a run: "embedded", or a folder with a
    model.json and no weights of a run."""
    path = Path(folder)
    return folder == EMBEDDED or (
        (path / "model.json").is_file() and not (path / WEIGHTS).is_file()
    )


def mean_weights(
    folders: Sequence[str], shares: Sequence[float], network: nn.Module
) -> dict[str, Tensor]:
    """The mean of the weights of runs and models, each with its share; shares need not sum to 1.

    Models have no weights for what serves training only; beside one, nor has the mean. network: to
    be trained; models must be of its sizes.

    Raises ModelError for a damaged model, TrainingError as `load_weights`, where a model is of
    another network than `network`, and where the folders are of different ones.
    """
    runs = [
        _model_weights(folder, network) if is_model(folder) else load_weights(folder)
        for folder in folders
    ]
    for shipped in [run for folder, run in zip(folders, runs, strict=True) if is_model(folder)]:
        runs = [{k: v for k, v in run.items() if k in shipped} for run in runs]
    first, total = runs[0], sum(shares)
    for folder, run in zip(folders[1:], runs[1:], strict=True):
        if {k: v.shape for k, v in run.items()} != {k: v.shape for k, v in first.items()}:
            raise TrainingError(
                f"init: {folder} and {folders[0]} have networks of other sizes, and no mean"
            )
    rates = [share / total for share in shares]
    return {
        name: torch.stack([r * run[name] for r, run in zip(rates, runs, strict=True)]).sum(0)
        for name in first
    }


def _model_weights(folder: str, network: nn.Module) -> dict[str, Tensor]:
    from style2color.train.imported import weights_of_model  # other runs do without onnx

    if not isinstance(network, StudioNet):
        raise TrainingError(
            f"init: {folder} is a model, so of another network: only the preset studio can start "
            "from one"
        )
    return weights_of_model(None if folder == EMBEDDED else Path(folder), network.config)


def load_facts(folder: str | Path) -> tuple[TrainConfig, dict[str, Any]]:
    """The configuration of a run and what else is known of it. Raises TrainingError."""
    path = Path(folder) / CONFIG
    try:
        facts = json.loads(path.read_text("utf-8"))
        config = parse_config(facts.pop("config"), str(path))
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise TrainingError(f"{path} is no configuration of a run: {error}") from error
    return config, facts


def load_task(folder: str | Path) -> tuple[Task, TrainConfig, dict[str, Any]]:
    """A trained task with its weights, its configuration and the facts of its run.

    Raises TrainingError where the folder holds no finished weights or other ones than it says.
    """
    config, facts = load_facts(folder)
    task, weights = make_task(config), load_weights(folder)
    try:
        task.network.load_state_dict(weights)
    except RuntimeError as error:
        raise TrainingError(f"no usable weights in {folder}: {error}") from error
    return task.eval(), config, facts
