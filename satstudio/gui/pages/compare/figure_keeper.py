"""FigureKeeper: figures of the results, measured on other threads; the newest answer counts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from satstudio.bench.compare import EQUAL, chosen_figures, figures_of, own_figures
from satstudio.bench.figures import FigureRow, figure_rows
from satstudio.core.errors import SatstudioError
from satstudio.core.grid import Window
from satstudio.gui.kit.background_calls import BackgroundCalls
from satstudio.scenes.scene import Scene

SETTLE_MS = 150
MOST_PX = 2048 * 1024
"""Pixels that are measured at once: all of a view at 1:1, whatever the screen."""

LEAST_PX = 2


@dataclass(frozen=True, slots=True)
class FiguresAsked:
    """What is to be measured: the reference, the results by address, where, and which figures.

    Without `names` the usual figures are.
    """

    reference: Scene
    results: Mapping[str, Scene]
    window: Window
    data_range: float | None = None
    names: tuple[str, ...] = ()
    number: int = 0

    def is_same(self, other: "FiguresAsked") -> bool:
        """Tell whether the answer would be the same, of the same open scenes."""
        ones, others = (
            (id(asked.reference), [*map(id, asked.results.values())], asked.window,
             asked.data_range, asked.names)
            for asked in (self, other)
        )  # fmt: skip
        return ones == others


@dataclass(frozen=True, slots=True)
class FiguresFound:
    """Figures by address ("" is the reference) and sentences where there are none."""

    number: int
    window: Window
    rows: Mapping[str, tuple[FigureRow, ...]]
    problems: Mapping[str, str]


class FigureKeeper(QObject):
    """Measures what is in view, or a drawn area, once the view has come to rest."""

    found = Signal(object)
    """FiguresFound of the newest question."""

    def __init__(self, background_calls: BackgroundCalls, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background_calls = background_calls
        self._asked: FiguresAsked | None = None
        self._number = 0
        self._is_busy = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._start)

    @property
    def is_waiting(self) -> bool:
        """Tell whether an answer is still to come."""
        return self._asked is not None or self._is_busy

    def ask(self, asked: FiguresAsked) -> None:
        """Ask for figures; a question that was not answered yet is forgotten."""
        self._number += 1
        self._asked = replace(asked, number=self._number)
        self._timer.start(SETTLE_MS)

    def forget(self) -> None:
        """Answer nothing that was asked."""
        self._number += 1
        self._asked = None
        self._timer.stop()

    @Slot()
    def _start(self) -> None:
        if self._is_busy or self._asked is None:
            return
        asked, self._asked = self._asked, None
        self._is_busy = True
        self._background_calls.ask(partial(measured, asked), self._on_found, self._on_failed)

    @Slot(object)
    def _on_found(self, found: FiguresFound) -> None:
        self._is_busy = False
        if found.number == self._number:
            self.found.emit(found)
        self._start()

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self._is_busy = False
        self._start()
        raise error


def middle_of(window: Window, most_px: int = MOST_PX) -> Window:
    """Return the window, or its middle of at most so many pixels, of the same shape."""
    if window.size.pixels <= most_px:
        return window
    share = (most_px / window.size.pixels) ** 0.5
    rows, cols = max(int(window.rows * share), 1), max(int(window.cols * share), 1)
    row = window.row + (window.rows - rows) // 2
    return Window(row, window.col + (window.cols - cols) // 2, rows, cols)


def measured_areas(asked: FiguresAsked, areas: Mapping[str, Window]) -> dict[str, FiguresFound]:
    """Measure several areas, each like `asked`; for another thread than the GUI's."""
    return {
        name: measured(replace(asked, window=middle_of(window))) for name, window in areas.items()
    }


def measured(asked: FiguresAsked) -> FiguresFound:
    """Measure; for another thread than the GUI's."""
    window = asked.window
    if min(window.rows, window.cols) < LEAST_PX:
        return FiguresFound(asked.number, window, {}, dict.fromkeys(asked.results, "too small"))
    reference = asked.reference.read(window)
    rows = {"": figure_rows(own_figures(reference))}
    problems: dict[str, str] = {}
    for address, scene in asked.results.items():
        try:
            result = scene.read(window)
            found = (
                chosen_figures(reference, result, asked.names, asked.data_range)
                if asked.names
                else figures_of(reference, result, (), **EQUAL, data_range=asked.data_range)
            )
            rows[address] = figure_rows(found)
        except SatstudioError as error:
            problems[address] = str(error)
    return FiguresFound(asked.number, window, rows, problems)
