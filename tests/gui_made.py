"""What tests of the View page share: a context without a window, events, waiting."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from satstudio.core.settings import Settings
from satstudio.gui.canvas.canvas import Canvas
from satstudio.gui.canvas.scene_actions import view_rows
from satstudio.gui.jobs.run_job import JobCenter
from satstudio.gui.kit.actions import ActionRegistry
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.scenes.loader import SceneKeeper
from satstudio.session.store import Store


@contextmanager
def made_context(settings: Settings | None = None) -> Iterator[Context]:
    """A context without a window; everything it started has ended afterwards."""
    jobs = JobCenter()
    context = Context(Store(), SceneKeeper(jobs), jobs, ActionRegistry(), settings or Settings())
    context.open_asked.connect(lambda addresses: [context.scenes.open(a) for a in addresses])
    context.scenes.opened.connect(
        lambda address: context.store.replace(context.store.session.opened(address), text="Open")
    )
    try:
        yield context
    finally:
        context.scenes.close()
        context.jobs.close()


@contextmanager
def made_compare_context() -> Iterator[Context]:
    """A context whose page in front is Compare, with the actions on pictures."""
    with made_context() as made:
        made.actions.add(*view_rows(made))
        made.store.change(page="compare")
        yield made


@contextmanager
def shown_page(page: QWidget, qtbot, width: int, height: int) -> Iterator[QWidget]:
    """Show a page, active and of a size; the threads of a page with several canvases end."""
    qtbot.addWidget(page)
    page.resize(width, height)
    with qtbot.waitActive(page):
        page.show()
        page.activateWindow()
    yield page
    getattr(page, "close_canvas", lambda: None)()


def open_in(context: Context, qtbot, path: Path | str) -> str:
    """Open a scene and make it the active layer; returns its address."""
    with qtbot.waitSignal(context.scenes.opened, timeout=10_000):
        context.open([str(path)])
    return str(path)


def wait_complete(canvas: Canvas, qtbot) -> None:
    qtbot.waitUntil(lambda: canvas.scene is not None and canvas.missing == 0, timeout=10_000)


def wheel(
    widget: QWidget,
    place: QPointF,
    delta: int,
    keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    event = QWheelEvent(
        place,
        widget.mapToGlobal(place),
        QPoint(),
        QPoint(0, delta),
        Qt.MouseButton.NoButton,
        keys,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


def pixels_of(widget: QWidget) -> np.ndarray:
    """What the widget shows, as (rows, cols, 4) of B, G, R, A."""
    image = widget.grab().toImage().convertToFormat(widget.grab().toImage().Format.Format_RGB32)
    rows, cols = image.height(), image.width()
    return np.frombuffer(image.constBits(), np.uint8).reshape(rows, cols, 4).copy()


def colour_at(widget: QWidget, row: int, col: int) -> QColor:
    return widget.grab().toImage().pixelColor(col, row)


def rest_on(qtbot, widget: QWidget, x: int, y: int) -> None:
    """Move the mouse to a place, also where it stands there already from the test before."""
    qtbot.mouseMove(widget, QPoint(x + 5, y + 3))
    qtbot.mouseMove(widget, QPoint(x, y))
