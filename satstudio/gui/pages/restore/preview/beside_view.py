"""BesideView: the picture left of the divider of a preview, and the difference right of it."""

from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from satstudio.core.raster import Quantity
from satstudio.gui.canvas.before_after import BeforeAfter
from satstudio.gui.kit.background_calls import BackgroundCalls
from satstudio.gui.pages.restore.desk import RestoreDesk
from satstudio.gui.pages.restore.preview.beside_bar import BesideBar
from satstudio.gui.pages.restore.preview.difference import Difference, difference_picture
from satstudio.gui.pages.restore.preview.preview_source import PreviewSource, Wish
from satstudio.gui.pages.restore.preview.restored_picture import RestoredPicture
from satstudio.render.style import DisplayStyle


class BesideView(QObject):
    """Asks for what the bar says, for the window that is previewed, and shows it.

    Attributes
    ----------
    difference : that is shown; None where none is
    """

    changed = Signal()

    def __init__(
        self, desk: RestoreDesk, calls: BackgroundCalls, picture: BeforeAfter, bar: BesideBar
    ) -> None:
        super().__init__(bar)
        self._calls, self._picture, self._bar = calls, picture, bar
        self._wish: Wish | None = None
        self._made: RestoredPicture | None = None
        self._asked: object = None
        self.difference: Difference | None = None
        self.source = PreviewSource(desk, calls, "beside")
        self.source.drawn.connect(self._on_drawn)
        self.source.changed.connect(self._on_source)
        bar.changed.connect(self._on_bar)

    @property
    def said(self) -> str:
        """What is said of it below the preview."""
        name = self._bar.box.currentText()
        if self.source.sentence:
            return self.tr("{name}: {why}").format(name=name, why=self.source.sentence)
        if not self._bar.difference.isChecked() or self.difference is None:
            return ""
        found = self.difference
        if found.image is None:
            return self.tr("no difference from {name}: {why}").format(name=name, why=found.reason)
        text = self.tr("difference from {name}, band {band}: blue {low}, orange {high}")
        most = f"{found.limit:.3g}"
        unit = f" {found.unit}" if found.unit else ""
        low, high = f"\N{MINUS SIGN}{most}{unit}", f"+{most}{unit}"
        return text.format(name=name, band=found.band, low=low, high=high)

    def want(self, wish: Wish | None) -> None:
        """Ask for what stands beside this preview, where anything does."""
        self._wish = wish
        is_needed = not self._bar.is_scene or self._bar.difference.isChecked()
        if wish is None or not is_needed:
            self.source.drop()
            return
        address, model, recipe = wish[:3]
        self.source.want((address, model, recipe, self._bar.what))

    def draw(self, style: DisplayStyle, before: Quantity, of: int) -> None:
        """Draw it in the style of the preview."""
        self.source.draw(style, before, of)

    def show(self, made: RestoredPicture | None) -> None:
        """Show a restored window, or its difference from what stands beside."""
        self._made = made
        if made is None:
            self._picture.show_restored(None)
            self._picture.show_beside(None)
            return
        other = self.source.restored
        is_wanted = self._bar.difference.isChecked() and other is not None
        if other is None or not is_wanted or other.window != made.restored.window:
            self.difference, self._asked = None, None
            self._picture.show_restored(made.image, made.restored.window, made.points)
            self.changed.emit()
            return
        self._asked = (made.restored, other)
        band = made.asked.bands[0]
        call = partial(difference_picture, made.restored, other, band)
        self._calls.ask(partial(_of, self._asked, call), self._on_difference, self._on_failed)

    @Slot(object)
    def _on_difference(self, found: tuple[object, Difference]) -> None:
        asked, difference = found
        made = self._made
        if asked is not self._asked or made is None:
            return
        self.difference = difference
        window, points = made.restored.window, made.points
        if difference.image is None:
            self._picture.show_restored(made.image, window, points)
        else:
            name = self.tr("Difference")
            self._picture.show_restored(difference.image, window, points, name)
        self.changed.emit()

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self.difference = Difference(None, reason=str(error))
        self.changed.emit()

    @Slot(object)
    def _on_drawn(self, drawn: RestoredPicture) -> None:
        is_scene = self._bar.is_scene
        self._picture.show_beside(
            None if is_scene else drawn.image, "" if is_scene else self._bar.box.currentText()
        )
        if self._bar.difference.isChecked():
            self.show(self._made)

    @Slot()
    def _on_source(self) -> None:
        if self.source.restored is None:
            self._picture.show_beside(None)
        self.changed.emit()

    @Slot()
    def _on_bar(self) -> None:
        if self._bar.is_scene:
            self._picture.show_beside(None)
        self.want(self._wish)
        self.show(self._made)


def _of(asked: object, call: partial[Difference]) -> tuple[object, Difference]:
    return asked, call()
