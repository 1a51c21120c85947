"""Spectra stand beside the images that they show."""

import numpy as np
import pytest
from made_idx import made_images

from satstudio.pixels.spectral.fourier import centred_spectrum, visible_image
from satstudio.render.picture import complex_grid, patch_pictures, patch_style
from satstudio.render.spectra import real_beside_generated_spectra, spectra_grid, spectra_pairs

SPECTRA = centred_spectrum(made_images(4, 16, 16) / 255)
HEAD, GAP, SIDE = 17, 4, 64


@pytest.fixture
def white():
    """The images that the spectra show, as they are drawn."""
    images = visible_image(SPECTRA)
    return patch_pictures(images, patch_style(images), SIDE)


def test_the_left_grid_is_in_colour_the_right_one_shows_the_images(white):
    sheet = spectra_grid(SPECTRA)
    middle = sheet.shape[1] // 2
    body = slice(HEAD + GAP, HEAD + GAP + SIDE)
    first = sheet[body, GAP : GAP + SIDE]
    assert np.array_equal(first, complex_grid(SPECTRA)[GAP : GAP + SIDE, GAP : GAP + SIDE])
    assert first[..., :3].std(axis=2).max() > 20
    assert np.array_equal(sheet[body, middle + GAP : middle + GAP + SIDE], white[0])


def test_titles_and_columns_are_those_of_both_grids():
    one = spectra_grid(SPECTRA, cols=4, titles=["a", "b", "c", "d"])
    assert one.shape[1] == 2 * (GAP + 4 * (SIDE + GAP))
    assert one.shape[0] == HEAD + GAP + SIDE + HEAD + GAP


def test_a_pair_is_a_spectrum_and_its_image(white):
    pairs = spectra_pairs(SPECTRA)
    assert len(pairs) == 4
    for pair, image in zip(pairs, white, strict=True):
        assert np.array_equal(pair[GAP : GAP + SIDE, 2 * GAP + SIDE : 2 * (GAP + SIDE)], image)


def test_generated_spectra_stand_under_the_styles_of_the_real():
    side = 128  # headings have room above the grids
    images = visible_image(SPECTRA)
    white = patch_pictures(images, patch_style(images), side)
    sheet = real_beside_generated_spectra(SPECTRA, SPECTRA[[2, 0]] * 0, side)
    rows, cols = (side // 2 for side in sheet.shape[:2])
    place = slice(HEAD + GAP, HEAD + GAP + side), slice(GAP, GAP + side)
    assert np.array_equal(sheet[rows:][place], white[0])
    assert sheet[rows:, cols:][place][..., :3].max() == 0
    assert sheet[:rows, :cols][place][..., :3].max() > 100
    assert sheet[:rows, cols:][place][..., :3].max() == 0
