"""A training of a tiny network that was killed and run again ends where it would have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from style2color.train import small


def assert_resumes(
    train: Callable[[Path], nn.Module], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Train in `folder`/whole, and in `folder`/broken with a kill at the third step."""
    for name in ("whole", "broken"):
        (folder / name).mkdir()
    whole = train(folder / "whole").state_dict()

    def killing(step: int, *_: object) -> None:
        if step == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(small, "_progress", killing)
        with pytest.raises(KeyboardInterrupt):
            train(folder / "broken")
    resumed = train(folder / "broken").state_dict()
    for name, value in whole.items():
        assert torch.equal(value, resumed[name]), name
