"""view_rows: actions on the picture of the active scene: views by one key, fit, zoom, legend."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from satstudio.gui.kit.actions import Action
from satstudio.gui.kit.choosers.iq_dialog import IqDialog, choose_iq
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.pages.descriptor import Page
from satstudio.gui.kit.pages.page_list import PageList
from satstudio.render.style import VIEWS, DisplayStyle, View, style_for
from satstudio.render.views import views_for
from satstudio.scenes.scene import Scene
from satstudio.session.session import Layer, Session
from satstudio.session.store import Drag

NO_SCENE = "no scene is open"
SHARED = ("fit", "one_to_one", "zoom_in", "zoom_out", "legend")
"""What every page with a picture of the active scene does."""

SHORT = {
    "hsv": "HSV",
    "amplitude": "Amplitude",
    "intensity": "Intensity",
    "db": "dB",
    "phase": "Phase",
    "real": "Real",
    "imag": "Imaginary",
    "band": "Band",
    "rgb": "RGB",
}
ICONS = {"hsv": "palette", "phase": "rainbow", "rgb": "blend", "db": "audio-lines"}


class ViewCommands(QObject):
    """Carries what an action asks for to the page, which may not be made yet."""

    asked = Signal(str)
    """fit, one_to_one, zoom_in, zoom_out, legend, crop, save_picture or copy_picture"""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._context = context
        self.is_cropping = False
        self.iq_dialog: IqDialog | None = None

    def choose_iq(self) -> None:
        """Ask which bands of the active scene are I and Q."""
        self.iq_dialog = choose_iq(self._context, QApplication.activeWindow())

    @property
    def has_legend(self) -> bool:
        """Whether images carry their legend; remembered."""
        return self._context.settings.legend

    @has_legend.setter
    def has_legend(self, is_on: bool) -> None:
        self._context.change_settings(legend=is_on)

    @classmethod
    def of(cls, context: Context) -> "ViewCommands":
        """Return the one of this window."""
        found = context.findChild(cls)
        return found if isinstance(found, cls) else cls(context)


def listen(context: Context, widget: QObject, listener: Callable[[Session], None]) -> None:
    """Let a widget hear of each change of the session until it is destroyed."""
    widget.destroyed.connect(context.store.subscribe(listener))


def layer_style(context: Context, layer: Layer | None) -> DisplayStyle | None:
    """Return how a layer is shown: as the user chose, else as its statistics suggest."""
    if layer is None:
        return None
    scene, first = context.scenes.scene(layer.address), context.scenes.style(layer.address)
    is_fit = layer.style and (scene is None or layer.style.view in views_for_scene(scene))
    return layer.style if is_fit else first


def views_of(context: Context) -> tuple[View, ...]:
    """Return the views that fit the active scene."""
    layer = context.store.session.layer
    scene = context.scenes.scene(layer.address) if layer else None
    return views_for_scene(scene) if scene is not None else ()


def views_for_scene(scene: Scene) -> tuple[View, ...]:
    """Return the views that fit a scene."""
    return tuple(views_for(scene.quantity, len(scene.bands)))


def show_view(context: Context, view: View) -> None:
    """Show the active scene in another view, with the limits of its statistics."""
    layer = context.store.session.layer
    style = layer_style(context, layer)
    statistics = context.scenes.statistics(layer.address) if layer else None
    if layer is None or style is None or statistics is None or view not in views_of(context):
        return
    bands = style.bands
    if view == "rgb" and len(bands) < 3:
        first = context.scenes.style(layer.address)
        count = len(statistics.samples)
        usual = tuple(min(band, count - 1) for band in (0, 1, 2))
        bands = first.bands if first is not None and first.view == "rgb" else usual
    if view != "rgb":
        bands = bands[:1]
    paper = style.paper and view == "hsv"
    change_style(context, style_for(view, statistics, bands, paper=paper, base=style), SHORT[view])


def change_style(
    context: Context, style: DisplayStyle, text: str, drag: Drag | None = None
) -> None:
    """Show the active scene in a style; one step of undo, or a part of a drag's one."""
    store = context.store
    store.replace(store.session.styled(style), text=text, drag=drag)


def unseen(context: Context) -> str:
    """Return why a picture cannot be moved now: the page in front has none; "" where it can."""
    return _elsewhere(context, lambda page: page.has_picture)


def _elsewhere(context: Context, fits: Callable[[Page], bool]) -> str:
    """Return on which pages something works, "" where the one in front is among them."""
    pages = PageList.of(context)
    if pages.front is None or fits(pages.front):
        return ""
    *others, last = [f"the {page.title} page" for page in pages.pages if fits(page)]
    return f"it works on {', '.join(others)} and {last}" if others else f"it works on {last}"


def _picture_rows(context: Context) -> tuple[Action, Action]:
    commands = ViewCommands.of(context)

    def reason() -> str:
        return no_scene(context) or _elsewhere(context, lambda page: page.saves_pictures)

    save = Action(
        "file.save_picture",
        "Save &picture as…",
        lambda: commands.asked.emit("save_picture"),
        "save",
        "Ctrl+S",
        "Save what is seen, the crop rectangle or the whole scene, as it is shown (PNG)",
        "File",
        "save",
        reason,
        tool_bar=True,
    )
    copy = Action(
        "edit.copy_picture",
        "Cop&y picture",
        lambda: commands.asked.emit("copy_picture"),
        "copy",
        "Ctrl+Shift+C",
        "Put what is seen on the clipboard, for other programs",
        "Edit",
        "copy",
        reason,
    )
    return save, copy


def view_rows(context: Context) -> tuple[Action, ...]:
    """Return the rows; they are grey on pages without a picture of the active scene."""
    commands = ViewCommands.of(context)

    def not_shown() -> str:
        return (unseen(context) if context.store.session.layer else "") or no_scene(context)

    def row(name: str, text: str, icon: str, keys: str, tip: str, is_in_bar: bool = True) -> Action:
        return Action(
            f"view.{name}",
            text,
            lambda: commands.asked.emit(name),
            icon,
            keys,
            tip,
            "View",
            "zoom",
            not_shown,
            tool_bar=is_in_bar,
            local=len(keys) == 1,
        )

    return (
        *_picture_rows(context),
        *(_view_row(context, view) for view in VIEWS),
        row("fit", "&Fit the scene", "maximize-2", "F", "Show the whole scene (also Ctrl+0)"),
        row("one_to_one", "&One to one", "scan", "0", "One column on one pixel of the screen"),
        row("zoom_in", "Zoom &in", "zoom-in", "Ctrl++", "Enlarge about the middle (also +)"),
        row("zoom_out", "Zoom &out", "zoom-out", "Ctrl+-", "Show more (also the minus key)"),
        overlay_row(
            "legend",
            ("&Legend", "palette", "L", "Explain the colours in a corner of the image"),
            lambda: commands.asked.emit("legend"),
            not_shown,
            lambda: commands.has_legend,
        ),
    )


def no_scene(context: Context) -> str:
    """Return why nothing can be done with the active scene where there is none."""
    return "" if context.store.session.layer else NO_SCENE


def overlay_row(
    name: str,
    texts: tuple[str, str, str, str],
    run: Callable[[], object],
    reason: Callable[[], str],
    is_on: Callable[[], bool],
) -> Action:
    """Return the row of something on the image that is on or off, at the next start too."""
    text, icon, keys, tip = texts
    return Action(
        f"view.{name}", text, run, icon, keys, tip, "View", "legend", reason, is_on, local=True
    )


def _view_row(context: Context, view: View) -> Action:
    info = VIEWS[view]

    def reason() -> str:
        if context.store.session.layer is None:
            return NO_SCENE
        if view in views_of(context):
            return ""
        if view == "db":
            return "the values have no decibels"
        if view == "rgb":
            return "it needs a scene of three bands or more"
        kind = "complex" if info.needs_phase or view in ("amplitude", "intensity") else "real"
        return f"it needs a {kind} scene"

    def is_on() -> bool:
        style = layer_style(context, context.store.session.layer)
        return style is not None and style.view == view

    return Action(
        f"view.as_{view}",
        info.title,
        lambda: show_view(context, view),
        ICONS.get(view, ""),
        info.key,
        f"Show as: {info.title}",
        "View",
        "views",
        reason,
        is_on,
        local=True,
    )
