"""A contact sheet shows both splits."""

import numpy as np
import pytest
from made import made_complex, made_optical
from made_idx import made_idx
from made_images import picture
from PIL import Image

from satstudio.core.progress import Progress
from satstudio.patches.cut import PatchRecipe, cut_patches
from satstudio.patches.importing import import_patches
from satstudio.patches.patch_set import PatchSet
from satstudio.patches.sheet import contact_sheet, sheet_picture


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


def test_pairs_stand_side_by_side_and_two_sets_one_below_the_other(tmp_path):
    for number in range(6):
        picture(tmp_path / f"grey/{number}.png", number, bands=1, rows=64, cols=64)
        picture(tmp_path / f"colour/{number}.png", 9 + number, rows=64, cols=64)
    choices = {"size_px": 64, "target": str(tmp_path / "colour"), "validation_share": 0.5}
    sheets = {}
    for kind in ("pairs", "unpaired"):
        values = {**choices, "kind": kind, "test_share": 0}
        folder = import_patches("folder", tmp_path / "grey", values, tmp_path / kind, Progress())
        sheets[kind] = sheet_picture(PatchSet.open(folder), 4)
    pairs, unpaired = sheets["pairs"], sheets["unpaired"]
    left, right = pairs[25:85, 6:66], pairs[25:85, 72:132]
    assert (left[..., 0] == left[..., 2]).all()
    assert (right[..., 0] != right[..., 2]).any()
    assert pairs.shape[1] > unpaired.shape[1]
    assert pairs.shape[0] < unpaired.shape[0]
