"""compare_rows: the actions of the Compare page: arrangements, next picture, area."""

from PySide6.QtCore import QObject, Signal

from satstudio.gui.kit.actions import Action, plain_text
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.pages.kept_state import PageState
from satstudio.gui.kit.pages.page_list import PageList
from satstudio.gui.pages.compare.state import NAME, CompareMode, CompareState

ELSEWHERE = "it works on the Compare page"
ROWS: tuple[tuple[CompareMode, str, str, str, str], ...] = (
    ("side", "&Side by side", "columns-2", "S", "Show the scenes beside each other"),
    (
        "swipe",
        "S&wipe",
        "separator-vertical",
        "W",
        "Show the reference left, a result right of a line that can be moved",
    ),
    (
        "flicker",
        "Flic&ker",
        "layers-2",
        "K",
        "Show one scene at a time, at the same place; X shows the next one",
    ),
    (
        "difference",
        "&Difference",
        "diff",
        "D",
        "Show result minus reference: of radar scenes in decibels, blue darker, orange brighter",
    ),
    (
        "ratio",
        "&Ratio",
        "divide",
        "R",
        "Show reference over result; structure seen in it is detail that was removed",
    ),
    (
        "gain",
        "&Gain",
        "sprout",
        "G",
        "Of super-resolved scenes, beside their open input: gained green, left out blue, made up "
        "red",
    ),
)


class CompareCommands(QObject):
    """Carries what an action asks for to the page, which may not be made yet."""

    asked = Signal(str)
    """next, blink, area, copy or save_figures"""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.has_area = False
        self.is_blinking = False

    @classmethod
    def of(cls, context: Context) -> "CompareCommands":
        """Return the one of this window."""
        found = context.findChild(cls)
        return found if isinstance(found, cls) else cls(context)


def compare_rows(context: Context) -> tuple[Action, ...]:
    """Return the actions of the page."""
    commands = CompareCommands.of(context)
    state = PageState(context, NAME, CompareState)

    def not_here() -> str:
        session = context.store.session
        if not PageList.of(context).is_front(NAME):
            return ELSEWHERE
        return "" if session.layer else "no scene is open"

    def not_stacked() -> str:
        is_stacked = state.now.mode in ("swipe", "flicker")
        return not_here() or ("" if is_stacked else "it works while scenes lie on each other")

    def mode_row(row: tuple[CompareMode, str, str, str, str]) -> Action:
        mode, text, icon, keys, tip = row
        return Action(
            f"compare.{mode}",
            text,
            lambda: state.change(state.now.changed(mode=mode), plain_text(text)),
            icon,
            keys,
            tip,
            "View",
            "compare",
            not_here,
            lambda: state.now.mode == mode,
            local=True,
        )

    following = Action(
        "compare.next",
        "Ne&xt picture",
        lambda: commands.asked.emit("next"),
        "repeat",
        "X",
        "Show the next scene of the flicker, or the next result of the swipe",
        "View",
        "compare",
        not_stacked,
        local=True,
    )
    blink = Action(
        "compare.blink",
        "&Blink",
        lambda: commands.asked.emit("blink"),
        "zap",
        "B",
        "Change pictures by itself, twice a second",
        "View",
        "compare",
        not_stacked,
        lambda: commands.is_blinking,
        local=True,
    )
    area = Action(
        "compare.area",
        "&Measure an area",
        lambda: commands.asked.emit("area"),
        "square-dashed",
        "A",
        "Draw a rectangle that the figures are of; once more: what is in view",
        "Tools",
        "compare",
        not_here,
        lambda: commands.has_area,
        local=True,
    )
    copy = Action(
        "compare.copy",
        "&Copy figures",
        lambda: commands.asked.emit("copy"),
        "copy",
        "Ctrl+C",
        "Copy all figures, of all named areas, with their definitions, for a spreadsheet",
        "Tools",
        "compare",
        not_here,
        local=True,
    )
    save = Action(
        "compare.save_figures",
        "Save &figures\N{HORIZONTAL ELLIPSIS}",
        lambda: commands.asked.emit("save_figures"),
        "save",
        "",
        "Write all figures, of all named areas, as CSV or JSON, with definition, unit, mask and n",
        "Tools",
        "compare",
        not_here,
        local=True,
    )
    return (*map(mode_row, ROWS), following, blink, area, copy, save)
