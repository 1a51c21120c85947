"""layer_rows: actions on the list of open scenes: the next one, another order, close all."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtGui import QGuiApplication

from satstudio.gui.kit.actions import Action
from satstudio.gui.kit.context import Context
from satstudio.scenes.address import parse_address

NO_OTHER = "there is no other scene"


def layer_rows(context: Context) -> tuple[Action, ...]:
    """Return the rows; a new order and closing can be undone."""

    def no_other() -> str:
        return "" if len(context.store.session.layers) > 1 else NO_OTHER

    def nothing() -> str:
        return "" if context.store.session.layers else "no scene is open"

    def row(step: int, name: str, text: str, icon: str, keys: str, tip: str) -> Action:
        run = _shift if name.startswith("scene") else _look
        return Action(
            f"edit.{name}",
            text,
            lambda: run(context, step),
            icon,
            keys,
            tip,
            "Edit",
            "order" if run is _shift else "next",
            no_other,
        )

    return (
        row(1, "next_scene", "&Next scene", "chevron-down", "Ctrl+Tab", "Look at the next scene"),
        row(
            -1,
            "previous_scene",
            "&Previous scene",
            "chevron-up",
            "Ctrl+Shift+Tab",
            "Look at the scene before",
        ),
        row(
            -1,
            "scene_up",
            "Move scene &up",
            "arrow-up",
            "Ctrl+Shift+Up",
            "Put the active scene further up in the list of scenes",
        ),
        row(
            1,
            "scene_down",
            "Move scene &down",
            "arrow-down",
            "Ctrl+Shift+Down",
            "Put the active scene further down in the list of scenes",
        ),
        Action(
            "file.copy_path",
            "Copy pa&th of the scene",
            lambda: QGuiApplication.clipboard().setText(str(_path(context))),
            "copy",
            "",
            "Copy where the file of the active scene lies",
            "File",
            "place",
            nothing,
        ),
        Action(
            "file.show_in_folder",
            "Show scene in its fo&lder",
            lambda: context.show_file(_path(context).parent),
            "folder-open",
            "",
            "Show the folder of the active scene in the desktop's file manager",
            "File",
            "place",
            nothing,
        ),
        Action(
            "file.close_all",
            "Close a&ll scenes",
            lambda: _close_all(context),
            "list-x",
            "Ctrl+Shift+W",
            "Close every scene; the files stay",
            "File",
            "close",
            nothing,
        ),
    )


def _path(context: Context) -> Path:
    """Return where the file of the active scene lies."""
    layer = context.store.session.layer
    return Path(parse_address(layer.address).path) if layer is not None else Path()


def _look(context: Context, step: int) -> None:
    session = context.store.session
    if session.layers:
        context.store.replace(session.activated((session.active + step) % len(session.layers)))


def _shift(context: Context, step: int) -> None:
    layer = context.store.session.layer
    if layer is not None:
        made = context.store.session.shifted(layer.address, step)
        context.store.replace(made, text=f"Move {layer.name}")


def _close_all(context: Context) -> None:
    empty = replace(context.store.session, layers=(), active=-1, viewport=None, crop=None)
    context.store.replace(empty, text="Close all scenes")
