"""Sample sheets: what the network in training paints on drawings it never sees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from style2color import image
from style2color.data.stream import Stream
from style2color.train.batch import Batch, collate, to_batch
from style2color.train.config import TrainConfig

ROWS = 20
_SIZE = 256


class Sheet:
    """A fixed set of held-out samples, painted again and again: sketch, reference, results,
    target, side by side."""

    def __init__(self, config: TrainConfig, default_palette: NDArray[np.uint8]) -> None:
        data = replace(
            config.data,
            stores=(config.sheet_store,),
            weights=(),
            recolor=0.0,
            hints=0.0,
            cross=1.0,
            no_reference=0.0,
        )
        stream = Stream(data, _SIZE, 12345, default_palette)
        self.batch = to_batch(
            collate([stream.sample(number) for number in range(ROWS)]), torch.device("cpu")
        )

    def save(self, path: Path, paint: Callable[[Batch], list[NDArray[Any]]]) -> None:
        """Paint the samples and write the sheet."""
        batch = self.batch
        shown = [batch.lines.repeat(1, 3, 1, 1), batch.reference, *paint(batch), batch.target]
        columns = [np.asarray(column)[:, :, :_SIZE, :_SIZE] for column in shown]
        pairs = [np.concatenate([column[row] for column in columns], axis=2) for row in range(ROWS)]
        half = ROWS // 2
        page = np.concatenate(
            [np.concatenate([pairs[i], pairs[i + half]], axis=2) for i in range(half)], axis=1
        )
        page_u8 = np.rint(page.clip(0, 1) * 255).astype(np.uint8).transpose(1, 2, 0)
        image.save(np.ascontiguousarray(page_u8), path)
