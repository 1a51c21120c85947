"""The window's own actions: File, Edit, View, Tools, Window, Help."""

from collections.abc import Callable

from satstudio.gui.kit.actions import Action
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.pages.descriptor import Page
from satstudio.gui.kit.pages.page_list import PageList
from satstudio.gui.panels.layer_rows import layer_rows
from satstudio.gui.shell.deck.page_deck import PageDeck
from satstudio.gui.shell.docks import PANELS, Docks
from satstudio.gui.shell.frame import Frame

NO_SCENE = "no scene is open"


def window_rows(
    window: Frame, context: Context, docks: Docks, deck: PageDeck
) -> tuple[Action, ...]:
    """Return the rows of the action table that belong to the frame of the window."""
    return (
        *_file_rows(window, context),
        *_edit_rows(context),
        *layer_rows(context),
        *_page_rows(window, context),
        *_tool_rows(window, context),
        *_tear_rows(deck),
        *_window_rows(window, docks),
        *_help_rows(window),
    )


def _file_rows(window: Frame, context: Context) -> tuple[Action, ...]:
    def no_scene() -> str:
        return "" if context.store.session.layer else NO_SCENE

    return (
        Action(
            "file.open",
            "&Open…",
            window.ask_files,
            "file",
            "Ctrl+O",
            "Open scenes: GeoTIFF, PNG, JPEG, TIFF and whatever else a reader knows",
            "File",
            "open",
            tool_bar=True,
        ),
        Action(
            "file.open_folder",
            "Open &folder (SAFE)…",
            window.ask_folder,
            "folder-open",
            "Ctrl+Shift+O",
            "Open a product that is a folder, as Sentinel-1 SAFE",
            "File",
            "open",
            tool_bar=True,
        ),
        Action(
            "file.open_sample",
            "Open sa&mple scene",
            window.open_sample,
            "image",
            "",
            "Open the small radar scene that comes with the program",
            "File",
            "open",
        ),
        Action(
            "file.close",
            "&Close scene",
            window.close_scene,
            "x",
            "Ctrl+W",
            "Close the active scene; the file stays",
            "File",
            "close",
            no_scene,
        ),
        Action(
            "file.settings",
            "Se&ttings…",
            window.show_settings,
            "settings",
            "Ctrl+,",
            "Theme, units, memory, threads and folders",
            "File",
            "settings",
        ),
        Action(
            "file.quit",
            "&Quit",
            window.close,
            "log-out",
            "Ctrl+Q",
            "Close the window; running tasks are asked about",
            "File",
            "quit",
        ),
    )


def _edit_rows(context: Context) -> tuple[Action, ...]:
    store = context.store
    return (
        Action(
            "edit.undo",
            "&Undo",
            store.undo,
            "undo-2",
            "Ctrl+Z",
            "Take the last change back",
            "Edit",
            enabled_when=lambda: "" if store.undo_text else "nothing to take back",
            tool_bar=True,
            detail=lambda: store.undo_text,
        ),
        Action(
            "edit.redo",
            "&Redo",
            store.redo,
            "redo-2",
            "Ctrl+Shift+Z",
            "Do again what was taken back",
            "Edit",
            enabled_when=lambda: "" if store.redo_text else "nothing to do again",
            tool_bar=True,
            detail=lambda: store.redo_text,
        ),
    )


def _page_rows(window: Frame, context: Context) -> tuple[Action, ...]:
    def row(number: int, page: Page) -> Action:
        return Action(
            f"page.{page.name}",
            page.title,
            lambda: context.show_page(page.name),
            page.icon,
            f"Ctrl+{number}" if number < 10 else "",
            page.tip,
            "View",
            "pages",
            checked_when=lambda: window.page == page.name,
        )

    pages = PageList.of(context).pages
    return tuple(row(number, page) for number, page in enumerate(pages, 1))


def _tear_rows(deck: PageDeck) -> tuple[Action, ...]:
    """Return an action for the page in front, and one for each page in the rail's menu."""

    def row(page: Callable[[], str], name: str, text: str, menu: str, keys: str) -> Action:
        return Action(
            name,
            text,
            lambda: deck.toggle(page()),
            "panel-left",
            keys,
            "Let the page stand beside the others, to be dragged anywhere; again puts it back",
            menu,
            "pages",
            lambda: deck.why_not(page()),
            lambda: page() in deck.torn,
        )

    def page_row(page: Page) -> Action:
        return row(lambda: page.name, f"tear_off.{page.name}", f"&Tear off {page.title}", "", "")

    front = ("window.tear_off", "&Tear off this page", "Window", "Ctrl+Shift+T")
    return (row(lambda: deck.front.name, *front), *map(page_row, deck.pages.pages))


def _tool_rows(window: Frame, context: Context) -> tuple[Action, ...]:
    return (
        Action(
            "tools.palette",
            "&Command palette…",
            window.show_palette,
            "search",
            "Ctrl+Shift+P; Ctrl+K",
            "Type some letters of any action, page or open scene",
            "Tools",
            "palette",
        ),
        Action(
            "tools.study",
            "Show &study folder",
            window.show_study,
            "package",
            "",
            "Show the folder that patches, runs and models are written into",
            "Tools",
        ),
        Action(
            "tools.stop_all",
            "Stop &all tasks",
            context.jobs.stop_all,
            "square",
            "",
            "Ask every running task to save and stop",
            "Tools",
            "tasks",
            lambda: "" if context.jobs.running else "no task is running",
        ),
    )


def _window_rows(window: Frame, docks: Docks) -> tuple[Action, ...]:
    def row(name: str, title: str, icon: str, tip: str) -> Action:
        return Action(
            f"window.{name}",
            title,
            lambda: docks.toggle(name),
            icon,
            "",
            tip,
            "Window",
            "docks",
            checked_when=lambda: docks.is_wanted(name),
        )

    panels = tuple(row(panel.id, panel.title, panel.icon, panel.tip) for panel in PANELS)
    return (
        *panels,
        Action(
            "window.full_screen",
            "&Full screen",
            window.toggle_full_screen,
            "maximize",
            "F11",
            "Use the whole screen, or come back",
            "Window",
            "screen",
            checked_when=window.isFullScreen,
        ),
        Action(
            "window.reset",
            "&Reset layout",
            window.reset_layout,
            "layout-dashboard",
            "",
            "Put all panels where they were at first",
            "Window",
            "reset",
        ),
    )


def _help_rows(window: Frame) -> tuple[Action, ...]:
    return (
        Action(
            "help.first_steps",
            "&First steps",
            window.show_first_steps,
            "sprout",
            "F1",
            "The road from a scene to generators and results, in a few sentences",
            "Help",
        ),
        Action(
            "help.shortcuts",
            "&Keyboard shortcuts",
            window.show_shortcuts,
            "keyboard",
            "Ctrl+?",
            "All actions with their keys",
            "Help",
        ),
        Action(
            "help.doctor",
            "&Check the installation…",
            window.show_doctor,
            "stethoscope",
            "",
            "What is there and what is missing: libraries, drivers, GPU, folders, fonts, plug-ins",
            "Help",
            "about",
        ),
        Action(
            "help.about",
            "&About satstudio",
            window.show_about,
            "info",
            "",
            "Versions, licences, folders",
            "Help",
            "about",
        ),
    )
