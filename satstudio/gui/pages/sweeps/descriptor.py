"""PAGE: what the window knows of the Sweeps page."""

from satstudio.gui.kit.pages.descriptor import Page
from satstudio.gui.pages.sweeps.state import NAME, SweepsState

PAGE = Page(
    NAME,
    "Sweeps",
    "table-2",
    "Train a table of recipes over several seeds; the experiments of papers",
    "satstudio.gui.pages.sweeps.page:make_page",
    state=SweepsState,
    takes=("set",),
)
