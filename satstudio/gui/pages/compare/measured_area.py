"""MeasuredArea, MeasuredOutline: the rectangle that figures are of, drawn by hand or shown."""

from collections.abc import Sequence
from functools import partial
from typing import Protocol

from PySide6.QtCore import QObject, QPointF, Qt, QTimer, Slot
from PySide6.QtGui import QColor, QPainter, QPen

from satstudio.core.errors import InputError
from satstudio.core.grid import Size, Window
from satstudio.gui.canvas.overlays import paint_label, screen_rect
from satstudio.gui.canvas.tiles.painter import View
from satstudio.gui.canvas.tools import LINE, AreaTool, CropTool
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.pages.kept_state import PageState
from satstudio.gui.pages.compare.area_bar import AreaBar
from satstudio.gui.pages.compare.areas import area_on, kept_area, named_areas, without_area
from satstudio.gui.pages.compare.commands import CompareCommands
from satstudio.gui.pages.compare.compare_plan import ComparePlan
from satstudio.gui.pages.compare.state import NAME, CompareState
from satstudio.scenes.scene import Scene
from satstudio.session.session import Region, name_of

DARK = QColor(0, 0, 0, 160)


class Views(Protocol):
    """What `MeasuredArea` asks of the views of a comparison."""

    def set_tool(self, tool: CropTool | None) -> None:
        """Give the mouse to a tool."""
        ...

    def show_areas(self, areas: Sequence[Region]) -> None:
        """Draw kept areas."""
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
    """Gives the views a tool and keeps what is drawn, typed or chosen in the session."""

    def __init__(self, context: Context, views: Views, bar: AreaBar, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._views = views
        self._bar = bar
        self._state = PageState(context, NAME, CompareState)
        self._reference = ""
        self._size = Size(0, 0)
        self._tool: AreaTool | None = None
        bar.typed.connect(self._keep)
        bar.chosen.connect(self._choose)
        bar.kept.connect(self._name)
        bar.removed.connect(self._forget)
        bar.hide()

    def followed(
        self, state: CompareState, plan: ComparePlan, alike: Sequence[str]
    ) -> Window | None:
        """Return the area on the reference of a plan; another reference is another scene.

        What does not follow is given up, and the user is told why.

        Parameters
        ----------
        alike : addresses that were compared before, all on one grid
        """
        area, old, new = state.area, state.area_on or plan.reference, plan.reference
        if area is None or old == new or {old, new} <= set(alike):
            self._note(state, area, new)
            return area
        scenes = self._context.scenes
        if any(scenes.scene(one) and scenes.locator(one) is None for one in (old, new)):
            return None  # it is shown as soon as both places are known
        try:
            area = area_on(scenes, area, old, new)
        except InputError as error:
            area = None
            text = self.tr("The measured area does not follow to {name}: {why}")
            self._context.notify(text.format(name=name_of(new), why=error), "error")
        self._note(state, area, new)
        return area

    def show(self, reference: Scene, address: str, area: Window | None) -> None:
        """Follow an area that came from undo, from the last session or with another reference."""
        size = reference.grid.size
        if size != self._size and self._tool is not None:
            self._set_tool(None)
        self._size, self._reference = size, address
        if self._tool is None and area is not None:
            self._set_tool(self._made(area))
        elif self._tool is not None and self._tool.window != area:
            self._tool.set_window(area, tell=False)
        session = self._context.store.session
        areas = named_areas(session, self._context.scenes, address)
        self._bar.show_area(size, area, areas)
        self._views.show_areas([
            Region(one.name, address, one.window)
            for one in areas
            if one.window is not None and one.window != area
        ])  # fmt: skip

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
        self._bar.setVisible(tool is not None)
        CompareCommands.of(self._context).has_area = tool is not None
        self._context.actions.refresh(["compare.area"])

    def _note(self, state: CompareState, area: Window | None, address: str) -> None:
        """Keep what follows from the choice of a reference; nobody chose it."""
        wanted = state.changed(area=area, area_on=address if area is not None else "")
        if wanted != state and state.area is not None:
            QTimer.singleShot(0, self, partial(self._note_later, state, wanted))

    def _note_later(self, before: CompareState, wanted: CompareState) -> None:
        if self._state.now == before:
            self._state.note(wanted)

    @Slot(object)
    def _keep(self, area: Window | None) -> None:
        on = self._reference if area is not None else ""
        drag = self._tool.drag if self._tool is not None else None
        state = self._state.now.changed(area=area, area_on=on)
        self._state.change(state, self.tr("Measured area"), drag)
        self._views.repaint_tools()

    @Slot(str)
    def _choose(self, name: str) -> None:
        areas = named_areas(self._context.store.session, self._context.scenes, self._reference)
        found = next((one for one in areas if one.name == name), None)
        if found is None or found.window is None:
            self._context.notify(found.reason if found is not None else "", "error")
            return
        state = self._state.now.changed(area=found.window, area_on=self._reference)
        self._state.change(state, self.tr("Measure {name}").format(name=name))

    @Slot(str)
    def _name(self, name: str) -> None:
        store, area = self._context.store, self._state.now.area
        if area is not None:
            made = kept_area(store.session, name, self._reference, area)
            store.replace(made, text=self.tr("Keep {name}").format(name=made.regions[-1].name))

    @Slot(str)
    def _forget(self, name: str) -> None:
        store = self._context.store
        store.replace(
            without_area(store.session, name), text=self.tr("Remove {name}").format(name=name)
        )
