"""FiguresMenu: which figures stand above the results; why others do not fit; copy and save."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from satstudio.bench.figures import LABELS
from satstudio.bench.metric_choice import Compared, offered, unfit
from satstudio.metrics.score import METRICS

TITLES = {"ratio_image_stats": "Ratio mean and variance"}
"""Of metrics with several figures."""


class FiguresMenu(QMenu):
    """Ticks are the figures that are shown; one that does not fit the scene says why."""

    chosen = Signal(object)
    """The names of the metrics that the user wants; empty: the usual ones."""

    def __init__(self, below: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setToolTipsVisible(True)
        self._below = tuple(below)
        self._shown: tuple[str, ...] = ()
        self._told: tuple[object, ...] | None = None

    def show_choice(
        self, chosen: tuple[str, ...], shown: Sequence[str], scene: Compared | None
    ) -> None:
        """Fill the menu; nothing is done where it holds this already, as while a view is dragged.

        Parameters
        ----------
        chosen : what the user wants; empty: the usual figures
        shown : metrics whose figures stand above the results
        scene : the reference; None where nothing is compared
        """
        told = (chosen, tuple(shown), scene)
        if told == self._told:
            return
        self._told = told
        self.clear()
        self._shown = tuple(shown)
        usual = self._tick(self.tr("Usual figures"), not chosen)
        usual.triggered.connect(lambda: self.chosen.emit(()))
        self.addSeparator()
        for name in offered() if scene is not None else ():
            reason = unfit(name, scene) if scene is not None else ""
            title = title_of(name)
            action = self._tick(f"{title}: {reason}" if reason else title, name in shown)
            action.setEnabled(not reason)
            action.setToolTip(reason or METRICS[name].definition)
            action.triggered.connect(lambda is_on, name=name: self._on_ticked(name, is_on))
        self.addSeparator()
        self.addActions(list(self._below))

    def _tick(self, text: str, is_on: bool) -> QAction:
        action = self.addAction(text)
        action.setCheckable(True)
        action.setChecked(is_on)
        return action

    def _on_ticked(self, name: str, is_on: bool) -> None:
        wanted = {*self._shown, name} if is_on else {*self._shown} - {name}
        self.chosen.emit(tuple(one for one in offered() if one in wanted))


def title_of(name: str) -> str:
    """Return what menus call a metric."""
    title = TITLES.get(name) or LABELS.get((name, ""), name)
    return title[0].upper() + title[1:]
