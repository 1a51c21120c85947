"""Report, write_report: pictures, curves, figures and tables in one self-contained HTML file."""

import base64
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field

from satstudio.core.files.replacing import write_text
from satstudio.core.paths import resources_folder
from satstudio.core.recipe import Recipe

MOST_POINTS = 1000
MOST_INSIDE = 4
"""Lines whose names have room inside a curve's axes; of more they stand below."""

INK, GRID = "#30363d", "#e4e7eb"
COLOURS = (
    "#0b62a4", "#d1600a", "#3d8b37", "#8a4fa3", "#b3246b", "#1b8a8f", "#8c6d1f", "#5b6773",
)  # fmt: skip
"""Lines of a curve; more than these take them again, dotted."""


class Figure(Recipe):
    """A number with all that it needs to be understood."""

    name: str
    value: float
    unit: str = ""
    better: str = ""
    limit: float | None = Field(None, description="what it should not pass")
    limit_source: str = Field("", description="where the limit comes from; without it, no mark")
    beside: dict[str, float] = Field(
        default_factory=dict, description="what stands beside it: what it is of -> its value"
    )
    definition: str
    n: str = Field(description="how much it was measured on")
    data: str = Field("", description="what was compared, in words")


class Picture(Recipe):
    """A picture file and what one sees in it."""

    path: Path
    caption: str
    pixelated: bool = False
    is_wide: bool = Field(False, description="takes a line of its own")


class Curve(Recipe):
    """Lines over a common axis."""

    title: str
    x_label: str
    y_label: str = ""
    x: tuple[float, ...]
    lines: dict[str, tuple[float | None, ...]]
    is_log: bool = False
    looks: dict[str, tuple[int, str]] = Field(
        default_factory=dict, description="line -> number of its colour, dash (-, --, : or -.)"
    )
    marks: dict[str, float] = Field(
        default_factory=dict, description="what is said of an upright line -> where it stands"
    )


class Table(Recipe):
    """Names and values."""

    title: str = ""
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    is_numeric: bool = Field(False, description="all but the first column are numbers")
    best: tuple[tuple[int, int], ...] = Field((), description="(row, column) of cells in bold")


class Section(Recipe):
    """One part of a report."""

    title: str
    text: str = ""
    figures: tuple[Figure, ...] = ()
    pictures: tuple[Picture, ...] = ()
    curves: tuple[Curve, ...] = ()
    tables: tuple[Table, ...] = ()
    remarks: tuple[str, ...] = Field((), description="what one should know of the figures")


class Report(Recipe):
    """A report before it is a page."""

    title: str
    subtitle: str = ""
    facts: dict[str, str] = Field(default_factory=dict)
    sections: tuple[Section, ...] = ()
    footer: str = ""


def write_report(report: Report, out: Path) -> Path:
    """Write a report as one HTML file that needs nothing beside it."""
    import jinja2  # lazy: only reports need it

    loader = jinja2.FileSystemLoader(resources_folder() / "report")
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["data_uri"] = data_uri
    environment.filters["svg"] = curve_svg
    environment.filters["number"] = number_text
    page = environment.get_template("report.html.j2").render(report=report)
    return write_text(out, page)


def data_uri(path: Path) -> str:
    """Return a PNG file as text that an `img` shows."""
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode("ascii")


def number_text(value: float) -> str:
    """Return a number with three figures, without an exponent where it is short."""
    size = abs(value)
    if size >= 1000 or (size < 0.001 and value != 0):
        return f"{value:.3g}"
    return f"{value:.3f}" if size < 1 else f"{value:.2f}" if size < 10 else f"{value:.1f}"


def curve_svg(curve: Curve) -> str:
    """Draw a curve as SVG text, with at most `MOST_POINTS` points a line."""
    import matplotlib as mpl  # lazy: 0.9 s, only reports need it
    from matplotlib.figure import Figure as Canvas  # lazy: as above

    with mpl.rc_context({"svg.hashsalt": curve.title, "font.size": 9, "text.color": INK}):
        height = 2.9 + (0.17 * len(curve.lines) / 3 if len(curve.lines) > MOST_INSIDE else 0)
        canvas = Canvas(figsize=(6.4, height), layout="constrained")
        axes = canvas.add_subplot()
        step = max(len(curve.x) // MOST_POINTS, 1)
        for number, (name, values) in enumerate(curve.lines.items()):
            colour, dash = _look(curve, name, number)
            pairs = [
                (x, y) for x, y in zip(curve.x[::step], values[::step], strict=True)
                if y is not None
            ]  # fmt: skip
            xs, ys = zip(*pairs, strict=True) if pairs else ((), ())
            axes.plot(xs, ys, dash, color=colour, linewidth=1.4, label=name)
        _dress(axes, curve)
        _mark(axes, curve.marks)
        stream = io.StringIO()
        canvas.savefig(stream, format="svg", metadata={"Date": None, "Creator": "satstudio"})
    text = stream.getvalue()
    return text[text.index("<svg") :]


def curves_of(
    log: Sequence[Mapping[str, Any]],
    groups: Mapping[str, Mapping[str, str]],
    x: str = "step",
    marks: Mapping[str, float] | None = None,
) -> tuple[Curve, ...]:
    """Return curves of a log's numbers; a line of the log is a JSON table.

    Parameters
    ----------
    groups : title of a curve -> names in the log -> what the lines are called
    marks : see `Curve`
    """
    lines = [line for line in log if x in line]
    steps = tuple(float(line[x]) for line in lines)
    curves = []
    for title, names in groups.items():
        known = {
            label: tuple(_number(line.get(name)) for line in lines)
            for name, label in names.items()
            if any(_number(line.get(name)) is not None for line in lines)
        }
        if known:
            curves.append(
                Curve(title=title, x_label=x, x=steps, lines=known, marks=dict(marks or {}))
            )
    return tuple(curves)


def _look(curve: Curve, name: str, number: int) -> tuple[str, str]:
    """Return colour and dash of a line."""
    if name in curve.looks:
        chosen, dash = curve.looks[name]
        return COLOURS[chosen % len(COLOURS)], dash
    dash = "--" if "validation" in name else "-" if number < len(COLOURS) else ":"
    return COLOURS[number % len(COLOURS)], dash


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _mark(axes: Any, marks: Mapping[str, float]) -> None:  # noqa: ANN401 - as _dress
    """Draw upright dotted lines, each with its word at the bottom."""
    for word, x in marks.items():
        axes.axvline(x, color=INK, linestyle=":", linewidth=1.0)
        axes.annotate(
            word, (x, 0.03), xycoords=("data", "axes fraction"), xytext=(3, 0),
            textcoords="offset points", fontsize=8,
        )  # fmt: skip


def _dress(axes: Any, curve: Curve) -> None:  # noqa: ANN401 - matplotlib comes lazily
    axes.set_title(curve.title, loc="left", fontsize=10, fontweight="bold")
    axes.set_xlabel(curve.x_label)
    axes.set_ylabel(curve.y_label)
    axes.set_yscale("log" if curve.is_log else "linear")
    axes.grid(color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(GRID)
    axes.tick_params(color=GRID)
    if len(curve.lines) > MOST_INSIDE:
        axes.figure.legend(loc="outside lower center", frameon=False, ncols=3)
    else:
        axes.legend(frameon=False, ncols=2)
