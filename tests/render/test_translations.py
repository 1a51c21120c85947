"""Inputs, outputs and targets beside each other, in the colours that they have."""

import numpy as np

from satstudio.render.translations import Column, image_style, translation_sheet


def flat(*values, count=5, size=8):
    """Images of one colour each (count, bands, size, size)."""
    return np.broadcast_to(
        np.asarray(values, np.float32)[None, :, None, None], (count, len(values), size, size)
    )


def colours_of(sheet):
    return {tuple(pixel) for pixel in sheet[..., 2::-1].reshape(-1, 3).tolist()}


def sheet_of(*images, ends=(0.0, 255.0)):
    columns = [Column(str(n), one, image_style(one, ends)) for n, one in enumerate(images)]
    return translation_sheet(columns, least_px=8)


def test_three_bands_are_red_green_and_blue_and_one_is_grey():
    shown = colours_of(sheet_of(flat(128), flat(255, 0, 0), flat(0, 0, 255)))
    assert (255, 0, 0) in shown
    assert (0, 0, 255) in shown
    assert any(red == green == blue and 100 < red < 150 for red, green, blue in shown)


def test_samples_stand_in_about_as_many_columns_as_rows():
    sheet = sheet_of(*[flat(100, count=12)] * 3)
    assert 0.4 < sheet.shape[0] / sheet.shape[1] < 2.5


def test_complex_images_show_phase_and_other_bands_their_first():
    phases = np.exp(1j * np.linspace(0, 6, 64)).reshape(1, 1, 8, 8).astype(np.complex64)
    shown = translation_sheet([Column("input", phases, image_style(phases))], least_px=8)
    assert len(colours_of(shown)) > 20
    two = flat(0, 255, count=1)
    assert (0, 0, 0) in colours_of(sheet_of(two))


def test_broken_and_empty_images_are_drawn_all_the_same():
    for value in (0.0, np.nan):
        images = np.full((2, 3, 8, 8), value, np.float32)
        assert translation_sheet([Column("a", images, image_style(images))]).shape[2] == 4
    one = np.ones((1, 1, 1, 1), np.float32)
    assert translation_sheet([Column("a", one, image_style(one))], least_px=1).shape[2] == 4
