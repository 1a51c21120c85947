"""Scenes on one ground become one patch set: every role shows the same ground."""

import json
from fractions import Fraction

import numpy as np
import pytest
from made import speckle, write_geotiff
from rasterio.transform import from_origin

from satstudio.core.errors import InputError
from satstudio.core.progress import Progress
from satstudio.patches.check import check_patches
from satstudio.patches.cut import PatchRecipe, cut_patches, preview_positions
from satstudio.patches.patch_set import PatchSet
from satstudio.patches.sheet import sheet_picture

WEST, NORTH = 500_000, 5_000_000
FAR = 1000
"""A pixel's value in these scenes is FAR times its northing plus its easting, in metres."""


def ground(folder, name, px, rows, cols, *, east=0.0, south=0.0, date="", holes=(), **profile):
    """Write a scene whose values tell where on the ground its pixels begin."""
    row, col = np.mgrid[:rows, :cols]
    values = FAR * (south + row * px) + east + col * px
    pixels = values.astype(np.float32)[None]
    for hole in holes:
        pixels[:, hole[0], hole[1]] = np.nan
    transform = from_origin(WEST + east, NORTH - south, px, px)
    tags = [{"DATE": date}] if date else []
    return write_geotiff(folder / name, pixels, transform=transform, band_tags=tags, **profile)


def cut(scenes, out, **choices):
    recipe = PatchRecipe(**{"size_px": 16, **choices})
    return PatchSet.open(cut_patches(scenes, recipe, out, Progress()))


def corners(patches, split, role):
    return patches.split(split, role)[:][:, 0, 0, 0]


@pytest.mark.parametrize(("px", "ratio"), [(30, "1/3"), (10, "1"), (5, "2"), (3.2, "25/8")])
def test_windows_of_both_roles_are_the_same_ground_for_any_ratio(tmp_path, px, ratio):
    side = int(960 * 10 / px / 10)
    first = ground(tmp_path, "first.tif", 10, 96, 96)
    other = ground(tmp_path, "other.tif", px, side, side)
    patches = cut([first], tmp_path / "set", size_px=24, count=20, pairs=[f"optical={other}"])
    port = patches.manifest.port("optical")
    assert (port.ratio, port.size_px) == (ratio, (24 * Fraction(ratio),) * 2)
    for split in ("train", "validation"):
        assert len(patches.split(split)) == len(patches.split(split, "optical")) > 0
        np.testing.assert_allclose(
            corners(patches, split, "input"), corners(patches, split, "optical"), rtol=1e-6
        )


def test_scenes_that_share_a_part_only_are_cut_there(tmp_path):
    first = ground(tmp_path, "first.tif", 10, 96, 96)
    other = ground(tmp_path, "other.tif", 30, 20, 24, east=-60, south=150)
    patches = cut([first], tmp_path / "set", size_px=12, count=20, pairs=[f"optical={other}"])
    for split in ("train", "validation"):
        assert len(patches.split(split)) > 0
        np.testing.assert_array_equal(
            corners(patches, split, "input"), corners(patches, split, "optical")
        )
    rows = [item.window[0] for item in patches.manifest.items]
    assert min(rows) >= 15
    assert max(rows) + 12 <= 15 + 60


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_without_georeference_sizes_tell_the_ratio(tmp_path):
    low = speckle(32, 48, 50.0)
    high = np.kron(low, np.ones((3, 3), np.complex64))
    paths = [
        write_geotiff(tmp_path / f"{name}.tif", pixels, transform=None, crs=None)
        for name, pixels in (("low", low), ("high", high))
    ]
    patches = cut([paths[0]], tmp_path / "set", size_px=8, role="low", pairs=[f"high={paths[1]}"])
    assert [port.role for port in patches.ports] == ["low", "high"]
    assert np.array_equal(patches.split("train", "high")[:][..., 1::3, 1::3], patches.train[:])


def test_a_place_counts_only_where_every_role_has_data(tmp_path):
    first = ground(tmp_path, "first.tif", 10, 96, 96, holes=[(slice(0, 40), slice(0, 40))])
    other = ground(tmp_path, "other.tif", 30, 32, 32, holes=[(slice(21, 32), slice(21, 32))])
    patches = cut([first], tmp_path / "set", size_px=12, min_valid=1.0, pairs=[f"low={other}"])
    assert patches.valid("train")[:].all()
    assert patches.valid("train", "low")[:].all()
    windows = [item.window for item in patches.manifest.items]
    assert not any(row < 40 and col < 40 for row, col, _, _ in windows)
    assert not any(row + 12 > 63 and col + 12 > 63 for row, col, _, _ in windows)
    some = cut([first], tmp_path / "some", size_px=12, min_valid=0.3, pairs=[f"low={other}"])
    assert not some.valid("train", "low")[:].all()
    assert any(shard.has_mask for shard in some.manifest.shards if shard.role == "low")


def test_a_stack_beside_a_scene_is_a_series_in_order_of_date(tmp_path):
    days = [ground(tmp_path, f"{d}.tif", 30, 32, 32, date=f"2026-01-0{d}") for d in (3, 1, 2)]
    high = ground(tmp_path, "high.tif", 10, 96, 96)
    stack = "stack:" + "|".join(map(str, days))
    patches = cut([high], tmp_path / "set", size_px=24, role="target", pairs=[f"low={stack}"])
    port = patches.manifest.port("low")
    assert (port.frames, port.ratio, port.size_px) == ((3, 3), "1/3", (8, 8))
    dates = patches.entries("train")[0].parts["low"].dates
    assert [date[:10] for date in dates] == ["2026-01-01", "2026-01-02", "2026-01-03"]
    series = patches.series("train", "low")
    assert series.frames(0).shape == (3, 1, 8, 8)
    sources = [
        patches.manifest.sources[n].address
        for n in patches.entries("train")[0].parts["low"].sources
    ]
    assert [source[-5:] for source in sources] == ["1.tif", "2.tif", "3.tif"]


def test_images_of_a_series_without_data_are_left_out(tmp_path):
    whole = ground(tmp_path, "1.tif", 10, 64, 64)
    half = ground(tmp_path, "2.tif", 10, 64, 64, holes=[(slice(0, 64), slice(0, 32))])
    patches = cut([f"stack:{whole}|{half}"], tmp_path / "set", series=True)
    assert patches.manifest.port().frames == (1, 2)
    series, entries = patches.series("train"), patches.entries("train")
    assert {item.frames("input") for item in entries} == {1, 2}
    for index, item in enumerate(entries):
        assert (
            len(series.frames(index)) == item.frames("input") == (1 if item.window[1] < 32 else 2)
        )
        assert series.masks(index).any(axis=(1, 2)).all()


def test_several_scenes_have_their_own_beside_them(tmp_path):
    firsts = [ground(tmp_path, f"a{n}.tif", 10, 64, 64, east=9000 * n) for n in (1, 2)]
    others = [ground(tmp_path, f"b{n}.tif", 20, 32, 32, east=9000 * n) for n in (1, 2)]
    pairs = [f"optical={other}" for other in others]
    patches = cut(firsts, tmp_path / "set", pairs=pairs)
    np.testing.assert_array_equal(
        corners(patches, "train", "input"), corners(patches, "train", "optical")
    )
    assert {item.parts["optical"].sources for item in patches.manifest.items} == {(2,), (3,)}
    with pytest.raises(InputError, match="cannot be cut together"):
        cut(firsts, tmp_path / "wrong", pairs=pairs[::-1])
    with pytest.raises(InputError, match="2 scenes and 1 of the role"):
        cut(firsts, tmp_path / "few", pairs=pairs[:1])


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"east": 3.0}, "shifted by 0.3 px"),
        ({"east": 90_000.0}, "8936 px"),
        ({"crs": "EPSG:32631"}, "coordinate systems differ"),
    ],
)
def test_scenes_apart_are_refused_with_both_names_and_by_how_much(tmp_path, values, reason):
    first = ground(tmp_path, "first.tif", 10, 64, 64, crs="EPSG:32633")
    other = ground(tmp_path, "other.tif", 10, 64, 64, **{"crs": "EPSG:32633", **values})
    with pytest.raises(InputError, match=reason) as caught:
        cut([first], tmp_path / "set", pairs=[f"optical={other}"])
    assert "first.tif" in str(caught.value)
    assert "other.tif" in str(caught.value)
    assert not (tmp_path / "set").exists()


def test_a_side_that_is_no_whole_pixels_is_refused_with_the_step(tmp_path):
    first = ground(tmp_path, "first.tif", 10, 96, 96)
    other = ground(tmp_path, "other.tif", 3.2, 300, 300)
    with pytest.raises(InputError, match="multiple of 8 px"):
        cut([first], tmp_path / "set", size_px=20, pairs=[f"optical={other}"])


def test_the_preview_shows_the_places_that_are_cut(tmp_path):
    first = ground(tmp_path, "first.tif", 10, 96, 96)
    other = ground(tmp_path, "other.tif", 30, 20, 24, east=-60, south=150)
    recipe = PatchRecipe(size_px=12, count=9, pairs=[f"optical={other}"])
    (shown,) = preview_positions([first], recipe)
    patches = PatchSet.open(cut_patches([first], recipe, tmp_path / "set", Progress()))
    places = [(w.row, w.col) for w in shown.train]
    assert places == [item.window[:2] for item in patches.entries("train")]


def test_a_set_of_pairs_is_sound_and_damage_of_a_role_is_found(tmp_path):
    first = ground(tmp_path, "first.tif", 10, 96, 96)
    other = ground(tmp_path, "other.tif", 30, 32, 32)
    folder = cut([first], tmp_path / "set", size_px=12, pairs=[f"low={other}"]).path
    assert check_patches(folder) == []
    path = folder / "low-train-000.npy"
    pixels = np.load(path)
    pixels[2] = np.nan
    np.save(path, pixels)
    findings = {finding.kind: finding for finding in check_patches(folder)}
    assert findings["nan"].patches == ("train/2 (low)",)
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    del manifest["items"][0]["parts"]["low"]
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(InputError, match="disagree"):
        PatchSet.open(folder)


def test_the_contact_sheet_shows_every_role(tmp_path):
    first = ground(tmp_path, "first.tif", 10, 96, 96)
    days = [ground(tmp_path, f"{d}.tif", 30, 32, 32) for d in (1, 2)]
    pairs = [f"low={day}" for day in days]
    patches = cut([first], tmp_path / "set", size_px=24, role="target", pairs=pairs)
    alone = cut([first], tmp_path / "alone", size_px=24)
    both, one = sheet_picture(patches), sheet_picture(alone)
    assert both.shape[0] == one.shape[0]
    assert both.shape[1] > 1.8 * one.shape[1], "each patch has the other beside it"
