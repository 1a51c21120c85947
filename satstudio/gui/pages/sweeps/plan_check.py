"""PlanCheck: what is wrong with the chosen plan on the chosen patches; asked after a change."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from satstudio.gui.jobs.warm_worker import WarmWorker
from satstudio.jobs.plan_checks import KINDS, PLAN

WAIT_MS = 300
NICE = 10
Wish = tuple[dict[str, Any], Path | None]
"""A plan with its choices, and the patch set."""


class PlanCheck(QObject):
    """Asks a process that has torch; the window itself never loads it.

    Attributes
    ----------
    problem : why the plan cannot work; "" where it can, or nothing is known yet
    is_busy : whether that is being found out
    """

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._wish: Wish | None = None
        self.problem = ""
        self.is_busy = False
        self.worker = WarmWorker("plan_checks", KINDS, NICE, self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(WAIT_MS)
        self._timer.timeout.connect(self._ask)
        self.worker.answered.connect(self._on_answer)

    def want(self, wish: Wish | None) -> None:
        """Check a wish; what was found of an earlier one is forgotten."""
        if wish == self._wish:
            return
        self._wish = wish
        self.worker.forget(PLAN.name)
        self.problem, self.is_busy = "", wish is not None
        if wish is not None:
            self._timer.start()
        else:
            self._timer.stop()
        self.changed.emit()

    @Slot()
    def close(self) -> None:
        """Ask nothing more."""
        self._timer.stop()
        self._wish = None
        self.worker.close()

    @Slot()
    def _ask(self) -> None:
        if self._wish is not None:
            plan, patches = self._wish
            self.worker.ask(PLAN.name, {"plan": plan, "patches": patches and str(patches)})

    @Slot(str, object)
    def _on_answer(self, kind: str, fields: Mapping[str, Any]) -> None:
        del kind
        self.is_busy = False
        self.problem = str(fields.get("sentence", ""))
        self.changed.emit()
