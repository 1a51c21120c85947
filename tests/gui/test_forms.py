import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QToolButton

from satstudio.core.recipe import Recipe
from satstudio.core.settings import Settings
from satstudio.gui.forms.fields import shown_number
from satstudio.gui.forms.form import Form
from satstudio.gui.kit.path_field import PathLine
from satstudio.learn.method import METHODS
from satstudio.learn.setup.recipe import TrainRecipe
from satstudio.patches.positions import PatchRecipe
from satstudio.restore.generate.samples import SampleRecipe


class Adam(Recipe):
    """Nested choices."""

    lr: float = Field(3e-5, gt=0, le=1, title="Learning rate", description="Size of a step")
    betas: tuple[float, float] = (0.5, 0.9)


class Example(Recipe):
    """One field of each kind."""

    side: int = Field(64, ge=8, le=512, multiple_of=8, title="Side (px)")
    count: int | None = Field(None, ge=1, title="Count")
    is_complex: bool = True
    kind: str = Field("torch", pattern="^(torch|he)$")
    bands: tuple[int, ...] = ()
    adam: Adam = Adam()


@pytest.fixture
def form(qtbot):
    made = Form(Example.model_json_schema())
    qtbot.addWidget(made)
    return made


@pytest.mark.parametrize("recipe", [Example, PatchRecipe, SampleRecipe, Settings])
def test_an_untouched_form_gives_the_recipes_defaults(qtbot, recipe):
    form = Form(recipe.model_json_schema())
    qtbot.addWidget(form)
    assert recipe.build(form.values()) == recipe()
    assert form.problem() == ""


def test_a_number_that_may_be_a_word_takes_both(qtbot):
    form = Form(METHODS["dcgan"].options.model_json_schema())
    qtbot.addWidget(form)
    field = form.field("sigma")
    assert (field.value(), field.widget.text()) == ("fit", "fit")
    for text, value, problem in [
        ("0.15", 0.15, ""),
        ("0,15", 0.15, ""),
        ("Fit", "fit", ""),
        ("fits", None, "This is not a number. Or write fit."),
        ("", None, "A number is needed."),
        ("101", 101.0, "This must be at most 100."),
    ]:
        field.widget.setText(text)
        assert (field.value(), form.problem().partition(": ")[2]) == (value, problem), text


def test_a_small_learning_rate_is_shown_as_it_is(form):
    edit = form.field("adam.lr").widget
    assert isinstance(edit, QLineEdit)
    assert edit.text() == "3e-5"
    assert form.values()["adam"]["lr"] == 3e-5


@given(st.floats(min_value=1e-12, max_value=1e12, allow_nan=False))
def test_a_number_is_read_again_as_it_was_shown(number):
    assert float(shown_number(number)) == number


def test_typed_values_come_back(form, qtbot):
    edit = form.field("adam.lr").widget
    edit.selectAll()
    with qtbot.waitSignal(form.changed):
        qtbot.keyClicks(edit, "2.5e-4")
    assert form.values()["adam"]["lr"] == 2.5e-4
    assert Example.build(form.values()).adam.lr == 2.5e-4


def test_an_empty_line_is_none_where_that_is_allowed(form):
    assert form.values()["count"] is None
    form.field("count").widget.setText("12")
    assert form.values()["count"] == 12
    form.field("count").widget.clear()
    assert form.values()["count"] is None
    assert form.problem() == ""


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("side", "4", "at least 8"),
        ("side", "1000", "at most 512"),
        ("side", "20", "multiple of 8"),
        ("side", "3.5", "whole number"),
        ("side", "", "number is needed"),
        ("adam.lr", "0", "more than 0"),
        ("adam.lr", "abc", "not a number"),
        ("bands", "0, x", "between commas"),
        ("kind", "other", "must look like"),
    ],
)
def test_what_is_wrong_stands_under_its_field(form, name, text, sentence):
    form.field(name).widget.setText(text)
    assert sentence in form.problem()
    form.reset()
    assert form.problem() == ""


def test_units_stand_beside_fields_and_meanings_in_tooltips(form):
    tip = form.field("side").widget.toolTip()
    assert "from 8" in tip
    assert "to 512" in tip
    assert "Key: side" in tip
    assert "Size of a step" in form.field("adam.lr").widget.toolTip()
    assert form.field("side").widget.accessibleName() == "Side"


def test_literals_are_a_list_to_choose_from(qtbot):
    form = Form(PatchRecipe.model_json_schema())
    qtbot.addWidget(form)
    box = form.field("scaling").widget
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(box.findData("linear"))
    assert form.values()["scaling"] == "linear"


def test_hidden_values_are_given_back_unchanged(qtbot):
    form = Form(Example.model_json_schema(), hidden=("side",))
    qtbot.addWidget(form)
    form.set_values({"side": 128})
    assert form.values()["side"] == 128


def test_tab_walks_through_the_fields_in_their_order(form, qtbot):
    with qtbot.waitActive(form):
        form.show()
        form.activateWindow()
    form.field("side").widget.setFocus()
    qtbot.keyClick(form.field("side").widget, Qt.Key.Key_Tab)
    assert form.field("count").widget.hasFocus()


def test_a_later_check_can_name_a_nested_field(form):
    form.show_problem("adam.lr", "Too large for this method.")
    assert not form._groups["adam"]._problems["lr"].isHidden()


def test_a_choice_that_another_takes_away_is_set_locked_and_explained(qtbot):
    made = Form(METHODS["complex_dcgan"].options.model_json_schema())
    qtbot.addWidget(made)
    made.show()
    made.set_values({"loss": "wgan", "head": "abs"})
    assert made.field("head").widget.isEnabled()
    loss = made.field("loss").widget
    loss.setFocus()
    qtbot.keyClick(loss, Qt.Key.Key_Home)
    assert made.values()["loss"] == "gan"
    assert made.values()["head"] == "real"
    assert not made.field("head").widget.isEnabled()
    assert any("both signs" in one.text() and one.isVisible() for one in made.findChildren(QLabel))
    qtbot.keyClick(loss, Qt.Key.Key_W)
    assert made.values()["loss"] == "wgan"
    assert made.field("head").widget.isEnabled()


def test_a_field_for_a_file_takes_what_is_chosen_or_typed(qtbot):
    form = Form(TrainRecipe.model_json_schema(), hidden=("method", "preset", "options"))
    qtbot.addWidget(form)
    form.show()
    line = form.field("features").widget
    assert isinstance(line, PathLine)
    assert line.placeholderText() == "none"
    assert form.values()["features"] is None
    asked = []

    class Dialogs:
        def open_files(self, title, filters):
            asked.append(filters)
            return ["/somewhere/inception.onnx"] if len(asked) == 1 else []

    line.dialogs = Dialogs()
    (button,) = line.findChildren(QToolButton)
    for _ in range(2):  # the second time the dialog is closed
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert form.values()["features"] == "/somewhere/inception.onnx"
    assert asked[0].startswith("Feature networks (*.onnx);;")
    line.selectAll()
    qtbot.keyClicks(line, "handcrafted")
    assert form.values()["features"] == "handcrafted"
    line.clear()
    assert form.values()["features"] is None
