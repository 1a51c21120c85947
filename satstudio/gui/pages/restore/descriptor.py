"""PAGE: what the window knows of the Restore page."""

from satstudio.gui.kit.pages.descriptor import Page
from satstudio.gui.pages.restore.models.model_commands import restore_rows
from satstudio.gui.pages.restore.state import NAME, RestoreState

PAGE = Page(
    NAME,
    "Restore",
    "wand-sparkles",
    "Restore open scenes with a filter or a model",
    "satstudio.gui.pages.restore.page:make_page",
    actions=restore_rows,
    state=RestoreState,
    takes=("image model",),
    home_of=("image model",),
    shows_scenes=True,
    has_picture=True,
)
