"""Opens each page with real content and saves PNGs: `take_screenshots.py OUT [light|dark]`.

Run it once for each theme and scale (`QT_SCALE_FACTOR=2`); a person looks at the pictures.
Those of the README (`resources/pictures/`) are two of them, with fewer colours.
The whole road is walked: the sample scene, patches, a short training, an export, samples.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from satstudio.core.settings import Settings, save_settings
from satstudio.gui.app import make_application, make_window
from satstudio.gui.error_dialog import ErrorReporter
from satstudio.gui.main_window import MainWindow

SIZE = (1360, 820)


def wait(condition, seconds=60.0):
    """Run the event loop until something is true."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(condition)
        loop = QEventLoop()
        QTimer.singleShot(30, loop.quit)
        loop.exec()


def pause(seconds=0.4):
    end = time.monotonic() + seconds
    wait(lambda: time.monotonic() > end)


class Walk:
    """Walks down the road and takes a picture of each page."""

    def __init__(self, window: MainWindow, out: Path, tag: str) -> None:
        self.window, self.out, self.tag = window, out, tag
        self.jobs = window.context.jobs

    def shoot(self, name: str, widget=None) -> None:
        pause()
        path = self.out / f"{name}_{self.tag}.png"
        (widget or self.window).grab().save(str(path))
        sys.stdout.write(f"{path}\n")

    def jobs_end(self, seconds=120.0) -> None:
        wait(lambda: not self.jobs.running, seconds)
        failed = [task for task in self.jobs.tasks if task.state == "failed"]
        for task in failed:
            sys.stdout.write(f"FAILED {task.title}: {task.text}\n{task.detail}\n")

    def view(self) -> None:
        self.shoot("empty")
        self.window.open_sample()
        wait(lambda: self.window.context.store.session.layer is not None)
        page = self.window.page_widget("view")
        wait(lambda: page.canvas.missing == 0)
        self.window.show_hint()
        self.shoot("view")
        self.jobs_end()
        self.window.hint.hide()
        page.canvas.one_to_one()
        wait(lambda: page.canvas.missing == 0)
        self.shoot("view_one_to_one")

    def patches(self) -> None:
        self.window.show_page("patches")
        page = self.window.page_widget("patches")
        page.form.set_values({"size_px": 32, "count": 300})
        page._on_changed()
        wait(lambda: "training" in page.positions.counts.text())
        wait(lambda: page.positions.canvas.missing == 0)
        self.shoot("patches_positions")
        page.cut.click()
        self.jobs_end()
        wait(lambda: not page.sets.sheet.image.isNull())
        self.shoot("patches_set")

    def train(self, seconds: float) -> None:
        self.window.show_page("train")
        page = self.window.page_widget("train")
        wait(lambda: page.form.why_not() == "", 60)
        page.form.form.set_values({"budget_s": seconds, "sample_every_s": 3})
        self.shoot("train_form")
        page.form.start.click()
        wait(lambda: len(page.run.curves.points("wasserstein_train")[0]) > min(10, seconds), 60)
        self.shoot("train_running")
        self.jobs_end(seconds + 60)
        pause(1)
        self.shoot("train_curves")
        page.run._tabs.setCurrentIndex(1)
        wait(lambda: not page.run.samples.image.isNull())
        self.shoot("train_samples")
        page.run.export.click()
        self.jobs_end()

    def sample(self) -> None:
        self.window.show_page("sample")
        page = self.window.page_widget("sample")
        wait(lambda: page.samples is not None and page.grid.count() > 0)
        self.jobs_end()
        page.grid.setCurrentRow(3)
        wait(lambda: not page.large[0].image.isNull())
        self.shoot("sample")
        page.view.setCurrentIndex(1)
        self.shoot("sample_amplitude")

    def restore(self) -> None:
        self.window.show_page("restore")
        page = self.window.page_widget("restore")
        wait(lambda: page.preview.picture.image is not None)
        wait(lambda: page.check.estimate != {})
        page.preview.canvas.one_to_one()
        pause(1)
        wait(lambda: not page.preview.source.is_busy)
        self.shoot("restore")
        page.run.start.click()
        self.jobs_end()
        self.shoot("restore_done")

    def rest(self) -> None:
        window = self.window
        window.bar.show_message("Cannot open x.tif: no reader knows it.", "error", "Traceback ...")
        self.shoot("error_bar")
        window.bar.hide()
        for name, show in (
            ("about", window.show_about),
            ("first_steps", window.show_first_steps),
            ("shortcuts", window.show_shortcuts),
            ("settings", window.show_settings),
            ("palette", window.show_palette),
            ("doctor", window.show_doctor),
        ):
            show()
            self.jobs_end()
            self.shoot(name, window.dialog)
            window.dialog.reject()
        reporter = ErrorReporter(window.context, window)
        reporter.tell("ValueError: an example", "Traceback (most recent call last): ...")
        self.shoot("error_report", reporter.dialog)
        reporter.dialog.reject()


def main() -> None:
    out = Path(sys.argv[1])
    theme = sys.argv[2] if len(sys.argv) > 2 else "light"
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 12.0
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        os.environ["SATSTUDIO_HOME"] = home
        save_settings(Settings(theme=theme, study=Path(home) / "study"))
        app = make_application()
        assert isinstance(app, QApplication)
        window = make_window(app)
        window.resize(*SIZE)
        window.show()
        scale = f"{window.devicePixelRatioF():g}x"
        walk = Walk(window, out, f"{theme}_{scale}")
        walk.view()
        walk.patches()
        walk.train(seconds)
        walk.sample()
        walk.restore()
        walk.rest()
        window.close()


if __name__ == "__main__":
    main()
