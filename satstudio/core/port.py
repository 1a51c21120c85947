"""Port, BoundPort: what one input or output of data, methods, models and metrics holds.

Said once and used by patch sets, methods, model cards, data sets and metrics: a method or metric
declares ports; patch sets, runs and cards have bound ones, with the numbers found in the data.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from satstudio.core.recipe import Recipe
from satstudio.core.scaling import Scaling

Role = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
"""A short name: input, target, sar, optical, mask, low, layout, pan, ..."""

Ratio = Annotated[str, StringConstraints(pattern=r"^[1-9]\d{0,5}(/[1-9]\d{0,5})?$")]
"""A fraction as text: "3", "1/2", "500/160"."""

PortDtype = Literal["complex64", "float32", "bool"]
MOST_BANDS = 65_535
"""What a GeoTIFF holds."""

MOST_FRAMES = 10_000


class Port(Recipe):
    """One input or output, as a method, a data set or a metric declares it.

    Attributes
    ----------
    bands : names in their order, or how many; None: any number
    quantity : a key of `core.quantity.QUANTITIES`; empty: any
    dtype : None: complex or real
    frames : least and most images of one item, such as dates; most None: any number from least on
    ratio : pixels of this port for one of the first, along an axis; None: whatever the data have
    mask_of : role whose valid pixels this port tells
    """

    role: Role
    bands: tuple[str, ...] | int | None = None
    quantity: str = ""
    dtype: PortDtype | None = None
    frames: tuple[int, int | None] = (1, 1)
    ratio: Ratio | None = "1"
    mask_of: Role | None = None
    optional: bool = False

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        least, most = self.frames
        if not 1 <= least <= MOST_FRAMES or (most is not None and not least <= most <= MOST_FRAMES):
            raise ValueError(f"frames {least} to {most} are no range from 1 on")
        count = self.band_count
        if count is not None and not 1 <= count <= MOST_BANDS:
            raise ValueError(f"{count} bands: there must be 1 to {MOST_BANDS}")
        if self.mask_of == self.role:
            raise ValueError("a mask is of another port")
        return self

    @property
    def band_count(self) -> int | None:
        """How many bands it has; None: any number."""
        return len(self.bands) if isinstance(self.bands, tuple) else self.bands

    @property
    def scale(self) -> Fraction | None:
        """The ratio as a number."""
        return None if self.ratio is None else Fraction(self.ratio)

    def unfit(self, bound: "BoundPort") -> str:
        """Return why a bound port is not what this one declares, as a sentence; empty: it is."""
        of = f"The port '{self.role}'"
        count, wanted = bound.band_count, self.band_count
        if wanted is not None and count != wanted:
            return f"{of} needs {wanted} band{'s' * (wanted != 1)}, not {count}."
        if self.dtype is not None and bound.dtype != self.dtype:
            return f"{of} needs {DTYPE_WORDS[self.dtype]}, not {DTYPE_WORDS[bound.dtype]}."
        if self.quantity and bound.quantity and bound.quantity != self.quantity:
            return f"{of} needs {self.quantity}, not {bound.quantity}."
        if self.ratio is not None and bound.scale != self.scale:
            return f"{of} needs {self.ratio} pixels for one of the first port, not {bound.ratio}."
        (least, most), (fewest, largest) = self.frames, bound.frames
        if fewest < least or (most is not None and (largest is None or largest > most)):
            return f"{of} needs {_range(self.frames)} frames, not {_range(bound.frames)}."
        return ""


class BoundPort(Port):
    """A port with what was found in the data, as patch sets, runs and model cards hold it.

    Attributes
    ----------
    scaling : how its values become a network's numbers; None: masks
    size_px : (rows, cols) of its patches; None: any
    pixel_size_m : (row, col)
    dates : of its frames, as ISO texts
    """

    dtype: PortDtype
    ratio: Ratio = "1"
    scaling: Scaling | None = None
    size_px: tuple[int, int] | None = None
    pixel_size_m: tuple[float, float] | None = None
    dates: tuple[str, ...] = Field(default=())

    @property
    def scale(self) -> Fraction:
        """The ratio as a number."""
        return Fraction(self.ratio)

    @property
    def is_complex(self) -> bool:
        """Whether its samples are complex."""
        return self.dtype == "complex64"


DTYPE_WORDS = {"complex64": "complex samples", "float32": "real values", "bool": "a mask"}


def unfit(declared: Iterable[Port], bound: Sequence[BoundPort]) -> str:
    """Return why data of these bound ports do not serve, as a sentence; empty: they do.

    Ports of the data that nothing declares do no harm. Ratios are compared as those to the first
    declared port, whichever is first in the data.
    """
    declared = tuple(declared)
    found = {port.role: port for port in bound}
    if declared and declared[0].role in found:
        unit = found[declared[0].role].scale / (declared[0].scale or 1)
        found = {role: port.changed(ratio=str(port.scale / unit)) for role, port in found.items()}
    for port in declared:
        if port.role not in found:
            if not port.optional:
                has = ", ".join(found) or "none"
                return f"There is no port '{port.role}'; there is {has}."
        elif reason := port.unfit(found[port.role]):
            return reason
    return ""


def _range(frames: tuple[int, int | None]) -> str:
    least, most = frames
    if most is None:
        return f"{least} or more"
    return f"{least}" if least == most else f"{least} to {most}"
