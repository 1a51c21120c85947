"""view_actions: the actions of the View page: crop, scale bar, I and Q, a stack of files."""

from satstudio.gui.canvas.scene_actions import ViewCommands, no_scene, overlay_row
from satstudio.gui.kit.actions import Action
from satstudio.gui.kit.choosers.iq_dialog import iq_obstacle
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.file_dialogs import scene_filters
from satstudio.gui.kit.pages.page_list import PageList
from satstudio.gui.kit.scenes.loader import stack_address
from satstudio.gui.pages.view.state import NAME

ELSEWHERE = "it works on the View page (Ctrl+1)"


def open_stack(context: Context) -> None:
    """Ask for files and open them as one scene."""
    paths = context.files.open_files("Open as one stack", scene_filters())
    if paths:
        context.open([stack_address(paths)] if len(paths) > 1 else paths)


def view_actions(context: Context) -> tuple[Action, ...]:
    """Return the rows."""
    commands, pages = ViewCommands.of(context), PageList.of(context)

    def not_here() -> str:
        return no_scene(context) or ("" if pages.is_front(NAME) else ELSEWHERE)

    stack = Action(
        "view.open_stack",
        "Open as one s&tack…",
        lambda: open_stack(context),
        "layers",
        "",
        "Open several files that lie on each other as the bands of one scene",
        "File",
        "open",
    )
    scale_bar = overlay_row(
        "scale_bar",
        ("&Scale bar", "ruler", "Shift+L", "Show in a corner how long a round length is"),
        lambda: context.change_settings(scale_bar=not context.settings.scale_bar),
        not_here,
        lambda: context.settings.scale_bar,
    )
    crop = Action(
        "view.crop",
        "&Crop…",
        lambda: commands.asked.emit("crop"),
        "crop",
        "C",
        "Draw or type a rectangle and save it as GeoTIFF",
        "Tools",
        "crop",
        not_here,
        lambda: commands.is_cropping,
        tool_bar=True,
        local=True,
    )
    iq = Action(
        "view.iq",
        "Bands are &I and Q…",
        commands.choose_iq,
        "",
        "",
        "Read pairs of real bands as complex bands",
        "Tools",
        "crop",
        lambda: no_scene(context) or iq_obstacle(context),
    )
    return (stack, scale_bar, crop, iq)
