"""PAGE: what the window knows of the Patches page."""

from satstudio.gui.kit.pages.descriptor import Page
from satstudio.gui.pages.patches.state import NAME, PatchesState

PAGE = Page(
    NAME,
    "Patches",
    "grid-3x3",
    "Cut patches for training from open scenes",
    "satstudio.gui.pages.patches.page:make_page",
    state=PatchesState,
    takes=("set",),
    shows_scenes=True,
)
