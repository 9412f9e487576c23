"""Ctrl-C and SIGTERM end a run after the step at hand, so that what is saved is whole."""

from __future__ import annotations

import signal
import time
from types import FrameType, TracebackType
from typing import Any, NoReturn

_ECHO = 1.0
"""Seconds in which another signal is the same wish: torchrun passes on what a terminal sent to
its processes already."""


class Stop:
    """Use as a context: signals are noted inside; one more, later, ends the process at once."""

    def __init__(self) -> None:
        self.asked = 0
        """The first signal that came, 0 for none."""
        self._since = 0.0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Stop:
        for number in (signal.SIGINT, signal.SIGTERM):
            try:
                self._before[number] = signal.signal(number, self._note)
            except ValueError:  # not in the main thread, where signals are somebody else's
                break
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if self.asked and now - self._since > _ECHO:
            leave(number)
        if not self.asked:
            self.asked, self._since = number, now


def leave(number: int) -> NoReturn:
    """End as the signal asks: KeyboardInterrupt, or SystemExit with 128 + its number."""
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(128 + number)
