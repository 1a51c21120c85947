"""Extractors without weights: what they see, what they refuse, how they are named."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.strategies import floats, integers
from made_features import rough_images, speckle_images
from scipy import stats
from scipy.ndimage import gaussian_filter

from satstudio.core.errors import InputError
from satstudio.core.paths import plugins_folder
from satstudio.core.plugins import Registry
from satstudio.metrics.features import relative
from satstudio.metrics.measures.distribution import frechet_features
from satstudio.restore.extractors.handcrafted import complex_features, real_features
from satstudio.restore.extractors.random_convolution import random_features, weights
from satstudio.restore.features import extractor as features
from satstudio.restore.features.extractor import EXTRACTORS, Extractor, ImageKind

REPOSITORY = Path(__file__).resolve().parents[2]


def extractor(name, images):
    return EXTRACTORS[name].make(ImageKind(images.shape[1], np.iscomplexobj(images)))


def distance(name, first, second):
    """Fréchet distance in standard deviations of the first set."""
    own = extractor(name, first)
    return frechet_features(*relative(*(own(x).astype(float) for x in (first, second))))


# ----------------------------------------------------------------------------- real images


def test_hand_made_features_of_four_bands_are_thirty_four():
    images = rough_images(3)
    own = extractor("handcrafted", images)
    assert own.n_features == own(images).shape[1] == 34
    assert own(images).dtype == np.float32
    assert own.bands == 4


def test_moments_and_correlations_are_those_of_scipy_and_numpy():
    image = rough_images(1, 3)[0].astype(np.float64)
    flat = image.reshape(4, -1)
    found = real_features(image[None])[0]
    known = [
        *flat.mean(axis=1),
        *flat.std(axis=1),
        *stats.skew(flat, axis=1),
        *stats.kurtosis(flat, axis=1),
        *np.corrcoef(flat)[np.triu_indices(4, 1)],
    ]
    np.testing.assert_allclose(found[:22], known, rtol=1e-5)
    down = image[:, 1:, :-1] - image[:, :-1, :-1]
    across = image[:, :-1, 1:] - image[:, :-1, :-1]
    np.testing.assert_allclose(found[22:26], np.hypot(down, across).mean(axis=(1, 2)), rtol=1e-5)


def test_shares_of_the_rings_are_shares_and_follow_a_wave():
    col = np.mgrid[:64, :64][1]
    for ring in range(1, 8):
        wave = np.cos(2 * np.pi * col * (ring + 0.5) / 16)[None, None]
        shares = np.exp(real_features(wave)[0, -8:].astype(float))
        assert shares.sum() == pytest.approx(1, abs=1e-6)
        assert shares.argmax() == ring
        assert shares[ring] > 0.9


MEASURED = {
    "noise": lambda x: x + np.random.default_rng(9).normal(0, 0.02, x.shape).astype(x.dtype),
    "blur": lambda x: gaussian_filter(x, (0, 0, 0.7, 0.7)),
    "collapse": lambda x: np.repeat(x[: len(x) // 20], 20, axis=0),
    "gain": lambda x: x * np.float32(1.15),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["handcrafted", "random"])
@pytest.mark.parametrize("harm", MEASURED)
def test_harm_is_seen_well_above_what_equal_distributions_have(name, harm):
    first, second = rough_images(200, 1, 64), rough_images(200, 2, 64)
    alike = distance(name, first, second)
    assert 0 < alike < extractor(name, first).n_features ** 2 / (2 * 200)
    assert distance(name, first, MEASURED[harm](second)) > 3 * alike


@pytest.mark.slow
def test_the_two_see_different_things_best():
    first, second = rough_images(200, 1, 64), rough_images(200, 2, 64)
    seen = {
        name: [distance(name, first, MEASURED[harm](second)) for harm in ("blur", "gain")]
        for name in ("handcrafted", "random")
    }
    assert seen["handcrafted"][0] > 10 * seen["handcrafted"][1]
    assert seen["random"][1] > seen["handcrafted"][1]


def test_a_stronger_blur_is_farther():
    first, second = rough_images(100, 1), rough_images(100, 2)
    for name in ("handcrafted", "random"):
        found = [
            distance(name, first, gaussian_filter(second, (0, 0, sigma, sigma)))
            for sigma in (0, 0.7, 1.5)
        ]
        assert found == sorted(found)


@settings(max_examples=15)
@given(floats(1e-3, 1e4), integers(0, 9))
def test_the_unit_of_the_values_does_not_matter(unit, seed):
    first, second = rough_images(20, seed, 16, 2), rough_images(20, seed + 1, 16, 2)
    unit = np.float32(unit)
    for name in ("handcrafted", "random"):
        known = distance(name, first, second)
        assert distance(name, unit * first, unit * second) == pytest.approx(known, rel=0.01)


@pytest.mark.parametrize("is_complex", [False, True])
def test_constant_and_empty_images_have_finite_features(is_complex):
    for value in (0, 3.5):
        images = np.full((2, 2, 20, 24), value, np.complex64 if is_complex else np.float32)
        for name in EXTRACTORS:
            assert np.isfinite(extractor(name, images)(images)).all()


def test_images_of_any_type_and_shape_are_taken():
    for shape in ((2, 3, 16, 16), (1, 1, 40, 17), (2, 2, 33, 64)):
        for dtype in (np.uint8, np.int16, np.float64, np.complex128):
            images = (100 * np.random.default_rng(0).random(shape)).astype(dtype)
            for name in EXTRACTORS:
                own = extractor(name, images)
                assert own(images).shape == (len(images), own.n_features)


def test_each_image_has_its_features_whatever_is_beside_it():
    for images in (rough_images(5), speckle_images(5)):
        for name in EXTRACTORS:
            own = extractor(name, images)
            alone = np.concatenate([own(images[index : index + 1]) for index in range(5)])
            np.testing.assert_allclose(own(images), alone, rtol=1e-4, atol=1e-6)


# -------------------------------------------------------------------------- complex images


def test_complex_features_are_twenty_eight_a_band_and_two_a_pair():
    one = speckle_images(2)
    assert complex_features(one).shape == (2, 28)
    two = np.concatenate([one, one * 1j], axis=1)
    found = complex_features(two)
    assert found.shape == (2, 58)
    assert found[:, -2:] == pytest.approx(np.array([[0, -1]] * 2), abs=1e-6)
    assert extractor("handcrafted", two).n_features == 58


def test_cumulants_of_log_amplitude_are_those_of_scipy():
    image = speckle_images(1, 4)
    amplitude = np.abs(image).ravel().astype(np.float64)
    logs = np.log(np.maximum(amplitude, 0.01 * amplitude.mean()))
    moments = [logs.mean(), *(stats.moment(logs, power) for power in (2, 3))]
    found = complex_features(image)[0]
    np.testing.assert_allclose(found[:3], moments, rtol=1e-4)
    np.testing.assert_allclose(found[3], stats.kurtosis(logs) * logs.var() ** 2, rtol=1e-3)


def test_zeros_of_whole_numbers_do_not_drown_the_log_amplitudes():
    image = (20 * speckle_images(20, 4)).round()
    assert (image == 0).any()
    assert np.abs(complex_features(image)[:, 1:4]).max() < 5


def test_the_phase_step_is_that_of_a_ramp():
    row, col = np.mgrid[:24, :24]
    ramp = np.exp(1j * (0.3 * row - 1.1 * col))[None, None]
    found = complex_features(ramp)[0]
    steps = [np.angle(found[at] + 1j * found[at + 1]) for at in (4, 16)]
    assert steps == pytest.approx([0.3, -1.1], abs=1e-5)


def test_the_bins_of_azimuth_and_range_hold_a_wave():
    for index in range(8):
        frequency = (index + 0.5) / 8 - 0.5
        wave = np.exp(2j * np.pi * frequency * np.arange(32))
        along = [np.tile(wave[:, None], (1, 32)), np.tile(wave, (32, 1))]
        for z, start in zip(along, (6, 18), strict=True):
            shares = np.exp(complex_features(z[None, None])[0, start : start + 8])
            assert shares.argmax() == index


def test_correlated_speckle_is_seen_by_the_lags_of_its_own_axis():
    found = complex_features(speckle_images(50, 0, 64, 0.4)).mean(axis=0)
    assert found[14] > 0.3  # azimuth, one pixel
    assert abs(found[26]) < 0.05  # range


@pytest.mark.slow
def test_other_speckle_is_farther_than_equal_speckle():
    first, second, other = (
        speckle_images(200, seed, 64, share) for seed, share in ((1, 0.6), (2, 0.6), (2, 0.9))
    )
    for name in ("handcrafted", "random"):
        alike = distance(name, first, second)
        assert distance(name, first, other) > 3 * alike
        assert distance(name, first, second * 1.5) > 1.5 * alike
        assert distance(name, first, np.repeat(second[:10], 20, axis=0)) > 3 * alike


def test_lost_phase_is_seen():
    first, second = speckle_images(200, 1), speckle_images(200, 2)
    phases = np.random.default_rng(0).uniform(0, 2 * np.pi, second.shape)
    scrambled = (np.abs(second) * np.exp(1j * phases)).astype(np.complex64)
    assert distance("handcrafted", first, scrambled) > 10 * distance("handcrafted", first, second)


# ---------------------------------------------------------------------- random convolution


def test_random_features_are_a_plain_loop():
    images = rough_images(1, 0, 16, 2)
    values = images[0].astype(np.float64)
    layers = weights(2)
    for layer in layers:
        channels, rows, cols = values.shape
        kernels = layer.T.reshape(-1, channels, 3, 3).astype(np.float64)
        out = np.empty((len(kernels), (rows - 3) // 2 + 1, (cols - 3) // 2 + 1))
        for k, kernel in enumerate(kernels):
            for i in range(out.shape[1]):
                for j in range(out.shape[2]):
                    part = values[:, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3]
                    out[k, i, j] = (part * kernel).sum()
        values = np.where(out > 0, out, 0.2 * out)
    known = [*values.mean(axis=(1, 2)), *values.std(axis=(1, 2))]
    np.testing.assert_allclose(random_features(images, layers)[0], known, rtol=1e-3, atol=1e-6)


def test_its_weights_are_part_of_its_name_and_always_the_same():
    images = rough_images(2)
    assert extractor("random", images).name == extractor("random", images).name
    assert ":976318420a3c" in extractor("random", images).name
    assert extractor("random", images).n_features == 64
    kernels = weights(4)[0].reshape(4, 9, 16).sum(axis=1)
    np.testing.assert_allclose(kernels[:, 1::2], 0, atol=1e-6)
    assert np.abs(kernels[:, ::2]).min() > 1e-3


# ------------------------------------------------------------------------------ the door


def test_other_images_are_refused_with_the_reason():
    own = extractor("handcrafted", rough_images(1))
    cases = {
        "4 real bands": rough_images(2, bands=3),
        "2 complex bands": np.ones((2, 2, 32, 32), np.complex64),
        "finite": rough_images(2) * np.float32(np.nan),
        "at least 16 px": rough_images(2, side=12),
        "shape": rough_images(2)[0],
    }
    for reason, images in cases.items():
        with pytest.raises(InputError, match=reason):
            own(images)


def test_numbers_are_called_after_their_features():
    own = extractor("handcrafted", rough_images(1))
    assert own.title("frechet_features") == "fd_handcrafted"
    assert own.title("kid") == "kid_handcrafted"
    inception = Extractor("fid@tf1", "x", own.kind, 1, "", own.measure)
    assert inception.title("frechet_features") == "fid@tf1"
    assert inception.title("inception_score") == "is@tf1"
    assert inception.title("kid") == "kid@tf1"


def test_an_extractor_of_the_users_own_is_found(home, monkeypatch):
    registry = Registry("satstudio.restore.extractors", "extractor")
    monkeypatch.setattr(features, "EXTRACTORS", registry)
    folder = plugins_folder() / "extractors"
    folder.mkdir(parents=True)
    (folder / "mean.py").write_text(
        "from satstudio.restore.features.extractor import EXTRACTORS, Extractor, ExtractorInfo\n"
        "def make(kind):\n"
        "    return Extractor('mean', f'mean 1 ({kind})', kind, kind.bands, 'none',\n"
        "                     lambda images: images.mean(axis=(2, 3)))\n"
        "EXTRACTORS.add('mean', ExtractorInfo('Mean', 'of each band', make))\n",
        "utf-8",
    )
    own = registry["mean"].make(ImageKind(2, False))
    assert own(np.ones((3, 2, 4, 4))).tolist() == [[1, 1]] * 3


def test_features_need_neither_torch_nor_qt_nor_onnxruntime_to_be_imported():
    modules = [
        "satstudio.metrics.score", "satstudio.metrics.sets.feature_scores",
        "satstudio.restore.features.extractor",
        "satstudio.restore.features.choice", "satstudio.bench.set_scores",
    ]  # fmt: skip
    code = (
        f"import json, sys, {', '.join(modules)};"
        "list(satstudio.restore.features.extractor.EXTRACTORS);"
        "print(json.dumps(sorted(sys.modules)))"
    )
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    answer = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment
    )
    loaded = {name.partition(".")[0] for name in json.loads(answer.stdout)}
    assert loaded & {"torch", "torchvision", "PySide6", "onnx", "onnxruntime", "PIL"} == set()
