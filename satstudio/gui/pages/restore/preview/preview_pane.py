"""RestorePreview: the active scene before and after, computed for the part in view."""

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from satstudio.core.grid import Window
from satstudio.core.raster import Sampling
from satstudio.gui.canvas.before_after import BeforeAfter
from satstudio.gui.canvas.legend_overlay import LegendOverlay
from satstudio.gui.canvas.scene_actions import SHARED, ViewCommands, layer_style, listen
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.pages.page_list import PageList
from satstudio.gui.kit.widgets import label
from satstudio.gui.pages.restore.desk import RestoreDesk
from satstudio.gui.pages.restore.preview.beside_bar import Beside
from satstudio.gui.pages.restore.preview.beside_view import BesideView
from satstudio.gui.pages.restore.preview.preview_head import PreviewHead
from satstudio.gui.pages.restore.preview.preview_source import PreviewSource, Wish
from satstudio.gui.pages.restore.preview.preview_words import preview_words
from satstudio.gui.pages.restore.preview.restored_picture import (
    RestoredPicture,
    preview_style,
    preview_window,
)
from satstudio.gui.pages.restore.state import NAME
from satstudio.render.style import DisplayStyle
from satstudio.restore.recipe import RestoreRecipe
from satstudio.scenes.scene import Scene
from satstudio.session.session import Session
from satstudio.session.viewport import Viewport

WAIT_MS = 150
KEEP_VIEW_MS = 200
ZOOMS = {"zoom_in": 2**0.5, "zoom_out": 2**-0.5}


class RestorePreview(QWidget):
    """Shows the scene that View shows, with the restored part over it."""

    dropped = Signal(list)
    """Paths of files dropped onto the picture."""

    def __init__(self, context: Context, desk: RestoreDesk) -> None:
        super().__init__()
        self._context = context
        self._choice: tuple[str, RestoreRecipe] | None = None
        self._address = ""
        self._told: tuple[Scene | None, Viewport | None] = (None, None)
        self.head = PreviewHead()
        self.picture = BeforeAfter(context.scenes)
        self.canvas = self.picture.canvas
        self.legend = LegendOverlay()
        self.canvas.set_overlays([*self.canvas.overlays, self.legend])
        self.note = label("", "note")
        calls = context.scenes.background_calls
        self.source = PreviewSource(desk, calls)
        self.beside = BesideView(desk, calls, self.picture, self.head.bar)
        self._timer = self._single_shot(WAIT_MS, self._ask)
        self._keep_view = self._single_shot(KEEP_VIEW_MS, self._store_viewport)
        self._arrange()
        self._connect()
        self._show(context.store.session)

    def set_choice(self, model: str, recipe: RestoreRecipe | None, beside: Beside = ()) -> None:
        """Preview with a model (or baseline) and choices; nothing where there are none.

        Parameters
        ----------
        beside : what can stand beside it, but for the scene
        """
        self.head.bar.show_choices(beside)
        choice = (model, recipe.changed(window=None)) if model and recipe is not None else None
        if choice != self._choice:
            self._choice = choice
            self._wish()

    @property
    def seen(self) -> Window | None:
        """The part of the active scene that is in view."""
        scene, view = self._scene, self.canvas.view
        return view.viewport.visible(scene.grid.size, view.size) if scene else None

    @property
    def style_now(self) -> DisplayStyle | None:
        """The style of both sides."""
        own = layer_style(self._context, self._context.store.session.layer)
        statistics = self._context.scenes.statistics(self._address)
        view = self.head.view
        if own is None or statistics is None or view is None:
            return None
        return preview_style(own, statistics, view)

    def close_canvas(self) -> None:
        """End the threads of the canvas."""
        self._timer.stop()
        self._keep_view.stop()
        self.canvas.close_loader()

    # ------------------------------------------------------------------ inside

    def _arrange(self) -> None:
        foot = QHBoxLayout()
        foot.setContentsMargins(8, 4, 8, 4)
        foot.addWidget(self.note, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self.picture, 1)
        column.addLayout(foot)

    def _connect(self) -> None:
        scenes, canvas, actions = self._context.scenes, self.canvas, self._context.actions
        actions.attach(canvas, *(f"view.{name}" for name in SHARED if actions.has(f"view.{name}")))
        ViewCommands.of(self._context).asked.connect(self.run)
        self.head.view_box.activated.connect(self._show_style)
        self.head.points.toggled.connect(self._on_points)
        self.head.fit.clicked.connect(canvas.fit)
        self.head.one_to_one.clicked.connect(canvas.one_to_one)
        canvas.viewport_changed.connect(self._on_moved)
        canvas.completed.connect(self._on_completed)
        canvas.dropped.connect(self.dropped)
        for signal in (scenes.opened, scenes.closed, scenes.pyramid_ready):
            signal.connect(self._on_scene)
        self.source.changed.connect(self._on_source)
        self.source.drawn.connect(self._on_drawn)
        self.beside.changed.connect(self._on_beside)
        listen(self._context, self, self._show)

    def _single_shot(self, wait_ms: int, slot: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(wait_ms)
        timer.timeout.connect(slot)
        return timer

    @Slot(str)
    def run(self, command: str) -> None:
        """Do what an action asks for, while this page is in front."""
        if not PageList.of(self._context).is_front(NAME):
            return
        commands, canvas = ViewCommands.of(self._context), self.canvas
        if command == "legend":
            commands.has_legend = not commands.has_legend
            self._show_legend()
        elif command == "fit":
            canvas.fit()
        elif command == "one_to_one":
            canvas.one_to_one()
        elif command in ZOOMS:
            canvas.zoom(ZOOMS[command])

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Preview what changed meanwhile."""
        super().showEvent(event)
        self._show(self._context.store.session)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """Ask for nothing that nobody sees."""
        super().hideEvent(event)
        self._timer.stop()

    # ------------------------------------------------------------------ session -> widgets

    @property
    def _scene(self) -> Scene | None:
        return self._context.scenes.scene(self._address) if self._address else None

    def _show(self, session: Session) -> None:
        layer = session.layer
        address = layer.address if layer else ""
        is_new = address != self._address
        self._address = address
        if is_new or self._scene is None:
            self.source.drop()
        if layer is None or self._scene is None:
            self._show_nothing()
            return
        self.head.show_scene(layer.name, address)
        self._show_views()
        self._show_style()
        told = self._scene, session.viewport
        if told != self._told:  # else a move that is not stored yet would be lost
            self._told = told
            self.canvas.set_viewport(session.viewport)
        self._wish()

    def _show_nothing(self) -> None:
        self.canvas.show_scene(None)
        hint = self.tr("Open a scene first (Ctrl+O), or drop one here")
        self.canvas.set_message(self.tr("Opening…") if self._address else hint)
        self.head.show_nothing()

    def _show_views(self) -> None:
        scene, own = self._scene, layer_style(self._context, self._context.store.session.layer)
        if scene is not None and own is not None:
            self.head.show_views(scene, own.view, self.source.restored)

    @Slot()
    def _show_style(self) -> None:
        scenes, scene, style = self._context.scenes, self._scene, self.style_now
        if scene is None or style is None:
            return
        look, epoch = self.canvas.picture.look, scenes.epoch(self._address)
        if self.canvas.scene is not scene or look is None or look.epoch != epoch:
            self.canvas.show_scene(scene, style, epoch)
        else:
            self.canvas.set_style(style)
        self.source.draw(style, scene.quantity, len(scene.bands))
        self.beside.draw(style, scene.quantity, len(scene.bands))
        self._show_legend()

    def _show_legend(self) -> None:
        scene, style = self._scene, self.style_now
        level = self.canvas.viewport.level(scene.levels, self.canvas.view.dpr) if scene else 0
        is_mean = scene is not None and scene.has_pyramid
        sampling: Sampling = "full" if level == 0 else "mean" if is_mean else "nearest"
        self.legend.show(scene, style, sampling)
        self.legend.is_visible = ViewCommands.of(self._context).has_legend
        self.canvas.update()

    @Slot(str)
    def _on_scene(self, address: str) -> None:
        if address == self._address:
            self._show(self._context.store.session)

    @Slot()
    def _on_completed(self) -> None:
        if self._address:
            self._context.scenes.build_pyramid(self._address)

    @Slot(object)
    def _on_moved(self, viewport: object) -> None:
        del viewport
        self._show_legend()
        self.note.setText(self._said())
        self._keep_view.start()
        self._wish()

    @Slot()
    def _store_viewport(self) -> None:
        if self.isVisible():
            self._context.store.change(viewport=self.canvas.wanted_viewport)

    # ------------------------------------------------------------------ the restored part

    def _wish(self) -> None:
        """Ask a moment after the last change."""
        if self.isVisible():
            self._timer.start()

    def _wanted(self) -> Wish | None:
        scene = self.canvas.scene
        window = preview_window(scene.grid.size, self.canvas.view) if scene else None
        if window is None or self._choice is None:
            return None
        model, recipe = self._choice
        return self._address, model, recipe.changed(window=window)

    @Slot()
    def _ask(self) -> None:
        wish = self._wanted()
        self.beside.want(wish)
        if wish is not None:
            self.source.want(wish)
        else:
            self.source.drop()

    @Slot()
    def _on_source(self) -> None:
        restored = self.source.restored
        if restored is None:
            self.beside.show(None)
        self._show_views()
        self._show_style()
        self.head.show_points(self.source.restored)
        self.note.setText(self._said())
        self.canvas.notes = (self.tr("Restoring the preview…"),) if self.source.is_busy else ()
        if self.source.sentence:
            self.canvas.notes = (self.tr("No preview; the reason stands below"),)
        self.canvas.update()

    @Slot(object)
    def _on_drawn(self, made: RestoredPicture) -> None:
        self.beside.show(made)

    @Slot()
    def _on_beside(self) -> None:
        self.note.setText(self._said())

    @Slot(bool)
    def _on_points(self, is_on: bool) -> None:
        self.picture.show_points(is_on)
        self.note.setText(self._said())

    def _said(self) -> str:
        """Return what is said of the preview below it."""
        restored = self.source.restored
        if restored is None:
            return self.source.sentence
        scene, scale = self._scene, self.canvas.viewport.scale
        before = scene.quantity if scene is not None else None
        has_mask, dpr = self.head.points.isChecked(), self.canvas.devicePixelRatioF()
        text = preview_words(restored, before, scale, dpr, has_mask=has_mask)
        return "; ".join(filter(None, (text, self.beside.said)))
