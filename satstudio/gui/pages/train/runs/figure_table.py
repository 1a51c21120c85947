"""FigureTable: what a restorer makes beside the best plain rule: in all, by part and by band."""

from collections.abc import Mapping
from typing import Any

from satstudio.gui.kit.table import Cell, Strong, Table
from satstudio.gui.kit.theme import sign_colour

BEST, PSNR = "_best", "psnr"
DASH = "\N{EN DASH}"
PARTS = {
    "gaps_to_4px": "gaps to 4 px",
    "gaps_to_16px": "gaps of 5 to 16 px",
    "gaps_wider": "wider gaps",
    "never_clear": "never clear",
    "once_clear": "clear once",
}
"""Regions of images by their name in the log; any other is a band."""

OTHERS = {
    "sam": ("spectral angle", "degrees"),
    "lr_consistency": ("consistency with the input", ""),
}
"""Figures of which less is better."""


class FigureTable(Table):
    """A row a figure of the newest step that the log has of output and best baseline."""

    def __init__(self) -> None:
        heads = (self.tr("Of"), self.tr("Output"), self.tr("Best baseline"), self.tr("Gain"))
        super().__init__(heads, right=(1, 2, 3))
        self.setAccessibleName(self.tr("Figures beside the best baseline"))

    def show_line(self, line: Mapping[str, Any]) -> None:
        """Show the figures of a line of the log; a line without them changes nothing."""
        if line.get(PSNR + BEST) is not None:
            rows = figure_rows(line)
            self.show_rows([row[0] for row in rows], [_cells(row) for row in rows])

    def clear_figures(self) -> None:
        """Show nothing: another run is shown."""
        self.show_rows([], [])


Row = tuple[str, str, float, float, float]
"""Name, unit, output, best baseline, gain: above 0 where the output is better."""


def figure_rows(line: Mapping[str, Any]) -> list[Row]:
    """Return the rows of a line of the log: all in all, parts, bands, then other figures."""
    rows: list[Row] = []
    for key, best in line.items():
        name = key.removesuffix(BEST)
        made = line.get(name)
        if not key.endswith(BEST) or best is None or made is None:
            continue
        if name in OTHERS:
            title, unit = OTHERS[name]
            rows.append((title, unit, made, best, best - made))
        elif name == PSNR or name.startswith(f"{PSNR}_"):
            rows.append((_title(name), "dB", made, best, made - best))
    return sorted(rows, key=_place)


def _title(name: str) -> str:
    if name == PSNR:
        return "PSNR, all"
    part = name.removeprefix(f"{PSNR}_")
    return f"PSNR, {PARTS[part]}" if part in PARTS else f"PSNR, band {part}"


def _place(row: Row) -> int:
    """All in all first, then parts; bands as the log has them, other figures at the end."""
    if row[0] == "PSNR, all":
        return 0
    is_part = any(row[0].endswith(part) for part in PARTS.values())
    return 1 if is_part else 2 if row[1] == "dB" else 3


def _cells(row: Row) -> tuple[Cell, ...]:
    name, unit, made, best, gain = row
    behind = f" {unit}" if unit else ""
    shown = f"{gain:+.2f}" if unit == "dB" else f"{gain:+.3g}"
    shown = shown.replace("-", "\N{MINUS SIGN}")
    colour = sign_colour("good" if gain > 0 else "bad")
    first: Cell = Strong(name) if name == "PSNR, all" else name
    return first, f"{made:.4g}{behind}", f"{best:.4g}{behind}", (f"{shown}{behind}", colour)
