"""Made series become patch sets of several frames, dates, masks and pixel sizes."""

import numpy as np
import pytest

from satstudio.core.errors import InputError
from satstudio.core.progress import Progress
from satstudio.patches.check import check_patches
from satstudio.patches.importing import make_patches
from satstudio.patches.made import image_seed
from satstudio.patches.patch_set import PatchSet
from satstudio.patches.sheet import sheet_picture


def made(name, out, **choices):
    values = {"count": 6, "size_px": 16, "validation_share": 0.34} | choices
    return PatchSet.open(make_patches(name, values, out, Progress()))


def test_clouds_hold_dates_with_masks_radar_and_the_middle_date(tmp_path):
    patches = made("clouds", tmp_path / "set", frames=3, seed=5)
    optical, sar, target = patches.ports
    assert [port.role for port in patches.ports] == ["optical", "sar", "target"]
    assert (optical.frames, sar.frames, target.frames) == ((3, 3), (1, 1), (1, 1))
    assert (optical.bands, target.bands) == (target.bands, optical.bands)
    assert optical.scaling == target.scaling
    assert (optical.quantity, sar.quantity, sar.bands) == ("reflectance", "db", ("VV", "VH"))
    assert patches.manifest.counts == {"train": 4, "validation": 2, "test": 0}
    series = patches.series("train", "optical")
    assert series.frames(0).shape == (3, 13, 16, 16)
    assert series.has_holes
    for number in range(len(series)):
        frames, masks = series.frames(number), series.masks(number)
        assert not frames[~np.broadcast_to(masks[:, None], frames.shape)].any()
        item = patches.entries("train")[number]
        assert item.parts["optical"].dates[1] == item.parts["target"].dates[0]
        assert list(item.parts["optical"].dates) == sorted(item.parts["optical"].dates)
    assert check_patches(tmp_path / "set") == []
    assert sheet_picture(patches).size


def test_a_series_that_is_all_clouds_stays(tmp_path):
    patches = made("clouds", tmp_path / "set", count=40, frames=1, size_px=8)
    assert patches.manifest.count("train") + patches.manifest.count("validation") == 40
    shares = [item.valid for item in patches.manifest.items]
    assert min(shares) == 0
    assert max(shares) == 1
    assert check_patches(tmp_path / "set") == []


@pytest.mark.parametrize(("bands", "count"), [("4", 4), ("10", 10)])
def test_clouds_of_fewer_bands_are_parts_of_all(tmp_path, bands, count):
    whole = made("clouds", tmp_path / "whole")
    part = made("clouds", tmp_path / "part", bands=bands)
    chosen = [whole.ports[0].bands.index(band) for band in part.ports[0].bands]
    assert len(chosen) == count
    np.testing.assert_array_equal(
        part.split("train", "target")[:], whole.split("train", "target")[:][:, chosen]
    )


def test_frames_hold_coarse_images_and_a_fine_one(tmp_path):
    patches = made("frames", tmp_path / "set", frames=5, ratio=3, hidden=0.5)
    low, target = patches.ports
    assert (low.frames, low.size_px) == ((5, 5), (16, 16))
    assert (target.ratio, target.size_px) == ("3", (48, 48))
    assert low.scaling == target.scaling
    series = patches.series("train", "low")
    assert series.frames(0).shape == (5, 1, 16, 16)
    assert not patches.series("train", "target").has_holes
    assert check_patches(tmp_path / "set") == []
    assert sheet_picture(patches).size


@pytest.mark.parametrize(("ratio", "fine"), [("2", 32), ("4", 64), ("5/2", 40)])
def test_low_holds_coarse_and_fine_images_of_a_ratio(tmp_path, ratio, fine):
    patches = made("low", tmp_path / "set", ratio=ratio)
    low, target = patches.ports
    assert (low.bands, target.bands) == (("B2", "B3", "B4", "B8"), low.bands)
    assert (low.size_px, target.size_px, target.ratio) == ((16, 16), (fine, fine), ratio)
    means = [patches.split("train", role)[:].mean(axis=(0, 2, 3)) for role in ("low", "target")]
    np.testing.assert_allclose(*means, rtol=0.1)


def test_speckle_holds_two_dates_of_one_power(tmp_path):
    patches = made("speckle", tmp_path / "set", count=30)
    assert [port.role for port in patches.ports] == ["input", "target"]
    assert patches.ports[0].quantity == "sigma0"
    assert patches.ports[0].scaling == patches.ports[1].scaling
    first, second = (patches.split("train", role)[:] for role in ("input", "target"))
    assert min(first.min(), second.min()) > 0
    levels = [np.log(dates.mean(axis=(1, 2, 3))) for dates in (first, second)]
    assert np.corrcoef(*levels)[0, 1] > 0.8


def test_gaps_hold_an_image_with_holes_and_whole(tmp_path):
    patches = made("gaps", tmp_path / "set")
    valid = patches.valid("train", "input")[:]
    assert patches.valid("train", "target")[:].all()
    for given, whole, mask in zip(
        patches.split("train", "input")[:], patches.split("train", "target")[:], valid, strict=True
    ):
        assert 0 < mask.sum() < mask.size
        np.testing.assert_array_equal(given, np.where(mask, whole, 0))


@pytest.mark.parametrize("name", ["clouds", "frames", "low", "speckle", "gaps"])
def test_seeds_and_makers_decide_and_sets_share_no_image(name, tmp_path):
    first, same = (made(name, tmp_path / n, seed=1) for n in ("a", "b"))
    others = [made(name, tmp_path / "c", seed=2), made(name, tmp_path / "d", maker="terrain")]
    np.testing.assert_array_equal(first.train[:], same.train[:])
    of = {source.address for source in first.manifest.sources}
    for other in others:
        assert len(of) == 6
        assert not of & {source.address for source in other.manifest.sources}
        assert (first.train[:4] != other.train[:4]).any()
    seeds = [{image_seed(seed, number) for number in range(2000)} for seed in (0, 1)]
    assert not seeds[0] & seeds[1]


def test_choices_that_do_not_fit_are_named(tmp_path):
    for name, key, value in (
        ("clouds", "maker", "nobody"),
        ("clouds", "frames", 0),
        ("low", "ratio", "1"),
        ("low", "ratio", "7/3"),
        ("speckle", "looks", 0),
    ):
        with pytest.raises(InputError, match=key):
            made(name, tmp_path / "out", **{key: value})
    assert not (tmp_path / "out").exists()
