"""CompareViews: the linked views of a comparison, in one of five arrangements."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from satstudio.core.grid import Window
from satstudio.gui.canvas.canvas import Canvas
from satstudio.gui.canvas.legend_overlay import LegendOverlay
from satstudio.gui.canvas.links import CanvasLinks
from satstudio.gui.canvas.regions_overlay import RegionsOverlay
from satstudio.gui.canvas.tools import CropTool
from satstudio.gui.kit.scenes.loader import SceneKeeper
from satstudio.gui.pages.compare.figure_keeper import FiguresFound
from satstudio.gui.pages.compare.measured_area import MeasuredOutline
from satstudio.gui.pages.compare.plate import Share
from satstudio.gui.pages.compare.result_view import CompareView
from satstudio.gui.pages.compare.stage import ViewStage
from satstudio.gui.pages.compare.state import CompareMode
from satstudio.render.style import DisplayStyle
from satstudio.scenes.scene import Scene
from satstudio.session.session import Region
from satstudio.session.viewport import Viewport

BLINK_MS = 500
READY_MS = 120


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture of a comparison.

    Attributes
    ----------
    key : address whose figures stand above it; "" is the reference
    values : what the legend calls its values, where its style does not say it
    """

    key: str
    title: str
    scene: Scene
    style: DisplayStyle
    epoch: int
    values: str = ""


class CompareViews(QWidget):
    """A stage with as many linked views as there are pictures."""

    completed = Signal()
    """All tiles of a view are there."""

    dropped = Signal(list)

    plate_moved = Signal(object)
    """Where the user put the figures of all pictures: shares across and down."""

    def __init__(self, keeper: SceneKeeper) -> None:
        super().__init__()
        self._keeper = keeper
        self._mode: CompareMode = "side"
        self._shown: tuple[Shown, ...] = ()
        self._top = 0
        self._chosen = 1
        self._tool: CropTool | None = None
        self.links = CanvasLinks(self)
        self.stage = ViewStage()
        self.views: list[CompareView] = []
        self.legend = LegendOverlay()
        self.outline = MeasuredOutline()
        self.areas = RegionsOverlay()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.stage)
        self._blink = QTimer(self)
        self._blink.setInterval(BLINK_MS)
        self._blink.timeout.connect(self.go_on)
        self._ready = QTimer(self)
        self._ready.setSingleShot(True)
        self._ready.timeout.connect(self._prepare_hidden)
        self._view(0)

    @property
    def first(self) -> CompareView:
        """The view that is there from the start."""
        return self.views[0]

    @property
    def front(self) -> CompareView:
        """A view that is seen."""
        return self.views[self._top] if self._mode == "flicker" else self.views[0]

    def run(self, command: str) -> None:
        """Do what an action of the view asks for, in all views."""
        canvas = self.front.canvas
        commands: dict[str, Callable[[], object]] = {
            "fit": canvas.fit,
            "one_to_one": canvas.one_to_one,
            "zoom_in": partial(canvas.zoom, 2**0.5),
            "zoom_out": partial(canvas.zoom, 2**-0.5),
        }
        if command in commands:
            commands[command]()

    def show_legend(self, is_visible: bool) -> None:
        """Explain the colours in a corner, or not."""
        self.legend.is_visible = is_visible
        self.repaint_tools()

    @property
    def canvases(self) -> list[Canvas]:
        """Canvases of the pictures that are shown, also of those that lie below others."""
        return [view.canvas for view in self.views[: len(self._shown)]]

    @property
    def is_blinking(self) -> bool:
        """Tell whether pictures change by themselves."""
        return self._blink.isActive()

    def show_pictures(
        self, shown: Sequence[Shown], mode: CompareMode, chosen: int, viewport: Viewport | None
    ) -> None:
        """Show pictures in an arrangement.

        Parameters
        ----------
        chosen : index of the picture right of the line of a swipe
        """
        is_other = mode != self._mode or len(shown) != len(self._shown)
        self._shown, self._mode, self._chosen = tuple(shown), mode, chosen
        self._top = min(self._top, max(len(shown) - 1, 0)) if mode == "flicker" else 0
        for number, one in enumerate(shown):
            self._fill(self._view(number), one, viewport)
        for view in self.views[len(shown) :]:
            view.canvas.show_scene(None)
        if mode != "flicker" and self.is_blinking:
            self._blink.stop()
        self._place()
        if is_other:
            self._ready.start(READY_MS)

    def show_message(self, text: str) -> None:
        """Show one empty view with a text."""
        self.show_pictures((), "side", 0, None)
        self.first.strip.show_name("")
        self.first.strip.show_note("")
        self.first.plate.show_figures(())
        self.first.canvas.set_message(text)

    def place_figures(self, share: Share) -> None:
        """Put the figures of all pictures to one place."""
        self.stage.place_plates(share)

    def show_figures(self, found: FiguresFound | None) -> None:
        """Put figures above the pictures; None takes them away."""
        for number, one in enumerate(self._shown):
            view = self.views[number]
            problem = found.problems.get(one.key, "") if found is not None else ""
            view.plate.show_figures(found.rows.get(one.key, ()) if found is not None else ())
            view.strip.show_note(problem and self.tr("no figures"), problem)

    def show_outline(self, window: Window | None) -> None:
        """Draw around what the figures are of; None where that is all that is in view."""
        if window != self.outline.window:
            self.outline.window = window
            self.repaint_tools()

    def show_areas(self, areas: Sequence[Region]) -> None:
        """Draw the areas that are kept, but not the one that is measured."""
        if tuple(areas) != self.areas.regions:
            self.areas.regions = tuple(areas)
            self.repaint_tools()

    def go_on(self) -> None:
        """Bring the next picture of a flicker to the front."""
        if self._mode == "flicker" and self._shown:
            self._top = (self._top + 1) % len(self._shown)
            self._place()

    def toggle_blink(self) -> None:
        """Let pictures change by themselves, or no more."""
        if self.is_blinking:
            self._blink.stop()
        elif self._mode == "flicker":
            self._blink.start()

    def set_tool(self, tool: CropTool | None) -> None:
        """Give the mouse to a tool in all views."""
        self._tool = tool
        for view in self.views:
            view.canvas.set_tool(tool)

    def repaint_tools(self) -> None:
        """Show in all views what the tool did in one."""
        for canvas in self.canvases:
            canvas.update()

    def close_canvases(self) -> None:
        """End the threads of all canvases."""
        self._blink.stop()
        self._ready.stop()
        for view in self.views:
            view.canvas.close_loader()

    # ------------------------------------------------------------------ inside

    def _view(self, number: int) -> CompareView:
        while len(self.views) <= number:
            view = CompareView(self._keeper, self.stage)
            self.links.add(view.canvas)
            view.canvas.set_tool(self._tool)
            view.canvas.completed.connect(self._on_completed)
            view.canvas.dropped.connect(self.dropped)
            view.plate.moved.connect(self.plate_moved)
            for action in self.first.canvas.actions() if self.views else ():
                view.canvas.addAction(action)
            self.views.append(view)
        return self.views[number]

    def _fill(self, view: CompareView, one: Shown, viewport: Viewport | None) -> None:
        canvas, look = view.canvas, view.canvas.picture.look
        if view.address != one.key or canvas.scene is not one.scene:
            view.plate.show_figures(())
            view.strip.show_note("")
        view.address = one.key
        view.strip.show_name(one.title, one.scene.address)
        if look is None or canvas.scene is not one.scene or look.epoch != one.epoch:
            canvas.show_scene(one.scene, one.style, one.epoch)
        else:
            canvas.set_style(one.style)
        canvas.set_viewport(viewport)

    def _place(self) -> None:
        views = self.views[: max(len(self._shown), 1)]
        had_focus = any(view.canvas.hasFocus() for view in self.views)
        if self._mode == "flicker" and len(views) > 1:
            self.stage.show_top(views, self._top)
        elif self._mode == "swipe" and len(views) > 1:
            self.stage.show_swipe(views[0], views[self._chosen])
        else:
            self.stage.show_beside(views)
        if had_focus:
            self.front.canvas.setFocus()  # keys stay with the pictures, however they stand
        self._show_legend()

    def _show_legend(self) -> None:
        """Explain the colours in the view that stands last."""
        seen = [number for number, view in enumerate(self.views) if not view.isHidden()]
        last = max((number for number in seen if number < len(self._shown)), default=-1)
        for number, view in enumerate(self.views):
            cross = self.links.cross(view.canvas)
            last_ones = (self.legend,) if number == last else ()
            view.canvas.set_overlays((cross, self.areas, self.outline, *last_ones))
        if last >= 0:
            one = self._shown[last]
            self.legend.show(one.scene, one.style, title=one.values)

    @Slot()
    def _on_completed(self) -> None:
        self.completed.emit()
        self._ready.start(READY_MS)

    @Slot()
    def _prepare_hidden(self) -> None:
        """Let pictures below others load what they would show, so that a flicker is instant."""
        if self._mode == "flicker":
            for view in self.views[: len(self._shown)]:
                if view.isHidden() and view.canvas.size() == self.front.canvas.size():
                    view.canvas.grab()
