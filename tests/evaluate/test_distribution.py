"""Fréchet and kernel distances against known answers; backbones on small and broken files."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from style2color.errors import ModelError, UsageError
from style2color.evaluate.metrics.backbones import (
    Lite0,
    Vgg16,
    load_lite0,
    load_vgg16,
    perceptual_distance,
)
from style2color.evaluate.metrics.distribution import frechet_distance, kernel_distance
from style2color.evaluate.metrics.inception import Inception, load_inception

from .pictures import drawing, noisy

DRAW = np.random.default_rng(3)


def test_frechet_distance_of_known_gaussians() -> None:
    # Whitened samples have exactly the mean and covariance they are given.
    sample = DRAW.normal(size=(500, 3))
    sample -= sample.mean(0)
    sample = sample @ np.linalg.inv(np.linalg.cholesky(np.cov(sample, rowvar=False))).T
    moved = sample * [2.0, 1.0, 0.5] + [3.0, 0.0, -4.0]
    expected = 25 + (2 - 1) ** 2 + (0.5 - 1) ** 2
    assert frechet_distance(sample, moved) == pytest.approx(expected, rel=1e-6)
    assert frechet_distance(sample, sample) == pytest.approx(0, abs=1e-9)


def test_frechet_distance_with_fewer_pictures_than_features() -> None:
    few = DRAW.normal(size=(10, 64))
    assert frechet_distance(few, few) == pytest.approx(0, abs=1e-6)
    assert frechet_distance(few, few + 1) == pytest.approx(64, rel=1e-6)


def test_kernel_distance_rises_with_the_shift_and_is_unbiased_at_home() -> None:
    sets = [DRAW.normal(size=(300, 16)) + shift for shift in (0, 0, 0.5, 2)]
    home, near, far = (kernel_distance(sets[0], other)[0] for other in sets[1:])
    assert abs(home) < 0.05 < near < far
    mean, deviation = kernel_distance(sets[0], sets[1], subset=50, rounds=10)
    assert abs(mean) < 0.2
    assert deviation > 0


@pytest.mark.parametrize("distance", [frechet_distance, kernel_distance])
def test_unusable_features_are_refused(distance) -> None:
    good = np.ones((3, 4))
    for bad in (good[:1], np.ones((3, 5)), np.ones(4)):
        with pytest.raises(UsageError, match="features"):
            distance(good, bad)
    with pytest.raises(UsageError, match="finite"):
        distance(good, good * np.nan)


def test_lite0_round_trip_and_classifier_ignored(tmp_path: Path) -> None:
    state = {**Lite0().state_dict(), "_fc.weight": torch.zeros(1000, 1280)}
    save_file({k: v.half() if v.is_floating_point() else v for k, v in state.items()},
              tmp_path / "lite.safetensors")  # fmt: skip
    features = load_lite0(tmp_path / "lite.safetensors").features(np.stack([drawing(64, 64)] * 2))
    assert features.shape == (2, 1280)
    np.testing.assert_allclose(features[0], features[1], rtol=1e-5)


def test_perceptual_distance_rises_with_the_change(tmp_path: Path) -> None:
    torch.manual_seed(0)
    save_file(Vgg16().trunk.state_dict(), tmp_path / "vgg.safetensors")
    vgg = load_vgg16(tmp_path / "vgg.safetensors")
    figure = drawing(64, 64)
    painted = np.stack([figure, noisy(figure, 5), noisy(figure, 60)])
    equal, near, far = perceptual_distance(vgg, painted, np.stack([figure] * 3))
    assert equal == 0
    assert 0 < near < far
    assert vgg.features(painted).shape == (3, 512)


def test_weights_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no weights"):
        load_vgg16(tmp_path / "none.safetensors")
    (tmp_path / "torn.safetensors").write_bytes(b"torn")
    with pytest.raises(ModelError, match="not a readable"):
        load_lite0(tmp_path / "torn.safetensors")
    save_file({"0.weight": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(ModelError, match="does not fit"):
        load_vgg16(tmp_path / "other.safetensors")


def test_only_the_standard_inception_is_called_fid(tmp_path: Path) -> None:
    path = tmp_path / "inception.pth"
    with pytest.raises(ModelError, match="no Inception"):
        load_inception(path)
    torch.save({**Inception().state_dict(), "fc.bias": torch.zeros(1008)}, path)
    with pytest.raises(ModelError, match="must not be called FID"):
        load_inception(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    net = load_inception(path, sha256=digest)
    assert net.name == "fid"
    assert net.features(drawing(40, 50)).shape == (1, 2048)
    torch.save([1, 2], path)
    with pytest.raises(ModelError, match="does not hold"):
        load_inception(path, sha256=hashlib.sha256(path.read_bytes()).hexdigest())
