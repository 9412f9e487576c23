"""`style2color evaluate`: colorizers side by side on pictures none of them was trained on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Option

from style2color.cli.options import Cache, Packs, StoreFolder
from style2color.errors import UsageError

if TYPE_CHECKING:
    from style2color.evaluate.painters import Painter

EXAMPLES = """\b
Examples:
  style2color evaluate                                  # the embedded model, all baselines
  style2color evaluate --obedience                      # the N-references test alone
  style2color evaluate --models runs/mine --split cross --lines binarized --lines soft
  style2color evaluate --drawn 60 --lines true          # bleeding against exact regions
  style2color evaluate --pairs my/pictures --baselines white,mean --models none
  style2color evaluate --export-inputs --out job        # sketches for an outside colorizer ...
  style2color evaluate --outputs job/painted            # ... and its pictures scored
"""
EMBEDDED, NONE = "embedded", "none"
ALL_SPLITS = ("same", "cross", "wrong", "none")
DEFAULT_LINES = ("binarized",)


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("evaluate", epilog=EXAMPLES)(evaluate)


def evaluate(
    packs: Packs = None,
    store: StoreFolder = None,
    pairs: Annotated[
        Path | None,
        Option(metavar="FOLDER", help="Your own: target/, and lines/, reference/ if there are."),
    ] = None,
    drawn: Annotated[
        int | None,
        Option(metavar="N", help="N figures of our own atelier, whose regions are known exactly."),
    ] = None,
    models: Annotated[
        list[str] | None,
        Option(metavar="FOLDER", help="A model or training run; repeat for more; 'none' for none."),
    ] = None,
    baselines: Annotated[
        str, Option(help="Comma-separated; 'none' for none.")
    ] = "white,mean,regions,histogram",
    outputs: Annotated[
        list[Path] | None,
        Option(metavar="FOLDER", help="What an outside colorizer painted; repeat for more."),
    ] = None,
    blind: Annotated[
        bool, Option("--blind", help="Also run every model without showing it the reference.")
    ] = False,
    colored_lines: Annotated[
        bool, Option("--colored-lines", help="Also run every model folder with coloured lines.")
    ] = False,
    split: Annotated[
        list[str] | None, Option(help="same, cross, wrong or none; repeat for more; default all.")
    ] = None,
    lines: Annotated[
        list[str] | None, Option(help="binarized (default), soft or true; repeat for more.")
    ] = None,
    sources: Annotated[str | None, Option(help="Only these packs, comma-separated.")] = None,
    limit: Annotated[int, Option(help="Cases per split and kind of lines.")] = 100,
    size: Annotated[int, Option(help="Side of the square pictures are brought to.")] = 256,
    seed: Annotated[int, Option(help="Chooses cases and references.")] = 0,
    obedience: Annotated[
        bool, Option("--obedience", help="The N-references test alone, without the tables.")
    ] = False,
    sketches: Annotated[int, Option(help="Sketches of the N-references test.")] = 50,
    references: Annotated[int, Option(help="N of the N-references test.")] = 4,
    weights: Annotated[
        Path | None,
        Option(metavar="FOLDER", help="VGG16 and Lite0 weights: perceptual and set distances."),
    ] = None,
    inception: Annotated[
        Path | None, Option(metavar="FILE", help="The standard Inception weights: FID.")
    ] = None,
    cache: Cache = Path("cache"),
    export_inputs: Annotated[
        bool,
        Option("--export-inputs", help="Only write sketches and references, for outside tools."),
    ] = False,
    out: Annotated[
        Path, Option(help="Folder for the report; keep it out of the repository.")
    ] = Path("reports"),
) -> int:
    """Measure models and baselines side by side and write a report.

    Writes report.html, scores.json, scores.csv and tables.md into the folder --out and prints the
    tables. Splits and kinds of lines are never averaged over one another. Pictures that fail are
    counted and listed; the exit code is 1 where a painter failed on every picture, or where there
    is nothing that can be measured.
    """
    from style2color.evaluate import session
    from style2color.evaluate.sets import load_sets

    wanted = session.Wanted(
        splits=tuple(dict.fromkeys(split or ALL_SPLITS)),
        kinds=tuple(dict.fromkeys(lines or DEFAULT_LINES)),
        limit=limit,
        size=size,
        seed=seed,
        sketches=sketches,
        references=references,
    )
    wanted.check()
    painters = (
        _painters(models or [EMBEDDED], baselines, outputs or [], blind, colored_lines)
        if not export_inputs
        else []
    )
    sets = load_sets(weights, inception)
    drawings = session.find_drawings(packs, store, pairs, cache, size, _words(sources), drawn)
    if export_inputs:
        return session.export_inputs(drawings, wanted, out)
    return session.run_session(drawings, painters, wanted, sets, out, only_obedience=obedience)


def _painters(
    models: list[str], baselines: str, outputs: list[Path], blind: bool, colored_lines: bool
) -> list[Painter]:
    from style2color.evaluate.baselines import baseline
    from style2color.evaluate.models import OnnxPainter, open_model
    from style2color.evaluate.painters import FolderPainter

    painters: list[Painter] = []
    for model in models:
        if model == NONE:
            continue
        path = None if model == EMBEDDED else Path(model)
        painter = open_model(path)
        painters.append(painter)
        if blind and painter.sees:
            painters.append(open_model(path, blind=True))
        if colored_lines and isinstance(painter, OnnxPainter):
            painters.append(open_model(path, colored_lines=True))
    painters += [FolderPainter(folder) for folder in outputs]
    painters += [baseline(name) for name in _words(baselines) or [] if name != NONE]
    names = [painter.name for painter in painters]
    doubled = {name for name in names if names.count(name) > 1}
    if doubled:
        raise UsageError(f"two painters are called {', '.join(sorted(doubled))}; rename a folder")
    if not painters:
        raise UsageError("nothing to evaluate: name --models, --outputs or --baselines")
    return painters


def _words(text: str | None) -> list[str] | None:
    return None if text is None else [word.strip() for word in text.split(",") if word.strip()]
