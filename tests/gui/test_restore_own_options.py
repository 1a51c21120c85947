"""The form of options that a plug-in's filter declares itself."""

import pytest
from pydantic import Field

from satstudio.core.recipe import Recipe
from satstudio.gui.pages.restore.options import RestoreOptions
from satstudio.gui.pages.restore.restorers import Choice, filter_choices
from satstudio.restore.baselines import BASELINES, Baseline


class Options(Recipe):
    factor: float = Field(2.0, gt=0, title="Factor")


TIMES = Choice("baseline:times", "Times", (), own=Options.model_json_schema())
LEE = Choice("baseline:lee", "Lee", ("filter_px", "looks"))


@pytest.fixture
def options(qtbot):
    made = RestoreOptions()
    qtbot.addWidget(made)
    return made


def show(options, choice):
    options.show_choice(choice, is_complex=False, bands=1, scenes=1)


def test_own_options_are_a_form_whose_values_are_in_the_recipe(options, qtbot):
    show(options, TIMES)
    assert options.has_any
    assert options.recipe().own == {"factor": 2.0}
    with qtbot.waitSignal(options.changed):
        options.own.set_values({"factor": 5.0})
        options.own.changed.emit()
    assert options.recipe().own == {"factor": 5.0}
    show(options, LEE)
    assert options.recipe().own == {}
    assert options.names == ("filter_px", "looks")


def test_a_filter_of_the_registry_brings_its_schema(monkeypatch):
    made = Baseline("Times", "made", lambda power, own: power, lambda own: 0, own=Options)
    monkeypatch.setattr(BASELINES, "items", lambda: [("times", made)])
    (choice,) = filter_choices()
    assert choice.own["properties"]["factor"]["title"] == "Factor"
