"""The refiner: the order of regions and entries, and what is padded, change nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from style2color.nn.refiner import SHARPNESS, Refiner  # noqa: E402
from style2color.painting import voting  # noqa: E402
from style2color.train.refiner import INPUTS, graph  # noqa: E402

REGION_AXES = {"votes": 1, "placed": 1, "looks": 1, "area": 1, "region_present": 1}
ENTRY_AXES = {"votes": 2, "placed": 3, "entries": 1, "twin_entries": 2, "present": 1}
TWIN_AXES = {"twins": 1, "twin_entries": 1, "twin_area": 1}


@pytest.fixture(scope="module")
def network() -> Iterator[Refiner]:
    """One whose last layers are not zero, as they are at first."""
    torch.manual_seed(3)
    network = Refiner()
    for out in network.outs:
        torch.nn.init.normal_(out.weight)
    with torch.inference_mode():
        yield network.eval()


@pytest.fixture(scope="module")
def inputs(network: Refiner) -> dict[str, torch.Tensor]:
    made = dict(graph(network).inputs)
    made["touching"] = made["touching"] + made["touching"].transpose(1, 2)
    made["region_present"] = torch.ones_like(made["region_present"])
    made["present"] = torch.ones_like(made["present"])
    made["area"] = 100 * made["area"] + 1
    return made


def test_regions_choose_as_sharply_as_they_vote() -> None:
    assert SHARPNESS == voting.SHARPNESS


def test_it_begins_with_the_votes_as_they_are(inputs: dict[str, torch.Tensor]) -> None:
    change = Refiner()(*(inputs[name] for name in INPUTS))
    assert change.shape == inputs["votes"].shape[:3]
    assert not change.any()


def test_boldness_makes_all_votes_surer(network: Refiner, inputs: dict[str, torch.Tensor]) -> None:
    listed = [inputs[name] for name in INPUTS]
    bold = Refiner()
    bold.load_state_dict(network.state_dict())
    bold.boldness.fill_(1.5)
    whole = inputs["votes"].sum(-1)
    torch.testing.assert_close(
        whole + bold(*listed), 1.5 * (whole + network(*listed)), rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("what", ["regions", "entries", "twins"])
def test_it_does_not_ask_for_an_order(
    network: Refiner, inputs: dict[str, torch.Tensor], what: str
) -> None:
    axes = {"regions": REGION_AXES, "entries": ENTRY_AXES, "twins": TWIN_AXES}[what]
    some, axis = next(iter(axes.items()))
    order = torch.randperm(inputs[some].shape[axis], generator=torch.Generator().manual_seed(1))
    turned = {n: v.index_select(axes[n], order) if n in axes else v for n, v in inputs.items()}
    if what == "regions":
        turned["touching"] = inputs["touching"][:, order][:, :, order]
    before = network(*(inputs[name] for name in INPUTS))
    after = network(*(turned[name] for name in INPUTS))
    if what != "twins":
        before = before.index_select(axes["votes"], order)
    torch.testing.assert_close(after, before, rtol=1e-3, atol=1e-3)


def test_what_is_not_there_changes_nothing(
    network: Refiner, inputs: dict[str, torch.Tensor]
) -> None:
    """A batch is as long as its longest page: three regions, two entries and a twin of nothing."""
    from torch.nn.functional import pad

    padded = {}
    for name, values in inputs.items():
        sides = [0] * values.dim()
        for axes, more in ((REGION_AXES, 3), (ENTRY_AXES, 2), (TWIN_AXES, 1)):
            if name in axes:
                sides[axes[name]] = more
        if name == "touching":
            sides[1] = sides[2] = 3
        padded[name] = pad(values, [n for side in reversed(sides) for n in (0, side)])
    before = network(*(inputs[name] for name in INPUTS))
    after = network(*(padded[name] for name in INPUTS))
    regions, entries = before.shape[1:]
    torch.testing.assert_close(after[:, :regions, :entries], before, rtol=1e-3, atol=1e-3)


def test_likeness_to_regions_of_the_reference_is_literal_attention(network: Refiner) -> None:
    rng = np.random.default_rng(0)
    looks, twins = (rng.normal(size=(n, network.looked)).astype(np.float32) for n in (3, 4))
    entries = rng.dirichlet(np.ones(5), 4).astype(np.float32)
    area = np.array([1, 50, 9, 200], np.float32)
    asked = [torch.from_numpy(x)[None] for x in (looks, twins, entries, area)]
    found = network.twin(*asked)[0].numpy()
    twin = network.twin
    query, key = (
        linear(twin.embed(x))[0].numpy()
        for linear, x in ((twin.query, asked[0]), (twin.key, asked[1]))
    )
    for head in range(twin.heads):
        part = slice(head * twin.size, (head + 1) * twin.size)
        fit = query[:, part] @ key[:, part].T / np.sqrt(twin.size) + np.log(area) / 2
        share = np.exp(fit - fit.max(1, keepdims=True))
        share /= share.sum(1, keepdims=True)
        np.testing.assert_allclose(found[..., head], share @ entries, rtol=1e-4, atol=1e-6)
