"""PictureSaver: the active scene, as it is shown, into a PNG; drawn on another thread."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Slot

from satstudio.core.errors import SatstudioError
from satstudio.core.files import refuse_input
from satstudio.core.grid import Window
from satstudio.gui.context import Context
from satstudio.gui.saving import Saving, ask_saving
from satstudio.render.picture import save_png, scene_picture
from satstudio.render.style import DisplayStyle
from satstudio.scenes.scene import Scene

FILTER = "Picture (*.png)"
MOST_PX = 4096
"""Longest side; larger scenes are saved coarser, as the window shows them."""


class PictureSaver(QObject):
    """Saves the crop rectangle where one is drawn, else the whole scene."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._context = context

    def ask(self) -> None:
        """Ask for a file and save the picture."""
        session, scenes = self._context.store.session, self._context.scenes
        layer = session.layer
        scene = scenes.scene(layer.address) if layer else None
        style = (layer.style or scenes.style(layer.address)) if layer else None
        if layer is None or scene is None or style is None:
            return
        proposal = str(self._context.study / f"{scene.path.stem}_{style.view}.png")
        saving = ask_saving(self._context.files, self.tr("Save picture"), proposal, FILTER)
        if saving is not None:
            self._context.notify(self.tr("Drawing {name}…").format(name=saving.path.name))
            call = partial(_save, scene, style, session.crop, saving)
            scenes.errands.ask(call, self._on_saved, self._on_failed)

    @Slot(object)
    def _on_saved(self, path: Path) -> None:
        self._context.notify(self.tr("Saved {path}").format(path=path))

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        if not isinstance(error, SatstudioError | OSError):
            raise error
        text = self.tr("The picture was not saved: {why}")
        self._context.notify(text.format(why=error), "error")


def _save(scene: Scene, style: DisplayStyle, window: Window | None, saving: Saving) -> Path:
    refuse_input(saving.path, *scene.files)
    picture = scene_picture(scene, style, window, MOST_PX, square=True)
    return save_png(picture, saving.path, overwrite=saving.overwrite)
