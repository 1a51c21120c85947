"""PreviewHead: the line above a preview: what is shown, beside what, in which view, how near."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QWidget

from satstudio.gui.kit.widgets import ElidedLabel, in_a_row, label, tool_button
from satstudio.gui.pages.restore.preview.beside_bar import BesideBar
from satstudio.gui.pages.restore.preview.restored_picture import Restored, preview_views
from satstudio.render.style import VIEWS
from satstudio.render.views import View
from satstudio.scenes.scene import Scene

NAME_LETTERS = 16
"""Of the name of the scene, beside which the lists still have room."""


class PreviewHead(QWidget):
    """The name of the scene, lists, switches and buttons; two lines where one has no room."""

    def __init__(self) -> None:
        super().__init__()
        self._own: tuple[str, str] = ("", "")
        self.name = ElidedLabel()
        self.name.setObjectName("heading")
        self.bar = BesideBar()
        self.view_box = QComboBox()
        self.points = QCheckBox(self.tr("Points"))
        self.fit = tool_button("maximize-2", "", self.tr("Show the whole scene (F)"))
        self.one_to_one = tool_button(
            "scan", "", self.tr("One column on one pixel of the screen (0)")
        )
        self._arrange()
        self.show_points(None)
        self._is_below = False

    @property
    def view(self) -> View | None:
        """How both sides are shown; None where there is nothing to show."""
        view: View | None = self.view_box.currentData()
        return view

    def show_scene(self, name: str, address: str) -> None:
        """Show what the scene is called."""
        self.name.setText(name)
        self.name.setToolTip(address)

    def show_nothing(self) -> None:
        """Show that no scene is there."""
        self.show_scene("", "")
        self.view_box.clear()
        self._show_enabled()

    def show_views(self, scene: Scene, own: View, restored: Restored | None) -> None:
        """List the views that both sides have; the layer's own is shown until another is chosen."""
        has_phase = restored is not None and restored.raster.is_complex
        views = preview_views(scene.is_complex, own, has_phase)
        shown = [self.view_box.itemData(row) for row in range(self.view_box.count())]
        is_same, self._own = self._own == (scene.address, own), (scene.address, own)
        if is_same and shown == list(views):
            return
        before = self.view_box.currentData() if is_same else own
        self.view_box.clear()
        for view in views:
            self.view_box.addItem(VIEWS[view].title, view)
        self.view_box.setCurrentIndex(views.index(before) if before in views else 0)
        self._show_enabled()

    def show_points(self, restored: Restored | None) -> None:
        """Offer the mask of the points, or of what is invented, where there is one."""
        is_invented = restored is not None and restored.invented is not None
        has_mask = is_invented or (restored is not None and restored.points is not None)
        self.points.setText(self.tr("Invented") if is_invented else self.tr("Points"))
        tip = self.tr("Colour the points: pixels where one is stronger than the ground around it")
        if is_invented:
            tip = self.tr("Colour what is invented: pixels that no image shows clearly")
        if not has_mask:
            tip = self.tr("No points are looked for: switch points on beside the model")
        self.points.setEnabled(has_mask)
        self.points.setToolTip(tip)

    # ------------------------------------------------------------------ inside

    def _arrange(self) -> None:
        self.view_box.setAccessibleName(self.tr("Show as"))
        self.view_box.setToolTip(
            self.tr("How both sides are shown, with one stretch; a restored intensity has no phase")
        )
        self.view_box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        caption = label(self.tr("Show &as"))
        caption.setBuddy(self.view_box)
        self._lists = in_a_row(self.bar, caption, self.view_box, self.points)
        self._buttons = in_a_row(self.fit, self.one_to_one)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(8, 6, 8, 6)
        self._grid.setHorizontalSpacing(6)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(0, 1)
        self._grid.addWidget(self.name, 0, 0)
        self._grid.addWidget(self._lists, 0, 1)
        self._grid.addWidget(self._buttons, 0, 2)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return what two lines need, whether there are two now or one."""
        sides = self._grid.contentsMargins()
        width = self._lists.minimumSizeHint().width() + sides.left() + sides.right()
        return QSize(width, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Put the lists beside the name where that can still be read, else below it."""
        super().resizeEvent(event)
        least = self.fontMetrics().averageCharWidth() * NAME_LETTERS
        needed = sum(part.sizeHint().width() for part in (self._lists, self._buttons))
        is_below = self.width() < needed + least + 4 * self._grid.horizontalSpacing()
        if is_below != self._is_below:
            self._is_below = is_below
            self._grid.removeWidget(self._lists)
            place = (1, 0, 1, 3) if is_below else (0, 1, 1, 1)
            self._grid.addWidget(self._lists, *place, Qt.AlignmentFlag.AlignLeft)

    def _show_enabled(self) -> None:
        for widget in (self.view_box, self.fit, self.one_to_one):
            widget.setEnabled(self.view_box.count() > 0)
