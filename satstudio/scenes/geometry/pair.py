"""PairScene: the signed difference or the ratio of two scenes on one grid, read as a scene."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import GridMismatchError
from satstudio.core.grid import GeoGrid, Size, Window
from satstudio.core.quantity import are_comparable, is_radar, title_of, to_power
from satstudio.core.raster import Mask, Pixels, Quantity, Raster
from satstudio.scenes.scene import Scene
from satstudio.scenes.source import BandInfo

PairKind = Literal["difference", "ratio"]


class PairScene(Scene):
    """What the result of two open scenes differs by; it closes neither of them.

    `difference` is result - reference: of radar scenes in decibels of their power, of others in
    the units of the values. `ratio` is reference / result: of radar scenes of their power, so for
    a despeckled scene the ratio image. Coarser readings compare the mean power where both scenes
    have a pyramid, else every n-th pixel. No data where either has none.
    """

    def __init__(self, reference: Scene, result: Scene, kind: PairKind) -> None:
        """Raise GridMismatchError where the two do not have the same pixels and bands."""
        check_pair(reference, result)
        self._pair = reference, result
        super().__init__(reference.path, _PairSource(reference, result, kind))

    @property
    def has_pyramid(self) -> bool:
        """Tell whether coarse readings compare means."""
        return all(scene.has_pyramid for scene in self._pair)

    def _means(
        self, window: Window, shape: Size, bands: Sequence[int]
    ) -> tuple[Pixels, Mask] | None:
        return self.source.read(window, shape, bands) if self.has_pyramid else None


def check_pair(reference: Scene, result: Scene) -> None:
    """Raise GridMismatchError where two scenes cannot be compared pixel by pixel."""
    reason = mismatch(reference, result)
    if reason:
        raise GridMismatchError(reason)


def mismatch(reference: Scene, result: Scene) -> str:
    """Return why two scenes cannot be compared pixel by pixel, "" where they can."""
    first, second = reference.grid.size, result.grid.size
    if (first, len(reference.bands)) != (second, len(result.bands)):
        return (
            f"{reference.name} has {len(reference.bands)} bands of {first.rows} x {first.cols} px, "
            f"{result.name} {len(result.bands)} of {second.rows} x {second.cols}; compare scenes "
            "on the same grid."
        )
    apart = reference.grid.apart(result.grid)
    if apart:
        return f"{result.name} does not lie on {reference.name}: {apart}; align them first."
    one, other = reference.quantity, result.quantity
    if is_radar(one) != is_radar(other) or not are_comparable(one, other):
        return (
            f"{reference.name} holds {title_of(one)}, {result.name} {title_of(other)}: these "
            "cannot be compared; say what they hold with '#quantity=...' if that is wrong."
        )
    if "class" in (one, other):
        return f"{reference.name} holds classes; their numbers are names and have no difference."
    return ""


def place_remark(reference: Scene, result: Scene) -> str:
    """Return what is to be said where only one of two scenes has a place on the ground, else ""."""
    located = [scene for scene in (reference, result) if scene.grid.is_located]
    if len(located) != 1:
        return ""
    other = result if located[0] is reference else reference
    return (
        f"{other.name} does not say where it lies: it is taken to lie on {located[0].name}, as "
        "both have the same size."
    )


def linear_power(raster: Raster) -> npt.NDArray[np.float64]:
    """Return linear power of a radar raster, values of any other."""
    kind = np.complex128 if np.iscomplexobj(raster.pixels) else np.float64
    wide = raster.pixels.astype(kind)
    return np.asarray(to_power(wide, raster.quantity) if is_radar(raster.quantity) else wide)


class _PairSource:
    """What a `Scene` reads."""

    is_complex = False
    dtype = "float32"
    quantity: Quantity = "dn"

    def __init__(self, reference: Scene, result: Scene, kind: PairKind) -> None:
        self._pair = reference, result
        self._kind = kind
        self._is_radar = is_radar(reference.quantity)
        self.grid: GeoGrid = reference.grid
        self.bands = reference.bands
        unit = {"ratio": ""}.get(kind, "dB" if self._is_radar else self._own_unit())
        self.band_info = tuple(BandInfo(name, unit=unit) for name in self.bands)
        self.title = f"{kind} of {result.name}"
        self.address = f"{kind}:{reference.address}|{result.address}"
        self.driver = "pair"

    @property
    def files(self) -> tuple[Path, ...]:
        """All files that the pixels come from."""
        found: list[Path] = []
        for scene in self._pair:
            found += getattr(scene.source, "files", (scene.path,))
        return tuple(found)

    def read(self, window: Window, shape: Size, bands: Sequence[int]) -> tuple[Pixels, Mask]:
        """Return float32 pixels and where both scenes have data."""
        first, second = (scene.read(window, shape, bands) for scene in self._pair)
        one, other = linear_power(first), linear_power(second)
        with np.errstate(divide="ignore", invalid="ignore"):
            values = one / other if self._kind == "ratio" else self._difference(one, other)
        good = np.isfinite(values).all(axis=0) & first.valid & second.valid
        return np.where(good, values, 0).astype(np.float32), good

    def close(self) -> None:
        """Leave the two scenes to who opened them."""

    def _difference(
        self, one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]
    ) -> npt.NDArray[Any]:
        return 10 * np.log10(other / one) if self._is_radar else other - one

    def _own_unit(self) -> str:
        return self._pair[0].band_info[0].unit or ""
