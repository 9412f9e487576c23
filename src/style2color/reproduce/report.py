"""What a reproduction found: Markdown tables, results.json, plots and a sheet of pictures."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from style2color.evaluate.session import about_this_code
from style2color.evaluate.tables import grid
from style2color.files import atomic_write
from style2color.reproduce import cells, middle
from style2color.reproduce.cells import ARMS, BOTH, GAN, GUIDE, V1, V1_GUIDE, Arm
from style2color.reproduce.hint_report import hints_section
from style2color.reproduce.hints import HINTS, ONCE
from style2color.reproduce.measuring import SETS
from style2color.reproduce.plots import plot_copying, plot_gradients
from style2color.reproduce.run import Reproduction, threads
from style2color.reproduce.spread import Spread, difference, spread
from style2color.reproduce.store import Found, Made

PAPER_FID = {"guide": 98.326, "gan": 99.663}
"""Table 1 of the paper: FID, with its own network, data and training."""
PAPER_TABLE2 = {"both": (17.486, 0.812323, 0.819591), "v1": (15.632, 0.784283, 0.791362)}
"""Table 2 of the paper: PSNR dB, SSIM, FSIM."""
_TABLE2 = (("psnr", "PSNR dB", 2, +1), ("ssim", "SSIM", 4, +1), ("fsim", "FSIM", 4, +1))
_SET_DIGITS = {"fd_lite0": (2, 4), "fd_vgg16": (0, 0)}
"""Of the Fréchet distance and of the KID; VGG16's features are not normalised and large."""


def write(reproduction: Reproduction, missing: Sequence[str]) -> str:
    """Write report.md, results.json, the plots and pictures.webp; returns the Markdown.

    Raises OutputError where the folder cannot be written.
    """
    found, out = finished(reproduction), reproduction.wanted.out
    text = markdown(reproduction, found, missing)
    _put(out / "report.md", text.encode())
    document = {"about": _about(reproduction), "missing": list(missing), "parts": found}
    _put(out / "results.json", json.dumps(document, indent=1, ensure_ascii=False).encode())
    for name, plot, settings in (
        ("gradients.svg", plot_gradients, middle.GRADIENTS),
        ("copying.svg", plot_copying, middle.COPYING),
    ):
        if all(setting.name in found for setting in settings):
            _put(out / name, plot(found))
    if all(arm.name in found for arm in ARMS):
        _sheet(reproduction)
    return text


def finished(reproduction: Reproduction) -> Found:
    """Every finished part of the experiments asked for; seeds that lack an arm are left out."""
    found: Found = {}
    if "classifier" in reproduction.wanted.experiments:
        for name in ONCE:
            made = reproduction.parts.find(name)
            if made is not None:
                found[name] = [made]
    groups = {
        "tables": [arm.name for arm in ARMS],
        "gradients": [setting.name for setting in middle.GRADIENTS],
        "copying": [setting.name for setting in middle.COPYING],
        "classifier": [f"hint-{hint}" for hint in HINTS],
    }
    by_seed: dict[str, dict[int, Made]] = {}
    for experiment in reproduction.wanted.experiments:
        for seed in range(reproduction.budget.seeds):
            made = {n: reproduction.parts.find(f"{n}-{seed}") for n in groups[experiment]}
            # Only whole seeds, so that every comparison is paired.
            whole = {name: part for name, part in made.items() if part is not None}
            if len(whole) == len(made):
                for name, part in whole.items():
                    by_seed.setdefault(name, {})[seed] = part
    return found | {name: list(parts.values()) for name, parts in by_seed.items()}


def markdown(reproduction: Reproduction, found: Found, missing: Sequence[str]) -> str:
    """All tables with what the seeds allow to conclude."""
    sections = ["# The paper's experiments, reproduced\n", _facts(reproduction)]
    if missing:
        sections.append(f"Not done for want of time: {', '.join(missing)}.\n")
    if all(arm.name in found for arm in ARMS):
        sections += [_table1(found), _table2(found)]
    if all(setting.name in found for setting in middle.GRADIENTS):
        sections.append(_gradients(found))
    if all(setting.name in found for setting in middle.COPYING):
        sections.append(_copying(found))
    if all(name in found for name in (*ONCE, *(f"hint-{hint}" for hint in HINTS))):
        sections.append(hints_section(found))
    return "\n".join(sections)


def _about(reproduction: Reproduction) -> dict[str, Any]:
    return {**about_this_code(), "threads": threads(), **reproduction.wanted.recipe}


def _facts(reproduction: Reproduction) -> str:
    budget = reproduction.budget
    about = about_this_code()
    return (
        f"`{about['command']}`, version {about['version']}, {threads()} CPU threads. Channels are "
        f"the paper's divided by {budget.width}; every network sees {budget.samples} squares of "
        f"{budget.crop}² (batch {budget.batch}, {budget.steps} steps, learning rate {budget.lr:g}) "
        f"and is measured on whole pictures of {budget.size}². Figures are means ± standard "
        "deviations over seeds. A difference counts as shown only where all seeds agree in sign "
        "and the 95 % interval of the paired differences leaves zero out.\n"
    )


def _table1(found: Found) -> str:
    arms = (GUIDE, GAN, BOTH)
    names = [name for name in SETS if name in found[GUIDE.name][0]["sets"]]
    titles = ["network", "seeds"]
    for name in names:
        titles += [SETS[name], f"KID, {SETS[name][3:]}"]
    body = []
    for arm in arms:
        line = [arm.title, str(len(found[arm.name]))]
        for name in names:
            line += [
                _over(found, arm, "sets", name, "frechet").shown(_SET_DIGITS[name][0]),
                _over(found, arm, "sets", name, "kid").shown(_SET_DIGITS[name][1]),
            ]
        theirs = PAPER_FID.get(arm.name)
        body.append([*line, f"{theirs:.3f}" if theirs else "–"])
    verdicts = [
        _verdict(
            found, first, second, SETS[name], -1, _SET_DIGITS[name][0], "sets", name, "frechet"
        )
        for name in names
        for first, second in ((GUIDE, GAN), (BOTH, GAN), (BOTH, GUIDE))
    ]
    pictures = found[GUIDE.name][0]["pictures"]
    return (
        "## Table 1: guides against the adversary\n\nLower is better. Distances are between "
        f"{pictures} paintings and {pictures} targets, biased upwards by so few pictures; none of "
        "them is an FID, and the last column, the paper's own FID, compares with none of them.\n\n"
        + grid([*titles, "FID in the paper (theirs)"], body)
        + "\n\n"
        + "\n".join(verdicts)
        + "\n"
    )


def _table2(found: Found) -> str:
    titles = ["network", "seeds"]
    for _, title, _, _ in _TABLE2:
        titles += [title, f"{title} in the paper (theirs)"]
    titles += ["ΔE00", "another's hint: ΔE00", "another's hint: dB lost", "parameters"]
    body = []
    for arm in (BOTH, V1, GUIDE, V1_GUIDE, GAN):
        line = [arm.title, str(len(found[arm.name]))]
        theirs = PAPER_TABLE2.get(arm.name)
        for column, (name, _, digits, _) in enumerate(_TABLE2):
            own = _over(found, arm, "means", name).shown(digits)
            line += [own, f"{theirs[column]:.{digits}f}" if theirs else "–"]
        line += [
            _over(found, arm, "means", "delta_e").shown(2),
            _over(found, arm, "hint", "swap").shown(2),
            _over(found, arm, "hint", "psnr_lost").shown(2),
            f"{found[arm.name][0]['parameters'] / 1e6:.2f} M",
        ]
        body.append(line)
    verdicts = [
        _verdict(found, first, second, title, better, digits, "means", name)
        for first, second in ((BOTH, V1), (GUIDE, V1_GUIDE))
        for name, title, digits, better in _TABLE2
    ]
    return (
        "## Table 2: the proposed network against the Style2Paints V1 network\n\nThe first two "
        "rows are the paper's comparison, on the same squares in the same order. The paper's "
        "figures are of its own data, lines and training.\n\n"
        + grid(titles, body)
        + "\n\n"
        + "\n".join(verdicts)
        + "\n"
    )


def _gradients(found: Found) -> str:
    body = []
    for without, guided in zip(middle.GRADIENTS[::2], middle.GRADIENTS[1::2], strict=True):
        line: list[str] = [without.norm, without.init]
        for moment in (_first, _late):
            plain, helped = (moment(found[s.name], "ratios") for s in (without, guided))
            factor = [b / a if a else math.inf for a, b in zip(plain, helped, strict=True)]
            line += [
                f"{statistics.median(plain):.1e}",
                f"{statistics.median(helped):.1e}",
                f"{statistics.median(factor):.3g} ({min(factor):.3g}…{max(factor):.3g})",
            ]
        body.append(line)
    seeds = len(found[middle.GRADIENTS[0].name])
    titles = ["norm", "init", "start, no guides", "start, guides", "×", "late, no guides",
              "late, guides", "×"]  # fmt: skip
    return (
        "## Fig. 3: what reaches the middle layers\n\nGradient norm ÷ weight norm at the "
        f"bottleneck, medians of {seeds} seeds (range of the factors in brackets); late: the "
        "median of the last third of the steps. Guides raise the loss itself up to 2.2 times, so "
        "a factor near 2 is no cure.\n\n" + grid(titles, body) + "\n"
    )


def _copying(found: Found) -> str:
    body = []
    for setting in middle.COPYING:
        parts = found[setting.name]
        network = "plain U-net" if setting.plain else "paper's generator"
        if not setting.plain:
            network += ", guides" if setting.guides else ", no guides"
        share = [
            late / edge for late, edge in zip(_late(parts, "ratios"), _late(parts, "outer"),
                                              strict=True)
        ]  # fmt: skip
        lost = [part["without_middle"] - part["with_middle"] for part in parts]
        body.append(
            [
                network,
                "copies" if setting.copy else "colours",
                spread([part["with_middle"] for part in parts]).shown(4),
                spread(lost).shown(4),
                f"{statistics.median(_late(parts, 'ratios')):.1e}",
                f"{statistics.median(share):.3f} ({min(share):.3f}…{max(share):.3f})",
            ]
        )
    titles = ["network", "task", "L1", "L1 more without the middle", "gradient at the middle, late",
              "÷ that of the first block"]  # fmt: skip
    return (
        "## The U-net that copies\n\nInput and output are the same picture (copies), against the "
        "usual task (colours). What the middle is worth: by how much the L1 rises on unseen "
        "squares when the bottleneck answers zero.\n\n" + grid(titles, body) + "\n"
    )


def _over(found: Found, arm: Arm, *path: str) -> Spread:
    return spread(_values(found, arm, *path))


def _values(found: Found, arm: Arm, *path: str) -> list[float]:
    values = []
    for part in found[arm.name]:
        value: Any = part
        for key in path:
            value = value[key]
        values.append(float(value))
    return values


def _verdict(
    found: Found, first: Arm, second: Arm, title: str, better: int, digits: int, *path: str
) -> str:
    name = f"{title}, {first.name} − {second.name}"
    return _sentence(
        name, _values(found, first, *path), _values(found, second, *path), better, digits
    )


def _sentence(
    name: str, first: Sequence[float], second: Sequence[float], better: int, digits: int
) -> str:
    gap = difference(first, second)
    interval = gap.interval(digits)
    among = f" ({interval})" if interval else ""
    return f"- {name}: {gap.mean:+.{digits}f}{among}, {gap.verdict(better)}"


def _first(parts: Sequence[Made], key: str) -> list[float]:
    return [part[key][0] for part in parts]


def _late(parts: Sequence[Made], key: str) -> list[float]:
    return [statistics.median(part[key][-max(1, len(part[key]) // 3) :]) for part in parts]


def _sheet(reproduction: Reproduction) -> None:
    """Lines, targets and what every arm's first seed paints, one below the other."""
    lines, rgb = reproduction.originals()
    rows = [np.repeat(lines[..., None], 3, -1), rgb]
    for arm in cells.ARMS:
        path = reproduction.wanted.out / "parts" / f"{arm.name}-0.png"
        with Image.open(path) as picture:
            rows.append(np.asarray(picture.convert("RGB")))
    with atomic_write(reproduction.wanted.out / "pictures.webp") as stream:
        Image.fromarray(np.vstack(rows)).save(stream, "WEBP", quality=88)


def _put(path: Path, content: bytes) -> None:
    with atomic_write(path) as stream:
        stream.write(content)
