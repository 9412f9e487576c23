"""`style2color data build`: stores from packs and from the atelier, by the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from style2color.cli import main
from style2color.data.store import Store


def test_drawn_characters_become_a_store(tmp_path: Path) -> None:
    call = ["data", "build", str(tmp_path / "drawn"), "--drawn", "2", "--size", "48"]
    assert main(call) == 0
    store = Store.open(tmp_path / "drawn")
    assert len(store) == 4
    assert [len(rows) for rows in store.characters.values()] == [2, 2]
    assert all(row.has_lines and row.source == "atelier" for row in store.rows)
    assert main(call) == 0  # an equal store is opened as it is


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
