"""main: opens the window on the sample scene, draws it, closes it; for --self-test."""

import sys
import time

import numpy as np
from PySide6.QtGui import QImage

from satstudio.core.paths import resources_folder
from satstudio.gui.canvas.canvas import Canvas
from satstudio.gui.kit.icons import icon
from satstudio.gui.pages.restore.desk import RestoreDesk
from satstudio.gui.shell.app import make_application, make_window

LONGEST_S = 60.0
LEAST_COLOURS = 100


def main() -> int:
    """Return 0 where the scene was drawn and every page could be shown."""
    app = make_application()
    window = make_window(app)
    window.resize(1200, 800)
    window.show()
    scene = resources_folder() / "demo" / "sample_slc.tif"
    window.context.open([str(scene)])
    canvas = window.page_widget(window.page).findChild(Canvas)
    if canvas is None:
        return 1
    end = time.monotonic() + LONGEST_S
    while not (canvas.scene and canvas.missing == 0) and time.monotonic() < end:
        app.processEvents()
        time.sleep(0.01)
    picture = canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(picture.constBits(), np.uint32)
    count = len(np.unique(pixels))
    for page in window.pages.pages:
        icon(page.icon)
        window.show_page(page.name)
        app.processEvents()
    window.context.jobs.close()  # a list of methods still being made would keep the window open
    app.processEvents()
    for desk in window.findChildren(RestoreDesk):
        desk.close()
    window.close()
    app.processEvents()
    pages, is_well = len(window.page_names), count >= LEAST_COLOURS
    summary = "" if is_well else ": the scene was not drawn"
    sys.stdout.write(f"{app.platformName()}, {pages} pages, {count} colours{summary}\n")
    return 0 if is_well else 1
