"""interpreted(source, ...): what a reader gave, as the user or the file says it is to be read."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from satstudio.core.errors import SceneReadError
from satstudio.core.grid import GeoGrid, Size, Window
from satstudio.core.quantity import Known, Quantity, averaging_of
from satstudio.core.raster import Mask, Pixels
from satstudio.scenes.address import Choices
from satstudio.scenes.iq import IqSource, check_pairs, find_pairs
from satstudio.scenes.quantity_reading import known_quantity
from satstudio.scenes.source import Source


class KnownSource:
    """A source with what its values are; everything else is the source's own.

    Attributes
    ----------
    known : quantity, who says so, and why
    """

    def __init__(self, inner: Source, known: Known) -> None:
        self._inner = inner
        self.known = known
        self.quantity: Quantity = known.quantity
        self.grid: GeoGrid = inner.grid
        self.bands: tuple[str, ...] = inner.bands
        self.is_complex: bool = inner.is_complex

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the source has
        """Return what the source has, as `files` or `nodata`."""
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._inner, name)

    def read(self, window: Window, shape: Size, bands: Sequence[int]) -> tuple[Pixels, Mask]:
        """Read from the source."""
        return self._inner.read(window, shape, bands)

    def close(self) -> None:
        """Close the source."""
        self._inner.close()


def interpreted(source: Source, path: Path, image: str | None, choices: Choices) -> KnownSource:
    """Return a source that knows its quantity, with I and Q joined to complex bands.

    Parameters
    ----------
    path, image : what was opened
    choices : of the user; they go before what the file says

    Raises
    ------
    SceneReadError
        If the choices do not fit, or one half of complex samples is missing.
    """
    name = path.name + (f"#{image}" if image else "")
    joined, reason = _joined(source, choices, name)
    if choices.quantity is not None:
        if joined.is_complex:
            raise SceneReadError(
                f"{name} holds complex samples, which are not {choices.quantity}; leave out "
                "'quantity', or restore or render it to real values first."
            )
        return _settled(joined, Known(choices.quantity, "user", ""))
    known = getattr(joined, "known", None) or known_quantity(joined, path, image)
    if choices.iq:
        known = replace(known, origin="user", reason=reason)
    return _settled(joined, replace(known, reason=reason) if reason else known)


def _settled(source: Source, known: Known) -> KnownSource:
    """Return the source with what it holds; of classes and phases no mean is ever read."""
    if averaging_of(known.quantity) == "none" and hasattr(source, "without_averages"):
        source.without_averages()
    return KnownSource(source, known)


def _joined(source: Source, choices: Choices, name: str) -> tuple[Source, str]:
    """Return the source with its pairs joined, and who says that these are pairs."""
    if choices.iq:
        check_pairs(source, choices.iq, name)
        pairs = ", ".join(f"{first + 1} and {second + 1}" for first, second in choices.iq)
        return IqSource(source, choices.iq), f"bands {pairs} are I and Q"
    if choices.quantity is not None:
        return source, ""
    found = find_pairs(source, name)
    if found is None:
        return source, ""
    return IqSource(source, found.pairs, is_polar=found.is_polar), found.reason
