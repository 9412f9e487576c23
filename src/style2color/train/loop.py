"""The training loop: batches in, an averaged network out, killed and resumed at any time."""

from __future__ import annotations

import gc
import importlib
import itertools
import json
import math
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch import distributed as dist
from torch.nn.parallel import DistributedDataParallel

from style2color.data.stream import Stream, measure_default_palette, open_stores
from style2color.errors import OutputError, TrainingError
from style2color.train.batch import Arrays, Batch, batches, collate, to_batch
from style2color.train.checkpoint import clear, load_state, mean_weights, save_state, save_weights
from style2color.train.config import TrainConfig, to_plain
from style2color.train.interrupt import Stop, leave
from style2color.train.log import Log
from style2color.train.precision import autocast
from style2color.train.presets import judged_task
from style2color.train.sheet import Sheet
from style2color.train.tasks import Losses, Task

MakeTask = Callable[[TrainConfig], Task]

_FIRST = 8
"""Samples at a time that a task sees before the first step."""
_PAINTED = 4
"""Samples at a time that are painted for a sheet: the paper's network takes much memory."""


@dataclass(frozen=True)
class Place:
    """Where a process computes: its rank among `world` and its device."""

    rank: int
    world: int
    device: torch.device

    @classmethod
    def join(cls, device: str | None = None) -> Place:
        """Join the processes of `torchrun`, or stay alone."""
        rank, world, own = (
            int(os.environ.get(name, default))
            for name, default in (("RANK", 0), ("WORLD_SIZE", 1), ("LOCAL_RANK", 0))
        )
        name = device or ("cuda" if torch.cuda.is_available() else "cpu")
        where = torch.device(name, own) if name == "cuda" and world > 1 else torch.device(name)
        if world > 1 and not dist.is_initialized():
            # DDP imports it; imported after the group is made, it holds the group to the end.
            importlib.import_module("torch._dynamo")
            dist.init_process_group("nccl" if where.type == "cuda" else "gloo")
        return cls(rank, world, where)

    def leave(self) -> None:
        """Part from the other processes."""
        if dist.is_initialized():
            dist.destroy_process_group()

    def agree(self, number: int) -> int:
        """The largest number that any process gives."""
        if self.world == 1:
            return number
        given = torch.tensor(number, device=self.device)
        dist.all_reduce(given, dist.ReduceOp.MAX)
        return int(given)


class Trainer:
    """One run: the task, its optimiser, its averaged weights, and how far it has come."""

    def __init__(
        self, config: TrainConfig, folder: Path, place: Place, make: MakeTask = judged_task
    ) -> None:
        for stage in config.stages:
            if stage.batch % place.world:
                raise TrainingError(
                    f"[[stages]] batch {stage.batch} cannot be split over {place.world} processes"
                )
        self.config, self.folder, self.place = config, folder, place
        torch.manual_seed(config.seed)
        self.task = make(config)
        if config.earlier:
            self._start_from_others()
        if config.only:
            self._freeze_all_but(config.only)
        self.task = self.task.to(place.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = self._weights()
        self.groups = [
            replace(group, parameters=[p for p in group.parameters if p.requires_grad])
            for group in self.task.groups()
        ]
        self.optimizer = torch.optim.AdamW(
            [{"params": group.parameters} for group in self.groups],
            config.lr,
            (0.9, 0.99),
            weight_decay=config.weight_decay,
        )
        self.seen, self.step, self.seconds = 0, 0, 0.0
        self.changed: list[str] = []
        """Fields of the configuration that differ from those of the resumed state."""
        self.default_palette = measure_default_palette(open_stores(config.data), seed=config.seed)
        if config.compile:
            for part in self.task.network.children():
                part.compile(dynamic=False)  # a stage has one size
        self.model: nn.Module = self.task
        if place.world > 1:
            # A critic that has not begun yet gets no gradient.
            late = config.losses.adversarial > 0 and config.judges.adversarial_after > 0
            self.model = DistributedDataParallel(self.task, find_unused_parameters=late)

    def _start_from_others(self) -> None:
        """Parts that the earlier networks did not have keep their own initialisation."""
        folders = self.config.earlier
        shares = self.config.init_weights or [1.0] * len(folders)
        weights = mean_weights(folders, shares, self.task.network)
        try:
            loaded = self.task.network.load_state_dict(weights, strict=False)
        except RuntimeError as error:
            raise TrainingError(
                f"init: the network of {folders[0]} has other sizes: {error}"
            ) from error
        if loaded.unexpected_keys:
            raise TrainingError(
                f"init: {folders[0]} is of another network, it has {loaded.unexpected_keys[0]}"
            )

    def _freeze_all_but(self, prefix: str | tuple[str, ...]) -> None:
        for name, parameter in self.task.network.named_parameters():
            parameter.requires_grad_(name.startswith(prefix))
        if not any(p.requires_grad for p in self.task.network.parameters()):
            raise TrainingError(f"only: the network has no weights whose names begin {prefix!r}")

    def resume(self) -> bool:
        """Go on from the folder's last state; without one, prepare a fresh start."""
        state = load_state(self.folder)
        if state is None:
            self.task.prepare(self._first_batches(), started=bool(self.config.earlier))
            self.average = self._weights()
            return False
        try:
            self.task.load_state_dict(state["task"])
            self.optimizer.load_state_dict(state["optimizer"])
        except (RuntimeError, ValueError) as error:
            raise TrainingError(
                f"the checkpoint in {self.folder} is of another network: {error}; train into "
                "another folder, or start anew with --fresh"
            ) from error
        self.average = {k: v.to(self.place.device) for k, v in state["average"].items()}
        self.seen, self.step, self.seconds = state["seen"], state["step"], state["seconds"]
        if "default_palette" in state:
            self.default_palette = np.array(state["default_palette"], np.uint8)
            self.changed = [
                k for k, v in to_plain(self.config).items() if v != state["config"].get(k)
            ]
        return True

    def _weights(self) -> dict[str, Tensor]:
        return {k: v.detach().clone() for k, v in self.task.network.state_dict().items()}

    def _first_batches(self) -> Iterator[Batch]:
        """Endless small batches from the head of the stream."""
        stream = self._stream(self.config.stages[0].size)
        for start in itertools.count(0, _FIRST):
            samples = [stream.sample(number) for number in range(start, start + _FIRST)]
            yield to_batch(collate(samples), self.place.device)

    def _stream(self, size: int) -> Stream:
        return Stream(self.config.data, size, self.config.seed, self.default_palette)

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
                "default_palette": self.default_palette.tolist(),
                "config": to_plain(self.config),
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
        for group, settings in zip(self.groups, self.optimizer.param_groups, strict=True):
            settings["lr"] = self.learning_rate() * group.rate
        self.model.train()
        self.task.seen = self.seen
        # Compiled in bfloat16, torch 2.13 loses gradients of attention and of what lies below it.
        half = self.config.bf16 and not self.config.compile
        with autocast(self.place.device.type, half):
            losses = self.model(batch)
        self.optimizer.zero_grad(set_to_none=True)
        losses["loss"].backward()
        norms = [
            nn.utils.clip_grad_norm_(group.parameters, self.config.clip) for group in self.groups
        ]
        if not all(torch.isfinite(norm) for norm in norms):
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
        return self._means(losses)

    def _means(self, losses: Losses) -> dict[str, float]:
        """Over all processes."""
        values = torch.stack([value.detach().float() for value in losses.values()])
        if self.place.world > 1:
            dist.all_reduce(values)
            values = values / self.place.world
        return dict(zip(losses, values.tolist(), strict=True))

    def leave(self) -> None:
        """Part from the other processes; the last thing of a run.

        What holds the group goes first: its threads end with it, and one that lives on into the
        interpreter's end may abort the process there.
        """
        self.model = self.task
        gc.collect()
        self.place.leave()

    def work(self) -> Iterator[tuple[int, Arrays]]:
        """The batches still to do, with their global size."""
        first = 0
        for stage in self.config.stages:
            steps = stage.samples // stage.batch
            done = min(max(0, self.seen - first) // stage.batch, steps)
            for arrays in batches(
                self._stream(stage.size),
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
        own = self._weights()
        self.task.network.load_state_dict(self.average)
        self.task.eval()
        with torch.inference_mode():
            parts = [
                self.task.columns(batch.part(start, start + _PAINTED, self.place.device))
                for start in range(0, len(batch.lines), _PAINTED)
            ]
        self.task.network.load_state_dict(own)
        return [torch.cat(column).float().cpu().numpy() for column in zip(*parts, strict=True)]


def train(
    config: TrainConfig,
    folder: Path,
    *,
    device: str | None = None,
    quiet: bool = False,
    fresh: bool = False,
    make: MakeTask = judged_task,
) -> Trainer:
    """Train until all samples are seen; call it again after a kill and it goes on.

    Writes into `folder`: state.pt, weights.safetensors, config.json, log.jsonl, TensorBoard
    events and sample sheets. Ctrl-C and SIGTERM save after the step at hand, then leave as
    KeyboardInterrupt and SystemExit. `fresh` first removes what an earlier run wrote there. `make`
    gives the task with fresh weights, for experiments that are no preset.
    Raises TrainingError, DataError, ModelError and OutputError.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make the folder {folder}: {error.strerror}") from error
    place = Place.join(device)
    lead = place.rank == 0
    if fresh and lead:
        clear(folder)
    place.agree(0)  # nobody looks for a state before it is cleared
    trainer = Trainer(config, folder, place, make)
    resumed = trainer.resume()
    first = trainer.seen
    sheet = Sheet(config, trainer.default_palette) if config.sheet_store and lead else None
    log = Log(folder, config.samples, first, quiet=quiet or not lead, write=lead)
    log.say(f"{'resumed at' if resumed else 'start at'} sample {first} of {config.samples}")
    if trainer.changed:
        log.say(f"note: the configuration has changed since: {', '.join(trainer.changed)}")
    saved = sheeted = time.monotonic()
    asked = 0
    with log, Stop() as stop:
        for samples, arrays in trainer.work():
            start = time.monotonic()
            losses = trainer.train_step(arrays, samples)
            log.step(trainer.seen, losses, trainer.learning_rate())
            now = time.monotonic()
            trainer.seconds += now - log.mark(start)
            asked = place.agree(stop.asked)
            if asked:
                break
            if lead and now - saved > 60 * config.checkpoint_minutes:
                trainer.save()
                saved = time.monotonic()
            if sheet and now - sheeted > 60 * config.sheet_minutes:
                sheet.save(folder / f"sheet-{trainer.seen:08d}.webp", trainer.painted)
                sheeted = time.monotonic()
        if lead and trainer.seen > first:
            trainer.save()
            if sheet and not asked:
                sheet.save(folder / f"sheet-{trainer.seen:08d}.webp", trainer.painted)
        place.agree(0)  # whoever leaves early would have the others ended by torchrun
    if asked:
        log.say(f"stopped and saved at sample {trainer.seen}; the same call goes on from there")
        trainer.leave()
        leave(asked)
    return trainer


def read_log(folder: Path) -> list[dict[str, float]]:
    """The rows of a run's log.jsonl."""
    return [json.loads(line) for line in (folder / "log.jsonl").read_text("utf-8").splitlines()]
