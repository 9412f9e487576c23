"""The documentation's table of painters: its columns are the evaluation's means, and it replaces
what stands between its marks and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import pytest
from tests.train.benchmarks import load_benchmark

from style2color.errors import OutputError, UsageError
from style2color.evaluate import session
from style2color.evaluate.baselines import baseline
from style2color.evaluate.drawings import Drawings
from style2color.evaluate.scoring import MEASURES

from .scenes import cast


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    return load_benchmark("side_by_side")


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict:
    out = tmp_path_factory.mktemp("report")
    wanted = session.Wanted(("cross",), ("binarized",), 2, 96, 0, 2, 3)
    painters = [baseline("white"), baseline("regions")]
    assert session.run_session(Drawings(tuple(cast())), painters, wanted, None, out) == 0
    return json.loads((out / "scores.json").read_text("utf-8"))


def test_the_table_shows_the_means_of_the_run(benchmark, document) -> None:
    text = benchmark.table(document, {"regions": "7"})
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    assert rows[0] == ["painter", "samples", *(MEASURES[name].title for name in benchmark.COLUMNS)]
    painted = {row["painter"]: row for row in document["summary"] if row["source"] == "all"}
    assert [row[:2] for row in rows[1:3]] == [["regions", "7"], ["white", "–"]]
    column = rows[0].index("paint chroma ÷ reference")
    for row in rows[1:3]:
        mean = painted[row[0]]["values"]["chroma_reference"]["mean"]
        assert row[column] == f"{mean:.2f}"
    assert float(rows[1][column]) > 0.5 > float(rows[2][column]) == 0


def test_samples_are_told_by_name(benchmark) -> None:
    assert benchmark.samples_seen([], ["mine=21152"]) == {"mine": "21,152"}
    with pytest.raises(UsageError, match="NAME=SAMPLES"):
        benchmark.samples_seen([], ["mine=many"])


def test_only_what_stands_between_the_marks_is_replaced(benchmark, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{benchmark.BEGIN}\nold\n{benchmark.END}\nafter\n", "utf-8")
    benchmark.put("new", page)
    assert page.read_text("utf-8") == (
        f"before\n{benchmark.BEGIN}\n\nnew\n\n{benchmark.END}\nafter\n"
    )
    page.write_text("no marks\n", "utf-8")
    with pytest.raises(OutputError, match="side by side"):
        benchmark.put("new", page)
    assert page.read_text("utf-8") == "no marks\n"
