"""One registry of actions, from which menus, tool bar, shortcuts and tooltips come."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from satstudio.core.errors import InputError
from satstudio.gui.kit.icons import icon
from satstudio.session.session import name_of

log = logging.getLogger(__name__)
MENUS = ("File", "Edit", "View", "Tools", "Window", "Help")


@dataclass(frozen=True, slots=True)
class Action:
    """One thing the user can ask for.

    Attributes
    ----------
    id : fixed English name, as `file.open`
    text : what menus show; `&` marks the letter for Alt
    detail : gives what is added to the text now, as the change that undo would take back
    run : called without arguments when the action is triggered
    icon : name of a lucide icon; "" shows none
    shortcut : key sequence, as `Ctrl+O`; several stand between "; "; the user's settings may
        name others
    tip : one sentence for the tooltip and the status bar
    menu : one of MENUS, or "" for actions that have no menu
    group : actions of one group stand together between two separators
    enabled_when : gives "" when the action can run, else the reason why not
    checked_when : makes the action checkable; tells whether it is on
    tool_bar : whether the main tool bar shows it
    local : the shortcut works only inside the widgets that `ActionRegistry.attach` names
    """

    id: str
    text: str
    run: Callable[[], object]
    icon: str = ""
    shortcut: str = ""
    tip: str = ""
    menu: str = ""
    group: str = ""
    enabled_when: Callable[[], str] | None = None
    checked_when: Callable[[], bool] | None = None
    tool_bar: bool = False
    local: bool = False
    detail: Callable[[], str] | None = None


def add_entry(menu: QMenu, text: str, run: Callable[[], object], icon_name: str = "") -> QAction:
    """Put into a menu what only makes sense for the thing that was clicked: it has no keys."""
    action = QAction(text, menu)
    if icon_name:
        action.setIcon(icon(icon_name))
    action.triggered.connect(lambda _checked: run())
    menu.addAction(action)
    return action


class ActionRegistry(QObject):
    """Keeps the actions by id; nothing else in the program creates a QAction."""

    added = Signal(str)

    rekeyed = Signal()
    """The user gave keys to an action, or took them away."""

    def __init__(self, shortcuts: dict[str, str] | None = None) -> None:
        super().__init__()
        self._shortcuts = dict(shortcuts or {})
        self._rows: dict[str, Action] = {}
        self._made: dict[str, QAction] = {}

    def add(self, *rows: Action) -> None:
        """Register actions; two of one id, or of one shortcut, are refused.

        Raises
        ------
        InputError
            Naming both actions.
        """
        for row in rows:
            if row.id in self._rows:
                raise InputError(f"Two actions are called '{row.id}'.")
            self._keep_apart(row)
            self._rows[row.id] = row
            self._made[row.id] = self._make(row)
            self.refresh([row.id])
            self.added.emit(row.id)

    def rows(self) -> tuple[Action, ...]:
        """Return all actions in the order in which they were added."""
        return tuple(self._rows.values())

    def has(self, name: str) -> bool:
        """Tell whether an action of this id is registered."""
        return name in self._rows

    def row(self, name: str) -> Action:
        """Return the action of this id; raises InputError."""
        if name not in self._rows:
            raise InputError(f"There is no action '{name}'.")
        return self._rows[name]

    def qaction(self, name: str) -> QAction:
        """Return the QAction of this id; raises InputError."""
        self.row(name)
        return self._made[name]

    def shortcut(self, name: str) -> str:
        """Return the key sequence in force, "" where there is none."""
        return self.shortcut_of(self.row(name))

    def shortcut_of(self, row: Action) -> str:
        """Return the key sequence in force of a row, registered or not."""
        return self._shortcuts.get(row.id, row.shortcut)

    @property
    def own_shortcuts(self) -> dict[str, str]:
        """Keys that differ from the first ones, by id of the action; "" where it has none."""
        return dict(self._shortcuts)

    def holder(self, keys: str, but: str = "") -> str:
        """Return the id of the action that has one of these keys, "" where they are free."""
        wanted = keys_of(keys)
        names = (name for name in self._rows if name != but)
        return next((name for name in names if wanted & keys_of(self.shortcut(name))), "")

    def give_keys(self, name: str, keys: str) -> None:
        """Give keys to an action ("" takes them away); whoever had them has them no more."""
        while other := self.holder(keys, but=name):
            self._set_keys(other, without(self.shortcut(other), keys))
        self._set_keys(name, keys)
        self.rekeyed.emit()

    def reset_keys(self, name: str = "") -> None:
        """Give an action (all, unless one is named) the keys that it had at first."""
        if name:
            self.give_keys(name, self.row(name).shortcut)
            return
        self._shortcuts.clear()
        for each, row in self._rows.items():
            self._set_keys(each, row.shortcut)
        self.rekeyed.emit()

    def shown_keys(self, name: str) -> str:
        """Return the keys as the desktop writes them, several between commas."""
        return native_keys(self.shortcut(name))

    def text(self, name: str) -> str:
        """Return the text of an action, with what would happen now."""
        row = self.row(name)
        more = row.detail() if row.detail is not None else ""
        return f"{row.text}: {more}" if more else row.text

    def plain_text(self, name: str) -> str:
        """Return the text without its mark for Alt and its dots."""
        row, text = self.row(name), self.text(name)
        return plain_text(row.text) + text.removeprefix(row.text)

    def reason(self, name: str) -> str:
        """Return why the action cannot run now, "" when it can."""
        row = self.row(name)
        return row.enabled_when() if row.enabled_when else ""

    def trigger(self, name: str) -> None:
        """Run an action as if the user had chosen it."""
        self.refresh([name])
        self.qaction(name).trigger()

    def attach(self, widget: QWidget, *names: str) -> None:
        """Let the shortcuts of these actions work inside a widget and its children."""
        for name in names:
            widget.addAction(self.qaction(name))

    def fill(self, menu: QMenu, names: Iterable[str]) -> None:
        """Put actions into a menu, a separator between two groups."""
        group: str | None = None
        for name in names:
            row = self.row(name)
            if group is not None and row.group != group:
                menu.addSeparator()
            group = row.group
            menu.addAction(self._made[name])

    def fill_recent(
        self,
        menu: QMenu,
        entries: Iterable[tuple[str, bool]],
        run: Callable[[str], object],
        more: Sequence[str] = (),
    ) -> None:
        """Put recent files into a menu, then more actions; missing files are grey."""
        menu.clear()
        for address, is_missing in entries:
            folder = Path(address.rpartition("#")[0] or address).parent
            action = QAction(f"{name_of(address)}   ({folder})".replace("&", "&&"), menu)
            action.setEnabled(not is_missing)
            action.setToolTip(f"{address} is not there any more" if is_missing else address)
            action.triggered.connect(partial(self._run_recent, run, address))
            menu.addAction(action)
        menu.setEnabled(True)
        if menu.isEmpty():
            nothing = QAction("Nothing was opened yet", menu)
            nothing.setEnabled(False)
            menu.addAction(nothing)
        self.refresh(more)
        menu.addSeparator()
        self.fill(menu, more)

    def of_menu(self, menu: str) -> list[str]:
        """Return the ids of a menu: groups in order of first appearance, then order of adding."""
        names = [row.id for row in self._rows.values() if row.menu == menu]
        groups = list(dict.fromkeys(self._rows[name].group for name in names))
        return sorted(names, key=lambda name: groups.index(self._rows[name].group))

    def refresh(self, names: Iterable[str] | None = None) -> None:
        """Bring enabled state, check mark and tooltip up to date."""
        for name in self._rows if names is None else names:
            row, action = self._rows[name], self._made[name]
            reason = self.reason(name)
            action.setEnabled(not reason)
            if row.detail is not None:
                action.setText(self.text(name).replace("&", "&&").replace("&&", "&", 1))
            action.setToolTip(self._tooltip(row, reason))
            if row.checked_when is not None:
                action.setChecked(row.checked_when())

    def recolour(self) -> None:
        """Draw the icons again, after the palette changed."""
        for name, row in self._rows.items():
            if row.icon:
                self._made[name].setIcon(icon(row.icon))

    def _run_recent(self, run: Callable[[str], object], address: str) -> None:
        run(address)
        self.refresh()

    def _keep_apart(self, row: Action) -> None:
        """Refuse keys that another action has; keys that the user gave away are left out."""
        while other := self.holder(keys := self.shortcut_of(row)):
            if other not in self._shortcuts and row.id not in self._shortcuts:
                raise InputError(f"'{row.id}' and '{other}' share the shortcut {keys}.")
            log.warning("'%s' and '%s' share the shortcut %s", row.id, other, keys)
            self._shortcuts[row.id] = without(keys, self.shortcut(other))

    def _set_keys(self, name: str, keys: str) -> None:
        row = self.row(name)
        self._shortcuts.pop(name, None)
        if keys_of(keys) != keys_of(row.shortcut):
            self._shortcuts[name] = keys
        self._made[name].setShortcuts(sequences(keys))
        self.refresh([name])

    def _make(self, row: Action) -> QAction:
        action = QAction(row.text, self)
        action.setObjectName(row.id)
        action.setCheckable(row.checked_when is not None)
        if row.icon:
            action.setIcon(icon(row.icon))
        keys = self.shortcut_of(row)
        action.setShortcuts(sequences(keys))
        if row.local:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.setStatusTip(row.tip)
        action.triggered.connect(lambda: self._run(row))
        return action

    def _run(self, row: Action) -> None:
        try:
            row.run()
        finally:
            self.refresh()

    def _tooltip(self, row: Action, reason: str) -> str:
        keys, title = self.shown_keys(row.id), self.plain_text(row.id)
        lines = [f"{title} ({keys})" if keys else title]
        lines += [text for text in (row.tip, reason and f"Not now: {reason}") if text]
        return "\n".join(lines)


def plain_text(text: str) -> str:
    """Return the text of an action without its mark for Alt and its dots."""
    return text.replace("&", "").rstrip("…")


def sequences(shortcut: str) -> list[QKeySequence]:
    """Return the key sequences of a shortcut."""
    return [keys for keys in QKeySequence.listFromString(shortcut) if not keys.isEmpty()]


def keys_of(shortcut: str) -> frozenset[str]:
    """Return the key sequences of a shortcut, each in one way of writing."""
    portable = QKeySequence.SequenceFormat.PortableText
    return frozenset(keys.toString(portable) for keys in sequences(shortcut))


def without(shortcut: str, taken: str) -> str:
    """Return a shortcut without the key sequences of another one."""
    portable = QKeySequence.SequenceFormat.PortableText
    gone = keys_of(taken)
    left = [keys for keys in sequences(shortcut) if keys.toString(portable) not in gone]
    return QKeySequence.listToString(left, portable)


@lru_cache(maxsize=512)
def native_keys(shortcut: str) -> str:
    """Return a shortcut as the desktop writes it, several key sequences between commas."""
    native = QKeySequence.SequenceFormat.NativeText
    return ", ".join(keys.toString(native) for keys in sequences(shortcut))
