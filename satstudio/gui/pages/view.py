"""View page: open, look, crop."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from satstudio.core.grid import Window
from satstudio.core.raster import Sampling
from satstudio.gui.actions import Action
from satstudio.gui.canvas import Canvas
from satstudio.gui.context import Context
from satstudio.gui.crop_bar import CropBar
from satstudio.gui.cursor_readout import CursorReadout
from satstudio.gui.drops import kind_of
from satstudio.gui.legend_overlay import LegendOverlay
from satstudio.gui.saving import ask_saving
from satstudio.gui.scale_bar import ScaleBarOverlay
from satstudio.gui.scene_loader import stack_address
from satstudio.gui.stack_chooser import StackChooser
from satstudio.gui.tools import CropTool
from satstudio.gui.view_commands import ViewCommands, layer_style, listen, view_rows
from satstudio.session.session import Session

KEEP_VIEW_MS = 200
CROP_FILTER = "GeoTIFF (*.tif *.tiff)"


def make_page(context: Context) -> "ViewPage":
    """Return the page; registers its actions where nobody did yet."""
    rows = [row for row in view_actions(context) if not context.actions.has(row.id)]
    context.actions.add(*rows)
    return ViewPage(context)


def view_actions(context: Context) -> list[Action]:
    """Return the actions of the page."""
    return list(view_rows(context))


def _percent(scale: float) -> str:
    """Return a scale in percent with three digits, never as a power of ten."""
    percent = 100 * scale
    return f"{percent:.3g}" if percent < 1000 else f"{percent:.0f}"


class ViewPage(QWidget):
    """The canvas, one line about the pixel under the cursor, and the crop's numbers."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.chooser: StackChooser | None = None
        self._session = Session()
        self._address = ""
        self._checked = ("", "")
        self.canvas = Canvas(context.scenes)
        self.setFocusProxy(self.canvas)
        self.readout = CursorReadout(context.scenes)
        self.crop_bar = CropBar(context.scenes)
        self.crop_bar.hide()
        self.legend = LegendOverlay()
        self.scale_bar = ScaleBarOverlay()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.canvas, 1)
        column.addWidget(self.crop_bar)
        column.addWidget(self.readout)
        self._keep_view = QTimer(self)
        self._keep_view.setSingleShot(True)
        self._keep_view.timeout.connect(self._store_viewport)
        self._connect()
        self._show(context.store.session)

    def _connect(self) -> None:
        context, canvas = self._context, self.canvas
        names = [row.id for row in context.actions.rows() if row.local and row.id[:5] == "view."]
        context.actions.attach(canvas, *names)
        canvas.hovered.connect(self.readout.hover)
        canvas.viewport_changed.connect(self._on_moved)
        canvas.completed.connect(self._on_completed)
        canvas.dropped.connect(self.drop)
        self.crop_bar.typed.connect(self._on_typed)
        self.crop_bar.multiple_changed.connect(self._on_multiple)
        self.crop_bar.save_asked.connect(self.save_crop)
        self.crop_bar.cancelled.connect(self.leave_crop)
        scenes = context.scenes
        for signal in (scenes.opened, scenes.pyramid_ready, scenes.closed, scenes.located):
            signal.connect(self._on_scene)
        scenes.pyramid_failed.connect(self._on_pyramid_failed)
        ViewCommands.of(context).asked.connect(self.run)
        context.settings_changed.connect(self._on_settings)
        self._on_settings()
        listen(context, self, self._show)

    @Slot()
    def _on_settings(self) -> None:
        settings = self._context.settings
        self.readout.show_coordinates(settings.coordinates)
        self.legend.is_visible = settings.legend
        self.scale_bar.is_visible = settings.scale_bar
        self.scale_bar.lengths = settings.lengths
        self.canvas.update()

    def close_canvas(self) -> None:
        """End the threads of the canvas; before the page is destroyed."""
        self._keep_view.stop()
        self.canvas.close_loader()

    @Slot(str)
    def run(self, command: str) -> None:
        """Do what an action asks for, while the page is in front."""
        canvas = self.canvas
        if self._context.store.session.page != "view":
            return
        commands: dict[str, Callable[[], object]] = {
            "fit": canvas.fit,
            "one_to_one": canvas.one_to_one,
            "zoom_in": partial(canvas.zoom, 2**0.5),
            "zoom_out": partial(canvas.zoom, 2**-0.5),
            "legend": self.toggle_legend,
            "crop": self.leave_crop if self.tool else self.start_crop,
        }
        commands[command]()

    def toggle_legend(self) -> None:
        """Show or hide the legend on the canvas."""
        commands = ViewCommands.of(self._context)
        commands.has_legend = not commands.has_legend

    # ------------------------------------------------------------------ session -> widgets

    def _show(self, session: Session) -> None:
        before, self._session = self._session, session
        layer = session.layer
        address = layer.address if layer else ""
        style = layer_style(self._context, layer)
        scene = self._context.scenes.scene(address) if address else None
        if address != self._address:
            self._address = address
            self.leave_crop(is_kept=True)
        if scene is None or style is None:
            self._show_nothing(address)
            return
        epoch = self._context.scenes.epoch(address)
        if self.canvas.scene is not scene or self._epoch() != epoch:
            is_new = self.canvas.scene is not scene
            self.canvas.show_scene(scene, style, epoch)
            if is_new:
                self.canvas.set_viewport(session.viewport)
                self.canvas.setFocus()
        else:
            self.canvas.set_style(style)
        if session.viewport != before.viewport:
            self.canvas.set_viewport(session.viewport)
        self.readout.show_scene(address, style.bands)
        if (address, style.view) != self._checked:
            self._checked = (address, style.view)
            self._context.actions.refresh()
        self._show_crop(session.crop)
        self._show_notes()

    def _epoch(self) -> int:
        look = self.canvas.picture.look
        return look.epoch if look else -1

    def _show_nothing(self, address: str) -> None:
        self._checked = ("", "")
        self.canvas.show_scene(None)
        self.readout.show_scene("", (0,))
        self.canvas.set_overlays([])
        text = self.tr("Opening…") if address else self.tr("Open a scene, or drop files here")
        self.canvas.set_message(text)

    def _show_notes(self) -> None:
        """Explain the picture: its legend, what a coarser level cannot show, the zoom."""
        style = layer_style(self._context, self._session.layer)
        canvas, scene = self.canvas, self.canvas.scene
        if scene is None or style is None:
            return
        dpr = canvas.devicePixelRatioF()
        level = canvas.viewport.level(scene.levels, dpr)
        sampling: Sampling = "mean" if scene.has_pyramid else "nearest"
        statistics = self._context.scenes.statistics(self._address)
        is_exact = statistics is not None and statistics.is_exact
        self.legend.show(scene, style, "full" if level == 0 else sampling, is_exact=is_exact)
        note = self.legend.legend.note if self.legend.legend else ""
        canvas.notes = (note,) if note else ()
        self.readout.show_zoom(f"{_percent(canvas.viewport.scale * dpr)} %")
        self.scale_bar.show(scene)
        canvas.set_overlays([self.legend, self.scale_bar])

    # ------------------------------------------------------------------ signals

    @Slot(str)
    def _on_scene(self, address: str) -> None:
        if address == self._address:
            self._show(self._context.store.session)

    @Slot(str, str)
    def _on_pyramid_failed(self, address: str, sentence: str) -> None:
        self._context.notify(sentence, "error")

    @Slot()
    def _on_completed(self) -> None:
        """Average the scene in the background, now that the first picture stands."""
        if self._address:
            self._context.scenes.build_pyramid(self._address)

    @Slot(object)
    def _on_moved(self, viewport: object) -> None:
        self._show_notes()
        self._keep_view.start(KEEP_VIEW_MS)

    @Slot()
    def _store_viewport(self) -> None:
        self._context.store.change(viewport=self.canvas.wanted_viewport)

    # ------------------------------------------------------------------ opening

    @Slot(list)
    def drop(self, paths: list[str]) -> None:
        """Open dropped files; several files may be one stack: the user is asked."""
        if any(kind_of(Path(path)) != "scene" for path in paths):
            self._context.dropped.emit(paths)
            return
        if len(paths) < 2:
            self._context.open(paths)
            return
        self.chooser = StackChooser(paths, self)
        self.chooser.chosen.connect(self._on_stack_chosen)
        self.chooser.open()

    @Slot(list, bool)
    def _on_stack_chosen(self, paths: list[str], is_one: bool) -> None:
        self._context.open([stack_address(paths)] if is_one else paths)

    # ------------------------------------------------------------------ crop

    @property
    def tool(self) -> CropTool | None:
        """The crop tool while it is chosen."""
        tool = self.canvas.tool
        return tool if isinstance(tool, CropTool) else None

    def start_crop(self) -> None:
        """Choose the crop tool."""
        scene = self.canvas.scene
        if scene is None or self.tool is not None:
            return
        tool = CropTool(scene.grid.size, self._session.crop)
        tool.changed.connect(self._on_drawn)
        tool.cancelled.connect(self.leave_crop)
        tool.accepted.connect(self.save_crop)
        self.crop_bar.show_scene(self._address)
        self.crop_bar.show_window(tool.window)
        tool.set_multiple(int(self.crop_bar.multiple.currentData()))
        self.crop_bar.show()
        self.canvas.set_tool(tool)
        self.canvas.setFocus()
        self._note_crop(is_on=True)

    @Slot()
    def leave_crop(self, *, is_kept: bool = False) -> None:
        """Leave the crop tool; its rectangle goes too, unless it is another scene's."""
        if self.tool is None:
            return
        self.canvas.set_tool(None)
        self.crop_bar.hide()
        self._note_crop(is_on=False)
        if not is_kept:
            self._context.store.change(crop=None, text=self.tr("Leave crop"))

    @Slot()
    def save_crop(self) -> None:
        """Ask for a file and save the rectangle as a job."""
        window, scene = self._session.crop, self.canvas.scene
        if window is None or scene is None:
            return
        stem = f"{scene.path.stem}_crop_{window.row}_{window.col}.tif"
        proposal = str(scene.path.parent / stem)
        saving = ask_saving(self._context.files, self.tr("Save crop"), proposal, CROP_FILTER)
        if saving is None:
            return
        place = {"row": window.row, "col": window.col, "rows": window.rows, "cols": window.cols}
        arguments = {"address": self._address, "window": place, **saving.arguments}
        self._context.jobs.start("crop", arguments, self.tr("Crop of {n}").format(n=scene.name))

    def _note_crop(self, *, is_on: bool) -> None:
        ViewCommands.of(self._context).is_cropping = is_on
        self._context.actions.refresh()

    @Slot(object)
    def _on_drawn(self, window: Window | None) -> None:
        drag = self.tool.drag if self.tool is not None else None
        self._context.store.change(crop=window, text=self.tr("Crop rectangle"), drag=drag)
        self.crop_bar.show_window(window)

    @Slot(object)
    def _on_typed(self, window: Window) -> None:
        if self.tool is not None:
            self.tool.set_window(window)
            self.canvas.update()

    @Slot(int)
    def _on_multiple(self, multiple: int) -> None:
        if self.tool is not None:
            self.tool.set_multiple(multiple)
            self.canvas.update()

    def _show_crop(self, window: Window | None) -> None:
        if self.tool is None and window is not None:
            self.start_crop()  # a crop came back, by undo or with the last session
        elif self.tool is not None and self.tool.window != window:
            self.tool.set_window(window, tell=False)
            self.crop_bar.show_window(window)
            self.canvas.update()
