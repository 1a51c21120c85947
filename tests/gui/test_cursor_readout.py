import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from satstudio.gui.canvas.cursor_readout import complex_text, value_text
from satstudio.gui.kit.units import angle_text, length_text, place_text


def test_a_complex_sample_is_told_in_all_its_forms():
    text = complex_text(3 + 4j)
    assert text == "3 + j4   |z| 5   13.98 dB   53.1°"
    assert "\N{MINUS SIGN} j4" in complex_text(3 - 4j)


@pytest.mark.parametrize("z", [0j, complex("nan"), complex("inf")])
def test_strange_samples_are_told_too(z):
    assert complex_text(z)


def test_zero_has_no_phase():
    assert "no phase" in complex_text(0j)


def test_real_values_carry_band_or_unit():
    assert value_text((12.5,), ("b1",), "m") == "12.5 m"
    assert value_text((1, 2), ("red", "green")) == "red 1   green 2"
    assert value_text((), ("b1",)) == "no data"


def test_places_have_letters_and_how_exact_they_are():
    assert place_text((-61.7, 12.1)) == "12.10000° N  61.70000° W"
    assert place_text((15, -45), "approx. (GCP)").endswith("E  approx. (GCP)")
    assert place_text(None) == ""


def test_places_are_written_as_the_settings_say():
    texts = [place_text((11.5755, -48.13743), "", style) for style in ("minutes", "seconds")]
    assert [text.replace("\N{PRIME}", "'").replace("\N{DOUBLE PRIME}", '"') for text in texts] == [
        "48° 08.246' S  11° 34.530' E",
        "48° 08' 14.7\" S  11° 34' 31.8\" E",
    ]


@given(st.floats(-180, 180), st.sampled_from(["minutes", "seconds"]))
def test_no_place_is_written_with_sixty_minutes_or_seconds(degrees, style):
    text = angle_text(degrees, style)
    numbers = [float(part) for part in re.findall(r"[\d.]+", text)]
    assert all(number < 60 for number in numbers[1:])
    scale = [1, 60, 3600]
    back = sum(number / size for number, size in zip(numbers, scale, strict=False))
    assert back == pytest.approx(abs(degrees), abs=0.06 / 3600)


def test_lengths_take_the_unit_in_which_they_are_well_read():
    texts = [
        length_text(metres).replace("\N{NARROW NO-BREAK SPACE}", " ")
        for metres in (0.25, 5, 980, 1500, 12_345_678)
    ]
    assert texts == ["25 cm", "5 m", "980 m", "1.5 km", "12346 km"]
    assert length_text(100, "imperial").endswith("ft")
    assert length_text(3218.7, "imperial") == "2\N{NARROW NO-BREAK SPACE}mi"
