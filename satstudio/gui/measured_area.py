"""MeasuredArea, MeasuredOutline: the rectangle that figures are of, drawn by hand or shown."""

from typing import Protocol

from PySide6.QtCore import QObject, QPointF, Qt, Slot
from PySide6.QtGui import QColor, QPainter, QPen

from satstudio.core.grid import Size, Window
from satstudio.gui.compare_commands import CompareCommands
from satstudio.gui.context import Context
from satstudio.gui.overlays import paint_label, screen_rect
from satstudio.gui.tile_picture import View
from satstudio.gui.tools import LINE, AreaTool, CropTool

DARK = QColor(0, 0, 0, 160)


class Views(Protocol):
    """What `MeasuredArea` asks of the views of a comparison."""

    def set_tool(self, tool: CropTool | None) -> None:
        """Give the mouse to a tool."""
        ...

    def repaint_tools(self) -> None:
        """Show what the tool did."""
        ...


class MeasuredOutline:
    """A dashed rectangle around what figures are of, where that is not all that is in view."""

    def __init__(self) -> None:
        self.window: Window | None = None

    def paint(self, painter: QPainter, view: View) -> None:
        """Paint in screen units, readable on black and white."""
        if self.window is None:
            return
        rect = screen_rect(self.window, view)
        painter.save()
        for colour, style in ((DARK, Qt.PenStyle.SolidLine), (LINE, Qt.PenStyle.DashLine)):
            painter.setPen(QPen(colour, 1.5, style))
            painter.drawRect(rect)
        painter.restore()
        paint_label(painter, rect.topLeft() + QPointF(6, 6), "figures of this part")


class MeasuredArea(QObject):
    """Gives the views a tool and keeps what is drawn in the session."""

    def __init__(self, context: Context, views: Views, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._views = views
        self._size = Size(0, 0)
        self._tool: AreaTool | None = None

    def show(self, size: Size, area: Window | None) -> None:
        """Follow an area that came from undo, or from the last session; `size` of the scenes."""
        if size != self._size and self._tool is not None:
            self._set_tool(None)
        self._size = size
        if self._tool is None and area is not None:
            self._set_tool(self._made(area))
        elif self._tool is not None and self._tool.window != area:
            self._tool.set_window(area, tell=False)
            self._views.repaint_tools()

    @Slot()
    def toggle(self) -> None:
        """Let the user draw, or give the area up."""
        if self._tool is None:
            if self._size.pixels:
                self._set_tool(self._made(None))
            return
        self._set_tool(None)
        self._keep(None)

    def _made(self, area: Window | None) -> AreaTool:
        tool = AreaTool(self._size, area)
        tool.changed.connect(self._keep)
        tool.cancelled.connect(self.toggle)
        return tool

    def _set_tool(self, tool: AreaTool | None) -> None:
        self._tool = tool
        self._views.set_tool(tool)
        CompareCommands.of(self._context).has_area = tool is not None
        self._context.actions.refresh(["compare.area"])

    @Slot(object)
    def _keep(self, area: Window | None) -> None:
        state = self._context.store.session.compare.changed(area=area)
        self._context.store.change(compare=state, text=self.tr("Measured area"))
        self._views.repaint_tools()
