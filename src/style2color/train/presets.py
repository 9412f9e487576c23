"""From a configuration to the task it trains."""

from __future__ import annotations

import torch

from style2color.errors import TrainingError
from style2color.nn.sizes import StudioConfig
from style2color.train.config import TrainConfig
from style2color.train.judges import make_judges
from style2color.train.paper import PaperTask
from style2color.train.tasks import PlainTask, StudioTask, Task


def make_task(config: TrainConfig, *, judged: bool = False) -> Task:
    """The task of the preset, with fresh weights.

    judged: with what the preset studio needs in training only, a frozen VGG and a discriminator.

    Raises TrainingError for sizes in [network] that the preset does not know or that do not fit
    together and for judges that cannot be had, and ModelError for a damaged classifier (preset
    paper).
    """
    try:
        if config.preset in ("paper", "v1"):
            return PaperTask(config.paper, config.preset, **config.network)
        if config.preset == "plain":
            return PlainTask(**config.network)
        with torch.random.fork_rng(devices=[]):  # a network starts alike with and without judges
            sizes = StudioConfig(**config.network)
            judges = make_judges(config.losses, config.judges, sizes) if judged else None
        return StudioTask(config.losses, judges, **config.network)
    except (TypeError, ValueError, RuntimeError) as error:
        raise TrainingError(
            f"[network] does not fit the preset {config.preset!r}: {error}"
        ) from error


def judged_task(config: TrainConfig) -> Task:
    """The task as it is trained: with its judges."""
    return make_task(config, judged=True)
