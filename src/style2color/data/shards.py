"""Atelier pictures in tar shards of the WebDataset layout, written whole or not at all.

A sample is the members of one key: `KEY.composite.webp`, `KEY.flat.webp`, `KEY.shadow.webp`,
`KEY.highlight.webp` (RGB, lossless), `KEY.line.png`, `KEY.regions.png` (8-bit grey),
`KEY.ink.png` (RGBA, only where the ink is coloured) and `KEY.json`, which carries the names of
the regions, the attributes and a CRC-32 of every other member.
"""

from __future__ import annotations

import io
import json
import tarfile
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from style2color.data.atelier import ATELIER_VERSION, Picture, draw
from style2color.errors import DataError, OutputError, UsageError
from style2color.files import atomic_write, shown

MANIFEST = "manifest.jsonl"
PER_SHARD = 128
_LAYERS = ("composite", "flat", "shadow", "highlight")
_BLOCK = 512


@dataclass(frozen=True, slots=True)
class Series:
    """A run of atelier pictures: `count` of them at `size`, `shots` for each seed from `seed`."""

    count: int
    size: int = 384
    seed: int = 0
    shots: int = 1
    per_shard: int = PER_SHARD

    def __post_init__(self) -> None:
        for name, least in (("count", 1), ("shots", 1), ("per_shard", 1)):
            if getattr(self, name) < least:
                raise UsageError(f"--{name.replace('_', '-')} must be at least {least}")
        if not 32 <= self.size <= 4096:
            raise UsageError(f"--size {self.size} is outside 32..4096")

    def shard_name(self, index: int) -> str:
        """The file name of a shard."""
        return f"atelier-{index:06d}.tar"

    def samples(self, index: int) -> list[tuple[int, int]]:
        """(seed, shot) of every sample of a shard."""
        first = index * self.per_shard
        last = min(first + self.per_shard, self.count)
        return [(self.seed + i // self.shots, i % self.shots) for i in range(first, last)]

    @property
    def shards(self) -> int:
        return -(-self.count // self.per_shard)


def encode(picture: Picture, key: str, shot: int) -> dict[str, bytes]:
    """The members of a sample, by name."""
    members: dict[str, bytes] = {}
    for name in _LAYERS:
        members[f"{key}.{name}.webp"] = _webp(getattr(picture, name))
    members[f"{key}.line.png"] = _png(picture.line)
    members[f"{key}.regions.png"] = _png(picture.regions)
    if picture.line_rgba[..., :3].any():
        members[f"{key}.ink.png"] = _png(picture.line_rgba)
    facts = {
        "seed": picture.seed,
        "shot": shot,
        "version": ATELIER_VERSION,
        "names": {str(k): v for k, v in picture.names.items()},
        "attributes": picture.attributes,
        "crc32": {name: zlib.crc32(data) for name, data in members.items()},
    }
    members[f"{key}.json"] = json.dumps(facts, ensure_ascii=False).encode()
    return members


def _webp(pixels: NDArray[np.uint8]) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "WEBP", lossless=True, method=0, quality=10)
    return stream.getvalue()


def _png(pixels: NDArray[np.uint8]) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG", compress_level=3)
    return stream.getvalue()


def write_shard(path: Path, series: Series, index: int) -> int:
    """Draws and writes one shard, whole or not at all; returns its bytes.

    Raises OutputError where it cannot be written.
    """
    with atomic_write(path) as stream, tarfile.open(fileobj=stream, mode="w") as archive:
        for seed, shot in series.samples(index):
            key = f"{seed:08d}_{shot:02d}"
            for name, data in encode(draw(seed, series.size, shot=shot), key, shot).items():
                member = tarfile.TarInfo(name)
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
    return path.stat().st_size


def read_shard(path: str | Path) -> Iterator[Picture]:
    """The pictures of a shard, in order.

    Every member is checked before the first picture is handed out, so that a shard is read
    whole or not at all. Raises DataError for a missing, truncated or damaged shard.
    """
    name = shown(path)
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise DataError(f"{name}: cannot be read: {error.strerror or error}") from error
    samples: dict[str, dict[str, bytes]] = {}
    if len(data) % _BLOCK or not data.endswith(b"\0" * 2 * _BLOCK):
        raise DataError(f"{name}: the shard is cut short; delete it and write it again")
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            for member in archive:
                body = archive.extractfile(member)
                key, _, kind = member.name.partition(".")
                if body is not None:
                    samples.setdefault(key, {})[kind] = body.read()
            # tarfile takes a damaged heading for the archive's end, without a word.
            if data[archive.offset :].strip(b"\0"):
                raise DataError(f"{name}: the shard is damaged; delete it and write it again")
    except (tarfile.TarError, EOFError, ValueError, OSError) as error:
        raise DataError(f"{name}: is no shard or is damaged ({error})") from error
    if not samples:
        raise DataError(f"{name}: the shard holds no samples")
    for key, members in samples.items():
        _check(name, key, members)
    for key, members in samples.items():
        yield _decode(name, key, members)


def _check(name: str, key: str, members: dict[str, bytes]) -> None:
    try:
        sums: dict[str, int] = json.loads(members["json"])["crc32"]
        whole = all(zlib.crc32(members[k.partition(".")[2]]) == v for k, v in sums.items())
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise DataError(f"{name}: sample {shown(key)} is incomplete ({error})") from error
    if not whole:
        raise DataError(f"{name}: sample {shown(key)} is damaged; delete the shard, write it again")


def _decode(name: str, key: str, members: dict[str, bytes]) -> Picture:
    def pixels(kind: str) -> NDArray[np.uint8]:
        return np.array(Image.open(io.BytesIO(members[kind]), formats=("WEBP", "PNG")))

    try:
        facts: dict[str, Any] = json.loads(members["json"])
        line = pixels("line.png")
        if "ink.png" in members:
            ink = pixels("ink.png")
        else:
            ink = np.zeros((*line.shape, 4), dtype=np.uint8)
            ink[..., 3] = 255 - line
        layers = {layer: pixels(f"{layer}.webp") for layer in _LAYERS}
        return Picture(
            seed=facts["seed"],
            line=line,
            line_rgba=ink,
            regions=pixels("regions.png"),
            names={int(k): v for k, v in facts["names"].items()},
            attributes=facts["attributes"],
            **layers,
        )
    except (KeyError, TypeError, ValueError, OSError, Image.DecompressionBombError) as error:
        raise DataError(f"{name}: sample {shown(key)} cannot be decoded ({error})") from error


def read_manifest(folder: Path) -> tuple[dict[str, Any] | None, dict[str, dict[str, Any]]]:
    """The heading of a folder's manifest and its rows by shard; (None, {}) without a manifest.

    Raises DataError where it is damaged.
    """
    path = folder / MANIFEST
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return None, {}
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{shown(path)}: cannot be read ({error})") from error
    try:
        rows = [json.loads(line) for line in text.splitlines() if line.strip()]
        return rows[0], {row["shard"]: row for row in rows[1:]}
    except (ValueError, IndexError, KeyError, TypeError) as error:
        raise DataError(
            f"{shown(path)}: is damaged ({error}); delete the folder's contents"
        ) from error


def _write_manifest(folder: Path, series: Series, rows: dict[str, dict[str, Any]]) -> None:
    head = {"atelier": ATELIER_VERSION, **asdict(series)}
    lines = [json.dumps(row) for row in (head, *(rows[name] for name in sorted(rows)))]
    with atomic_write(folder / MANIFEST) as stream:
        stream.write(("\n".join(lines) + "\n").encode())


def write_series(
    folder: Path, series: Series, workers: int = 1, done: Callable[[int, int], None] | None = None
) -> int:
    """Writes every shard that the folder does not hold yet; returns how many samples it wrote.

    `done(samples, skipped)` is called after each shard. Shards are drawn by `workers` processes.
    Raises UsageError where the folder holds another series, OutputError where it cannot be
    written.
    """
    if workers < 1:
        raise UsageError("--workers must be at least 1")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{shown(folder)}: cannot be made: {error.strerror or error}; choose another folder"
        ) from error
    rows = _kept(folder, series)
    _write_manifest(folder, series, rows)
    todo = []
    for index in range(series.shards):
        count = len(series.samples(index))
        if series.shard_name(index) in rows:
            if done is not None:
                done(0, count)
        else:
            todo.append(index)
    written = 0

    def finish(index: int, size: int) -> None:
        nonlocal written
        name, count = series.shard_name(index), len(series.samples(index))
        rows[name] = {"shard": name, "samples": count, "bytes": size}
        _write_manifest(folder, series, rows)
        written += count
        if done is not None:
            done(count, 0)

    if workers == 1 or len(todo) < 2:
        for index in todo:
            finish(index, write_shard(folder / series.shard_name(index), series, index))
        return written
    with ProcessPoolExecutor(min(workers, len(todo)), get_context("spawn")) as pool:
        running: dict[Future[int], int] = {}
        try:
            for index in todo:
                path = folder / series.shard_name(index)
                running[pool.submit(write_shard, path, series, index)] = index
            while running:
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    finish(running.pop(future), future.result())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return written


def _kept(folder: Path, series: Series) -> dict[str, dict[str, Any]]:
    """The rows of shards that are there, whole and part of this series."""
    head, rows = read_manifest(folder)
    if head is None:
        return {}
    wanted = {"atelier": ATELIER_VERSION, **asdict(series)}
    for field in ("atelier", "size", "seed", "shots", "per_shard"):
        if head.get(field) != wanted[field]:
            raise UsageError(
                f"{shown(folder)}: holds a series with {field} {head.get(field)}, not "
                f"{wanted[field]}; choose another folder"
            )
    kept = {}
    for index in range(series.shards):
        name = series.shard_name(index)
        row = rows.get(name)
        path = folder / name
        if (
            row is not None
            and row.get("samples") == len(series.samples(index))
            and path.is_file()
            and path.stat().st_size == row.get("bytes")
        ):
            kept[name] = row
    return kept


__all__ = [
    "MANIFEST", "PER_SHARD", "Series", "encode", "read_manifest",
    "read_shard", "write_series", "write_shard",
]  # fmt: skip
