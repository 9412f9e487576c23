"""`style2color train`: train a network from a configuration, go on after a kill, export it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Option

from style2color.errors import UsageError

if TYPE_CHECKING:
    from style2color.train.loop import Trainer

EXAMPLES = """\b
Examples:
  style2color train my.toml                        # into runs/my; run it again to go on
  style2color train my.toml --fresh --threads 2    # from the start
  style2color train my.toml --export models/my     # then colorize --model models/my

\b
On several GPUs or processes:
  torchrun --nproc-per-node 2 -m style2color train my.toml

\b
The smallest configuration (stores are folders made by style2color.data.store):
  [data]
  stores = ["cache/train"]
  [[stages]]
  size = 128        # side of the sketches
  batch = 16
  samples = 200_000
"""


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("train", epilog=EXAMPLES)(train)


def train(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="What to train, a TOML file.")],
    out: Annotated[
        Path | None,
        Option(metavar="DIR", help="The run's folder.", show_default="runs/ and CONFIG's name"),
    ] = None,
    device: Annotated[
        str | None, Option(metavar="NAME", help="cpu or cuda; by default cuda where there is one.")
    ] = None,
    threads: Annotated[int | None, Option(min=1, help="CPU threads to compute with.")] = None,
    fresh: Annotated[
        bool, Option("--fresh", help="Forget the folder's run and start anew.")
    ] = False,
    export: Annotated[
        Path | None,
        Option(metavar="FOLDER", help="When all samples are seen, write the model here."),
    ] = None,
    size: Annotated[
        int | None,
        Option(
            min=32,
            max=4096,
            help="With --export: side at which the model sees sketches.",
            show_default="the largest of the stages",
        ),
    ] = None,
) -> int:
    """Train a network; stopped by Ctrl-C or a kill, it goes on when called again.

    DIR gets the averaged weights, a checkpoint, log.jsonl, TensorBoard events and sample sheets.
    """
    if device not in (None, "cpu", "cuda"):
        raise UsageError(f"--device {device}: choose cpu or cuda")
    if size is not None and (export is None or size % 32):
        raise UsageError("--size goes with --export and is a multiple of 32")
    import torch

    from style2color.train.config import load_config
    from style2color.train.loop import train as run

    if device == "cuda" and not torch.cuda.is_available():
        raise UsageError("--device cuda: PyTorch finds no CUDA device here; use --device cpu")
    if threads is not None:
        torch.set_num_threads(threads)
    folder = out or Path("runs") / config.stem
    trainer = run(load_config(config), folder, device=device, fresh=fresh)
    if trainer.place.rank == 0:
        print(_summary(trainer, folder), file=sys.stderr)
        if export is not None:
            from style2color.train.release import export_run

            print(f"exported to {export_run(folder, export, size=size)}", file=sys.stderr)
    trainer.leave()
    return 0


def _summary(trainer: Trainer, folder: Path) -> str:
    minutes = trainer.seconds / 60
    return f"{trainer.seen} samples in {minutes:.1f} minutes; weights in {folder}"
