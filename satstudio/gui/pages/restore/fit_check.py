"""RestoreCheck: whether what is chosen fits and what it will cost; asked soon after a change."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from satstudio.gui.pages.restore.desk import RestoreDesk, Wish
from satstudio.gui.pages.restore.run_panel import shown_size

WAIT_MS = 200
Findings = tuple[tuple[str, str], ...]


class RestoreCheck(QObject):
    """Checks the newest wish, then estimates it.

    Attributes
    ----------
    estimate : seconds, bytes, tiles and free bytes on the disk, once they are known
    remark : what is good to know about this model on these scenes
    findings : (state, sentence) of each image that is taken beside the scenes
    """

    changed = Signal()

    def __init__(self, desk: RestoreDesk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._wish: Wish | None = None
        self._folder, self._times = Path(), 1
        self._is_checked = False
        self._sentence = ""
        self.estimate: Mapping[str, Any] = {}
        self.remark = ""
        self.findings: Findings = ()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(WAIT_MS)
        self._timer.timeout.connect(self._ask)
        desk.answered.connect(self._on_answer)

    @property
    def is_good(self) -> bool:
        """Tell whether the wish was found to fit."""
        return self._is_checked and not self.refusal

    @property
    def refusal(self) -> str:
        """Why the wish cannot be fulfilled; empty where it can, or nothing is known yet."""
        free, size = self.estimate.get("free"), self.estimate.get("room", 0)
        if free is not None and size > free:
            text = self.tr(
                "Making the result may take {size}, but only {free} are free where it goes; "
                "choose a smaller part, or another folder."
            )
            return text.format(size=shown_size(size), free=shown_size(free))
        return self._sentence

    def want(self, wish: Wish | None, folder: Path, times: int = 1) -> bool:
        """Check a wish, results of which go to `folder`; tells whether it is a new one.

        Parameters
        ----------
        times : its scene stands for so many like it
        """
        if (wish, folder, times) == (self._wish, self._folder, self._times):
            return False
        self._wish, self._folder, self._times = wish, folder, times
        self.again()
        return True

    def again(self) -> None:
        """Check the same wish once more: files come and go."""
        self._is_checked, self._sentence, self.remark, self.findings = False, "", "", ()
        self.estimate = {}
        self._desk.forget("check")
        self._desk.forget("estimate")
        if self._wish is not None:
            self._timer.start()

    def close(self) -> None:
        """Ask nothing more."""
        self._timer.stop()
        self._wish = None

    @Slot()
    def _ask(self) -> None:
        if self._wish is not None:
            self._desk.ask_check(*self._wish)

    @Slot(str, object)
    def _on_answer(self, kind: str, fields: Mapping[str, Any]) -> None:
        if self._wish is None or kind not in ("check", "estimate"):
            return
        self._sentence = str(fields.get("sentence", ""))
        if kind == "estimate":
            self.estimate = fields
        else:
            self._is_checked = True
            self.remark = str(fields.get("remark", ""))
            self.findings = tuple((str(s), str(t)) for s, t in fields.get("findings", ()))
            if not self._sentence:
                self._desk.ask_estimate(self._wish, self._folder, self._times)
        self.changed.emit()
