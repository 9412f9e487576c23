"""`style2color data build`: stores from packs and from the atelier, by the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from style2color.cli import main
from style2color.data.classes import SHADED
from style2color.data.store import Store


def test_drawn_characters_become_a_store(tmp_path: Path) -> None:
    call = ["data", "build", str(tmp_path / "drawn"), "--drawn", "2", "--size", "48"]
    assert main(call) == 0
    store = Store.open(tmp_path / "drawn")
    assert len(store) == 4
    assert [len(rows) for rows in store.characters.values()] == [2, 2]
    assert all(row.has_lines and row.source == "atelier" for row in store.rows)
    assert main(call) == 0  # an equal store is opened as it is


def test_cel_drawings_are_all_shaded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call = ["data", "build", str(tmp_path / "cel"), "--drawn", "6", "--size", "64", "--cel"]
    assert main(call) == 0
    store = Store.open(tmp_path / "cel")
    assert store.classes is not None
    assert all((np.asarray(classes) & SHADED).any() for classes in store.classes)
    plain = call[:-1]
    assert main(plain) == 1  # the folder holds another store
    assert main(["data", "build", str(tmp_path / "no"), "--cel"]) == 2
    assert "--drawn" in capsys.readouterr().err


def test_missing_packs_and_unknown_sides_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "store"
    assert main(["data", "build", str(out), "--packs", str(tmp_path)]) == 1
    assert "error: " in capsys.readouterr().err
    assert main(["data", "build", str(out), "--split", "middle"]) == 2
    assert "--split" in capsys.readouterr().err
    assert main(["data", "build", str(out), "--drawn", "0"]) == 2
    assert "at least one character" in capsys.readouterr().err
    assert not out.exists()
