"""PAGE: what the window knows of the Train page."""

from satstudio.gui.kit.pages.descriptor import Page
from satstudio.gui.pages.train.state import NAME, TrainState

PAGE = Page(
    NAME,
    "Train",
    "brain",
    "Train a generator on patches",
    "satstudio.gui.pages.train.page:make_page",
    state=TrainState,
    takes=("set", "run"),
    home_of=("set", "run"),
)
