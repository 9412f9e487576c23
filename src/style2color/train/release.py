"""A finished run → a model folder, with what it was trained on."""

from __future__ import annotations

from collections import Counter
from importlib import resources
from pathlib import Path
from typing import Any

from style2color import __version__
from style2color.data.stream import open_stores
from style2color.errors import TrainingError
from style2color.model import Model
from style2color.nn.studio import StudioNet
from style2color.train.checkpoint import EMBEDDED, is_model, load_facts, load_task
from style2color.train.config import TrainConfig
from style2color.train.export import export_model

_KEPT = ("lines.onnx", "parts.onnx", "shading.onnx", "MODEL_CARD.md")
_REFINER = "refiner.onnx"


def export_run(run: Path, folder: Path, *, size: int | None = None) -> Path:
    """Export the averaged weights of a studio run; returns the folder.

    size: longest side at which the model sees sketches; by default the largest it was trained at.
    The line extractor, the part reader, the shader and the card of the embedded model come along
    where there are any, and its refiner where the run goes back to that model: it has learned from
    votes of that painter, and one trained from nothing votes otherwise. Raises TrainingError for a
    run of another network, DataError where a store it learned from is gone.
    """
    task, config, facts = load_task(run)
    if not isinstance(task.network, StudioNet):
        raise TrainingError(f"{run} is a run of the {config.preset} network; only studio exports")
    embedded = Path(str(resources.files("style2color"))) / "weights"
    kept = (*_KEPT, _REFINER) if EMBEDDED in _lineage(config) else _KEPT
    return export_model(
        task.network,
        folder,
        name=run.resolve().name,
        version=__version__,
        size=size or max(stage.size for stage in config.stages),
        default_palette=facts["default_palette"],
        training_data=training_data(config),
        keep=[embedded / name for name in kept if (embedded / name).is_file()],
    )


def training_data(config: TrainConfig) -> list[dict[str, Any]]:
    """Source, licence and count of every picture a run learned from, the runs and models before it
    included.

    Largest first. A store that several runs read counts once. Of a model only the counts are known:
    of these and those of the stores the larger one stands, for they may be the same pictures.
    """
    stores = {store.folder.resolve(): store for store in open_stores(config.data)}
    shipped: Counter[tuple[str, str]] = Counter()
    for run, earlier in _lineage(config).items():
        if earlier is None:
            model = Model.load(None if run == EMBEDDED else run)
            shipped |= Counter(
                {(row.pack, row.licence): row.pictures for row in model.training_data}
            )
        else:
            stores |= {store.folder.resolve(): store for store in open_stores(earlier.data)}
    counts = Counter((row.source, row.licence) for store in stores.values() for row in store.rows)
    counts |= shipped
    return [
        {"pack": source, "licence": licence, "pictures": count}
        for (source, licence), count in counts.most_common()
    ]


def _lineage(config: TrainConfig) -> dict[str, TrainConfig | None]:
    """The runs and models that a run goes back to, with what the runs were told."""
    found: dict[str, TrainConfig | None] = {}
    todo = list(config.earlier)
    while todo:
        run = todo.pop(0)
        if run not in found:
            told = None if is_model(run) else load_facts(Path(run))[0]
            found[run] = told
            todo += told.earlier if told else ()
    return found
