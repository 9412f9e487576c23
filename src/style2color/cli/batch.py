"""One picture, a folder of pictures or a pipe through the same work: what commands share.

A folder is worked through in natural order. Results that are newer than everything they are made
from are skipped, so a run that was stopped is taken up by running it again.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from style2color.errors import ModelError, OutputError, Style2ColorError, UsageError
from style2color.files import atomic_write, list_pictures, output_path, sweep
from style2color.tasks import Outcome, Task

if TYPE_CHECKING:
    from rich.progress import Progress

    from style2color.image import Limits, Page

__all__ = ["Job", "load"]

Work = Callable[["Page"], Any]
STREAM = "-"


@dataclass
class Job:
    """What a command was asked to do.

    source: a picture, a folder or "-". output: likewise; a folder for a folder. format: of the
    results that have no extension to tell it (folder, stdout), None for PNG. made_from: files
    besides the page whose change makes a result outdated. verb: "painted", for the messages.
    save: writes what the work gives for a page: (result, path or stream, format or None, page);
    None: it is a picture, uint8 (H, W), (H, W, 3) or (H, W, 4). also: extensions ``save`` can
    write besides those of pictures. crew: does the pages of a folder instead of the work, several
    at once. report: a JSON file that tells of every page of a folder.
    """

    source: str
    output: str
    verb: str
    limits: Limits
    format: str | None = None
    overwrite: bool = False
    made_from: Sequence[str] = ()
    save: Callable[[Any, Any, str | None, Page], None] | None = None
    also: Sequence[str] = ()
    crew: Callable[[Sequence[Task]], Iterator[Outcome]] | None = None
    report: str | None = None
    _failed: int = field(default=0, init=False)
    _skipped: int = field(default=0, init=False)
    _done: int = field(default=0, init=False)

    def check(self) -> None:
        """Refuse a wrong call before any work is done.

        Raises UsageError or OutputError.
        """
        from style2color.image import WRITE_FORMATS

        kinds = WRITE_FORMATS | {ending: ending for ending in self.also}
        if self.format is not None and f".{self.format}" not in kinds:
            known = ", ".join(("png", "webp", "jpg", *(ending[1:] for ending in self.also)))
            raise UsageError(f"--format {self.format}: choose one of {known}")
        if self.output == STREAM:
            if self.is_folder:
                raise UsageError("a folder cannot go to stdout; give a folder with -o")
            if sys.stdout.isatty():
                raise UsageError("stdout is a terminal; redirect it: -o - > painted.png")
            return
        ending = os.path.splitext(self.output)[1].lower()
        if self.is_folder or self.into_folder:
            if self.is_folder and ending in kinds and not os.path.isdir(self.output):
                raise UsageError(f"{self.output}: the pages of a folder need a folder with -o")
            if os.path.exists(self.output) and not os.path.isdir(self.output):
                raise UsageError(f"{self.output}: is a file; the pages need a folder with -o")
            return
        if ending not in kinds:
            known = " ".join(kinds)
            raise UsageError(f"{self.output}: cannot write {ending or 'this'}; allowed are {known}")
        if self.format and kinds[ending] != kinds[f".{self.format}"]:
            raise UsageError(f"--format {self.format} contradicts the name {self.output}")
        parent = os.path.dirname(self.output) or "."
        if not os.path.isdir(parent):
            raise OutputError(f"{self.output}: the folder {parent} does not exist; create it first")
        self._spare_inputs(self.output, self.source)

    @property
    def is_folder(self) -> bool:
        """Whether the source is a folder."""
        return self.source != STREAM and os.path.isdir(self.source)

    @property
    def into_folder(self) -> bool:
        """Whether a single picture goes into a folder, under its own name."""
        return self.output.endswith(("/", os.sep)) or os.path.isdir(self.output)

    def run(self, work: Work) -> int:
        """Do the work and report it. Returns the exit code, 1 if any page of a folder failed.

        Raises Style2ColorError for a single picture, and for what concerns all pages.
        """
        self.check()
        if self.is_folder:
            return self._folder(work)
        start = time.perf_counter()
        page = load(self.source, self.limits)
        target: Any = self.output
        if self.output == STREAM:
            target = sys.stdout.buffer
        elif self.into_folder:
            if self.source == STREAM:
                raise UsageError("a picture from stdin has no name; give a file with -o")
            target = self._target(Path(self.source), Path(self.source).parent)
            _make_folder(self.output)
            self._spare_inputs(target, self.source)
        self._save(work(page), target, page)
        if self.output != STREAM:
            seconds = time.perf_counter() - start
            print(f"{target}  {page.width}×{page.height}  {seconds:.2f} s")
        return 0

    def _folder(self, work: Work) -> int:
        pages = list_pictures(self.source)
        if not pages:
            raise UsageError(f"{self.source}: no pictures in this folder")
        _make_folder(self.output)
        # Refuse before the first page, not in the middle of the folder.
        for page in pages:
            self._spare_inputs(self._target(page, Path(self.source)), page)
        sweep(self.output)
        now = time.time_ns()
        tasks = [Task(page, self._target(page, Path(self.source)), now) for page in pages]
        current = set() if self.overwrite else {t for t in tasks if self._is_current(t)}
        todo = [task for task in tasks if task not in current]
        self._skipped = len(current)
        outcomes = self.crew(todo) if self.crew else (self._one(task, work) for task in todo)
        told: list[dict[str, object]] = [
            {"page": str(t.page), "result": str(t.target), "state": "skipped"} for t in current
        ]
        if sys.stderr.isatty():
            self._with_bar(outcomes, len(todo), told)
        else:
            for outcome in outcomes:
                self._tell(outcome, told, _complain)
                if outcome.seconds is not None:
                    task = outcome.task
                    print(f"{task.page} -> {task.target}  {outcome.seconds:.2f} s", flush=True)
        sweep(self.output)  # what a worker that was killed had begun
        summary = [f"{self._done} {self.verb}"]
        if self._skipped:
            summary.append(f"{self._skipped} skipped, done before (--overwrite does them again)")
        if self._failed:
            summary.append(f"{self._failed} failed")
        if self.report is not None:
            order = {str(page): number for number, page in enumerate(pages)}
            told.sort(key=lambda row: order[str(row["page"])])
            with atomic_write(self.report) as stream:
                stream.write(json.dumps({"pages": told}, indent=1).encode() + b"\n")
        print(", ".join(summary))
        return 1 if self._failed else 0

    def _with_bar(
        self, outcomes: Iterable[Outcome], total: int, told: list[dict[str, object]]
    ) -> None:
        with _progress() as bar:
            task = bar.add_task("", total=total)
            for outcome in outcomes:
                self._tell(
                    outcome,
                    told,
                    lambda line: bar.console.print(line, markup=False, soft_wrap=True),
                )
                bar.update(task, description=outcome.task.page.name)
                bar.advance(task)

    def _tell(
        self, outcome: Outcome, told: list[dict[str, object]], complain: Callable[[str], None]
    ) -> None:
        """Count a page, tell of its notes and its failure. Raises where all pages would fail."""
        for note in outcome.notes:
            complain(f"note: {note}")
        row: dict[str, object] = {
            "page": str(outcome.task.page), "result": str(outcome.task.target),
        }  # fmt: skip
        if outcome.error is None:
            self._done += 1
            row |= {"state": self.verb, "seconds": round(outcome.seconds or 0.0, 3)}
        else:
            if outcome.fatal:
                raise ModelError(outcome.error)
            complain(f"error: {outcome.error}")
            self._failed += 1
            row |= {"state": "failed", "message": outcome.error}
        told.append(row | ({"notes": list(outcome.notes)} if outcome.notes else {}))

    def _one(self, task: Task, work: Work) -> Outcome:
        """Work on one page of a folder."""
        start = time.perf_counter()
        notes: list[str] = []
        try:
            loaded = load(str(task.page), self.limits, notes.append)
            self._save(work(loaded), task.target, loaded)
        except Style2ColorError as error:
            fatal = isinstance(error, ModelError)  # would fail for every page alike
            return Outcome(task, None, str(error), fatal, tuple(notes))
        except MemoryError:
            return Outcome(
                task, None, f"{task.page}: not enough memory for this page", False, tuple(notes)
            )
        return Outcome(task, time.perf_counter() - start, notes=tuple(notes))

    def _save(self, result: Any, target: Any, page: Page) -> None:
        from style2color.image import save

        stream = not isinstance(target, str | Path)
        kind = (self.format or "png") if stream else None
        if self.save is not None:
            self.save(result, target, kind, page)
            return
        save(result, target, format=kind, icc=page.icc, dpi=page.dpi)

    def _target(self, page: Path, folder: Path) -> Path:
        return output_path(page, folder, self.output, f".{self.format or 'png'}")

    def _is_current(self, task: Task) -> bool:
        """Results appear whole or not at all, so one that exists and is newer is complete."""
        try:
            made = task.target.stat().st_mtime_ns
            return all(
                os.stat(source).st_mtime_ns <= made for source in (str(task.page), *self.made_from)
            )
        except OSError:
            return False

    def _spare_inputs(self, target: str | Path, page: str | Path) -> None:
        if not os.path.exists(target):
            return
        for source in (str(page), *self.made_from):
            if os.path.exists(source) and os.path.samefile(target, source):
                raise UsageError(f"{target}: would overwrite its own source; choose another -o")


def load(source: str, limits: Limits, complain: Callable[[str], None] | None = None) -> Page:
    """Read a picture of the call, "-" from stdin, and pass its notes on.

    Raises what `image.load` raises; UsageError where stdin is a terminal.
    """
    from style2color import image

    if source == STREAM and sys.stdin.isatty():
        raise UsageError("stdin is a terminal; pipe a picture in: … < sketch.png")
    page = image.load(sys.stdin.buffer if source == STREAM else source, limits=limits)
    for note in page.notes:
        if complain is None:
            _complain(f"note: {note}")
        else:
            complain(note)
    return page


def _complain(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _make_folder(folder: str) -> None:
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"{folder}: the folder cannot be made: {reason}") from error


def _progress() -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    return Progress(
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}", markup=False),
        console=Console(stderr=True),
    )
