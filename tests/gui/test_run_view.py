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
