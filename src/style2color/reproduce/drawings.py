"""The paper's wish: a classifier trained on illustrations in place of an ImageNet one.

A small VGG16 is trained from scratch on labels that come for free: groups of OpenMoji, characters
of the packs that have several drawings of one, attributes of atelier figures. Its vector is fc1
without ReLU, as the paper takes it from VGG19. Then the same generator is trained with either
classifier, and with none, on drawings of characters whose other drawings are the references, and
measured on characters it never saw. OpenMoji is share-alike: what is trained here is never shipped.
"""

from __future__ import annotations

import csv
import io
import tarfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from style2color.data.atelier import draw
from style2color.data.sources import Picture, pack_of, packs_folder, read_pack, split_of
from style2color.errors import DataError
from style2color.evaluate.drawings import Drawing, on_square
from style2color.nn.classifier import VGGClassifier
from style2color.reproduce.budget import Budget
from style2color.reproduce.photos import to_tensor
from style2color.reproduce.store import Step

Array8 = NDArray[np.uint8]

SIDE = 96
"""Side at which the small classifier sees pictures; also its drawings' side in training."""
WIDTHS = (16, 32, 64, 96, 128)
LABELLED = ("duelyst", "ltcrpg", "fungus")
"""Packs with at least four drawings of many characters; only their training side is used."""
PAIRED = ("duelyst", "ltcrpg", "fungus", "chibi")
"""Packs with several drawings of a character, on which the generators are trained."""
UNSEEN = ("duelyst", "ltcrpg", "chibi", "snowy")
"""Packs whose held-out characters they are measured on; no classifier has seen any of them."""
ATTRIBUTES = ("hair colour", "skin", "eye colour", "garment", "hair back", "background")
_FEWEST = 4
_UNKNOWN = -100
_MOST = 400


@dataclass(frozen=True)
class Labelled:
    """rgb: uint8 (N, SIDE, SIDE, 3). labels: int64 (N, H), -100 where a head has none for it.

    heads: name → number of classes.
    """

    rgb: Array8
    labels: NDArray[np.int64]
    heads: dict[str, int]


def gather(packs: Path | None, budget: Budget, drawn: int, *, step: Step) -> Labelled:
    """Pictures with free labels: OpenMoji, characters of packs, `drawn` figures of the atelier.

    Raises DataError where a pack is missing or damaged.
    """
    found: list[tuple[Array8, dict[str, str]]] = []
    folder = packs_folder(packs)
    groups = openmoji_groups(folder)
    for picture in _limited(read_pack("openmoji", folder, SIDE), budget):
        found.append((picture.rgb, {"openmoji group": groups[picture.id.split("/", 1)[1]]}))
        step()
    for name in LABELLED:
        own = [p for p in read_pack(name, folder, SIDE) if split_of(p) == "train"]
        counts = Counter(picture.character for picture in own)
        found += [
            (p.rgb, {"character": p.character}) for p in own if counts[p.character] >= _FEWEST
        ]
        step()
    for seed in range(drawn):
        figure = draw(seed, SIDE)
        found.append((figure.composite, {name: figure.attributes[name] for name in ATTRIBUTES}))
        step()
    return _labelled(found)


def _labelled(found: Sequence[tuple[Array8, dict[str, str]]]) -> Labelled:
    classes: dict[str, dict[str, int]] = defaultdict(dict)
    for _, known in found:
        for head, value in known.items():
            classes[head].setdefault(value, len(classes[head]))
    heads = {head: len(values) for head, values in classes.items() if len(values) > 1}
    labels = np.full((len(found), len(heads)), _UNKNOWN, np.int64)
    for row, (_, known) in enumerate(found):
        for column, head in enumerate(heads):
            if head in known:
                labels[row, column] = classes[head][known[head]]
    return Labelled(np.stack([on_square(rgb, SIDE) for rgb, _ in found]), labels, heads)


def train_classifier(
    labelled: Labelled, hint_dim: int, steps: int, batch: int, seed: int, *, step: Step
) -> tuple[VGGClassifier, dict[str, Any]]:
    """A VGG16 trained from scratch, frozen again, and what it reached.

    A tenth of the pictures is kept back to measure it: per head, the share of right answers and
    the share that the commonest class would get. Its answers are standardised over the others.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    classifier = VGGClassifier(16, widths=WIDTHS, hint_dim=hint_dim, side=SIDE)
    _start(classifier)
    heads = nn.ModuleList(nn.Linear(hint_dim, count) for count in labelled.heads.values())
    learned = [*classifier.requires_grad_(True).parameters(), *heads.parameters()]
    optimiser = torch.optim.AdamW(learned, 5e-4)
    order = rng.permutation(len(labelled.rgb))
    kept, rest = np.split(order, [max(1, len(order) // 10)])
    for number in range(steps):
        optimiser.param_groups[0]["lr"] = 5e-4 * min(1.0, (number + 1) / 20)
        rows = rng.choice(rest, batch)
        pictures = to_tensor(labelled.rgb[rows])
        if rng.random() < 0.5:
            pictures = pictures.flip(-1)
        answers = F.relu(classifier.vector(pictures))
        loss = _loss(answers, heads, torch.from_numpy(labelled.labels[rows]))
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(learned, 1.0)
        optimiser.step()
        step()
    classifier.requires_grad_(False)
    classifier.fit(to_tensor(labelled.rgb[rest[i : i + 32]]) for i in range(0, len(rest), 32))
    return classifier, {
        "pictures": len(labelled.rgb),
        "steps": steps,
        "batch": batch,
        "accuracy": _accuracy(classifier, heads, labelled, kept, rest),
    }


def _start(classifier: VGGClassifier) -> None:
    """fc1 of a fresh VGGClassifier has PyTorch's default, which is small for what follows it."""
    assert classifier.fc is not None
    nn.init.kaiming_normal_(classifier.fc.weight)
    nn.init.zeros_(classifier.fc.bias)


def _loss(answers_BV: Tensor, heads: nn.ModuleList, labels_BH: Tensor) -> Tensor:
    total = answers_BV.sum() * 0
    for column, head in enumerate(heads):
        wanted = labels_BH[:, column]
        if (wanted != _UNKNOWN).any():
            total = total + F.cross_entropy(head(answers_BV), wanted, ignore_index=_UNKNOWN)
    return total


@torch.inference_mode()
def _accuracy(
    classifier: VGGClassifier,
    heads: nn.ModuleList,
    labelled: Labelled,
    kept: NDArray[np.intp],
    rest: NDArray[np.intp],
) -> dict[str, dict[str, float]]:
    answers = torch.cat(
        [
            F.relu(classifier.vector(to_tensor(labelled.rgb[kept[start : start + 32]])))
            for start in range(0, len(kept), 32)
        ]
    )
    found = {}
    for column, (name, head) in enumerate(zip(labelled.heads, heads, strict=True)):
        labels = labelled.labels[kept, column]
        known = labels != _UNKNOWN
        if not known.any():
            continue
        right = head(answers).argmax(1).numpy()[known] == labels[known]
        before = labelled.labels[rest, column]
        commonest = np.bincount(before[before != _UNKNOWN], minlength=1).argmax()
        found[name] = {
            "right": float(right.mean()),
            "commonest": float((labels[known] == commonest).mean()),
            "classes": float(labelled.heads[name]),
        }
    return found


@dataclass(frozen=True)
class Cast:
    """Drawings of characters, and for each the row of another one of the same character."""

    drawings: list[Drawing]
    reference: NDArray[np.intp]

    @property
    def rgb(self) -> list[Array8]:
        """uint8 (S, S, 3) each."""
        return [drawing.rgb for drawing in self.drawings]


def cast(packs: Path | None, names: Sequence[str], side: str, budget: Budget, seed: int) -> Cast:
    """Characters with at least two drawings on one side of the split, at `budget.crop` pixels.

    Large packs are thinned, by whole characters, to 400 pictures or what the budget allows.
    Raises DataError where packs are missing, or none has such characters.
    """
    draw_ = np.random.default_rng(seed)
    found: list[Drawing] = []
    reference: list[int] = []
    for name in names:
        by_character: dict[str, list[Picture]] = defaultdict(list)
        for picture in read_pack(name, packs_folder(packs), budget.crop):
            if split_of(picture) == side:
                by_character[picture.character].append(picture)
        several = [drawings for drawings in by_character.values() if len(drawings) > 1]
        budgeted = budget.most(side == "held-out") or _MOST
        taken = 0
        for number in draw_.permutation(len(several)):
            if taken >= budgeted:
                break
            first = len(found)
            drawings = several[number]
            found += [
                Drawing(p.id, p.source, p.character, on_square(p.rgb, budget.crop))
                for p in drawings
            ]
            # The next drawing of the same character, in a circle: never the picture itself.
            reference += [first + (i + 1) % len(drawings) for i in range(len(drawings))]
            taken += len(drawings)
    if not found:
        raise DataError(f"no character of {', '.join(names)} has two drawings on side {side}")
    return Cast(found, np.array(reference))


def openmoji_groups(folder: Path) -> dict[str, str]:
    """Hexcode → group, from OpenMoji's own table. Raises DataError where it is missing."""
    path = folder / pack_of("openmoji").file
    try:
        with tarfile.open(path) as archive:
            stream = archive.extractfile("package/data/openmoji.csv")
            text = stream.read().decode("utf-8") if stream else ""
    except (OSError, tarfile.TarError, KeyError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: the table of groups cannot be read: {error}") from error
    return {row["hexcode"]: row["group"] for row in csv.DictReader(io.StringIO(text))}


def _limited(pictures: Any, budget: Budget) -> Any:
    for number, picture in enumerate(pictures):
        if budget.pictures and number >= budget.pictures:
            return
        yield picture
