"""What a VGG sees in a reference, distilled into the small encoder; for training only.

A 1×1 convolution should tell from the encoder's cells, those that palette entries are pooled from,
what a frozen trunk has in the same place after its fourth stage (the "hints" of Romero et al. 2015,
"FitNets"). The trunk's channels come down to 64 by a fixed random projection, and each of these is
standardised, so that the loss is the share of their variance that the cells do not tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from style2color.nn.blocks import he_conv
from style2color.nn.classifier import VGGClassifier, signs
from style2color.train.perceptual import shrunk, stage_maps

STAGE = 4
"""Its last map is at 1/8 of the picture, as are the cells of the encoder."""
FEATURES = 64
_LEAST = 2 ** (STAGE - 1)
_TINY = 1e-6


class Distillation(nn.Module):
    """A head on the encoder's cells, and what it is asked for: features of a frozen trunk.

    The head, and mean and deviation of the features, are saved with the state; the classifier is
    not, and nothing of it is in a network that paints. side: references larger than this are
    averaged down to it before the trunk sees them, and the head's answer to its grid.
    """

    def __init__(self, classifier: VGGClassifier, cell_dim: int, side: int) -> None:
        super().__init__()
        self._frozen = (classifier,)
        self.side = side
        self.head = he_conv(cell_dim, FEATURES, 1, slope=1.0)
        nn.init.zeros_(self.head.weight)  # it begins with the mean, which misses all the variance
        width = self._trunk(torch.zeros(1, 3, _LEAST, _LEAST)).shape[1]
        self.projection_FC: Tensor
        self.mean_F: Tensor
        self.std_F: Tensor
        self.register_buffer("projection_FC", signs(FEATURES, width, seed=0), persistent=False)
        self.register_buffer("mean_F", torch.zeros(FEATURES))
        self.register_buffer("std_F", torch.ones(FEATURES))

    def fit(self, references: Iterable[Tensor]) -> None:
        """Take mean and deviation of the features from batches of references (B, 3, H, W); without
        any, they stay 0 and 1."""
        total_2F, cells = torch.zeros(2, FEATURES, dtype=torch.float64), 0
        for reference_B3HW in references:
            seen_BFhw = self.features(reference_B3HW).double().cpu()
            total_2F += torch.stack([x.sum((0, 2, 3)) for x in (seen_BFhw, seen_BFhw**2)])
            cells += seen_BFhw[:, 0].numel()
        if not cells:
            return
        mean_F, square_F = total_2F / cells
        std_F = (square_F - mean_F**2).clamp_min(0).sqrt()
        self.mean_F.copy_(mean_F)
        self.std_F.copy_(torch.where(std_F > _TINY, std_F, torch.ones_like(std_F)))

    @torch.no_grad()
    def features(self, reference_B3HW: Tensor) -> Tensor:
        """RGB in 0..1, sides from 8 → (B, 64, H/8, W/8) float32, of pictures of at most `side`; not
        standardised."""
        seen = self._trunk(shrunk(reference_B3HW, self.side))
        return torch.einsum("fc,bchw->bfhw", self.projection_FC, seen).float()

    def forward(self, cells: Sequence[Tensor], reference_B3HW: Tensor) -> Tensor:
        """Maps (B, ·, h, w) of `cell_dim` channels together, and the reference they are of → mean
        squared error of the standardised features, (B,), with a gradient for the maps."""
        seen = self.features(reference_B3HW)
        wanted = (seen - self.mean_F[:, None, None]) / self.std_F[:, None, None]
        height, width = wanted.shape[-2:]
        told = F.adaptive_avg_pool2d(self.head(torch.cat(tuple(cells), 1)), (height, width))
        missed: Tensor = ((told.float() - wanted) ** 2).mean((1, 2, 3))
        return missed

    def _trunk(self, rgb_B3HW: Tensor) -> Tensor:
        classifier = self._frozen[0].to(rgb_B3HW.device)
        return stage_maps(classifier.features, classifier.normalised(rgb_B3HW.float()), STAGE)[-1]
