"""The HTML report: one file that needs nothing beside it, with pictures next to the numbers.

It holds pictures of the packs, so it belongs into an ignored folder and never into a repository.
"""

from __future__ import annotations

import base64
import json
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from style2color.evaluate.obedience import Obedience
from style2color.evaluate.page import SCRIPT, STYLE
from style2color.evaluate.scoring import MEASURES, Score, encode
from style2color.evaluate.sets import SetDistance
from style2color.evaluate.splits import Case
from style2color.evaluate.tables import ALL, Estimate, Gain, Row, shown

GRID = 24
"""Cases per split and kind of lines that are shown in full."""
EXTREMES = 5
"""Best and worst cases shown per painter."""


@dataclass(frozen=True)
class Findings:
    """Everything a report tells.

    about: label → text, printed at the top. notes: what went wrong without stopping the run.
    """

    about: dict[str, str]
    rows: Sequence[Row]
    gains: Sequence[Gain] = ()
    distances: Sequence[SetDistance] = ()
    obedience: Sequence[Obedience] = ()
    notes: Sequence[str] = ()
    cases: Sequence[Case] = ()
    scores: Sequence[Score] = ()


@dataclass
class _Album:
    """Every picture once, as a data address; the page refers to it by number."""

    addresses: list[str] = field(default_factory=list)
    _known: dict[bytes, int] = field(default_factory=dict)

    def number(self, picture: bytes) -> int:
        if picture not in self._known:
            self._known[picture] = len(self.addresses)
            text = base64.b64encode(picture).decode("ascii")
            self.addresses.append(f"data:image/webp;base64,{text}")
        return self._known[picture]


def to_html(found: Findings) -> str:
    """The whole report as one HTML document, UTF-8."""
    album = _Album()
    cases = {case.name: case for case in found.cases}
    by_group: dict[tuple[str, str], list[Score]] = defaultdict(list)
    for score in found.scores:
        by_group[score.split, score.kind].append(score)
    parts = [_about(found), _obedience(found.obedience)]
    for split, kind in dict.fromkeys((row.split, row.kind) for row in found.rows):
        rows = [r for r in found.rows if (r.split, r.kind) == (split, kind)]
        parts.append(f"<h2>{escape(split)} reference, {escape(kind)} lines</h2>")
        parts.append(_table(rows))
        parts.append(_gains([g for g in found.gains if (g.split, g.kind) == (split, kind)]))
        parts.append(_sets([d for d in found.distances if (d.split, d.kind) == (split, kind)]))
        parts.append(_grid(by_group[split, kind], cases, album))
        parts.append(_extremes(by_group[split, kind], cases, album))
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width'>"
        f"<title>style2color evaluation</title><style>{STYLE}</style>"
        f"<h1>style2color evaluation</h1>{''.join(parts)}"
        f"<script>const P={json.dumps(album.addresses)};{SCRIPT}</script></html>"
    )


def _about(found: Findings) -> str:
    items = "".join(f"<dt>{escape(k)}<dd>{escape(v)}" for k, v in found.about.items())
    notes = "".join(f"<li>{escape(note)}" for note in found.notes)
    warning = f"<div class=notes><b>Not measured:</b><ul>{notes}</ul></div>" if notes else ""
    return f"<dl>{items}</dl>{warning}"


def _obedience(results: Sequence[Obedience]) -> str:
    if not results:
        return ""
    chance = 100 / results[0].references
    sources = sorted({source for r in results for source in r.by_source})
    head = ["painter", "obeys %", "swap ΔE00", "palette → given", "→ nearest other", *sources]
    body = [
        [
            escape(r.painter),
            _interval(r.percent, 1),
            _interval(r.swap, 1),
            shown(r.to_given, 1),
            shown(r.to_nearest_other, 1),
            *(shown(r.by_source[s].mean, 0) if s in r.by_source else "–" for s in sources),
        ]
        for r in results
    ]
    return (
        f"<h2>{results[0].references} references</h2><p>Share of paintings whose palette is "
        f"nearest to the reference they were given. Chance is {chance:.0f} %.</p>"
        + _html_table(head, body)
    )


def _table(rows: Sequence[Row]) -> str:
    known = [name for name in MEASURES if any(name in row.values for row in rows)]
    head = ["source", "painter", "pictures", *(MEASURES[name].title for name in known)]
    best = _best(rows, known)
    body = []
    for row in rows:
        count = max((e.count for e in row.values.values()), default=0)
        cells = [escape(row.source), escape(row.painter), str(count)]
        if row.failed:
            cells[-1] += f" <em>{row.failed} failed</em>"
        for name in known:
            cell = _interval(row.values[name], MEASURES[name].digits) if name in row.values else "–"
            winner = best.get((row.source, name)) == row.painter
            cells.append(f"<b>{cell}</b>" if winner else cell)
        body.append(cells)
    return _html_table(head, body)


def _best(rows: Sequence[Row], measures: Sequence[str]) -> dict[tuple[str, str], str]:
    """The painter with the best mean per source and measure, where better has a direction."""
    best: dict[tuple[str, str], tuple[float, str]] = {}
    for row in rows:
        for name in measures:
            measure = MEASURES[name]
            if name not in row.values:
                continue
            mean = row.values[name].mean
            if measure.better:
                merit = measure.better * mean
            elif not math.isnan(measure.ideal):
                merit = -abs(mean - measure.ideal)
            else:
                continue
            key = (row.source, name)
            if key not in best or merit > best[key][0]:
                best[key] = (merit, row.painter)
    return {key: painter for key, (_, painter) in best.items()}


def _gains(gains: Sequence[Gain]) -> str:
    pooled = [g for g in gains if g.source == ALL]
    if not pooled:
        return ""
    body = [
        [
            escape(g.painter),
            escape(g.rival),
            escape(MEASURES[g.measure].title),
            _interval(g.difference, MEASURES[g.measure].digits),
            str(g.difference.count),
        ]
        for g in pooled
    ]
    head = ["painter", "minus", "measure", "difference", "pictures"]
    return "<h3>Differences on the same pictures</h3>" + _html_table(head, body)


def _sets(distances: Sequence[SetDistance]) -> str:
    if not distances:
        return ""
    body = [
        [
            escape(d.painter),
            escape(d.backbone),
            shown(d.frechet, 2),
            f"{shown(d.kid, 4)} ± {shown(d.kid_deviation, 4)}",
            str(d.pictures)
            if d.enough
            else f"{d.pictures} <em>too few for a Fréchet distance</em>",
        ]
        for d in distances
    ]
    head = ["painter", "backbone", "Fréchet distance", "KID", "pictures"]
    return "<h3>Distance to the targets as a set</h3>" + _html_table(head, body)


def _grid(scores: Sequence[Score], cases: dict[str, Case], album: _Album) -> str:
    by_case: dict[str, list[Score]] = defaultdict(list)
    for score in scores:
        by_case[score.case].append(score)
    strips = [_strip(cases[name], by_case[name], album) for name in list(by_case)[:GRID]]
    return f"<h3>Pictures</h3><p>Click one to compare it with the target.</p>{''.join(strips)}"


def _extremes(scores: Sequence[Score], cases: dict[str, Case], album: _Album) -> str:
    """Best and worst cases of every painter: by PSNR, or by obedience for a wrong reference."""
    parts = []
    for painter in dict.fromkeys(score.painter for score in scores):
        split = scores[0].split
        name = "palette_reference" if split == "wrong" else "psnr"
        known = [
            s
            for s in scores
            if s.painter == painter and not math.isnan(s.values.get(name, math.nan))
        ]
        known.sort(key=lambda s: s.values[name] * MEASURES[name].better, reverse=True)
        count = min(EXTREMES, len(known) // 2)
        if not count:
            continue
        title = escape(f"{painter}: best and worst by {MEASURES[name].title}")
        best = "".join(_strip(cases[s.case], [s], album) for s in known[:count])
        worst = "".join(_strip(cases[s.case], [s], album) for s in known[-count:])
        parts.append(
            f"<details><summary>{title}</summary><div class=two><div><h4>best</h4>{best}</div>"
            f"<div><h4>worst</h4>{worst}</div></div></details>"
        )
    return "".join(parts)


def _strip(case: Case, scores: Sequence[Score], album: _Album) -> str:
    """One case as a row of pictures: sketch, reference, target, then the paintings."""
    target = album.number(encode(case.target))
    pictures = [("sketch", album.number(encode(case.lines)))]
    if case.reference is not None:
        pictures.append(("reference", album.number(encode(case.reference))))
    pictures.append(("target", target))
    for score in scores:
        if score.error:
            continue
        dB = score.values["psnr"]
        pictures.append((f"{score.painter} {dB:.1f} dB", album.number(score.picture)))
    figures = "".join(
        f"<figure tabindex=0 role=button data-i={number} data-t={target}><img alt='' loading=lazy>"
        f"<figcaption>{escape(caption)}</figcaption></figure>"
        for caption, number in pictures
    )
    failed = "".join(f"<p class=notes>{escape(s.painter)}: {escape(s.error)}</p>"
                     for s in scores if s.error)  # fmt: skip
    return f"<div class=strip title='{escape(case.name, quote=True)}'>{figures}</div>{failed}"


def _interval(value: Estimate, digits: int) -> str:
    if not value.count:
        return "–"
    low, high = shown(value.low, digits), shown(value.high, digits)
    return f"{shown(value.mean, digits)}<small>{low}…{high}</small>"


def _html_table(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(title)}" for title in head)
    rows = "".join(f"<tr>{''.join(f'<td>{cell}' for cell in cells)}" for cells in body)
    return f"<div class=scroll><table><thead><tr>{top}<tbody>{rows}</table></div>"
