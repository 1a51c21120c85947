"""A plain QWidget that paints tiles; pan, zoom; tools and overlays are small classes beside it."""

import time
from collections.abc import Iterable, Sequence

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from satstudio.core.grid import Size, Window
from satstudio.gui.canvas.layer_stack import Below, LayerStack
from satstudio.gui.canvas.navigation import Navigation
from satstudio.gui.canvas.overlays import Overlay, paint_label
from satstudio.gui.canvas.pixel_grid import paint_pixels
from satstudio.gui.canvas.pointer import Pointer
from satstudio.gui.canvas.tiles.loader import TileLoader
from satstudio.gui.canvas.tiles.painter import Drawn, TilePicture, View, retry_due
from satstudio.gui.canvas.tools import Tool
from satstudio.gui.kit.scenes.loader import SceneKeeper
from satstudio.render.style import DisplayStyle
from satstudio.scenes.scene import Scene
from satstudio.session.viewport import Viewport

SURROUND = QColor(43, 43, 43)
BUSY_AFTER_MS = 300
TAKE_MS = 33
RESTYLE_S = 0.1


class Canvas(QWidget):
    """Shows one scene at the resolution of the screen; opens and reads nothing itself."""

    viewport_changed = Signal(object)
    """The new Viewport after the user moved or zoomed; None while the scene is fitted."""

    hovered = Signal(object)
    """(row, col) under the cursor as floats, or None outside the scene."""

    completed = Signal()
    """All tiles in view are there, after some were missing."""

    dropped = Signal(list)
    """Paths of files or folders dropped onto the canvas."""

    def __init__(self, keeper: SceneKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pointer = Pointer(self)
        self._navigation = Navigation(self)  # first: `event` stands on it
        self._introduce()
        self.picture = TilePicture(lambda: keeper.image_bytes)
        self._below = LayerStack(lambda: keeper.image_bytes)
        self.overlays: list[Overlay] = []
        self.message = self.tr("Open a scene, or drop files here")
        self.notes: tuple[str, ...] = ()
        self._loader = TileLoader(keeper.raw)
        keeper.ending.connect(self.close_loader)
        self.destroyed.connect(self._loader.close)
        self._loader.arrived.connect(self._await_more, Qt.ConnectionType.QueuedConnection)
        self._loader.finished.connect(self._drain, Qt.ConnectionType.QueuedConnection)
        self._viewport: Viewport | None = None
        self._tool: Tool | None = None
        self._focus: tuple[float, float] | None = None
        self._asked: tuple[object, ...] = ()
        self._missing_since = 0.0
        self._was_complete = True
        self._says_reading = False
        self._next_style: DisplayStyle | None = None
        self._styled_s = 0.0
        self._take_timer = self._single_shot(self._drain)
        self._busy_timer = self._single_shot(self.update)
        self._retry_timer = self._single_shot(self.update)
        self._style_timer = self._single_shot(self._apply_style)

    def _introduce(self) -> None:
        """Tell Qt and screen readers what this widget is."""
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(160, 120)
        self.setAccessibleName(self.tr("Image"))
        self.setAccessibleDescription(
            self.tr("Arrows pan, with Shift they move the cursor; plus and minus zoom, F fits.")
        )

    # ------------------------------------------------------------------ what is shown

    @property
    def scene(self) -> Scene | None:
        """The scene that is shown."""
        return self.picture.look.scene if self.picture.look else None

    @property
    def missing(self) -> int:
        """How many tiles in view are not there yet, in the newest style."""
        return self.picture.missing + (self._next_style is not None)

    def show_scene(
        self, scene: Scene | None, style: DisplayStyle | None = None, epoch: int = 0
    ) -> None:
        """Show a scene, or nothing; the view stays where the scene stays the same."""
        is_new = scene is not self.scene
        self._next_style = None
        self.picture.show(scene, style, epoch)
        if is_new:
            self._viewport = None
            self._loader.want([])
            self.pointer.forget()
        self._asked = ()
        self._was_complete = self.picture.look is None
        self._missing_since = time.monotonic()
        self.update()

    def set_style(self, style: DisplayStyle) -> None:
        """Show the scene in another style; while one is being drawn, the newest one waits."""
        look = self.picture.look
        if look is None or (look.style == style and self._next_style is None):
            return
        self._next_style = style
        waited = time.monotonic() - self._styled_s
        if self.picture.missing == 0 or waited > RESTYLE_S:
            self._apply_style()
        elif not self._style_timer.isActive():
            self._style_timer.start(int(1000 * (RESTYLE_S - waited)) + 1)

    @Slot()
    def _apply_style(self) -> None:
        look, style = self.picture.look, self._next_style
        self._next_style = None
        if look is not None and style is not None:
            self._styled_s = time.monotonic()
            self.picture.show(look.scene, style, look.epoch)
            self._was_complete = False
            self.update()

    def set_layers(self, below: Sequence[Below], opacity: float) -> None:
        """Show these layers under the scene, the lowest first, and the scene over them."""
        if self._below.show(below, opacity):
            self._asked = ()
            self.update()

    def set_epoch(self, epoch: int) -> None:
        """Read the coarser levels again, since the pyramid is there."""
        look = self.picture.look
        if look is not None:
            self.show_scene(look.scene, self._next_style or look.style, epoch)

    def set_tool(self, tool: Tool | None) -> None:
        """Give the mouse to a tool, or back to panning with None."""
        self._tool = tool
        self.setCursor(tool.cursor if tool else Qt.CursorShape.ArrowCursor)
        self.update()

    @property
    def tool(self) -> Tool | None:
        """The tool that has the mouse."""
        return self._tool

    def set_overlays(self, overlays: Iterable[Overlay]) -> None:
        """Draw these over the picture, the first one lowest."""
        self.overlays = list(overlays)
        self.update()

    def set_message(self, text: str) -> None:
        """Set the text of the empty canvas."""
        self.message = text
        self.update()

    @Slot()
    def close_loader(self) -> None:
        """End the loader's threads; the canvas then shows only what it has."""
        for timer in (self._take_timer, self._busy_timer, self._retry_timer, self._style_timer):
            timer.stop()
        self._loader.close()

    # ------------------------------------------------------------------ where one looks

    @property
    def view(self) -> View:
        """Where the canvas looks now."""
        size = Size(max(self.height(), 1), max(self.width(), 1))
        viewport = self._viewport
        if viewport is None:
            viewport = self._fitted(size) if self.scene else Viewport()
        return View(viewport, size, self.devicePixelRatioF())

    @property
    def viewport(self) -> Viewport:
        """The part of the scene in view."""
        return self.view.viewport

    @property
    def wanted_viewport(self) -> Viewport | None:
        """What the user chose to see; None while the whole scene is fitted."""
        return self._viewport

    def set_viewport(self, viewport: Viewport | None, *, tell: bool = False) -> None:
        """Look elsewhere; None fits the scene, now and when the canvas is resized."""
        if viewport == self._viewport:
            return
        self._viewport = viewport
        self.update()
        self.pointer.follow()
        if tell:
            self.viewport_changed.emit(viewport)

    def fit(self) -> None:
        """Show the whole scene."""
        self._focus = None
        self.set_viewport(None, tell=True)

    def fit_to(self, window: Window) -> None:
        """Show a window as large as possible."""
        self._focus = None
        self.set_viewport(self.viewport.fitted_to(window, self.view.size), tell=True)

    def one_to_one(self) -> None:
        """Show one column of the scene on one device pixel."""
        view = self.view
        scale = 1 / view.dpr
        self.set_viewport(view.viewport.with_scale(scale, None, view.size), tell=True)

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Enlarge about a place on the screen, or about the middle."""
        if self.scene is None:
            return
        view = self.view
        place = (at.y(), at.x()) if at is not None else None
        self._focus = view.viewport.to_image(*place, view.size) if place else None
        self.set_viewport(view.viewport.zoomed(factor, place, view.size), tell=True)

    def pan(self, down: float, right: float) -> None:
        """Move the picture by screen units, as if dragged."""
        if self.scene is None or (down == 0 and right == 0):
            return
        self._focus = None
        view = self.view
        moved = view.viewport.moved(down, right)
        size = self.scene.grid.size
        row, col = min(max(moved.row, 0), size.rows), min(max(moved.col, 0), size.cols)
        self.set_viewport(moved.centred(row, col), tell=True)

    def image_at(self, place: QPointF) -> tuple[float, float]:
        """Return (row, col) of the scene at a place on the canvas."""
        view = self.view
        return view.viewport.to_image(place.y(), place.x(), view.size)

    def retry_at(self, place: QPointF) -> None:
        """Read a failed tile once more, where one was clicked."""
        tile = self.picture.tile_at(*self.image_at(place))
        if tile in self.picture.failures:
            self.picture.retry(tile)
            self._asked = ()
            self.update()

    def _fitted(self, size: Size) -> Viewport:
        scene = self.scene
        if scene is None:
            return Viewport()
        return Viewport(aspect=scene.grid.aspect).fitted(scene.grid.size, size)

    # ------------------------------------------------------------------ painting

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint what is cached, and ask for what is missing."""
        painter = QPainter(self)
        view = self.view
        is_alone = self._below.is_alone
        if not is_alone or self.scene is None or not view.shows_only(self.scene.grid.size):
            painter.fillRect(self.rect(), SURROUND)
        drawn = Drawn([], []) if is_alone else self._below.draw(painter, view, event.rect())
        top = self.picture.draw(painter, view, self._focus, event.rect())
        drawn = Drawn(top.wanted + drawn.wanted, top.seen + drawn.seen)
        painter.setOpacity(1)
        asked = tuple((request.look.generation, request.tile) for request in drawn.wanted)
        if asked != self._asked:
            self._asked = asked
            self._loader.want(*drawn)
        if self.scene is None:
            self._paint_message(painter)
        else:
            self._paint_over(painter, view)
        painter.end()
        self._watch_missing()

    def image(self, overlays: Iterable[Overlay]) -> QImage:
        """Return what is seen, in pixels of the screen: no tool, mark, note or frame of focus."""
        view = self.view
        made = QImage(self.size() * view.dpr, QImage.Format.Format_ARGB32_Premultiplied)
        made.setDevicePixelRatio(view.dpr)
        made.fill(SURROUND)
        painter = QPainter(made)
        painter.setFont(self.font())
        if not self._below.is_alone:
            self._below.draw(painter, view, self.rect())
        self.picture.draw(painter, view)
        painter.setOpacity(1)
        for overlay in overlays:
            overlay.paint(painter, view)
        painter.end()
        return made

    def _paint_over(self, painter: QPainter, view: View) -> None:
        look = self.picture.look
        if look is not None and self.picture.level == 0:
            paint_pixels(painter, view, look, self._loader.raw)
        if self._tool is not None:
            self._tool.paint(painter, view)
        for overlay in self.overlays:
            overlay.paint(painter, view)
        self.pointer.paint(painter, view)
        self._paint_notes(painter)
        if self.hasFocus():
            painter.setPen(QPen(self.palette().highlight().color(), 2))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))

    def _paint_notes(self, painter: QPainter) -> None:
        place = QPointF(10, 10)
        for note in self.notes:
            place.setY(paint_label(painter, place, note).bottom() + 4)
        waited_ms = 1000 * (time.monotonic() - self._missing_since)
        says_reading = self.picture.missing > 0 and waited_ms > BUSY_AFTER_MS
        if self._says_reading and not says_reading:
            self.update()  # the label goes, wherever tiles came
        self._says_reading = says_reading
        if says_reading:
            paint_label(painter, place, self.tr("Reading…"))

    def _paint_message(self, painter: QPainter) -> None:
        painter.setPen(QColor(170, 170, 170))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(QRectF(self.rect()).adjusted(24, 24, -24, -24), int(flags), self.message)

    def _watch_missing(self) -> None:
        if self.missing:
            if self._was_complete:
                self._was_complete = False
                self._missing_since = time.monotonic()
            if not self._busy_timer.isActive():
                self._busy_timer.start(BUSY_AFTER_MS + 20)
            return
        self._busy_timer.stop()
        due = retry_due(self.picture.failures)
        if due is not None and not self._retry_timer.isActive():
            self._retry_timer.start(int(due * 1000) + 10)
        if not self._was_complete:
            self._was_complete = True
            QTimer.singleShot(0, self, self.completed.emit)

    @Slot()
    def _await_more(self) -> None:
        """Let tiles gather, so that many of them cost one painting."""
        if not self._take_timer.isActive():
            self._take_timer.start(TAKE_MS)

    @Slot()
    def _drain(self) -> None:
        """Take what the loader finished, and paint where it was missing."""
        self._take_timer.stop()
        view, dirty = self.view, QRect()
        for done in self._loader.take():
            window = self.picture.put(done)
            if window is not None:
                dirty = dirty.united(view.area(window))
            elif self._below.put(done):
                dirty = self.rect()
        if not dirty.isEmpty():
            self._asked = ()
            self.update(dirty)

    def _single_shot(self, slot: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.timeout.connect(slot)
        return timer

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Tell that a fitted scene has another size now."""
        super().resizeEvent(event)
        self.pointer.follow()
        if self.scene is not None and self._viewport is None:
            self.viewport_changed.emit(None)

    # ------------------------------------------------------------------ mouse and keys

    def event(self, event: QEvent) -> bool:
        """Let navigation have mouse, wheel, keys, pinches and drops first."""
        return self._navigation.take(event) or super().event(event)
