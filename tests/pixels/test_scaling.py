"""Scalings are undone exactly, stay finite, and travel as JSON and TOML."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays
from hypothesis.strategies import complex_numbers, floats, sampled_from

from satstudio.core.errors import InputError, RecipeError
from satstudio.core.scaling import Scaling
from satstudio.pixels.noise import complex_normal
from satstudio.pixels.scaling import fit_scaling, scaled, unscaled

FACTORS = floats(1e-6, 1e6)
SAMPLES = complex_numbers(min_magnitude=1e-6, max_magnitude=1e4, allow_nan=False, width=64)


def relative_error(again: np.ndarray, z: np.ndarray) -> float:
    return float(np.max(np.abs(again.astype(complex) - z) / np.abs(z)))


@given(
    z=arrays(np.complex64, (1, 3, 4), elements=SAMPLES),
    factor=FACTORS,
    kind=sampled_from(["log_amplitude", "unit_power"]),
)
def test_a_fitted_scaling_is_undone_to_float32(z, factor, kind):
    z = (z * np.float32(factor)).astype(np.complex64)
    scaling = fit_scaling(kind, z)
    numbers = scaled(z, scaling)
    assert numbers.dtype == np.complex64
    assert relative_error(unscaled(numbers, scaling), z) < 2e-6 * max(
        1, np.abs(z).max() / np.abs(z).min() * 0.05 if kind == "log_amplitude" else 1
    )


@given(factor=FACTORS)
def test_speckle_comes_back_within_two_millionths_at_any_level(factor):
    z = (complex_normal(1, 10, 500) * factor).astype(np.complex64)
    scaling = fit_scaling("log_amplitude", z)
    assert relative_error(unscaled(scaled(z, scaling), scaling), z) < 2e-6


def test_log_amplitude_is_the_formula_and_keeps_phases():
    scaling = Scaling(kind="log_amplitude", gain=0.4, eps=2.0)
    z = np.array([18j, -198, 0], np.complex64)
    assert scaled(z, scaling) == pytest.approx(np.array([0.4j, -0.8, 0]))


def test_log_amplitude_is_fitted_to_a_tenth_of_the_median():
    z = complex_normal(0, 100, 100) * 50
    scaling = fit_scaling("log_amplitude", z)
    assert scaling.eps == pytest.approx(0.1 * np.median(np.abs(z)), rel=1e-6)
    assert scaling.gain == 0.4


def test_log_amplitude_does_not_depend_on_the_level_of_the_scene():
    z = complex_normal(0, 10, 100)
    numbers = [scaled(z * k, fit_scaling("log_amplitude", z * k)) for k in (1, 1000)]
    assert numbers[0] == pytest.approx(numbers[1], rel=1e-5)


def test_values_without_data_do_not_count_when_a_scaling_is_fitted():
    z = complex_normal(0, 10, 100)
    holes = np.concatenate([z.ravel(), np.full(500, np.nan, np.complex64)])
    assert fit_scaling("log_amplitude", holes) == fit_scaling("log_amplitude", z)


def test_the_papers_map_turns_phases_below_one_as_its_code_does():
    scaling = fit_scaling("paper_log", np.full(9, 0.1 + 0j))
    number = scaled(np.array([0.1], np.complex64), scaling)[0]
    assert number == pytest.approx(0.4 * np.log10(0.1 + 1e-5))  # negative: turned by pi


@pytest.mark.parametrize("level", [1e-3, 1e3])
def test_the_papers_map_is_undone_on_the_side_where_the_data_lie(level):
    z = (np.exp(1j * np.arange(50)) * level * np.linspace(0.5, 2, 50)).astype(np.complex64)
    scaling = fit_scaling("paper_log", z)
    assert relative_error(unscaled(scaled(z, scaling), scaling), z) < 1e-5


def test_linear_gives_real_data_mean_zero_and_deviation_one():
    values = np.random.default_rng(0).gamma(4, 300, (3, 1, 32, 32)).astype(np.float32)
    scaling = fit_scaling("linear", values)
    numbers = scaled(values, scaling)
    assert numbers.dtype == np.float32
    assert (numbers.mean(), numbers.std()) == pytest.approx((0, 1), abs=1e-4)
    assert unscaled(numbers, scaling) == pytest.approx(values, rel=1e-5)


def test_range_takes_nearly_all_values_between_minus_one_and_one():
    values = np.random.default_rng(0).gamma(4, 300, (3, 1, 64, 64)).astype(np.float32)
    values[0, 0, 0, 0] = 1e6  # one bright point
    scaling = fit_scaling("range", values)
    numbers = scaled(values, scaling)
    assert np.mean(np.abs(numbers) <= 1) == pytest.approx(0.998, abs=1e-3)
    assert scaling.ends == pytest.approx(np.percentile(values, (0.1, 99.9)))
    assert unscaled(numbers, scaling) == pytest.approx(values, rel=1e-4)


def test_a_known_range_becomes_minus_one_to_one():
    scaling = Scaling.of_range(0, 65535)
    numbers = scaled(np.array([0, 65535], np.uint16), scaling)
    assert numbers == pytest.approx([-1, 1])
    assert scaling.ends == pytest.approx((0, 65535))


def test_range_of_one_bright_point_is_that_of_the_point():
    values = np.zeros((1, 1, 64, 64), np.float32)
    values[0, 0, 5, 5] = 9
    assert fit_scaling("range", values).ends == pytest.approx((0, 9))


@pytest.mark.parametrize("kind", ["log_amplitude", "paper_log"])
def test_a_wild_generator_gives_no_infinite_pixels(kind):
    scaling = Scaling(kind=kind, gain=0.4, eps=1e-3)
    out = unscaled(np.array([0, 3, 1e3, 1e9j], np.complex64), scaling)
    assert np.isfinite(out).all()
    assert (np.diff(np.abs(out)[1:]) >= 0).all()


@pytest.mark.parametrize("values", [np.zeros(9, np.complex64), np.full(9, np.nan)])
@pytest.mark.parametrize("kind", ["log_amplitude", "paper_log", "unit_power"])
def test_nothing_to_fit_to_is_said(kind, values):
    with pytest.raises(InputError, match="zero or without data"):
        fit_scaling(kind, values)


@pytest.mark.parametrize("kind", ["linear", "range"])
def test_linear_and_range_refuse_equal_values_and_complex_ones(kind):
    with pytest.raises(InputError, match="equal"):
        fit_scaling(kind, np.full(9, 3.0))
    with pytest.raises(InputError, match="real data"):
        fit_scaling(kind, np.ones(9, np.complex64) * 1j)


def test_a_scaling_travels_as_json_and_is_checked_on_arrival(tmp_path):
    scaling = fit_scaling("log_amplitude", complex_normal(0, 10, 10))
    assert Scaling.model_validate_json(scaling.model_dump_json()) == scaling
    assert set(scaling.model_dump()) == {"kind", "gain", "eps", "offset"}
    assert Scaling.load(scaling.save(tmp_path / "scaling.toml")) == scaling
    with pytest.raises(RecipeError, match="eps"):
        Scaling.build({"kind": "log_amplitude", "gain": 0.4, "eps": 0})
    with pytest.raises(RecipeError, match="gain"):
        Scaling.build({"kind": "linear", "gain": 0})
