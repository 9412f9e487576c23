"""The table of painters in docs/evaluation.md: one evaluation, one table, one command.

Runs `style2color evaluate` on held-out characters for the embedded model, the trained networks and
all baselines, in one run, and prints the table of the documentation; --write puts it there. How
many samples a training run has seen is read from its folder; that of a model folder is told by
--seen. A finished run is read again with --from, without painting anything.

Run: python benchmarks/side_by_side.py --seen style2color=SAMPLES --write docs/evaluation.md
"""

from __future__ import annotations

import argparse
import json
import math
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

from style2color.errors import OutputError, UsageError
from style2color.evaluate.scoring import MEASURES, Score
from style2color.evaluate.session import LEADING
from style2color.evaluate.tables import ALL, gains, shown
from style2color.files import atomic_write
from style2color.train.checkpoint import CONFIG, load_facts

MODELS = ("embedded", "runs/plain", "runs/v1", "runs/paper", "runs/models/studio-small")
COLUMNS = (
    "psnr",
    "ssim",
    "fsim",
    "delta_e_figure",
    "chroma_ratio",
    "chroma_reference",
    "bleeding",
)
COLORED = " (coloured lines)"
PAIRS = (
    ("paper", "v1"),
    ("studio-small", "v1"),
    ("studio-small", "paper"),
    ("style2color", "v1"),
    ("style2color", "paper"),
    ("v1", "plain"),
    (f"style2color{COLORED}", "style2color"),
)
BEGIN, END = "<!-- side by side -->", "<!-- end of side by side -->"


def evaluate(options: argparse.Namespace) -> None:
    """The run itself, with the standing arguments."""
    call = [sys.executable, "-m", "style2color", "evaluate", "--split", "cross"]
    for model in options.models:
        call += ["--models", model]
    for kind in options.lines:
        call += ["--lines", kind]
    place = ["--packs", str(options.packs)] if options.packs else ["--store", str(options.store)]
    for name in ("limit", "size", "sketches"):
        call += [f"--{name}", str(getattr(options, name))]
    if options.colored_lines:
        call.append("--colored-lines")
    call += place
    subprocess.run([*call, "--out", str(options.out)], check=True)


def samples_seen(models: list[str], told: list[str]) -> dict[str, str]:
    """How many samples each painter was trained on, by its name in the tables."""
    seen = {}
    for model in models:
        if (Path(model) / CONFIG).is_file():
            seen[Path(model).name] = f"{load_facts(Path(model))[1]['samples']:,}"
    for pair in told:
        name, _, count = pair.partition("=")
        if not count.isdecimal():
            raise UsageError(f"--seen {pair}: write NAME=SAMPLES")
        seen[name] = f"{int(count):,}"
    return seen


def table(document: dict[str, Any], seen: dict[str, str]) -> str:
    """The documentation's text: where the figures come from, the painters, the differences."""
    rows = [row for row in document["summary"] if row["source"] == ALL]
    about = document["about"]
    command = shlex.join(sys.argv[1:])
    lines = [
        f"`python benchmarks/side_by_side.py {command}`, version {about['version']}; "
        f"{about['size']}, {about['cases']} cases in all, cross-reference.",
    ]
    for kind in dict.fromkeys(row["kind"] for row in rows):
        titles = ["painter", "samples", *(MEASURES[name].title for name in COLUMNS)]
        lines += ["", f"{kind.capitalize()} lines:", "", "| " + " | ".join(titles) + " |"]
        lines.append("|---|---:|" + "---:|" * len(COLUMNS))
        own = [row for row in rows if row["kind"] == kind]
        own.sort(key=lambda row: -row["values"]["psnr"]["mean"])
        for row in own:
            values = row["values"]
            cells = [row["painter"], seen.get(row["painter"].removesuffix(COLORED), "–")]
            for name in COLUMNS:
                mean = values[name]["mean"] if name in values else math.nan
                cells.append(shown(mean, MEASURES[name].digits))
            lines.append("| " + " | ".join(cells) + " |")
    lines += ["", "Differences on the same pictures, with their 95 % intervals:", ""]
    lines.append("| lines | difference | " + " | ".join(MEASURES[n].title for n in LEADING) + " |")
    lines.append("|---|---|" + "---:|" * len(LEADING))
    return "\n".join([*lines, *differences(document)])


def differences(document: dict[str, Any]) -> list[str]:
    """One line per kind of lines and pair of painters, where both have painted."""
    scores = [
        Score(s["painter"], s["case"], s["source"], s["split"], s["lines"], s["values"])
        for s in document["scores"]
        if not s["error"]
    ]
    found = []
    for mine, rival in PAIRS:
        pair = [s for s in scores if s.painter in (mine, rival)]
        by_kind: dict[str, list[str]] = {}
        for name in LEADING:
            for gain in gains(pair, mine, name):
                if gain.source == ALL:
                    digits, of = MEASURES[name].digits, gain.difference
                    by_kind.setdefault(gain.kind, []).append(
                        f"{of.mean:+.{digits}f} ({of.low:+.{digits}f} to {of.high:+.{digits}f})"
                    )
        for kind, cells in by_kind.items():
            found.append(f"| {kind} | {mine} − {rival} | " + " | ".join(cells) + " |")
    return sorted(found, key=lambda line: line.split(" | ")[0])


def put(text: str, path: Path) -> None:
    """Replace what stands between the two markers of a page."""
    page = path.read_text("utf-8")
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise OutputError(f"{path} has no {BEGIN} … {END} to write between")
    with atomic_write(path) as stream:
        stream.write(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}".encode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--packs", type=Path)
    parser.add_argument("--store", type=Path, default=Path("cache/held-288"))
    parser.add_argument("--models", nargs="+", default=list(MODELS))
    parser.add_argument("--lines", nargs="+", default=["soft", "binarized"])
    parser.add_argument("--colored-lines", action="store_true", help="as of `evaluate`")
    parser.add_argument("--limit", type=int, default=100)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--sketches", type=int, default=50, help="of the N-references test")
    parser.add_argument("--seen", nargs="*", default=[], metavar="NAME=SAMPLES")
    parser.add_argument("--out", type=Path, default=Path("reports/side-by-side"))
    parser.add_argument("--from", dest="finished", action="store_true", help="read --out again")
    parser.add_argument("--write", type=Path, metavar="PAGE")
    options = parser.parse_args()
    seen = samples_seen(options.models, options.seen)
    if not options.finished:
        evaluate(options)
    document = json.loads((options.out / "scores.json").read_text("utf-8"))
    text = table(document, seen)
    print(text)
    if options.write:
        put(text, options.write)


if __name__ == "__main__":
    main()
