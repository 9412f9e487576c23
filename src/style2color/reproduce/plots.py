"""The figures of a reproduction as SVG, equal for equal results."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from style2color.reproduce import middle
from style2color.reproduce.store import Made

_BLUE, _RED = "#1f6fb4", "#c4452f"
_NORMS = {
    ("none", "default"): "no norm, default initialisation",
    ("none", "he"): "no norm, He initialisation",
    ("group", "he"): "GroupNorm, He initialisation",
}


def plot_gradients(found: dict[str, list[Made]]) -> bytes:
    """Gradient ÷ weights at the bottleneck by step: a panel per setting, guides in red."""
    figure = _figure(10.5, 3.4)
    panels = figure.subplots(1, len(_NORMS), sharey=True)
    for panel, (norm, init) in zip(panels, _NORMS, strict=True):
        for guides, colour in ((False, _BLUE), (True, _RED)):
            setting = middle.Setting(norm, init, guides)  # type: ignore[arg-type]
            label = "with guides" if guides else "without guides"
            _band(panel, [part["ratios"] for part in found[setting.name]], colour, label)
        panel.set_title(_NORMS[norm, init], fontsize=10)
        panel.set_xlabel("step")
    panels[0].set_ylabel("gradient norm ÷ weight norm,\nbottleneck")
    panels[0].legend(frameon=False, fontsize=9)
    return _svg(figure)


def plot_copying(found: dict[str, list[Made]]) -> bytes:
    """Gradient at the middle over that at the first block by step: copying against colouring."""
    figure = _figure(10.5, 3.4)
    kinds = ((True, False), (False, False), (False, True))
    titles = ("plain U-net", "paper's generator, no guides", "paper's generator, guides")
    panels = figure.subplots(1, len(kinds), sharey=True)
    for panel, (plain, guides), title in zip(panels, kinds, titles, strict=True):
        for copy, colour in ((True, _RED), (False, _BLUE)):
            setting = middle.Setting("group", "he", guides, copy=copy, plain=plain)
            shares = [
                np.divide(part["ratios"], np.maximum(part["outer"], 1e-30)).tolist()
                for part in found[setting.name]
            ]
            _band(panel, shares, colour, "copies" if copy else "colours")
        panel.set_title(title, fontsize=10)
        panel.set_xlabel("step")
    panels[0].set_ylabel("gradient at the middle ÷ first block")
    panels[0].legend(frameon=False, fontsize=9)
    return _svg(figure)


def _band(panel: Axes, series: Sequence[Sequence[float]], colour: str, label: str) -> None:
    """The median over seeds as a line, their range as a band; a logarithmic axis."""
    values = np.maximum(np.array(series, float), 1e-30)
    steps = np.arange(1, values.shape[1] + 1)
    panel.fill_between(steps, values.min(0), values.max(0), color=colour, alpha=0.18, linewidth=0)
    panel.plot(steps, np.median(values, axis=0), color=colour, linewidth=1.4, label=label)
    panel.set_yscale("log")
    panel.grid(True, which="major", alpha=0.25)


def _figure(width: float, height: float) -> Figure:
    return Figure(figsize=(width, height), layout="constrained")


def _svg(figure: Figure) -> bytes:
    stream = io.BytesIO()
    # A fixed salt and no date: equal results give equal files.
    with rc_context({"svg.hashsalt": "style2color", "svg.fonttype": "path"}):
        figure.savefig(stream, format="svg", metadata={"Date": None}, facecolor="white")
    return stream.getvalue()
