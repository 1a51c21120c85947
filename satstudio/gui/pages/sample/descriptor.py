"""PAGE: what the window knows of the Sample page."""

from satstudio.gui.kit.pages.descriptor import Page
from satstudio.gui.pages.sample.state import NAME, SampleState

PAGE = Page(
    NAME,
    "Sample",
    "dices",
    "Draw new images from a trained generator",
    "satstudio.gui.pages.sample.page:make_page",
    state=SampleState,
    takes=("set", "noise model"),
    home_of=("noise model",),
)
