"""Scores to tables: means with bootstrap confidence intervals, paired differences, set distances.

Splits and kinds of lines are never averaged over one another. Within one split and one kind of
lines there is a row per source, and one row `all` over the pictures of every source.

Source of the intervals: Efron, "Bootstrap methods: another look at the jackknife" (1979), the
percentile interval.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from style2color.evaluate.scoring import MEASURES, Score

RESAMPLES = 2000
ALL = "all"


@dataclass(frozen=True)
class Estimate:
    """A mean with its 95 % interval over `count` pictures; NaN where there are none."""

    mean: float
    low: float
    high: float
    count: int


@dataclass(frozen=True)
class Row:
    """What one painter reached on one split, one kind of lines and one source."""

    split: str
    kind: str
    source: str
    painter: str
    failed: int
    values: dict[str, Estimate]


@dataclass(frozen=True)
class Gain:
    """Mean of (painter − rival) over the same cases, with its 95 % interval."""

    split: str
    kind: str
    source: str
    painter: str
    rival: str
    measure: str
    difference: Estimate


def summarize(scores: Sequence[Score], seed: int = 0) -> list[Row]:
    """One row per split, lines, source (and `all`) and painter, in order of first appearance."""
    rows = []
    for (split, kind, source, painter), group in _groups(scores).items():
        good = [s for s in group if not s.error]
        columns = {
            name: estimate([s.values.get(name, math.nan) for s in good], seed) for name in MEASURES
        }
        kept = {name: value for name, value in columns.items() if value.count}
        rows.append(Row(split, kind, source, painter, len(group) - len(good), kept))
    order = {name: i for i, name in enumerate(dict.fromkeys(s.painter for s in scores))}
    places = {key: i for i, key in enumerate(dict.fromkeys((s.split, s.kind) for s in scores))}
    rows.sort(key=lambda r: (places[r.split, r.kind], r.source != ALL, r.source, order[r.painter]))
    return rows


def gains(scores: Sequence[Score], painter: str, measure: str, seed: int = 0) -> list[Gain]:
    """How much `painter` is above each other painter on the cases both have, per split and lines.

    Paired: the spread between easy and hard pictures cancels, so the interval tells whether the
    difference is real.
    """
    by_case: dict[tuple[str, str, str], dict[str, dict[str, float]]] = defaultdict(dict)
    for key, group in _groups(scores).items():
        split, kind, source, name = key
        by_case[split, kind, source][name] = {
            s.case: s.values[measure] for s in group if measure in s.values
        }
    found = []
    for (split, kind, source), painters in by_case.items():
        mine = painters.get(painter, {})
        for rival, theirs in painters.items():
            both = [mine[case] - theirs[case] for case in mine if case in theirs]
            if rival != painter and both:
                difference = estimate(both, seed)
                found.append(Gain(split, kind, source, painter, rival, measure, difference))
    return found


def estimate(values: Iterable[float], seed: int = 0) -> Estimate:
    """Mean and percentile bootstrap interval of the values that are not NaN."""
    known = np.array([v for v in values if not math.isnan(v)])
    if not len(known):
        return Estimate(math.nan, math.nan, math.nan, 0)
    draw = np.random.default_rng(seed)
    means = known[draw.integers(len(known), size=(RESAMPLES, len(known)))].mean(1)
    low, high = np.percentile(means, [2.5, 97.5])
    return Estimate(float(known.mean()), float(low), float(high), len(known))


def to_csv(scores: Sequence[Score]) -> str:
    """Every score as a line: painter, case, source, split, lines, the measures, error."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["painter", "case", "source", "split", "lines", *MEASURES, "error"])
    for s in scores:
        values = [_plain(s.values.get(name, math.nan)) for name in MEASURES]
        writer.writerow([s.painter, s.case, s.source, s.split, s.kind, *values, s.error])
    return stream.getvalue()


def to_json(
    about: dict[str, object],
    scores: Sequence[Score],
    rows: Sequence[Row],
    found: Sequence[Gain],
    extra: dict[str, object],
) -> str:
    """Everything but the pictures, as strict JSON (NaN becomes null)."""
    document = {
        "about": about,
        "summary": [asdict(row) for row in rows],
        "gains": [asdict(gain) for gain in found],
        **extra,
        "scores": [
            {
                "painter": s.painter,
                "case": s.case,
                "source": s.source,
                "split": s.split,
                "lines": s.kind,
                "values": s.values,
                "error": s.error,
            }
            for s in scores
        ],
    }
    return json.dumps(_without_nan(document), indent=1, ensure_ascii=False, allow_nan=False)


def shown(value: float, digits: int) -> str:
    """A number for a table; a dash where there is none."""
    return "–" if math.isnan(value) else f"{value:.{digits}f}"


def markdown(rows: Sequence[Row], measures: Sequence[str], sources: Sequence[str]) -> str:
    """The tables of some sources, one per split and kind of lines, for the documentation."""
    parts = []
    for split, kind in dict.fromkeys((r.split, r.kind) for r in rows):
        wanted = [r for r in rows if (r.split, r.kind) == (split, kind) and r.source in sources]
        known = [m for m in measures if any(m in r.values for r in wanted)]
        if not wanted:
            continue
        titles = ["source", "painter", "pictures", *(MEASURES[m].title for m in known)]
        body = [[row.source, row.painter, *_cells(row, known)] for row in wanted]
        parts.append(f"### {split} reference, {kind} lines\n\n{grid(titles, body)}")
    return "\n\n".join(parts) + "\n"


def grid(titles: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """A Markdown table, padded so that it reads as well on a terminal; two columns of names."""
    cells = [[cell.replace("|", "\\|") for cell in line] for line in (titles, *body)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    rule = ["-" * width if i < 2 else "-" * (width - 1) + ":" for i, width in enumerate(widths)]
    padded = [
        [
            c.ljust(w) if i < 2 else c.rjust(w)
            for i, (c, w) in enumerate(zip(line, widths, strict=True))
        ]
        for line in cells
    ]
    lines = [padded[0], rule, *padded[1:]]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cells(row: Row, measures: Sequence[str]) -> list[str]:
    count = max((e.count for e in row.values.values()), default=0)
    failed = f" ({row.failed} failed)" if row.failed else ""
    return [
        f"{count}{failed}",
        *(shown(row.values[m].mean, MEASURES[m].digits) if m in row.values else "–"
          for m in measures),
    ]  # fmt: skip


def _groups(scores: Sequence[Score]) -> dict[tuple[str, str, str, str], list[Score]]:
    groups: dict[tuple[str, str, str, str], list[Score]] = defaultdict(list)
    for score in scores:
        for source in (ALL, score.source):
            groups[score.split, score.kind, source, score.painter].append(score)
    return groups


def _plain(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.6g}"


def _without_nan(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    return value
