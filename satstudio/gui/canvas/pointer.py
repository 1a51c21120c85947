"""Pointer: the pixel that is spoken of: the one under the mouse, or one marked with keys."""

from typing import Protocol

from PySide6.QtCore import QPointF, SignalInstance
from PySide6.QtGui import QPainter

from satstudio.gui.canvas.overlays import paint_mark
from satstudio.gui.canvas.tiles.painter import View
from satstudio.scenes.scene import Scene
from satstudio.session.viewport import Viewport

Place = tuple[float, float]


class Pointed(Protocol):
    """What the pointer asks of its canvas."""

    hovered: SignalInstance

    @property
    def scene(self) -> Scene | None: ...  # noqa: D102 - as Canvas has it
    @property
    def view(self) -> View: ...  # noqa: D102 - as Canvas has it
    def image_at(self, place: QPointF) -> Place: ...  # noqa: D102 - as Canvas has it
    def set_viewport(  # noqa: D102 - as Canvas has it
        self, viewport: Viewport | None, *, tell: bool = False
    ) -> None: ...
    def update(self) -> None: ...  # noqa: D102 - QWidget's


class Pointer:
    """Tells its canvas's listeners the pixel, also when the picture moves under a resting mouse."""

    def __init__(self, canvas: Pointed) -> None:
        self._canvas = canvas
        self._mouse: QPointF | None = None
        self._place: Place | None = None
        self._has_mark = False

    def forget(self) -> None:
        """Speak of another scene; the mouse stays where it is."""
        self._place, self._has_mark = None, False
        self._canvas.hovered.emit(None)
        self.follow()

    def hover(self, mouse: QPointF) -> None:
        """Take the mouse's place on the canvas."""
        self._mouse = mouse
        if self._has_mark:
            self._has_mark = False
            self._canvas.update()
        if self._canvas.scene is None:
            self._canvas.hovered.emit(None)
        self.follow()

    def leave(self) -> None:
        """Take note that the mouse is elsewhere."""
        self._mouse = None
        self._canvas.hovered.emit(None)

    def follow(self) -> None:
        """Tell what lies under the mouse; a pixel marked with keys stays the one spoken of."""
        scene = self._canvas.scene
        if self._mouse is None or self._has_mark or scene is None:
            return
        row, col = self._canvas.image_at(self._mouse)
        size = scene.grid.size
        is_inside = 0 <= row < size.rows and 0 <= col < size.cols
        self._place = (row, col) if is_inside else None
        self._canvas.hovered.emit(self._place)

    def move(self, rows: int, cols: int) -> None:
        """Move by pixels, with keys; the pixel is marked and stays in view."""
        canvas = self._canvas
        if canvas.scene is None:
            return
        view, size = canvas.view, canvas.scene.grid.size
        row, col = self._place or (view.viewport.row, view.viewport.col)
        row = min(max(int(row) + rows, 0), size.rows - 1) + 0.5
        col = min(max(int(col) + cols, 0), size.cols - 1) + 0.5
        self._place, self._has_mark = (row, col), True
        down, right = view.viewport.to_screen(row, col, view.size)
        if not (0 <= down < view.size.rows and 0 <= right < view.size.cols):
            canvas.set_viewport(view.viewport.centred(row, col), tell=True)
        canvas.hovered.emit(self._place)
        canvas.update()

    def paint(self, painter: QPainter, view: View) -> None:
        """Paint the mark of a pixel that was chosen with keys."""
        if self._has_mark and self._place is not None:
            paint_mark(painter, view, *self._place)
