"""ImageChooser: a product holds several images; the user says which are opened."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from satstudio.gui.kit.widgets import label
from satstudio.scenes.address import parse_address
from satstudio.scenes.scene import ImageInfo
from satstudio.session.session import name_of

ROLE = Qt.ItemDataRole.UserRole
KEY_PRESS = QEvent.Type.KeyPress
LINES = 16
LEAST_CHARS = 70
SHARE_OF_SCREEN = 0.9


class ImageChooser(QDialog):
    """Lists the images of a product under their whole names, with a filter.

    Tables and other arrays of the product are listed where the user asks for them, or where it
    holds nothing else.
    """

    chosen = Signal(list)
    """Addresses of the images."""

    def __init__(self, address: str, images: Sequence[ImageInfo], parent: QWidget) -> None:
        super().__init__(parent)
        self._address = address
        pictures = [image for image in images if image.is_picture] or list(images)
        self.setWindowTitle(self.tr("Choose images"))
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(self.tr("Filter"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setAccessibleName(self.tr("Filter the images"))
        self.others = QCheckBox(
            self.tr("Also list {n} tables and other arrays").format(n=len(images) - len(pictures))
        )
        self.others.setVisible(len(pictures) < len(images))
        self.list = self._made_list()
        for image in [*pictures, *(one for one in images if one not in pictures)]:
            item = QTreeWidgetItem(self.list, [image.name, image.about])
            item.setData(0, ROLE, image.name)
            item.setData(1, ROLE, image in pictures)
        box = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(box.Open | box.Cancel)
        self._connect()
        head = self.tr("This product holds {n} images. Which ones do you want to open?")
        column = QVBoxLayout(self)
        column.addWidget(label(name_of(address), "heading"))
        column.addWidget(label(head.format(n=len(pictures)), "note"))
        for widget in (self.filter, self.list, self.others, self.buttons):
            column.addWidget(widget)
        self._show_fitting()
        self._take_room()

    def addresses(self) -> list[str]:
        """Return the chosen images as addresses, in the order of the list."""
        names = [item.data(0, ROLE) for item in self._items() if item.isSelected()]
        return [replace(parse_address(self._address), image=name).text for name in names]

    def names(self) -> list[str]:
        """Return the names that are listed now."""
        return [item.text(0) for item in self._items() if not item.isHidden()]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Let Up and Down of the filter move through the list."""
        keys = (Qt.Key.Key_Up, Qt.Key.Key_Down)
        if isinstance(event, QKeyEvent) and event.type() == KEY_PRESS and event.key() in keys:
            self.list.setFocus()
            self.list.keyPressEvent(event)
            return True
        return super().eventFilter(watched, event)

    def _connect(self) -> None:
        self.filter.textChanged.connect(self._show_fitting)
        self.filter.installEventFilter(self)
        self.others.toggled.connect(self._show_fitting)
        self.list.itemSelectionChanged.connect(self._on_selection)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.accepted.connect(self._on_accepted)

    def _made_list(self) -> QTreeWidget:
        tree = QTreeWidget()
        tree.setRootIsDecorated(False)
        tree.setHeaderLabels([self.tr("Image"), self.tr("Size and type")])
        tree.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        tree.setAccessibleName(self.tr("Images of the product"))
        tree.setTextElideMode(Qt.TextElideMode.ElideNone)
        header = tree.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        tree.itemDoubleClicked.connect(self.accept)
        return tree

    def _take_room(self) -> None:
        """Become as wide as the longest name, within the screen."""
        wide = sum(self.list.sizeHintForColumn(column) for column in range(2))
        bar = self.list.verticalScrollBar().sizeHint().width()
        wide += bar + self.fontMetrics().averageCharWidth() * 8
        most = int(self.screen().availableSize().width() * SHARE_OF_SCREEN)
        least = self.fontMetrics().averageCharWidth() * LEAST_CHARS
        self.resize(min(max(wide, least), most), self.fontMetrics().height() * (LINES + 8))

    def _items(self) -> list[QTreeWidgetItem]:
        found = (self.list.topLevelItem(row) for row in range(self.list.topLevelItemCount()))
        return [item for item in found if item is not None]

    @Slot()
    def _show_fitting(self) -> None:
        """List what holds all words of the filter; what is not listed is not chosen."""
        words = self.filter.text().casefold().split()
        for item in self._items():
            text = f"{item.text(0)} {item.text(1)}".casefold()
            is_kind = item.data(1, ROLE) or self.others.isChecked()
            is_shown = is_kind and all(word in text for word in words)
            item.setHidden(not is_shown)
            if not is_shown:
                item.setSelected(False)
        shown = [item for item in self._items() if not item.isHidden()]
        if shown and not self.list.selectedItems():
            self.list.setCurrentItem(shown[0])
        self._on_selection()

    @Slot()
    def _on_accepted(self) -> None:
        self.chosen.emit(self.addresses())

    @Slot()
    def _on_selection(self) -> None:
        button = self.buttons.button(QDialogButtonBox.StandardButton.Open)
        button.setEnabled(bool(self.list.selectedItems()))
