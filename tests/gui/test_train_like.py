"""The form of a run that is made like another, with a catalogue of one method."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from satstudio.gui.kit.study import SetRow
from satstudio.gui.pages.train.form import TrainForm
from satstudio.jobs.again import RunChoices
from satstudio.jobs.catalogue import Catalogue, MethodEntry, Preset

WHOLE = {"type": "integer", "title": "Steps", "default": 100}
RATE = {"type": "number", "title": "Learning rate", "default": 0.001}
RECIPE = {"method": "gan", "preset": "small", "steps": 70, "options": {"lr": 0.02}}


@pytest.fixture
def form(qtbot):
    made = TrainForm()
    qtbot.addWidget(made)
    presets = tuple(
        Preset(name=name, description=f"For {name} data. More.", values={"options": {"lr": 0.5}})
        for name in ("big", "small")
    )
    method = MethodEntry(
        name="gan", title="GAN", options={"properties": {"lr": RATE}}, presets=presets
    )
    made.show_catalogue(Catalogue(train={"properties": {"steps": WHOLE}}, methods=(method,)))
    made.show_sets([SetRow(name, Path("/sets", name), 16, 9) for name in ("other", "coast")])
    made.show_runs(["coast-small-2", "coast-small"])
    made.show()
    return made


def like(form, **changes):
    form.show_like(RunChoices(Path("/runs/coast-small-2"), RECIPE | changes, Path("/sets/coast")))


def bold(form, name):
    return form._rows[name][0].font().bold()


def test_all_choices_patches_and_a_free_name_are_taken_over(form):
    like(form)
    assert form.recipe() == RECIPE
    assert form.set_path == Path("/sets/coast")
    assert form.run_name == "coast-small-3"
    assert form.like.isVisible()
    assert "Nothing differs" in form.like.text.text()
    assert form.why_not() == ""


def test_what_is_changed_is_listed_and_stands_out(form, qtbot):
    like(form)
    field = form.options.field("lr").widget
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "0.03")
    assert form.like.text.text() == "Learning rate: 0.02 \N{RIGHTWARDS ARROW} 0.03"
    assert (bold(form.options, "lr"), bold(form.form, "steps")) == (True, False)
    form.patches.setCurrentIndex(0)
    assert "Patches: coast \N{RIGHTWARDS ARROW} other" in form.like.text.text()
    form.patches.setCurrentIndex(1)
    field.selectAll()
    qtbot.keyClicks(field, "2e-2")
    assert "Nothing differs" in form.like.text.text()
    assert not bold(form.options, "lr")


def test_the_other_run_can_be_forgotten_and_the_values_stay(form, qtbot):
    like(form)
    form.options.field("lr").widget.setText("0.03")
    qtbot.mouseClick(form.like.forget, Qt.MouseButton.LeftButton)
    assert not form.like.isVisible()
    assert form.recipe()["options"] == {"lr": 0.03}
    assert not bold(form.options, "lr")
    assert form.run_name == "coast-small-3", "named after patches and preset"


def test_a_run_without_preset_and_with_lost_patches_says_so(form):
    recipe = {"method": "gan", "steps": 5, "options": {"lr": 0.1, "old": 3}}
    form.show_like(RunChoices(Path("/runs/first"), recipe, Path("/sets/gone")))
    assert "preset" not in form.recipe()
    assert "patches have gone" in form.like.remark.text()
    assert "Not known any more: old" in form.like.remark.text()
    assert form.run_name == "first"


def test_a_preset_says_what_it_is_for(form):
    form.preset.setCurrentIndex(1)
    assert form.preset_note.text() == "For small data."
    assert "For small data. More." in form.preset.toolTip()
    assert form.preset.itemData(0, Qt.ItemDataRole.ToolTipRole) == "For big data. More."
