"""MainWindow: pages, docks, menus and bars around them."""

from PySide6.QtCore import QEvent, Qt, QTimer, Slot
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
from satstudio.gui.canvas.scene_actions import view_rows
from satstudio.gui.canvas.view_steps import ViewSteps
from satstudio.gui.jobs.tasks import Task
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.drops import Drops
from satstudio.gui.kit.file_dialogs import scene_filters
from satstudio.gui.kit.opener import Opener
from satstudio.gui.kit.pages.page_list import PageList
from satstudio.gui.kit.recent import RecentFiles
from satstudio.gui.shell.background_runs import BackgroundRuns
from satstudio.gui.shell.bars import Bars
from satstudio.gui.shell.closing import Closing
from satstudio.gui.shell.deck.page_deck import PageDeck
from satstudio.gui.shell.dialogs.about import AboutDialog, FirstStepsDialog
from satstudio.gui.shell.dialogs.doctor import DoctorDialog
from satstudio.gui.shell.dialogs.settings import SettingsDialog
from satstudio.gui.shell.dialogs.shortcuts import ShortcutsDialog
from satstudio.gui.shell.docks import Docks
from satstudio.gui.shell.empty_page import EmptyPage
from satstudio.gui.shell.error_bar import MessageBar
from satstudio.gui.shell.message_corner import MessageCorner
from satstudio.gui.shell.palette.command_palette import CommandPalette
from satstudio.gui.shell.session_keeper import SessionKeeper
from satstudio.gui.shell.status import Status
from satstudio.gui.shell.window_actions import window_rows
from satstudio.gui.shell.window_layout import WindowLayout
from satstudio.session.session import Session

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
        self.pages = PageList.of(context)
        self._layers = 0
        self.dialog: QDialog | None = None
        self.recent = RecentFiles(context)
        self._background_runs = BackgroundRuns(context, self)
        self.bar = MessageBar()
        self.hint = MessageBar()
        self.empty = EmptyPage(context, self.recent)
        self.deck = PageDeck(self, context, self.empty)
        self._make_centre()
        self.docks = Docks(self, context)
        self.layout_keeper = WindowLayout(self, self.docks, self.deck)
        self.status = Status(self, context)
        self.closing = Closing(self, context)
        self.opener = Opener(context, self.recent, self)
        self.keeper = SessionKeeper(context, self)
        self.bars = Bars(self, context, self.recent)
        self._add_actions()
        self.bars.make_pages([f"page.{name}" for name in self.pages.names])
        self._connect()
        self.deck.attach(self.docks)
        self.layout_keeper.restore()
        self.show_page(self.page)

    # ------------------------------------------------------------------ pages

    @property
    def page_names(self) -> tuple[str, ...]:
        """Names of the pages in the order of the road."""
        return self.pages.names

    @property
    def page(self) -> str:
        """Name of the page that has the keyboard."""
        return self.deck.front.name

    def page_widget(self, name: str) -> QWidget:
        """Return a page; imported and made at first use."""
        return self.deck.widget(name)

    @Slot(str)
    def show_page(self, name: str) -> None:
        """Bring a page to the front; the first one for a name of another version's session."""
        self.deck.show(name)

    # ------------------------------------------------------------------ actions

    def ask_files(self) -> None:
        """Ask for scenes and open them."""
        self.opener.offer(self.context.files.open_files(self.tr("Open scenes"), scene_filters()))

    def ask_folder(self) -> None:
        """Ask for a product that is a folder, or a folder of scenes, and open what it is."""
        chosen = self.context.files.folder(self.tr("Open a SAFE folder or a folder of scenes"))
        self.context.open([chosen] if chosen else [])

    def open_sample(self) -> None:
        """Open the scene that comes with the program."""
        self.context.open([str(resources_folder() / SAMPLE)])

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
        self.context.show_file(self.context.study)

    def toggle_full_screen(self) -> None:
        """Use the whole screen, or come back."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def reset_layout(self) -> None:
        """Put all panels where they were at first, and every page into the middle."""
        self.deck.put_all_back()
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
        column.addWidget(self.deck.stack, 1)
        self.setCentralWidget(centre)
        self.message_corner = MessageCorner(centre, self.bar, self.hint)

    def _add_actions(self) -> None:
        """Fill menus and bars; what is added first stands first."""
        context = self.context
        context.actions.add(*window_rows(self, context, self.docks, self.deck))
        self.steps = ViewSteps(context, self)
        context.actions.add(*view_rows(context))
        for page in self.pages.pages:
            context.actions.add(*page.rows(context))
        context.actions.add(*self.recent.rows())

    def _connect(self) -> None:
        context = self.context
        self.drops = Drops(context, self.opener, self)
        self.deck.welcomed.connect(self.drops.welcome)
        self.deck.dropped.connect(self.drops.drop)
        context.told.connect(self._on_told)
        context.settled.connect(self.bar.settle)
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

    @Slot(str, str, str, str)
    def _on_told(self, text: str, kind: str, detail: str, cause: str) -> None:
        if kind == "error":
            self.bar.show_message(text, kind, detail, cause)
            self.status.say("")  # what was about to happen did not
        else:
            self.status.say(text)

    def _on_session(self, session: Session) -> None:
        had, self._layers = self._layers, len(session.layers)
        is_more = self._layers > had
        is_shown = self.deck.front.shows_scenes
        if is_more and not is_shown:
            self.pages.show("look")
        elif bool(had) != bool(self._layers):
            self.show_page(self.page)
        layer = session.layer
        self.setWindowTitle(f"{layer.name} – satstudio" if layer else f"satstudio {VERSION}")  # noqa: RUF001
        self.context.actions.refresh()

    @Slot(object)
    def _on_jobs(self, task: Task) -> None:
        """Say what failed, until the same is tried again."""
        self.context.actions.refresh()
        if task.state == "failed":
            self.bar.show_message(task.text, "error", task.detail, task.title)
        elif not task.has_ended:
            self.bar.settle(task.title)

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
        QTimer.singleShot(0, self._background_runs.look)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Keep floating panels in front when the window comes to the front."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.docks.raise_floating()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Ask about running tasks; save the layout; end all work."""
        if not self.closing.may_close():
            event.ignore()
            return
        self.layout_keeper.save()
        self.keeper.end()
        self.docks.watch(False)
        for page in self.deck.made.values():
            close = getattr(page, "close_canvas", None)
            if close is not None:
                close()
        self.closing.end()
        event.accept()
