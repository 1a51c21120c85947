"""Folders of images become patch sets: what each kind gives, and what was left out is told."""

import numpy as np
import pytest
from made_images import picture, pixels_of, tiff
from PIL import Image

from satstudio.core.errors import InputError
from satstudio.core.progress import Progress
from satstudio.patches.check import check_patches
from satstudio.patches.importing import import_patches
from satstudio.patches.patch_set import PatchSet
from satstudio.pixels.luminance import grey
from satstudio.pixels.scaling import scaled

ALL = {"validation_share": 0, "test_share": 0}
"""Every image is for training, so that its pixels are found in the order of the names."""


def imported(root, out, **choices):
    values = {"size_px": 32} | choices
    return PatchSet.open(import_patches("folder", root, values, out, Progress()))


def test_a_colour_image_is_its_own_target(tmp_path):
    for number in range(3):
        picture(tmp_path / f"in/{number}.png", number, rows=32, cols=32)
    patches = imported(tmp_path / "in", tmp_path / "set", **ALL)
    target, level = patches.split("train", "target")[:], patches.split("train", "input")[:]
    assert [port.role for port in patches.ports] == ["input", "target"]
    assert target.dtype == np.float32
    np.testing.assert_array_equal(target, np.stack([pixels_of(n, 32, 32) for n in range(3)]))
    np.testing.assert_array_equal(level, grey(target))
    assert patches.manifest.port("target").bands == ("red", "green", "blue")
    assert check_patches(tmp_path / "set") == []
    assert patches.manifest.remarks == ()


@pytest.mark.parametrize(
    ("dtype", "name", "profile"),
    [
        (np.uint8, "a.tif", {"photometric": "RGB"}),
        (np.uint16, "a.tif", {"photometric": "RGB", "compress": "deflate"}),
        (np.int16, "a.tif", {}),
        (np.uint16, "a.png", {"driver": "PNG"}),
    ],
)
def test_values_keep_their_bits_and_their_type_is_the_range(tmp_path, dtype, name, profile):
    values = pixels_of(1, 32, 32, dtype=dtype)
    values[0, 0, 0], values[0, 0, 1] = np.iinfo(dtype).min, np.iinfo(dtype).max
    tiff(tmp_path / "in" / name, values, **profile)
    patches = imported(tmp_path / "in", tmp_path / "set", **ALL)
    kept = patches.split("train", "target")[:]
    np.testing.assert_array_equal(kept[0], values.astype(np.float32))
    seen = scaled(kept, patches.manifest.port("target").scaling)
    np.testing.assert_allclose([seen.min(), seen.max()], [-1, 1], atol=1e-6)


def test_real_numbers_have_the_range_of_the_training_images(tmp_path):
    for number in range(10):
        values = pixels_of(number, 32, 32, dtype=np.float32) * 100 + 1000 * (number + 1)
        tiff(tmp_path / f"in/{number}.tif", values)
    patches = imported(tmp_path / "in", tmp_path / "set", kind="images", test_share=0.3)
    seen = scaled(patches.train[:], patches.manifest.scaling)
    np.testing.assert_allclose([seen.min(), seen.max()], [-1, 1], atol=1e-4)
    with pytest.raises(InputError, match=r"0\.tif holds float32, which has no range of its own"):
        imported(tmp_path / "in", tmp_path / "b", kind="images", scaling="type")
    ranged = imported(tmp_path / "in", tmp_path / "c", kind="images", scaling="data", **ALL)
    assert ranged.manifest.scaling.gain < patches.manifest.scaling.gain * 1.2


def test_pairs_are_found_by_their_names_whatever_the_format(tmp_path):
    for number, name in enumerate(("a", "b", "c", "d")):
        picture(tmp_path / f"sar/{name}.png", number, bands=1, rows=32, cols=32)
        tiff(tmp_path / f"optical/{name}.tif", pixels_of(number + 9, 32, 32, dtype=np.uint16))
    choices = {"kind": "pairs", "target": str(tmp_path / "optical"), "test_share": 0.25}
    patches = imported(tmp_path / "sar", tmp_path / "set", **choices, validation_share=0.25)
    assert patches.manifest.counts == {"train": 2, "validation": 1, "test": 1}
    for split in ("train", "validation", "test"):
        for index, item in enumerate(patches.entries(split)):
            one, other = (
                patches.manifest.sources[item.parts[role].sources[0]].address
                for role in ("input", "target")
            )
            number = "abcd".index(one[-5])
            assert other.endswith(f"{one[-5]}.tif")
            wanted = pixels_of(number + 9, 32, 32, dtype=np.uint16)
            np.testing.assert_array_equal(patches.split(split, "target")[index], wanted)


def test_partners_that_are_missing_are_named_in_one_sentence(tmp_path):
    for name in ("a", "b", "lonely"):
        picture(tmp_path / f"sar/{name}.png", 1, bands=1)
    for name in ("a", "b", "single", "sole"):
        picture(tmp_path / f"optical/{name}.jpg", 2)
    with pytest.raises(
        InputError, match=r"sar/lonely\.png, optical/single\.jpg, optical/sole\.jpg"
    ):
        imported(tmp_path / "sar", tmp_path / "set", kind="pairs", target=tmp_path / "optical")
    with pytest.raises(InputError, match="both inputs and targets"):
        imported(tmp_path / "sar", tmp_path / "set", kind="pairs", target=tmp_path / "sar")
    picture(tmp_path / "sar/a.jpg", 3)
    with pytest.raises(InputError, match=r"a\.jpg and a\.png: two images of one name"):
        imported(tmp_path / "sar", tmp_path / "set", kind="pairs", target=tmp_path / "optical")
    assert not (tmp_path / "set").exists()


def test_low_and_high_resolution_are_pairs_of_a_ratio(tmp_path):
    for number in range(2):
        high = pixels_of(number, 96, 128)
        tiff(tmp_path / f"high/{number}.tif", high, photometric="RGB")
        tiff(tmp_path / f"low/{number}.tif", high[:, ::2, ::2], photometric="RGB")
    choices = {"kind": "pairs", "target": tmp_path / "high", "ratio": 2, "size_px": 16, **ALL}
    patches = imported(tmp_path / "low", tmp_path / "set", fit="tiles", **choices)
    assert patches.manifest.port("target").ratio == "2"
    low, high = patches.split("train")[:], patches.split("train", "target")[:]
    assert (low.shape, high.shape) == ((24, 3, 16, 16), (24, 3, 32, 32))
    np.testing.assert_array_equal(high[:, :, ::2, ::2], low)
    with pytest.raises(InputError, match=r"96 x 128 px, but 3 times 48 x 64"):
        imported(tmp_path / "low", tmp_path / "b", fit="tiles", **{**choices, "ratio": 3})
    Image.new("RGB", (96, 96)).save(tmp_path / "high/0.tif")
    with pytest.raises(InputError, match=r"sides have another ratio"):
        imported(tmp_path / "low", tmp_path / "c", fit="resize", **choices)


def test_two_folders_without_pairs_are_two_lists(tmp_path):
    for number in range(6):
        picture(tmp_path / f"grey/{number}.png", number, bands=1)
    for number in range(4):
        picture(tmp_path / f"colour/x{number}.png", 20 + number)
    choices = {"kind": "unpaired", "target": tmp_path / "colour", "validation_share": 0.25}
    patches = imported(tmp_path / "grey", tmp_path / "set", **choices, test_share=0)
    assert not patches.manifest.is_paired
    counts = [len(patches.split("train", role)) for role in ("input", "target")]
    held_out = [len(patches.split("validation", role)) for role in ("input", "target")]
    assert (counts, held_out) == ([4, 3], [2, 1])
    assert [port.band_count for port in patches.ports] == [1, 3]
    assert check_patches(tmp_path / "set") == []


def test_subfolders_are_classes(tmp_path):
    for number in range(3):
        picture(tmp_path / f"in/galaxy/{number}.png", number)
        picture(tmp_path / f"in/nebula/{number}.jpg", 10 + number)
    picture(tmp_path / "in/loose.png", 99)
    patches = imported(tmp_path / "in", tmp_path / "set", kind="classes", **ALL)
    assert patches.manifest.labels == ("galaxy", "nebula")
    assert [item.label for item in patches.entries("train")] == ["galaxy"] * 3 + ["nebula"] * 3
    assert patches.manifest.remarks == ("in: 1 left out, in no class: loose.png.",)
    (tmp_path / "in/nebula/same.png").write_bytes((tmp_path / "in/galaxy/0.png").read_bytes())
    with pytest.raises(InputError, match=r"same\.png is the same image as galaxy/0\.png"):
        imported(tmp_path / "in", tmp_path / "b", kind="classes")
    with pytest.raises(InputError, match="no subfolders"):
        imported(tmp_path / "in/galaxy", tmp_path / "b", kind="classes")


@pytest.mark.parametrize(("rows", "cols"), [(64, 96), (96, 64), (64, 64), (20, 50)])
def test_resizing_keeps_the_middle_and_the_mean(tmp_path, rows, cols):
    values = pixels_of(4, rows, cols)
    tiff(tmp_path / "in/a.tif", values, photometric="RGB")
    patches = imported(tmp_path / "in", tmp_path / "set", **ALL)
    side = min(rows, cols)
    top, left = (rows - side) // 2, (cols - side) // 2
    assert patches.manifest.items[0].window == (top, left, side, side)
    middle = values[:, top : top + side, left : left + side].astype(np.float64)
    found = patches.split("train", "target")[0]
    np.testing.assert_allclose(found.mean(axis=(1, 2)), middle.mean(axis=(1, 2)), atol=2)
    assert middle.min() <= found.min() <= found.max() <= middle.max()
    assert bool(patches.manifest.remarks) == (side < 32)


def test_fine_patterns_become_grey_not_other_patterns(tmp_path):
    stripes = np.zeros((3, 128, 128), np.uint8)
    stripes[:, :, ::2] = 255
    tiff(tmp_path / "in/a.tif", stripes, photometric="RGB")
    found = imported(tmp_path / "in", tmp_path / "set", **ALL).split("train", "target")[0]
    assert np.abs(found - 127.5)[:, :, 1:-1].max() < 1


def test_tiles_of_an_image_stay_in_one_split(tmp_path):
    for number in range(10):
        picture(tmp_path / f"in/{number}.png", number, rows=70, cols=100)
    choices = {"fit": "tiles", "validation_share": 0.2, "test_share": 0.3}
    patches = imported(tmp_path / "in", tmp_path / "set", **choices)
    assert patches.manifest.counts == {"train": 30, "validation": 12, "test": 18}
    sources = [{item.source for item in patches.entries(s)} for s in patches.manifest.counts]
    assert not (sources[0] & sources[1] | sources[0] & sources[2] | sources[1] & sources[2])
    assert {item.window for item in patches.entries("test")} == {
        (row, col, 32, 32) for row in (0, 32) for col in (0, 32, 64)
    }
    assert check_patches(tmp_path / "set") == []


def test_every_image_is_the_test_of_one_fold(tmp_path):
    for number in range(7):
        picture(tmp_path / f"in/{number}.png", number)
    seen = []
    for fold in (1, 2, 3):
        out = tmp_path / f"fold{fold}"
        patches = imported(tmp_path / "in", out, folds=3, fold=fold, validation_share=0.2, seed=5)
        by_split = [{i.source for i in patches.entries(s)} for s in patches.manifest.counts]
        names = [{patches.manifest.sources[n].address for n in part} for part in by_split]
        assert len(set.union(*names)) == sum(map(len, names)) == 7
        seen += sorted(names[2])
    assert len(seen) == len(set(seen)) == 7
    with pytest.raises(InputError, match="7 images cannot be put into 8 folds"):
        imported(tmp_path / "in", tmp_path / "set", folds=8)


def test_the_hubble_images_are_pairs_and_are_cross_validated(open_data, tmp_path):
    root = open_data / "astro/hubble_top100_128px"
    seen = []
    for fold in range(1, 5):
        choices = {"size_px": 64, "folds": 4, "fold": fold}
        patches = imported(root, tmp_path / f"{fold}", **choices, validation_share=0)
        assert patches.manifest.counts == {"train": 12, "validation": 0, "test": 4}
        targets = patches.split("test", "target")[:]
        np.testing.assert_allclose(patches.split("test")[:], grey(targets), atol=1e-3)
        assert np.abs(np.diff(targets, axis=1)).max() > 10, "they have colours"
        seen += [patches.manifest.sources[i.source].address for i in patches.entries("test")]
    assert len(set(seen)) == 16


def test_real_fits_images_are_cut_into_tiles(open_data, tmp_path):
    pytest.importorskip("astropy.io.fits", reason="astropy is not installed")
    (tmp_path / "in").mkdir()
    original = open_data / "astro/m101_swiftx.fits"
    (tmp_path / "in/m101.fits").write_bytes(original.read_bytes())
    patches = imported(tmp_path / "in", tmp_path / "set", kind="images", fit="tiles", **ALL)
    assert patches.train.shape == (16, 1, 32, 32)
    seen = scaled(patches.train[:], patches.manifest.scaling)
    np.testing.assert_allclose([seen.min(), seen.max()], [-1, 1], atol=1e-6)


def test_the_seed_decides_which_images_are_held_out(tmp_path):
    for number in range(12):
        picture(tmp_path / f"in/{number:02}.png", number)
    sets = [
        imported(tmp_path / "in", tmp_path / f"{n}", seed=seed, count=8)
        for n, seed in enumerate((1, 1, 2))
    ]
    first, same, other = (
        [(item.split, one.manifest.sources[item.source].address) for item in one.manifest.items]
        for one in sets
    )
    assert len(first) == 8
    assert first == same != other
