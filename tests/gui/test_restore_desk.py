from pathlib import Path

import pytest
from made_models import made_restorer

from satstudio.core.grid import Window
from satstudio.core.paths import resources_folder
from satstudio.gui.pages.restore.desk import RestoreDesk
from satstudio.restore.recipe import RestoreRecipe

SCENE = str(resources_folder() / "demo/sample_slc.tif")
RECIPE = RestoreRecipe(window=Window(0, 0, 64, 64))


@pytest.fixture
def desk(qtbot):
    made = RestoreDesk()
    made.told = []
    made.answered.connect(lambda kind, fields: made.told.append((kind, fields)))
    yield made
    made.close()


def wait_told(desk, qtbot, count=1):
    qtbot.waitUntil(lambda: len(desk.told) >= count, timeout=30_000)


def test_every_kind_of_question_is_answered(desk, qtbot, tmp_path):
    model = made_restorer(tmp_path / "a.onnx", "despeckle")
    desk.ask_cards([model])
    desk.ask_check([SCENE], str(model), RECIPE)
    desk.ask_preview(SCENE, str(model), RECIPE)
    desk.ask_estimate(((SCENE,), str(model), RECIPE), tmp_path / "not" / "there")
    assert desk.is_waiting("preview")
    wait_told(desk, qtbot, 4)
    assert sorted(kind for kind, _ in desk.told) == ["cards", "check", "estimate", "preview"]
    assert not desk.is_waiting("preview")
    fields = dict(desk.told)["estimate"]
    assert fields["free"] > 0


def test_only_the_newest_question_of_a_kind_is_answered(desk, qtbot):
    for name in ("boxcar", "lee", "identity"):
        desk.ask_preview(SCENE, f"baseline:{name}", RECIPE)
    wait_told(desk, qtbot)
    desk.ask_check([SCENE], "baseline:lee", RECIPE)
    wait_told(desk, qtbot, 2)
    assert [fields.get("quantity") for _, fields in desk.told] == ["complex", None]


def test_what_is_forgotten_is_not_told(desk, qtbot):
    desk.ask_check([SCENE], "baseline:lee", RECIPE)
    desk.forget("check")
    desk.ask_preview(SCENE, "baseline:lee", RECIPE)
    wait_told(desk, qtbot)
    assert [kind for kind, _ in desk.told] == ["preview"]


def test_an_idle_process_ends_and_the_next_question_starts_another(desk, qtbot):
    desk.ask_check([SCENE], "baseline:lee", RECIPE)
    wait_told(desk, qtbot)
    first = desk.pid
    desk.rest()
    qtbot.waitUntil(lambda: desk._runner is None, timeout=20_000)
    desk.ask_check([SCENE], "baseline:boxcar", RECIPE)
    wait_told(desk, qtbot, 2)
    assert desk.pid != first


def test_a_question_that_meets_the_end_of_an_idle_process_is_asked_again(desk, qtbot):
    desk.ask_check([SCENE], "baseline:lee", RECIPE)
    wait_told(desk, qtbot)
    desk.rest()
    desk.ask_check([SCENE], "baseline:boxcar", RECIPE)
    wait_told(desk, qtbot, 2)
    assert "sentence" not in desk.told[1][1]


def test_a_question_is_answered_by_a_new_process_after_a_release(desk, qtbot):
    desk.ask_check([SCENE], "baseline:lee", RECIPE)
    wait_told(desk, qtbot)
    first = desk.pid
    desk.release()
    desk.ask_preview(SCENE, "baseline:lee", RECIPE)
    wait_told(desk, qtbot, 2)
    kind, fields = desk.told[1]
    assert kind == "preview"
    assert "sentence" not in fields
    assert desk.pid != first
    assert Path(fields["path"]).is_file()


def test_pixels_that_nobody_wants_are_deleted(desk, qtbot):
    desk.ask_preview(SCENE, "baseline:lee", RECIPE)
    desk.forget("preview")
    desk.ask_check([SCENE], "baseline:lee", RECIPE)
    desk.ask_estimate(((SCENE,), "baseline:lee", RECIPE), Path.cwd())
    wait_told(desk, qtbot, 2)
    assert list(desk.folder.iterdir()) == []


def test_a_process_that_dies_at_work_is_told(desk, qtbot):
    desk.ask_check([SCENE], "baseline:lee", RECIPE)
    qtbot.waitUntil(lambda: desk.pid is not None, timeout=20_000)
    desk._runner.kill()
    wait_told(desk, qtbot)
    kind, fields = desk.told[0]
    assert kind == "check"
    assert fields["sentence"]


def test_nothing_is_left_after_the_end(desk, qtbot):
    desk.ask_preview(SCENE, "baseline:lee", RECIPE)
    wait_told(desk, qtbot)
    folder = desk.folder
    assert folder.is_dir()
    desk.close()
    assert not folder.exists()
    desk.ask_preview(SCENE, "baseline:lee", RECIPE)
    assert desk.pid is None
