"""View page: open, look, crop."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from satstudio.core.raster import Sampling
from satstudio.gui.canvas.canvas import Canvas
from satstudio.gui.canvas.cursor_readout import CursorReadout
from satstudio.gui.canvas.layer_stack import Below, layers_below
from satstudio.gui.canvas.legend_overlay import LegendOverlay
from satstudio.gui.canvas.regions_overlay import RegionsOverlay
from satstudio.gui.canvas.result_note import ResultNote
from satstudio.gui.canvas.scale_bar import ScaleBarOverlay
from satstudio.gui.canvas.scene_actions import ViewCommands, layer_style, listen, view_rows
from satstudio.gui.canvas.tools import CropTool
from satstudio.gui.kit.choosers.stack_chooser import StackChooser
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.context_menu import ContextMenu
from satstudio.gui.kit.drops import kind_of
from satstudio.gui.kit.pages.choices import Choices
from satstudio.gui.kit.pages.kept_state import PageState
from satstudio.gui.kit.pages.page_list import PageList
from satstudio.gui.kit.scenes.loader import stack_address
from satstudio.gui.pages.view.actions import view_actions
from satstudio.gui.pages.view.crop_bar import CropBar
from satstudio.gui.pages.view.cropping import Cropping
from satstudio.gui.pages.view.picture_saver import PictureSaver
from satstudio.gui.pages.view.state import NAME, ViewState
from satstudio.session.session import Session

KEEP_VIEW_MS = 200


OFFERED = (
    *("view.fit", "view.one_to_one", "view.zoom_in", "view.zoom_out"),
    *("view.legend", "view.scale_bar", "view.crop"),
    *("file.copy_picture", "file.save_picture", "file.copy_path"),
)
"""On a right click on the picture."""


def make_page(context: Context) -> "ViewPage":
    """Return the page; registers its actions where nobody did yet."""
    rows = (*view_rows(context), *view_actions(context))
    context.actions.add(*(row for row in rows if not context.actions.has(row.id)))
    return ViewPage(context)


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
        self.cropping = Cropping(context, self.canvas, self.crop_bar)
        self.legend = LegendOverlay()
        self.scale_bar = ScaleBarOverlay()
        self.regions = RegionsOverlay()
        self.result = ResultNote(self.canvas)
        self.pictures = PictureSaver(context, self.canvas, self.legend, self.scale_bar)
        self._arrange()
        self._keep_view = QTimer(self)
        self._keep_view.setSingleShot(True)
        self._keep_view.timeout.connect(self._store_viewport)
        self._connect()
        kept = PageState(context, NAME, ViewState)
        self.choices = Choices(context, kept, self._chosen, self._show_chosen, self)
        self.choices.titles = {"crop_multiple": self.tr("Size in steps of")}
        self.crop_bar.multiple.activated.connect(self.choices.note)
        self._show(context.store.session)

    @property
    def tool(self) -> CropTool | None:
        """The crop tool while it is chosen."""
        return self.cropping.tool

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.canvas, 1)
        column.addWidget(self.crop_bar)
        column.addWidget(self.readout)

    def _chosen(self) -> ViewState:
        return ViewState(int(self.crop_bar.multiple.currentData()))

    def _show_chosen(self, state: ViewState) -> None:
        multiple = self.crop_bar.multiple
        multiple.setCurrentIndex(max(multiple.findData(state.crop_multiple), 0))

    def _connect(self) -> None:
        context, canvas = self._context, self.canvas
        names = [row.id for row in context.actions.rows() if row.local and row.id[:5] == "view."]
        context.actions.attach(canvas, *names)
        ContextMenu(context, canvas, OFFERED)
        canvas.hovered.connect(self.readout.hover)
        canvas.viewport_changed.connect(self._on_moved)
        canvas.completed.connect(self._on_completed)
        canvas.dropped.connect(self.drop)
        scenes = context.scenes
        for signal in (scenes.opened, scenes.pyramid_ready, scenes.closed, scenes.located):
            signal.connect(self._on_scene)
        scenes.pyramid_failed.connect(self._on_pyramid_failed)
        ViewCommands.of(context).asked.connect(self.run)
        self.cropping.saved.connect(self._on_crop_saved)
        self.result.opened.connect(self._on_open_result)
        self.result.folder_asked.connect(context.show_file)
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
        if not PageList.of(self._context).is_front(NAME):
            return
        commands: dict[str, Callable[[], object]] = {
            "fit": canvas.fit,
            "one_to_one": canvas.one_to_one,
            "zoom_in": partial(canvas.zoom, 2**0.5),
            "zoom_out": partial(canvas.zoom, 2**-0.5),
            "legend": self.toggle_legend,
            "save_picture": self.pictures.ask,
            "copy_picture": self.pictures.copy_seen,
            "crop": self.cropping.leave if self.cropping.tool else self.cropping.start,
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
            self.cropping.leave(is_kept=True)
            self.result.hide()
        if scene is None or style is None:
            self._show_nothing(address)
            return
        self.readout.show_scene(address, style.bands)
        epoch = self._context.scenes.epoch(address)
        if self.canvas.scene is not scene or self._epoch() != epoch:
            is_new = self.canvas.scene is not scene
            self.canvas.show_scene(scene, style, epoch)
            if is_new:
                self.canvas.set_viewport(session.viewport)
                if PageList.of(self._context).is_front(NAME):
                    self.canvas.setFocus()
        else:
            self.canvas.set_style(style)
        if session.viewport != before.viewport:
            self.canvas.set_viewport(session.viewport)
        self._show_layers(session)
        if (address, style.view) != self._checked:
            self._checked = (address, style.view)
            self._context.actions.refresh()
        self.cropping.show(session.crop)
        self._show_notes()

    def _show_layers(self, session: Session) -> None:
        """Draw what is seen under the active layer, where it covers less than all."""
        scenes, active = self._context.scenes, session.layer
        below = [
            Below(scene, style, scenes.epoch(layer.address), layer.opacity)
            for layer in layers_below(session, scenes.scene)
            if (scene := scenes.scene(layer.address)) is not None
            and (style := layer_style(self._context, layer)) is not None
        ]
        opacity = active.opacity if active is not None and active.is_visible else 0.0
        self.canvas.set_layers(below, opacity)
        address = active.address if active is not None else ""
        self.regions.regions = tuple(r for r in session.regions if r.address == address)

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
        self.readout.show_scale(canvas.viewport.scale * dpr)
        self.scale_bar.show(scene)
        canvas.set_overlays([self.regions, self.legend, self.scale_bar])

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

    @Slot(object)
    def _on_crop_saved(self, path: Path) -> None:
        self.result.show_result(self.tr("Crop saved:"), path)

    @Slot(object)
    def _on_open_result(self, path: Path) -> None:
        """Open a scene here, a picture with the desktop's own program."""
        if kind_of(path) == "scene" and path.suffix != ".png":
            self._context.open([str(path)])
        else:
            self._context.show_file(path)

    @Slot(list, bool)
    def _on_stack_chosen(self, paths: list[str], is_one: bool) -> None:
        self._context.open([stack_address(paths)] if is_one else paths)
