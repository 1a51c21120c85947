import json

import pytest
from window_made import made_window

from satstudio.gui.run_view import RunView
from satstudio.gui.study import RunRow
from satstudio.jobs.job import Event


@pytest.fixture
def view(qtbot, study):
    with made_window(qtbot, study) as window:
        made = RunView(window.context)
        qtbot.addWidget(made)
        yield made


def row(path, *remarks):
    return RunRow("one", path, "done", 3, info={"remarks": list(remarks)})


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
    return RunRow(name, path, "done", 3)


def test_ticked_runs_are_drawn_beside_the_chosen_one(view, tmp_path, qtbot):
    one, two, three = (made_run(tmp_path, name, slope) for slope, name in enumerate("abc", 1))
    view.others.show_rows([one, two, three])
    view.show_run(one)
    view.others._menu.aboutToShow.emit()
    assert [action.text() for action in view.others._menu.actions()] == ["b", "c"]
    for action in view.others._menu.actions():
        action.trigger()
    qtbot.waitUntil(lambda: "c</span>" in view.curves.legend.text(), timeout=10_000)
    assert view.curves.others.points(1, "wasserstein_train") == ([1, 2, 3], [3, 6, 9])
    view.show_run(three)
    qtbot.waitUntil(lambda: "c</span>" not in view.curves.legend.text(), timeout=10_000)
    assert "b</span>" in view.curves.legend.text()
    view.others.tick(two.path, False)
    qtbot.waitUntil(view.curves.legend.isHidden, timeout=10_000)


def test_pictures_of_steps_that_were_undone_leave_the_slider(view, tmp_path, qtbot):
    view.show_run(row(tmp_path))

    def tell(name, **fields):
        view._on_event(Event(name, "job", fields=fields))

    def drawn(step):
        tell("preview", step=step, path=str(tmp_path / f"step-{step:09d}.png"))

    for step in (100, 200, 300):
        drawn(step)
    assert view.slider.maximum() == 2
    tell("went_back", step=150)
    assert (view.slider.maximum(), view.slider.isEnabled()) == (0, False)
    drawn(180)
    assert view.slider.maximum() == 1
    drawn(120)  # of a run that goes on from an earlier checkpoint
    assert [path.stem[-3:] for path in view._previews] == ["100", "120"]


def test_distances_of_other_features_are_not_drawn_together(view, tmp_path, qtbot):
    def followed(name, extractor):
        path = tmp_path / name
        path.mkdir()
        line = {"step": 1, "wasserstein_train": 1.0, "frechet_features": 5.0, "kid": 1.0}
        (path / "log.jsonl").write_text(json.dumps(line) + "\n", "utf-8")
        facts = {"features": {"extractor": extractor, "title": "fd", "n": 256}}
        return RunRow(name, path, "done", 3, info=facts)

    rows = [followed(name, of) for name, of in (("own", "hand"), ("a", "hand"), ("b", "random"))]
    view.others.show_rows(rows)
    view.show_run(rows[0])
    for one in rows[1:]:
        view.others.tick(one.path, True)
    qtbot.waitUntil(lambda: "b</span>" in view.curves.legend.text(), timeout=10_000)
    others = view.curves.others
    assert [others.points(place, "kid") for place in (0, 1)] == [([1], [1]), ([], [])]
    assert others.points(1, "wasserstein_train") == ([1], [1])
