"""One evaluation from pictures to report: what the command does once its options are read."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from style2color import __version__
from style2color.data.sources import packs_folder
from style2color.data.store import Store
from style2color.errors import DataError, OutputError, Style2ColorError, UsageError
from style2color.evaluate import tables
from style2color.evaluate.drawings import (
    Drawing,
    Drawings,
    from_atelier,
    from_folder,
    from_packs,
    from_store,
)
from style2color.evaluate.obedience import Obedience, Trial, make_trials, run_trials
from style2color.evaluate.painters import FolderPainter, Painter
from style2color.evaluate.report import Findings, to_html
from style2color.evaluate.scoring import MEASURES, Score, run
from style2color.evaluate.sets import Sets
from style2color.evaluate.splits import LINE_KINDS, SPLITS, Case, LineKind, make_cases
from style2color.files import atomic_write
from style2color.image import save

PRINTED = (
    "psnr",
    "ssim",
    "fsim",
    "fsimc",
    "delta_e_figure",
    "palette_target",
    "palette_reference",
    "bleeding",
    "line_difference",
    "line_recall",
    "seconds",
)
"""Measures printed on the terminal; the files have all of them."""

LEADING = ("psnr", "ssim", "fsim")
"""The measures whose paired differences are reported: those of the paper's table 2."""


@dataclass(frozen=True)
class Wanted:
    """What to evaluate; the fields are the options of the command."""

    splits: tuple[str, ...]
    kinds: tuple[str, ...]
    limit: int
    size: int
    seed: int
    sketches: int
    references: int

    def check(self) -> None:
        """Refuse unknown names and useless numbers before any work is done.

        Raises UsageError.
        """
        for given, known, what in (
            (self.splits, SPLITS, "split"),
            (self.kinds, LINE_KINDS, "lines"),
        ):
            for name in given:
                if name not in known:
                    raise UsageError(f"--{what} {name}: choose from {', '.join(known)}")
        for name in ("limit", "sketches"):
            if getattr(self, name) < 1:
                raise UsageError(f"--{name} must be at least 1")
        if self.references < 2:
            raise UsageError("--references must be at least 2")

    @property
    def kind(self) -> LineKind:
        """The kind of lines of the N-references test: the first one asked for."""
        return next(kind for kind in LINE_KINDS if kind == self.kinds[0])


def find_drawings(
    packs: Path | None,
    store: Path | None,
    pairs: Path | None,
    cache: Path,
    size: int,
    sources: list[str] | None,
    drawn: int | None = None,
) -> Drawings:
    """The pictures to evaluate on, from the one place that was named; the packs by default.

    Raises:
        UsageError: two places, or a useless size. DataError: nothing usable there.
    """
    if sum(place is not None for place in (packs, store, pairs, drawn)) > 1:
        raise UsageError("--packs, --store, --pairs and --drawn exclude each other; name one")
    if drawn is not None:
        return from_atelier(drawn, size)
    if pairs is not None:
        return from_folder(pairs, size)
    if store is not None:
        return from_store(Store.open(store), size, sources)
    name = "-".join(["held-out", str(size), *(sources or [])])
    return from_packs(packs_folder(packs), cache / name, size, sources)


def export_inputs(drawings: Drawings, wanted: Wanted, out: Path) -> int:
    """Write the sketch and the reference of every case, for colorizers that run elsewhere.

    `out/sketch/NAME.png` and `out/reference/NAME.png`; the paintings are scored from a folder with
    the same names (`--outputs`). Returns the exit code.

    Raises:
        OutputError: the folder cannot be written. DataError: no case at all.
    """
    cases, notes = _cases(drawings.found, wanted)
    for case in cases:
        pictures = {"sketch": case.lines, "reference": case.reference}
        for folder, picture in pictures.items():
            if picture is not None:
                path = out / folder / f"{case.name}.png"
                _make_folder(path.parent)
                save(picture, path)
    for note in notes:
        print(note, file=sys.stderr)
    print(f"{len(cases)} sketches and their references are in {out}")
    return 0


def run_session(
    drawings: Drawings,
    painters: Sequence[Painter],
    wanted: Wanted,
    sets: Sets | None,
    out: Path,
    *,
    only_obedience: bool = False,
) -> int:
    """Score everything, write the report, print the tables; returns the exit code.

    Raises:
        DataError: no case at all. OutputError: the folder cannot be written.
    """
    _make_folder(out)
    notes = [f"unreadable picture: {name}" for name in drawings.unreadable]
    cases: list[Case] = []
    scores: list[Score] = []
    if not only_obedience:
        cases, missing = _cases(drawings.found, wanted)
        notes += missing
        scores = _score(cases, painters, sets)
        notes += _failures(scores)
    obedience = _obey(drawings, painters, wanted, notes, fatal=only_obedience)
    rows = tables.summarize(scores, wanted.seed)
    first = painters[0].name
    found = Findings(
        about=_about(wanted, drawings, len(cases)),
        rows=rows,
        gains=[g for name in LEADING for g in tables.gains(scores, first, name, wanted.seed)],
        distances=sets.distances() if sets is not None else (),
        obedience=obedience,
        notes=notes,
        cases=cases,
        scores=scores,
    )
    _write(found, out, only_obedience)
    _print(found, out)
    return _exit_code(painters, scores, only_obedience)


def _cases(drawings: Sequence[Drawing], wanted: Wanted) -> tuple[list[Case], list[str]]:
    """All cases that the drawings allow, and a note for each combination they do not."""
    cases: list[Case] = []
    notes = []
    for split in (s for s in SPLITS if s in wanted.splits):
        for kind in (k for k in LINE_KINDS if k in wanted.kinds):
            try:
                cases += make_cases(drawings, split, kind, wanted.limit, wanted.seed)
            except DataError as error:
                notes.append(str(error))
    if not cases:
        raise DataError("; ".join(notes))
    return cases, notes


def _score(cases: Sequence[Case], painters: Sequence[Painter], sets: Sets | None) -> list[Score]:
    with _bar() as bar:
        task = bar.add_task("paint and measure", total=len(cases) * len(painters))
        return list(run(cases, painters, sets=sets, step=lambda: bar.advance(task)))


def _obey(
    drawings: Drawings,
    painters: Sequence[Painter],
    wanted: Wanted,
    notes: list[str],
    *,
    fatal: bool,
) -> list[Obedience]:
    """The N-references test of every painter that can paint; its failure is a note, or fatal."""
    able = [painter for painter in painters if not isinstance(painter, FolderPainter)]
    trials: list[Trial] = []
    try:
        trials = make_trials(
            drawings.found,
            sketches=wanted.sketches,
            references=wanted.references,
            kind=wanted.kind,
            seed=wanted.seed,
        )
    except DataError as error:
        if fatal:
            raise
        notes.append(f"N-references test: {error}")
    results = []
    with _bar() as bar:
        total = len(able) * sum(len(trial.references) for trial in trials)
        task = bar.add_task("N references", total=total)
        for painter in able if trials else []:
            try:
                results.append(run_trials(painter, trials, step=lambda: bar.advance(task)))
            except Style2ColorError as error:
                if fatal:
                    raise
                notes.append(f"N-references test of {painter.name}: {error}")
    return results


def _failures(scores: Sequence[Score]) -> list[str]:
    """One note per painter that failed, with its first message."""
    failed = [score for score in scores if score.error]
    counts = Counter(score.painter for score in failed)
    first = {score.painter: score for score in reversed(failed)}
    total = Counter(score.painter for score in scores)
    return [
        f"{name}: {count} of {total[name]} pictures failed, the first: {first[name].error}"
        for name, count in counts.items()
    ]


def _exit_code(painters: Sequence[Painter], scores: Sequence[Score], only_obedience: bool) -> int:
    if only_obedience:
        return 0
    able = {score.painter for score in scores if not score.error}
    return 0 if all(painter.name in able for painter in painters) else 1


def _about(wanted: Wanted, drawings: Drawings, cases: int) -> dict[str, str]:
    sources = Counter(drawing.source for drawing in drawings.found)
    pictures = [f"{name} {count}" for name, count in sorted(sources.items())]
    if drawings.unreadable:
        pictures.append(f"unreadable {len(drawings.unreadable)}")
    return about_this_code() | {
        "pictures": ", ".join(pictures),
        "cases": str(cases),
        "size": f"{wanted.size}×{wanted.size}",
        "seed": str(wanted.seed),
    }


def about_this_code() -> dict[str, str]:
    """The command line and the version with its commit, for a report."""
    return {
        "command": shlex.join(["style2color", *sys.argv[1:]]),
        "version": f"{__version__}{_commit()}",
    }


def _commit() -> str:
    """The commit of the source tree this runs from, if it does run from one."""
    try:
        answer = subprocess.run(
            ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return f", commit {answer.stdout.strip()}"


def _write(found: Findings, out: Path, only_obedience: bool) -> None:
    obedience = [asdict(result) for result in found.obedience]
    if only_obedience:
        document = {"about": found.about, "obedience": obedience}
        _put(out / "obedience.json", json.dumps(document, indent=1, ensure_ascii=False))
        return
    extra: dict[str, object] = {
        "obedience": obedience,
        "sets": [asdict(distance) for distance in found.distances],
        "notes": list(found.notes),
    }
    _put(
        out / "scores.json",
        tables.to_json(dict(found.about), found.scores, found.rows, found.gains, extra),
    )
    _put(out / "scores.csv", tables.to_csv(found.scores))
    sources = list(dict.fromkeys(row.source for row in found.rows))
    _put(out / "tables.md", tables.markdown(found.rows, list(MEASURES), sources))
    _put(out / "report.html", to_html(found))


def _print(found: Findings, out: Path) -> None:
    if found.rows:
        print(tables.markdown(found.rows, PRINTED, [tables.ALL]))
        if found.gains:
            print(_gains_text(found))
    for result in found.obedience:
        print(
            f"{result.painter}: {result.percent.mean:.1f} % obey "
            f"({result.percent.low:.1f}…{result.percent.high:.1f}) of {result.percent.count} "
            f"sketches × {result.references} references, chance {100 / result.references:.0f} %; "
            f"swapping the reference changes the figure by ΔE00 {result.swap.mean:.1f}"
        )
    for note in found.notes:
        print(note, file=sys.stderr)
    print(f"written to {out}")


def _gains_text(found: Findings) -> str:
    pooled = [g for g in found.gains if g.source == tables.ALL]
    body = []
    for split, kind, rival in dict.fromkeys((g.split, g.kind, g.rival) for g in pooled):
        own = {g.measure: g for g in pooled if (g.split, g.kind, g.rival) == (split, kind, rival)}
        cells = [_signed(own[name]) if name in own else "–" for name in LEADING]
        body.append([f"{split}, {kind}", f"{pooled[0].painter} − {rival}", *cells])
    titles = ["reference, lines", "difference", *(MEASURES[name].title for name in LEADING)]
    return f"Differences on the same pictures\n\n{tables.grid(titles, body)}\n"


def _signed(gain: tables.Gain) -> str:
    digits, found = MEASURES[gain.measure].digits, gain.difference
    return f"{found.mean:+.{digits}f} ({found.low:+.{digits}f}…{found.high:+.{digits}f})"


def _put(path: Path, text: str) -> None:
    with atomic_write(path) as stream:
        stream.write(text.encode("utf-8"))


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made: {error.strerror}") from error


def _bar() -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description:>18}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )
