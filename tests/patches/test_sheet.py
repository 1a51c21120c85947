"""A contact sheet shows both splits."""

import numpy as np
import pytest
from made import made_complex, made_optical
from made_idx import made_idx
from PIL import Image

from satstudio.core.progress import Progress
from satstudio.patches.cut import PatchRecipe, cut_patches
from satstudio.patches.importing import import_patches
from satstudio.patches.sheet import contact_sheet, sheet_picture
from satstudio.patches.store import PatchSet


@pytest.mark.parametrize("made", [made_complex, made_optical])
def test_a_sheet_of_a_set_is_a_picture(tmp_path, made):
    folder = cut_patches([made(tmp_path)], PatchRecipe(size_px=16), tmp_path / "set", Progress())
    out = contact_sheet(folder, tmp_path / "sheet.png", 9)
    with Image.open(out) as image:
        assert image.width > 2 * 3 * 64
        assert image.height > 3 * 64
        assert len(image.convert("RGB").getcolors(2**24)) > 20


def test_a_set_without_validation_has_a_sheet_too(tmp_path):
    recipe = PatchRecipe(size_px=16, validation_share=0)
    folder = cut_patches([made_complex(tmp_path)], recipe, tmp_path / "set", Progress())
    assert sheet_picture(PatchSet.open(folder), 4).shape[1] < 200


def test_spectra_have_their_images_beside_them(tmp_path):
    root = made_idx(tmp_path / "digits")
    pixels, spectra = (
        import_patches(
            "idx", root, {"domain": domain, "size_px": 16}, tmp_path / domain, Progress()
        )
        for domain in ("image", "fourier")
    )
    plain, both = (sheet_picture(PatchSet.open(folder), 9) for folder in (pixels, spectra))
    train = plain.shape[1] // 2
    assert both.shape[1] == 2 * train
    seen, wanted = both[21:85, train + 4 :].astype(int), plain[21:85, 4:train]
    assert np.abs(seen - wanted).max() <= 1
