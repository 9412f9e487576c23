"""Eqs. 3, 4, 5 and 7 against literal NumPy; the usable form of eq. 5; the ablations."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import Tensor

from style2color.nn.classifier import VGGClassifier
from style2color.nn.discriminator import Discriminator, norm
from style2color.nn.guides import Painting
from style2color.nn.unet import PaperConfig, PaperGenerator
from style2color.train.objective import (
    Form,
    ObjectiveConfig,
    discriminator_loss,
    full_value,
    gan_value,
    generator_loss,
    l1_terms,
    luma,
    split_mean,
)

Array = npt.NDArray[np.float64]
TINY = PaperConfig(
    left_channels=(8, 8), bottleneck=16, right_channels=(8, 8), hint_dim=6, guide_channels=(8, 8)
)


def random_painting(guide1_channels: int = 1) -> tuple[Painting, Tensor]:
    rng = torch.Generator().manual_seed(0)

    def picture(channels: int) -> Tensor:
        return torch.rand(2, channels, 5, 4, generator=rng, dtype=torch.float64)

    return Painting(picture(3), picture(guide1_channels), picture(3)), picture(3)


def as_arrays(painting: Painting, target: Tensor) -> tuple[Array, Array, Array, Array]:
    assert painting.guide1_BCHW is not None
    assert painting.guide2_B3HW is not None
    tensors = (painting.painted_B3HW, painting.guide1_BCHW, painting.guide2_B3HW, target)
    painted, guide1, guide2, y = (tensor.numpy() for tensor in tensors)
    return painted, guide1, guide2, y


def test_eq3() -> None:
    painting, target = random_painting(guide1_channels=3)
    g_f, g_1, g_2, y = as_arrays(painting, target)
    literal = np.abs(y - g_f).mean() + 0.3 * np.abs(y - g_1).mean() + 0.9 * np.abs(y - g_2).mean()
    terms = l1_terms(painting, target, grey_guide=False)
    assert float(terms.total()) == pytest.approx(literal)


def test_eq4() -> None:
    painting, target = random_painting()
    g_f, g_1, g_2, y = as_arrays(painting, target)
    t = 0.299 * y[:, :1] + 0.587 * y[:, 1:2] + 0.114 * y[:, 2:]
    literal = np.abs(y - g_f).mean() + 0.3 * np.abs(t - g_1).mean() + 0.9 * np.abs(y - g_2).mean()
    assert float(l1_terms(painting, target).total()) == pytest.approx(literal)
    np.testing.assert_allclose(luma(target).numpy(), t, atol=1e-7)


def test_the_guide_must_have_the_channels_of_its_target() -> None:
    painting, target = random_painting()
    with pytest.raises(ValueError, match="guide 1 has 1 channels"):
        l1_terms(painting, target, grey_guide=False)


def vectors(seed: int = 0) -> tuple[Array, Array, Array]:
    """Logits on real, logits on painted, V."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(3, 7)), rng.normal(size=(3, 7)), rng.normal(size=(3, 7))


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def norm_literal(v: Array) -> Array:
    return 2 * sigmoid(np.maximum(v, 0)) - 1


def test_eq5_to_the_letter_and_eq7() -> None:
    real, painted, v = vectors()
    d_real, d_painted = sigmoid(real), sigmoid(painted)
    literal = np.log(d_real + (1 - norm_literal(v))).mean() + np.log(1 - d_painted).mean()
    value = gan_value(*(torch.from_numpy(array) for array in (d_real, d_painted, v)))
    assert float(value) == pytest.approx(literal)
    assert float(full_value(value, torch.tensor(0.25), 100.0)) == pytest.approx(literal + 25)


def test_eq5_to_the_letter_is_maximised_by_one_whatever_v_is() -> None:
    v = torch.from_numpy(vectors()[2])
    painted = torch.full_like(v, 0.5)
    ideal = gan_value(norm(v).clamp(1e-6, 1 - 1e-6), painted, v)
    assert gan_value(torch.ones_like(v), painted, v) > ideal


def unit_literal(logits: Array, label: Array, form: str) -> Array:
    d = sigmoid(logits)
    if form == "mse":
        return (d - label) ** 2
    return -(label * np.log(d) + (1 - label) * np.log(1 - d))


def reduce_literal(loss: Array, label: Array, split: bool) -> float:
    if not split:
        return float(loss.mean())
    return float((loss[label > 0].mean() + loss[label == 0].mean()) / 2)


@pytest.mark.parametrize("form", ["bce", "mse"])
@pytest.mark.parametrize("split", [False, True])
def test_usable_eq5(form: Form, split: bool) -> None:
    real, painted, v = vectors()
    label = norm_literal(v)
    config = ObjectiveConfig(form=form, split_units=split)
    tensors = [torch.from_numpy(array) for array in (real, painted, v)]
    literal = reduce_literal(unit_literal(real, label, form), label, split)
    literal += reduce_literal(unit_literal(painted, 0 * label, form), label, split)
    assert float(discriminator_loss(config, *tensors)) == pytest.approx(literal, abs=1e-6)

    painting, target = random_painting()
    loss = generator_loss(config, painting, target, tensors[1], tensors[2])
    literal = reduce_literal(unit_literal(painted, label, form), label, split)
    assert loss.adversarial is not None
    assert float(loss.adversarial) == pytest.approx(literal, abs=1e-6)
    l1 = float(l1_terms(painting, target).total())
    assert float(loss.total) == pytest.approx(literal + 100 * l1, abs=1e-5)


def test_split_mean_leaves_out_a_kind_that_does_not_occur() -> None:
    loss_BV = torch.tensor([[1.0, 3.0]])
    assert split_mean(loss_BV, torch.tensor([[True, True]])) == 2
    assert split_mean(loss_BV, torch.tensor([[False, False]])) == 2
    assert split_mean(torch.tensor([[1.0, 1.0, 4.0]]), torch.tensor([[False, False, True]])) == 2.5


def test_d_at_the_label_is_the_best_d() -> None:
    """What the text asks for and eq. 5 as printed misses: the real part rests at norm V(y)."""
    v_BV = torch.tensor([[-1.0, 0.5, 2.0]])
    logits_BV = torch.zeros(1, 3, requires_grad=True)
    with torch.no_grad():
        logits_BV.copy_(torch.logit(norm(v_BV), eps=1e-4))
    far_BV = torch.full_like(v_BV, -20.0)  # painted pictures, already recognised
    torch.autograd.backward(discriminator_loss(ObjectiveConfig(), logits_BV, far_BV, v_BV))
    assert logits_BV.grad is not None
    assert logits_BV.grad.abs().max() < 1e-3


def test_vanilla() -> None:
    real, painted, v = vectors()
    one_real, one_painted = torch.from_numpy(real[:, :1]), torch.from_numpy(painted[:, :1])
    config = ObjectiveConfig(guides=False, adversarial="vanilla")
    literal = -np.log(sigmoid(real[:, :1])).mean() - np.log(1 - sigmoid(painted[:, :1])).mean()
    value = discriminator_loss(config, one_real, one_painted, torch.from_numpy(v))
    assert float(value) == pytest.approx(literal, abs=1e-6)
    painting, target = random_painting()
    loss = generator_loss(config, painting, target, one_painted, torch.from_numpy(v))
    assert loss.adversarial is not None
    assert float(loss.adversarial) == pytest.approx(-np.log(sigmoid(painted[:, :1])).mean())
    assert loss.l1.guide1 is None
    with pytest.raises(ValueError, match="one logit"):
        discriminator_loss(config, *(torch.from_numpy(array) for array in (real, painted, v)))


def test_no_adversary() -> None:
    painting, target = random_painting()
    loss = generator_loss(ObjectiveConfig(adversarial="none"), painting, target)
    assert loss.adversarial is None
    assert float(loss.total) == pytest.approx(100 * float(l1_terms(painting, target).total()))


def test_what_is_missing_is_named() -> None:
    painting, target = random_painting()
    with pytest.raises(ValueError, match="D's logits"):
        generator_loss(ObjectiveConfig(), painting, target)
    with pytest.raises(ValueError, match="guides"):
        generator_loss(ObjectiveConfig(adversarial="none"), Painting(target, None, None), target)
    with pytest.raises(ValueError, match="adversarial"):
        ObjectiveConfig(adversarial="wgan")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="form"):
        ObjectiveConfig(form="log")  # type: ignore[arg-type]


def test_one_whole_step_moves_what_it_should() -> None:
    """Generator, guides and discriminator learn; the classifier stays as it is."""
    torch.manual_seed(0)
    generator, judge = PaperGenerator(TINY), Discriminator(6, (4, 8))
    classifier = VGGClassifier(16, widths=(2, 2, 2, 2, 2), hint_dim=6)
    before = {key: value.clone() for key, value in classifier.state_dict().items()}
    config = ObjectiveConfig()
    lines_B1HW, target_B3HW = torch.rand(2, 1, 16, 16), torch.rand(2, 3, 16, 16)
    vector_BV = classifier(target_B3HW) + torch.randn(2, 6)

    painting = generator(lines_B1HW, vector_BV)
    loss = discriminator_loss(
        config, judge(target_B3HW), judge(painting.painted_B3HW.detach()), vector_BV
    )
    torch.autograd.backward(loss)
    assert all(parameter.grad is None for parameter in generator.parameters())
    assert all(
        parameter.grad is not None and bool(parameter.grad.any())
        for name, parameter in judge.named_parameters()
        if not name.endswith("conv.bias")
    )

    logits_BV = judge(painting.painted_B3HW)
    torch.autograd.backward(
        generator_loss(config, painting, target_B3HW, logits_BV, vector_BV).total
    )
    for name, parameter in generator.named_parameters():
        assert parameter.grad is not None, name
        if not name.endswith("conv.bias"):
            assert parameter.grad.any(), name
    torch.testing.assert_close(classifier.state_dict(), before)


def test_a_little_training_brings_the_loss_down() -> None:
    torch.manual_seed(1)
    generator = PaperGenerator(TINY)
    optimiser = torch.optim.AdamW(generator.parameters(), 2e-3, (0.5, 0.999))
    lines_B1HW, target_B3HW = torch.rand(2, 1, 16, 16), torch.rand(2, 3, 1, 1).expand(2, 3, 16, 16)
    config, losses = ObjectiveConfig(adversarial="none"), []
    for _ in range(40):
        painting = generator(lines_B1HW, torch.tensor([[1.0] * 6, [-1.0] * 6]))
        total = generator_loss(config, painting, target_B3HW).total
        optimiser.zero_grad()
        torch.autograd.backward(total)
        optimiser.step()
        losses.append(float(total.detach()))
    assert losses[-1] < 0.6 * losses[0]
