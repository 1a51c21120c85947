"""PreviewSource: the restored window that is wanted now; older answers are dropped."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from satstudio.core.raster import Quantity
from satstudio.gui.kit.background_calls import BackgroundCalls
from satstudio.gui.pages.restore.desk import RestoreDesk
from satstudio.gui.pages.restore.preview.restored_picture import (
    Restored,
    RestoredPicture,
    picture_of,
    read_restored,
)
from satstudio.render.style import DisplayStyle
from satstudio.restore.recipe import RestoreRecipe

Wish = tuple[str, str, RestoreRecipe] | tuple[str, str, RestoreRecipe, str]
"""Address, model, recipe with its window; of what stands beside also what that is."""

Look = tuple[DisplayStyle, Quantity, int]
"""Style of the scene, what it holds, and in how many bands."""


class PreviewSource(QObject):
    """Asks the desk for pixels and draws them, each on another thread or process.

    Parameters
    ----------
    kind : preview or beside: what it asks for

    Attributes
    ----------
    restored : the pixels that answer `wish`, or an older wish while the new one is computed
    sentence : why there is no preview; empty where there is one
    """

    changed = Signal()
    """Pixels, sentence or whether one waits have changed."""

    drawn = Signal(object)
    """A RestoredPicture of the present pixels in the style asked for last."""

    def __init__(
        self, desk: RestoreDesk, background_calls: BackgroundCalls, kind: str = "preview"
    ) -> None:
        super().__init__()
        self._desk = desk
        self._kind = kind
        self._put: Callable[..., None] = getattr(desk, f"ask_{kind}")
        self._background_calls = background_calls
        self._wish: Wish | None = None
        self._look: Look | None = None
        self._is_reading = False
        self._drawing: tuple[Restored, Look] | None = None
        self.restored: Restored | None = None
        self.sentence = ""
        desk.answered.connect(self._on_answer)

    @property
    def is_busy(self) -> bool:
        """Tell whether something is being computed."""
        return self._wish is not None and (self._desk.is_waiting(self._kind) or self._is_reading)

    def want(self, wish: Wish) -> None:
        """Compute this, unless it is there or on its way."""
        if wish != self._wish:
            self._wish, self.sentence = wish, ""
            self._put(*wish)
            self.changed.emit()

    def drop(self) -> None:
        """Want nothing."""
        self._desk.forget(self._kind)
        self._wish = self.restored = None
        self.sentence = ""
        self.changed.emit()

    def draw(self, style: DisplayStyle, before: Quantity, of: int) -> None:
        """Draw the pixels in a style of a scene that holds `before`, now and when new ones come.

        Parameters
        ----------
        of : bands of the scene
        """
        self._look = style, before, of
        wanted = (self.restored, self._look) if self.restored is not None else None
        if self.restored is not None and wanted != self._drawing:
            self._drawing = wanted
            call = partial(picture_of, self.restored, style, before, of)
            self._background_calls.ask(call, self._on_drawn, self._on_failed)

    @Slot(str, object)
    def _on_answer(self, kind: str, fields: dict[str, Any]) -> None:
        wish = self._wish
        if kind != self._kind or wish is None:
            return
        window = wish[2].window
        self.sentence = str(fields.get("sentence", ""))
        if self.sentence or window is None:
            self.restored = None
        else:
            self._is_reading = True
            bands = tuple(str(band) for band in fields["bands"])
            read = partial(read_restored, Path(fields["path"]), window, bands, fields["quantity"])
            self._background_calls.ask(partial(_with, wish, read), self._on_read, self._on_failed)
        self.changed.emit()

    @Slot(object)
    def _on_read(self, found: tuple[Wish, Restored]) -> None:
        wish, restored = found
        self._is_reading = False
        if wish == self._wish:
            self.restored = restored
            self.changed.emit()
            if self._look is not None:
                self.draw(*self._look)

    @Slot(object)
    def _on_drawn(self, made: RestoredPicture) -> None:
        is_newest = self._look is not None and made.asked == self._look[0]
        if made.restored is self.restored and is_newest:
            self.drawn.emit(made)

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self._is_reading = False
        self.restored = None
        self.sentence = str(error)
        self.changed.emit()


def _with(wish: Wish, read: partial[Restored]) -> tuple[Wish, Restored]:
    return wish, read()
