"""Packs and weights small enough to run a whole reproduction in a test."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from tests.conftest import draw_figure, webp, write_tar

from style2color.evaluate.metrics.backbones import VGG16_FILE, Vgg16

SVG = (
    '<svg viewBox="0 0 72 72" xmlns="http://www.w3.org/2000/svg"><circle cx="36" cy="36" r="{r}" '
    'fill="{fill}" stroke="#000" stroke-width="2"/><rect x="20" y="20" width="18" height="{r}" '
    'fill="{other}" stroke="#000" stroke-width="2"/></svg>'
)


def write_packs(folder: Path) -> Path:
    """Photographs, characters with several drawings each, and a small OpenMoji."""
    rng = np.random.default_rng(0)

    def figure() -> bytes:
        hair, coat = rng.integers(20, 230, (2, 3)).tolist()
        return webp(draw_figure(hair=tuple(hair), coat=tuple(coat))[0])

    def pack(name: str, files: dict[str, str | None]) -> None:
        members = {f"{name}/{stem}.webp": figure() for stem in files}
        rows = [
            {"file": f"{stem}.webp", "character": character, "kind": "color", "pair": None}
            for stem, character in files.items()
        ]
        members[f"{name}/manifest.jsonl"] = "\n".join(map(json.dumps, rows)).encode()
        write_tar(folder / f"{name}.tar", members)

    pack("imagenet_sample", {f"n{number:08d}_thing": None for number in range(40)})
    pack("duelyst", {f"emote_f{f}_{mood}_2x": None for f in range(1, 7) for mood in "abcd"})
    pack("fungus", {f"{who}_{number}": None for who in ("ada", "bo") for number in range(4)})
    for name in ("ltcrpg", "chibi", "snowy"):
        pack(name, {f"p{c:02d}_{n}": f"p{c:02d}" for c in range(12) for n in range(2)})
    members, rows = {}, ["emoji,hexcode,group,skintone_base_hexcode"]
    for number in range(48):
        code = f"1F{number:03X}"
        colours = [f"#{value:06x}" for value in rng.integers(0x101010, 0xE0E0E0, 2)]
        for side, (fill, other) in {"color": colours, "black": ("none", "none")}.items():
            svg = SVG.format(r=12 + number % 16, fill=fill, other=other)
            members[f"package/{side}/svg/{code}.svg"] = svg.encode()
        rows.append(f"x,{code},{('food-drink', 'animals-nature')[number % 2]},")
    members["package/data/openmoji.csv"] = "\n".join(rows).encode()
    write_tar(folder / "openmoji-17.0.0.tgz", members)
    return folder


def write_weights(folder: Path) -> Path:
    """A VGG16 trunk with random weights, under the name of the real one."""
    torch.manual_seed(0)
    folder.mkdir()
    save_file({k: v.half() for k, v in Vgg16().trunk.state_dict().items()}, folder / VGG16_FILE)
    return folder
