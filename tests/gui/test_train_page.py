import json
import os
import signal

import pytest
import tomli_w
from made import made_slc
from made_patches import made_patches
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QToolButton
from window_made import ChosenFiles, jobs_end, made_window

from satstudio.core.progress import Progress
from satstudio.core.recipe import read_toml
from satstudio.gui.forms.fields import NumberField
from satstudio.gui.kit.widgets import grouped
from satstudio.jobs.catalogue import Catalogue
from satstudio.learn.export.onnx_export import export_onnx
from satstudio.learn.loop.loop import TrainRecipe, train
from satstudio.patches.cut import cut_patches
from satstudio.patches.positions import PatchRecipe

pytestmark = [pytest.mark.learn, pytest.mark.slow]


@pytest.fixture
def window(qtbot, study, tmp_path):
    scene = made_slc(tmp_path, 192, 192)
    recipe = PatchRecipe(size_px=16, count=60)
    cut_patches([scene], recipe, study / "patches" / "made", Progress())
    with made_window(qtbot, study) as made:
        yield made


@pytest.fixture
def page(window, qtbot):
    window.show_page("train")
    made = window.page_widget("train")
    qtbot.waitUntil(lambda: made.form.why_not() == "", timeout=60_000)
    made.form.preset.setCurrentIndex(made.form.preset.findData("tiny"))
    made.form.form.set_values({"steps": 10**6, "log_every_s": 0, "sample_every_s": 1})
    return made


def running(page, qtbot):
    qtbot.mouseClick(page.form.start, Qt.MouseButton.LeftButton)
    points = page.run.curves.points
    qtbot.waitUntil(lambda: len(points("wasserstein_train")[0]) > 5, timeout=180_000)
    (task,) = [task for task in page.desk.tasks.values() if not task.has_ended]
    return task


def test_the_form_comes_from_the_methods_schema(page):
    field = page.form.options.field("lr")
    assert isinstance(field, NumberField)
    page.form.preset.setCurrentIndex(page.form.preset.findData("mnist"))
    assert page.form.options.field("lr").widget.text() == "3e-5"


def test_a_run_is_watched_paused_stopped_continued_exported_and_sampled(page, window, qtbot, study):
    task = running(page, qtbot)
    qtbot.waitUntil(lambda: not page.run.samples.picture.image.isNull(), timeout=30_000)
    qtbot.mouseClick(page.run.pause, Qt.MouseButton.LeftButton)
    assert task.state == "paused"
    assert page.run.pause.text() == "Resume"
    qtbot.mouseClick(page.run.pause, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(page.run.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: task.has_ended, timeout=10_000)
    assert task.state == "stopped"
    run = page.run.run.path
    info = json.loads((run / "run.json").read_text("utf-8"))
    assert info["status"] == "stopped"

    qtbot.waitUntil(page.run.go_on.isEnabled, timeout=10_000)
    qtbot.mouseClick(page.run.go_on, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.desk.tasks[run] is not task, timeout=10_000)
    again = page.desk.tasks[run]
    seen = []
    again.told.connect(lambda event: seen.append(event.fields.get("step", 0)))
    qtbot.waitUntil(lambda: max(seen, default=0) > info["steps"], timeout=180_000)
    again.stop()
    qtbot.waitUntil(lambda: again.has_ended, timeout=10_000)

    qtbot.mouseClick(page.run.export, Qt.MouseButton.LeftButton)
    jobs_end(qtbot, window.context, 120)
    model = study / "models" / f"{run.name}.onnx"
    assert model.is_file()

    box = page.run.checkpoint
    qtbot.waitUntil(lambda: box.count() == 3, timeout=10_000)
    assert [box.itemData(place) for place in range(2)] == ["best", "newest"]
    step = box.itemData(2)
    assert box.itemText(2).startswith(f"Step {grouped(int(step))}: SWD 0.")
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_End)
    qtbot.mouseClick(page.run.export, Qt.MouseButton.LeftButton)
    jobs_end(qtbot, window.context, 120)
    earlier = study / "models" / f"{run.name}-{step}.onnx"
    assert earlier.read_bytes() != model.read_bytes()
    earlier.unlink()

    window.show_page("sample")
    sample = window.page_widget("sample")
    qtbot.waitUntil(lambda: sample.models.path == model, timeout=20_000)
    qtbot.waitUntil(lambda: sample.grid.count() == 16, timeout=60_000)
    out = study / "mine.tif"
    window.context.files = ChosenFiles(str(out))
    qtbot.mouseClick(sample.save, Qt.MouseButton.LeftButton)
    jobs_end(qtbot, window.context)
    assert out.is_file()


def test_a_killed_training_is_explained_and_can_be_continued(page, window, qtbot):
    page.form.form.set_values({"checkpoint_every_s": 1})
    task = running(page, qtbot)
    saved = []
    task.told.connect(lambda event: saved.append(1) if event.name == "saved" else None)
    qtbot.waitUntil(lambda: bool(saved), timeout=30_000)
    os.kill(task.runner.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: task.has_ended, timeout=20_000)
    assert "SIGKILL" in page.run.message.text()
    assert "checkpoint" in page.run.message.text()
    assert window.isVisible()
    qtbot.waitUntil(page.run.go_on.isEnabled, timeout=10_000)
    run = page.run.run.path
    qtbot.mouseClick(page.run.go_on, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.desk.tasks[run] is not task, timeout=10_000)
    again = page.desk.tasks[run]
    qtbot.waitUntil(lambda: "Step" in again.text, timeout=60_000)
    again.stop()
    qtbot.waitUntil(lambda: again.has_ended, timeout=10_000)
    assert again.state == "stopped"


def test_closing_the_window_asks_about_training_and_waits_for_it(page, window, qtbot):
    task = running(page, qtbot)
    window.close()
    assert window.isVisible()
    question = window.closing.question
    assert task.title in question.text()
    question.button(QMessageBox.StandardButton.Cancel).click()
    assert not task.has_ended
    window.close()
    window.closing._stop.click()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=15_000)
    assert task.state == "stopped"


def test_a_run_whose_process_is_gone_is_called_interrupted(page, window, qtbot, study):
    run = study / "runs" / "old"
    (run / "checkpoints").mkdir(parents=True)
    (run / "recipe.toml").write_text('method = "complex_wgan_gp"\n', "utf-8")
    (run / "run.json").write_text(
        json.dumps({"status": "running", "steps": 7, "seconds": 1.5}), "utf-8"
    )
    page.refresh()
    qtbot.waitUntil(lambda: page.table.rowCount() == 1, timeout=10_000)
    assert page.table.item(0, 1).text() == "Interrupted"
    assert "checkpoint" in page.run.message.text()


def test_without_torch_the_page_says_what_to_install(page):
    page.form.show_catalogue(Catalogue(missing="Nothing can be trained. Install satstudio[learn]."))
    assert "satstudio[learn]" in page.form.problem.text()
    assert not page.form.start.isEnabled()


def test_broken_methods_are_shown_with_their_reason(page):
    page.form.show_catalogue(Catalogue(broken={"mine": "ImportError: no such thing"}))
    assert "no such thing" in page.form.broken.text()


def test_a_run_is_trained_again_with_changes(page, window, qtbot, study, tmp_path):
    elsewhere = made_patches(tmp_path / "elsewhere")
    (study / "runs/first/checkpoints").mkdir(parents=True)
    recipe = {"method": "complex_wgan_gp", "preset": "tiny", "epochs": 2.0, "options": {"lr": 3e-3}}
    (study / "runs/first/recipe.toml").write_text(tomli_w.dumps(recipe), "utf-8")
    info = {"status": "done", "steps": 5, "epoch": 2.0, "seconds": 1.0, "patches": str(elsewhere)}
    (study / "runs/first/run.json").write_text(json.dumps(info), "utf-8")
    page.refresh()
    qtbot.waitUntil(lambda: page.run.run is not None, timeout=10_000)
    qtbot.mouseClick(page.run.again, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(page.form.like.isVisible, timeout=10_000)
    assert page.form.set_path == elsewhere
    assert page.form.run_name == "first-2"
    page.form.options.field("lr").widget.setText("2e-3")
    assert "0.003 \N{RIGHTWARDS ARROW} 0.002" in page.form.like.text.text()
    qtbot.mouseClick(page.form.start, Qt.MouseButton.LeftButton)
    assert not page.form.like.isVisible(), "what comes next stands for itself"
    jobs_end(qtbot, window.context, 120)
    made = read_toml(study / "runs/first-2/recipe.toml")
    assert (made["epochs"], made["options"]["lr"]) == (2, 2e-3)
    assert json.loads((study / "runs/first-2/run.json").read_text("utf-8"))["epoch"] >= 2


def test_a_run_starts_from_a_model_file_that_is_chosen_by_a_click(page, window, qtbot, study):
    tiny = TrainRecipe(method="despeckle", preset="tiny", steps=2, threads=1)
    first = train(study / "patches/made", tiny, study / "runs/first", Progress())
    model = export_onnx(first, study / "models/first.onnx", Progress())
    form = page.form
    form.method.setCurrentIndex(form.method.findData("despeckle"))
    line = form.form.field("start").widget
    assert line.placeholderText() == "random"
    line.dialogs = ChosenFiles(str(model))
    (button,) = line.findChildren(QToolButton)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert form.recipe()["start"] == str(model)
    form.form.set_values({"steps": 1})
    form.options.set_values({"size": 16})
    qtbot.mouseClick(form.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.context.jobs.running, timeout=60_000)
    assert "Choose the preset 'tiny'" in window.bar.text

    form.preset.setFocus()
    qtbot.keyClick(form.preset, Qt.Key.Key_End)
    assert form.preset.currentData() == "tiny"
    assert form.recipe()["start"] == str(model), "another preset is no reason to forget it"
    form.form.set_values({"steps": 1})
    form.name.setText("begun")
    qtbot.mouseClick(form.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil((study / "runs/begun/run.json").is_file, timeout=60_000)
    qtbot.waitUntil(lambda: not window.context.jobs.running, timeout=60_000)
    assert read_toml(study / "runs/begun/recipe.toml")["start"] == str(model)
    facts = json.loads((study / "runs/begun/run.json").read_text("utf-8"))
    assert (facts["status"], facts["start"]["path"]) == ("done", str(model))
    qtbot.mouseClick(form.reset, Qt.MouseButton.LeftButton)
    assert form.recipe()["start"] is None
