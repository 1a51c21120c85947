"""MetadataPanel: what the file says about the active scene, with a filter."""

from collections.abc import Iterator

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QHeaderView,
    QLineEdit,
    QMenu,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from satstudio.core.quantity import title_of
from satstudio.gui.canvas.scene_actions import listen
from satstudio.gui.kit.actions import add_entry
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.context_menu import ContextMenu
from satstudio.gui.kit.widgets import grouped
from satstudio.scenes.scene import Scene
from satstudio.session.session import Session

MOST_BANDS = 64
WRAP = int(Qt.TextFlag.TextWordWrap)
Row = tuple[str, str]


def make_panel(context: Context) -> QWidget:
    """Return the Metadata panel."""
    return MetadataPanel(context)


def metadata(scene: Scene) -> dict[str, list[Row]]:
    """Return what is known of a scene as groups of (name, value)."""
    groups = {
        "File": list(_file(scene)),
        "Place": list(_place(scene)),
        "Bands": list(_bands(scene)),
        "Tags": sorted((key, str(value)) for key, value in scene.tags.items()),
    }
    return {name: rows for name, rows in groups.items() if rows}


def _file(scene: Scene) -> Iterator[Row]:
    size = scene.grid.size
    yield "Name", scene.name
    yield "Folder", str(scene.path.parent)
    yield "Format", scene.driver
    yield "Size", f"{grouped(size.rows)} rows × {grouped(size.cols)} columns"  # noqa: RUF001 - times
    yield "Type", scene.dtype.replace("_", " ")
    yield "Values are", f"{title_of(scene.quantity)}; {scene.known.source_text}"
    nodata = {str(value) for value in scene.nodata if value is not None}
    yield "No data", ", ".join(sorted(nodata)) or "none named"


def _place(scene: Scene) -> Iterator[Row]:
    grid = scene.grid
    if grid.spacing_m is not None:
        row, col = grid.spacing_m
        yield "Pixel spacing", f"{row:.4g} m a row, {col:.4g} m a column"
    if grid.crs:
        yield "CRS", grid.crs.partition('"')[2].partition('"')[0] or grid.crs[:60]
    if grid.transform is not None:
        yield "Transform", ", ".join(f"{value:.10g}" for value in grid.transform)
    if grid.gcps:
        yield "Ground control points", grouped(len(grid.gcps))
    if grid.rpcs:
        yield "RPC", "yes"
    if not grid.is_located:
        yield "Place", "not known: row and column only"


def _bands(scene: Scene) -> Iterator[Row]:
    for number, info in enumerate(scene.band_info[:MOST_BANDS], 1):
        parts = (info.name, info.polarisation, info.date, info.unit)
        text = ", ".join(dict.fromkeys(part for part in parts if part))
        yield f"Band {number}", text
    if len(scene.band_info) > MOST_BANDS:
        yield "More", f"{len(scene.band_info) - MOST_BANDS} bands"


class MetadataPanel(QWidget):
    """A tree of names and values; the filter looks in both."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._scene: Scene | None = None
        self._groups: list[QTreeWidgetItem] = []
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(self.tr("Filter"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setAccessibleName(self.tr("Filter the metadata"))
        self.filter.textChanged.connect(self._on_filter)
        self.tree = _Tree()
        self.tree.setAccessibleName(self.tr("Metadata"))
        ContextMenu(context, self.tree, fill=self._offer)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.filter)
        column.addWidget(self.tree, 1)
        listen(context, self, self._show)
        context.scenes.opened.connect(self._on_scene)
        context.scenes.closed.connect(self._on_scene)
        self._show(context.store.session)

    @Slot(str)
    def _on_scene(self, address: str) -> None:
        self._show(self._context.store.session)

    def _show(self, session: Session) -> None:
        layer = session.layer
        scene = self._context.scenes.scene(layer.address) if layer else None
        if scene is self._scene:
            return
        self._scene = scene
        self._groups = []
        while self.tree.topLevelItemCount():  # one crash was seen inside its clear()
            self.tree.takeTopLevelItem(0)
        for group, rows in (metadata(scene) if scene is not None else {}).items():
            top = QTreeWidgetItem(self.tree, [group])
            top.setFirstColumnSpanned(True)
            font = top.font(0)
            font.setBold(True)
            top.setFont(0, font)
            for name, value in rows:
                item = QTreeWidgetItem(top, [name, value])
                item.setToolTip(0, name)
                item.setToolTip(1, value)
            top.setExpanded(True)
            self._groups.append(top)
        self.tree.fit_names()
        self._on_filter(self.filter.text())

    def _offer(self, menu: QMenu, _place: QPoint) -> None:
        copy = add_entry(menu, self.tr("Copy the chosen rows"), self.tree.copy)
        copy.setEnabled(bool(self.tree.selectedItems()))

    @Slot(str)
    def _on_filter(self, text: str) -> None:
        wanted = text.casefold()
        for group in self._groups:
            items = [item for place in range(group.childCount()) if (item := group.child(place))]
            shown = [wanted in f"{item.text(0)} {item.text(1)}".casefold() for item in items]
            for item, is_found in zip(items, shown, strict=True):
                item.setHidden(not is_found)
            group.setHidden(not any(shown))


class _Tree(QTreeWidget):
    """Copies the chosen rows with Ctrl+C."""

    def __init__(self) -> None:
        super().__init__()
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(self.fontMetrics().averageCharWidth() * 2)
        self.setAlternatingRowColors(True)
        self.setWordWrap(True)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setSelectionMode(QTreeWidget.SelectionMode.ExtendedSelection)
        self.header().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)

    def fit_names(self) -> None:
        """Give the names the room they need, up to a half; let long values take more lines."""
        self.resizeColumnToContents(0)
        room = self.viewport().width()
        self.setColumnWidth(0, min(self.columnWidth(0), room // 2))
        box = QRect(0, 0, max(room - self.columnWidth(0) - 8, 20), 10_000)
        for number in range(self.topLevelItemCount()):
            group = self.topLevelItem(number)
            for place in range(group.childCount() if group is not None else 0):
                item = group.child(place) if group is not None else None
                if item is not None:
                    wrapped = self.fontMetrics().boundingRect(box, WRAP, item.text(1))
                    item.setSizeHint(1, QSize(box.width(), wrapped.height() + 2))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Share the room anew."""
        super().resizeEvent(event)
        self.fit_names()

    @Slot()
    def copy(self) -> None:
        """Copy names and values of the chosen rows, one row a line."""
        rows = [f"{item.text(0)}\t{item.text(1)}" for item in self.selectedItems()]
        QGuiApplication.clipboard().setText("\n".join(rows))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Copy by the usual key."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)
