"""view_rows: the actions of the View page: views by one key, fit, 1:1, zoom, crop."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from satstudio.gui.actions import Action
from satstudio.gui.context import Context
from satstudio.gui.file_dialogs import scene_filters
from satstudio.gui.iq_dialog import IqDialog, choose_iq, iq_trouble
from satstudio.gui.scene_loader import stack_address
from satstudio.render.style import VIEWS, DisplayStyle, View, style_for
from satstudio.render.views import views_for
from satstudio.session.session import Layer, Session
from satstudio.session.store import Drag

NO_SCENE = "no scene is open"
ELSEWHERE = "it works on the View page (Ctrl+1)"
UNSEEN = "it works on the View page, the Restore page and the Compare page"
SHOWING = ("view", "restore", "compare")
"""Pages whose picture moves and zooms."""

SHARED = ("fit", "one_to_one", "zoom_in", "zoom_out", "legend")
"""What the other two do as well."""

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
    """fit, one_to_one, zoom_in, zoom_out, legend or crop"""

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
    is_fit = layer.style and (scene is None or layer.style.view in views_for(scene.quantity))
    return layer.style if is_fit else first


def views_of(context: Context) -> tuple[View, ...]:
    """Return the views that fit the active scene."""
    layer = context.store.session.layer
    scene = context.scenes.scene(layer.address) if layer else None
    return tuple(views_for(scene.quantity)) if scene is not None else ()


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


def open_stack(context: Context) -> None:
    """Ask for files and open them as one scene."""
    paths = context.files.open_files("Open as one stack", scene_filters())
    if paths:
        context.open([stack_address(paths)] if len(paths) > 1 else paths)


def view_rows(context: Context) -> tuple[Action, ...]:
    """Return the actions of the page."""
    commands = ViewCommands.of(context)

    def no_scene() -> str:
        return "" if context.store.session.layer else NO_SCENE

    def not_here() -> str:
        return no_scene() or ("" if context.store.session.page == "view" else ELSEWHERE)

    def not_shown() -> str:
        return no_scene() or ("" if context.store.session.page in SHOWING else UNSEEN)

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

    zoom = (
        row("fit", "&Fit the scene", "maximize-2", "F", "Show the whole scene (also Ctrl+0)"),
        row("one_to_one", "&One to one", "scan", "0", "One column on one pixel of the screen"),
        row("zoom_in", "Zoom &in", "zoom-in", "Ctrl++", "Enlarge about the middle (also +)"),
        row("zoom_out", "Zoom &out", "zoom-out", "Ctrl+-", "Show more (also the minus key)"),
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
        lambda: no_scene() or iq_trouble(context),
    )
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
    return (
        stack,
        *(_view_row(context, view) for view in VIEWS),
        *zoom,
        _overlay_row(
            "legend",
            ("&Legend", "palette", "L", "Explain the colours in a corner of the image"),
            lambda: commands.asked.emit("legend"),
            not_shown,
            lambda: commands.has_legend,
        ),
        _overlay_row(
            "scale_bar",
            ("&Scale bar", "ruler", "Shift+L", "Show in a corner how long a round length is"),
            lambda: context.change_settings(scale_bar=not context.settings.scale_bar),
            not_here,
            lambda: context.settings.scale_bar,
        ),
        crop,
        iq,
    )


def _overlay_row(
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
