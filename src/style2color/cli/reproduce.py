"""`style2color reproduce`: the paper's experiments again, on one's own machine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from typer import Option

app = typer.Typer(no_args_is_help=True, help="Published experiments again, on your own machine.")

EXAMPLES = """\b
Examples:
  style2color reproduce paper                                # everything; run it again to go on
  style2color reproduce paper --only gradients,copying       # the claims of fig. 3 alone
  style2color reproduce paper --minutes 20                   # begin nothing after 20 minutes
  style2color reproduce paper --width 1 --crop 256 --samples 20000    # the whole networks
"""


@app.callback()
def _group() -> None:
    """Keeps `paper` a word of its own while it is the only experiment."""


@app.command(epilog=EXAMPLES)
def paper(
    only: Annotated[
        str, Option(help="Comma-separated: tables, gradients, copying, classifier.")
    ] = "tables,gradients,copying,classifier",
    size: Annotated[int, Option(help="Side of the pictures that are measured.")] = 256,
    crop: Annotated[int, Option(help="Side of the squares trained on; --size: all of it.")] = 128,
    width: Annotated[int, Option(help="The paper's channels are divided by this.")] = 4,
    samples: Annotated[int, Option(help="Squares every network sees.")] = 1200,
    batch: Annotated[int, Option(help="Squares per step.")] = 8,
    seeds: Annotated[int, Option(help="Networks per row of a table.")] = 3,
    lr: Annotated[float, Option(help="Learning rate of generators and discriminators.")] = 1e-3,
    pictures: Annotated[
        int, Option(help="At most this many of each kind to train on.", show_default="all")
    ] = 0,
    measured: Annotated[
        int, Option(help="At most this many of each kind to measure on.", show_default="all")
    ] = 0,
    bf16: Annotated[bool, Option("--bf16", help="Train under bfloat16 autocast.")] = False,
    watched: Annotated[int, Option(help="Steps of the gradient experiments.")] = 60,
    drawn: Annotated[int, Option(help="Atelier figures the illustration classifier sees.")] = 300,
    taught: Annotated[int, Option(help="Steps the illustration classifier is trained.")] = 400,
    distilled: Annotated[int, Option(help="Steps its small student is trained.")] = 1000,
    minutes: Annotated[
        float, Option(help="Begin no part after that long.", show_default="no limit")
    ] = 0.0,
    packs: Annotated[Path | None, Option(metavar="FOLDER", help="The data packs.")] = None,
    weights: Annotated[
        Path, Option(metavar="FOLDER", help="VGG16, and Lite0 for one more set distance.")
    ] = Path("../shared/weights"),
    threads: Annotated[int | None, Option(min=1, help="CPU threads to compute with.")] = None,
    out: Annotated[Path, Option(help="Folder for results; keep it out of the repository.")] = Path(
        "reports/paper"
    ),
) -> int:
    """Tables 1 and 2, the claims of fig. 3, and the classifier the paper wishes for.

    Writes report.md, results.json and plots into --out. Finished parts stay in --out/parts: a run
    that was stopped goes on, and another budget starts anew. Exit code 1: time did not suffice.
    """
    import torch

    from style2color.reproduce.budget import Budget
    from style2color.reproduce.report import write
    from style2color.reproduce.run import Reproduction, Wanted

    if threads is not None:
        torch.set_num_threads(threads)
    budget = Budget(size, crop, width, samples, batch, seeds, lr, pictures, measured, bf16)
    names = tuple(dict.fromkeys(word.strip() for word in only.split(",") if word.strip()))
    wanted = Wanted(budget, names, packs, weights, out, minutes, watched, drawn, taught, distilled)
    wanted.check()
    reproduction = Reproduction(wanted)
    missing = reproduction.run()
    print(write(reproduction, missing))
    print(f"written to {out}", file=sys.stderr)
    if missing:
        print(f"not done for want of time: {', '.join(missing)}; run again", file=sys.stderr)
    return 1 if missing else 0
