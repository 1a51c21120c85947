import pytest
from hypothesis import given
from hypothesis.strategies import floats, integers

from satstudio.gui.pages.train.curves.log_axis import log_ticks, number_of


@given(low=floats(-8, 8), width=floats(0.01, 10), most=integers(2, 20))
def test_there_are_never_more_ticks_than_there_is_room_for(low, width, most):
    ticks = log_ticks(low, low + width, most)
    assert len(ticks) <= most
    assert ticks == sorted(set(ticks))
    assert all(low <= tick <= low + width for tick in ticks)
    assert ticks or width < 1


@pytest.mark.parametrize(
    ("low", "high", "most", "numbers"),
    [
        (-2, 0, 4, ["0.01", "0.1", "1"]),
        (-2, 0, 5, ["0.01", "0.03", "0.1", "0.3", "1"]),
        (-1.5, -0.1, 4, ["0.05", "0.1", "0.2", "0.5"]),
        (0, 6, 4, ["1", "100", "10000", "1e6"]),
        (-6, -4, 3, ["1e-6", "1e-5", "1e-4"]),
    ],
)
def test_ticks_are_numbers_as_people_write_them(low, high, most, numbers):
    assert [number_of(tick) for tick in log_ticks(low, high, most)] == numbers
