"""MainWindow: pages, docks, menus and bars around them."""

import importlib

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QDialog,
    QMainWindow,
    QVBoxLayout,
    QWidget,
)

from satstudio.core.paths import resources_folder
from satstudio.core.version import VERSION
from satstudio.gui.about import AboutDialog, FirstStepsDialog
from satstudio.gui.bars import Bars
from satstudio.gui.closing import Closing
from satstudio.gui.command_palette import CommandPalette
from satstudio.gui.context import Context
from satstudio.gui.docks import Docks
from satstudio.gui.doctor_dialog import DoctorDialog
from satstudio.gui.drops import Drops
from satstudio.gui.empty_page import EmptyPage
from satstudio.gui.error_bar import MessageBar
from satstudio.gui.file_dialogs import scene_filters
from satstudio.gui.opener import Opener
from satstudio.gui.page_table import PAGES, PageInfo
from satstudio.gui.recent import RecentFiles
from satstudio.gui.save_picture import PictureSaver
from satstudio.gui.session_keeper import SessionKeeper
from satstudio.gui.settings_dialog import SettingsDialog
from satstudio.gui.shortcuts_dialog import ShortcutsDialog
from satstudio.gui.status import Status
from satstudio.gui.view_commands import view_rows
from satstudio.gui.view_steps import ViewSteps
from satstudio.gui.widgets import PageStack
from satstudio.gui.window_actions import show_folder, window_rows
from satstudio.gui.window_layout import WindowLayout
from satstudio.session.session import Session

SCENE_PAGES = ("view", "patches", "restore", "compare")
"""Pages that show an opened scene themselves; from others, opening leads to the View page."""

SAMPLE = "demo/sample_slc.tif"


HINT = (
    "First steps: drag to move, turn the wheel to zoom, press 1 to 7 for other views of the scene. "
    "Then go down the road on the left: cut Patches, Train a generator, draw a Sample, Restore the "
    "scene, Compare. Ctrl+K finds any action; F1 shows these steps again."
)


class MainWindow(QMainWindow):
    """The frame: it shows pages and panels and knows what stands in none of them."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setObjectName("main_window")
        self.setWindowTitle(f"satstudio {VERSION}")
        self.setAcceptDrops(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.context = context
        self.page = "view"
        self._pages: dict[str, QWidget] = {}
        self._firsts: dict[str, QWidget | None] = {}
        self._layers = 0
        self.dialog: QDialog | None = None
        self.recent = RecentFiles(context)
        self._saver = PictureSaver(context)
        self.bar = MessageBar()
        self.hint = MessageBar()
        self._stack = PageStack()
        self._empty = EmptyPage(context, self.recent)
        self._make_centre()
        self.docks = Docks(self, context)
        self.layout_keeper = WindowLayout(self, self.docks)
        self.status = Status(self, context)
        self.closing = Closing(self, context)
        self.opener = Opener(context, self.recent, self)
        self.keeper = SessionKeeper(context, self)
        self.bars = Bars(self, context, self.recent)
        self._add_actions()
        self.bars.make_pages([f"page.{name}" for name in PAGES])
        self._connect()
        self.layout_keeper.restore()
        self.show_page("view")

    # ------------------------------------------------------------------ pages

    @property
    def page_names(self) -> tuple[str, ...]:
        """Names of the pages in the order of the road."""
        return tuple(PAGES)

    def page_info(self, name: str) -> PageInfo:
        """Return title, icon and meaning of a page."""
        return PAGES[name]

    def page_widget(self, name: str) -> QWidget:
        """Return a page; imported and made at first use."""
        if name not in self._pages:
            module, _, factory = PAGES[name].factory.partition(":")
            widget: QWidget = getattr(importlib.import_module(module), factory)(self.context)
            self._pages[name] = widget
            self._firsts[name] = widget.focusProxy()
            widget.setFocusProxy(None)  # type: ignore[arg-type] # Qt takes it; see show_page
            self.layout_keeper.add_page(name, widget)
            self._stack.addWidget(widget)
        return self._pages[name]

    @Slot(str)
    def show_page(self, name: str) -> None:
        """Bring a page to the front; a page of another version's session is the View page."""
        name = name if name in PAGES else "view"
        self.page = name
        is_empty = name == "view" and self.context.store.session.layer is None
        widget = self._empty if is_empty else self.page_widget(name)
        self.docks.show_page("" if is_empty else name)  # first: two wide ones widen the window
        self._stack.setCurrentWidget(widget)
        first = self._firsts.get(name) if not is_empty else None
        if first is not None:  # one-key actions work without a click
            first.setFocus()  # no proxy for good: Tab would pass by what stands before it
        self.context.store.change(page=name)
        self.context.actions.refresh()

    # ------------------------------------------------------------------ actions

    def ask_files(self) -> None:
        """Ask for scenes and open them."""
        self.opener.offer(self.context.files.open_files(self.tr("Open scenes"), scene_filters()))

    def ask_folder(self) -> None:
        """Ask for a product that is a folder and open it."""
        chosen = self.context.files.folder(self.tr("Open a SAFE folder"))
        self.context.open([chosen] if chosen else [])

    def open_sample(self) -> None:
        """Open the scene that comes with the program."""
        self.context.open([str(resources_folder() / SAMPLE)])

    def save_picture(self) -> None:
        """Save the active scene as it is shown."""
        self._saver.ask()

    def close_scene(self) -> None:
        """Close the active scene."""
        store = self.context.store
        layer = store.session.layer
        if layer is not None:
            text = self.tr("Close {name}").format(name=layer.name)
            store.replace(store.session.closed(layer.address), text=text)

    def show_study(self) -> None:
        """Show the study folder in the desktop's file manager."""
        self.context.study.mkdir(parents=True, exist_ok=True)
        if not show_folder(str(self.context.study)):
            self.context.notify(f"The study folder is {self.context.study}.")

    def toggle_full_screen(self) -> None:
        """Use the whole screen, or come back."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def reset_layout(self) -> None:
        """Put all panels where they were at first."""
        self.docks.arrange()
        self.context.actions.refresh()

    def show_settings(self) -> None:
        """Show the settings."""
        self._show_dialog(SettingsDialog(self.context, self))

    def show_about(self) -> None:
        """Show versions and licences."""
        self._show_dialog(AboutDialog(self))

    def show_doctor(self) -> None:
        """Show what is there and what is missing."""
        self._show_dialog(DoctorDialog(self.context, self))

    def show_first_steps(self) -> None:
        """Show the road in a few sentences."""
        self._show_dialog(FirstStepsDialog(self))

    def show_palette(self) -> None:
        """Show the command palette; there is one at a time."""
        if not isinstance(self.dialog, CommandPalette):
            self._show_dialog(CommandPalette(self.context, self))

    def show_shortcuts(self) -> None:
        """Show all actions with their keys, which can be changed there."""
        self._show_dialog(ShortcutsDialog(self.context.actions, self))

    @Slot()
    def _on_rekeyed(self) -> None:
        self.context.change_settings(shortcuts=self.context.actions.own_shortcuts)

    def _show_dialog(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.finished.connect(self._on_dialog)
        self.dialog = dialog
        dialog.open()

    @Slot()
    def _on_dialog(self) -> None:
        if self.dialog is self.sender():
            self.dialog = None

    # ------------------------------------------------------------------ parts

    def _make_centre(self) -> None:
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.hint)
        column.addWidget(self._stack, 1)
        self._stack.addWidget(self._empty)
        self.setCentralWidget(centre)

    def _add_actions(self) -> None:
        """Fill menus and bars; what is added first stands first."""
        context = self.context
        context.actions.add(*window_rows(self, context, self.docks))
        self.steps = ViewSteps(context, self)
        context.actions.add(*view_rows(context), *self.recent.rows())

    def _connect(self) -> None:
        context = self.context
        self.drops = Drops(context, self.opener, self)
        context.told.connect(self._on_told)
        context.page_asked.connect(self.show_page)
        context.dropped.connect(self.drops.take)
        context.store.subscribe(self._on_session)
        context.actions.rekeyed.connect(self._on_rekeyed)
        context.jobs.added.connect(self._on_jobs)
        context.jobs.ended.connect(self._on_jobs)
        self.hint.closed.connect(self._on_hint_closed)

    def show_hint(self) -> None:
        """Show the first steps in a bar, unless the user closed it once before."""
        if not self.layout_keeper.settings().value("hint_closed", False, bool):
            self.hint.show_message(HINT, "hint")

    @Slot()
    def _on_hint_closed(self) -> None:
        self.layout_keeper.settings().setValue("hint_closed", True)

    # ------------------------------------------------------------------ what happens

    @Slot(str, str, str)
    def _on_told(self, text: str, kind: str, detail: str) -> None:
        if kind == "error":
            self.bar.show_message(text, kind, detail)
        else:
            self.status.say(text)

    def _on_session(self, session: Session) -> None:
        had, self._layers = self._layers, len(session.layers)
        is_more = self._layers > had
        is_shown = self.page in SCENE_PAGES
        if (is_more and not is_shown) or bool(had) != bool(self._layers):
            self.show_page(self.page if is_shown or not is_more else "view")
        layer = session.layer
        self.setWindowTitle(f"{layer.name} – satstudio" if layer else f"satstudio {VERSION}")  # noqa: RUF001
        self.context.actions.refresh()

    @Slot(object)
    def _on_jobs(self, task: object) -> None:
        self.context.actions.refresh()
        if getattr(task, "state", "") == "failed":
            self.docks.raise_panel("tasks")

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Welcome files and folders, wherever no part of a page takes them."""
        self.drops.welcome(event)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Take what was dropped."""
        self.drops.drop(event)

    # ------------------------------------------------------------------ layout, closing

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Look the recent files up once the window is there."""
        super().showEvent(event)
        self.docks.watch(True)
        QTimer.singleShot(0, self.recent.look_up)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Ask about running tasks; save the layout; end all work."""
        if not self.closing.may_close():
            event.ignore()
            return
        self.layout_keeper.save()
        self.keeper.end()
        self.docks.watch(False)
        for page in self._pages.values():
            close = getattr(page, "close_canvas", None)
            if close is not None:
                close()
        self.closing.end()
        event.accept()
