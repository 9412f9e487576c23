"""What a run says while it runs: a progress bar, log.jsonl, TensorBoard events."""

from __future__ import annotations

import json
import math
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from torch.utils.tensorboard import SummaryWriter

from style2color.files import atomic_write

_EVERY = 5.0  # seconds between rows
_LINE = 60.0  # seconds between lines where there is no terminal to draw a bar on


class Log:
    """Averages losses over a few seconds and writes them everywhere. Use as a context."""

    def __init__(self, folder: Path, total: int, seen: int, *, quiet: bool, write: bool) -> None:
        self.console = Console(stderr=True, quiet=quiet)
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self.console,
            disable=quiet or not sys.stderr.isatty(),
        )
        self.task = self.bar.add_task("training", total=total, completed=seen)
        self.rows = _rows_until(folder / "log.jsonl", seen) if write else None
        self.board = SummaryWriter(str(folder / "tensorboard")) if write else None
        self.total, self.first, self.start = total, seen, time.monotonic()
        self.last = self.line = self.previous = self.start
        self.sums: dict[str, float] = {}
        self.count, self.seen, self.rate = 0, seen, 0.0

    def __enter__(self) -> Log:
        self.bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.count:
            self._write(time.monotonic())
        self.bar.stop()
        if self.rows:
            self.rows.close()
        if self.board:
            self.board.close()

    def say(self, text: str) -> None:
        """A line for the person who watches."""
        self.console.print(text, highlight=False)

    def mark(self, start: float) -> float:
        """When the previous step ended: waiting for data counts as training time too."""
        previous, self.previous = self.previous, time.monotonic()
        return min(previous, start)

    def step(self, seen: int, losses: dict[str, float], rate: float) -> None:
        """Take the losses of one step."""
        for name, value in losses.items():
            self.sums[name] = self.sums.get(name, 0.0) + value
        self.count, self.seen, self.rate = self.count + 1, seen, rate
        now = time.monotonic()
        if now - self.last >= _EVERY:
            self._write(now)

    def _write(self, now: float) -> None:
        seen = self.seen
        means = {name: value / self.count for name, value in self.sums.items()}
        speed = (seen - self.first) / max(now - self.start, 1e-9)
        row = {"seen": seen, "lr": self.rate, "per_second": speed, **means}
        if self.rows:
            self.rows.write(json.dumps({k: round(v, 7) for k, v in row.items()}) + "\n")
            self.rows.flush()
        if self.board:
            for name, value in row.items():
                self.board.add_scalar(name, value, seen)
        self.bar.update(self.task, completed=seen, description=f"loss {means['loss']:.4f}")
        if self.bar.disable and now - self.line > _LINE:
            self.say(f"{seen}/{self.total}  loss {means['loss']:.4f}  {speed:.1f} samples/s")
            self.line = now
        self.sums, self.count, self.last = {}, 0, now


def _rows_until(path: Path, seen: int) -> TextIO:
    """Open for more rows, without those a killed run wrote after the state it goes on from."""
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    kept = [line for line in lines if _seen(line) <= seen]
    if len(kept) < len(lines):
        with atomic_write(path) as stream:
            stream.write("".join(f"{line}\n" for line in kept).encode())
    return path.open("a", encoding="utf-8")


def _seen(line: str) -> float:
    try:
        return float(json.loads(line)["seen"])
    except (ValueError, KeyError, TypeError):
        return math.inf
