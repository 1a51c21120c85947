"""EmptyPage: what to do when nothing is open."""

from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from satstudio.gui.kit.context import Context
from satstudio.gui.kit.recent import RecentFiles, file_of
from satstudio.gui.kit.widgets import Button, label, primary_button
from satstudio.session.session import name_of

WIDTH_CHARS = 78
ROWS_SHOWN = 8


class EmptyPage(QWidget):
    """Open a scene, open the sample, recent scenes, drop files here."""

    def __init__(self, context: Context, recent: RecentFiles) -> None:
        super().__init__()
        self._context = context
        self._recent = recent
        actions = context.actions
        self._open = primary_button(
            self.tr("Open a scene…"), "file", self.tr("Choose GeoTIFF, PNG, JPEG or TIFF files")
        )
        self._open.clicked.connect(lambda: actions.trigger("file.open"))
        self._folder = Button(
            self.tr("Open a folder…"),
            "folder-open",
            self.tr("Choose a SAFE folder, or a folder of scenes"),
        )
        self._folder.clicked.connect(lambda: actions.trigger("file.open_folder"))
        self._sample = Button(
            self.tr("Open the sample scene"), "image", self.tr("A small radar scene to play with")
        )
        self._sample.clicked.connect(lambda: actions.trigger("file.open_sample"))
        self._list = QListWidget()
        self._list.setAccessibleName(self.tr("Recent scenes"))
        self._list.itemActivated.connect(self._on_chosen)
        self._list.itemClicked.connect(self._on_chosen)
        self._caption = label(self.tr("Recent scenes"), "heading")
        self._arrange()
        recent.changed.connect(self._show_recent)
        self._show_recent()

    def _arrange(self) -> None:
        inner = QWidget()
        inner.setMaximumWidth(self.fontMetrics().averageCharWidth() * WIDTH_CHARS)
        column = QVBoxLayout(inner)
        column.setSpacing(10)
        column.addWidget(label(self.tr("Open a satellite scene to begin"), "title"))
        text = self.tr(
            "satstudio shows single-look complex radar scenes and other satellite images, "
            "restores and compares them, cuts patches from them, trains image generators on the "
            "patches and draws new samples."
        )
        column.addWidget(label(text, "note"))
        line = QHBoxLayout()
        for button in (self._open, self._folder, self._sample):
            line.addWidget(button)
        line.addStretch(1)
        column.addLayout(line)
        drop = self.tr("Or drop files and SAFE folders anywhere into this window.")
        column.addWidget(label(drop, "note"))
        column.addSpacing(8)
        column.addWidget(self._caption)
        column.addWidget(self._list)
        outer = QHBoxLayout(self)
        outer.addStretch(1)
        outer.addWidget(inner, 20)
        outer.addStretch(1)
        middle = QVBoxLayout()
        middle.addStretch(1)
        outer.setAlignment(inner, Qt.AlignmentFlag.AlignVCenter)

    @Slot()
    def _show_recent(self) -> None:
        self._list.clear()
        for address in self._recent.addresses:
            path = Path(file_of(address))
            item = QListWidgetItem(f"{name_of(address)}\n{path.parent}")
            item.setData(Qt.ItemDataRole.UserRole, address)
            item.setToolTip(address)
            if self._recent.is_missing(address):
                item.setFlags(Qt.ItemFlag.NoItemFlags)
                item.setToolTip(self.tr("{path} is not there any more").format(path=path))
            self._list.addItem(item)
        shown = min(self._list.count(), ROWS_SHOWN)
        self._list.setFixedHeight(self.fontMetrics().lineSpacing() * 2 * shown + 12)
        self._list.setVisible(shown > 0)
        self._caption.setVisible(shown > 0)

    @Slot(QListWidgetItem)
    def _on_chosen(self, item: QListWidgetItem) -> None:
        if item.flags() & Qt.ItemFlag.ItemIsEnabled:
            self._context.open([item.data(Qt.ItemDataRole.UserRole)])
