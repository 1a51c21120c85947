"""restore_rows: the actions of the Restore page: its list of models, describing one."""

from PySide6.QtCore import QObject, Signal

from satstudio.gui.kit.actions import Action
from satstudio.gui.kit.context import Context
from satstudio.gui.pages.restore.state import NAME


class ModelCommands(QObject):
    """Carries what an action asks for to the page, which may not be made yet."""

    asked = Signal(str)
    """list or describe"""

    @classmethod
    def of(cls, context: Context) -> "ModelCommands":
        """Return the one of this window."""
        found = context.findChild(cls)
        return found if isinstance(found, cls) else cls(context)


def restore_rows(context: Context) -> tuple[Action, ...]:
    """Return the actions of the page."""
    commands = ModelCommands.of(context)

    def ask(what: str) -> None:
        context.show_page(NAME)
        commands.asked.emit(what)

    return (
        Action(
            "restore.models",
            "&Models…",
            lambda: ask("list"),
            "library",
            "Ctrl+Shift+M",
            "List the model files: search, tags, notes, pictures; compare two cards",
            "Tools",
            "models",
        ),
        Action(
            "restore.describe",
            "&Describe a model…",
            lambda: ask("describe"),
            "file-search",
            "",
            "Try an ONNX file that others made, and put a card into a copy of it",
            "Tools",
            "models",
        ),
    )
