"""PAGE: what the window knows of the Compare page."""

from satstudio.gui.kit.pages.descriptor import Page
from satstudio.gui.pages.compare.commands import compare_rows
from satstudio.gui.pages.compare.state import NAME, CompareState

PAGE = Page(
    NAME,
    "Compare",
    "columns-2",
    "See scenes and results side by side, with figures",
    "satstudio.gui.pages.compare.page:make_page",
    actions=compare_rows,
    state=CompareState,
    serves=("compare",),
    shows_scenes=True,
    has_picture=True,
    saves_pictures=True,
)
