"""Ports: what an input or output holds, said once; data that do not fit are refused in words."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from satstudio.core.port import BoundPort, Port, unfit
from satstudio.core.scaling import Scaling

UNIT = Scaling(kind="unit_power", gain=2.0)


def bound(role="input", **fields):
    return BoundPort.model_validate({"role": role, "bands": 1, "dtype": "float32", **fields})


@pytest.mark.parametrize(
    ("declared", "found", "reason"),
    [
        ({"bands": 2}, {}, "needs 2 bands, not 1"),
        ({"bands": ("B4", "B3")}, {}, "needs 2 bands, not 1"),
        ({"dtype": "complex64"}, {}, "needs complex samples, not real values"),
        ({"quantity": "sigma0"}, {"quantity": "db"}, "needs sigma0, not db"),
        ({"frames": (2, None)}, {}, "needs 2 or more frames, not 1"),
        ({"frames": (1, 3)}, {"frames": (1, 5)}, "needs 1 to 3 frames, not 1 to 5"),
        ({"frames": (1, 3)}, {"frames": (1, None)}, "needs 1 to 3 frames, not 1 or more"),
    ],
)
def test_data_that_a_port_does_not_take_are_refused_by_a_sentence(declared, found, reason):
    port = Port.model_validate({"role": "input", **declared})
    assert reason in port.unfit(bound(**found))
    assert reason in unfit([port], [bound(**found)])


def test_sizes_are_compared_with_those_of_the_first_port():
    declared = [Port(role="low"), Port(role="target", ratio="3")]
    low, fine = bound("low"), bound("target", ratio="3")
    assert unfit(declared, [low, fine]) == ""
    assert "needs 3 pixels for one of" in unfit(declared, [low, bound("target")])


def test_what_is_left_open_fits_anything():
    port = Port(role="input", ratio=None, frames=(1, None))
    assert port.unfit(bound(bands=13, ratio="500/160", frames=(1, 9), quantity="db")) == ""
    assert Port(role="input", quantity="db").unfit(bound()) == ""  # the data do not say


def test_a_missing_port_is_named_unless_it_is_optional():
    has = [bound("sar"), bound("extra")]
    assert unfit([Port(role="sar")], has) == ""
    assert "no port 'optical'; there is sar, extra" in unfit([Port(role="optical")], has)
    assert unfit([Port(role="optical", optional=True)], has) == ""
    assert "there is none" in unfit([Port(role="optical")], [])


@pytest.mark.parametrize(
    "fields",
    [
        {"role": "Input"},
        {"role": ""},
        {"role": "a", "bands": 0},
        {"role": "a", "bands": ()},
        {"role": "a", "bands": 65_536},
        {"role": "a", "frames": (0, 1)},
        {"role": "a", "frames": (3, 2)},
        {"role": "a", "ratio": "0"},
        {"role": "a", "ratio": "1/0"},
        {"role": "a", "ratio": "1.5"},
        {"role": "a", "mask_of": "a"},
    ],
)
def test_a_port_that_makes_no_sense_is_refused(fields):
    with pytest.raises(ValidationError):
        Port.model_validate(fields)


@given(st.integers(1, 999_999), st.integers(1, 999_999))
def test_a_ratio_is_a_fraction_and_survives_writing(above, below):
    port = bound(ratio=f"{above}/{below}", scaling=UNIT, dates=("2026-01-01",))
    assert port.scale == Fraction(above, below)
    assert BoundPort.model_validate_json(port.model_dump_json()) == port
