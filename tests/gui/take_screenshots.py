"""Opens each page with real content and saves PNGs: `take_screenshots.py OUT [light|dark]`.

Run it once for each theme and scale (`QT_SCALE_FACTOR=2`); a person looks at the pictures. With
`--readme` those of the README (`resources/pictures/`) are made anew from them.
The whole road is walked: the sample scene, patches, a short training, an export, samples.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PIL import Image
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from satstudio.core.paths import resources_folder
from satstudio.core.settings import Settings
from satstudio.gui.shell.app import make_application, make_window
from satstudio.gui.shell.dialogs.error import ErrorReporter
from satstudio.gui.shell.main_window import MainWindow
from satstudio.session.settings_file import save_settings

SIZE = (1360, 820)
NAME = "sample_slc-despeckler.tif"
README = {"view": "view_one_to_one", "train": "train_curves", "compare": "compare"}
"""Pictures of the README, and which of these they are."""


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
        wait(page.sets.sheet.model.rowCount)
        self.shoot("patches_set")

    def train(self, seconds: float) -> None:
        self.window.show_page("train")
        page = self.window.page_widget("train")
        wait(lambda: page.form.why_not() == "", 60)
        page.form.form.set_values({"budget_s": seconds, "sample_every_s": 3})
        self.shoot("train_form")
        page.form.start.click()
        wait(lambda: len(page.run.curves.points("wasserstein_train")[0]) > 2, 240)
        self.shoot("train_running")
        self.jobs_end(seconds + 240)
        pause(1)
        self.shoot("train_curves")
        page.run.tabs.setCurrentIndex(1)
        wait(lambda: not page.run.samples.picture.image.isNull())
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

    def models(self) -> None:
        """The list of models; a file of others on its way in."""
        from made_foreign import foreign  # beside this folder, which `main` makes known

        window = self.window
        window.show_page("restore")
        dialogs = window.page_widget("restore").form.models.dialogs
        window.context.actions.trigger("restore.models")
        shown = dialogs.dialog
        wait(lambda: shown.table.rowCount() > 0)
        self.jobs_end()
        self.shoot("models", shown)
        shown.close()
        theirs = foreign(window.context.study_path("models") / "theirs.onnx", "double", bands=1)
        dialogs.describe(theirs)
        described = dialogs.dialog
        described.scene.setCurrentIndex(described.scene.count() - 1)
        wait(lambda: not described.is_busy)
        described.start_trial()
        wait(lambda: not described.is_busy)
        self.shoot("describe", described)
        described.close()

    def compare(self) -> None:
        window = self.window
        window.context.open([str(window.context.study_path("restored") / NAME)])
        wait(lambda: len(window.context.store.session.layers) > 1)
        window.show_page("compare")
        page = window.page_widget("compare")
        wait(lambda: page.views.front.canvas.missing == 0)
        page.views.front.canvas.one_to_one()
        pause(3)
        self.jobs_end()
        self.shoot("compare")

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


def save_for_readme(out: Path, tag: str) -> None:
    """Save the README's pictures with few colours, fewer bytes."""
    for name, source in README.items():
        picture = Image.open(out / f"{source}_{tag}.png").convert("RGB")
        few = picture.quantize(256, dither=Image.Dither.NONE)
        few.save(resources_folder() / "pictures" / f"{name}.png", optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("theme", nargs="?", default="light", choices=["light", "dark"])
    parser.add_argument("--seconds", type=float, default=12.0, help="of the training")
    parser.add_argument("--readme", action="store_true")
    choices = parser.parse_args()
    out, theme, seconds = choices.out, choices.theme, choices.seconds
    out.mkdir(parents=True, exist_ok=True)
    sys.path.append(str(Path(__file__).resolve().parents[1]))
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
        walk.models()
        walk.compare()
        if choices.readme:
            save_for_readme(out, walk.tag)
        walk.rest()
        window.close()


if __name__ == "__main__":
    main()
