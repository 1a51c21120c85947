"""PictureSaver: what is seen, the crop or the whole scene into a PNG or onto the clipboard."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QGuiApplication, QImage, QPainter

from satstudio.core.errors import SatstudioError
from satstudio.core.files.replacing import refuse_input
from satstudio.core.grid import Size, Window
from satstudio.gui.canvas.canvas import Canvas
from satstudio.gui.canvas.legend_overlay import LegendOverlay
from satstudio.gui.canvas.overlays import Overlay
from satstudio.gui.canvas.picture_view import image_of
from satstudio.gui.canvas.scale_bar import ScaleBarOverlay
from satstudio.gui.canvas.scene_actions import layer_style
from satstudio.gui.canvas.tiles.painter import View
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.saving import Saving, ask_saving
from satstudio.gui.pages.view.picture_dialog import PictureDialog
from satstudio.render.compose import Picture
from satstudio.render.picture import resized, save_png, scene_picture
from satstudio.render.style import DisplayStyle
from satstudio.scenes.scene import Scene
from satstudio.session.viewport import Viewport

FILTER = "Picture (*.png)"
MOST_PX = 4096
"""Longest side; larger parts are saved coarser, as the window shows them."""

LEAST_PX = 480
"""Shorter side of a picture that carries a legend; a smaller one is enlarged by whole numbers."""

Done = Callable[[QImage], None]
Corner = LegendOverlay | ScaleBarOverlay


class PictureSaver(QObject):
    """Draws the picture of a canvas again: without tools and marks, with or without overlays."""

    def __init__(
        self, context: Context, canvas: Canvas, legend: LegendOverlay, scale_bar: ScaleBarOverlay
    ) -> None:
        super().__init__(canvas)
        self._context = context
        self._canvas = canvas
        self._legend = legend
        self._scale_bar = scale_bar
        self.dialog: PictureDialog | None = None

    def ask(self) -> None:
        """Ask what is wanted, then for a file."""
        scene = self._canvas.scene
        if scene is None:
            return
        dpr = self._canvas.devicePixelRatioF()
        seen = Size(round(self._canvas.height() * dpr), round(self._canvas.width() * dpr))
        crop = self._context.store.session.crop
        on = (self._legend.is_visible, self._scale_bar.is_visible)
        self.dialog = PictureDialog(seen, crop, scene.grid.size, on, self._canvas)
        self.dialog.scale_bar.setEnabled(scene.grid.spacing_m is not None)
        self.dialog.save_asked.connect(self._on_save)
        self.dialog.copy_asked.connect(self._on_copy)
        self.dialog.open()

    def copy_seen(self) -> None:
        """Copy what is seen, with legend and scale bar where they are shown."""
        self._to_clipboard(self._seen([one for one in self._own if one.is_visible]))

    # ------------------------------------------------------------------ inside

    @Slot()
    def _on_save(self) -> None:
        scene, style = self._canvas.scene, self._style()
        if scene is None or style is None:
            return
        proposal = str(self._context.study / f"{scene.path.stem}_{style.view}.png")
        saving = ask_saving(self._context.files, self.tr("Save picture"), proposal, FILTER)
        if saving is not None:
            self._context.notify(self.tr("Drawing {name}…").format(name=saving.path.name))
            self._draw(partial(self._write, scene, saving))

    @Slot()
    def _on_copy(self) -> None:
        self._draw(self._to_clipboard)

    def _draw(self, done: Done) -> None:
        """Draw what the dialog says; larger parts on another thread."""
        dialog, scene, style = self.dialog, self._canvas.scene, self._style()
        if dialog is None or scene is None or style is None:
            return
        boxes = (dialog.legend, dialog.scale_bar)
        wanted = [one for one, box in zip(self._own, boxes, strict=True) if box.isChecked()]
        if dialog.part == "seen" and self._canvas.missing:
            again = partial(self._draw, done)
            self._canvas.completed.connect(again, Qt.ConnectionType.SingleShotConnection)
            return
        if dialog.part == "seen":
            done(self._seen(wanted))
            return
        crop = self._context.store.session.crop if dialog.part == "crop" else None
        window = crop or Window.whole(scene.grid.size)
        call = partial(scene_picture, scene, style, window, MOST_PX, square=True)
        finish = partial(self._on_drawn, scene, window, wanted, done)
        self._context.scenes.background_calls.ask(call, finish, self._on_failed)

    def _seen(self, wanted: Sequence[Overlay]) -> QImage:
        others = [one for one in self._canvas.overlays if one not in self._own]
        with _Shown(self._own):
            return self._canvas.image([*others, *wanted])

    @property
    def _own(self) -> tuple[Corner, Corner]:
        return self._legend, self._scale_bar

    def _on_drawn(
        self, scene: Scene, window: Window, wanted: Sequence[Overlay], done: Done, colours: Picture
    ) -> None:
        rows, cols = colours.shape[:2]
        if wanted and min(rows, cols) < LEAST_PX:
            more = -(-LEAST_PX // max(min(rows, cols), 1))
            if more * max(rows, cols) <= MOST_PX:
                rows, cols = rows * more, cols * more
                colours = resized(colours, Size(rows, cols))
        image = image_of(colours)
        middle = (window.row + window.rows / 2, window.col + window.cols / 2)
        viewport = Viewport(*middle, cols / window.cols, scene.grid.aspect)
        painter = QPainter(image)
        with _Shown(self._own):
            for overlay in wanted:
                overlay.paint(painter, View(viewport, Size(rows, cols)))
        painter.end()
        done(image)

    def _to_clipboard(self, image: QImage) -> None:
        QGuiApplication.clipboard().setImage(image)
        text = self.tr("Picture copied: {cols} \N{MULTIPLICATION SIGN} {rows} px")
        self._context.notify(text.format(cols=image.width(), rows=image.height()))

    def _write(self, scene: Scene, saving: Saving, image: QImage) -> None:
        call = partial(_save, scene, saving, image)
        self._context.scenes.background_calls.ask(call, self._on_saved, self._on_failed)

    def _style(self) -> DisplayStyle | None:
        return layer_style(self._context, self._context.store.session.layer)

    @Slot(object)
    def _on_saved(self, path: Path) -> None:
        self._context.notify(self.tr("Saved {path}").format(path=path))

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        if not isinstance(error, SatstudioError | OSError):
            raise error
        text = self.tr("The picture was not saved: {why}")
        self._context.notify(text.format(why=error), "error")


class _Shown:
    """Overlays are painted although the screen hides them."""

    def __init__(self, overlays: tuple[Corner, Corner]) -> None:
        self._overlays = overlays
        self._before = [overlay.is_visible for overlay in overlays]

    def __enter__(self) -> None:
        for overlay in self._overlays:
            overlay.is_visible = True

    def __exit__(self, *_: object) -> None:
        for overlay, is_visible in zip(self._overlays, self._before, strict=True):
            overlay.is_visible = is_visible


def _save(scene: Scene, saving: Saving, image: QImage) -> Path:
    refuse_input(saving.path, *scene.files)
    plain = image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    colours = np.frombuffer(plain.constBits(), np.uint8)
    whole = colours.reshape(plain.height(), plain.width(), 4)
    return save_png(whole, saving.path, overwrite=saving.overwrite)
