"""From a configuration to the task it trains."""

from __future__ import annotations

from style2color.errors import TrainingError
from style2color.train.config import TrainConfig
from style2color.train.paper import PaperTask
from style2color.train.tasks import PlainTask, StudioTask, Task


def make_task(config: TrainConfig) -> Task:
    """The task of the preset, with fresh weights.

    Raises TrainingError for sizes in [network] that the preset does not know or that do not fit
    together, and ModelError for a damaged classifier (preset paper).
    """
    try:
        if config.preset in ("paper", "v1"):
            return PaperTask(config.paper, config.preset, **config.network)
        if config.preset == "plain":
            return PlainTask(**config.network)
        return StudioTask(config.losses, **config.network)
    except (TypeError, ValueError, RuntimeError) as error:
        raise TrainingError(
            f"[network] does not fit the preset {config.preset!r}: {error}"
        ) from error
