"""MeasuredArea: the rectangle that the figures of a comparison are of; drawn in any view."""

from PySide6.QtCore import QObject, Slot

from satstudio.core.grid import Size, Window
from satstudio.gui.compare_commands import CompareCommands
from satstudio.gui.compare_views import CompareViews
from satstudio.gui.context import Context
from satstudio.gui.tools import AreaTool


class MeasuredArea(QObject):
    """Gives the views a tool and keeps what is drawn in the session."""

    def __init__(self, context: Context, views: CompareViews) -> None:
        super().__init__(views)
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
