import pytest
from hypothesis import given
from hypothesis.strategies import floats, integers, sampled_from
from PySide6.QtCore import QPointF, Qt

from satstudio.core.grid import Size, Window
from satstudio.gui.canvas.tiles.painter import View
from satstudio.gui.canvas.tools import CropTool, PointerAt
from satstudio.session.viewport import Viewport

SIZE = Size(400, 600)
VIEW = View(Viewport(row=200, col=300, scale=1), Size(400, 600))
NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier


def at(row, col, modifiers=NONE):
    return PointerAt(row, col, QPointF(col, row), VIEW, modifiers)


def drag(tool, start, end, modifiers=NONE):
    tool.press(at(*start))
    tool.move(at(*end, modifiers), is_down=True)
    tool.release(at(*end, modifiers))


def test_a_drag_draws_a_rectangle_of_whole_pixels():
    tool = CropTool(SIZE)
    drag(tool, (10.2, 20.4), (110.1, 219.6))
    assert tool.window == Window(10, 20, 100, 200)


@pytest.mark.parametrize("start", [(10, 20), (110, 220)])
def test_a_drag_to_the_upper_left_draws_the_same(start):
    tool = CropTool(SIZE)
    end = (110, 220) if start == (10, 20) else (10, 20)
    drag(tool, start, end)
    assert tool.window == Window(10, 20, 100, 200)


def test_shift_draws_a_square():
    tool = CropTool(SIZE)
    drag(tool, (10, 20), (60, 120), SHIFT)
    assert tool.window == Window(10, 20, 100, 100)


def test_the_rectangle_is_moved_by_its_inside_and_stays_in_the_scene():
    tool = CropTool(SIZE, Window(10, 20, 100, 200))
    drag(tool, (60, 120), (80, 160))
    assert tool.window == Window(30, 60, 100, 200)
    drag(tool, (80, 160), (900, 900))
    assert tool.window == Window(300, 400, 100, 200)


def test_a_corner_is_pulled_and_the_opposite_one_stays():
    tool = CropTool(SIZE, Window(100, 100, 100, 100))
    drag(tool, (200, 200), (250, 300))
    assert tool.window == Window(100, 100, 150, 200)
    drag(tool, (100, 100), (150, 120))
    assert tool.window == Window(150, 120, 100, 180)


def test_a_side_is_pulled_alone():
    tool = CropTool(SIZE, Window(100, 100, 100, 100))
    drag(tool, (150, 200), (10, 260))
    assert tool.window == Window(100, 100, 100, 160)


def test_a_click_leaves_no_rectangle(qtbot):
    tool = CropTool(SIZE, Window(100, 100, 50, 50))
    with qtbot.waitSignal(tool.changed):
        drag(tool, (10, 10), (10, 10))
    assert tool.window is None


def test_keys_move_accept_and_cancel(qtbot):
    tool = CropTool(SIZE, Window(100, 100, 50, 50))
    assert tool.key(Qt.Key.Key_Right, SHIFT)
    assert tool.window == Window(100, 101, 50, 50)
    assert not tool.key(Qt.Key.Key_Right, NONE)
    with qtbot.waitSignal(tool.accepted):
        tool.key(Qt.Key.Key_Return, NONE)
    with qtbot.waitSignal(tool.cancelled):
        tool.key(Qt.Key.Key_Escape, NONE)


places = floats(-100, 800)


@given(places, places, places, places, sampled_from([1, 8, 64, 256]), integers(1, 500))
def test_a_drawn_rectangle_lies_inside_and_has_the_wanted_steps(
    row, col, end_row, end_col, multiple, side
):
    size = Size(side, 400)
    tool = CropTool(size)
    tool.multiple = multiple
    drag(tool, (row, col), (end_row, end_col))
    window = tool.window
    if window is None:
        return
    assert window.is_inside(size)
    assert window.rows % multiple == 0 or window.rows == side
    assert window.cols % multiple == 0 or window.cols == 400


def test_a_multiple_acts_on_the_rectangle_at_once():
    tool = CropTool(SIZE, Window(0, 0, 100, 100))
    tool.set_multiple(64)
    assert tool.window == Window(0, 0, 128, 128)
