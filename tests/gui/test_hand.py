import pytest
from gui_made import wait_complete
from made import speckle, write_geotiff
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QNativeGestureEvent, QPointingDevice, QWheelEvent
from PySide6.QtWidgets import QApplication

from satstudio.core.grid import Size, Window
from satstudio.gui.canvas.canvas import Canvas
from satstudio.gui.canvas.tools import CropTool
from satstudio.gui.kit.scenes.loader import SceneKeeper
from satstudio.render.style import DisplayStyle
from satstudio.scenes.scene import open_scene
from satstudio.session.viewport import Viewport

NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def canvas(qtbot, tmp_path):
    keeper = SceneKeeper()
    scene = open_scene(write_geotiff(tmp_path / "s.tif", speckle(600, 800), tiled=True))
    widget = Canvas(keeper)
    qtbot.addWidget(widget)
    widget.resize(400, 300)
    widget.show_scene(scene, DisplayStyle(view="db", low=-20, high=10))
    widget.set_viewport(Viewport(row=300, col=400, scale=2))
    with qtbot.waitExposed(widget):
        widget.show()
    wait_complete(widget, qtbot)
    yield widget
    keeper.close()
    scene.close()


def scrolled(canvas, modifiers=NONE):
    place = QPointF(100, 80)
    event = QWheelEvent(
        place,
        canvas.mapToGlobal(place),
        QPoint(10, -20),
        QPoint(40, -80),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.ScrollUpdate,
        False,
    )
    QApplication.sendEvent(canvas, event)


def test_two_fingers_pan_and_with_control_they_zoom(canvas):
    before = canvas.viewport
    scrolled(canvas)
    assert canvas.viewport.scale == before.scale
    assert canvas.viewport.row == pytest.approx(before.row + 10)
    assert canvas.viewport.col == pytest.approx(before.col - 5)
    scrolled(canvas, Qt.KeyboardModifier.ControlModifier)
    assert canvas.viewport.scale < before.scale


def test_a_pinch_zooms_about_the_fingers(canvas):
    place = QPointF(120, 90)
    before = canvas.image_at(place)
    pinch = QNativeGestureEvent(
        Qt.NativeGestureType.ZoomNativeGesture,
        QPointingDevice.primaryPointingDevice(),
        2,
        place,
        place,
        canvas.mapToGlobal(place),
        0.25,
        QPointF(),
        1,
    )
    QApplication.sendEvent(canvas, pinch)
    assert canvas.viewport.scale == pytest.approx(2.5)
    assert canvas.image_at(place) == pytest.approx(before)


@pytest.mark.parametrize("with_space", [True, False])
def test_space_or_the_middle_button_pans_while_a_tool_has_the_mouse(canvas, qtbot, with_space):
    tool = CropTool(Size(600, 800), Window(280, 380, 20, 20))
    canvas.set_tool(tool)
    button = Qt.MouseButton.LeftButton if with_space else Qt.MouseButton.MiddleButton
    before = canvas.viewport
    if with_space:
        qtbot.keyPress(canvas, Qt.Key.Key_Space)
    qtbot.mousePress(canvas, button, pos=QPoint(200, 150))
    qtbot.mouseMove(canvas, QPoint(220, 150))
    qtbot.mouseRelease(canvas, button, pos=QPoint(220, 150))
    if with_space:
        qtbot.keyRelease(canvas, Qt.Key.Key_Space)
    assert canvas.viewport.col == pytest.approx(before.col - 10)
    assert tool.window == Window(280, 380, 20, 20)
    canvas.set_tool(None)


def test_a_double_click_enlarges_and_control_0_fits(canvas, qtbot):
    qtbot.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(200, 150))
    assert canvas.viewport.scale == 4
    qtbot.keyClick(canvas, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert canvas.wanted_viewport is None


def test_the_picture_cannot_be_lost_outside_of_the_view(canvas):
    for _ in range(20):
        canvas.pan(500, 700)
    assert (canvas.viewport.row, canvas.viewport.col) == (0, 0)
