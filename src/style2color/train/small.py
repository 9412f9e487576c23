"""Training and export of the tiny networks: a step is a function of its number, so runs resume."""

from __future__ import annotations

import pickle
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from style2color.errors import TrainingError
from style2color.files import atomic_write
from style2color.nn.small import SmallUNet

_Net = TypeVar("_Net", bound=nn.Module)
Batch = tuple[Tensor, Tensor]
_Batch = TypeVar("_Batch")
_States = dict[str, nn.Module | torch.optim.Optimizer | torch.optim.lr_scheduler.LRScheduler]


@dataclass(frozen=True)
class Fitting:
    """What every training of a tiny network has.

    `steps` of `batch` samples; `rate` is the learning rate at its peak; `save_every` steps between
    checkpoints. `init` is the checkpoint of another run, or a shipped graph (.onnx), whose network
    this one goes on with.
    """

    steps: int = 3000
    batch: int = 12
    rate: float = 4e-3
    seed: int = 1
    save_every: int = 250
    init: str = ""


def fit(
    network: _Net,
    batch_of: Callable[[int], _Batch],
    loss_of: Callable[[_Net, _Batch], Tensor],
    options: Fitting,
    checkpoint: Path,
) -> _Net:
    """Train from the last checkpoint, or from the start; returns the network in eval.

    Raises:
        TrainingError: a loss that is not finite, a checkpoint of other options, or an `init` of
            another network.
    """
    if options.init.endswith(".onnx"):
        start_from_graph(network, Path(options.init), batch_of(0))
    elif options.init:
        _start_from(network, Path(options.init))
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(network.parameters(), lr=options.rate, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, options.rate, options.steps, pct_start=0.1
    )
    states: _States = {"network": network, "optimizer": optimizer, "schedule": schedule}
    first = _resume(checkpoint, options, states)
    started, average = time.monotonic(), 0.0
    for step, batch in _ahead(batch_of, range(first, options.steps)):
        network.train()
        loss = loss_of(network, batch)
        if not torch.isfinite(loss):
            raise TrainingError(f"the loss is {loss.item()} at step {step}: lower the rate")
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        average = loss.item() if average == 0 else 0.98 * average + 0.02 * loss.item()
        _progress(step + 1, options.steps, average, time.monotonic() - started)
        if (step + 1) % options.save_every == 0 or step + 1 == options.steps:
            saved = {name: part.state_dict() for name, part in states.items()}
            with atomic_write(checkpoint) as stream:
                torch.save({"options": asdict(options), "step": step + 1, **saved}, stream)
    return network.eval()


def _start_from(network: nn.Module, checkpoint: Path) -> None:
    """Give a network the weights of another run. Raises TrainingError where they do not fit."""
    try:
        saved = torch.load(checkpoint, weights_only=True)["network"]
        # What a larger network has beside those layers begins anew.
        network.load_state_dict(saved and network.state_dict() | saved)
    except OSError as error:
        raise TrainingError(f"init: cannot read {checkpoint}: {error.strerror}") from error
    except (KeyError, RuntimeError, pickle.UnpicklingError) as error:
        raise TrainingError(f"init: {checkpoint} is of another network: {error}") from error


def start_from_graph(network: nn.Module, path: Path, batch: object) -> None:
    """Give a `SmallUNet` the weights of a graph that `export_small` wrote.

    There BatchNorm is folded into the convolutions; here it is set to undo itself on `batch`, whose
    first tensor is (B, C, H, W), so that training begins at the function that was shipped.

    Raises TrainingError where the file is no graph, or one of another network.
    """
    from style2color.train.imported import open_graph

    _, constants = open_graph(path)
    if not (isinstance(network, SmallUNet) and isinstance(batch, tuple)):
        raise TrainingError(f"init: {path} is a graph; go on from a checkpoint (.pt) instead")
    modules = dict(network.named_modules())
    for name, layer in modules.items():
        if not isinstance(layer, nn.Conv2d):
            continue
        weight = constants.get(f"{name}.weight")
        bias = constants.get(f"{name}.bias", constants.get(f"{name}.weight_bias"))
        if name != "stem.0" and weight is None:
            continue  # what a larger network has beside it begins anew
        if weight is None or weight.shape != tuple(layer.weight.shape):
            raise TrainingError(f"init: {path} is of another network: {name}")
        bias = np.zeros(len(weight), np.float32) if bias is None else bias
        layer.weight.data.copy_(torch.from_numpy(weight.copy()))
        norm = modules.get(f"{name[:-1]}1")
        if isinstance(norm, nn.BatchNorm2d):
            norm.bias.data.copy_(torch.from_numpy(bias.copy()))
        elif layer.bias is not None:
            layer.bias.data.copy_(torch.from_numpy(bias.copy()))
    norms = [norm for norm in modules.values() if isinstance(norm, nn.BatchNorm2d)]
    hooks = [norm.register_forward_pre_hook(_undone) for norm in norms]
    with torch.inference_mode():
        network.eval().logits(batch[0])
    for hook in hooks:
        hook.remove()


def _undone(norm: nn.Module, given: tuple[Tensor]) -> None:
    """Scale and shift by what BatchNorm takes away, beside the shift that it has."""
    assert isinstance(norm, nn.BatchNorm2d)
    variance, mean = torch.var_mean(given[0], (0, 2, 3), correction=0)
    norm.weight.data.copy_((variance + norm.eps).sqrt())
    norm.bias.data.add_(mean)
    for name, value in (("running_mean", mean), ("running_var", variance)):
        norm.get_buffer(name).copy_(value)


def _ahead(batch_of: Callable[[int], _Batch], steps: range) -> Iterator[tuple[int, _Batch]]:
    """Every step with its batch, which is made while the one before is learned from."""
    with ThreadPoolExecutor(1) as pool:
        coming = [pool.submit(batch_of, step) for step in steps[:1]]
        for step in steps:
            batch = coming.pop().result()
            if step + 1 in steps:
                coming.append(pool.submit(batch_of, step + 1))
            yield step, batch


def _resume(checkpoint: Path, options: Fitting, states: _States) -> int:
    if not checkpoint.exists():
        return 0
    saved = torch.load(checkpoint, weights_only=True)
    if saved["options"] != asdict(options):
        raise TrainingError(f"{checkpoint} was trained with other options: choose another --out")
    for name, part in states.items():
        part.load_state_dict(saved[name])
    return int(saved["step"])


def _progress(step: int, steps: int, loss: float, seconds: float) -> None:
    terminal = sys.stderr.isatty()
    if terminal or step % 100 == 0 or step == steps:
        end = "\r" if terminal and step < steps else "\n"
        line = f"step {step}/{steps}  loss {loss:.4f}  {seconds / 60:.1f} min"
        print(line, end=end, file=sys.stderr, flush=True)


def export_small(
    network: SmallUNet,
    path: Path,
    names: tuple[str, ...],
    stride: int,
    notes: Mapping[str, str] | None = None,
    *,
    half: bool = False,
) -> None:
    """Write the ONNX graph of `forward`, float32: names[0] (B, C, H, W) → the other names, maps.

    Sides are any multiples of `stride`. `notes` become the graph's metadata (data, steps, loss).
    half: store the weights in half precision, as `export.store_half` does.

    Raises:
        TrainingError: the exporter gives no graph. OutputError: the file cannot be written.
    """
    import onnx

    from style2color.train.export import store_half, strip_notes

    batch = torch.export.Dim("batch", min=1, max=64)
    height, width = torch.export.Dim("h", min=1, max=4096), torch.export.Dim("w", min=1, max=4096)
    program = torch.onnx.export(
        network.eval().float().cpu(),
        (torch.zeros(2, network.in_channels, 6 * stride, 5 * stride),),
        input_names=[names[0]],
        output_names=list(names[1:]),
        dynamic_shapes=({0: batch, 2: stride * height, 3: stride * width},),
        dynamo=True,
        verbose=False,
    )
    if program is None:
        raise TrainingError("the exporter gave no graph")
    graph = program.model_proto
    if half:
        store_half(graph)
    strip_notes(graph)
    onnx.helper.set_model_props(graph, dict(notes or {}))
    onnx.checker.check_model(graph)
    with atomic_write(path) as stream:
        stream.write(graph.SerializeToString())
