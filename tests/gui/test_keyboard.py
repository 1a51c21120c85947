"""All that can be clicked can be reached by Tab, and shows when it is."""

from collections import Counter

import pytest
from made import made_slc
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QMenuBar,
    QPlainTextEdit,
    QScrollBar,
    QTabBar,
    QToolBar,
    QWidget,
)
from window_made import made_window, open_sample

from satstudio.gui.kit.actions import keys_of
from satstudio.gui.panels.histogram import HistogramView
from satstudio.gui.shell.deck.road import road_pages
from satstudio.gui.shell.focus_ring import FocusRing

CONTROLS = (
    QAbstractButton, QAbstractItemView, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit,
    QPlainTextEdit, QTabBar, HistogramView,
)  # fmt: skip
INNER = ("qt_spinbox_lineedit", "qt_scrollarea_", "qt_tabwidget", "qt_dockwidget", "ScrollLeft")
MOST_TABS = 300


@pytest.fixture(params=["light", "dark"])
def window(request, qtbot, study, tmp_path):
    with made_window(qtbot, study, theme=request.param) as made:
        open_sample(qtbot, made, made_slc(tmp_path, 96, 96))
        yield made


def controls(root: QWidget) -> list[QWidget]:
    """What a mouse could use; tool bars, menus and parts of other controls are left out."""
    found = [
        each
        for kind in CONTROLS
        for each in root.findChildren(kind)
        if each.isVisible() and each.isEnabled() and not isinstance(each, QScrollBar)
    ]
    return [each for each in dict.fromkeys(found) if not is_inner(each)]


def is_inner(widget: QWidget) -> bool:
    if widget.objectName().startswith(INNER) or widget.property("focusless"):
        return True
    above = widget.parentWidget()
    while above is not None:
        if isinstance(above, QToolBar | QMenuBar | QComboBox | QTabBar | QAbstractItemView):
            return True
        above = above.parentWidget() if not above.isWindow() else None
    spun = widget.parentWidget()
    return isinstance(spun, QAbstractSpinBox) or type(widget.parent()).__name__ in (
        "QStatusBar",
        "QDockWidget",
    )


def reached(qtbot, root: QWidget) -> list[QWidget]:
    """Press Tab until the focus comes round."""
    root.activateWindow()
    qtbot.waitUntil(root.isActiveWindow)
    seen: list[QWidget] = []
    for _ in range(MOST_TABS):
        target = QApplication.focusWidget() or root
        qtbot.keyClick(target, Qt.Key.Key_Tab)
        now = QApplication.focusWidget()
        if now is None or (seen and now is seen[0]):
            break
        if now not in seen:
            seen.append(now)
    return seen


def missed(root: QWidget, seen: list[QWidget]) -> list[str]:
    """Controls that Tab passed by; of a group of which one is chosen, arrows reach the rest."""
    left = [each for each in controls(root) if (each.focusProxy() or each) not in seen]
    return told(
        each
        for each in left
        if not (
            isinstance(each, QAbstractButton)
            and each.group() is not None
            and any(button in seen for button in each.group().buttons())
        )
    )


def told(widgets) -> list[str]:
    return [
        f"{type(each).__name__} {each.objectName()} '{each.accessibleName() or each.toolTip()}'"
        for each in widgets
    ]


@pytest.mark.parametrize("name", [page.name for page in road_pages()])
def test_every_control_of_a_page_is_reached_by_tab(window, qtbot, name):
    window.show_page(name)
    qtbot.wait(50)
    seen = reached(qtbot, window)
    assert missed(window, seen) == []


DIALOGS = ("show_settings", "show_shortcuts", "show_about", "show_first_steps")


@pytest.mark.parametrize("show", DIALOGS)
def test_every_control_of_a_dialog_is_reached_by_tab(window, qtbot, show):
    getattr(window, show)()
    dialog = window.dialog
    seen = reached(qtbot, dialog)
    assert missed(dialog, seen) == []
    dialog.reject()


def test_the_ring_shows_where_the_keyboard_is(window, qtbot):
    window.show_settings()
    dialog = window.dialog
    qtbot.waitUntil(dialog.isActiveWindow)
    QTest.keyClick(dialog.windowHandle(), Qt.Key.Key_Tab)
    focus, ring = QApplication.focusWidget(), dialog.findChild(FocusRing)
    assert ring.isVisible()
    area = ring.geometry()
    assert area.contains(focus.mapTo(dialog, focus.rect().center()))
    accent = dialog.palette().accent().color()
    image = dialog.grab(area).toImage()
    middle = image.pixelColor(image.width() // 2, 0)
    assert abs(middle.lightness() - accent.lightness()) < 60
    ground = dialog.rect().bottomLeft() + QPoint(3, -3)
    QTest.mouseClick(dialog.windowHandle(), Qt.MouseButton.LeftButton, pos=ground)
    assert not ring.isVisible()
    dialog.reject()


def test_a_click_leaves_no_ring(window, qtbot):
    window.show_settings()
    dialog = window.dialog
    qtbot.waitUntil(dialog.isActiveWindow)
    field = next(each for each in dialog.findChildren(QLineEdit) if each.isVisible())
    place = field.mapTo(dialog, field.rect().center())
    QTest.mouseClick(dialog.windowHandle(), Qt.MouseButton.LeftButton, pos=place)
    assert QApplication.focusWidget() is not None
    assert not any(ring.isVisible() for ring in dialog.findChildren(FocusRing))
    dialog.reject()


def test_the_ring_does_not_stay_behind_when_a_panel_floats(window, qtbot):
    window.show()
    window.open_sample()
    qtbot.waitUntil(lambda: window.context.store.session.layer is not None)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    dock = window.docks.dock("style")
    field = next(each for each in dock.findChildren(QLineEdit) if each.isVisible())
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_Tab)
    field.setFocus()
    assert window.findChild(FocusRing).isVisible()
    dock.setFloating(True)  # a warning of mapTo fails the test
    qtbot.wait(20)
    assert not window.findChild(FocusRing).isVisible()


def test_a_widget_that_goes_while_it_has_the_focus_takes_its_ring_along(window, qtbot):
    window.show_settings()
    dialog = window.dialog
    qtbot.waitUntil(dialog.isActiveWindow)
    line = QLineEdit(dialog)
    line.show()
    QTest.keyClick(dialog.windowHandle(), Qt.Key.Key_Tab)
    line.setFocus(Qt.FocusReason.TabFocusReason)
    ring = dialog.findChild(FocusRing)
    assert ring.isVisible()
    line.deleteLater()
    qtbot.waitUntil(lambda: not ring.isVisible() or QApplication.focusWidget() is not line)
    qtbot.keyClick(dialog, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is not None
    dialog.reject()
    window.show_about()
    qtbot.waitUntil(window.dialog.isActiveWindow)
    window.dialog.reject()


def test_no_key_has_two_meanings(window):
    actions = window.context.actions
    for name in window.page_names:
        window.page_widget(name)
    keys = Counter(key for row in actions.rows() for key in keys_of(actions.shortcut(row.id)))
    assert [key for key, count in keys.items() if count > 1] == []
    assert {"F1", "Ctrl+K", "Ctrl+Shift+P", "Alt+Left"} <= set(keys)
