"""Centred spectra: what they hold, and the way back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays
from hypothesis.strategies import floats, integers

from satstudio.pixels.spectral.fourier import (
    centred_spectrum,
    image_of_spectrum,
    padded,
    visible_image,
)

UNIT = floats(0, 1, width=32)


@given(arrays(np.float32, array_shapes(min_dims=2, max_dims=3, max_side=9), elements=UNIT))
def test_an_image_comes_back_from_its_spectrum(image):
    spectrum = centred_spectrum(image)
    assert spectrum.dtype == np.complex64
    np.testing.assert_allclose(image_of_spectrum(spectrum), image, atol=1e-6)
    np.testing.assert_allclose(visible_image(spectrum), image, atol=1e-6)


@pytest.mark.parametrize("side", [8, 9])
def test_frequency_0_is_in_the_middle_and_the_power_is_kept(side):
    image = np.random.default_rng(side).random((side, side), np.float32)
    spectrum = centred_spectrum(image)
    assert spectrum[side // 2, side // 2] == pytest.approx(image.sum() / side, rel=1e-5)
    assert (np.abs(spectrum) ** 2).sum() == pytest.approx((image**2).sum(), rel=1e-5)


@given(rows=integers(1, 9), cols=integers(1, 9), more=integers(0, 5))
def test_padding_keeps_the_image_in_the_middle(rows, cols, more):
    side = max(rows, cols) + more
    wide = padded(np.ones((2, rows, cols), np.float32), side)
    assert wide.shape == (2, side, side)
    lines, columns = np.flatnonzero(wide[0].any(axis=1)), np.flatnonzero(wide[0].any(axis=0))
    assert (len(lines), len(columns)) == (rows, cols)
    assert lines[0] == (side - rows) // 2
    assert columns[0] == (side - cols) // 2
