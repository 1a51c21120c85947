"""SceneTicks: the open scenes with ticks; ticks survive a change of the list."""

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from satstudio.gui.canvas.scene_actions import listen
from satstudio.gui.kit.context import Context
from satstudio.session.session import Session

ADDRESS = Qt.ItemDataRole.UserRole
MOST_LINES, LEAST_LINES = 6, 2
LINE = 1.5
"""Height of a scene's line, for one of text: room for its tick."""


class SceneTicks(QListWidget):
    """Which scenes are worked on.

    Until the user ticks something, the active scene is ticked, unless it lies in the study folder's
    `restored/`; from then on a scene that is opened while the list is seen is ticked too. The row
    chosen is the active scene.
    """

    ticked_changed = Signal()

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._ticks: dict[str, bool] = {}
        self._default = ""
        self._shown: tuple[tuple[str, str], ...] = ()
        self.setAccessibleName(self.tr("Scenes"))
        self.setToolTip(self.tr("The scenes that are ticked are restored; the chosen row is shown"))
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._fit_height()
        self.itemChanged.connect(self._on_item)
        self.currentRowChanged.connect(self._on_row)
        listen(context, self, self._show)
        self._show(context.store.session)

    @property
    def ticked(self) -> tuple[str, ...]:
        """Addresses of the ticked scenes."""
        items = [self.item(row) for row in range(self.count())]
        chosen = [item for item in items if item.checkState() == Qt.CheckState.Checked]
        return tuple(str(item.data(ADDRESS)) for item in chosen)

    def tick(self, address: str, *, is_on: bool) -> None:
        """Tick a scene, or not, as the user does."""
        for row in range(self.count()):
            if self.item(row).data(ADDRESS) == address:
                state = Qt.CheckState.Checked if is_on else Qt.CheckState.Unchecked
                self.item(row).setCheckState(state)

    def _show(self, session: Session) -> None:
        before = self.ticked
        layer = session.layer
        if layer is not None and not self._is_result(layer.address):
            self._default = layer.address
        shown = tuple((layer.address, layer.name) for layer in session.layers)
        self.blockSignals(True)
        if shown != self._shown:
            self._tick_new([address for address, _ in shown])
            self._shown = shown
            self._fill(session)
        for row in range(self.count()):
            item = self.item(row)
            is_on = self._is_wanted(str(item.data(ADDRESS)))
            item.setCheckState(Qt.CheckState.Checked if is_on else Qt.CheckState.Unchecked)
        self.setCurrentRow(session.active)
        self.blockSignals(False)
        if self.ticked != before:
            self.ticked_changed.emit()

    def _tick_new(self, addresses: list[str]) -> None:
        """Tick what is opened from here, once the user has ticked something."""
        known = {address for address, _ in self._shown}
        for address in addresses:
            is_new = address not in known and not self._is_result(address)
            if is_new and self._ticks and self.isVisible():
                self._ticks.setdefault(address, True)

    def _fill(self, session: Session) -> None:
        self.clear()
        for layer in session.layers:
            item = QListWidgetItem(layer.name)
            item.setData(ADDRESS, layer.address)
            item.setToolTip(layer.address)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setSizeHint(QSize(0, self._line_px))
            self.addItem(item)
        self._fit_height()

    def _fit_height(self) -> None:
        lines = min(max(self.count(), LEAST_LINES), MOST_LINES)
        self.setFixedHeight(self._line_px * lines + 2 * self.frameWidth())

    @property
    def _line_px(self) -> int:
        return round(self.fontMetrics().lineSpacing() * LINE)

    def _is_wanted(self, address: str) -> bool:
        if self._ticks:
            return self._ticks.get(address, False)
        return address == self._default

    def _is_result(self, address: str) -> bool:
        return address.startswith(str(self._context.study / "restored"))

    @Slot(QListWidgetItem)
    def _on_item(self, item: QListWidgetItem) -> None:
        if not self._ticks:  # from now on the user decides
            self._ticks = {self._default: True}
        self._ticks[str(item.data(ADDRESS))] = item.checkState() == Qt.CheckState.Checked
        self.ticked_changed.emit()

    @Slot(int)
    def _on_row(self, row: int) -> None:
        store = self._context.store
        if 0 <= row < len(store.session.layers):
            store.replace(store.session.activated(row))
