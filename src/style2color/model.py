"""The trained network as files: load a folder of ONNX graphs, verify it, run its graphs.

A model folder holds `model.json` (name, version, constants, sha256 of every other file, what it
was trained on), the graphs and `MODEL_CARD.md`. The package embeds one such folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from style2color._runtime import onnx_runtime
from style2color.errors import ModelError, UsageError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

__all__ = ["DEVICES", "GRAPHS", "Model", "Training"]

FORMAT = 1
GRAPHS = ("reference", "painter", "regions")
"""The graphs that paint, by name; `docs/design.md` lists their inputs and outputs."""
DEVICES = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "directml": "DmlExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
}
DEFAULT_THREADS = 2
_FIX = "install style2color again, or give the folder of a complete model with --model"


@dataclass(frozen=True)
class Training:
    """One source of pictures a model was trained on."""

    pack: str
    licence: str
    pictures: int


@dataclass(frozen=True, eq=False)
class Model:
    """A verified model folder; sessions are made when a graph runs for the first time.

    default_palette: uint8 (K, 3), painted with where there is no reference.
    size: longest side, in pixels, at which the network sees a sketch unless told otherwise.
    palette_entries: most entries taken from a reference.
    """

    folder: Path
    name: str
    version: str
    size: int
    palette_entries: int
    default_palette: NDArray[np.uint8]
    sha256: Mapping[str, str]
    training_data: tuple[Training, ...]
    device: str = "cpu"
    threads: int = DEFAULT_THREADS
    _sessions: dict[str, InferenceSession] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str] | None = None,
        *,
        device: str = "cpu",
        threads: int | None = None,
    ) -> Model:
        """Read a model folder and verify every file it lists.

        path: the folder, or None for the model embedded in the package. device: a key of
        `DEVICES`. threads: for each graph, 2 by default.

        Raises:
            ModelError: missing, damaged, or of a format this release does not know.
            UsageError: unknown device or a thread count below 1.
        """
        if device not in DEVICES:
            raise UsageError(f"unknown device {device!r}: choose one of {', '.join(DEVICES)}")
        threads = DEFAULT_THREADS if threads is None else threads
        if threads < 1:
            raise UsageError(f"threads must be 1 or more, got {threads}")
        folder = _embedded() if path is None else Path(path)
        described = _read_description(folder)
        fields = _parse(described, folder / "model.json")
        for file, digest in fields["sha256"].items():
            _verify(folder / file, digest)
        return cls(folder=folder, device=device, threads=threads, **fields)

    @property
    def reads_parts(self) -> bool:
        """Whether there is a graph that reads parts in lines; models before 0.8 have none."""
        return "parts.onnx" in self.sha256

    @property
    def shades(self) -> bool:
        """Whether there is a graph that reads shadows and highlights in lines; models before 0.9
        have none, and their painter shades a little by itself."""
        return "shading.onnx" in self.sha256

    @property
    def refines(self) -> bool:
        """Whether there is a graph that looks at all votes together; models before 0.13 have
        none."""
        return "refiner.onnx" in self.sha256

    @property
    def tells_figures(self) -> bool:
        """Whether there is a graph that tells the figures of a page apart; models before 0.17 have
        none."""
        return "figures.onnx" in self.sha256

    @property
    def card(self) -> str:
        """The model card (Markdown), empty where the folder has none."""
        try:
            return (self.folder / "MODEL_CARD.md").read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return ""

    def prepare(self, graph: str) -> InferenceSession:
        """The session of one of `GRAPHS`, made at the first call; safe from several threads.

        Raises:
            ModelError: the graph is missing or ONNX Runtime refuses it.
            UsageError: the device's provider is not in the installed ONNX Runtime.
        """
        with self._lock:
            if graph not in self._sessions:
                self._sessions[graph] = self._open(graph)
            return self._sessions[graph]

    def outputs(self, graph: str) -> tuple[str, ...]:
        """Names of a graph's outputs; a model of an earlier release may lack later ones.

        Raises as `prepare`.
        """
        return tuple(output.name for output in self.prepare(graph).get_outputs())

    def run(
        self, graph: str, inputs: Mapping[str, NDArray[Any]], wanted: Sequence[str]
    ) -> list[NDArray[Any]]:
        """Run a graph. Inputs by name, float32; returns the outputs ``wanted``, in their order.

        Raises:
            ModelError: the graph does not take these inputs, has no such output, or fails.
        """
        session = self.prepare(graph)
        try:
            outputs: list[NDArray[Any]] = session.run(list(wanted), dict(inputs))
        except Exception as error:  # ONNX Runtime's exceptions share no public base class
            raise ModelError(
                f"{self.folder / graph}.onnx: failed to run ({error}); {_FIX}"
            ) from error
        return outputs

    def _open(self, graph: str) -> InferenceSession:
        ort = onnx_runtime()
        provider = DEVICES[self.device]
        if provider not in ort.get_available_providers():
            raise UsageError(
                f"--device {self.device}: the installed ONNX Runtime has no {provider}; "
                "install its build for this device, or use --device cpu"
            )
        file = self.folder / f"{graph}.onnx"
        options = ort.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # A pattern is kept for every size of page ever seen, and gains no time.
        options.enable_mem_pattern = False
        # Between two graphs NumPy needs the cores that spinning workers would burn.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            # From bytes, so that the graph cannot pull in files that were not verified.
            return ort.InferenceSession(file.read_bytes(), options, providers=[provider])
        except Exception as error:
            raise ModelError(f"{file}: ONNX Runtime cannot load it ({error}); {_FIX}") from error


def _embedded() -> Path:
    from importlib import resources

    return Path(str(resources.files("style2color") / "weights"))


def _read_description(folder: Path) -> dict[str, Any]:
    file = folder / "model.json"
    try:
        data = json.loads(file.read_bytes())
    except FileNotFoundError as error:
        what = "no model in this folder (model.json is missing)"
        raise ModelError(f"{folder}: {what}; {_FIX}") from error
    except OSError as error:
        raise ModelError(f"{file}: cannot be read: {error.strerror or error}; {_FIX}") from error
    except ValueError as error:
        raise ModelError(f"{file}: damaged ({error}); {_FIX}") from error
    if not isinstance(data, dict):
        raise ModelError(f"{file}: damaged (not an object); {_FIX}")
    return data


def _parse(data: dict[str, Any], file: Path) -> dict[str, Any]:
    """Check every field of model.json, so that nothing later meets a wrong type."""
    if data.get("format") != FORMAT:
        raise ModelError(
            f"{file}: format {data.get('format')!r}, but this release reads format {FORMAT}; "
            "take a model made for this release of style2color"
        )

    def need(good: object, what: str) -> None:
        if not good:
            raise ModelError(f"{file}: damaged ({what}); {_FIX}")

    for key in ("name", "version"):
        need(isinstance(data.get(key), str) and data[key], f"{key} must be a text")
    for key, low, high in (("size", 32, 4096), ("palette_entries", 1, 256)):
        value = data.get(key)
        good = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
        need(good, f"{key} must be a number from {low} to {high}")
    sums = data.get("sha256")
    need(isinstance(sums, dict), "sha256 must be an object")
    assert isinstance(sums, dict)
    for name, digest in sums.items():
        need(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", name), f"{name!r} is no plain file name")
        need(isinstance(digest, str) and re.fullmatch(r"[0-9a-f]{64}", digest), f"sha256 of {name}")
    for graph in GRAPHS:
        need(f"{graph}.onnx" in sums, f"sha256 of {graph}.onnx is missing")
    try:
        palette = np.array(data.get("default_palette"), np.float64)
        sources = tuple(
            Training(str(s["pack"]), str(s["licence"]), int(s["pictures"]))
            for s in data.get("training_data", [])
        )
    except (TypeError, ValueError, KeyError) as error:
        raise ModelError(
            f"{file}: damaged (default_palette or training_data: {error}); {_FIX}"
        ) from error
    in_range = palette.ndim == 2 and palette.shape[1] == 3 and 0 < len(palette) <= 256
    need(in_range and (palette >= 0).all() and (palette <= 255).all(), "default_palette")
    return {
        "name": data["name"],
        "version": data["version"],
        "size": data["size"],
        "palette_entries": data["palette_entries"],
        "default_palette": np.rint(palette).astype(np.uint8),
        "sha256": dict(sums),
        "training_data": sources,
    }


def _verify(file: Path, digest: str) -> None:
    try:
        with file.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise ModelError(f"{file}: the model lists this file, but it is missing; {_FIX}") from error
    except OSError as error:
        raise ModelError(f"{file}: cannot be read: {error.strerror or error}; {_FIX}") from error
    if found != digest:
        raise ModelError(
            f"{file}: damaged (sha256 is {found[:12]}…, must be {digest[:12]}…); {_FIX}"
        )
