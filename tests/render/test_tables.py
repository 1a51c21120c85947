import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import floats

from satstudio.render.paint import phase_pixels
from satstudio.render.tables import (
    RATIOS,
    hsv_colours,
    phase_turns,
    power_at,
    power_steps,
    power_value,
    stretched,
)

CODES = np.arange(8 * RATIOS, dtype=np.uint32)


def phase_codes(z):
    """The code that the fast road gives a sample: it looks up a table of the codes themselves."""
    return phase_pixels(np.ascontiguousarray(z, np.complex64), CODES)


def test_every_phase_code_stands_for_the_phase_it_is_given_to():
    z = np.exp(2j * np.pi * phase_turns())
    turned = phase_turns()[phase_codes(z)]
    apart = np.abs((turned - phase_turns() + 0.5) % 1 - 0.5)
    assert apart.max() < 1e-9  # the two codes of an axis or a diagonal are the same phase


def test_no_phase_is_further_than_0_15_degrees_from_its_code():
    turns = np.random.default_rng(0).random(2**20)
    coded = phase_turns()[phase_codes(np.exp(2j * np.pi * turns))]
    apart_deg = 360 * np.abs((coded - turns + 0.5) % 1 - 0.5)
    assert apart_deg.max() < 0.151


@pytest.mark.parametrize("z", [1, -1, 1j, -1j, 1 + 1j, -1 + 1j, -1 - 1j, 1 - 1j])
@pytest.mark.parametrize("size", [1e-44, 1e-20, 1, 1e38])
def test_axes_and_diagonals_are_exact_at_any_size(z, size):
    found = phase_turns()[phase_codes(np.array([size * z]))[0]]
    assert (found - np.angle(z) / (2 * np.pi) + 0.5) % 1 - 0.5 == pytest.approx(0, abs=1e-12)


@given(low=floats(-60, 60), span=floats(0.01, 120))
def test_power_steps_are_fine_enough_for_any_stretch(low, span):
    steps = power_steps(10 ** (low / 10), 10 ** ((low + span) / 10))
    power = np.geomspace(10 ** (low / 10), 10 ** ((low + span) / 10), 3001)
    codes = steps.codes((power * steps.factor**2).astype(np.float32))
    assert len(steps.powers) <= 65536 + 2
    assert np.abs(10 * np.log10(steps.powers[codes] / power)).max() < max(0.003, span / 60000)


def test_power_steps_hold_what_lies_outside_at_the_ends():
    steps = power_steps(1.0, 100.0)
    codes = steps.codes(np.array([0, 1e-40, 1e30, np.inf], np.float32))
    assert codes.tolist() == [0, 0, len(steps.powers) - 1, len(steps.powers) - 1]


@pytest.mark.parametrize("view", ["hsv", "amplitude", "intensity", "db"])
@pytest.mark.parametrize("limit", [0.5, 3.0, 20.0])
def test_the_power_of_a_limit_shows_that_limit(view, limit):
    power = np.array([power_at(view, limit, scale=2.0 if view == "hsv" else 1.0)])
    scale = 2.0 if view == "hsv" else 1.0
    assert power_value(view, power, scale)[0] == pytest.approx(limit)
    assert stretched(view, power, 0.0, limit, scale)[0] == pytest.approx(1)


def test_the_corners_of_the_hue_are_pure():
    codes = [hex(code)[4:] for code in hsv_colours(np.arange(6) / 6, np.ones(6))]
    assert codes == ["ff0000", "ffff00", "00ff00", "00ffff", "0000ff", "ff00ff"]
    assert hsv_colours(0.3, 0.0) == 0xFF000000
