"""Samples → tensors: one batch of the training stream, and the loader that keeps them coming."""

from __future__ import annotations

import math
import signal
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

from style2color.data.stream import Sample, Stream
from style2color.errors import TrainingError
from style2color.heap import keep_freed_memory
from style2color.nn.sizes import KINDS

Arrays = dict[str, Tensor]

_KEPT = 256 << 20  # bytes a worker may hold unused: page faults were an eighth of its time
_ALIGNED = 64  # bytes, to which arrays in a buffer begin
_AHEAD = 3  # batches of each worker that wait for the trainer


@dataclass(frozen=True)
class Batch:
    """Float tensors of B samples at size S; names and ranges are those of docs/design.md.

    target_B3SS, lines_B1SS, free_B1SS in 0..1; labels int64 (B, S/2, S/2), 0 = no region; classes
    (B, S/2, S/2) and of_reference (B, 64, 64) int64, 0 = unknown; lit and shaded
    (B, 1, S/2, S/2), 1 where highlights and shadows lie. stranger (B,): 1 where the reference is
    no drawing of the target's character.
    """

    lines: Tensor
    hints: Tensor
    target: Tensor
    free: Tensor
    reference: Tensor
    has_reference: Tensor
    stranger: Tensor
    assignment: Tensor
    palette: Tensor
    kind: Tensor
    moments: Tensor
    present: Tensor
    labels: Tensor
    geometry: Tensor
    region_present: Tensor
    placed: Tensor
    classes: Tensor
    lit: Tensor
    shaded: Tensor
    of_reference: Tensor
    entry_classes: Tensor

    def part(self, start: int, stop: int, device: torch.device) -> Batch:
        """Some of the samples, on a device."""
        own = {name: value[start:stop].to(device) for name, value in vars(self).items()}
        return Batch(**own)


def to_batch(arrays: Arrays, device: torch.device) -> Batch:
    """Move collated samples to a device and scale them to floats."""
    at = {name: value.to(device, non_blocking=True) for name, value in arrays.items()}

    def unit(name: str) -> Tensor:
        return at[name].float() / 255

    palette = unit("palette")
    return Batch(
        lines=unit("lines"),
        hints=_hints(at["hints"], palette),
        target=unit("target"),
        free=at["free"].float()[:, None],
        reference=unit("reference"),
        has_reference=at["has_reference"].float(),
        stranger=at["stranger"].float(),
        assignment=at["assignment"].float(),
        palette=palette,
        kind=F.one_hot(at["kind"].long(), KINDS).float(),
        moments=at["moments"],
        present=at["present"].float(),
        labels=at["labels"].long(),
        geometry=at["geometry"],
        region_present=at["region_present"].float(),
        placed=at["placed"].float(),
        classes=at["classes"].long(),
        lit=at["lit"].float()[:, None],
        shaded=at["shaded"].float()[:, None],
        of_reference=at["of_reference"].long(),
        entry_classes=at["entry_classes"].float(),
    )


def _hints(hints_BSS: Tensor, palette_BK3: Tensor) -> Tensor:
    """0 for none, n for palette entry n − 1 → colour and mask, (B, 4, S, S)."""
    colors = F.pad(palette_BK3, (0, 1), value=1.0)
    table = F.pad(colors, (0, 0, 1, 0))  # row 0: no colour, no mask
    rows = torch.arange(len(table), device=table.device)[:, None, None] * table.shape[1]
    chosen = F.embedding(hints_BSS.int() + rows.int(), table.flatten(0, 1))
    return chosen.permute(0, 3, 1, 2).contiguous()


@dataclass(frozen=True)
class _Layout:
    """Where the arrays of a batch lie in one buffer, uint8 (size,): name, dtype, shape and first
    byte of each."""

    fields: tuple[tuple[str, np.dtype[np.generic], tuple[int, ...], int], ...]
    size: int

    @classmethod
    def of(cls, sample: Sample, count: int) -> _Layout:
        """For batches of `count` samples like this one."""
        fields, size = [], 0
        for name, value in sample.items():
            fields.append((name, value.dtype, (count, *value.shape), size))
            size += -(-count * value.nbytes // _ALIGNED) * _ALIGNED
        return cls(tuple(fields), size)

    def arrays(self, buffer: Tensor) -> Sample:
        """Views of the buffer."""
        data = buffer.numpy()
        views = {}
        for name, dtype, shape, start in self.fields:
            end = start + math.prod(shape) * dtype.itemsize
            views[name] = data[start:end].view(dtype).reshape(shape)
        return views

    def fill(self, buffer: Tensor, samples: Iterable[Sample]) -> None:
        """One after the other, each while it is still in the processor's cache."""
        arrays = self.arrays(buffer)
        for place, sample in enumerate(samples):
            for name, stacked in arrays.items():
                stacked[place] = sample[name]

    def tensors(self, buffer: Tensor) -> Arrays:
        return {name: torch.from_numpy(array) for name, array in self.arrays(buffer).items()}


def collate(samples: Sequence[Sample]) -> Arrays:
    """Stack samples of one size into tensors of their own dtypes."""
    layout = _Layout.of(samples[0], len(samples))
    buffer = torch.empty(layout.size, dtype=torch.uint8)
    layout.fill(buffer, samples)
    return layout.tensors(buffer)


@dataclass(frozen=True)
class _Numbered(Dataset[int]):
    """Whole batches by number: batch n of a process holds fixed sample numbers. It is written into
    a row of the ring, (rows, size), and the row is told."""

    stream: Stream
    first: int
    batch: int
    rank: int
    world: int
    layout: _Layout
    ring: Tensor

    def __getitem__(self, step: int) -> int:
        own = self.batch // self.world
        start = self.first + step * self.batch + self.rank * own
        row = step % len(self.ring)
        self.layout.fill(self.ring[row], map(self.stream.sample, range(start, start + own)))
        return row


def _ring(workers: int, size: int) -> Tensor:
    """Memory for the batches on their way, uint8 (rows, size), shared where there are workers."""
    rows = max(1, workers * (_AHEAD + 1))
    try:
        ring = torch.empty(rows, size, dtype=torch.uint8)
        if workers:
            ring.share_memory_()  # type: ignore[no-untyped-call]
    except RuntimeError as error:
        raise TrainingError(
            f"{workers} workers need {rows * size >> 20} MiB of shared memory: {error}; set fewer "
            "workers or smaller batches, or allow more (docker: --shm-size)"
        ) from error
    return ring


def _start_worker(_worker: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # signals are the parent's
    keep_freed_memory(_KEPT)


def batches(
    stream: Stream,
    *,
    first: int,
    steps: range,
    batch: int,
    workers: int,
    rank: int = 0,
    world: int = 1,
) -> Iterator[Arrays]:
    """Batches `steps` of a stage whose sample numbers begin at `first`; `batch` is global.

    Workers write into shared memory that is there from the start: fresh memory for every batch
    cost them a sixth of their time in page faults. A loader asks a worker for at most
    `_AHEAD` batches beyond those taken, so with one row more none is written before it is copied.
    Raises TrainingError where there is not that much shared memory.
    """
    layout = _Layout.of(stream.sample(first), batch // world)
    ring = _ring(workers, layout.size)
    loader: DataLoader[int] = DataLoader(
        _Numbered(stream, first, batch, rank, world, layout, ring),
        batch_size=None,
        sampler=list(steps),
        num_workers=workers,
        prefetch_factor=_AHEAD if workers else None,
        worker_init_fn=_start_worker,
    )
    for row in loader:
        yield layout.tensors(ring[row].clone())
