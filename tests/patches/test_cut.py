"""Scenes become patch sets: the pixels are the scene's, and nothing half-made is left."""

import hashlib
from contextlib import closing
from functools import partial

import numpy as np
import pytest
from made import (
    TRANSFORM,
    made_complex,
    made_intensity,
    made_optical,
    made_rgb,
    made_slc,
    speckle,
    write_geotiff,
)

from satstudio.core.errors import Cancelled, ExistsError, InputError, SceneReadError
from satstudio.core.grid import Size, Window
from satstudio.core.progress import Progress
from satstudio.patches.check import check_patches
from satstudio.patches.cut import PatchRecipe, cut_patches, preview_positions
from satstudio.patches.manifest import SEEN_SPLITS
from satstudio.patches.patch_set import PatchSet
from satstudio.patches.positions import candidates, quotas
from satstudio.patches.reading import read_patches
from satstudio.patches.shards import ShardWriter
from satstudio.pixels.scaling import scaled
from satstudio.pixels.spectral.region_spectrum import neighbour_correlation
from satstudio.pixels.synthetic.simulate import SceneModel, simulate_scene
from satstudio.scenes.scene import Scene, open_scene


def cut(scenes, out, **choices):
    recipe = PatchRecipe(**{"size_px": 16, **choices})
    return PatchSet.open(cut_patches(scenes, recipe, out, Progress()))


def test_every_patch_is_its_window_of_the_scene(tmp_path):
    pixels = speckle(160, 128, 50.0, seed=2)
    scene = write_geotiff(tmp_path / "scene.tif", pixels)
    patches = cut([scene], tmp_path / "set", count=40)
    for split in ("train", "validation"):
        array, entries = patches.split(split), patches.entries(split)
        assert len(array) == len(entries) > 0
        for patch, entry in zip(array[:], entries, strict=True):
            assert np.array_equal(patch[0], pixels[Window(*entry.window).slices])


def test_each_file_of_a_stack_counts_in_its_hash(tmp_path):
    names = [tmp_path / f"day{day}.tif" for day in (1, 2)]
    for day, path in enumerate(names):
        write_geotiff(path, speckle(64, 64, 50.0, seed=day))
    address = "stack:" + "|".join(str(path) for path in names)
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in names]
    first = cut([address], tmp_path / "set").manifest.sources[0]
    assert first.sha256 == hashlib.sha256("".join(lines).encode()).hexdigest()
    write_geotiff(names[1], speckle(64, 64, 50.0, seed=9))
    assert cut([address], tmp_path / "other").manifest.sources[0].sha256 != first.sha256


def test_the_manifest_says_where_everything_comes_from(tmp_path):
    scene = made_slc(tmp_path)
    patches = cut([scene], tmp_path / "set", count=40, seed=9)
    manifest = patches.manifest
    assert manifest.sources[0].sha256 == hashlib.sha256(scene.read_bytes()).hexdigest()
    assert manifest.sources[0].address == str(scene)
    assert manifest.bands == ("VV",)
    assert (manifest.is_complex, manifest.dtype, manifest.quantity) == (
        True,
        "complex64",
        "complex",
    )
    assert manifest.seed == 9
    assert PatchRecipe.build(manifest.recipe) == PatchRecipe.load(tmp_path / "set" / "recipe.toml")
    assert manifest.scaling.kind == "log_amplitude"
    median = np.median(np.abs(patches.train[:]))
    assert manifest.scaling.eps == pytest.approx(0.1 * median, rel=1e-3)


def test_the_scaling_is_fitted_to_training_patches_only(tmp_path):
    pixels = speckle(256, 64)
    scene = write_geotiff(tmp_path / "scene.tif", pixels)
    patches = cut([scene], tmp_path / "set", validation_share=0.5)
    for entry in patches.entries("validation"):
        pixels[Window(*entry.window).slices] *= 1000
    louder = write_geotiff(tmp_path / "louder.tif", pixels)
    again = cut([louder], tmp_path / "again", validation_share=0.5)
    assert again.manifest.scaling == patches.manifest.scaling


def test_real_bands_become_float32_with_a_linear_scaling(tmp_path):
    patches = cut([made_optical(tmp_path)], tmp_path / "set")
    assert patches.train.shape[1:] == (4, 16, 16)
    assert patches.train.dtype == np.float32
    numbers = scaled(patches.train[:], patches.manifest.scaling)
    assert (numbers.mean(), numbers.std()) == pytest.approx((0, 1), abs=0.01)


def test_bands_can_be_chosen(tmp_path):
    scene = made_rgb(tmp_path)
    patches = cut([scene], tmp_path / "set", bands=(2, 0))
    assert patches.train.shape[1] == 2
    assert (patches.train[:][:, 0] == 128).all()
    with pytest.raises(InputError, match="bands 0 to 2"):
        cut([scene], tmp_path / "other", bands=(3,))


def test_no_patch_has_less_data_than_asked_for(tmp_path):
    scene = made_intensity(tmp_path)  # 16 columns without data
    patches = cut([scene], tmp_path / "set", stride_px=8, min_valid=0.5, validation_share=0)
    shares = {entry.window[1]: entry.valid for entry in patches.manifest.items}
    assert 0 not in shares
    assert shares[8] == 0.5
    assert (patches.train[:] >= 0).all()
    valid = patches.valid("train")[:]
    assert valid.mean() == pytest.approx(np.mean([e.valid for e in patches.manifest.items]))
    assert (patches.train[:][:, 0][~valid] == 0).all()
    whole = cut([scene], tmp_path / "whole", stride_px=8, min_valid=1, validation_share=0)
    assert min(entry.window[1] for entry in whole.manifest.items) == 16
    assert not list((tmp_path / "whole").glob("*.valid.npy"))


def test_several_scenes_share_a_set_and_their_ground(tmp_path):
    first, second = (made_complex(tmp_path, seed=seed, name=f"{seed}.tif") for seed in (1, 2))
    patches = cut([first, second], tmp_path / "set", count=100)
    assert {entry.source for entry in patches.entries("train")} == {0, 1}
    assert (len(patches.train), len(patches.validation)) == (80, 20)
    assert check_patches(tmp_path / "set") == []


def two_scenes(tmp_path):
    return [str(made_complex(tmp_path, seed=seed, name=f"{seed}.tif")) for seed in (1, 2)]


@pytest.mark.parametrize("choices", [{"count": 50}, {"stride_px": 24}, {}])
def test_a_validation_scene_gives_all_validation_patches_and_no_other(tmp_path, choices):
    first, second = two_scenes(tmp_path)
    patches = cut([first], tmp_path / "set", validation_scenes=(second,), **choices)
    assert {entry.source for entry in patches.entries("train")} == {0}
    assert {entry.source for entry in patches.entries("validation")} == {1}
    assert [source.use for source in patches.manifest.sources] == ["train", "validation"]
    if "count" in choices:
        assert (len(patches.train), len(patches.validation)) == (40, 10)
    assert check_patches(tmp_path / "set") == []


def test_with_a_validation_scene_no_ground_of_the_others_is_kept_back(tmp_path):
    first, second = two_scenes(tmp_path)
    whole = cut([first], tmp_path / "whole", validation_share=0)
    patches = cut([second, first], tmp_path / "set", validation_scenes=(second,))
    assert [entry.window for entry in patches.entries("train")] == [
        entry.window for entry in whole.entries("train")
    ]
    assert [source.use for source in whole.manifest.sources] == ["both"]


def test_the_scaling_knows_nothing_of_a_validation_scene(tmp_path):
    quiet = str(write_geotiff(tmp_path / "quiet.tif", speckle(128, 64)))
    loud = str(write_geotiff(tmp_path / "loud.tif", speckle(128, 64, seed=3) * 1000))
    alone = cut([quiet], tmp_path / "alone", validation_share=0)
    beside = cut([quiet], tmp_path / "beside", validation_scenes=(loud,))
    assert beside.manifest.scaling == alone.manifest.scaling


def test_a_scene_is_never_for_both_splits(tmp_path):
    first, second = two_scenes(tmp_path)
    with pytest.raises(InputError, match="Every scene is kept for validation"):
        cut([first], tmp_path / "set", validation_scenes=(first,))
    copy = tmp_path / "copy.tif"
    copy.write_bytes((tmp_path / "1.tif").read_bytes())
    with pytest.raises(InputError, match=r"copy\.tif is to be for validation, but equals"):
        cut([first, second], tmp_path / "set", validation_scenes=(str(copy),))
    with pytest.raises(InputError, match=r"2\.tif gave no validation patch"):
        cut([first], tmp_path / "set", validation_scenes=(second,), count=9, validation_share=0)


def test_the_same_choices_cut_the_same_pixels(tmp_path):
    scene = made_complex(tmp_path)
    first, again = (cut([scene], tmp_path / name, count=30) for name in ("first", "again"))
    assert [shard.sha256 for shard in first.manifest.shards] == [
        shard.sha256 for shard in again.manifest.shards
    ]
    assert first.manifest.items == again.manifest.items


def test_shards_stay_bounded(tmp_path, monkeypatch):
    limit = 10 * 16 * 16 * 8
    writer = ShardWriter
    monkeypatch.setattr("satstudio.patches.cut.ShardWriter", partial(writer, shard_bytes=limit))
    patches = cut([made_complex(tmp_path)], tmp_path / "set", validation_share=0)
    assert [shard.count for shard in patches.manifest.shards] == [10] * 6 + [4]
    assert len(patches.train) == 64


def test_a_stopped_cut_leaves_nothing(tmp_path):
    scene = made_complex(tmp_path / "in")
    out = tmp_path / "study" / "set"
    reports = []
    stopping = Progress(
        tell=lambda share, text: reports.append(share), is_stopped=lambda: len(reports) > 12
    )
    with pytest.raises(Cancelled):
        cut_patches([scene], PatchRecipe(size_px=16), out, stopping)
    assert 0 < max(reports) < 1
    assert list((tmp_path / "study").iterdir()) == []


def test_a_failed_cut_leaves_the_set_that_was_there(tmp_path):
    scene = made_complex(tmp_path)
    before = cut([scene], tmp_path / "set").sha256
    with pytest.raises(InputError):
        cut_patches([scene], PatchRecipe(size_px=128), tmp_path / "set", Progress(), overwrite=True)
    assert PatchSet.open(tmp_path / "set").sha256 == before


def test_progress_only_grows(tmp_path):
    told = []
    progress = Progress(tell=lambda share, text: told.append(share))
    cut_patches([made_complex(tmp_path)], PatchRecipe(size_px=16), tmp_path / "set", progress)
    assert told == sorted(told)
    assert told[-1] == 1


def test_scenes_that_do_not_go_together_are_refused(tmp_path):
    slc, rgb, optical = made_slc(tmp_path), made_rgb(tmp_path), made_optical(tmp_path)
    with pytest.raises(InputError, match="one is complex, the other is not"):
        cut([slc, rgb], tmp_path / "set")
    with pytest.raises(InputError, match="choose the bands"):
        cut([rgb, optical], tmp_path / "set")
    with pytest.raises(InputError, match="No scene"):
        cut([], tmp_path / "set")
    with pytest.raises(SceneReadError, match=r"absent\.tif"):
        cut([tmp_path / "absent.tif"], tmp_path / "set")
    assert not (tmp_path / "set").exists()


def test_a_split_without_patches_says_what_to_change(tmp_path):
    scene = made_complex(tmp_path, 40, 40)
    with pytest.raises(InputError, match="choose smaller patches"):
        cut([scene], tmp_path / "set", size_px=32)
    assert len(cut([scene], tmp_path / "set", size_px=32, validation_share=0).train) == 1
    empty = write_geotiff(
        tmp_path / "empty.tif",
        np.full((64, 64), -1, np.float32),
        nodata=-1,
        transform=TRANSFORM,
    )
    with pytest.raises(InputError, match="95% of valid pixels"):
        cut([empty], tmp_path / "none")


@pytest.mark.parametrize("overwrite", [False, True])
def test_another_folder_is_never_replaced(tmp_path, overwrite):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "dear.txt").write_text("x", "utf-8")
    recipe, scene = PatchRecipe(size_px=16), made_complex(tmp_path)
    with pytest.raises(ExistsError, match="is no patch set"):
        cut_patches([scene], recipe, tmp_path / "photos", Progress(), overwrite)
    with pytest.raises(ExistsError, match="is a file"):
        cut_patches([scene], recipe, scene, Progress(), overwrite)
    assert (tmp_path / "photos" / "dear.txt").exists()


def test_a_patch_set_is_replaced_where_that_is_asked_and_nothing_beside_it(tmp_path):
    scene, out = made_complex(tmp_path), tmp_path / "set"
    before = cut([scene], out, seed=1)
    (out / "notes.txt").write_text("mine", "utf-8")
    with pytest.raises(ExistsError, match="--overwrite"):
        cut([scene], out, seed=2)
    assert PatchSet.open(out).sha256 == before.sha256
    extra = out / "input-train-099.npy"  # a shard that the new set does not have
    extra.write_bytes(b"")
    cut_patches([scene], PatchRecipe(size_px=16, seed=2), out, Progress(), overwrite=True)
    after = PatchSet.open(out)
    assert after.manifest.seed == 2
    assert check_patches(out) == []
    assert (out / "notes.txt").read_text("utf-8") == "mine"
    assert extra.exists()  # its manifest did not name it: the user's
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_shards_that_a_smaller_set_has_no_use_for_go(tmp_path, monkeypatch):
    small = partial(ShardWriter, shard_bytes=16 * 16 * 8 * 10)
    monkeypatch.setattr("satstudio.patches.cut.ShardWriter", small)
    scene, out = made_complex(tmp_path), tmp_path / "set"
    many = cut([scene], out, count=60).manifest.shards
    recipe = PatchRecipe(size_px=16, count=20)
    cut_patches([scene], recipe, out, Progress(), overwrite=True)
    few = {shard.file for shard in PatchSet.open(out).manifest.shards}
    assert len(few) < len(many)
    assert {path.name for path in out.glob("*[0-9].npy")} == few


def test_the_preview_shows_the_places_that_are_cut(tmp_path):
    scenes = [made_complex(tmp_path, seed=seed, name=f"{seed}.tif") for seed in (1, 2)]
    named = {"validation_scenes": (str(scenes[1]),)}
    for choices in ({"count": 50}, {"stride_px": 24}, {}, named, {"count": 50, **named}):
        recipe = PatchRecipe(size_px=16, **choices)
        places = preview_positions(scenes, recipe)
        out = cut_patches(scenes, recipe, tmp_path / "set", Progress(), overwrite=True)
        patches = PatchSet.open(out)
        for split in ("train", "validation"):
            for source, place in enumerate(places):
                planned = [(w.row, w.col, w.rows, w.cols) for w in getattr(place, split)]
                entries = patches.entries(split)
                assert planned == [e.window for e in entries if e.source == source]


def test_the_preview_leaves_out_what_has_no_data(tmp_path):
    (places,) = preview_positions([made_intensity(tmp_path)], PatchRecipe(size_px=16))
    assert min(window.col for window in (*places.train, *places.validation)) == 16


def test_the_preview_of_a_dense_grid_is_a_choice_of_it(tmp_path):
    (places,) = preview_positions(
        [made_complex(tmp_path)], PatchRecipe(size_px=16, stride_px=1), 50
    )
    assert len(places) == 50
    assert len({window.row for window in places.train}) > 20


def one_by_one(path, recipe):
    """What a plain loop takes: candidate after candidate, each read by itself."""
    left = quotas(recipe, recipe.count)
    kept = {split: [] for split in SEEN_SPLITS}
    with closing(open_scene(path)) as scene:
        for window, split in candidates(scene.grid.size, recipe):
            if left[split] == len(kept[split]):
                continue
            raster = scene.read(window)
            valid = raster.valid & np.isfinite(raster.pixels).all(axis=0)
            if valid.mean() >= recipe.min_valid:
                kept[split].append((window, np.where(valid, raster.pixels, 0), valid.mean()))
    return kept


def with_holes(pixels):
    pixels = pixels.copy()
    pixels[:90, :150] = np.nan
    pixels[150:160] = np.nan
    return pixels


LAYOUTS = [
    {"tiled": True, "blockxsize": 64, "blockysize": 64, "compress": "deflate"},
    {"blockysize": 1},
    {"blockysize": 7, "compress": "deflate"},
    {"blockysize": 250, "compress": "lzw"},
]


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
@pytest.mark.parametrize(
    "choices",
    [
        {"count": 60, "min_valid": 0.3, "seed": 4, "validation_share": 0.4},
        {"count": 20, "stride_px": 9, "min_valid": 1},
    ],
    ids=str,
)
def test_patches_are_those_of_a_plain_loop_in_its_order(tmp_path, layout, choices):
    pixels = with_holes(speckle(330, 300))
    path = write_geotiff(tmp_path / "scene.tif", pixels, **layout)
    patches = cut([path], tmp_path / "set", size_px=24, **choices)
    expected = one_by_one(path, PatchRecipe(size_px=24, **choices))
    for split in SEEN_SPLITS:
        entries = patches.entries(split)
        assert [entry.window for entry in entries] == [
            (w.row, w.col, w.rows, w.cols) for w, _, _ in expected[split]
        ]
        assert [entry.valid for entry in entries] == [share for _, _, share in expected[split]]
        stack = np.array([pixels for _, pixels, _ in expected[split]])
        assert (patches.split(split)[:] == stack).all()
    assert not patches.entries("test")


def test_each_block_of_a_deflated_scene_is_read_once(tmp_path, monkeypatch):
    pixels = speckle(1024, 1280)
    path = write_geotiff(
        tmp_path / "s.tif", pixels, tiled=True, blockxsize=256, blockysize=256, compress="deflate"
    )
    asked = []
    read = Scene.read

    def counting(self, window=None, shape=None, bands=None):
        asked.append(window)
        return read(self, window, shape, bands)

    monkeypatch.setattr(Scene, "read", counting)
    patches = cut([path], tmp_path / "set", size_px=32, count=400)
    assert len(patches.train) + len(patches.validation) == 400
    blocks = [
        (row, col)
        for window in asked
        for row in range(window.row // 256, (window.end_row - 1) // 256 + 1)
        for col in range(window.col // 256, (window.end_col - 1) // 256 + 1)
    ]
    assert len(blocks) == len(set(blocks)) == 20


def test_far_windows_of_a_file_in_lines_do_not_read_what_lies_between(tmp_path, monkeypatch):
    path = write_geotiff(tmp_path / "wide.tif", speckle(64, 20_000), blockysize=1)
    read, asked = Scene.read, []

    def counting(self, window=None, shape=None, bands=None):
        asked.append(window)
        return read(self, window, shape, bands)

    monkeypatch.setattr(Scene, "read", counting)
    cut([path], tmp_path / "set", size_px=16, count=4, validation_share=0)
    assert sum(window.rows * window.cols for window in asked) < 4 * 64 * 1100


def test_what_does_not_fit_into_memory_waits_in_a_file_that_is_gone_afterwards(
    tmp_path, monkeypatch
):
    path = write_geotiff(tmp_path / "scene.tif", with_holes(speckle(400, 500)), blockysize=8)
    usual = cut([path], tmp_path / "usual", size_px=24, count=100)
    monkeypatch.setattr(read_patches, "STAY_BYTES", 30_000)
    monkeypatch.setattr(read_patches, "OPEN_BYTES", 300_000)
    staged = cut([path], tmp_path / "staged", size_px=24, count=100)
    assert staged.manifest.items == usual.manifest.items
    assert staged.manifest.shards == usual.manifest.shards
    assert {file.name for file in (tmp_path / "staged").iterdir()} == {
        file.name for file in (tmp_path / "usual").iterdir()
    }


def test_shards_are_what_numpy_saves_and_their_hashes_are_true(tmp_path):
    path = write_geotiff(tmp_path / "scene.tif", with_holes(speckle(400, 500)))
    patches = cut([path], tmp_path / "set", size_px=24, count=50, min_valid=0.3)
    assert any(shard.has_mask for shard in patches.manifest.shards)
    for shard in patches.manifest.shards:
        stored = tmp_path / "set" / shard.file
        assert hashlib.sha256(stored.read_bytes()).hexdigest() == shard.sha256
        masks = [tmp_path / "set" / shard.mask_file] if shard.has_mask else []
        for file in (stored, *masks):
            np.save(tmp_path / "again.npy", np.load(file))
            assert (tmp_path / "again.npy").read_bytes() == file.read_bytes()


def test_white_patches_are_white_and_lie_on_the_scene_that_they_are_of(tmp_path):
    pixels = simulate_scene(SceneModel(rows=256, cols=240, seed=2))
    scene = write_geotiff(tmp_path / "scene.tif", pixels[None])
    choices = {"size_px": 64, "white": True, "validation_share": 0.0}
    patches = cut([scene], tmp_path / "set", **choices)
    assert patches.manifest.recipe["white"]
    white, plain = patches.train[:], cut([scene], tmp_path / "plain", size_px=64).train[:]
    assert max(neighbour_correlation(white[:, 0], axis) for axis in (0, 1)) < 0.06
    assert max(neighbour_correlation(plain[:, 0], axis) for axis in (0, 1)) > 0.3
    (places,) = preview_positions([scene], PatchRecipe(**choices))
    assert len(places) == len(white)
    assert all(window.is_inside(Size(256, 240)) for window in places.train)
    assert min(window.rows for window in places.train) > 64


def test_real_scenes_are_not_whitened(tmp_path):
    with pytest.raises(InputError, match="complex"):
        cut([made_intensity(tmp_path)], tmp_path / "set", white=True)
    assert not (tmp_path / "set").exists()
