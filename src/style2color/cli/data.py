"""`style2color data`: draw atelier shards, look into folders, tell sources, lay contact sheets."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Literal

import typer

app = typer.Typer(no_args_is_help=True, help="Training data: draw it, index it, look at it.")


def _bar(total: int, text: str):  # type: ignore[no-untyped-def]
    """A progress bar on a terminal; silent in a pipe."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=Console(stderr=True), disable=not sys.stderr.isatty(),
    )  # fmt: skip
    bar.add_task(text, total=total)
    return bar


@app.command(
    epilog="\b\nExamples:\n"
    "  style2color data atelier shards/ --count 10000 --size 384 --shots 4 --workers 2\n"
)
def atelier(
    out: Path = typer.Argument(..., metavar="OUT", help="Folder for the shards."),
    count: int = typer.Option(..., help="How many pictures."),
    size: int = typer.Option(384, help="Side of the pictures, 32 to 4096."),
    seed: int = typer.Option(0, help="The first seed; pictures take it and those after it."),
    shots: int = typer.Option(1, help="Pictures of each character."),
    per_shard: int = typer.Option(128, help="Pictures in a shard."),
    workers: int = typer.Option(1, help="Processes that draw."),
) -> int:
    """Draw characters with all their layers into tar shards; run again to go on."""
    from style2color.data.shards import Series, write_series

    series = Series(count, size, seed, shots, per_shard)
    with _bar(count, "drawing") as bar:

        def done(written: int, skipped: int) -> None:
            bar.advance(bar.task_ids[0], written + skipped)

        written = write_series(out, series, workers, done)
    kept = count - written
    print(f"{written} pictures drawn, {kept} already there, {series.shards} shards in {out}")
    return 0


@app.command(
    epilog="\b\nExamples:\n"
    "  style2color data build cache/train-288 --packs ../shared/data\n"
    "  style2color data build cache/held-288 --packs ../shared/data --split held-out\n"
    "  style2color data build cache/drawn-288 --drawn 4000 --seed 1000000\n"
    "  style2color data build cache/mine-288 --folder my/pictures\n"
)
def build(
    out: Path = typer.Argument(..., metavar="OUT", help="Folder for the store."),
    packs: Path | None = typer.Option(None, metavar="FOLDER", help="The data packs."),
    split: str = typer.Option("train", help="train (packs that may ship) or held-out (all)."),
    drawn: int | None = typer.Option(
        None, help="Draw this many characters instead, two shots each."
    ),
    folder: Path | None = typer.Option(
        None, metavar="FOLDER", help="Your own pictures instead, characters by subfolder."
    ),
    seed: int = typer.Option(1_000_000, help="The first character, with --drawn."),
    cel: bool = typer.Option(
        False, "--cel", help="With --drawn: hard shadows and highlights in every picture."
    ),
    size: int = typer.Option(288, help="Side of the square pictures."),
) -> int:
    """Decode packs or your pictures, or draw characters, into a store that training reads."""
    from style2color.data.own import build_own_store
    from style2color.data.sources import PACKS, packs_folder
    from style2color.data.store import build_drawn_store, build_store
    from style2color.errors import UsageError

    if split not in ("train", "held-out"):
        raise UsageError(f"--split must be train or held-out, not {split!r}")
    if cel and drawn is None:
        raise UsageError("--cel is for --drawn")
    if sum((packs is not None, drawn is not None, folder is not None)) > 1:
        raise UsageError("--packs, --drawn and --folder exclude each other; name one")
    shown = sys.stderr.isatty()
    if folder is not None:
        store = build_own_store(out, folder, size, progress=shown)
    elif drawn is not None:
        store = build_drawn_store(out, drawn, 2, size, seed, cel=cel, progress=shown)
    else:
        side: Literal["train", "held-out"] = "train" if split == "train" else "held-out"
        usable = ("ships",) if side == "train" else ("ships", "evaluates")
        names = [name for name, pack in PACKS.items() if pack.use in usable]
        store = build_store(out, packs_folder(packs), names, size, side, progress=shown)
    print(f"{len(store)} pictures of {len(store.characters)} characters in {out}")
    return 0


@app.command(
    epilog="\b\nExamples:\n"
    "  style2color data index pictures/\n"
    "  style2color data index pictures/ -o report.jsonl\n"
)
def index(
    folder: Path = typer.Argument(..., metavar="DIR", help="Your pictures, with subfolders."),
    output: Path | None = typer.Option(
        None, "-o", "--output", help="The report; DIR/index.jsonl by default."
    ),
) -> int:
    """Report on a folder: duplicates, tiny files, photographs, characters by subfolder."""
    from style2color.data.folder import index_folder, write_index
    from style2color.files import list_pictures

    with _bar(len(list_pictures(folder, recursive=True)), "looking") as bar:
        entries = index_folder(folder, lambda: bar.advance(bar.task_ids[0]))
    write_index(entries, output or folder / "index.jsonl")
    print(f"{len(entries)} pictures, {sum(e.usable for e in entries)} usable")
    for name, flagged in (
        ("duplicates", [e for e in entries if e.duplicate_of]),
        ("tiny", [e for e in entries if e.tiny]),
        ("photographs", [e for e in entries if e.photograph]),
        ("unreadable", [e for e in entries if e.error]),
    ):
        if flagged:
            shown_few = ", ".join(e.path for e in flagged[:3])
            print(f"{name}: {len(flagged)} ({shown_few}{', …' if len(flagged) > 3 else ''})")
    characters = Counter(e.character for e in entries if e.usable and e.character)
    if characters:
        print(f"characters: {len(characters)}, largest {characters.most_common(1)[0][1]} pictures")
    return 1 if any(e.error for e in entries) else 0


@app.command(
    epilog="\b\nExamples:\n  style2color data sources\n  style2color data sources --count\n"
)
def sources(
    packs: Path | None = typer.Option(None, help="Folder of the packs."),
    count: bool = typer.Option(False, "--count", help="Decode and count the pictures."),
) -> int:
    """The packs a model may be trained on, with licence and use."""
    from rich.console import Console
    from rich.table import Table

    from style2color.data.sources import PACKS, packs_folder, provenance

    table = Table("pack", "licence", "use", "ships", *(("train", "held out") if count else ()))
    if count:
        folder = packs_folder(packs)
        present = [name for name, pack in PACKS.items() if (folder / pack.file).exists()]
        for row in provenance(folder, present):
            ships = "yes" if row.ships else "no"
            table.add_row(row.pack, row.licence, row.use, ships, str(row.train), str(row.held_out))
    else:
        for name, pack in PACKS.items():
            table.add_row(name, pack.licence, pack.use, "yes" if pack.ships else "no")
    table.add_row("atelier", "ours: Apache-2.0", "training", "yes", *(("∞", "–") if count else ()))
    Console().print(table)
    return 0


@app.command(
    epilog="\b\nExamples:\n"
    "  style2color data sheet 0 -o sheet.webp --count 64\n"
    "  style2color data sheet 7 -o shots.png --vary shot --count 8\n"
    "  style2color data sheet pictures/ -o pictures.webp\n"
)
def sheet(
    source: str = typer.Argument(..., metavar="SEED|FOLDER", help="First seed, or a folder."),
    output: Path = typer.Option(..., "-o", "--output", help="The contact sheet, png or webp."),
    count: int = typer.Option(64, help="How many pictures."),
    columns: int = typer.Option(8, help="Pictures in a row."),
    size: int = typer.Option(192, help="Side of each picture on the sheet."),
    layer: str = typer.Option(
        "composite", help="composite, line, flat, shadow, highlight, regions, all."
    ),
    vary: str = typer.Option("seed", help="What changes: seed, shot, palette or ink."),
) -> int:
    """Lay pictures out on one sheet: the seeds of the atelier, or a folder's pictures."""
    from style2color.data.atelier.sheet import folder_sheet, seed_sheet, write_sheet

    if source.removeprefix("-").isdigit():
        pixels = seed_sheet(int(source), count, columns, size, layer, vary)
    else:
        pixels = folder_sheet(Path(source), count, columns, size)
    write_sheet(pixels, output)
    return 0
