"""Sweeps page: plans are listed, runs counted, the table grows, the report opens, it goes on."""

import json

import numpy as np
import pytest
from made_patches import made_patches
from PySide6.QtCore import Qt
from window_made import ChosenFiles, jobs_end, made_window

from satstudio.gui.sweep_list import SweepRow, figures_of, sweeps, table_of
from satstudio.gui.table import Strong
from satstudio.metrics.distances import REFERENCES
from satstudio.metrics.run_figures import figure_card

PLAN = """title = "Two rates"
text = "Which learning rate is better."
seeds = [0, 1]
figures = ["swd"]
[base]
method = "dcgan"
preset = "tiny"
steps = 2
threads = 1
samples = 2
[grid]
lr = [1e-3, 1e-4]
"""


@pytest.fixture
def window(qtbot, study):
    random = np.random.default_rng(0)
    values = (100 + 20 * random.standard_normal((12, 1, 16, 16))).astype(np.float32)
    (study / "patches").mkdir(parents=True)
    made_patches(study / "patches" / "made", size=16, values=values, validation=0)
    with made_window(qtbot, study) as made:
        yield made


@pytest.fixture
def page(window, qtbot):
    window.show_page("sweeps")
    made = window.page_widget("sweeps")
    qtbot.waitUntil(lambda: made.form.plan.count() > 0 and made.form.patches.count() > 0)
    return made


def choose(page, name):
    page.form.plan.setCurrentIndex(page.form.plan.findData(name))


def take_own_plan(page, window, qtbot, tmp_path):
    (tmp_path / "rates.toml").write_text(PLAN, "utf-8")
    window.context.files = ChosenFiles(str(tmp_path / "rates.toml"))
    qtbot.mouseClick(page.form.own, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.form.plan.currentData() == "rates")


def test_a_plan_says_what_it_is_and_how_many_trainings_it_makes(page):
    choose(page, "nss/losses")
    assert "Eight methods" in page.form.text.text()
    assert "8 rows, 3 seeds: 24 trainings" in page.form.count.text()
    page.form.form.set_values({"seeds": 5})
    page.form.form.changed.emit()
    assert "40 trainings" in page.form.count.text()
    assert page.form.name.text() == "nss-losses"
    assert page.form.why_not() == ""


def test_a_plan_that_makes_its_own_data_wants_no_patches(page):
    choose(page, "nss/hadamard")
    assert not page.form.patches.isEnabled()
    assert page.form.set_path is None
    assert page.form.start.isEnabled()


def test_what_cannot_start_says_why(page):
    choose(page, "nss/losses")
    page.form.form.field("seeds").widget.setText("0")
    assert "Seeds" in page.form.problem.text()
    page.form.form.field("seeds").widget.setText("3")
    page.form.name.setText("a/b")
    page.form.name.textEdited.emit("a/b")
    assert "A name has none of" in page.form.problem.text()
    assert not page.form.start.isEnabled()


def test_networks_for_fid_and_is_are_chosen_in_the_form(page, tmp_path):
    choose(page, "nss/table4-celeba")
    page.form.form.field("extractor").widget.setText(str(tmp_path / "fid.onnx"))
    page.form.form.field("classifier").widget.setText(str(tmp_path / "classes.onnx"))
    assert page.form.why_not() == ""
    plan = page.form.chosen_plan()
    assert plan["extractor"] == str(tmp_path / "fid.onnx")
    assert plan["classifier"] == str(tmp_path / "classes.onnx")
    choose(page, "nss/hadamard")
    assert "takes no networks" in page.form.problem.text()
    assert not page.form.start.isEnabled()


@pytest.mark.learn
@pytest.mark.slow
def test_a_sweep_is_carried_out_watched_and_its_report_opened(
    page, window, qtbot, study, tmp_path, monkeypatch
):
    take_own_plan(page, window, qtbot, tmp_path)
    qtbot.mouseClick(page.form.start, Qt.MouseButton.LeftButton)
    view = page.sweep
    qtbot.waitUntil(lambda: view.table.rowCount() > 0, timeout=60_000)
    assert view.row.path == study / "bench" / "rates"
    assert view.stop.isEnabled()
    jobs_end(qtbot, window.context)
    qtbot.waitUntil(view.report.isEnabled)
    cells = [[view.table.item(r, c).text() for c in range(3)] for r in range(2)]
    groups = json.loads((study / "bench/rates/report.json").read_text("utf-8"))["groups"]
    assert [cell[:2] for cell in cells] == [["lr 0.001", "2"], ["lr 0.0001", "2"]]
    assert cells[0][2].startswith(f"{groups[0]['figures']['swd']['mean']:.1f}"[:-1])
    assert view.table.horizontalHeaderItem(2).text() == "SWD (std. dev.) \N{DOWNWARDS ARROW}"
    assert "Sliced Wasserstein" in view.table.horizontalHeaderItem(2).toolTip()
    assert [view.table.item(r, 0).text() for r in range(2, 5)] == list(REFERENCES.values())
    is_bold = [view.table.item(r, 2).font().bold() for r in range(2)]
    assert any(is_bold) != ("not distinguishable" in view.note.text())
    shown = []
    monkeypatch.setattr(window.context, "show_file", shown.append)
    qtbot.mouseClick(view.report, Qt.MouseButton.LeftButton)
    assert shown == [study / "bench/rates/report.html"]
    assert page.form.name.text() == "rates-2", "a free name is proposed next"


@pytest.mark.learn
@pytest.mark.slow
def test_a_stopped_sweep_goes_on(page, window, qtbot, study, tmp_path):
    take_own_plan(page, window, qtbot, tmp_path)
    page.form.form.field("steps").widget.setText("60")
    qtbot.mouseClick(page.form.start, Qt.MouseButton.LeftButton)
    view = page.sweep
    qtbot.waitUntil(lambda: view.table.rowCount() > 0, timeout=60_000)
    qtbot.mouseClick(view.stop, Qt.MouseButton.LeftButton)
    jobs_end(qtbot, window.context)
    qtbot.waitUntil(view.go_on.isEnabled)
    done = len(sweeps(study / "bench")[0].rows)
    assert 0 < done < 4
    qtbot.mouseClick(view.go_on, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(view.report.isEnabled, timeout=120_000)
    jobs_end(qtbot, window.context)
    assert len(sweeps(study / "bench")[0].rows) == 4


def test_the_table_holds_mean_spread_and_lost_runs():
    rows = [
        {"row": "a", "status": "done", "figures": {"f": 1.0}},
        {"row": "a", "status": "diverged", "figures": {"f": None}},
        {"row": "b", "status": "done", "figures": {"f": 2.0}},
        {"row": "b", "status": "done", "figures": {"f": 4.0}},
        {"key": "other"},
    ]
    assert table_of(rows, [figure_card("f")]).cells == [
        ("a", "2 (1 diverged)", "1"),
        ("b", "2", "3.0 ± 1.4"),
        ("other", "1", "\N{EN DASH}"),
    ]


def diverse(**values):
    return [
        {"row": name, "status": "done", "figures": {"diversity": value}, "beside": {}}
        for name, both in values.items()
        for value in both
    ]


def test_the_best_in_bold_is_never_the_collapsed_one():
    card = figure_card("diversity")
    found = table_of(diverse(collapsed=(0.1, 0.12), right=(0.9, 0.95), wild=(1.6, 1.7)), [card])
    assert [isinstance(line[2], Strong) for line in found.cells] == [False, True, False]
    assert found.notes == ()
    near = table_of(diverse(collapsed=(0.1, 0.12), right=(0.8, 0.95), other=(0.85, 0.95)), [card])
    assert not any(isinstance(line[2], Strong) for line in near.cells)
    assert "not distinguishable from right" in near.notes[0]


def test_real_patches_and_gaussian_fields_stand_below():
    rows = [{"row": "a", "figures": {"swd": 0.3}, "beside": {"swd_floor": 0.02, "swd_white": 0.2}}]
    lines = table_of(rows, [figure_card("swd")]).cells
    assert lines[1:] == [
        (REFERENCES["_floor"], "", "0.02"),
        (REFERENCES["_white"], "", "0.2"),
    ]


def test_a_damaged_sweep_is_listed_with_the_reason(tmp_path):
    folder = tmp_path / "bench" / "one"
    folder.mkdir(parents=True)
    (folder / "plan.toml").write_text("title = ", "utf-8")
    (row,) = sweeps(tmp_path / "bench")
    assert "Cannot read" in row.problem
    assert figures_of(row) == ()
    (card,) = figures_of(SweepRow("x", tmp_path, rows=({"figures": {"a": 1}},)))
    assert card.key == "a"
