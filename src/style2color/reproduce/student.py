"""A small student of the classifier that was trained on illustrations, and what labels V makes.

The student needs no labels: its targets are the teacher's standardised vectors, so any picture
teaches it. What V is to the discriminator is a label (eq. 6): units that are positive are active,
all others have the label of a painted picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from style2color.nn.classifier import StudentClassifier, VGGClassifier, active_fraction, resized
from style2color.nn.discriminator import norm
from style2color.reproduce.photos import to_tensor, vectors
from style2color.reproduce.store import Step

Array8 = NDArray[np.uint8]

_AT_ONCE = 32
_LR = 2e-3
_WARMING = 20
_LAST = 0.5  # share of the steps over which the learning rate falls


def distil(
    teacher: VGGClassifier,
    groups: Sequence[Array8],
    steps: int,
    batch: int,
    seed: int,
    *,
    step: Step,
) -> StudentClassifier:
    """Learn the teacher's standardised answers to pictures, uint8 (N, S, S, 3) by group.

    Every picture is seen as it is and mirrored. The teacher, who costs most, is asked once for
    each. `step` is called after every optimiser step.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    student = StudentClassifier(teacher.hint_dim)
    pictures_N3ss, wanted_NV = _lessons(teacher, groups, student.side)
    optimiser = torch.optim.AdamW(student.parameters(), _LR)
    for number in range(steps):
        fall = min(1.0, (1 - number / steps) / _LAST)
        optimiser.param_groups[0]["lr"] = _LR * fall * min(1.0, (number + 1) / _WARMING)
        rows = torch.from_numpy(rng.choice(len(pictures_N3ss), batch))
        loss = F.mse_loss(student.vector(pictures_N3ss[rows]), wanted_NV[rows])
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimiser.step()
        step()
    return student.requires_grad_(False).eval()


def _lessons(teacher: VGGClassifier, groups: Sequence[Array8], side: int) -> tuple[Tensor, Tensor]:
    """Pictures at the student's side, as they are and mirrored, and what the teacher answers."""
    pictures, wanted = [], []
    for rgb in groups:
        for start in range(0, len(rgb), _AT_ONCE):
            some = to_tensor(rgb[start : start + _AT_ONCE])
            for shown in (some, some.flip(-1)):
                wanted.append(teacher(shown))
                pictures.append(resized(shown, side))
    return torch.cat(pictures), torch.cat(wanted)


@dataclass(frozen=True)
class Agreement:
    """How near a student comes to its teacher on some pictures.

    cosine: mean over pictures, of the two vectors. stranger: the same between the teacher's own
    vectors of two different pictures, what a student gets that does not look. r2: share of the
    teacher's variance over these pictures that the student explains, all units together; 0 is
    the teacher's mean vector. same_sign: share of units that are active, or not, with both.
    """

    cosine: float
    stranger: float
    r2: float
    same_sign: float
    pictures: int

    @classmethod
    def of(cls, student_NV: Tensor, teacher_NV: Tensor) -> Agreement:
        """Of the vectors of the same pictures, float (N, V), N ≥ 2.

        Neighbours are often drawings of one character; the stranger is half of the rows away.
        """
        count = len(teacher_NV)
        other_NV = teacher_NV.roll(count // 2, 0)
        missed = (student_NV - teacher_NV).square().sum()
        variance = (teacher_NV - teacher_NV.mean(0)).square().sum()
        return cls(
            cosine=float(F.cosine_similarity(student_NV, teacher_NV).mean()),
            stranger=float(F.cosine_similarity(other_NV, teacher_NV).mean()),
            r2=float(1 - missed / variance),
            same_sign=float(((student_NV > 0) == (teacher_NV > 0)).float().mean()),
            pictures=count,
        )


def agreement(
    student: StudentClassifier, teacher: VGGClassifier, pictures: Sequence[Array8]
) -> dict[str, float]:
    """The fields of `Agreement` for pictures uint8 (S, S, 3); the teacher's are standardised."""
    own = torch.from_numpy(vectors(student, list(pictures)))
    raw = torch.from_numpy(vectors(teacher, list(pictures)))
    return asdict(Agreement.of(own, (raw - teacher.hint_mean_V) / teacher.hint_std_V))


def labels(hint_NV: Tensor) -> dict[str, float]:
    """What the discriminator is asked for where V of N ≥ 2 pictures is `hint_NV`, float (N, V).

    active: share of units whose label, norm(V), is above 0. differ: share of units active for one
    picture and not for another, mean over all pairs; 0 = every picture has the same label, 0.5 is
    what coins would give. height: mean label of the active units, 0..1.
    """
    label_NV = norm(hint_NV)
    count = len(hint_NV)
    active_V = (label_NV > 0).double().sum(0)
    differ = 2 * active_V * (count - active_V) / (count * (count - 1))
    height = label_NV[label_NV > 0]
    return {
        "active": active_fraction(hint_NV),
        "differ": float(differ.mean()),
        "height": float(height.mean()) if len(height) else 0.0,
    }


def size(classifier: VGGClassifier | StudentClassifier) -> dict[str, float]:
    """Learned parameters, and GFLOP (2 · multiply-adds) for one picture at the classifier's side.

    The fixed projection is not learned: it counts as work only.
    """
    picture = torch.zeros(1, 3, classifier.side, classifier.side)
    with FlopCounterMode(display=False) as counter:
        classifier.raw(picture)
    return {"parameters": _parameters(classifier), "gflop": counter.get_total_flops() / 1e9}


def _parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())
