"""Makers of folders of runs, and of trainings that take no time, for tests of the Train page."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tomli_w
from gui_made import made_context
from made_patches import made_patches
from PySide6.QtCore import QPoint, Qt
from window_made import made_window

from satstudio.core.settings import Settings
from satstudio.gui.pages.train.page import TrainPage
from satstudio.gui.shell.main_window import MainWindow
from satstudio.jobs import client as client_module
from satstudio.jobs.catalogue import Catalogue, MethodEntry, Preset

COMMAND = (sys.executable, str(Path(__file__).with_name("jobs") / "kinds_for_tests.py"))


def _may_be_empty(title: str, kind: str) -> dict[str, object]:
    return {"anyOf": [{"type": kind}, {"type": "null"}], "default": None, "title": title}


RATE = {"type": "number", "title": "Learning rate", "default": 0.001}
CATALOGUE = Catalogue(
    train={
        "properties": {
            "steps": _may_be_empty("Steps", "integer"),
            "epochs": _may_be_empty("Epochs", "number"),
            "budget_s": _may_be_empty("Time limit (s)", "number"),
        }
    },
    methods=(
        MethodEntry(
            name="gan",
            title="GAN",
            options={"properties": {"lr": RATE}},
            presets=(
                Preset(name="short", values={"steps": 30}),
                Preset(name="endless", values={}),
            ),
        ),
    ),
)


def made_run(
    runs: Path, name: str, *, steps=40, seconds=20.0, log=True, recipe=None, **info
) -> Path:
    """Write the folder of a run that has ended, or of one that says otherwise."""
    run = runs / name
    (run / "checkpoints").mkdir(parents=True)
    values = {"method": "gan", "steps": 100, "options": {"lr": 0.001}, **(recipe or {})}
    (run / "recipe.toml").write_text(tomli_w.dumps(values), "utf-8")
    facts = {"status": "stopped", "steps": steps, "seconds": seconds, "patches": "/sets/coast"}
    (run / "run.json").write_text(json.dumps({**facts, **info}), "utf-8")
    if log:
        lines = [
            {"step": step, "seconds": seconds * step / steps, "wasserstein_train": 1 / step,
             "swd": 2 / step, "n": 8}
            for step in range(10, steps + 1, 10)
        ]  # fmt: skip
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (run / "log.jsonl").write_text(text, "utf-8")
    return run


@contextmanager
def made_train_page(qtbot, study: Path, monkeypatch) -> Iterator[TrainPage]:
    """A Train page without the rest of the window: a patch set, one method, trainings of no time.

    What it tells the user is collected in `page.told`.
    """
    prepare(study, monkeypatch)
    with made_context(Settings(study=study)) as context:
        page = TrainPage(context)
        page.told = []
        context.told.connect(lambda text, kind, detail: page.told.append(text))
        qtbot.addWidget(page)
        page.resize(1200, 700)
        with qtbot.waitExposed(page):
            page.show()
        qtbot.waitUntil(page.form.start.isEnabled, timeout=10_000)
        yield page
        context.jobs.close(15_000)
        page.hide()


def prepare(study: Path, monkeypatch) -> None:
    """Write a patch set and let trainings take no time."""
    monkeypatch.setattr(client_module, "worker_command", lambda: COMMAND)
    monkeypatch.setenv("MADE_TRAINING", "1")
    monkeypatch.setattr("satstudio.gui.pages.train.page.known_catalogue", lambda: CATALOGUE)
    if not (study / "patches/coast").exists():
        made_patches(study / "patches/coast")


@contextmanager
def made_train_window(qtbot, study: Path, monkeypatch) -> Iterator[MainWindow]:
    """A window on its Train page, as `made_train_page` makes one."""
    prepare(study, monkeypatch)
    with made_window(qtbot, study) as window:
        window.resize(1300, 760)
        window.show_page("train")
        page = window.page_widget("train")
        qtbot.waitUntil(page.form.start.isEnabled, timeout=10_000)
        yield window


def row_of(table, name: str) -> int:
    """Return the row that shows a run; -1 where none does."""
    return next((r for r in range(table.rowCount()) if table.item(r, 0).text() == name), -1)


def names_of(table) -> list[str]:
    """Return the names in the list from the top."""
    return [table.item(row, 0).text() for row in range(table.rowCount())]


def cell_place(table, name: str, column: int = 0) -> QPoint:
    """Return where in the list a cell of a run is."""
    return table.visualItemRect(table.item(row_of(table, name), column)).center()


def click_run(qtbot, table, name: str, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    """Choose a run with the mouse."""
    qtbot.waitUntil(lambda: row_of(table, name) >= 0, timeout=10_000)
    place = cell_place(table, name)
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, modifier, place)


def click_head(qtbot, table, column: int) -> None:
    """Click the head of a column."""
    header = table.horizontalHeader()
    x = header.sectionViewportPosition(column) + header.sectionSize(column) // 2
    place = QPoint(x, header.height() // 2)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
