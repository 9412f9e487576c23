"""A training run in one TOML file; every field has its default and its meaning here."""

from __future__ import annotations

import dataclasses
import math
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from style2color.data.stream import StreamConfig
from style2color.errors import TrainingError

Preset = Literal["studio", "paper", "v1", "plain"]


@dataclass(frozen=True)
class Stage:
    """A stretch of training at one picture size."""

    size: int
    """Side of the square sketches, a multiple of 32."""
    batch: int
    """Samples per optimiser step, over all processes."""
    samples: int
    """Samples of this stage."""


@dataclass(frozen=True)
class LossWeights:
    """Weights of the studio network's losses beside L1, which has 1; see train/tasks.py."""

    guide1: float = 0.3
    """α of eq. 4."""
    guide2: float = 0.9
    """β of eq. 4."""
    assignment: float = 0.1
    """Every pixel points to the entries that are nearest to its colour."""
    region: float = 0.2
    """So does every region."""
    names: float = 0.1
    """Semantic classes, where the drawings know them."""
    usage: float = 0.01
    """Colours of a strange reference, as much of each as it has: an energy distance in ΔE."""
    roles: float = 0.0
    """And for hair the colours of its hair, where both drawings know their classes; see
    train/roles.py."""
    light: float = 0.1
    """Highlights, where the drawings have them as a layer."""
    shadow: float = 0.1
    """Shadows, likewise."""
    smoothness: float = 0.0
    """Paint that varies more inside a region than the artist's; see train/smoothness.py."""
    perceptual: float = 0.0
    """Distance of VGG features; needs [judges] classifier. 0.01 pulls at a painting about as hard
    as L1 (docs/ablations.md)."""
    distil: float = 0.0
    """The reference encoder tells what a VGG sees in the reference; see train/distil.py. Needs
    [judges] classifier."""
    adversarial: float = 0.0
    """The paper's AC-GAN (eqs. 5 and 6), from [judges] adversarial_after on; needs a classifier.
    The paper's λ of 100 would be 0.01, which does nothing beside spectral norm; 1 pulls a third as
    hard as L1."""


@dataclass(frozen=True)
class JudgeOptions:
    """What the preset studio's losses `perceptual`, `distil` and `adversarial` need, in training
    only."""

    classifier: str = ""
    """Weights of VGG16 or VGG19, as for the preset paper."""
    sha256: str = ""
    """Checksum of that file, whole or its first digits."""
    perceptual_side: int = 64
    """Pictures larger than this are averaged down to it before VGG compares them."""
    distil_side: int = 128
    """References, which have 256, are averaged down to this before VGG looks at them."""
    adversarial_after: int = 0
    """Samples before the discriminator begins, for a fine-tuning late in a run."""
    classifier_side: int = 96
    """Side of the pictures whose vector V is asked for; fc1 of a whole VGG takes 224 alone."""
    vector: int = 4096
    """Length of V where the file has no fully connected layer."""
    fit_pictures: int = 256
    """References that the mean and deviation of V's units are taken from, and of what is
    distilled."""
    discriminator_rate: float = 1.0
    """The discriminator's learning rate as a multiple of the painter's."""
    discriminator: dict[str, Any] = field(default_factory=dict)
    """Sizes of the discriminator that differ from its own: spectral norm, five layers."""


@dataclass(frozen=True)
class PaperOptions:
    """What only the presets `paper` and `v1` need: the classifier, and which of the losses."""

    classifier: str = ""
    """Weights of VGG16 or VGG19, .safetensors or .pth: with fully connected layers, or the bare
    convolutional trunk, whose pool5 is then projected to 4096 by fixed signs; see train/vgg.py."""
    sha256: str = ""
    """Checksum of that file, whole or its first digits."""
    classifier_side: int = 224
    """Side the classifier's pictures are resized to, a multiple of 32 from 96. VGG's own is 224,
    and fc1 takes no other; on a processor a trunk at 96 is seven times as fast."""
    fit_pictures: int = 256
    """References that the mean and deviation of the classifier's units are taken from."""
    adversarial: str = "acgan"
    """none, acgan (eqs. 5 and 6) or vanilla."""
    guides: bool = True
    l1_weight: float = 100.0
    """λ of eq. 7."""
    discriminator_rate: float = 1.0
    """The discriminator's learning rate as a multiple of the generator's."""
    discriminator: dict[str, Any] = field(default_factory=dict)
    """Sizes of the discriminator that differ from its defaults."""


@dataclass(frozen=True)
class TrainConfig:
    """What is trained, on what, for how long."""

    data: StreamConfig
    stages: tuple[Stage, ...]
    preset: Preset = "studio"
    seed: int = 0
    init: str | tuple[str, ...] = ""
    """What this run starts from: the folder of an earlier run, the folder of a model (model.json
    and its graphs), or "embedded", the model in the package. Or several, for the mean of their
    weights (model soups, Wortsman et al. 2022). What serves training only, the guides and a head of
    classes, is in no model and starts anew, beside a run's too."""
    init_weights: tuple[float, ...] = ()
    """What each of several weighs in that mean; empty: all the same."""
    lr: float = 1e-3
    warmup: int = 2_000
    """Samples until the full learning rate."""
    decay: float = 0.4
    """Last share of all samples over which the learning rate falls to a twentieth."""
    weight_decay: float = 0.01
    clip: float = 1.0
    """Largest gradient norm."""
    ema: float = 0.999
    bf16: bool = True
    """Mixed precision, on hardware that computes in bfloat16; elsewhere float32 is faster."""
    compile: bool = False
    """Fuse the network's operations with torch.compile, which needs a C++ compiler: a minute per
    stage, then a fifth more samples per second on a processor. In float32, whatever `bf16` says."""
    workers: int = 2
    checkpoint_minutes: float = 4.0
    sheet_minutes: float = 8.0
    sheet_store: str = ""
    """Store of held-out pictures the sample sheets are painted from; empty: no sheets."""
    only: str | tuple[str, ...] = ""
    """Train the weights whose names begin so, e.g. "painter.to_light", or one of these ways; the
    others stay."""
    network: dict[str, Any] = field(default_factory=dict)
    """Sizes of the network that differ from its defaults."""
    losses: LossWeights = field(default_factory=LossWeights)
    paper: PaperOptions = field(default_factory=PaperOptions)
    judges: JudgeOptions = field(default_factory=JudgeOptions)

    @property
    def earlier(self) -> tuple[str, ...]:
        """What this run starts from: folders of runs and of models, or "embedded"."""
        return tuple(filter(None, (self.init,) if isinstance(self.init, str) else self.init))

    @property
    def samples(self) -> int:
        """Samples in whole batches."""
        return sum(stage.samples // stage.batch * stage.batch for stage in self.stages)


def load_config(path: str | Path) -> TrainConfig:
    """Read a TOML file. Raises TrainingError naming the field that is missing, unknown or wrong."""
    try:
        raw = tomllib.loads(Path(path).read_text("utf-8"))
    except OSError as error:
        raise TrainingError(f"cannot read the configuration {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TrainingError(f"{path} is no valid TOML: {error}") from error
    return parse_config(raw, str(path))


def parse_config(raw: dict[str, Any], name: str = "configuration") -> TrainConfig:
    """Build a TrainConfig from nested plain values; errors as `load_config`."""
    raw = dict(raw)
    stages = raw.pop("stages", None)
    if not isinstance(stages, list | tuple) or not stages:
        raise TrainingError(f"{name}: at least one [[stages]] with size, batch and samples")
    data = raw.pop("data", None)
    if not isinstance(data, dict):
        raise TrainingError(f"{name}: a [data] table with `stores` or `folders` is missing")
    config: TrainConfig = _build(
        TrainConfig,
        {
            **raw,
            "data": _build(StreamConfig, data, f"{name} [data]"),
            "stages": tuple(_build(Stage, stage, f"{name} [[stages]]") for stage in stages),
            "losses": _build(LossWeights, raw.get("losses", {}), f"{name} [losses]"),
            "paper": _build(PaperOptions, raw.get("paper", {}), f"{name} [paper]"),
            "judges": _build(JudgeOptions, raw.get("judges", {}), f"{name} [judges]"),
        },
        name,
    )
    if not config.data.stores and not config.data.folders:
        raise TrainingError(f"{name} [data]: name at least one folder in `stores` or `folders`")
    for stage in config.stages:
        if stage.size < 32 or stage.size % 32 or stage.batch < 1 or stage.samples < stage.batch:
            raise TrainingError(
                f"{name} [[stages]]: size must be a multiple of 32, batch 1 or more, samples at "
                f"least one batch; got {stage}"
            )
    if config.preset not in get_args(Preset):
        known = ", ".join(get_args(Preset))
        raise TrainingError(f"{name}: preset must be one of {known}, not {config.preset!r}")
    if config.data.strangers > 0 and config.preset != "studio":
        raise TrainingError(
            f"{name} [data] strangers: only the preset studio learns from references of other "
            f"characters, {config.preset} needs the right colours"
        )
    losses = config.losses
    asked = (losses.smoothness, losses.perceptual, losses.distil, losses.adversarial)
    if any(asked) and config.preset != "studio":
        raise TrainingError(
            f"{name} [losses]: only the preset studio has these, {config.preset} has its own"
        )
    runs, weights = len(config.earlier), config.init_weights
    if weights and (len(weights) != runs or min(weights) < 0 or sum(weights) <= 0):
        raise TrainingError(
            f"{name}: init_weights must be as many numbers of 0 or more as init names runs, "
            f"{runs}, or none at all; got {list(weights)}"
        )
    return config


def _build(cls: type[Any], values: Any, where: str) -> Any:
    if not isinstance(values, dict):
        raise TrainingError(f"{where}: expected a table, got {values!r}")
    known = {f.name: f for f in dataclasses.fields(cls)}
    for key, value in values.items():
        if key not in known:
            raise TrainingError(f"{where}: unknown field {key!r}; known are {', '.join(known)}")
        wanted = str(known[key].type)
        if not _fits(value, wanted):
            raise TrainingError(f"{where}: {key} must be of type {wanted}, got {value!r}")
    try:
        return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})
    except TypeError as error:
        raise TrainingError(f"{where}: {error}") from error


def _fits(value: Any, wanted: str) -> bool:
    """Whether a plain value is of the annotated type; types other than plain ones always fit."""
    if " | " in wanted:
        return any(_fits(value, one) for one in wanted.split(" | "))
    if found := re.fullmatch(r"tuple\[(str|float), \.\.\.\]", wanted):
        return isinstance(value, list | tuple) and all(_fits(v, found[1]) for v in value)
    if wanted.startswith("dict"):
        return isinstance(value, dict) and (
            wanted != "dict[str, float]" or all(_fits(v, "float") for v in value.values())
        )
    if wanted in ("int", "float"):
        exact = isinstance(value, int) and not isinstance(value, bool)
        return exact or (wanted == "float" and isinstance(value, float) and math.isfinite(value))
    plain = {"str": str, "bool": bool}.get(wanted)
    return plain is None or isinstance(value, plain)


def to_plain(config: TrainConfig) -> dict[str, Any]:
    """The configuration as plain values that `parse_config` reads back."""
    return dataclasses.asdict(config)
