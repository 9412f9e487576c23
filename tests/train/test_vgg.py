"""VGG loading in both layouts and both formats, errors that name the file, statistics."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from style2color.errors import ModelError
from style2color.evaluate.metrics.backbones import VGG16_FILE
from style2color.nn.classifier import Depth, VGGClassifier, active_fraction
from style2color.train import vgg as module
from style2color.train.vgg import STANDARD_WEIGHTS, StandardWeights, download_vgg, load_vgg

WIDTHS = (2, 2, 3, 3, 4)
HINT = 6
TRUNK = Path(__file__).parents[3] / "shared/weights" / VGG16_FILE
PER_STAGE: dict[Depth, tuple[int, ...]] = {16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}


def tiny_tensors(depth: Depth = 16, prefix: str = "features.") -> dict[str, Tensor]:
    """Weights in the standard order, written down independently of the code under test."""
    rng = torch.Generator().manual_seed(depth)
    tensors: dict[str, Tensor] = {}
    index, channels = 0, 3
    for count, width in zip(PER_STAGE[depth], WIDTHS, strict=True):
        for _ in range(count):
            gain = math.sqrt(2 / (9 * channels))
            weight = torch.randn(width, channels, 3, 3, generator=rng) * gain
            tensors[f"{prefix}{index}.weight"] = weight
            tensors[f"{prefix}{index}.bias"] = torch.randn(width, generator=rng) * 0.1
            index, channels = index + 2, width
        index += 1
    if prefix:
        cells = WIDTHS[-1] * 49
        tensors["classifier.0.weight"] = torch.randn(HINT, cells, generator=rng) / cells**0.5
        tensors["classifier.0.bias"] = torch.randn(HINT, generator=rng)
        tensors["classifier.6.weight"] = torch.randn(10, HINT, generator=rng)  # not ours to use
    return tensors


def forward_literal(tensors: dict[str, Tensor], picture_B3HW: Tensor, depth: Depth) -> Tensor:
    """The standard VGG up to fc1, on a picture that is 224x224 already."""
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    x = (picture_B3HW - mean[:, None, None]) / std[:, None, None]
    index = 0
    for count in PER_STAGE[depth]:
        for _ in range(count):
            weight, bias = (tensors[f"features.{index}.{kind}"] for kind in ("weight", "bias"))
            x = nn.functional.conv2d(x, weight, bias, padding=1).relu()
            index += 2
        x = nn.functional.max_pool2d(x, 2)
        index += 1
    return x.flatten(1) @ tensors["classifier.0.weight"].T + tensors["classifier.0.bias"]


@pytest.mark.parametrize("depth", [16, 19])
@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
def test_standard_layout(tmp_path: Path, depth: Depth, suffix: str) -> None:
    tensors = tiny_tensors(depth)
    path = tmp_path / f"vgg{suffix}"
    if suffix == ".pth":
        torch.save(tensors, path)
    else:
        save_file(tensors, path)
    network = load_vgg(path)
    picture_B3HW = torch.rand(2, 3, 224, 224)
    vector_BV = network(picture_B3HW)
    assert vector_BV.shape == (2, HINT)
    torch.testing.assert_close(vector_BV, forward_literal(tensors, picture_B3HW, depth))
    assert vector_BV.min() < 0  # no ReLU
    assert network(torch.rand(1, 3, 40, 61)).shape == (1, HINT)


def test_trunk_layout_takes_bgr_and_projects_pool5(tmp_path: Path) -> None:
    tensors = {key: value.half() for key, value in tiny_tensors(16, "").items()}
    path = tmp_path / "trunk.safetensors"
    save_file(tensors, path)
    network = load_vgg(path, hint_dim=20, seed=7)

    seen: list[Tensor] = []
    network.features.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    red_B3HW = torch.tensor([1.0, 0.5, 0.0])[None, :, None, None].expand(1, 3, 224, 224)
    vector_BV = network(red_B3HW)
    caffe = torch.tensor([0 - 103.939, 127.5 - 116.779, 255 - 123.68])
    torch.testing.assert_close(seen[0][0, :, 5, 5], caffe, atol=1e-3, rtol=1e-4)
    assert vector_BV.shape == (1, 20)

    again = load_vgg(path, hint_dim=20, seed=7)
    other = load_vgg(path, hint_dim=20, seed=8)
    torch.testing.assert_close(again(red_B3HW), vector_BV)
    assert (other(red_B3HW) - vector_BV).abs().max() > 1e-3
    signs = network.projection_VP * network.projection_VP.shape[1] ** 0.5
    assert set(signs.round(decimals=5).unique().tolist()) == {-1.0, 1.0}
    assert "projection_VP" not in network.state_dict()


def test_a_trunk_may_look_at_smaller_pictures_and_fc1_may_not(tmp_path: Path) -> None:
    trunk, whole = tmp_path / "trunk.safetensors", tmp_path / "whole.safetensors"
    save_file(tiny_tensors(16, ""), trunk)
    save_file(tiny_tensors(), whole)
    network = load_vgg(trunk, hint_dim=20, side=96)
    picture_B3HW = torch.rand(2, 3, 96, 96)
    bgr = (picture_B3HW - network.input_mean_3[:, None, None]).flip(1) * 255
    # pool5 of 96 pixels has the three cells a side that the projection takes.
    pool5_BP = network.features(bgr).flatten(1)
    assert pool5_BP.shape == (2, WIDTHS[-1] * 9)
    projected_BV = pool5_BP @ network.projection_VP.T
    torch.testing.assert_close(network(picture_B3HW), projected_BV, rtol=1e-4, atol=1e-3)
    with pytest.raises(ModelError, match=r"whole\.safetensors: fc1"):
        load_vgg(whole, side=96)
    for side in (64, 100):
        with pytest.raises(ValueError, match="multiple of 32 from 96"):
            load_vgg(trunk, side=side)


@pytest.mark.skipif(not TRUNK.is_file(), reason="the trunk of VGG16 is not at hand")
def test_the_real_trunk_tells_pictures_apart_and_always_answers_alike() -> None:
    rng = np.random.default_rng(0)
    noise = torch.from_numpy(rng.random((1, 3, 24, 24), np.float32))
    red = torch.tensor([1.0, 0.1, 0.1])[None, :, None, None]
    pictures = torch.cat((noise, noise * 0.98 + 0.01, noise * 0.2 + 0.8 * red))
    vectors_BV = load_vgg(TRUNK, side=96)(pictures)
    assert vectors_BV.shape == (3, 4096)
    assert 0.3 < active_fraction(vectors_BV) < 0.7  # signed, without ReLU
    torch.testing.assert_close(load_vgg(TRUNK, side=96)(pictures), vectors_BV)
    near, far = (vectors_BV[1:] - vectors_BV[0]).norm(dim=1)
    assert 5 * near < far


def test_the_projection_is_the_same_in_every_release() -> None:
    network = VGGClassifier(16, widths=WIDTHS, hint_dim=8, head="projection", seed=0)
    bits = "".join("1" if value > 0 else "0" for value in network.projection_VP.flatten()[:32])
    assert bits == "01011111100000101100001011011001"


def test_frozen_in_every_way(tmp_path: Path) -> None:
    path = tmp_path / "vgg.safetensors"
    save_file(tiny_tensors(), path)
    network = load_vgg(path).train()
    assert not network.training
    assert not any(parameter.requires_grad for parameter in network.parameters())
    picture_B3HW = torch.rand(1, 3, 32, 32, requires_grad=True)
    assert not network(picture_B3HW).requires_grad


def test_sha256_given_or_in_the_name(tmp_path: Path) -> None:
    path = tmp_path / "vgg.safetensors"
    save_file(tiny_tensors(), path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    load_vgg(path, sha256=digest)
    load_vgg(path, sha256=digest[:8].upper())
    with pytest.raises(ModelError, match=r"vgg\.safetensors.*sha256"):
        load_vgg(path, sha256="0" * 64)

    right = path.rename(tmp_path / f"vgg16-{digest[:8]}.safetensors")
    load_vgg(right)
    wrong = right.rename(tmp_path / "vgg16-397923af.safetensors")
    with pytest.raises(ModelError, match="397923af"):
        load_vgg(wrong)


def without(key: str) -> dict[str, Tensor]:
    tensors = tiny_tensors()
    del tensors[key]
    return tensors


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        (without("features.0.weight"), "12 convolutions"),
        (without("features.5.bias"), r"features\.5\.bias"),
        (without("classifier.0.weight"), r"classifier\.0\.weight"),
        (tiny_tensors() | {"classifier.0.weight": torch.zeros(HINT, 5)}, "fc.weight"),
        (tiny_tensors() | {"features.2.weight": torch.zeros(2, 9, 3, 3)}, r"features\.2\.weight"),
        ({"weight": torch.zeros(2)}, "neither a VGG .* 0 convolutions"),
    ],
    ids=["conv", "bias", "fc", "fc-shape", "conv-shape", "foreign"],
)
def test_wrong_keys_and_shapes(tmp_path: Path, tensors: dict[str, Tensor], message: str) -> None:
    path = tmp_path / "odd.safetensors"
    save_file(tensors, path)
    with pytest.raises(ModelError, match=message) as caught:
        load_vgg(path)
    assert str(path) in str(caught.value)


class Unpickled:
    """Something only a full unpickler would build."""


@pytest.mark.parametrize("name", ["missing.pth", "junk.pth", "junk.safetensors", "empty.pth"])
def test_unreadable_files(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if not name.startswith("missing"):
        path.write_bytes(b"" if name.startswith("empty") else b"these are no weights")
    with pytest.raises(ModelError, match=name):
        load_vgg(path)


@pytest.mark.parametrize("content", [Unpickled(), [1, 2], {"features.0.weight": 3}])
def test_no_code_is_unpickled_and_only_tensors_pass(tmp_path: Path, content: object) -> None:
    path = tmp_path / "code.pth"
    torch.save(content, path)
    with pytest.raises(ModelError, match=r"code\.pth"):
        load_vgg(path)


def test_fit_standardises_every_unit() -> None:
    torch.manual_seed(0)
    network = VGGClassifier(16, widths=WIDTHS, hint_dim=HINT)
    assert network.fc is not None
    nn.init.zeros_(network.fc.weight[0])  # a unit that never varies
    batches = [torch.rand(count, 3, 32, 32) for count in (3, 4, 1)]
    assert network.fit(batches) == 8
    raw = np.concatenate([network.raw(batch).numpy() for batch in batches])
    np.testing.assert_allclose(network.hint_mean_V.numpy(), raw.mean(0), atol=1e-5)
    np.testing.assert_allclose(network.hint_std_V[1:].numpy(), raw.std(0)[1:], rtol=1e-3)
    assert network.hint_std_V[0] == 1
    vectors_BV = torch.cat([network(batch) for batch in batches])
    assert vectors_BV.mean(0).abs().max() < 1e-3
    torch.testing.assert_close(
        vectors_BV[:, 1:].std(0, correction=0), torch.ones(HINT - 1), atol=1e-2, rtol=0
    )
    fresh = VGGClassifier(16, widths=WIDTHS, hint_dim=HINT)
    fresh.load_state_dict(network.state_dict())
    torch.testing.assert_close(fresh(batches[0]), vectors_BV[:3])


def test_fit_needs_two_pictures() -> None:
    with pytest.raises(ValueError, match="two pictures"):
        VGGClassifier(16, widths=WIDTHS, hint_dim=HINT).fit([torch.rand(1, 3, 8, 8)])


def test_active_fraction() -> None:
    assert active_fraction(torch.tensor([[1.0, -1.0, 0.0, 2.0]])) == 0.5


def test_download_checks_the_digits_in_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "there.pth"
    torch.save(tiny_tensors(), source)
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    served = source.rename(tmp_path / f"vgg16-{digest[:8]}.pth")
    damaged = tmp_path / "vgg19-00000000.pth"
    damaged.write_bytes(served.read_bytes())
    monkeypatch.setattr(
        module,
        "STANDARD_WEIGHTS",
        {16: StandardWeights(served.as_uri()), 19: StandardWeights(damaged.as_uri())},
    )
    cache = tmp_path / "cache"
    path = download_vgg(16, cache)
    assert path == download_vgg(16, cache) == cache / served.name
    assert load_vgg(path).hint_dim == HINT
    with pytest.raises(ModelError, match="vgg19-00000000"):
        download_vgg(19, cache)
    assert [entry.name for entry in cache.iterdir()] == [served.name]


def test_the_standard_names_carry_their_digits() -> None:
    assert STANDARD_WEIGHTS[16].name == "vgg16-397923af.pth"
    assert STANDARD_WEIGHTS[19].name == "vgg19-dcbb9e9d.pth"
