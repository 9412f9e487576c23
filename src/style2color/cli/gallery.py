"""`style2color gallery`: unpicked drawings, painted side by side with their references."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from typer import Option

from style2color.cli.options import Cache, Packs, StoreFolder

EXAMPLES = """\b
Examples:
  style2color gallery                            # 40 held-out drawings of the packs
  style2color gallery --drawn --seed 9300000     # characters of our own atelier
  style2color gallery --model runs/mine --split wrong --lines binarized --out reports/mine
"""


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("gallery", epilog=EXAMPLES)(gallery)


def gallery(
    packs: Packs = None,
    store: StoreFolder = None,
    drawn: Annotated[
        bool, Option("--drawn", help="Characters of the atelier, from --seed on, instead.")
    ] = False,
    model: Annotated[
        Path | None, Option(metavar="FOLDER", help="A model or training run; the embedded one.")
    ] = None,
    colored_lines: Annotated[
        bool, Option("--colored-lines", help="Lines in a tone of the paint beside them.")
    ] = False,
    count: Annotated[int, Option(help="How many pictures.")] = 40,
    split: Annotated[str, Option(help="same, cross, wrong or none.")] = "cross",
    lines: Annotated[str, Option(help="soft, binarized or true.")] = "soft",
    size: Annotated[int, Option(help="Side of the pictures.")] = 256,
    seed: Annotated[int, Option(help="Chooses the pictures and their references.")] = 0,
    cache: Cache = Path("cache"),
    out: Annotated[
        Path, Option(help="Folder for the sheets; keep it out of the repository.")
    ] = Path("reports/gallery"),
) -> int:
    """Paint drawings no model was trained on onto sheets: sketch, reference, painting, original.

    Which drawings and references: those of `style2color evaluate` with the same --seed, none of
    them picked. gallery.json beside the sheets lists them.
    """
    from rich.console import Console
    from rich.progress import Progress

    from style2color.errors import UsageError
    from style2color.evaluate import gallery as galleries
    from style2color.evaluate import session
    from style2color.evaluate.models import OnnxPainter, open_model
    from style2color.evaluate.splits import LINE_KINDS, SPLITS, make_cases

    if split not in SPLITS or lines not in LINE_KINDS:
        raise UsageError(
            f"--split is one of {', '.join(SPLITS)}, --lines one of {', '.join(LINE_KINDS)}"
        )
    if drawn and (packs or store):
        raise UsageError("--drawn takes no pictures from --packs or --store; leave one out")
    if drawn:
        drawings = galleries.drawn_characters(count, size, seed)
    else:
        drawings = session.find_drawings(packs, store, None, cache, size, None).found
    cases = make_cases(drawings, split, lines, count, seed)
    painter = open_model(model, colored_lines=colored_lines)
    if colored_lines and not isinstance(painter, OnnxPainter):
        raise UsageError("--colored-lines needs a model folder; a training run has its own lines")
    about = session.about_this_code() | {"model": painter.name, "seed": str(seed)}
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("painting", total=len(cases))
        sheets = galleries.paint_gallery(painter, cases, out, about, step=lambda: bar.advance(task))
    print(f"{len(cases)} pictures on {len(sheets)} sheets in {out}")
    return 0
