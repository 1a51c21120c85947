"""Sweeps page: plans are listed, runs counted, the table grows, the report opens, it goes on."""

import json
from pathlib import Path

import numpy as np
import pytest
from made_patches import made_patches
from PySide6.QtCore import Qt
from window_made import ChosenFiles, jobs_end, made_window

from satstudio.gui.kit.table import Strong
from satstudio.gui.pages.sweeps.sweep_list import SweepRow, figures_of, sweeps, table_of
from satstudio.metrics.run_figures import figure_card
from satstudio.metrics.sets.distances import REFERENCES

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


def test_runs_that_failed_are_counted_and_their_reason_is_told():
    rows = [
        {"key": "a-0", "row": "a", "seed": 0, "status": "done", "figures": {"f": 1.0}},
        {"key": "a-1", "row": "a", "seed": 1, "status": "failed", "message": "No room.",
         "figures": {"f": None}},
    ]  # fmt: skip
    found = table_of(rows, [figure_card("f")])
    assert found.cells == [("a", "2 (1 failed)", "1")]
    assert found.notes == ("a, seed 1 failed: No room.",)


def test_folders_of_earlier_versions_are_listed_with_their_rows():
    folder = Path(__file__).resolve().parents[1] / "reference" / "plans"
    listed = {row.name: row for row in sweeps(folder)}
    assert {name: len(row.rows) for name, row in listed.items()} == {
        "training": 4, "training_stopped": 1, "by_epoch": 2, "critic": 4, "hadamard": 2,
        "variance": 0,
    }  # fmt: skip
    assert not any(row.problem for row in listed.values())
    table = table_of(listed["training"].rows, figures_of(listed["training"]))
    assert [line[:2] for line in table.cells[:2]] == [("lr 0.001", "2"), ("lr 0.0001", "2")]
    assert listed["by_epoch"].patches == Path("patches")


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


# ---------------------------------------------------------------------------------- titles, errors


def open_file(page, window, qtbot, path, text):
    path.write_text(text, "utf-8")
    window.context.files = ChosenFiles(str(path))
    qtbot.mouseClick(page.form.own, Qt.MouseButton.LeftButton)


def test_plans_are_listed_by_their_titles_at_full_width(page, qtbot):
    page.form.plan.setFocus()
    titles = [page.form.plan.itemText(row) for row in range(page.form.plan.count())]
    assert "Losses and spaces on a DCGAN of 32 px" in titles
    assert not any("/" in title for title in titles)
    qtbot.keyClick(page.form.plan, Qt.Key.Key_F4)
    view = page.form.plan.view()
    longest = max(view.fontMetrics().horizontalAdvance(title) for title in titles)
    assert view.width() >= longest
    qtbot.keyClick(view, Qt.Key.Key_Escape)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ('[base]\nmethod = "dcgan"\n[grid]\nlr = 3\n', "grid.lr: it must be a list"),
        ('gird = 1\n[base]\nmethod = "dcgan"\n', "gird: there is no such key"),
        ('seeds = [1, 1]\n[base]\nmethod = "dcgan"\n', "a seed stands in 'seeds' twice"),
        ('experiment = "nothing"\n', "There is no experiment 'nothing'"),
        (
            'rows = [{lr = 1, label = "a"}, {lr = 2, label = "a"}]\n[base]\n',
            "called alike: a-seed0",
        ),
        ("title = ", "Cannot read"),
        ('title = "x"\n', "is no plan of a sweep"),
    ],
)
def test_a_wrong_plan_is_told_when_it_is_opened(page, window, qtbot, tmp_path, wrong, reason):
    told, before = [], page.form.plan.count()
    window.context.told.connect(lambda text, kind, detail: told.append((kind, text)))
    open_file(page, window, qtbot, tmp_path / "wrong.toml", wrong)
    qtbot.waitUntil(lambda: bool(told), timeout=10_000)
    assert told[0][0] == "error"
    assert reason in told[0][1]
    assert "wrong.toml" in told[0][1]
    assert page.form.plan.count() == before


@pytest.mark.learn
def test_what_only_the_method_knows_is_told_before_the_start(page, window, qtbot, tmp_path):
    open_file(page, window, qtbot, tmp_path / "rates.toml", PLAN.replace("lr =", "rate ="))
    qtbot.waitUntil(lambda: page.form.plan.currentData() == "rates")
    assert page.form.checking.isVisible()
    qtbot.waitUntil(
        lambda: "rate: there is no such key" in page.form.problem.text(), timeout=60_000
    )
    assert "row 1 (rate 0.001): options of dcgan" in page.form.problem.text()
    assert not page.form.start.isEnabled()
    assert not page.form.checking.isVisible()
    open_file(page, window, qtbot, tmp_path / "rates.toml", PLAN)
    qtbot.waitUntil(page.form.start.isEnabled, timeout=10_000)
    qtbot.waitUntil(lambda: not page.form.checking.isVisible(), timeout=60_000)
    assert page.form.why_not() == ""
    large = PLAN.replace('preset = "tiny"', 'preset = "tiny"\noptions = {size = 64}')
    open_file(page, window, qtbot, tmp_path / "rates.toml", large)
    qtbot.waitUntil(lambda: "the network wants 64 px" in page.form.problem.text(), timeout=60_000)
    assert window.context.jobs.tasks == (), "the list of tasks has nothing of it"


def test_the_list_names_the_plan_of_each_sweep(page, window, qtbot, study):
    folder = study / "bench" / "first"
    folder.mkdir(parents=True)
    (folder / "plan.toml").write_text(PLAN, "utf-8")
    window.context.study_changed.emit()
    qtbot.waitUntil(lambda: page.table.rowCount() == 1)
    shown = [page.table.item(0, column).text() for column in range(4)]
    assert shown == ["first", "Two rates", "Stopped", "0"]


def test_a_figure_that_is_not_known_is_judged_as_the_plan_says(tmp_path):
    folder = tmp_path / "bench" / "one"
    folder.mkdir(parents=True)
    plan = PLAN.replace('figures = ["swd"]', 'figures = ["loss_of_mine"]\nbetter = "higher"')
    (folder / "plan.toml").write_text(plan, "utf-8")
    (row,) = sweeps(tmp_path / "bench")
    (card,) = figures_of(row)
    assert card.head == "loss_of_mine \N{UPWARDS ARROW}"
    assert "higher is better" in card.definition
    rows = [
        {"row": name, "status": "done", "figures": {"loss_of_mine": value}}
        for name, values in {"a": (1.0, 1.1), "b": (5.0, 5.1)}.items()
        for value in values
    ]
    assert [isinstance(line[2], Strong) for line in table_of(rows, [card]).cells] == [False, True]


def test_of_a_benchmark_the_best_of_each_set_is_bold():
    rows = [
        {"row": f"{model} on {data}", "set": data, "figures": {"swd": level + step + seed / 100}}
        for data, level in {"easy": 0.0, "hard": 10.0}.items()
        for model, step in {"good": 1.0, "bad": 2.0}.items()
        for seed in (0, 1)
    ]
    found = table_of(rows, [figure_card("swd")])
    assert [(line[0], isinstance(line[2], Strong)) for line in found.cells] == [
        ("good on easy", True), ("bad on easy", False),
        ("good on hard", True), ("bad on hard", False),
    ]  # fmt: skip


def test_figures_are_known_where_the_first_run_failed(tmp_path):
    rows = ({"key": "a", "figures": {}}, {"key": "b", "figures": {"swd": 1.0}})
    assert [card.key for card in figures_of(SweepRow("x", tmp_path, rows=rows))] == ["swd"]


def test_a_sweep_whose_plan_is_nonsense_does_not_empty_the_list(tmp_path):
    for name, grid in (("good", "{lr = [1, 2]}"), ("bad", "3")):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "plan.toml").write_text(f"grid = {grid}\n[base]\n", "utf-8")
    found = {row.name: row.problem for row in sweeps(tmp_path)}
    assert found["good"] == ""
    assert "bad does not say its rows" in found["bad"]


def test_the_names_of_rows_stay_readable_beside_many_figures(page, window, qtbot, study):
    window.resize(1366, 768)
    names = ["swd", "ks_modulus", "spectrum_distance_db", "diversity", "value_w1", "kid",
             "frechet_features", "inception_score", "intensity_moment"]  # fmt: skip
    folder = study / "bench" / "many"
    folder.mkdir(parents=True)
    (folder / "plan.toml").write_text(
        PLAN.replace('["swd"]', json.dumps(names)).replace("1e-3, 1e-4", "1e-3"), "utf-8"
    )
    rows = [
        {"key": f"k{seed}", "row": "lr 0.001", "seed": seed, "status": "done",
         "figures": dict.fromkeys(names, 1.234567 + seed / 100)}
        for seed in (0, 1)
    ]  # fmt: skip
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    window.context.study_changed.emit()
    table = page.sweep.table
    qtbot.waitUntil(lambda: table.rowCount() == 1)
    shown = [c for c in range(table.columnCount()) if not table.isColumnHidden(c)]
    assert len(shown) == 2 + len(names)
    assert table.columnWidth(0) >= table.sizeHintForColumn(0)
