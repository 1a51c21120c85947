import json

import pytest
from PySide6.QtCore import Qt
from window_made import made_window

from satstudio.core.runs.run_rows import RunRow
from satstudio.core.runs.training_figures import RunFigures
from satstudio.gui.pages.train.runs.run_view import RunView
from satstudio.gui.pages.train.runs.shown_run import ShownRun
from satstudio.jobs.job import Event


@pytest.fixture
def view(qtbot, study):
    with made_window(qtbot, study) as window:
        made = RunView(window.context)
        qtbot.addWidget(made)
        yield made


def shown(row):
    return ShownRun(row, row.status, row.figures)


def row(path, *remarks):
    return shown(RunRow("one", path, "done", RunFigures(3), info={"remarks": list(remarks)}))


def test_the_remarks_of_a_run_are_shown_the_newest_first(view, tmp_path):
    view.show_run(row(tmp_path, "early", "middle", "late"))
    assert not view.remark.isHidden()
    assert view.remark.text() == "late\nmiddle"
    assert view.remark.toolTip() == "late\n\nmiddle\n\nearly"


def test_a_remark_of_the_task_is_added_once(view, tmp_path):
    view.show_run(row(tmp_path, "early"))
    for _ in range(2):
        view._on_event(Event("remark", "job", fields={"text": "collapsed", "step": 5}))
    view.show_run(row(tmp_path, "early", "collapsed"))
    assert view.remark.text() == "collapsed\nearly"


def test_another_run_has_its_own_remarks(view, tmp_path):
    view.show_run(row(tmp_path, "early"))
    view.show_run(row(tmp_path / "other"))
    assert view.remark.isHidden()


def made_run(folder, name, slope):
    path = folder / name
    path.mkdir()
    lines = [{"step": step, "wasserstein_train": slope * step} for step in (1, 2, 3)]
    (path / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return RunRow(name, path, "done", RunFigures(3))


def test_ticked_runs_are_drawn_beside_the_chosen_one(view, tmp_path, qtbot):
    one, two, three = (made_run(tmp_path, name, slope) for slope, name in enumerate("abc", 1))
    view.others.show_rows([one, two, three])
    view.show_run(shown(one))
    view.others._menu.aboutToShow.emit()
    assert [action.text() for action in view.others._menu.actions()] == ["b", "c"]
    for action in view.others._menu.actions():
        action.trigger()
    qtbot.waitUntil(lambda: "c</span>" in view.curves.legend.text(), timeout=10_000)
    assert view.curves.others.points(1, "wasserstein_train") == ([1, 2, 3], [3, 6, 9])
    view.show_run(shown(three))
    qtbot.waitUntil(lambda: "c</span>" not in view.curves.legend.text(), timeout=10_000)
    assert "b</span>" in view.curves.legend.text()
    view.others.tick(two.path, False)
    qtbot.waitUntil(view.curves.legend.isHidden, timeout=10_000)


def kept_run(folder, **best):
    path = folder / "kept"
    (path / "checkpoints").mkdir(parents=True)
    lines = [{"step": step, "n": 8, "swd": 1 / step, "wasserstein_train": 1.0} for step in (40, 80)]
    (path / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    for name in ("best-000000040", "step-000000050", "step-000000090"):
        (path / f"checkpoints/{name}.safetensors").touch()
        (path / f"checkpoints/{name}.safetensors.sha256").touch()
    (path / "checkpoints/step-000000095.safetensors").touch()  # half-written: no hash yet
    return shown(RunRow("kept", path, "done", RunFigures(3), info={"best": best} if best else {}))


def test_every_checkpoint_is_offered_with_its_step_and_figure(view, tmp_path, qtbot):
    view.show_run(kept_run(tmp_path, step=40, swd=0.025))
    qtbot.waitUntil(view.checkpoint.isEnabled, timeout=10_000)
    shown = {
        view.checkpoint.itemData(place): view.checkpoint.itemText(place)
        for place in range(view.checkpoint.count())
    }
    assert shown == {
        "best": "Best, step 40: SWD 0.025",
        "newest": "Newest, step 90: SWD 0.0125",
        "50": "Step 50: SWD 0.025",
    }
    told = []
    view.exported.connect(lambda row, which: told.append((row.name, which)))
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Down, Qt.Key.Key_End):
        qtbot.keyClick(view.checkpoint, key)
        view.show_run(view.run)  # as each second while it trains: the choice stays
        qtbot.mouseClick(view.export, Qt.MouseButton.LeftButton)
    assert told == [("kept", "best"), ("kept", "newest"), ("kept", "50")]
    view.show_run(row(tmp_path / "other"))
    qtbot.waitUntil(lambda: not view.checkpoint.isEnabled(), timeout=10_000)
    assert view.checkpoint.which == "best"


def test_the_best_checkpoint_is_marked_on_every_curve_and_follows_the_training(
    view, tmp_path, qtbot
):
    marks = [plot.best for plot in view.curves.plots]
    view.show_run(kept_run(tmp_path))
    assert not any(mark.isVisible() for mark in marks)
    assert view.facts.text("Best") == "\N{EN DASH}"
    view._on_event(Event("best", "job", fields={"step": 40, "swd": 0.025, "quality": 3.0}))
    assert {(mark.isVisible(), mark.value(), mark.label.format) for mark in marks} == {
        (True, 40, "best")
    }
    assert view.facts.text("Best") == "step 40, SWD 0.025"
    view.show_run(kept_run(tmp_path / "of an earlier version", step=80, quality=0.4))
    assert {mark.value() for mark in marks} == {80}
    assert view.facts.text("Best") == "step 80"


def test_a_translation_says_its_psnr_and_what_must_be_beaten(view, tmp_path):
    view.facts.show_distance({"psnr": 24.87, "psnr_copy": 22.1, "psnr_table": None})
    assert view.facts.text("Distance") == "PSNR 24.87 dB (copy 22.10)"
    view.facts.show_distance({"psnr": 24.87, "psnr_copy": 22.1, "psnr_table": 24.0})
    assert view.facts.text("Distance") == "PSNR 24.87 dB (copy 22.10, table 24.00)"
    view.facts.show_distance({"psnr": 24.0, "held_out_loss": 0.1})
    assert view.facts.text("Distance") == "PSNR 24.00 dB"


def test_pictures_of_steps_that_were_undone_leave_the_slider(view, tmp_path, qtbot):
    view.show_run(row(tmp_path))

    def tell(name, **fields):
        view._on_event(Event(name, "job", fields=fields))

    def drawn(step):
        tell("preview", step=step, path=str(tmp_path / f"step-{step:09d}.png"))

    for step in (100, 200, 300):
        drawn(step)
    assert view.samples.slider.maximum() == 2
    tell("went_back", step=150)
    assert (view.samples.slider.maximum(), view.samples.slider.isEnabled()) == (0, False)
    drawn(180)
    assert view.samples.slider.maximum() == 1
    drawn(120)  # of a run that goes on from an earlier checkpoint
    assert [path.stem[-3:] for path in view.samples.paths] == ["100", "120"]


def test_distances_of_other_features_are_not_drawn_together(view, tmp_path, qtbot):
    def followed(name, extractor):
        path = tmp_path / name
        path.mkdir()
        line = {"step": 1, "wasserstein_train": 1.0, "frechet_features": 5.0, "kid": 1.0}
        (path / "log.jsonl").write_text(json.dumps(line) + "\n", "utf-8")
        facts = {"features": {"extractor": extractor, "title": "fd", "n": 256}}
        return RunRow(name, path, "done", RunFigures(3), info=facts)

    rows = [
        followed(name, of)
        for name, of in (("own", "handcrafted"), ("a", "handcrafted"), ("b", "random"))
    ]
    view.others.show_rows(rows)
    view.show_run(shown(rows[0]))
    for one in rows[1:]:
        view.others.tick(one.path, True)
    qtbot.waitUntil(lambda: "b</span>" in view.curves.legend.text(), timeout=10_000)
    others = view.curves.others
    assert [others.points(place, "kid") for place in (0, 1)] == [([1], [1]), ([], [])]
    assert others.points(1, "wasserstein_train") == ([1], [1])
