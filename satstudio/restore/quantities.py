"""What filters and models take: check_power, check_quantity, Exchange."""

from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError, ModelError
from satstudio.core.quantity import (
    from_power,
    has_power,
    is_radar,
    quantity_named,
    title_of,
    to_power,
)
from satstudio.restore.baselines import BASELINES
from satstudio.scenes.scene import Scene

Values = npt.NDArray[Any]
MOST_BELOW = 0.1
"""Share of plain numbers below 0 with which they cannot be linear power."""

LEAST_POWER = 1e-10
"""A network that takes decibels sees no less: -100 dB; 0 has no decibels."""


class Exchange:
    """Brings values of a radar scene into the quantity that a model takes, and its answer back."""

    def __init__(self, quantity: str, scene: Scene) -> None:
        wanted = quantity_named(quantity) or scene.quantity
        self._scene, self._model = scene.quantity, wanted
        is_real = is_radar(wanted) and is_radar(scene.quantity) and not scene.is_complex
        self._is_needed = is_real and wanted != scene.quantity

    def taken(self, values: Values) -> Values:
        """Return the values of the scene as the model takes them."""
        if not self._is_needed:
            return values
        power = to_power(values, self._scene)
        if self._model == "db":
            power = np.maximum(power, np.float32(LEAST_POWER))
        return from_power(power, self._model)

    def given(self, values: Values) -> Values:
        """Return the values of the model as the scene has them."""
        if not self._is_needed:
            return values
        return from_power(np.maximum(to_power(values, self._model), 0), self._scene)


def check_power(scene: Scene, name: str) -> str:
    """Refuse a scene whose values are no power, nor stand for one, to a filter of speckle.

    Returns
    -------
    str
        What is taken for granted about values that nobody explains; else empty.

    Raises
    ------
    InputError
        With what the scene holds, and who says so.
    """
    if not has_power(scene.quantity):
        raise InputError(
            f"{scene.name} holds {title_of(scene.quantity)} ({scene.known.source_text}); {name} is "
            "a filter of radar speckle and takes linear power, amplitudes, decibels or complex "
            "samples. Say what it holds with '#quantity=...' if that is wrong."
        )
    if scene.quantity != "dn":
        return ""
    values = scene.sample(4096).pixels
    below = float((values < 0).mean()) if values.size else 0.0
    if below > MOST_BELOW and "looks" in BASELINES[name].options:  # a plain mean is one of anything
        raise InputError(
            f"{below:.0%} of the values of {scene.name} lie below 0, where linear power never is; "
            "say what they are with '#quantity=...' (db, ...) or '#iq=...'."
        )
    return (
        f"{scene.name} does not say what its values are; the filter takes them as linear power, "
        "which radar intensity is, decibels are not."
    )


def check_quantity(quantity: str, name: str, scene: Scene) -> None:
    """Refuse values that a model was not trained on and that do not become them: ModelError."""
    wanted = quantity_named(quantity)
    if wanted is None or scene.quantity == wanted or "dn" in (wanted, scene.quantity):
        return
    if not (is_radar(wanted) and is_radar(scene.quantity)):
        raise ModelError(
            f"{name} takes {title_of(wanted)}; {scene.name} holds {title_of(scene.quantity)} "
            f"({scene.known.source_text})."
        )
