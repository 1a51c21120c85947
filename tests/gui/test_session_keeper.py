import subprocess
import sys

from made import made_slc
from PySide6.QtCore import QSysInfo
from PySide6.QtWidgets import QMessageBox
from window_made import made_window, open_sample

from satstudio.core.paths import state_folder
from satstudio.gui.shell.app import start
from satstudio.gui.shell.session_keeper import LOCK
from satstudio.session.autosave import autosave_file, restore_session, save_session
from satstudio.session.session import Session


def test_what_was_open_comes_back_at_the_next_start(qtbot, study, tmp_path):
    path = made_slc(tmp_path)
    with made_window(qtbot, study) as window:
        open_sample(qtbot, window, path)
        style = window.context.scenes.style(str(path)).changed(gamma=1.7)
        store = window.context.store
        store.replace(store.session.styled(style), text="Gamma")
        window.close()
    with made_window(qtbot, study) as again:
        start(again, [], demo=False)
        store = again.context.store
        qtbot.waitUntil(lambda: store.session.addresses == (str(path),), timeout=20_000)
        assert store.session.layer.style.gamma == 1.7
        qtbot.waitUntil(lambda: again.context.scenes.scene(str(path)) is not None, timeout=20_000)


def test_files_named_at_the_start_come_instead_of_the_last_session(qtbot, study, tmp_path):
    first, other = made_slc(tmp_path, name="first.tif"), made_slc(tmp_path, name="other.tif")
    with made_window(qtbot, study) as window:
        open_sample(qtbot, window, first)
        window.close()
    with made_window(qtbot, study) as again:
        start(again, [str(other)], demo=False)
        store = again.context.store
        qtbot.waitUntil(lambda: store.session.layer is not None, timeout=20_000)
        assert store.session.addresses == (str(other),)


def test_the_session_is_written_while_one_works(qtbot, study, tmp_path):
    path = made_slc(tmp_path)
    with made_window(qtbot, study) as window:
        open_sample(qtbot, window, path)
        qtbot.waitUntil(autosave_file().is_file, timeout=20_000)
        assert restore_session().session.addresses == (str(path),)


def test_a_scene_that_is_gone_is_left_out_and_named(qtbot, study, tmp_path):
    path = made_slc(tmp_path)
    with made_window(qtbot, study) as window:
        open_sample(qtbot, window, path)
        window.close()
    path.unlink()
    with made_window(qtbot, study) as again:
        said = []
        again.context.told.connect(lambda text, kind, detail: said.append(text))
        start(again, [], demo=False)
        qtbot.waitUntil(lambda: any(path.name in text for text in said), timeout=20_000)
        assert again.context.store.session.layer is None


def leave_as_a_crash_does(path):
    """Write what a killed program leaves: its session, and a lock of a process that is gone."""
    save_session(Session().opened(str(path)))
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], check=True,
                          capture_output=True, text=True).stdout.strip()  # fmt: skip
    name = QSysInfo.machineHostName()
    (state_folder() / LOCK).write_text(f"{gone}\npython3\n{name}\n\n\n", "utf-8")


def test_after_a_crash_the_last_session_is_offered(qtbot, study, tmp_path):
    path = made_slc(tmp_path)
    leave_as_a_crash_does(path)
    with made_window(qtbot, study) as window:
        start(window, [], demo=False)
        assert window.keeper.question.isVisible()
        assert window.context.store.session.layers == ()
        window.keeper.question.button(QMessageBox.StandardButton.Yes).click()
        store = window.context.store
        qtbot.waitUntil(lambda: store.session.addresses == (str(path),), timeout=20_000)


def test_no_to_the_offer_starts_empty(qtbot, study, tmp_path):
    leave_as_a_crash_does(made_slc(tmp_path))
    with made_window(qtbot, study) as window:
        start(window, [], demo=False)
        window.keeper.question.button(QMessageBox.StandardButton.No).click()
        assert window.context.store.session.layers == ()
        assert not window.keeper.question.isVisible()


def test_a_second_window_leaves_the_session_to_the_first(qtbot, study, tmp_path):
    path = made_slc(tmp_path)
    with made_window(qtbot, study) as first:
        open_sample(qtbot, first, path)
        first.keeper.save()
        with made_window(qtbot, study) as second:
            start(second, [], demo=False)
            assert second.keeper.question is None
            second.close()
        assert restore_session().session.addresses == (str(path),)
