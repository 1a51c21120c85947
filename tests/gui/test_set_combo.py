"""The list of patch sets offers those that have what a method learns from."""

from pathlib import Path

from satstudio.core.port import BoundPort, Port
from satstudio.gui.forms.set_combo import SetCombo
from satstudio.gui.kit.study import SetRow

SCALING = {"kind": "linear"}
INPUT = BoundPort(role="input", bands=("b",), dtype="float32", scaling=SCALING)
TARGET = BoundPort(role="target", bands=("b",), dtype="float32", ratio="3", scaling=SCALING)
WANTED = (Port(role="input"), Port(role="target", ratio="3"))


def rows():
    return [
        SetRow("plain", Path("plain"), 32, 9, 3, ports=(INPUT,)),
        SetRow("pairs", Path("pairs"), 32, 9, 3, ports=(INPUT, TARGET)),
    ]


def test_only_sets_with_the_roles_of_a_method_can_be_chosen(qtbot):
    combo = SetCombo("Patches", "")
    qtbot.addWidget(combo)
    combo.show_sets(rows())
    assert combo.path == Path("plain")
    combo.offer(WANTED)
    assert combo.path == Path("pairs")
    assert not combo.reason
    assert [combo.model().item(row).isEnabled() for row in (0, 1)] == [False, True]
    assert "no port 'target'" in combo.model().item(0).toolTip()


def test_a_method_that_learns_from_pairs_is_offered_pairs(qtbot):
    combo = SetCombo("Patches", "")
    qtbot.addWidget(combo)
    apart = SetRow("apart", Path("apart"), 32, 9, 3, ports=(INPUT, TARGET), is_paired=False)
    combo.show_sets([apart, *rows()])
    combo.offer(WANTED)
    assert combo.path == Path("apart")
    combo.offer(WANTED, needs_pairs=True)
    assert combo.path == Path("pairs")
    assert "learns from pairs" in combo.model().item(0).toolTip()


def test_where_no_set_fits_it_tells_why(qtbot):
    combo = SetCombo("Patches", "")
    qtbot.addWidget(combo)
    combo.offer(WANTED)
    assert not combo.reason
    combo.show_sets(rows()[:1])
    assert combo.path is None
    assert combo.reason.startswith("No patch set serves this method. Of ")
    assert combo.reason.endswith(": There is no port 'target'; there is input.")
    combo.choose(Path("plain"))
    assert combo.reason == "There is no port 'target'; there is input."
