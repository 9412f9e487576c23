"""The training loop: batches in, an averaged network out, killed and resumed at any time."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch import distributed as dist
from torch.nn.parallel import DistributedDataParallel

from style2color.data.store import Store
from style2color.data.stream import Stream, measure_default_palette
from style2color.errors import TrainingError
from style2color.train.batch import Arrays, Batch, batches, to_batch
from style2color.train.checkpoint import load_state, load_task, save_state, save_weights
from style2color.train.config import TrainConfig
from style2color.train.log import Log
from style2color.train.sheet import Sheet
from style2color.train.tasks import Task, make_task


@dataclass(frozen=True)
class Place:
    """Where a process computes: its rank among `world` and its device."""

    rank: int
    world: int
    device: torch.device

    @classmethod
    def join(cls, device: str | None = None) -> Place:
        """Join the processes of `torchrun`, or stay alone."""
        rank, world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
        name = device or ("cuda" if torch.cuda.is_available() else "cpu")
        where = torch.device(name, rank) if name == "cuda" and world > 1 else torch.device(name)
        if world > 1 and not dist.is_initialized():
            dist.init_process_group("nccl" if where.type == "cuda" else "gloo")
        return cls(rank, world, where)


class Trainer:
    """One run: the task, its optimiser, its averaged weights, and how far it has come."""

    def __init__(self, config: TrainConfig, folder: Path, place: Place) -> None:
        for stage in config.stages:
            if stage.batch % place.world:
                raise TrainingError(
                    f"[[stages]] batch {stage.batch} cannot be split over {place.world} processes"
                )
        self.config, self.folder, self.place = config, folder, place
        torch.manual_seed(config.seed)
        self.task: Task = make_task(config.preset, config.network)
        if config.init:
            self.task.network.load_state_dict(load_task(config.init)[0].network.state_dict())
        self.task = self.task.to(place.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = {k: v.detach().clone() for k, v in self.task.network.state_dict().items()}
        self.optimizer = torch.optim.AdamW(
            self.task.parameters(), config.lr, (0.9, 0.99), weight_decay=config.weight_decay
        )
        self.seen, self.step, self.seconds = 0, 0, 0.0
        stores = [Store.open(Path(name)) for name in config.data.stores]
        self.default_palette = measure_default_palette(stores, seed=config.seed)
        self.model: nn.Module = self.task
        if place.world > 1:
            self.model = DistributedDataParallel(self.task)

    def resume(self) -> bool:
        """Go on from the folder's last state, if there is one."""
        state = load_state(self.folder)
        if state is None:
            return False
        self.task.load_state_dict(state["task"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.average = {k: v.to(self.place.device) for k, v in state["average"].items()}
        self.seen, self.step, self.seconds = state["seen"], state["step"], state["seconds"]
        return True

    def save(self) -> None:
        """Write state and averaged weights."""
        save_state(
            self.folder,
            {
                "task": self.task.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "average": self.average,
                "seen": self.seen,
                "step": self.step,
                "seconds": self.seconds,
            },
        )
        save_weights(self.folder, self.average, self.config, self.facts())

    def facts(self) -> dict[str, Any]:
        """What config.json says of a run besides its configuration."""
        return {
            "samples": self.seen,
            "steps": self.step,
            "minutes": round(self.seconds / 60, 1),
            "device": str(self.place.device),
            "threads": torch.get_num_threads(),
            "default_palette": self.default_palette.tolist(),
        }

    def learning_rate(self) -> float:
        """Warm-up, a plateau, then a cosine fall to a twentieth; a function of samples seen."""
        config = self.config
        rise = min(1.0, (self.seen + 1) / max(1, config.warmup))
        left = max(0.0, 1 - self.seen / config.samples)
        fall = min(1.0, left / config.decay) if config.decay > 0 else 1.0
        return config.lr * rise * (0.05 + 0.95 * (0.5 - 0.5 * math.cos(math.pi * fall)))

    def train_step(self, arrays: Arrays, samples: int) -> dict[str, float]:
        """One optimiser step on a batch of `samples` over all processes; the losses by name."""
        batch = to_batch(arrays, self.place.device)
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate()
        self.model.train()
        with torch.autocast(self.place.device.type, torch.bfloat16, enabled=self.config.bf16):
            losses = self.model(batch)
        self.optimizer.zero_grad(set_to_none=True)
        losses["loss"].backward()
        norm = nn.utils.clip_grad_norm_(self.task.parameters(), self.config.clip)
        if not torch.isfinite(norm):
            raise TrainingError(
                f"the gradient is not finite at sample {self.seen}; lower `lr` or set bf16 = false"
            )
        self.optimizer.step()
        self.step += 1
        self.seen += samples
        decay = min(self.config.ema, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for name, value in self.task.network.state_dict().items():
                if value.dtype.is_floating_point:
                    self.average[name].lerp_(value, 1 - decay)
        return {name: self._mean(value.detach()) for name, value in losses.items()}

    def _mean(self, value: Tensor) -> float:
        if self.place.world > 1:
            dist.all_reduce(value)
            value = value / self.place.world
        return float(value)

    def work(self) -> Iterator[tuple[int, Arrays]]:
        """The batches still to do, with their global size."""
        first = 0
        for stage in self.config.stages:
            steps = stage.samples // stage.batch
            done = min(max(0, self.seen - first) // stage.batch, steps)
            stream = Stream(self.config.data, stage.size, self.config.seed, self.default_palette)
            for arrays in batches(
                stream,
                first=first,
                steps=range(done, steps),
                batch=stage.batch,
                workers=self.config.workers,
                rank=self.place.rank,
                world=self.place.world,
            ):
                yield stage.batch, arrays
            first += steps * stage.batch

    def painted(self, batch: Batch) -> list[np.ndarray[Any, Any]]:
        """What the averaged weights paint, as columns of a sample sheet."""
        own = {k: v.detach().clone() for k, v in self.task.network.state_dict().items()}
        self.task.network.load_state_dict(self.average)
        with torch.inference_mode():
            columns = self.task.columns(batch)
        self.task.network.load_state_dict(own)
        return [column.float().cpu().numpy() for column in columns]


def train(
    config: TrainConfig, folder: Path, *, device: str | None = None, quiet: bool = False
) -> Trainer:
    """Train until all samples are seen; call it again after a kill and it goes on.

    Writes into `folder`: state.pt, weights.safetensors, config.json, log.jsonl, TensorBoard
    events and sample sheets. Ctrl-C saves before it leaves. Raises TrainingError and DataError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    place = Place.join(device)
    trainer = Trainer(config, folder, place)
    resumed = trainer.resume()
    lead = place.rank == 0
    sheet = Sheet(config, trainer.default_palette) if config.sheet_store and lead else None
    log = Log(folder, config.samples, trainer.seen, quiet=quiet or not lead, write=lead)
    log.say(f"{'resumed at' if resumed else 'start at'} sample {trainer.seen} of {config.samples}")
    saved = sheeted = time.monotonic()
    try:
        with log:
            for samples, arrays in trainer.work():
                start = time.monotonic()
                losses = trainer.train_step(arrays, samples)
                log.step(trainer.seen, losses, trainer.learning_rate())
                now = time.monotonic()
                trainer.seconds += now - log.mark(start)
                if lead and now - saved > 60 * config.checkpoint_minutes:
                    trainer.save()
                    saved = time.monotonic()
                if sheet and now - sheeted > 60 * config.sheet_minutes:
                    sheet.save(folder / f"sheet-{trainer.seen:08d}.webp", trainer.painted)
                    sheeted = time.monotonic()
    finally:
        if lead:
            trainer.save()
            if sheet:
                sheet.save(folder / f"sheet-{trainer.seen:08d}.webp", trainer.painted)
    return trainer


def read_log(folder: Path) -> list[dict[str, float]]:
    """The rows of a run's log.jsonl."""
    return [json.loads(line) for line in (folder / "log.jsonl").read_text("utf-8").splitlines()]
