"""Chart, Curve, Level: what is drawn together, and what stands beside it."""

from dataclasses import dataclass

from PySide6.QtCore import Qt

from satstudio.metrics.run_figures import figure_card

Pen = Qt.PenStyle


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of a chart.

    Attributes
    ----------
    key : of the log
    name : in the chart's legend; "" for a line that another one explains
    colour : its place among the theme's colours of curves
    """

    key: str
    name: str
    colour: int
    dash: Qt.PenStyle
    width: float = 1.8


@dataclass(frozen=True, slots=True)
class Level:
    """A level line of a chart: what real patches have, or patches that nothing was learnt for.

    Attributes
    ----------
    key : of the log; None where `value` is known beforehand
    name : at the line
    place : of the name along the line, 0 to 1, so that close lines do not hide each other's
    """

    key: str | None
    name: str
    dash: Qt.PenStyle
    place: float
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """One plot.

    Attributes
    ----------
    levels : level lines, drawn where the log has them
    unit : of all of its curves; "" where they have none
    is_log : over a logarithmic axis
    family : of charts that are offered together
    """

    title: str
    unit: str
    tip: str
    curves: tuple[Curve, ...]
    is_log: bool = False
    family: str = "generator"
    levels: tuple[Level, ...] = ()

    @property
    def is_first(self) -> bool:
        """Whether it is shown before anybody chooses, as the cards of its figures say."""
        return any(figure_card(curve.key).is_usual for curve in self.curves)

    @property
    def heading(self) -> str:
        """Title and unit."""
        return f"{self.title} ({self.unit})" if self.unit else self.title


def single(key: str, name: str, colour: int) -> tuple[Curve, ...]:
    """Return one solid curve."""
    return (Curve(key, name, colour, Pen.SolidLine),)


def pair(first: str, second: str, names: tuple[str, str], colour: int = 2) -> tuple[Curve, ...]:
    """Return two curves that are looked at together: solid, and dotted in the next colour."""
    return (
        Curve(first, names[0], colour, Pen.SolidLine),
        Curve(second, names[1], colour + 1, Pen.DotLine, 2.4),
    )


def learned(figure: str) -> tuple[Curve, ...]:
    """Return a figure of training patches, and of those that are held out."""
    return (
        Curve(f"{figure}_train", "training", 0, Pen.SolidLine),
        Curve(f"{figure}_validation", "validation", 1, Pen.DashLine),
    )
