"""Samples → tensors: one batch of the training stream, and the loader that keeps them coming."""

from __future__ import annotations

import math
import signal
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset, get_worker_info

from style2color.data.stream import Sample, Stream
from style2color.heap import keep_freed_memory
from style2color.nn.studio import KINDS

Arrays = dict[str, Tensor]

_KEPT = 256 << 20  # bytes a worker may hold unused: page faults were an eighth of its time
_ALIGNED = 64  # bytes, to which arrays in a buffer begin


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

    hints = unit("hints")
    hints = torch.cat((hints[:, :3] * hints[:, 3:], hints[:, 3:]), dim=1)
    return Batch(
        lines=unit("lines"),
        hints=hints,
        target=unit("target"),
        free=at["free"].float()[:, None],
        reference=unit("reference"),
        has_reference=at["has_reference"].float(),
        stranger=at["stranger"].float(),
        assignment=at["assignment"].float(),
        palette=unit("palette"),
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


@dataclass(frozen=True)
class _Packed:
    """The arrays of a batch in one buffer, uint8 (N,), and where each one lies: name, dtype, shape
    and first byte. A loader hands it over as one block of shared memory; twenty would take longer
    to open than to read."""

    buffer: Tensor
    fields: tuple[tuple[str, np.dtype[np.generic], tuple[int, ...], int], ...]

    @classmethod
    def of(cls, samples: list[Sample]) -> _Packed:
        fields, size = [], 0
        for name, value in samples[0].items():
            fields.append((name, value.dtype, (len(samples), *value.shape), size))
            size += -(-len(samples) * value.nbytes // _ALIGNED) * _ALIGNED
        buffer = torch.empty(size, dtype=torch.uint8)
        if get_worker_info() is not None:
            buffer.share_memory_()  # type: ignore[no-untyped-call]  # written where it is read
        packed = cls(buffer, tuple(fields))
        for name, stacked in packed.arrays().items():
            for place, sample in enumerate(samples):
                stacked[place] = sample[name]
        return packed

    def arrays(self) -> Sample:
        """Views of the buffer."""
        data = self.buffer.numpy()
        views = {}
        for name, dtype, shape, start in self.fields:
            end = start + math.prod(shape) * dtype.itemsize
            views[name] = data[start:end].view(dtype).reshape(shape)
        return views

    def tensors(self) -> Arrays:
        return {name: torch.from_numpy(array) for name, array in self.arrays().items()}


def collate(samples: list[Sample]) -> Arrays:
    """Stack samples of one size into tensors of their own dtypes."""
    return _Packed.of(samples).tensors()


class _Numbered(Dataset[_Packed]):
    """Whole batches by number: batch n of a process holds fixed sample numbers."""

    def __init__(self, stream: Stream, first: int, batch: int, rank: int, world: int) -> None:
        self.stream, self.first, self.batch = stream, first, batch
        self.rank, self.world = rank, world

    def __getitem__(self, step: int) -> _Packed:
        own = self.batch // self.world
        start = self.first + step * self.batch + self.rank * own
        return _Packed.of([self.stream.sample(number) for number in range(start, start + own)])


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
    """Batches `steps` of a stage whose sample numbers begin at `first`; `batch` is global."""
    loader: DataLoader[_Packed] = DataLoader(
        _Numbered(stream, first, batch, rank, world),
        batch_size=None,
        sampler=list(steps),
        num_workers=workers,
        prefetch_factor=3 if workers else None,
        worker_init_fn=_start_worker,
    )
    for packed in loader:
        yield packed.tensors()
