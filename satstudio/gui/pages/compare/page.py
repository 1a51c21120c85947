"""Compare page: scenes and results in linked views, with figures of what is in view."""

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from satstudio.bench.metric_choice import fitting, usual_range
from satstudio.core.grid import Window
from satstudio.core.quantity import is_radar
from satstudio.gui.canvas.cursor_readout import CursorReadout
from satstudio.gui.canvas.scene_actions import SHARED, ViewCommands, layer_style, listen
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.pages.kept_state import PageState
from satstudio.gui.kit.pages.page_list import PageList
from satstudio.gui.kit.widgets import label
from satstudio.gui.pages.compare.area_bar import AreaBar
from satstudio.gui.pages.compare.areas import named_areas
from satstudio.gui.pages.compare.bar import CompareBar
from satstudio.gui.pages.compare.commands import ROWS, CompareCommands, compare_rows
from satstudio.gui.pages.compare.compare_plan import ComparePlan, compare_plan
from satstudio.gui.pages.compare.cursor_table import CursorTable
from satstudio.gui.pages.compare.export import CompareExport, Figures
from satstudio.gui.pages.compare.figure_keeper import (
    FigureKeeper,
    FiguresAsked,
    FiguresFound,
    middle_of,
)
from satstudio.gui.pages.compare.linked_views import CompareViews
from satstudio.gui.pages.compare.measured_area import MeasuredArea
from satstudio.gui.pages.compare.pictures import ComparePictures
from satstudio.gui.pages.compare.plate import Share
from satstudio.gui.pages.compare.shared_style import compare_style
from satstudio.gui.pages.compare.state import NAME, CompareState
from satstudio.render.style import DisplayStyle
from satstudio.scenes.scene import Scene
from satstudio.session.session import Session
from satstudio.session.viewport import Viewport

KEEP_VIEW_MS = 200


def make_page(context: Context) -> "ComparePage":
    """Return the page; registers its actions where nobody did yet."""
    rows = [row for row in compare_rows(context) if not context.actions.has(row.id)]
    context.actions.add(*rows)
    return ComparePage(context)


class ComparePage(QWidget):
    """Two lines of choices, the views, and the values under the cursor."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._state = PageState(context, NAME, CompareState)
        self._plan = ComparePlan()
        self._pictures = ComparePictures(context.scenes)
        self._asked: FiguresAsked | None = None
        self._found: FiguresFound | None = None
        self._told: tuple[Viewport | None, str] = (None, "")
        actions = context.actions
        modes = [(row[0], actions.qaction(f"compare.{row[0]}")) for row in ROWS]
        figures = [actions.qaction(f"compare.{name}") for name in ("copy", "save_figures")]
        self.bar = CompareBar(modes, actions.qaction("compare.area"), figures)
        self.export = CompareExport(context, self)
        self.views = CompareViews(context.scenes)
        self.setFocusProxy(self.views.first.canvas)
        self.area_bar = AreaBar()
        self.area = MeasuredArea(context, self.views, self.area_bar, self.views)
        self._area: Window | None = None
        self.figures = FigureKeeper(context.scenes.background_calls, self)
        self.readout = CursorReadout(context.scenes)
        self.values = CursorTable(context.scenes.background_calls)
        self.note = label("", "note")
        self.note.setWordWrap(False)
        self._keep_view = QTimer(self)
        self._keep_view.setSingleShot(True)
        self._arrange()
        self._connect()
        self._show(context.store.session)

    @property
    def plan(self) -> ComparePlan:
        """What is compared with what."""
        return self._plan

    def close_canvas(self) -> None:
        """End the threads of the canvases; before the page is destroyed."""
        self._keep_view.stop()
        self.figures.forget()
        self.views.close_canvases()

    # ------------------------------------------------------------------ building

    def _arrange(self) -> None:
        foot = QHBoxLayout()
        foot.setContentsMargins(0, 0, 8, 0)
        foot.addWidget(self.readout, 1)
        foot.addWidget(self.note)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.area_bar)
        column.addWidget(self.views, 1)
        column.addLayout(foot)
        column.addWidget(self.values)

    def _connect(self) -> None:
        context = self._context
        names = [row.id for row in context.actions.rows() if row.id.startswith("compare.")]
        names += [f"view.{name}" for name in SHARED if context.actions.has(f"view.{name}")]
        context.actions.attach(self, *names)
        self.bar.changed.connect(self._on_asked)
        self.bar.save_asked.connect(self._on_save)
        self.bar.metrics.chosen.connect(
            lambda names: context.change_settings(compare_metrics=names)
        )
        context.settings_changed.connect(self._ask_figures)
        self.views.links.moved.connect(self._on_moved)
        self.views.links.hovered.connect(self.readout.hover)
        self.views.links.hovered.connect(self.values.hover)
        self.views.completed.connect(self._on_completed)
        self.views.plate_moved.connect(self._on_plate_moved)
        self.views.dropped.connect(context.open)
        self.figures.found.connect(self._on_figures)
        self._keep_view.timeout.connect(self._store_viewport)
        scenes = context.scenes
        for signal in (scenes.opened, scenes.pyramid_ready, scenes.closed, scenes.located):
            signal.connect(self._on_scene)
        CompareCommands.of(context).asked.connect(self._on_command)
        ViewCommands.of(context).asked.connect(self._on_view_command)
        listen(context, self, self._show)

    # ------------------------------------------------------------------ session -> widgets

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Show what changed meanwhile."""
        super().showEvent(event)
        self._show(self._context.store.session)

    def _show(self, session: Session) -> None:
        if not self.isVisible():
            return
        state = self._state.of(session)
        shown_before = self._plan.shown
        self._plan = plan = compare_plan(session, state, self._context.scenes.scene)
        reference = self._scene(plan.reference)
        if reference is None:
            self._show_nothing(session)
            return
        style = self._style(session, reference)
        self.bar.show_state(
            state,
            plan,
            {layer.address: layer.name for layer in session.layers if self._scene(layer.address)},
            is_radar=is_radar(reference.quantity),
            limits=style.limits(),
            data_range=self._data_range(state, reference) or 0.0,
        )
        self.bar.show_mode(state.mode)
        self.readout.show_scene(plan.reference, style.bands)
        scenes = [scene for name in plan.shown if (scene := self._scene(name)) is not None]
        self.values.show_scenes(scenes, style.bands[0])
        shown = self._pictures.shown(state.mode, plan, style)
        chosen = 1 + plan.results.index(plan.chosen) if plan.chosen else 0
        self.views.place_figures(state.figures_at)
        self.views.show_legend(ViewCommands.of(self._context).has_legend)
        self.views.show_pictures(shown, state.mode, chosen, self._viewport(session))
        if plan.shown != shown_before and PageList.of(self._context).is_front(NAME):
            self.setFocus()  # keys reach the pictures when a scene was opened
        self._area = self.area.followed(state, plan, shown_before)
        self.area.show(reference, plan.reference, self._area)
        self._ask_figures()
        self._context.actions.refresh(
            [row.id for row in self._context.actions.rows() if row.id.startswith("compare.")]
        )

    def _viewport(self, session: Session) -> Viewport | None:
        """Return what the session says where it says something new, else what is shown."""
        told = session.viewport, self._plan.reference
        is_new, self._told = told != self._told, told
        return session.viewport if is_new else self.views.front.canvas.wanted_viewport

    def _show_nothing(self, session: Session) -> None:
        is_opening = any(map(self._context.scenes.is_opening, session.addresses))
        text = self.tr("Open a scene and a result to compare them, or drop files here")
        self.views.show_message(self.tr("Opening…") if is_opening else text)
        self.figures.forget()
        self.values.show_scenes(())
        self.readout.show_scene("", (0,))
        self.note.setText("")

    def _scene(self, address: str) -> Scene | None:
        return self._context.scenes.scene(address) if address else None

    def _style(self, session: Session, reference: Scene) -> DisplayStyle:
        name = self._plan.reference
        layer = session.layers[session.addresses.index(name)]
        own = layer_style(self._context, layer) or DisplayStyle()
        statistics = self._context.scenes.statistics(name)
        if statistics is None:
            return own
        return compare_style(reference.quantity, statistics, own, self._state.of(session))

    # ------------------------------------------------------------------ figures

    def _data_range(self, state: CompareState, reference: Scene) -> float | None:
        if is_radar(reference.quantity):
            return None
        if state.data_range:
            return state.data_range
        if reference.dtype == "uint8":
            return usual_range(reference.read(Window(0, 0, 1, 1)))
        statistics = self._context.scenes.statistics(self._plan.reference)
        samples = statistics.samples if statistics is not None else ()
        largest = max((float(values.max()) for values in samples if len(values)), default=0.0)
        return largest or None

    def _whole(self) -> Window | None:
        """Return the drawn area, else what is seen."""
        reference = self._scene(self._plan.reference)
        if reference is None:
            return None
        area = self._area
        view = self.views.front.canvas.view
        size = reference.grid.size
        window = area.clipped(size) if area else view.viewport.visible(size, view.size)
        return window if window.rows and window.cols else None

    def _window(self) -> Window | None:
        """Return where figures are measured: that, or of a large one the middle."""
        whole = self._whole()
        return middle_of(whole) if whole is not None else None

    @Slot()
    def _ask_figures(self) -> None:
        """Ask for figures of what is in view, unless they were asked for already."""
        reference, window = self._scene(self._plan.reference), self._window()
        if reference is None or window is None or not self.isVisible():
            return
        results = {name: scene for name in self._plan.results if (scene := self._scene(name))}
        span = self._data_range(self._state.now, reference)
        names = fitting(self._context.settings.compare_metrics, reference)
        asked = FiguresAsked(reference, results, window, span, names)
        if self._asked is None or not asked.is_same(self._asked):
            self._asked, self._found = asked, None
            self.views.show_outline(None)
            self.figures.ask(asked)
        elif self._found is not None:
            self.views.show_figures(self._found)
        self._show_menu()

    @Slot(object)
    def _on_figures(self, found: FiguresFound) -> None:
        self._found = found
        self.views.show_figures(found)
        is_part = found.window != self._whole()
        self.views.show_outline(found.window if is_part else None)
        self._show_menu()
        area = self._area
        what = self.tr("area") if area else self.tr("view")
        part = self.tr("the rectangle in the middle of the {what}") if is_part else "{what}"
        rows, cols = found.window.rows, found.window.cols
        text = self.tr("Figures of the {part}: {rows} \N{MULTIPLICATION SIGN} {cols} px")
        part = part.format(what=what).removeprefix("the ")
        self.note.setText(text.format(part=part, rows=rows, cols=cols))
        self.note.setToolTip(
            self.tr("At row {row}, column {col}").format(row=found.window.row, col=found.window.col)
        )

    def _show_menu(self) -> None:
        """Tick the figures that are shown."""
        rows = [row for one in self._found.rows.values() for row in one] if self._found else []
        chosen = self._context.settings.compare_metrics
        shown = [row.metric for row in rows] or chosen
        self.bar.metrics.show_choice(chosen, shown, self._scene(self._plan.reference))

    def _figures(self) -> Figures:
        """Return what leaves the page as figures."""
        scenes, reference = self._context.scenes, self._plan.reference
        areas = named_areas(self._context.store.session, scenes, reference) if reference else ()
        return Figures(self._found, self._asked, self._names(), areas)

    def _names(self) -> dict[str, str]:
        """Return what figures are filed under: "" is the reference."""
        found = {
            "" if name == self._plan.reference else name: scene.name
            for name in self._plan.shown
            if (scene := self._scene(name)) is not None
        }
        doubles = {name for name in found.values() if list(found.values()).count(name) > 1}
        return {key: key or name if name in doubles else name for key, name in found.items()}

    # ------------------------------------------------------------------ signals

    @Slot(object, str)
    def _on_asked(self, state: CompareState, text: str) -> None:
        self._state.change(state, text)

    @Slot(object)
    def _on_plate_moved(self, share: Share) -> None:
        self._state.change(self._state.now.changed(figures_at=share), self.tr("Move the figures"))

    @Slot(str)
    def _on_scene(self, address: str) -> None:
        self._show(self._context.store.session)

    @Slot(object)
    def _on_moved(self, viewport: object) -> None:
        canvas = self.views.front.canvas
        self.readout.show_scale(canvas.viewport.scale * canvas.devicePixelRatioF())
        self._ask_figures()
        self._keep_view.start(KEEP_VIEW_MS)

    @Slot()
    def _store_viewport(self) -> None:
        self._context.store.change(viewport=self.views.front.canvas.wanted_viewport)

    @Slot()
    def _on_completed(self) -> None:
        for address in self._plan.shown:
            self._context.scenes.build_pyramid(address)

    @Slot(str)
    def _on_command(self, command: str) -> None:
        commands = CompareCommands.of(self._context)
        if command == "area":
            self.area.toggle()
        elif command == "copy":
            self.export.copy(self._figures())
        elif command == "save_figures":
            self.export.save(self._figures())
        elif command == "blink":
            self.views.toggle_blink()
        elif self._state.now.mode == "flicker":
            self.views.go_on()
        else:
            self._next_result()
        commands.is_blinking = self.views.is_blinking
        self._context.actions.refresh(["compare.blink"])

    @Slot(str)
    def _on_view_command(self, command: str) -> None:
        if not PageList.of(self._context).is_front(NAME):
            return
        commands = ViewCommands.of(self._context)
        if command == "legend":
            commands.has_legend = not commands.has_legend
            self.views.show_legend(commands.has_legend)
        elif command == "save_picture":
            self._on_save()
        elif command == "copy_picture":
            self.export.copy_picture(self.views.stage)
        else:
            self.views.run(command)

    def _next_result(self) -> None:
        plan = self._plan
        if plan.results:
            after = (plan.results.index(plan.chosen) + 1) % len(plan.results)
            state = self._state.now.changed(chosen=plan.results[after])
            self._state.change(state, self.tr("Result of the swipe"))

    @Slot()
    def _on_save(self) -> None:
        reference, window = self._scene(self._plan.reference), self._whole()
        if reference is not None and window is not None:
            style = self._style(self._context.store.session, reference)
            self.export.save_picture(self._plan, self._asked, window, style)
