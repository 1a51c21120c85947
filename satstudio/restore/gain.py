"""fit_gain: the one gain that brings a scene to the level that a network was trained at.

A network that takes logarithms without any reference knows the numbers of one sensor only. Its card
names the median amplitude that it wants; one gain for the whole scene brings the scene's median
there, and is undone at the end.
"""

from collections.abc import Sequence

import numpy as np

from satstudio.core.scaling import Scaling
from satstudio.restore.models.model_card import ModelCard
from satstudio.restore.quantities import Exchange
from satstudio.scenes.scene import Scene

GAIN_TAG = "SATSTUDIO_MODEL_GAIN"
"""Of a result: what the scene's amplitudes were multiplied by for the network."""

LEAST_GAIN, MOST_GAIN = 1e-30, 1e30
"""Beyond them products do not fit float32."""


def fit_gain(card: ModelCard, scene: Scene, bands: Sequence[int], exchange: Exchange) -> Scaling:
    """Return the scaling of a card, with its gain fitted to a scene where the card asks for it.

    The median is that of the amplitudes of the whole scene, whatever part is restored; zeros and
    what is not finite do not count. Without any other value the gain of the card stays.
    """
    if card.fitted_median is None:
        return card.scaling
    modulus = np.abs(exchange.taken(scene.sample(bands=bands).pixels)).astype(np.float64)
    known = modulus[np.isfinite(modulus) & (modulus > 0)]
    if not known.size:
        return card.scaling
    gain = card.fitted_median / float(np.median(known))
    return card.scaling.changed(gain=min(max(gain, LEAST_GAIN), MOST_GAIN))


def gain_tags(card: ModelCard, scaling: Scaling) -> dict[str, str]:
    """Return what a result records of a fitted gain; nothing where none was fitted."""
    return {} if card.fitted_median is None else {GAIN_TAG: f"{scaling.gain:.9g}"}
