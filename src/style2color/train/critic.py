"""The paper's adversary: a discriminator that answers with the classifier's vector (section 2.3).

`judged` and the losses of train/objective.py are shared with the presets `paper` and `v1`; the
`Critic` is the late fine-tuning of the preset studio with them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from torch import Tensor, nn
from torch.func import functional_call

from style2color.nn.classifier import VGGClassifier
from style2color.nn.discriminator import Discriminator
from style2color.train.objective import ObjectiveConfig, adversarial_loss, discriminator_loss


def judged(discriminator: Discriminator, painted_B3HW: Tensor) -> Tensor:
    """Logits (B, V) through frozen weights: the gradient goes to the painting alone."""
    frozen = {name: p.detach() for name, p in discriminator.named_parameters()}
    logits_BV: Tensor = functional_call(discriminator, frozen, (painted_B3HW,))
    return logits_BV


class Critic(nn.Module):
    """A discriminator and what it is asked for: V of a picture, with every unit standardised.

    Mean and deviation of V's units are saved with the state, the classifier is not. It tells a
    target from a painting by its colours alone: both come with the same ink.
    """

    def __init__(self, classifier: VGGClassifier, **sizes: Any) -> None:
        super().__init__()
        self._frozen = (classifier,)
        self.objective = ObjectiveConfig(guides=False)
        self.discriminator = Discriminator(classifier.hint_dim, **sizes)
        self.hint_mean_V: Tensor
        self.hint_std_V: Tensor
        self.register_buffer("hint_mean_V", classifier.hint_mean_V.clone())
        self.register_buffer("hint_std_V", classifier.hint_std_V.clone())

    def fit(self, references: Iterable[Tensor]) -> None:
        """Take mean and deviation of V's units from batches of references (B, 3, H, W)."""
        classifier = self._frozen[0].to(self.hint_mean_V.device)
        classifier.fit(references)
        self.hint_mean_V.copy_(classifier.hint_mean_V)
        self.hint_std_V.copy_(classifier.hint_std_V)

    def vector(self, picture_B3HW: Tensor) -> Tensor:
        """V: (B, 3, H, W) RGB in 0..1 → (B, V), signed, standardised, without a gradient."""
        raw_BV = self._frozen[0].to(picture_B3HW.device).raw(picture_B3HW)
        return (raw_BV.float() - self.hint_mean_V) / self.hint_std_V

    def forward(
        self,
        painted_B3HW: Tensor,
        target_B3HW: Tensor,
        reference_B3HW: Tensor,
        has_reference_B: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """What the painter and what the discriminator should minimise, scalars.

        The two have no weight in common, so the gradient of their sum is each one's own. Without
        a reference, the style to be found in the painting is the target's.
        """
        real_BV = self.vector(target_B3HW)
        known = has_reference_B[:, None]
        asked_BV = self.vector(reference_B3HW) * known + real_BV * (1 - known)
        wish = adversarial_loss(self.objective, judged(self.discriminator, painted_B3HW), asked_BV)
        rival = discriminator_loss(
            self.objective,
            self.discriminator(target_B3HW),
            self.discriminator(painted_B3HW.detach()),
            real_BV,
        )
        return wish, rival
