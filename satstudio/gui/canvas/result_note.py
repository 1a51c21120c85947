"""ResultNote: over a canvas, what was just made from it: its name, open it, show its folder."""

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from satstudio.gui.kit.widgets import ElidedLabel, label, tool_button

MARGIN_PX = 12
SHARE = 0.9


class ResultNote(QFrame):
    """Stands at the top of its canvas and moves nothing; goes by its cross or the next result."""

    opened = Signal(object)
    """The Path that the user wants to see."""

    folder_asked = Signal(object)

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self.setObjectName("card")
        self.setAutoFillBackground(True)
        self.setAccessibleName(self.tr("Result"))
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self._canvas = canvas
        self._path: Path | None = None
        self._what = label("")
        self._name = ElidedLabel()
        self._name.setObjectName("heading")
        self.open = tool_button("eye", self.tr("Open"), self.tr("Open what was made"))
        self.folder = tool_button(
            "folder-open", self.tr("Show folder"), self.tr("Show the folder that it lies in")
        )
        self.close_button = tool_button("x", "", self.tr("Close this note"))
        line = QHBoxLayout(self)
        line.setContentsMargins(10, 4, 4, 4)
        line.addWidget(self._what)
        line.addWidget(self._name, 1)
        for button in (self.open, self.folder, self.close_button):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            line.addWidget(button)
        self.open.clicked.connect(self._on_open)
        self.folder.clicked.connect(self._on_folder)
        self.close_button.clicked.connect(self.hide)
        canvas.installEventFilter(self)
        self.hide()

    @property
    def path(self) -> Path | None:
        """What was made last."""
        return self._path

    @property
    def text(self) -> str:
        """What stands there."""
        return f"{self._what.text()} {self._name.text()}"

    def show_result(self, what: str, path: Path) -> None:
        """Name a result, as ("Crop saved:", path)."""
        self._path = path
        self._what.setText(what)
        self._name.setText(path.name)
        self._name.setToolTip(str(path))
        self._place()
        self.show()
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Follow the size of the canvas."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        canvas = self._canvas
        hint = self.sizeHint()
        name = self._name.fontMetrics().horizontalAdvance(self._name.text()) + 8
        wide = min(hint.width() + name, int(canvas.width() * SHARE))
        left = (canvas.width() - wide) // 2
        self.setGeometry(left, MARGIN_PX, wide, hint.height())

    @Slot()
    def _on_open(self) -> None:
        self.hide()
        self.opened.emit(self._path)

    @Slot()
    def _on_folder(self) -> None:
        if self._path is not None:
            self.folder_asked.emit(self._path.parent)
