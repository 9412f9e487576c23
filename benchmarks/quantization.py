"""What fewer bits cost the embedded model and what they save; what optimised graphs save.

    python benchmarks/quantization.py --run runs/NAME --limit 40
    python benchmarks/quantization.py --repeats 15 --limit 0        # the timings alone

Every variant is a whole model folder, written to a temporary place and run by the product. --run is
the training run whose weights the model was exported from: it brings back what half precision
rounded away, so that float32 is the network as trained. Without it float32 holds the shipped
values and differs from them in nothing but its size.

The int8 variants quantize weights symmetrically, with a scale per output channel. Measured are the
size of the three graphs, their times and that of a whole 512² sketch, and PSNR on held-out
cases and on drawings of the atelier; then what ONNX Runtime's graph optimisation brings, at load or
beforehand.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from held import HeldOut, measured
from smaller_graphs import (
    QUANTIZED,
    Change,
    Inputs,
    dynamic,
    packed,
    static,
    trained_values,
    widened,
    write_variant,
)
from style2color._runtime import onnx_runtime
from style2color.colorizer import Colorizer
from style2color.evaluate.drawings import FIRST_SEED
from style2color.evaluate.gallery import drawn_characters
from style2color.evaluate.models import OnnxPainter
from style2color.evaluate.splits import LINE_KINDS, Case, LineKind, make_cases
from style2color.evaluate.tables import estimate, grid
from style2color.model import GRAPHS, Model

SHIPPED = "float16, as shipped"
_CALIBRATION_SEED = 3_000_000  # of atelier drawings: on the training side
_CALIBRATION = 16  # characters, two drawings each
_TESTED = 10  # characters of the atelier, two drawings each

Calls = dict[str, Callable[[], object]]
Times = dict[str, dict[str, list[float]]]


@dataclass(frozen=True, eq=False)
class Recorder(Model):
    """A model that remembers what its graphs were asked."""

    asked: dict[str, list[Inputs]] = field(default_factory=lambda: {name: [] for name in GRAPHS})

    def run(self, graph: str, inputs: Inputs, wanted: Sequence[str]) -> list[NDArray[Any]]:
        self.asked[graph].append(inputs)
        return super().run(graph, inputs, wanted)


def write_variants(source: Path, room: Path, run: Path | None, threads: int) -> dict[str, Path]:
    """Folders of all variants by name, the most precise first."""
    trained = None if run is None else trained_values(run)
    wide = write_variant(source, room / "wide", lambda _, model: widened(model, trained))
    recorder = Recorder.load(wide, threads=threads)
    painter = OnnxPainter(recorder)
    for case in atelier_cases(_CALIBRATION_SEED, _CALIBRATION, LINE_KINDS):
        painter.paint(case.lines, case.reference)
    place = room / "quantized.onnx"
    changes: dict[str, Change] = {
        "int8 weights, Cast and Mul": lambda _, m: packed(m, QUANTIZED, folds=True),
        "int8 weights of Conv, DequantizeLinear": lambda _, m: packed(m, ["Conv"], folds=False),
        "int8 MatMul and Gemm, dynamic": lambda _, m: dynamic(m, place),
        "int8 Conv, MatMul and Gemm, static": lambda g, m: static(m, place, recorder.asked[g]),
    }
    made = {
        name: write_variant(wide, room / str(number), change)
        for number, (name, change) in enumerate(changes.items())
    }
    return {"float32" + (", as trained" if run else ""): wide, SHIPPED: source, **made}


def atelier_cases(seed: int, characters: int, kinds: Sequence[LineKind]) -> list[Case]:
    """Cases of atelier characters, two drawings each and each the reference of the other; the kinds
    of lines in turn."""
    drawings = drawn_characters(characters, 256, seed)
    by_kind = [make_cases(drawings, "cross", kind, None, 0) for kind in kinds]
    return [by_kind[number % len(kinds)][number] for number in range(len(drawings))]


def quality(folders: Mapping[str, Path], held: HeldOut, threads: int) -> str:
    """PSNR of all variants, and its mean difference to the first on the same pictures."""
    sets = {
        **held.cases,
        "atelier": atelier_cases(FIRST_SEED, _TESTED, ["true"]),
    }
    found = {
        name: {
            kind: [row["psnr"] for *_, row in measured(painter, cases)]
            for kind, cases in sets.items()
        }
        for name, folder in folders.items()
        for painter in [OnnxPainter(Model.load(folder, threads=threads))]
    }
    return differences(found)


def differences(found: Mapping[str, Mapping[str, Sequence[float]]]) -> str:
    """Variant → kind of lines → PSNR of every picture, in the same order, as a table; in it the
    mean difference to the first variant with its 95 % bootstrap interval."""
    base = next(iter(found))
    kinds = list(found[base])
    titles = ["variant", *(f"{kind} ({len(found[base][kind])})" for kind in kinds)]
    body = []
    for name, values in found.items():
        cells = [name]
        for kind in kinds:
            cell = f"{np.mean(values[kind]):.2f}"
            if name != base:
                apart = np.subtract(values[kind], found[base][kind])
                gain = estimate(apart.tolist())
                cell += f" ({gain.mean:+.3f}, {gain.low:+.3f} to {gain.high:+.3f})"
            cells.append(cell)
        body.append(cells)
    return grid(titles, body)


def speed(folders: Mapping[str, Path], repeats: int, threads: int) -> str:
    """Size and times of all variants, in turn with one another."""
    models = {name: Recorder.load(folder, threads=threads) for name, folder in folders.items()}
    sketches = {name: painted_once(model) for name, model in models.items()}
    asked = last_asked(models[SHIPPED])
    calls: dict[str, Calls] = {
        name: {
            **{g: partial(model.run, g, asked[g], model.outputs(g)) for g in GRAPHS},
            "512² sketch": sketches[name],
        }
        for name, model in models.items()
    }
    return time_table(folders, in_turn(calls, repeats), SHIPPED)


def painted_once(model: Model) -> Callable[[], object]:
    """Painting a 512² sketch of the atelier, the reference set; done once, so all is warm."""
    drawing, other = drawn_characters(1, 512, FIRST_SEED)
    painter = Colorizer(model).set_reference(other.rgb)
    assert drawing.lines is not None  # the atelier has them
    paint = partial(painter.colorize, drawing.lines)
    paint()
    return paint


def last_asked(model: Recorder) -> dict[str, Inputs]:
    """What each graph was asked last."""
    return {graph: model.asked[graph][-1] for graph in GRAPHS}


def in_turn(calls: Mapping[str, Calls], repeats: int) -> Times:
    """Seconds of every call of every variant, round and round; the first round only warms up."""
    times: Times = {name: {what: [] for what in own} for name, own in calls.items()}
    for repeat in range(repeats + 1):
        for name, own in calls.items():
            for what, call in own.items():
                start = time.perf_counter()
                call()
                if repeat:
                    times[name][what].append(time.perf_counter() - start)
    return times


def time_table(folders: Mapping[str, Path], times: Times, base: str) -> str:
    """Megabytes of the graphs; in ms the median and the least of each call, which tells more on a
    busy machine; the median's ratio to that of `base`."""
    titles = ["variant", "MB", *(f"{what}, ms" for what in times[base])]
    body = []
    for name, own in times.items():
        size = sum((folders[name] / f"{graph}.onnx").stat().st_size for graph in GRAPHS)
        cells = [name, f"{size / 1e6:.2f}"]
        for what, seconds in own.items():
            median = statistics.median(seconds)
            ratio = median / statistics.median(times[base][what])
            cells.append(f"{1e3 * median:.1f}, {1e3 * min(seconds):.1f} (×{ratio:.2f})")
        body.append(cells)
    return grid(titles, body)


def optimised(source: Path, room: Path, repeats: int, threads: int) -> str:
    """What ONNX Runtime's levels of graph optimisation change, and graphs optimised beforehand."""
    ort = onnx_runtime()
    levels = ort.GraphOptimizationLevel
    every = levels.ORT_ENABLE_ALL
    model = Recorder.load(source, threads=threads)
    painted_once(model)
    asked = last_asked(model)

    def session(folder: Path, graph: str, level: Any, saved_to: Path | None = None) -> Any:
        options = model.prepare(graph).get_session_options()
        options.graph_optimization_level = level
        options.optimized_model_filepath = str(saved_to or "")
        file = (folder / f"{graph}.onnx").read_bytes()
        return ort.InferenceSession(file, options, providers=["CPUExecutionProvider"])

    def beforehand(name: str, level: Any) -> Path:
        folder = room / name
        folder.mkdir()
        for graph in GRAPHS:
            session(source, graph, level, folder / f"{graph}.onnx")
        return folder

    base = "all at load, as shipped"
    ways = {
        base: (source, every),
        "none": (source, levels.ORT_DISABLE_ALL),
        "basic at load": (source, levels.ORT_ENABLE_BASIC),
        "extended at load": (source, levels.ORT_ENABLE_EXTENDED),
        "basic beforehand, all at load": (beforehand("basic", levels.ORT_ENABLE_BASIC), every),
        "all beforehand, none at load": (beforehand("all", every), levels.ORT_DISABLE_ALL),
    }

    def opened(folder: Path, level: Any) -> list[Any]:
        return [session(folder, graph, level) for graph in GRAPHS]

    calls: dict[str, Calls] = {}
    for name, (folder, level) in ways.items():
        ready = zip(GRAPHS, opened(folder, level), strict=True)
        runs = {graph: partial(one.run, None, dict(asked[graph])) for graph, one in ready}
        calls[name] = {"open": partial(opened, folder, level), **runs}
    folders = {name: folder for name, (folder, _) in ways.items()}
    return time_table(folders, in_turn(calls, repeats), base)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, help="another model folder than the embedded one")
    parser.add_argument("--run", type=Path, help="the training run it was exported from")
    parser.add_argument("--store", type=Path, default=Path("cache/held-288"))
    parser.add_argument(
        "--limit", type=int, default=40, help="cases of each kind of lines; 0: none"
    )
    parser.add_argument("--repeats", type=int, default=9, help="of the timings; 0: none")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    source = Model.load(given.model).folder
    with tempfile.TemporaryDirectory() as name:
        room = Path(name)
        folders = write_variants(source, room, given.run, given.threads)
        if given.repeats:
            cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else "?"
            print(
                f"{cores} cores, load average {os.getloadavg()[0]:.1f}, {given.threads} threads, "
                f"{given.repeats} repeats: median, least (median ÷ as shipped)\n"
            )
            print(speed(folders, given.repeats, given.threads), end="\n\n")
            print(optimised(source, room, given.repeats, given.threads), end="\n\n", flush=True)
        if given.limit:
            held = HeldOut(given.store, given.limit, sketches=0)
            print("PSNR in dB (difference to the first, 95 % interval)\n")
            print(quality(folders, held, given.threads))


if __name__ == "__main__":
    main()
