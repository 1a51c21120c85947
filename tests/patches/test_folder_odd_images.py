"""Odd images in a folder: alpha, palettes, grey ones, other files, gaps, damage, nothing at all."""

import numpy as np
import pytest
from made_images import palette_picture, picture, pixels_of, tiff
from PIL import Image

from satstudio.core.errors import Cancelled, InputError, SatstudioError, SceneReadError
from satstudio.core.progress import Progress
from satstudio.patches.importing import import_patches
from satstudio.patches.patch_set import PatchSet

ALL = {"validation_share": 0, "test_share": 0}


def imported(root, out, **choices):
    values = {"size_px": 32} | ALL | choices
    return PatchSet.open(import_patches("folder", root, values, out, Progress()))


def targets(patches):
    return patches.split("train", "target")[:]


def test_transparency_is_no_band_and_where_all_is_clear_there_is_no_data(tmp_path):
    values = np.moveaxis(pixels_of(1, 32, 32, 4), 0, -1).copy()
    values[..., 3] = 255
    values[:8, :, 3] = 0
    (tmp_path / "in").mkdir()
    Image.fromarray(values).save(tmp_path / "in/a.png")
    patches = imported(tmp_path / "in", tmp_path / "set")
    assert targets(patches).shape == (1, 3, 32, 32)
    valid = patches.valid("train", "target")[0]
    assert not valid[:8].any()
    assert valid[8:].all()
    np.testing.assert_array_equal(targets(patches)[0][:, 8:], values[8:, :, :3].transpose(2, 0, 1))
    assert patches.manifest.items[0].valid == 0.75


def test_a_palette_becomes_its_colours(tmp_path):
    table = np.array([[0, 0, 0], [255, 0, 0], [10, 200, 30]])
    numbers = np.random.default_rng(0).integers(0, 3, (32, 32))
    palette_picture(tmp_path / "in/a.png", table, numbers)
    picture(tmp_path / "in/b.png", 1)
    patches = imported(tmp_path / "in", tmp_path / "set")
    np.testing.assert_array_equal(targets(patches)[0], table[numbers].transpose(2, 0, 1))


def test_grey_images_and_files_that_are_no_images_are_left_out_and_counted(tmp_path):
    root = tmp_path / "in"
    picture(root / "a.png", 1)
    for number in range(5):
        picture(root / f"grey{number}.png", 10 + number, bands=1)
    picture(root / "grey_alpha.png", 5, bands=2)
    (root / "notes.txt").write_text("seen at night")
    (root / "a.png.aux.xml").write_text("<PAMDataset/>")
    (root / ".hidden.png").write_text("nothing")
    (root / "older").mkdir()
    (root / "again.png").write_bytes((root / "a.png").read_bytes())
    patches = imported(root, tmp_path / "set")
    assert len(targets(patches)) == 1
    assert patches.manifest.remarks == (
        "in: 3 left out, no images: .hidden.png, a.png.aux.xml, notes.txt.",
        "in: 1 left out, folders, not looked into: older.",
        "in: 6 left out, grey, without a colour to learn: grey0.png, grey1.png, grey2.png, ...",
        "in: 1 left out, equal to another image: again.png.",
    )
    (root / "a.png").unlink()
    (root / "again.png").unlink()
    with pytest.raises(InputError, match=r"in gave no image\. .*6 left out, grey"):
        imported(root, tmp_path / "other")


@pytest.mark.parametrize("fit", ["resize", "crop", "tiles"])
def test_one_pixel_is_enlarged_or_too_small_and_said(tmp_path, fit):
    picture(tmp_path / "in/one.png", 1, rows=1, cols=1)
    picture(tmp_path / "in/two.png", 2, rows=33, cols=40)
    patches = imported(tmp_path / "in", tmp_path / "set", fit=fit)
    if fit == "resize":
        assert (targets(patches)[0] == pixels_of(1, 1, 1)).all()
        assert patches.manifest.remarks == ("in: 1 enlarged, too small: one.png.",)
    else:
        assert len(targets(patches)) == 1
        assert patches.manifest.remarks == ("in: 1 left out, smaller than 32 px: one.png.",)


def test_bands_and_bit_depths_are_not_mixed(tmp_path):
    tiff(tmp_path / "in/a.tif", pixels_of(1))
    tiff(tmp_path / "in/b.tif", pixels_of(2, dtype=np.uint16))
    with pytest.raises(InputError, match=r"b\.tif holds uint16, a\.tif holds uint8.*bit depth"):
        imported(tmp_path / "in", tmp_path / "set")
    tiff(tmp_path / "in/b.tif", pixels_of(2, bands=5))
    with pytest.raises(InputError, match=r"b\.tif has 5 bands, a\.tif has 3 bands"):
        imported(tmp_path / "in", tmp_path / "set", kind="images")
    with pytest.raises(InputError, match=r"b\.tif has 5 bands; a colour image has red"):
        imported(tmp_path / "in", tmp_path / "set")
    assert not (tmp_path / "set").exists()


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif"])
@pytest.mark.parametrize("share", [0.0, 0.05, 0.6])
def test_a_file_that_is_cut_short_is_named_and_leaves_nothing(tmp_path, name, share):
    noise = np.random.default_rng(0).integers(0, 255, (300, 300, 3), np.uint8)
    path = tmp_path / "in" / name
    path.parent.mkdir()
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(SceneReadError, match=name.replace(".", r"\.")):
        imported(tmp_path / "in", tmp_path / "set")
    assert not (tmp_path / "set").exists()


def test_a_web_page_under_the_name_of_an_image_is_named(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.jpg").write_text("<html>not found</html>")
    with pytest.raises(SatstudioError, match=r"a\.jpg: it is a web page"):
        imported(tmp_path / "in", tmp_path / "set")


def test_pixels_without_a_value_are_holes_and_images_of_holes_are_left_out(tmp_path):
    values = pixels_of(1, 32, 32, dtype=np.float32)
    values[1, 4, 5] = np.nan
    values[0, 6, 7] = np.inf
    tiff(tmp_path / "in/a.tif", values)
    tiff(tmp_path / "in/b.tif", np.full((3, 32, 32), np.nan, np.float32))
    patches = imported(tmp_path / "in", tmp_path / "set")
    assert np.isfinite(targets(patches)).all()
    assert np.argwhere(~patches.valid("train")[0]).tolist() == [[4, 5], [6, 7]]
    assert patches.manifest.remarks == ("1 of 2 patches have no data: left out.",)
    large = imported(tmp_path / "in", tmp_path / "other", size_px=16)
    assert large.valid("train").shape == (1, 16, 16)
    assert np.isfinite(targets(large)).all()
    low, high = np.nanmin(values), np.nanmax(values[np.isfinite(values)])
    assert low <= targets(large)[0].min() <= targets(large)[0].max() <= high


def test_a_constant_image_is_zero_for_a_network(tmp_path):
    tiff(tmp_path / "in/a.tif", np.full((3, 32, 32), 7.5, np.float32))
    scaling = imported(tmp_path / "in", tmp_path / "set").manifest.scaling
    assert scaling.gain * 7.5 + scaling.offset == 0


def test_complex_samples_are_cut_and_not_resized(tmp_path):
    rng = np.random.default_rng(0)
    for name in "ab":
        z = rng.standard_normal((1, 70, 40)) + 1j * rng.standard_normal((1, 70, 40))
        tiff(tmp_path / f"in/{name}.tif", z.astype(np.complex64))
    with pytest.raises(InputError, match=r"complex samples, which cannot be resized"):
        imported(tmp_path / "in", tmp_path / "set", kind="images")
    patches = imported(tmp_path / "in", tmp_path / "set", kind="images", fit="tiles")
    assert patches.train.shape == (4, 1, 32, 32)
    assert patches.manifest.scaling.kind == "unit_power"


@pytest.mark.parametrize(
    ("choices", "why"),
    [
        ({"kind": "pairs"}, "needs target"),
        ({"kind": "colour", "target": "x"}, "has one folder"),
        ({"ratio": 2}, "ratio other than 1"),
        ({"folds": 3, "fold": 4}, "fold 4 is none of 3"),
        ({"validation_share": 0.5, "test_share": 0.5}, "nothing to learn from"),
        ({"kind": "pairs", "target": "nowhere"}, "no folder nowhere"),
        ({"kind": "movies"}, "kind"),
        ({"size_px": 4}, "size_px"),
    ],
)
def test_choices_that_do_not_go_together_are_refused(tmp_path, choices, why):
    picture(tmp_path / "in/a.png", 1)
    with pytest.raises(InputError, match=why):
        imported(tmp_path / "in", tmp_path / "set", **choices)


def test_a_file_in_place_of_a_folder_is_said(tmp_path):
    path = picture(tmp_path / "a.png", 1)
    with pytest.raises(InputError, match="is a file; name the folder"):
        imported(path, tmp_path / "set")


def test_a_stop_leaves_nothing(tmp_path):
    for number in range(8):
        picture(tmp_path / f"in/{number}.png", number)
    asked = iter([False] * 22 + [True] * 1000)
    progress = Progress(is_stopped=lambda: next(asked))
    with pytest.raises(Cancelled):
        import_patches("folder", tmp_path / "in", {"size_px": 32}, tmp_path / "set", progress)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]
