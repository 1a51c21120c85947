"""Small helpers that panels and pages share: buttons, labels, texts of sizes and times."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QWidget,
)

from satstudio.gui.kit.icons import icon

if TYPE_CHECKING:
    from PySide6.QtWidgets import QAbstractButton as ButtonBase
else:  # Qt allows no second class of its own behind a button
    ButtonBase = object


class WidthKeeper(QObject):
    """Keeps a scroll area that scrolls up and down only as wide as what it holds."""

    def __init__(self, area: QScrollArea) -> None:
        super().__init__(area)
        self._area = area
        self._inner = area.widget()
        if self._inner is not None:
            self._inner.installEventFilter(self)
            self.fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Follow the content when it changes."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.fit()
        return super().eventFilter(watched, event)

    def fit(self) -> None:
        """Take the width that the content needs."""
        if self._inner is not None:
            bar = self._area.verticalScrollBar().sizeHint().width()
            self._area.setMinimumWidth(self._inner.minimumSizeHint().width() + bar + 2)


class PageStack(QStackedWidget):
    """Pages of which the one in front alone says how small the window may be."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.currentChanged.connect(self.updateGeometry)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return what the page in front needs."""
        front = self.currentWidget()
        return front.minimumSizeHint() if front is not None else QSize()


class _HasIcon(ButtonBase):
    """A lucide icon that follows the palette; stands before the class of the button."""

    _name = ""

    def set_icon_name(self, name: str) -> None:
        """Show another icon."""
        self._name = name
        if name:
            self.setIcon(icon(name))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the icon again when the palette changed."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.set_icon_name(self._name)


class IconButton(_HasIcon, QToolButton):
    """A tool button with an icon."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAutoRaise(True)
        self.set_icon_name(name)


class Button(_HasIcon, QPushButton):
    """A push button with an icon."""

    def __init__(self, text: str, name: str = "", tip: str = "") -> None:
        super().__init__(text)
        self.setToolTip(tip)
        self.set_icon_name(name)


class ElidedLabel(QLabel):
    """A line of text that loses its middle, or its end, where there is no room for all of it."""

    def __init__(
        self, text: str = "", mode: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle
    ) -> None:
        super().__init__(text)
        self._mode = mode
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint what there is room for."""
        del event
        painter = QPainter(self)
        text = self.fontMetrics().elidedText(self.text(), self._mode, self.width())
        painter.drawText(self.rect(), self.alignment(), text)
        painter.end()


def tool_button(name: str, text: str, tip: str) -> IconButton:
    """Return a flat button with icon, text or both; screen readers hear its tip."""
    button = IconButton(name)
    button.setText(text)
    button.setToolTip(tip)
    button.setAccessibleName(text or tip)
    styles = Qt.ToolButtonStyle
    both = styles.ToolButtonTextBesideIcon if name else styles.ToolButtonTextOnly
    button.setToolButtonStyle(both if text else styles.ToolButtonIconOnly)
    return button


def primary_button(text: str, name: str, tip: str) -> Button:
    """Return the one button of a page that does what the page is for."""
    button = Button(text, name, tip)
    button.setObjectName("primary")
    return button


def label(text: str, kind: str = "") -> QLabel:
    """Return a label; `kind` is title, heading, note or problem (see theme.qss)."""
    made = QLabel(text)
    made.setObjectName(kind)
    made.setWordWrap(kind in ("note", "problem"))
    return made


def show_reason(shown: QLabel, text: str, *, is_wrong: bool = True) -> None:
    """Say why something cannot be done yet; in red only where the user has to do something."""
    shown.setText(text)
    shown.setVisible(bool(text))
    kind = "problem" if is_wrong else "note"
    if shown.objectName() != kind:
        shown.setObjectName(kind)
        shown.style().unpolish(shown)
        shown.style().polish(shown)


def in_a_row(*widgets: QWidget) -> QWidget:
    """Return widgets beside each other as one."""
    row = QWidget()
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        line.addWidget(widget)
    return row


def card() -> QFrame:
    """Return a frame that stands out from the window's ground."""
    frame = QFrame()
    frame.setObjectName("card")
    return frame


def duration(seconds: float | None) -> str:
    """Return a time as people say it: 8 s, 3 min 20 s, 2 h 05 min; a dash for None."""
    if seconds is None:
        return "\N{EN DASH}"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def grouped(number: int) -> str:
    """Return a whole number with thin spaces between thousands."""
    return f"{number:,}".replace(",", "\u202f")
