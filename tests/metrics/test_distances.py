import numpy as np
import pytest
from made_patches import band_limited

from satstudio.metrics.sets.distances import COLOURED, FIGURES, FLOOR, OF_NO_SKILL, WHITE, Distances
from satstudio.pixels.spectral.fourier import centred_spectrum

OF_PHASE = {name for name, figure in FIGURES.items() if figure.is_of_phase}

ALL = (*FIGURES, "spectrum_distance_db", "swd")


def measured(made, real=None, domain="image"):
    real = band_limited(64, 16) if real is None else real
    return Distances(real, band_limited(64, 16, seed=1), domain).of(made)


def worse(made):
    """How many times the floor each figure is."""
    one = Distances(band_limited(64, 16), band_limited(64, 16, seed=1), "image")
    return {name: value / one.floor[f"{name}{FLOOR}"] for name, value in one.of(made).items()}


def test_other_real_patches_are_at_the_floor():
    found = worse(band_limited(64, 16, seed=2))
    assert set(found) == set(ALL)
    assert max(found.values()) < 3


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        (lambda z: 1.3 * z, {"ks_modulus"}),
        (
            lambda z: z * np.exp(2j * np.pi * 0.25 * np.arange(16))[:, None],
            {"spectrum_azimuth_db", "spectrum_distance_db", "phase_step_azimuth"},
        ),
        (
            lambda z: z * np.exp(2j * np.pi * 0.25 * np.arange(16)),
            {"spectrum_range_db", "spectrum_distance_db", "phase_step_range"},
        ),
        (
            lambda z: np.abs(z.real) + 1j * z.imag,
            {*FIGURES, "spectrum_distance_db", "swd"} - {"ks_modulus"},
        ),
    ],
    ids=["louder", "moved in azimuth", "moved in range", "half of the phases"],
)
def test_each_fault_shows_in_the_figures_that_are_for_it(change, seen):
    found = worse(change(band_limited(64, 16, seed=2)).astype(np.complex64))
    assert {name for name, value in found.items() if value > 5} == seen


def test_real_images_have_no_phases():
    real = [np.abs(band_limited(64, 16, seed=seed)) for seed in (1, 2, 3)]
    found = Distances(real[0], real[1], "image")
    assert set(found.of(real[2])).isdisjoint(OF_PHASE)
    assert found.of(real[2])["swd"] < 2 * found.floor["swd_floor"]


def test_of_spectra_the_images_that_they_show_are_compared():
    sets = [np.abs(band_limited(64, 16, seed=seed)) for seed in (1, 2, 3)]
    seen = Distances(sets[0], sets[1], "image").of(1.3 * sets[2])["swd"]
    spectra = [centred_spectrum(images) for images in (*sets[:2], 1.3 * sets[2])]
    found = Distances(spectra[0], spectra[1], "fourier").of(spectra[2])
    assert found["swd"] == pytest.approx(seen, rel=1e-4)
    assert set(found) >= OF_PHASE


def test_a_comparison_is_always_the_same():
    made = band_limited(64, 16, seed=4)
    assert measured(made) == measured(made)


def test_it_does_not_depend_on_the_scale_of_the_values():
    made = band_limited(64, 16, seed=4) * 1.2
    large = Distances(*(1e4 * band_limited(64, 16, seed=seed) for seed in (0, 1)), "image")
    assert large.of(1e4 * made)["swd"] == pytest.approx(measured(made)["swd"], rel=1e-4)


@pytest.mark.filterwarnings("error")
def test_dark_patches_give_no_error():
    dark = np.zeros((4, 1, 16, 16), np.complex64)
    found = Distances(dark, dark, "image").of(band_limited(4, 16))
    assert found["ks_modulus"] == 1
    assert np.isnan(found["phase_step_range"])


def test_of_several_bands_the_worst_counts():
    real, other, made = (
        np.concatenate([band_limited(64, 16, seed), band_limited(64, 16, seed + 10)], axis=1)
        for seed in (0, 1, 2)
    )
    made = made * np.array([1, 2])[:, None, None]
    found = Distances(real, other, "image").of(made)
    alone = Distances(real[:, 1:], other[:, 1:], "image").of(made[:, 1:])
    assert {name: found[name] for name in FIGURES} == {
        name: max(alone[name], found[name]) for name in FIGURES
    }
    assert found["ks_modulus"] == alone["ks_modulus"] > 0.3


def test_beside_the_figures_stand_what_fields_without_skill_have():
    one = Distances(band_limited(128, 16), band_limited(128, 16, seed=1), "image")
    white, coloured = (
        {name: one.no_skill[f"{name}{ending}"] for name in OF_NO_SKILL}
        for ending in (WHITE, COLOURED)
    )
    assert white["spectrum_distance_db"] > 5 * one.floor["spectrum_distance_db_floor"]
    assert white["swd"] > 1.3 * coloured["swd"]
    for name in OF_NO_SKILL:
        assert coloured[name] < 3 * one.floor[f"{name}{FLOOR}"], "speckle is such a field"
    assert one.references == {**one.floor, **one.no_skill}
    again = Distances(band_limited(128, 16), band_limited(128, 16, seed=1), "image")
    assert again.no_skill == one.no_skill


def test_a_field_of_the_right_spectrum_does_not_have_the_point_of_the_real_patches():
    def with_points(seed):
        patches = band_limited(128, 16, seed=seed)
        patches[:, 0, 8, 8] += 40 * np.abs(patches).mean()
        return patches

    one = Distances(with_points(0), with_points(1), "image")
    assert one.no_skill["ks_modulus_coloured"] > 3 * one.floor["ks_modulus_floor"]


def test_of_spectra_the_fields_are_drawn_as_images():
    images = [np.abs(band_limited(64, 16, seed=seed)) for seed in (1, 2)]
    one = Distances(*(centred_spectrum(each) for each in images), "fourier")
    assert np.isfinite(list(one.no_skill.values())).all()
    of_images = Distances(*images, "image")
    assert one.no_skill["swd_coloured"] == pytest.approx(
        of_images.no_skill["swd_coloured"], rel=0.5
    )
