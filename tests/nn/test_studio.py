"""The studio network: sizes, gradients everywhere, and what pointing to a palette promises."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import Tensor  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from style2color.data.classes import CLASSES  # noqa: E402
from style2color.nn.sizes import (  # noqa: E402
    GEOMETRY,
    IRIS,
    KINDS,
    PLACES,
    SEMANTIC,
    StudioConfig,
)
from style2color.nn.studio import StudioNet  # noqa: E402

SMALL = StudioConfig(
    widths=(8, 8, 8, 8),
    right_widths=(8, 8, 8),
    reference_widths=(8, 8, 8, 8),
    pooled_dim=16,
    token_dim=16,
    style_dim=8,
    query_dim=8,
    feature_dim=8,
    heads=2,
)
BATCH, ENTRIES, REGIONS = 2, 5, 3


@pytest.fixture
def net() -> StudioNet:
    """Fresh weights, with what starts at zero moved away from it."""
    torch.manual_seed(0)
    made = StudioNet(SMALL)
    with torch.no_grad():
        for parameter in made.parameters():
            if not parameter.any():
                parameter.normal_(0, 0.1)
    return made


def inputs(height: int = 32, width: int = 32) -> dict[str, Tensor]:
    """Random inputs; the last entry is absent."""
    random = torch.Generator().manual_seed(1)

    def noise(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=random)

    present = torch.ones(BATCH, ENTRIES)
    present[:, -1] = 0
    kinds = torch.arange(ENTRIES).expand(BATCH, -1) % KINDS
    return {
        "reference": noise(BATCH, 3, 256, 256),
        "assignment": noise(BATCH, ENTRIES, 32, 32).softmax(1),
        "lines": noise(BATCH, 1, height, width),
        "hints": noise(BATCH, 4, height, width),
        "palette": noise(BATCH, ENTRIES, 3),
        "kind": F.one_hot(kinds, KINDS).float(),
        "moments": noise(BATCH, ENTRIES, 5),
        "present": present,
        "pooled_regions": noise(BATCH, REGIONS, SMALL.feature_dim),
        "geometry": noise(BATCH, REGIONS, GEOMETRY),
        "region_present": torch.ones(BATCH, REGIONS),
        "placed": noise(BATCH, REGIONS, PLACES, ENTRIES),
    }


def paint(net: StudioNet, given: dict[str, Tensor]) -> dict[str, Tensor]:
    """All outputs of the three parts by name."""
    pooled, style, memory, of_reference, here, around = net.reference(
        given["reference"], given["assignment"]
    )
    page = ("lines", "hints", "palette", "kind", "moments", "present")
    logits, dark, lit, features, tokens, before, after, of_pixels = net.painter(
        *(given[name] for name in page), pooled, style, memory
    )
    region = ("pooled_regions", "geometry", "region_present", "placed")
    region_logits, of_regions, of_entries = net.regions(
        *(given[name] for name in region), tokens, given["present"]
    )
    return {
        "pooled": pooled,
        "style": style,
        "memory": memory,
        "logits": logits,
        "dark": dark,
        "lit": lit,
        "features": features,
        "tokens": tokens,
        "before": before,
        "after": after,
        "region_logits": region_logits,
        "of_reference": of_reference,
        "of_pixels": of_pixels,
        "of_regions": of_regions,
        "of_entries": of_entries,
        "cells": torch.cat((here, around), 1),
    }


@pytest.mark.parametrize(("height", "width"), [(16, 16), (48, 80), (112, 16)])
def test_any_multiple_of_sixteen_is_painted(net: StudioNet, height: int, width: int) -> None:
    out = paint(net, inputs(height, width))
    half = (height // 2, width // 2)
    shapes = {
        "pooled": (BATCH, ENTRIES, SMALL.entry_dim),
        "style": (BATCH, SMALL.style_dim),
        "memory": (BATCH, 64, SMALL.token_dim),
        "logits": (BATCH, ENTRIES, *half),
        "dark": (BATCH, 1, *half),
        "lit": (BATCH, 1, *half),
        "features": (BATCH, SMALL.feature_dim, *half),
        "tokens": (BATCH, ENTRIES, SMALL.word_dim),
        "before": (BATCH, 16, height // 16, width // 16),
        "after": (BATCH, 16, height // 16, width // 16),
        "region_logits": (BATCH, REGIONS, ENTRIES),
        "of_reference": (BATCH, SEMANTIC, 64, 64),
        "of_pixels": (BATCH, SEMANTIC, *half),
        "of_regions": (BATCH, REGIONS, SEMANTIC),
        "of_entries": (BATCH, ENTRIES, SEMANTIC),
        "cells": (BATCH, SMALL.cell_dim, 32, 32),
    }
    assert {name: tuple(value.shape) for name, value in out.items()} == shapes
    assert all(value.isfinite().all() for value in out.values())
    light, shade = net.painter.light(out["lit"]), net.painter.shade(out["dark"])
    for share in (shade, light):
        assert 0 <= share.min() <= share.max() <= 1
    assert (light[out["lit"] <= 0] == 0).all()
    assert (shade[out["dark"] <= 0] == 1).all()
    assert net.painter.guide1(out["before"]).shape == (BATCH, 1, height // 4, width // 4)
    assert net.painter.guide2(out["after"]).shape == (BATCH, 8, height // 4, width // 4)


def test_every_weight_learns(net: StudioNet) -> None:
    given = inputs()
    out = paint(net, given)
    guided = net.painter.point(
        net.painter.guide2(out["after"]), out["tokens"][..., :-SEMANTIC], given["present"]
    ).softmax(1)
    parts = (
        out["logits"].softmax(1)[:, 0],
        net.painter.shade(out["dark"] + 1),
        net.painter.light(out["lit"] + 1),
        out["of_reference"].softmax(1)[:, 0],
        out["of_pixels"].softmax(1)[:, 0],
        out["of_regions"].softmax(-1)[..., 0],
        out["of_entries"].softmax(-1)[..., 0],
        out["region_logits"].softmax(-1)[..., 0],
        net.painter.guide1(out["before"]),
        guided[:, 0],
    )
    random = torch.Generator().manual_seed(2)
    loss = sum((part * torch.rand(part.shape, generator=random)).sum() for part in parts)
    loss.backward()
    for name, parameter in net.named_parameters():
        # A constant added to all keys, or to all scores of a pixel, cancels in the softmax.
        if name.endswith(("key_value.bias", "to_prior.bias", "to_key.bias")):
            continue
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_absent_entries_get_no_probability(net: StudioNet) -> None:
    out = paint(net, inputs())
    assert (out["logits"].softmax(1)[:, -1] == 0).all()
    assert (out["region_logits"].softmax(-1)[..., -1] == 0).all()


def test_absent_entries_change_nothing(net: StudioNet) -> None:
    given = inputs()
    changed = {name: value.clone() for name, value in given.items()}
    changed["palette"][:, -1] = 0.9
    changed["moments"][:, -1] = 0.1
    changed["kind"][:, -1] = changed["kind"][:, 0]
    with torch.no_grad():
        one, other = paint(net, given), paint(net, changed)
    torch.testing.assert_close(one["logits"][:, :-1], other["logits"][:, :-1])
    torch.testing.assert_close(one["dark"], other["dark"])


def test_the_order_of_the_palette_does_not_matter(net: StudioNet) -> None:
    given = inputs()
    order = torch.tensor([3, 0, 4, 2, 1])
    turned = dict(given)
    for name in ("assignment", "palette", "kind", "moments", "present"):
        turned[name] = given[name][:, order]
    turned["placed"] = given["placed"][..., order]
    with torch.no_grad():
        one, other = paint(net, given), paint(net, turned)
    for name in ("logits", "pooled", "tokens"):
        torch.testing.assert_close(one[name][:, order], other[name], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(
        one["region_logits"][..., order], other["region_logits"], atol=1e-4, rtol=1e-4
    )
    for name in ("dark", "lit", "features"):
        torch.testing.assert_close(one[name], other[name], atol=1e-4, rtol=1e-4)


def test_the_flat_colour_is_a_mixture_of_the_palette(net: StudioNet) -> None:
    given = inputs(48, 32)
    share = paint(net, given)["logits"].softmax(1)
    assert (share >= 0).all()
    torch.testing.assert_close(share.sum(1), torch.ones_like(share[:, 0]))
    flat = torch.einsum("bkhw,bkc->bchw", share, given["palette"])
    there = given["palette"][:, :-1]
    low, high = there.amin(1)[..., None, None], there.amax(1)[..., None, None]
    assert (flat >= low - 1e-6).all()
    assert (flat <= high + 1e-6).all()


def test_samples_of_a_batch_do_not_touch(net: StudioNet) -> None:
    given = inputs()
    with torch.no_grad():
        both = paint(net, given)
        alone = paint(net, {name: value[1:] for name, value in given.items()})
    for name, value in alone.items():
        torch.testing.assert_close(value, both[name][1:], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", ["reference", "palette", "lines", "hints"])
def test_every_input_changes_the_picture(net: StudioNet, name: str) -> None:
    given = inputs()
    with torch.no_grad():
        one = paint(net, given)
        other = paint(net, {**given, name: given[name].flip(-1)})
    assert (one["logits"] - other["logits"]).abs()[:, :-1].max() > 1e-4


def test_the_heads_know_every_class_of_the_atelier() -> None:
    assert len(CLASSES) == SEMANTIC
    assert CLASSES[IRIS] == "iris"


@pytest.mark.parametrize(("taken_for", "trust"), [("iris", 1.5), ("hair", 0.0)])
def test_an_iris_takes_what_the_reference_has_for_irises(
    net: StudioNet, taken_for: str, trust: float
) -> None:
    given, head = inputs(), net.regions
    with torch.no_grad():
        for layer in (head.region_class, head.to_query, head.to_trust):
            layer.weight.zero_()
        head.to_query.bias.zero_()
        head.region_class.bias[CLASSES.index(taken_for)] = 50.0
        # Nothing else speaks.
        for layer in (head.to_agreement, head.to_kinship, head.to_trust):
            layer.weight.zero_()
            layer.bias.fill_(-50.0)
        out = paint(net, given)
        chance = out["of_entries"].softmax(-1)[:, None, :-1, IRIS]
        expected = (trust * torch.log(chance + 0.02)).expand(-1, REGIONS, -1)
        torch.testing.assert_close(out["region_logits"][..., :-1], expected)


def test_entries_cover_the_reference_as_its_classes(net: StudioNet) -> None:
    given = inputs()
    with torch.no_grad():
        out = paint(net, given)
    covered = out["pooled"][..., SMALL.pooled_dim :].numpy()
    classes = out["of_reference"].softmax(1).reshape(BATCH, SEMANTIC, 32, 2, 32, 2).mean((3, 5))
    expected = np.einsum("bkhw,bchw->bkc", given["assignment"], classes) / 32**2
    np.testing.assert_allclose(covered, expected, atol=1e-5)
    np.testing.assert_allclose(covered.sum((1, 2)), 1, atol=1e-4)
    assert (out["tokens"][..., SMALL.token_dim :].numpy() == covered).all()


def test_weights_from_before_the_context_paint_as_they_did() -> None:
    torch.manual_seed(0)
    fresh = StudioNet(SMALL).reference
    given = inputs()
    with torch.no_grad():
        before = fresh(given["reference"], given["assignment"])
        for parameter in fresh.context.parameters():
            parameter.normal_()
        after = fresh(given["reference"], given["assignment"])
    # But for the context itself, the last.
    for one, other in zip(before[:-1], after[:-1], strict=True):
        torch.testing.assert_close(one, other)
