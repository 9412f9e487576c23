"""The whole command on a tiny budget: every experiment, going on, running out of time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from style2color.cli import main

from .packs import write_packs, write_weights

BUDGET = {
    "size": 32,
    "crop": 32,
    "width": 16,
    "samples": 4,
    "batch": 2,
    "seeds": 1,
    "pictures": 2,
    "measured": 4,
    "watched": 3,
    "drawn": 2,
    "taught": 2,
    "distilled": 2,
}
TINY = [word for name, value in BUDGET.items() for word in (f"--{name}", str(value))]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("reproduce")
    (folder / "packs").mkdir()
    packs, weights = write_packs(folder / "packs"), write_weights(folder / "weights")
    return ["--packs", str(packs), "--weights", str(weights)]


def test_it_reproduces_everything_and_goes_on_where_it_stopped(
    place: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["reproduce", "paper", *TINY, *place, "--out", str(tmp_path)]
    # A first run without time makes nothing, says so, and fails.
    assert main([*call, "--minutes", "1e-9"]) == 1
    assert "run again" in capsys.readouterr().err
    assert main([*call, "--only", "tables"]) == 0
    first = {path.name: path.read_bytes() for path in (tmp_path / "parts").glob("*.json")}
    assert set(first) == {f"{n}-0.json" for n in ("guide", "gan", "both", "v1", "v1-guide")}

    capsys.readouterr()
    assert main(call) == 0
    printed = capsys.readouterr().out
    titles = ("Table 1", "Table 2", "Fig. 3", "copies", "The classifier")
    assert all(title in printed for title in titles)
    assert "17.486" not in printed.split("## Table 2")[0]
    assert "17.49" in printed  # theirs, in a column beside
    assert "FD-VGG16" in printed
    assert "not shown" in printed  # one seed shows nothing
    for name, content in first.items():
        assert (tmp_path / "parts" / name).read_bytes() == content  # taken over, not made again
    found = json.loads((tmp_path / "results.json").read_text("utf-8"))
    assert found["missing"] == []
    assert found["parts"]["both"][0]["pictures"] == 4
    assert 0 < found["parts"]["both"][0]["means"]["psnr"] < 40
    assert found["parts"]["classifier"][0]["accuracy"]
    assert found["parts"]["hint-none"][0]["means"]["obedience"] == 25.0  # exactly chance
    assert found["parts"]["hint-none"][0]["means"]["swap"] == 0.0
    assert found["parts"]["hint-student"][0]["means"]["swap"] > 0
    sizes = found["parts"]["labels"][0]
    assert 10 * sizes["student"]["parameters"] < sizes["drawings"]["parameters"]
    tables = printed.split("##", 1)[1].strip()  # what stands before names the commit
    assert (tmp_path / "report.md").read_text("utf-8").endswith(f"## {tables}\n")
    for name in ("gradients.svg", "copying.svg"):
        assert (tmp_path / name).read_text("utf-8").count("<path") > 20
    assert (tmp_path / "pictures.webp").stat().st_size > 100

    # A part that is lost is made again, from the networks that are kept.
    parts, only = tmp_path / "parts", ["--only", "classifier"]
    networks = {path: path.read_bytes() for path in parts.glob("*.safetensors")}
    assert sorted(path.stem for path in networks) == ["classifier", "student"]
    (parts / "labels.json").unlink()
    assert main([*call, *only]) == 0
    assert capsys.readouterr().out.split("##", 1)[1] in printed
    assert all(path.read_bytes() == content for path, content in networks.items())
    (parts / "student.safetensors").write_bytes(b"short")
    (parts / "labels.json").unlink()
    assert main([*call, *only]) == 2
    assert "student.safetensors is damaged" in capsys.readouterr().err
    assert not (parts / "labels.json").exists()


def test_more_seeds_join_and_another_budget_starts_anew(
    place: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["reproduce", "paper", *TINY, *place, "--out", str(tmp_path), "--only", "gradients"]
    assert main(call) == 0
    parts = tmp_path / "parts"
    before = {path: path.read_bytes() for path in parts.glob("*.json")}
    assert len(before) == 6
    assert main([*call, "--seeds", "2"]) == 0
    assert all(path.read_bytes() == content for path, content in before.items())
    assert "medians of 2 seeds" in capsys.readouterr().out
    assert main([*call, "--lr", "0.01"]) == 0
    assert all(path.read_bytes() != content for path, content in before.items())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--only", "table3"], "choose from tables"),
        (["--only", ","], "names nothing"),
        (["--size", "100"], "multiple of 32"),
        (["--crop", "512"], "larger than"),
        (["--samples", "1"], "--samples"),
        (["--width", "0"], "--width"),
        (["--seeds", "0"], "--seeds"),
        (["--distilled", "0"], "--distilled"),
        (["--minutes", "-1"], "--minutes"),
        (["--lr", "2"], "--lr"),
    ],
)
def test_wrong_calls_end_with_a_reason(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["reproduce", "paper", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_missing_packs_and_weights_are_named(
    place: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["reproduce", "paper", *TINY, "--only", "tables", "--out", str(tmp_path / "out")]
    assert main([*call, "--weights", str(tmp_path), "--packs", place[1]]) == 2
    assert "vgg16_features" in capsys.readouterr().err
    assert main([*call, *place[2:], "--packs", str(tmp_path)]) == 1
    assert "imagenet_sample" in capsys.readouterr().err
