"""The command that trains on drawings which know their classes: the part reader, the shader."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from style2color.data.store import Store
from style2color.errors import UsageError
from style2color.train.small import Fitting

_Options = TypeVar("_Options", bound=Fitting)


def open_stores(folders: list[Path], *, nameless: bool = False) -> list[Store]:
    """Stores whose drawings know their classes; nameless: one of them at least. Raises UsageError
    for others, DataError for one that is missing or damaged."""
    stores = [Store.open(folder) for folder in folders]
    some = any(store.classes is not None for store in stores)
    for store in stores:
        if store.classes is None and not (nameless and some):
            raise UsageError(
                f"{store.folder} holds pictures without classes; give stores of the atelier alone, "
                "as `style2color data build FOLDER --drawn 1000 --size 576` makes them"
            )
    if not stores:
        raise UsageError("give at least one --store")
    return stores


def run_command(
    name: str,
    doc: str | None,
    usual: _Options,
    train: Callable[[list[Store], _Options, Path], Any],
    validate: Callable[[Any, list[Store], _Options], dict[str, float]],
    export: Callable[[Any, Path, dict[str, str]], None],
    arguments: list[str] | None,
    *,
    nameless: bool = False,
) -> None:
    """Train (or go on), validate on held-out drawings, export `name`.onnx beside the checkpoint.

    arguments: of the command line; None takes those of the process. nameless: see `open_stores`.
    """
    parser = argparse.ArgumentParser(prog=f"style2color.train.{name}", description=doc)
    parser.add_argument(
        "--store", type=Path, action="append", required=True, help="a store of the atelier; several"
    )
    parser.add_argument("--held-out", type=Path, help="a store of other drawings, to measure on")
    parser.add_argument(
        "--out", type=Path, required=True, help=f"checkpoint and {name}.onnx go here"
    )
    parser.add_argument("--steps", type=int, default=usual.steps)
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--rate", type=float, default=usual.rate, help="the learning rate's peak")
    parser.add_argument(
        "--init",
        default=usual.init,
        help=f"{name}.pt of another run or a shipped {name}.onnx, to go on from",
    )
    given = parser.parse_args(arguments)
    options = replace(usual, steps=given.steps, seed=given.seed, rate=given.rate, init=given.init)
    stores = open_stores(given.store, nameless=nameless)
    held_out = open_stores([given.held_out], nameless=nameless) if given.held_out else []
    given.out.mkdir(parents=True, exist_ok=True)
    network = train(stores, options, given.out)
    notes = {"data": "atelier (our own)", "steps": str(options.steps)}
    if held_out:
        found = validate(network, held_out, options)
        notes |= {part: f"{value:.3f}" for part, value in found.items()}
        print(notes, file=sys.stderr)
    export(network, given.out / f"{name}.onnx", notes)
