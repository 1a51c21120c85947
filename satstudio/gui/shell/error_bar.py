"""MessageBar: one sentence for the user, not modal, with details to unfold and to copy."""

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from satstudio.gui.kit.icons import pixmap
from satstudio.gui.kit.theme import sign_colour
from satstudio.gui.kit.widgets import tool_button

LINES_SHOWN = 9


@dataclass(frozen=True, slots=True)
class Message:
    """What is told.

    Attributes
    ----------
    cause : what it is about; when that is settled, the message goes; "" stays until it is closed
    """

    text: str
    kind: str = "error"
    detail: str = ""
    cause: str = ""


class MessageBar(QFrame):
    """Shows the newest message, older ones in its details; the window lives on beneath it."""

    closed = Signal()
    """The user closed the message."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bar")
        self.setAccessibleName(self.tr("Message"))
        self._messages: tuple[Message, ...] = ()
        self._sign = QLabel()
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(self._text.textInteractionFlags().TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._details = QPlainTextEdit()
        self._details.setReadOnly(True)
        self._details.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._details.setAccessibleName(self.tr("Details"))
        self._more = tool_button("", self.tr("Details"), self.tr("Show what lies behind it"))
        self._more.setCheckable(True)
        self._more.toggled.connect(self._details.setVisible)
        self._copy = tool_button("copy", self.tr("Copy"), self.tr("Copy message and details"))
        self._copy.clicked.connect(self._on_copy)
        self._close = tool_button("x", "", self.tr("Close this message"))
        self._close.clicked.connect(self._on_close)
        self._arrange(self._more, self._copy, self._close)
        self.hide()

    @property
    def text(self) -> str:
        """The sentence shown last."""
        return self._text.text()

    @property
    def detail(self) -> str:
        """The details shown last."""
        return self._details.toPlainText()

    def show_message(
        self, text: str, kind: str = "error", detail: str = "", cause: str = ""
    ) -> None:
        """Show a message; an error that is still there moves into the details."""
        new = Message(text, kind, detail, cause)
        older = self._messages if kind == "error" and not self.isHidden() else ()
        kept = tuple(one for one in older if one.kind == kind and not _is_same(one, new))
        self._messages = (new, *kept)
        self._show()

    def settle(self, cause: str) -> None:
        """Take back what was told because of something that is no more."""
        kept = tuple(one for one in self._messages if one.cause != cause)
        if len(kept) < len(self._messages) and not self.isHidden():
            self._messages = kept
            self._show()

    @Slot(str)
    def show_error(self, text: str) -> None:
        """Show the sentence of an error."""
        self.show_message(text, "error")

    @Slot()
    def _on_close(self) -> None:
        self.hide()
        self.closed.emit()

    def _show(self) -> None:
        if not self._messages:
            self.hide()
            return
        newest, *older = self._messages
        self.setProperty("kind", newest.kind)
        self.style().unpolish(self)
        self.style().polish(self)
        self._show_sign(newest.kind)
        self._text.setText(newest.text)
        said = (newest.detail, *(part for one in older for part in (one.text, one.detail)))
        detail = "\n\n".join(part for part in said if part)
        self._details.setPlainText(detail)
        height = self._details.fontMetrics().lineSpacing() * LINES_SHOWN
        self._details.setFixedHeight(height)
        self._copy.setVisible(newest.kind != "hint")
        self._more.setVisible(bool(detail))
        self._more.setChecked(False)
        self._details.hide()
        self.show()

    def _show_sign(self, kind: str) -> None:
        sign = {"error": ("triangle-alert", "bad")}.get(kind, ("info", "info"))
        size = self.fontMetrics().height() + 2
        self._sign.setPixmap(pixmap(sign[0], size, sign_colour(sign[1]), self.devicePixelRatioF()))

    def _arrange(self, *buttons: QToolButton) -> None:
        line = QHBoxLayout()
        line.addWidget(self._sign)
        line.addWidget(self._text, 1)
        for button in buttons:
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # never in the way of the canvas's keys
            line.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 8, 6)
        column.addLayout(line)
        column.addWidget(self._details)

    @Slot()
    def _on_copy(self) -> None:
        parts = [self._text.text(), self._details.toPlainText()]
        QGuiApplication.clipboard().setText("\n\n".join(part for part in parts if part))


def _is_same(older: Message, newer: Message) -> bool:
    """Tell whether a message says again what one before it said, or more of its cause."""
    return older.text == newer.text or (bool(newer.cause) and older.cause == newer.cause)
