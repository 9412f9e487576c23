"""Jobs: a bounded queue before the one thread that paints, with progress, time-out and cancel.

All of this runs in the event loop; only `work.paint` runs in the thread, which looks at
`Job.stop` between its steps.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Literal

from style2color.errors import Style2ColorError
from style2color.studio import schemas
from style2color.studio.faults import Refused, from_error
from style2color.studio.sessions import Session, Stages, new_id
from style2color.studio.settings import Settings
from style2color.studio.work import Order, Painted

__all__ = ["Job", "Jobs"]

log = logging.getLogger("style2color.studio")

State = Literal["queued", "running", "done", "failed", "cancelled"]
Paint = Callable[[Order, Stages, Callable[[str], None]], tuple[Painted, schemas.Result]]

# How far a job is when a step begins; by the times on two cores, where the network is two thirds.
_PROGRESS = {
    "read": 0.02,
    "references": 0.05,
    "lines": 0.15,
    "network": 0.2,
    "regions": 0.6,
    "light": 0.7,
    "vote": 0.8,
    "compose": 0.85,
    "tint": 0.95,
}
_KEPT_RESULTS = {"preview": 2, "full": 1}  # of a session
_KEPT_JOBS = 32
_MAX_LISTENERS = 8
_MAX_AGAIN = 16  # results that may wait to be painted again
_GLANCE = 0.05  # seconds between looks at what a stop waits for
_FETCHING = 5.0  # seconds that a stop waits for results to be asked for
_FIRST_GUESS = 1.0  # seconds a job takes, before any was measured


class _Stopped(Exception):
    """Raised inside the painting thread where its job was cancelled."""


class Job:
    """One painting, asked for by a session."""

    def __init__(self, session: Session, order: Order) -> None:
        self.id = new_id()
        self.session = session
        self.size = order.size
        self.order: Order | None = order
        self.state: State = "queued"
        self.position = 0
        self.progress = 0.0
        self.stage = ""
        self.error: schemas.Fault | None = None
        self.result: schemas.Result | None = None
        self.painted: Painted | None = None
        self.fetched = False
        self.stop = threading.Event()
        self._listeners: set[asyncio.Event] = set()

    @property
    def ended(self) -> bool:
        """Whether the state is final."""
        return self.state in ("done", "failed", "cancelled")

    @property
    def kept(self) -> bool:
        """Whether there is a result to fetch."""
        return self.state == "done" and self.order is not None

    def nbytes(self) -> int:
        """Bytes of the painting, while it is kept ready."""
        return 0 if self.painted is None else self.painted.nbytes()

    def describe(self) -> schemas.Job:
        """The job as the API shows it."""
        return schemas.Job(
            id=self.id,
            size=self.size,
            state=self.state,
            position=self.position,
            progress=self.progress,
            stage=self.stage,
            error=self.error,
            result=self.result,
        )

    def tell(self) -> None:
        """Wake all that listen."""
        for listener in self._listeners:
            listener.set()

    def end(self, state: State, error: schemas.Fault | None = None) -> None:
        """Reach a final state and let go of what the work needed, unless it may be asked again."""
        self.state, self.error, self.stage, self.position = state, error, "", 0
        if state != "done":
            self.order = None
        self.stop.set()
        self.session.touch()
        self.tell()

    def drop(self) -> None:
        """Forget the result for good."""
        self.order = self.painted = None

    def check_listeners(self) -> None:
        """Raises Refused (429) where enough listen already."""
        if len(self._listeners) >= _MAX_LISTENERS:
            raise Refused(429, "too_many_listeners", "this job has listeners enough", 5)

    @contextmanager
    def listening(self) -> Iterator[asyncio.Event]:
        """An event that is set whenever the job changes."""
        woken = asyncio.Event()
        self._listeners.add(woken)
        try:
            yield woken
        finally:
            self._listeners.discard(woken)

    @property
    def heard(self) -> bool:
        """Whether anybody listens."""
        return bool(self._listeners)


class Jobs:
    """The queue, and the thread of its device."""

    def __init__(self, settings: Settings, paint: Paint, ended: Callable[[Session], None]) -> None:
        """ended: told of every session for which something was painted."""
        self._settings = settings
        self._paint = paint
        self._ended = ended
        self._all: dict[str, Job] = {}
        self._waiting: deque[Job] = deque()
        self._running: Job | None = None
        self._more = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, "style2color-paint")
        self._seconds = _FIRST_GUESS
        self._again = 0
        self._leaving: set[asyncio.Task[None]] = set()
        self.stopping = False

    def __len__(self) -> int:
        """Jobs waiting or running."""
        return len(self._waiting) + (self._running is not None)

    def get(self, id: str) -> Job:
        """A job by its id. Raises Refused (404)."""
        job = self._all.get(id)
        if job is None:
            raise Refused(
                404,
                "no_job",
                "there is no such job: its session expired or was deleted, newer jobs took its "
                "place, or the server was started again",
            )
        return job

    def submit(self, session: Session, order: Order) -> Job:
        """Queue a job. Raises as `check`."""
        self.check(session)
        job = Job(session, order)
        self._all[job.id] = session.jobs[job.id] = job
        self._waiting.append(job)
        self._number()
        self._more.set()
        for old in [job for job in session.jobs.values() if job.ended][:-_KEPT_JOBS]:
            self.forget(old)
            session.jobs.pop(old.id, None)
        return job

    def check(self, session: Session) -> None:
        """Raises Refused (429 or 503) where enough jobs are waiting."""
        if self.stopping:
            raise Refused(503, "stopping", "the studio is being stopped and takes no new jobs", 10)
        own = sum(not job.ended for job in session.jobs.values())
        if own >= self._settings.max_session_queue:
            raise Refused(
                429,
                "session_queue_full",
                f"{own} jobs of this session wait already; cancel one or wait for it",
                self._seconds,
            )
        if len(self._waiting) >= self._settings.max_queue:
            raise Refused(
                503,
                "queue_full",
                f"{len(self._waiting)} jobs wait already; try again later",
                self._seconds * len(self) / 2,
            )

    def cancel(self, job: Job) -> None:
        """End a job that has not ended; one that runs stops after its present step."""
        if job.ended:
            return
        with suppress(ValueError):
            self._waiting.remove(job)
        job.end("cancelled")
        self._number()

    def forget(self, job: Job) -> None:
        """Cancel a job and drop its result."""
        self.cancel(job)
        job.drop()
        self._all.pop(job.id, None)

    async def painting(self, job: Job) -> Painted:
        """What a job has painted; painted again where it was let go meanwhile.

        Raises Refused: 410 where newer paintings took its place, 503 where many are asked for.
        """
        if job.painted is not None:
            return job.painted
        if job.order is None:
            raise Refused(410, "result_gone", "a newer painting took its place; paint it again")
        if self._again >= _MAX_AGAIN:
            raise Refused(503, "too_many_pictures", "too many pictures wait; try again", 2)
        self._again += 1
        try:
            painted, _ = await asyncio.get_running_loop().run_in_executor(
                self._thread, self._paint, job.order, job.session.stages, lambda step: None
            )
        finally:
            self._again -= 1
        if job.order is not None:
            job.painted = painted
            self._ended(job.session)
        return painted

    def left(self, job: Job) -> None:
        """Somebody stopped listening: cancel the job if nobody listens again soon."""
        if job.ended or job.heard:
            return

        async def later() -> None:
            await asyncio.sleep(self._settings.grace_seconds)
            if not job.heard:
                self.cancel(job)

        task = asyncio.get_running_loop().create_task(later())
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def run(self) -> None:
        """Paint what is queued, one after the other, for ever."""
        while True:
            while not self._waiting:
                self._more.clear()
                await self._more.wait()
            job = self._running = self._waiting.popleft()
            self._number()
            try:
                await self._one(job)
            finally:
                self._running = None

    async def settle(self) -> None:
        """Take no new jobs, wait until those there are have ended, and some time for their results
        to be asked for."""
        self.stopping = True
        while len(self):
            await asyncio.sleep(_GLANCE)
        with suppress(TimeoutError):
            async with asyncio.timeout(_FETCHING):
                while not all(j.fetched for j in self._all.values() if j.kept):
                    await asyncio.sleep(_GLANCE)

    def close(self) -> None:
        """Cancel everything; the thread ends after its present step."""
        self.stopping = True
        for job in list(self._all.values()):
            self.forget(job)
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _one(self, job: Job) -> None:
        loop = asyncio.get_running_loop()
        order, stages = job.order, job.session.stages
        assert order is not None
        job.state, job.progress = "running", 0.0
        job.tell()

        def progress(step: str) -> None:
            if job.stop.is_set():
                raise _Stopped
            loop.call_soon_threadsafe(self._advance, job, step)

        started = loop.time()
        future = loop.run_in_executor(self._thread, self._paint, order, stages, progress)
        del order
        done, _ = await asyncio.wait({future}, timeout=self._settings.job_seconds)
        if not done and not job.ended:
            seconds = f"{self._settings.job_seconds:g} s"
            message = f"painting took longer than {seconds}; use a smaller sketch or a preview"
            job.end("failed", schemas.Fault(error="time_out", message=message))
        # The thread is free only when the step it is at has ended.
        await asyncio.wait({future})
        try:
            painted, result = future.result()
        except _Stopped:
            pass
        except Style2ColorError as error:
            fault = from_error(error, "the sketch")
            self._fail(job, fault.code, fault.message)
        except MemoryError:
            self._fail(job, "no_memory", "not enough memory; use a smaller sketch")
        except Exception:
            log.exception("a job failed")
            self._fail(job, "fault", "a fault in style2color; the server's log tells more")
        else:
            self._seconds += 0.2 * (loop.time() - started - self._seconds)
            self._finish(job, painted, result)

    def _advance(self, job: Job, step: str) -> None:
        if not job.ended:
            job.stage, job.progress = step, max(job.progress, _PROGRESS.get(step, 0.0))
            job.tell()

    def _fail(self, job: Job, code: str, message: str) -> None:
        if not job.ended:
            job.end("failed", schemas.Fault(error=code, message=message))

    def _finish(self, job: Job, painted: Painted, result: schemas.Result) -> None:
        if job.ended:
            return
        job.painted, job.result, job.progress = painted, result, 1.0
        job.end("done")
        alike = [j for j in job.session.jobs.values() if j.size == job.size and j.kept]
        for old in alike[: -_KEPT_RESULTS[job.size]]:
            old.drop()
        self._ended(job.session)

    def _number(self) -> None:
        """Tell every waiting job how many are before it."""
        ahead = 1 if self._running is not None else 0
        for position, job in enumerate(self._waiting, start=ahead):
            if job.position != position:
                job.position = position
                job.tell()
