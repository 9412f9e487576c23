"""Whole runs: scores, tables, report and the command, on drawings made for the test."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from style2color.cli import main
from style2color.errors import UsageError
from style2color.evaluate import session, tables
from style2color.evaluate.baselines import baseline
from style2color.evaluate.drawings import Drawings, from_atelier
from style2color.evaluate.metrics.backbones import Vgg16
from style2color.evaluate.metrics.lines import bleeding, exact_regions
from style2color.evaluate.report import Findings, to_html
from style2color.evaluate.scoring import MEASURES, Judge, Score, run
from style2color.evaluate.sets import Sets, load_sets
from style2color.evaluate.splits import make_cases
from style2color.image import save

from .scenes import Deaf, Obedient, cast

CAST = cast()


class _Broken:
    """Fails on every second sketch, and paints another size on every third."""

    name = "broken"

    def __init__(self) -> None:
        self._calls = 0

    def paint(self, lines, reference):
        self._calls += 1
        if self._calls % 2:
            raise UsageError("out of paint")
        return (
            np.zeros((9, 9, 3), np.uint8) if self._calls % 4 else Obedient().paint(lines, reference)
        )


def _wanted(**changes) -> session.Wanted:
    fields = dict(
        splits=("cross", "none"),
        kinds=("binarized",),
        limit=4,
        size=96,
        seed=0,
        sketches=3,
        references=3,
    )
    return session.Wanted(**{**fields, **changes})


def test_scores_have_every_measure_that_applies() -> None:
    cases = make_cases(CAST, "cross", "binarized", 2, 0)
    scores = list(run(cases, [baseline("regions")]))
    assert {s.case for s in scores} == {c.name for c in cases}
    known = {name for name, value in scores[0].values.items() if not math.isnan(value)}
    assert known == set(MEASURES) - {"ms_ssim", "perceptual"}
    none = list(run(make_cases(CAST, "none", "soft", 1, 0), [baseline("white")]))
    assert "palette_reference" not in none[0].values


def test_deep_measures_join_where_there_are_weights() -> None:
    sets = Sets(Vgg16().eval().requires_grad_(False))
    cases = make_cases(CAST, "cross", "binarized", 3, 0)
    scores = list(run(cases, [baseline("white"), baseline("regions")], sets=sets))
    assert all(s.values["perceptual"] > 0 for s in scores)
    found = {d.painter: d for d in sets.distances()}
    assert set(found) == {"white", "regions"}
    assert found["white"].backbone == "fd_vgg16"
    assert found["white"].pictures == 3
    assert not found["white"].enough
    assert found["white"].frechet > 0


def test_no_weights_no_deep_measures(tmp_path: Path) -> None:
    assert load_sets(None, None) is None
    with pytest.raises(UsageError, match="neither"):
        load_sets(tmp_path, None)


def test_failures_are_counted_and_the_run_goes_on() -> None:
    cases = make_cases(CAST, "same", "binarized", 8, 0)
    scores = list(run(cases, [_Broken(), baseline("white")]))
    rows = {r.painter: r for r in tables.summarize(scores) if r.source == tables.ALL}
    assert rows["broken"].failed == 6
    assert rows["broken"].values["psnr"].count == 2
    assert rows["white"].failed == 0
    assert any("(9, 9, 3)" in s.error for s in scores)


def test_splits_lines_and_sources_keep_apart() -> None:
    cases = make_cases(CAST, "same", "soft", None, 0) + make_cases(CAST, "none", "soft", None, 0)
    rows = tables.summarize(list(run(cases, [baseline("white")])))
    assert [(r.split, r.source) for r in rows] == [
        (split, source) for split in ("same", "none") for source in ("all", "a", "b")
    ]
    assert [r.values["psnr"].count for r in rows] == [10, 6, 4] * 2


def test_estimates_cover_the_mean_and_leave_out_nan() -> None:
    values = np.random.default_rng(0).normal(3, 1, 400)
    found = tables.estimate([*values, math.nan])
    assert found.count == 400
    assert found.mean == pytest.approx(values.mean())
    assert found.low < found.mean < found.high
    assert found.high - found.low == pytest.approx(2 * 1.96 / 20, rel=0.15)
    assert tables.estimate([math.nan]).count == 0


def test_gains_are_paired() -> None:
    hard = [(f"c{i}", 10.0 + 5 * i) for i in range(20)]
    scores = [Score("weak", c, "a", "same", "soft", {"psnr": v}) for c, v in hard]
    scores += [Score("strong", c, "a", "same", "soft", {"psnr": v + 1}) for c, v in hard]
    gain = tables.gains(scores, "strong", "psnr")[0]
    assert (gain.rival, gain.difference.mean) == ("weak", 1)
    assert gain.difference.low == gain.difference.high == 1


def test_a_session_writes_report_tables_and_scores(tmp_path: Path, capsys) -> None:
    painters = [baseline("regions"), Deaf(), _Broken()]
    code = session.run_session(
        Drawings(tuple(CAST), ("torn.png: cut off",)), painters, _wanted(), None, tmp_path / "out"
    )
    assert code == 0
    printed = capsys.readouterr()
    assert "cross reference, binarized lines" in printed.out
    assert "deaf: 33.3 % obey" in printed.out
    assert "regions − deaf" in printed.out
    assert "torn.png" in printed.err
    assert "broken: " in printed.err
    document = json.loads((tmp_path / "out" / "scores.json").read_text("utf-8"))
    assert len(document["scores"]) == 2 * 4 * 3
    assert document["about"]["pictures"].endswith("unreadable 1")
    assert document["obedience"][1]["percent"]["mean"] == pytest.approx(100 / 3)
    rows = list(csv.DictReader((tmp_path / "out" / "scores.csv").open(encoding="utf-8")))
    assert len(rows) == 24
    assert any(row["error"] for row in rows)
    html = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "data:image/webp;base64," in html
    assert "http" not in html.split("<script>")[0]
    assert "best and worst" in html
    tables_md = (tmp_path / "out" / "tables.md").read_text("utf-8")
    assert "| a      | regions |" in tables_md


def test_a_painter_that_never_works_fails_the_run(tmp_path: Path) -> None:
    class Never:
        name = "never"

        def paint(self, lines, reference):
            raise UsageError("no paint")

    wanted = _wanted(splits=("same",), limit=2)
    code = session.run_session(Drawings(tuple(CAST)), [Never()], wanted, None, tmp_path)
    assert code == 1


def test_the_report_escapes_names() -> None:
    scores = [Score("<b>x", "c", "<i>", "same", "soft", {"psnr": 1.0})]
    html = to_html(Findings({"a<b": "<u>"}, tables.summarize(scores), notes=["<s>"]))
    for tag in ("<b>x", "<i>", "<u>", "<s>"):
        assert tag not in html


def test_the_command_scores_an_outside_colorizer(tmp_path: Path, capsys) -> None:
    pairs = tmp_path / "pairs" / "target"
    for drawing in CAST:
        path = pairs / f"{drawing.character}/{drawing.id[-1]}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        save(drawing.rgb, path)
    common = ["--pairs", str(pairs.parent), "--size", "96", "--limit", "3", "--split", "same"]
    job, report = tmp_path / "job", tmp_path / "report"
    assert main(["evaluate", *common, "--export-inputs", "--out", str(job)]) == 0
    assert len(list((job / "reference").rglob("*.png"))) == 3
    call = ["evaluate", *common, "--models", "none", "--out", str(report)]
    assert main([*call, "--baselines", "white", "--outputs", str(job / "reference")]) == 0
    printed = capsys.readouterr().out
    # Whoever hands in the targets themselves has the highest score there is.
    assert "| reference |        3 |  100.00 |" in printed
    (next((job / "reference").rglob("*.png"))).write_bytes(b"torn")
    assert main([*call, "--baselines", "none", "--outputs", str(job / "reference")]) == 0
    assert "1 of 3 pictures failed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--split", "best"], "choose from same"),
        (["--lines", "thick"], "choose from soft"),
        (["--limit", "0"], "--limit"),
        (["--references", "1"], "--references"),
        (["--models", "none", "--baselines", "magic"], "unknown baseline"),
        (["--models", "none", "--baselines", "none"], "nothing to evaluate"),
        (["--models", "none", "--pairs", "a", "--store", "b"], "exclude each other"),
        (["--models", "none", "--drawn", "2", "--store", "b"], "exclude each other"),
        (["--models", "none", "--drawn", "0"], "--drawn"),
        (["--models", "none", "--pairs", "nowhere"], "nowhere"),
        (["--models", "none", "--store", "nowhere"], "no store"),
        (["--models", "nowhere"], "nowhere"),
        (["--models", "none", "--baselines", "white,white"], "two painters"),
        (["--models", "none", "--weights", "nowhere"], "neither"),
    ],
)
def test_wrong_calls_end_with_a_reason(arguments, message, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["evaluate", *arguments]) in (1, 2)
    assert message in capsys.readouterr().err
    assert not (tmp_path / "reports").exists()


def test_atelier_figures_bring_their_exact_regions(tmp_path: Path) -> None:
    drawings = from_atelier(2, 96)
    assert len(drawings.found) == 4
    assert len({d.character for d in drawings.found}) == 2
    case = make_cases(drawings.found, "cross", "true", 1, 0)[0]
    assert case.regions is not None
    assert case.regions.min() == 1  # the background is a region too
    target = bleeding(case.target, exact_regions(case.regions, case.lines))[0]
    judged = Judge(case).measure(case.target, "itself")
    assert judged["bleeding"] == pytest.approx(target)
    smeared = cv2.GaussianBlur(case.target, (0, 0), 3)
    assert Judge(case).measure(smeared, "smeared")["bleeding"] > 2 * target
    with pytest.raises(UsageError, match="--drawn"):
        from_atelier(0, 96)
