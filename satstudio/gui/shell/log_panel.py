"""Log panel: what the program noted, filtered by importance."""

import logging
from collections import deque

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from satstudio.gui.kit.context import Context
from satstudio.gui.kit.widgets import tool_button

LINES_KEPT = 2000
LEVELS = (("Everything", logging.DEBUG), ("Notes", logging.INFO), ("Warnings", logging.WARNING))
FORMAT = "%(asctime)s  %(levelname)-7s  %(name)s: %(message)s"


class LogBridge(QObject):
    """Takes log records from any thread and hands them to the window's thread."""

    told = Signal(int, str)

    def __init__(self) -> None:
        super().__init__()
        self.kept: deque[tuple[int, str]] = deque(maxlen=LINES_KEPT)
        self.handler = _Handler(self)
        self.handler.setFormatter(logging.Formatter(FORMAT, "%H:%M:%S"))

    def put(self, level: int, line: str) -> None:
        """Keep a line and tell of it."""
        self.kept.append((level, line))
        self.told.emit(level, line)


class _Handler(logging.Handler):
    """The logging side of the bridge."""

    def __init__(self, bridge: LogBridge) -> None:
        super().__init__()
        self._bridge = bridge

    def emit(self, record: logging.LogRecord) -> None:
        """Format and pass on."""
        try:
            self._bridge.put(record.levelno, self.format(record))
        except RuntimeError:  # the window is gone, a thread still speaks
            return


BRIDGE: list[LogBridge] = []


def the_bridge() -> LogBridge:
    """Return the bridge of this process; made and attached to the root logger at first use."""
    if not BRIDGE:
        BRIDGE.append(LogBridge())
        logging.getLogger("satstudio").addHandler(BRIDGE[0].handler)
    return BRIDGE[0]


def make_panel(context: Context) -> QWidget:
    """Return the Log panel."""
    del context
    return LogPanel(the_bridge())


class LogPanel(QWidget):
    """Lines of the log, the newest at the bottom."""

    def __init__(self, bridge: LogBridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._text = QPlainTextEdit()
        self._text.setReadOnly(True)
        self._text.setMaximumBlockCount(LINES_KEPT)
        self._text.setMinimumHeight(self._text.fontMetrics().lineSpacing() * 3)
        self._text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._text.setAccessibleName(self.tr("Log"))
        self._text.setPlaceholderText(self.tr("Nothing noted yet"))
        self._level = QComboBox()
        for name, level in LEVELS:
            self._level.addItem(name, level)
        self._level.setCurrentIndex(1)
        self._level.setToolTip(self.tr("Which lines are shown"))
        self._level.currentIndexChanged.connect(self._on_level)
        copy = tool_button("copy", self.tr("Copy"), self.tr("Copy all lines shown"))
        copy.clicked.connect(self._on_copy)
        caption = QLabel(self.tr("&Show"))
        caption.setBuddy(self._level)
        line = QHBoxLayout()
        line.addWidget(caption)
        line.addWidget(self._level)
        line.addStretch(1)
        line.addWidget(copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        column.addLayout(line)
        column.addWidget(self._text, 1)
        bridge.told.connect(self._on_told)
        self._on_level()

    @property
    def text(self) -> str:
        """All lines shown."""
        return self._text.toPlainText()

    @Slot(int, str)
    def _on_told(self, level: int, line: str) -> None:
        if level >= self._level.currentData():
            self._text.appendPlainText(line)

    @Slot()
    def _on_level(self) -> None:
        least = self._level.currentData()
        lines = [line for level, line in self._bridge.kept if level >= least]
        self._text.setPlainText("\n".join(lines))

    @Slot()
    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text)
