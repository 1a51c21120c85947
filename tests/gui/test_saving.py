"""What exists is replaced only where the user says so: one question a click, in every dialog."""

import pytest
from made import made_complex
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox
from window_made import ChosenFiles, made_window, open_sample

from satstudio.gui.kit.file_dialogs import FileDialogs
from satstudio.gui.kit.saving import Saving, ask_saving, ask_taken
from satstudio.restore.generate.sample_files import files_made

FILTER = "Picture (*.png)"


class Answers:
    """Presses buttons of the questions that come; remembers what they said."""

    def __init__(self, *texts):
        self.left = list(texts)
        self.told = []
        self.timer = QTimer()
        self.timer.setInterval(10)
        self.timer.timeout.connect(self.press)
        self.timer.start()

    def press(self):
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox) and self.left:
            self.told.append(box.text())
            wanted = self.left.pop(0)
            texts = {button.text().replace("&", ""): button for button in box.buttons()}
            texts[wanted].click()


@pytest.fixture
def answers(qtbot):
    made = []

    def make(*texts):
        made.append(Answers(*texts))
        return made[-1]

    yield make
    for one in made:
        one.timer.stop()
        assert one.left == []


class Names:
    """A file dialog whose user chooses these names, one after the other."""

    def __init__(self, *names):
        self.names = list(names)
        self.proposals = []

    def save_file(self, title, proposal, filters):
        self.proposals.append(proposal)
        return str(self.names.pop(0)) if self.names else ""


def test_a_free_name_is_no_reason_to_ask(answers, tmp_path):
    asked = answers()
    saving = ask_saving(Names(tmp_path / "a.png"), "Save", "b.png", FILTER)
    assert saving == Saving(tmp_path / "a.png", overwrite=False)
    assert asked.told == []


def test_a_name_that_is_taken_is_asked_about_once(answers, tmp_path):
    taken = tmp_path / "a.png"
    taken.touch()
    asked = answers("Replace")
    assert ask_saving(Names(taken), "Save", "b.png", FILTER) == Saving(taken, overwrite=True)
    assert asked.told == ["a.png exists already."]


def test_another_name_is_asked_for_from_the_one_that_is_taken(answers, tmp_path):
    taken, free = tmp_path / "a.png", tmp_path / "c.png"
    taken.touch()
    answers("Choose another name")
    names = Names(taken, free)
    assert ask_saving(names, "Save", "b.png", FILTER) == Saving(free, overwrite=False)
    assert names.proposals == ["b.png", str(taken)]


def test_cancel_saves_nothing(answers, tmp_path):
    (tmp_path / "a.png").touch()
    answers("Cancel")
    assert ask_saving(Names(tmp_path / "a.png"), "Save", "b.png", FILTER) is None
    assert ask_saving(Names(), "Save", "b.png", FILTER) is None


def test_files_beside_it_are_asked_about_too_and_a_link_to_nothing(answers, tmp_path):
    (tmp_path / "a.json").touch()
    (tmp_path / "a.npy").symlink_to("nowhere")
    asked = answers("Replace")
    saving = ask_saving(Names(tmp_path / "a.npy"), "Save", "b.npy", "*", files_made)
    assert saving == Saving(tmp_path / "a.npy", overwrite=True)
    assert asked.told == ["a.npy, a.json exist already."]


def test_a_name_that_nobody_was_asked_for_is_asked_about_where_it_is_taken(answers, tmp_path):
    out, free = tmp_path / "m.onnx", tmp_path / "m-2.onnx"
    assert ask_taken(Names(), "Export", out, "*") == Saving(out, overwrite=False)
    out.touch()
    answers("Choose another name", "Replace")
    names = Names(free)
    assert ask_taken(names, "Export", out, "*") == Saving(free, overwrite=False)
    assert names.proposals == [str(free)]
    assert ask_taken(Names(), "Export", out, "*") == Saving(out, overwrite=True)


def test_the_systems_dialog_does_not_ask_a_second_time(monkeypatch, tmp_path):
    seen = []

    def name(parent, title, proposal, filters, options):
        seen.append(options)
        return str(tmp_path / "a"), FILTER

    monkeypatch.setattr(QFileDialog, "getSaveFileName", name)
    dialogs = FileDialogs()
    assert dialogs.save_file("Save", "b.png", FILTER) == str(tmp_path / "a.png")
    assert seen == [QFileDialog.Option.DontConfirmOverwrite]
    (tmp_path / "a").touch()  # not the file that is written: its name has a suffix
    assert ask_saving(dialogs, "Save", "b.png", FILTER) is not None


@pytest.mark.parametrize(("button", "is_replaced"), [("Replace", True), ("Cancel", False)])
def test_a_picture_of_the_view_page(answers, qtbot, tmp_path, button, is_replaced):
    scene, out = made_complex(tmp_path), tmp_path / "mine.png"
    out.write_text("mine", "utf-8")
    with made_window(qtbot, tmp_path / "study") as window:
        open_sample(qtbot, window, scene)
        canvas = window.page_widget("view").canvas
        qtbot.waitUntil(lambda: canvas.missing == 0, timeout=20_000)
        window.context.files = ChosenFiles(str(out))
        asked = answers(button)
        window.context.actions.trigger("file.save_picture")
        window.page_widget("view").pictures.dialog.save.click()
        qtbot.waitUntil(lambda: (out.read_bytes() != b"mine") is is_replaced, timeout=20_000)
        assert asked.told == ["mine.png exists already."]
    assert (out.read_bytes()[:4] == b"\x89PNG") is is_replaced
