import pytest

from satstudio.gui.cursor_readout import complex_text, place_text, value_text


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
