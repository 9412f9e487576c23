"""Drawings, splits, kinds of lines, and the N-references test."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from style2color.data.store import Row, Store
from style2color.errors import DataError, UsageError
from style2color.evaluate.baselines import baseline
from style2color.evaluate.drawings import from_folder, from_store, on_square
from style2color.evaluate.metrics.palette import palette_distance
from style2color.evaluate.obedience import make_trials, run_trials
from style2color.evaluate.splits import APART, make_cases, make_lines
from style2color.image import save

from .pictures import drawing, ink_of
from .scenes import Deaf, Obedient, cast

CAST = cast()
BY_ID = {d.id: d for d in CAST}


def _drawing_of(case_name: str):
    return BY_ID[case_name.split("/", 2)[2]]


def test_same_shows_the_target_and_none_shows_nothing() -> None:
    for case in make_cases(CAST, "same", "binarized", None, 0):
        assert case.reference is case.target
    for case in make_cases(CAST, "none", "binarized", None, 0):
        assert case.reference is None


def test_cross_shows_the_other_drawing_of_the_character() -> None:
    cases = make_cases(CAST, "cross", "soft", None, 0)
    assert len(cases) == len(CAST)
    for case in cases:
        own = _drawing_of(case.name)
        (other,) = [d for d in CAST if d.character == own.character and d is not own]
        assert case.reference is other.rgb


def test_wrong_shows_a_stranger_in_other_colours() -> None:
    for case in make_cases(CAST, "wrong", "soft", None, 0):
        own = _drawing_of(case.name)
        stranger = next(d for d in CAST if d.rgb is case.reference)
        assert stranger.character != own.character
        assert palette_distance(stranger.rgb, own.rgb)[0] >= APART


def test_kinds_of_lines() -> None:
    with_lines = next(d for d in CAST if d.lines is not None)
    assert make_lines(with_lines, "true") is with_lines.lines
    assert set(np.unique(make_lines(with_lines, "binarized"))) == {0, 255}
    assert len(np.unique(make_lines(with_lines, "soft"))) > 2
    with pytest.raises(UsageError, match="no exact line art"):
        make_lines(CAST[0], "true")
    assert {c.source for c in make_cases(CAST, "same", "true", None, 0)} == {"b"}


def test_a_limit_is_shared_out_over_sources_and_characters() -> None:
    cases = make_cases(CAST, "same", "soft", 5, 0)
    assert Counter(c.source for c in cases) == {"a": 3, "b": 2}
    assert len({_drawing_of(c.name).character for c in cases}) == 5


def test_cases_depend_on_the_seed_alone() -> None:
    names = [[c.name for c in make_cases(CAST, "wrong", "soft", 6, seed)] for seed in (0, 0, 1)]
    assert names[0] == names[1] != names[2]


def test_impossible_cases_are_named() -> None:
    single = [d for d in CAST if d.id.endswith("-0")]
    with pytest.raises(DataError, match="cross"):
        make_cases(single, "cross", "soft", None, 0)
    with pytest.raises(UsageError, match="no split"):
        make_cases(CAST, "best", "soft", None, 0)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="limit"):
        make_cases(CAST, "same", "soft", 0, 0)


def test_trials_have_references_of_different_characters_and_colours() -> None:
    trials = make_trials(CAST, sketches=6, references=3)
    assert len({t.id for t in trials}) == 6
    for trial in trials:
        shown = [next(d for d in CAST if d.rgb is r) for r in trial.references]
        assert len({d.character for d in shown}) == 3
        assert shown[0].character == BY_ID[trial.id].character
        assert shown[0].id != trial.id


def test_who_ignores_the_reference_scores_chance_and_who_obeys_all() -> None:
    trials = make_trials(CAST, sketches=5, references=4)
    deaf, obedient = run_trials(Deaf(), trials), run_trials(Obedient(), trials)
    assert deaf.percent.mean == 25
    assert deaf.swap.mean == 0
    assert obedient.percent.mean == 100
    assert obedient.swap.mean > 10
    assert obedient.to_given < obedient.to_nearest_other
    assert run_trials(baseline("white"), trials).percent.mean == 25


def test_too_few_characters_for_the_trials() -> None:
    with pytest.raises(DataError, match="ask for fewer"):
        make_trials(CAST[:4], sketches=2, references=4)
    with pytest.raises(UsageError, match="at least"):
        make_trials(CAST, references=1)


def test_squares_shrink_and_never_grow() -> None:
    wide = on_square(drawing(60, 120), 100)
    assert wide.shape == (100, 100, 3)
    assert (wide[:20] == 255).all()
    assert (wide[25:75] < 255).any()
    small = on_square(ink_of(drawing(40, 40)), 100)
    assert small.shape == (100, 100)
    np.testing.assert_array_equal(small[30:70, 30:70], ink_of(drawing(40, 40)))


def _store(split: str) -> Store:
    rgb = np.stack([drawing(64, 64), drawing(64, 64, shift=9)])
    lines = np.stack([ink_of(p) for p in rgb])
    rows = tuple(Row(f"x/{i}", "x", "x/who", "x/who", "CC0-1.0", i == 0) for i in range(2))
    box = np.array([[0, 0, 64, 64]] * 2, np.int32)
    return Store(Path("s"), 64, split, rows, {"x/who": (0, 1)}, rgb, lines, box)


def test_a_store_of_training_pictures_is_refused() -> None:
    with pytest.raises(UsageError, match="train side"):
        from_store(_store("train"), 64, None)
    found = from_store(_store("held-out"), 64, None).found
    assert [d.lines is not None for d in found] == [True, False]
    with pytest.raises(DataError, match="no picture of y"):
        from_store(_store("held-out"), 64, ["y"])
    with pytest.raises(UsageError, match="too small"):
        from_store(_store("held-out"), 16, None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("anna/1", "anna/2", "ben/1"):
        for kind in ("target", "lines"):
            (tmp_path / kind / name).parent.mkdir(parents=True, exist_ok=True)
        picture = drawing(80, 70, shift=len(name))
        save(picture, tmp_path / "target" / f"{name}.png")
        save(ink_of(picture), tmp_path / "lines" / f"{name}.webp")
    return tmp_path


def test_a_folder_of_pairs(folder: Path) -> None:
    found = from_folder(folder, 64)
    assert [d.id for d in found.found] == ["folder/anna/1", "folder/anna/2", "folder/ben/1"]
    assert found.found[0].character == found.found[1].character != found.found[2].character
    assert all(d.lines is not None and d.reference is None for d in found.found)
    assert found.unreadable == ()


def test_a_bad_picture_is_counted_not_fatal(folder: Path) -> None:
    (folder / "target" / "ben" / "1.png").write_bytes(b"\x89PNG torn")
    found = from_folder(folder, 64)
    assert len(found.found) == 2
    assert "1.png" in found.unreadable[0]


def test_missing_partners_and_sizes_name_the_files(folder: Path) -> None:
    (folder / "reference").mkdir()
    save(drawing(32, 32), folder / "reference" / "other.png")
    with pytest.raises(DataError, match=r"reference lacks 3 of 3.*anna/1"):
        from_folder(folder, 64)
    (folder / "reference" / "other.png").unlink()
    (folder / "reference").rmdir()
    save(ink_of(drawing(20, 20)), folder / "lines" / "ben" / "1.webp")
    with pytest.raises(DataError, match=r"1\.webp is 20×20.*70×80"):
        from_folder(folder, 64)


def test_empty_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="target"):
        from_folder(tmp_path, 64)
    (tmp_path / "target").mkdir()
    with pytest.raises(DataError, match="no pictures"):
        from_folder(tmp_path, 64)
    (tmp_path / "target" / "a.png").write_bytes(b"torn")
    with pytest.raises(DataError, match=r"can be used, the first: .*a\.png"):
        from_folder(tmp_path, 64)


def test_a_reference_of_ones_own_is_used_for_cross() -> None:
    own = drawing(64, 64)
    alone = replace(CAST[0], reference=own, character="nobody else")
    (case,) = make_cases([alone], "cross", "soft", None, 0)
    assert case.reference is own
