"""PAGE: what the window knows of the View page."""

from satstudio.gui.kit.pages.descriptor import Page
from satstudio.gui.pages.view.actions import view_actions
from satstudio.gui.pages.view.state import NAME, ViewState

PAGE = Page(
    NAME,
    "View",
    "eye",
    "Open scenes, look, crop",
    "satstudio.gui.pages.view.page:make_page",
    state=ViewState,
    actions=view_actions,
    serves=("look",),
    shows_scenes=True,
    has_picture=True,
    saves_pictures=True,
    has_scene_panels=True,
    needs_scene=True,
)
