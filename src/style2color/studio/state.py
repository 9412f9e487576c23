"""What lives as long as the server."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import anyio

from style2color.image import Limits
from style2color.model import Model
from style2color.studio import work
from style2color.studio.faults import Refused
from style2color.studio.jobs import Jobs
from style2color.studio.rehearsal import rehearse
from style2color.studio.sessions import Sessions
from style2color.studio.settings import Settings

__all__ = ["Studio"]

T = TypeVar("T")
_MAX_READS = 64  # pictures that may wait to be decoded or encoded
_READERS = 2
_SWEEP = 10.0  # seconds between looks for expired sessions


class Studio:
    """What lives as long as the server: model, sessions, jobs, and a new `boot` each time."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        """Raises ModelError or UsageError where the model cannot be used."""
        self.settings = settings
        self.boot = str(uuid.uuid4())
        self.limits = Limits(settings.max_bytes, settings.max_pixels, settings.max_side)
        self.model = Model.load(settings.model, device=settings.device, threads=settings.threads)
        paint = partial(work.paint, model=self.model, limits=self.limits)
        self.jobs = Jobs(
            settings,
            lambda order, stages, tell: paint(order, stages, progress=tell),
            lambda session: self.sessions.cool(session),
        )
        self.sessions = Sessions(settings, self.jobs.forget, clock)
        self._reads = 0
        self._reader = anyio.CapacityLimiter(_READERS)

    def warm_up(self) -> None:
        """Rehearse, so that the first painting is not slower than the others."""
        rehearse(self.model, self.limits, self.settings.preview_side, _READERS)

    async def read(self, function: Callable[..., T], *arguments: Any) -> T:
        """Run a function on pictures in a thread. Raises Refused (503) where many wait."""
        if self._reads >= _MAX_READS:
            raise Refused(503, "too_many_pictures", "too many pictures wait; try again", 2)
        self._reads += 1
        try:
            return await anyio.to_thread.run_sync(
                partial(function, *arguments), limiter=self._reader
            )
        finally:
            self._reads -= 1

    async def sweep(self) -> None:
        """Wipe expired sessions, for ever."""
        while True:
            await asyncio.sleep(min(_SWEEP, self.settings.session_seconds / 2))
            self.sessions.expire()
