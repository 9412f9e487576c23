"""Many pages at once: worker processes on this machine, or workers of a Ray cluster.

A worker that dies (killed, out of memory) takes its page with it. That page is tried once more,
which its outcome says; a second death makes it a failed page. A result appears whole or not at
all, and a page that a dying worker did finish is not painted again.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from multiprocessing import get_context, parent_process
from typing import TYPE_CHECKING, Any

from style2color.errors import OutputError, UsageError
from style2color.pages import Recipe, paint_page
from style2color.tasks import Outcome, Task

if TYPE_CHECKING:
    from style2color.colorizer import Colorizer

__all__ = ["ENGINES", "work_on"]

ENGINES = ("processes", "ray")
_LOST = "its worker died"
_THREAD_COUNTS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def work_on(
    recipe: Recipe, tasks: Sequence[Task], jobs: int, engine: str = "processes"
) -> Iterator[Outcome]:
    """Paint pages with ``jobs`` workers of one thread each; outcomes as they come.

    Raises UsageError for an unknown engine, or where Ray is not installed.
    """
    if engine not in ENGINES:
        raise UsageError(f"--engine {engine}: choose one of {', '.join(ENGINES)}")
    alone = replace(recipe, threads=recipe.threads or 1)
    return (_on_ray if engine == "ray" else _on_processes)(alone, tasks, jobs)


def _on_processes(recipe: Recipe, tasks: Sequence[Task], jobs: int) -> Iterator[Outcome]:
    todo = list(tasks)
    while todo:
        lost: list[Task] = []
        with _pool(recipe, jobs) as pool:
            yield from _until_a_death(pool, todo, jobs, lost)
        for task in lost:  # nobody knows whose page it was: each is tried alone
            with _pool(recipe, 1) as pool:
                try:
                    yield _told(pool.submit(_paint, task, True).result())
                except BrokenProcessPool:
                    yield Outcome(task, error=f"{task.page}: {_LOST} twice")


def _until_a_death(
    pool: ProcessPoolExecutor, todo: list[Task], workers: int, lost: list[Task]
) -> Iterator[Outcome]:
    """Take pages from ``todo`` until it is empty or a worker dies; then ``lost`` are those that
    were in work."""
    running: dict[Future[Outcome], Task] = {}
    while (todo or running) and not lost:
        while todo and len(running) < workers:
            try:
                running[pool.submit(_paint, todo[0], False)] = todo[0]
            except BrokenProcessPool:
                break
            todo.pop(0)
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            task = running.pop(future)
            try:
                yield future.result()
            except BrokenProcessPool:
                lost.append(task)
        if not running and not done:
            return  # it died with nothing in work
    lost += running.values()


@contextlib.contextmanager
def _pool(recipe: Recipe, workers: int) -> Iterator[ProcessPoolExecutor]:
    before = {name: os.environ.get(name) for name in _THREAD_COUNTS}
    os.environ |= dict.fromkeys(_THREAD_COUNTS, "1")  # NumPy reads them when a worker loads it
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _begin, (recipe,))
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


_own: dict[str, tuple[Recipe, Colorizer]] = {}
"""The recipe of this worker, with its painter."""


def _begin(recipe: Recipe) -> None:
    """What a worker process does first."""
    # Ctrl-C reaches the whole group: the run ends after the pages in work, without a trace of ours.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _own["process"] = recipe, recipe.painter()


def _end_with_parent() -> None:
    """A run that was killed must not go on painting: nobody would hear of the pages."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _paint(task: Task, again: bool) -> Outcome:
    return _once(*_own["process"], task, again)


def _once(recipe: Recipe, painter: Colorizer, task: Task, again: bool) -> Outcome:
    if again and _is_done(task):  # by the worker that died just after it
        return Outcome(task, 0.0)
    return paint_page(recipe, painter, task)


def _is_done(task: Task) -> bool:
    try:
        return task.target.stat().st_mtime_ns > task.asked
    except OSError:
        return False


def _told(outcome: Outcome) -> Outcome:
    return replace(outcome, notes=(*outcome.notes, f"{outcome.task.page}: {_LOST}, tried again"))


def _on_ray(recipe: Recipe, tasks: Sequence[Task], jobs: int) -> Iterator[Outcome]:
    try:
        import ray
    except ModuleNotFoundError as error:
        raise UsageError("--engine ray needs Ray: pip install 'style2color[ray]'") from error
    started = not ray.is_initialized()
    if started:
        # An address in RAY_ADDRESS names the studio's cluster; else workers start here.
        local: dict[str, Any] = {} if os.environ.get("RAY_ADDRESS") else {"num_cpus": jobs}
        try:
            ray.init(include_dashboard=False, log_to_driver=False, logging_level="error", **local)
        except Exception as error:  # Ray raises many kinds, a bare Exception among them
            raise OutputError(f"--engine ray: Ray cannot be reached or started: {error}") from error
    try:
        # Ray's own retries are silent; ours are told.
        paint = ray.remote(num_cpus=1, max_retries=0)(_paint_on_ray)
        shared = ray.put(recipe)
        found = ray.exceptions
        died = (found.WorkerCrashedError, found.NodeDiedError, found.OutOfMemoryError)
        todo, again = list(tasks), set[Task]()
        running: dict[Any, Task] = {}
        while todo or running:
            while todo and len(running) < jobs:
                task = todo.pop(0)
                # A worker has a working directory of its own.
                there = replace(task, page=task.page.absolute(), target=task.target.absolute())
                running[paint.remote(shared, shared.hex(), there, task in again)] = task
            (reference,), _ = ray.wait(list(running), num_returns=1)
            task = running.pop(reference)
            try:
                outcome = replace(ray.get(reference), task=task)
                yield _told(outcome) if task in again else outcome
            except died:
                if task in again:
                    yield Outcome(task, error=f"{task.page}: {_LOST} twice")
                else:
                    again.add(task)
                    todo.append(task)
    finally:
        if started:
            ray.shutdown()


def _paint_on_ray(recipe: Recipe, key: str, task: Task, again: bool) -> Outcome:
    if key not in _own:
        _own.clear()
        _own[key] = recipe, recipe.painter()
    return _once(*_own[key], task, again)
