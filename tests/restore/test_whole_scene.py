"""A scene of any size through a model: exact at seams, honest about nodata, whole or not at all."""

import json
import os
import shlex
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis.strategies import composite, integers, sampled_from
from made import (
    made_complex,
    made_intensity,
    made_optical,
    made_slc,
    speckle,
    speckle_power,
    write_geotiff,
)
from made_models import PLAIN, made_model, made_restorer

from satstudio.cli.main import main
from satstudio.core.errors import (
    Cancelled,
    CheckFailedError,
    InputError,
    ModelError,
    SatstudioError,
    SceneWriteError,
)
from satstudio.core.files.replacing import sha256_of
from satstudio.core.grid import Window
from satstudio.core.progress import Progress
from satstudio.core.scaling import Scaling
from satstudio.core.version import VERSION
from satstudio.jobs.client import WorkerClient, run_job
from satstudio.jobs.job import Job
from satstudio.restore.centring import measure_centre
from satstudio.restore.many_scenes import restore_scenes
from satstudio.restore.whole_scene import (
    RestoreRecipe,
    restore_raster,
    restore_scene,
)
from satstudio.scenes.scene import open_scene

AGREE = 1e-5
"""Of the largest output."""


def restored(scene, model, out, **choices):
    restore_scene(scene, model, RestoreRecipe(**choices), out, Progress(), overwrite=True)
    with rasterio.open(out) as dataset:
        return dataset.read()


def box(values, side=5):
    """The mean of side x side, mirrored at the edges, in float64."""
    half = side // 2
    padded = np.pad(values, half, mode="reflect")
    views = np.lib.stride_tricks.sliding_window_view(padded, (side, side))
    return views.mean(axis=(-2, -1))


# ------------------------------------------------------------------------------- tiles and seams


@composite
def places(draw):
    rows, cols = draw(integers(1, 90)), draw(integers(1, 90))
    row, col = draw(integers(0, rows - 1)), draw(integers(0, cols - 1))
    window = Window(row, col, draw(integers(1, rows - row)), draw(integers(1, cols - col)))
    return rows, cols, window


@settings(max_examples=25)
@given(
    place=places(), tile=sampled_from([16, 20, 28, 64, 128]), name=sampled_from(["deep", "pooled"])
)
def test_any_tile_size_and_any_window_give_the_same_pixels(tmp_path_factory, place, tile, name):
    rows, cols, window = place
    folder = tmp_path_factory.mktemp("tiles")
    scene = write_geotiff(folder / "scene.tif", speckle_power(rows, cols))
    model = made_restorer(folder / "m.onnx", name)
    whole = restored(scene, model, folder / "whole.tif")
    largest = np.abs(whole).max()
    again = restored(scene, model, folder / "again.tif", tile_px=tile)
    part = restored(scene, model, folder / "part.tif", tile_px=tile, window=window)
    assert np.abs(again - whole).max() <= AGREE * largest
    assert np.abs(part - whole[:, *window.slices]).max() <= AGREE * largest


@pytest.mark.parametrize(("rows", "cols"), [(7, 9), (32, 32), (130, 61), (600, 1)])
def test_the_answer_is_that_of_the_whole_scene_mirrored_at_its_edges(tmp_path, rows, cols):
    power = speckle_power(rows, cols)
    scene = write_geotiff(tmp_path / "scene.tif", power)
    found = restored(scene, made_restorer(tmp_path / "m.onnx"), tmp_path / "o.tif")[0]
    np.testing.assert_allclose(found, box(power.astype(np.float64)), rtol=1e-4)


def test_scenes_larger_than_a_block_have_no_seams(tmp_path):
    power = speckle_power(1700, 900)
    scene = write_geotiff(tmp_path / "scene.tif", power, tiled=True)
    model = made_restorer(tmp_path / "m.onnx", tile_px=128)
    found = restored(scene, model, tmp_path / "o.tif")[0]
    np.testing.assert_allclose(found, box(power.astype(np.float64)), rtol=1e-4)


def test_a_halo_of_none_shows_seams_so_that_the_others_mean_something(tmp_path):
    scene = write_geotiff(tmp_path / "scene.tif", speckle_power(80, 80))
    model = made_restorer(tmp_path / "m.onnx")
    right = restored(scene, model, tmp_path / "a.tif")
    wrong = restored(scene, model, tmp_path / "b.tif", halo_px=0)
    assert np.abs(right - wrong).max() > 0.1


# ------------------------------------------------------------------------------ what comes out


def test_a_despeckler_writes_intensity_on_the_scenes_grid(tmp_path):
    scene = made_slc(tmp_path, 90, 70)
    model = made_restorer(tmp_path / "m.onnx", "despeckle")
    out = tmp_path / "restored" / "o.tif"
    found = restored(scene, model, out)[0]
    with rasterio.open(scene) as before, rasterio.open(out) as after:
        power = np.abs(before.read(1).astype(np.complex128)) ** 2
        near_hole = box((power == 0).astype(float)) > 0  # 0 is nodata: it was filled before
        assert after.dtypes == ("float32",)
        assert after.descriptions == ("VV",)
        assert [(p.row, p.col, p.x, p.y) for p in after.gcps[0]] == [
            (p.row, p.col, p.x, p.y) for p in before.gcps[0]
        ]
        assert after.nodata == before.nodata == 0
        tags = after.tags()
    np.testing.assert_allclose(found[~near_hole], box(power)[~near_hole], rtol=1e-3)
    assert (found[power == 0] == 0).all()
    assert (found[power > 0] > 0).all()
    assert tags["SATSTUDIO_QUANTITY"] == "intensity"
    assert tags["SATSTUDIO_MODEL"] == sha256_of(model)
    assert tags["SATSTUDIO_SOURCE"] == "slc.tif"
    assert tags["SATSTUDIO_VERSION"] == VERSION
    assert tags["ACQUISITION_DATE"] == "2022-09-18"
    with closing(open_scene(out)) as opened:
        assert opened.quantity == "power"


def test_the_command_in_the_tags_makes_the_same_file(tmp_path, capsys):
    scene = made_slc(tmp_path, 60, 50)
    model = made_restorer(tmp_path / "a model.onnx", "despeckle")
    out = tmp_path / "o.tif"
    choices = {"window": Window(3, 5, 40, 30), "keep_phase": True, "tile_px": 24, "bands": (0,)}
    first = restored(scene, model, out, **choices)
    with rasterio.open(out) as dataset:
        words = shlex.split(dataset.tags()["SATSTUDIO_COMMAND"])
    out.unlink()
    assert words[:2] == ["satstudio", "restore"]
    assert main(words[1:]) == 0
    assert capsys.readouterr().out.strip() == str(out)
    with rasterio.open(out) as dataset:
        np.testing.assert_array_equal(dataset.read(), first)


def test_with_its_phase_kept_the_modulus_is_the_root_of_the_intensity(tmp_path):
    scene = made_slc(tmp_path, 60, 50)
    model = made_restorer(tmp_path / "m.onnx", "despeckle")
    power = restored(scene, model, tmp_path / "power.tif")[0]
    kept = restored(scene, model, tmp_path / "kept.tif", keep_phase=True)[0]
    assert kept.dtype == np.complex64
    np.testing.assert_allclose(np.abs(kept) ** 2, power, rtol=1e-5)
    with rasterio.open(scene) as dataset:
        samples = dataset.read(1)
    there = samples != 0
    assert np.abs(np.angle(kept * np.conj(samples)))[there].max() < 1e-5
    with rasterio.open(tmp_path / "kept.tif") as dataset:
        assert dataset.tags()["SATSTUDIO_QUANTITY"] == "complex"


def test_complex_samples_stay_complex_through_a_complex_model(tmp_path):
    scene = made_complex(tmp_path, 50, 40)
    model = made_restorer(tmp_path / "m.onnx", "complex_blur")
    found = restored(scene, model, tmp_path / "o.tif")[0]
    with rasterio.open(scene) as dataset:
        samples = dataset.read(1).astype(np.complex128)
    np.testing.assert_allclose(found, box(samples), atol=1e-5)


@pytest.mark.parametrize("kind", ["linear", "log_amplitude", "unit_power"])
def test_the_scaling_of_the_card_is_applied_and_undone(tmp_path, kind):
    scaling = {
        "linear": PLAIN,
        "log_amplitude": Scaling(kind="log_amplitude", gain=0.4, eps=0.1),
        "unit_power": Scaling(kind="unit_power", gain=3.0),
    }[kind]
    power = np.full((20, 30), 7.0, np.float32)
    scene = write_geotiff(tmp_path / "scene.tif", power)
    model = made_restorer(tmp_path / "m.onnx", scaling=scaling)
    np.testing.assert_allclose(restored(scene, model, tmp_path / "o.tif"), 7, rtol=1e-5)


def test_several_bands_keep_their_names_and_transform_in_a_window(tmp_path):
    scene = made_optical(tmp_path, 60, 80, bands=3)
    model = made_restorer(tmp_path / "m.onnx", bands=3)
    found = restored(scene, model, tmp_path / "o.tif", window=Window(10, 20, 30, 40))
    with rasterio.open(scene) as before, rasterio.open(tmp_path / "o.tif") as after:
        whole = np.stack([box(band.astype(float)) for band in before.read()])
        assert after.descriptions == before.descriptions
        assert after.crs == before.crs
        assert after.transform.c == before.transform.c + 20 * 10
        assert after.transform.f == before.transform.f - 10 * 10
    np.testing.assert_allclose(found, whole[:, 10:40, 20:60], rtol=1e-4)


def test_a_raster_in_memory_has_the_pixels_of_the_file(tmp_path):
    scene = made_intensity(tmp_path, 60, 70)
    model = made_restorer(tmp_path / "m.onnx")
    window = Window(5, 8, 40, 50)
    written = restored(scene, model, tmp_path / "o.tif", window=window)
    with closing(open_scene(scene)) as opened:
        raster = restore_raster(opened, model, RestoreRecipe(window=window))
        assert raster.grid == opened.grid.cropped(window)
    np.testing.assert_array_equal(raster.pixels, written)
    np.testing.assert_array_equal(raster.valid, written[0] != -9999)


# ------------------------------------------------------------------------------- without data


@pytest.mark.parametrize("kind", ["nodata", "nan", "mask"])
def test_holes_stay_holes_and_do_not_reach_their_neighbours(tmp_path, kind):
    power = speckle_power(70, 60)
    holes = np.zeros(power.shape, bool)
    holes[20:40, 10:30] = True
    profile = {"nodata": -9999} if kind == "nodata" else {}
    path = tmp_path / "scene.tif"
    write_geotiff(path, np.where(holes, np.nan if kind == "nan" else -9999, power), **profile)
    if kind == "mask":
        with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "r+") as dataset:
            dataset.write_mask(~holes)
    model = made_restorer(tmp_path / "m.onnx")
    results = []
    for tile in (16, 64):
        out = tmp_path / f"{tile}.tif"
        restore_scene(path, model, RestoreRecipe(tile_px=tile), out, Progress())
        with closing(open_scene(out)) as opened:
            raster = opened.read()
            assert opened.nodata == ((-9999,) if kind == "nodata" else (None,))
        np.testing.assert_array_equal(raster.valid, ~holes)
        results.append(raster.pixels[0][~holes])
    assert 0 < results[0].min() <= results[0].max() <= power.max()
    assert np.abs(results[0] - results[1]).max() <= AGREE * results[0].max()


def test_a_valid_pixel_never_takes_the_value_of_nodata(tmp_path):
    values = np.tile(np.float32([1, 1, -2]), (20, 10))  # of mean 0 in each window of 3 x 3
    values[:5, :5] = 0
    scene = write_geotiff(tmp_path / "scene.tif", values, nodata=0)
    found = restored(scene, "baseline:boxcar", tmp_path / "o.tif", filter_px=3)[0]
    assert np.abs(found[10:, 10:20]).max() < 1e-30
    with closing(open_scene(tmp_path / "o.tif")) as opened:
        np.testing.assert_array_equal(opened.read().valid, values != 0)


def test_a_scene_without_any_data_gives_one(tmp_path):
    scene = write_geotiff(tmp_path / "scene.tif", np.full((20, 20), np.nan, np.float32))
    found = restored(scene, made_restorer(tmp_path / "m.onnx"), tmp_path / "o.tif")
    assert np.isnan(found).all()


# ------------------------------------------------------------------- the centre of the spectrum


def shifted(rows, cols, azimuth, range_):
    """Band-limited speckle whose spectrum is centred on these cycles a pixel."""
    white = np.fft.fft2(speckle(rows, cols))
    down, across = np.fft.fftfreq(rows)[:, None], np.fft.fftfreq(cols)
    limited = np.fft.ifft2(white * (np.abs(down) < 0.35) * (np.abs(across) < 0.35))
    row, col = np.mgrid[:rows, :cols]
    return (limited * np.exp(2j * np.pi * (azimuth * row + range_ * col))).astype(np.complex64)


def test_a_despeckler_sees_a_centred_spectrum_in_every_tile(tmp_path):
    samples = shifted(200, 160, 0.2, -0.12)
    scene = write_geotiff(tmp_path / "scene.tif", samples)
    with closing(open_scene(scene)) as opened:
        centre = measure_centre(opened, [0])
        assert centre.azimuth[0] == pytest.approx(0.2, abs=0.01)
        assert centre.range_[0] == pytest.approx(-0.12, abs=0.01)
        assert centre.deviation < 0.05
        there = Window(37, 11, 64, 64)
        moved = centre.removed(samples[None, *there.slices], there)
        whole = centre.removed(samples[None], Window(0, 0, 200, 160))
    np.testing.assert_allclose(moved, whole[:, *there.slices], atol=1e-5)
    assert abs(np.angle(np.vdot(whole[0, :-1], whole[0, 1:]))) < 0.05


def test_a_white_spectrum_has_no_centre(tmp_path):
    with closing(open_scene(made_complex(tmp_path, 300, 300))) as opened:
        centre = measure_centre(opened, [0])
    assert (centre.azimuth, centre.range_) == ((0.0,), (0.0,))
    assert centre.remark == ""


def test_a_spectrum_that_wanders_is_told_and_noted_in_the_file(tmp_path, capsys):
    bursts = np.concatenate([shifted(200, 160, 0.3, 0), shifted(200, 160, -0.1, 0)])
    scene = write_geotiff(tmp_path / "bursts.tif", bursts)
    model = made_restorer(tmp_path / "m.onnx", "despeckle")
    out = tmp_path / "o.tif"
    assert main(["restore", str(scene), "--model", str(model), "--out", str(out)]) == 0
    assert "wanders" in capsys.readouterr().err
    with rasterio.open(out) as dataset:
        assert "wanders" in dataset.tags()["SATSTUDIO_REMARK"]


def test_in_a_crop_of_topsar_the_wandering_centre_is_told(open_data):
    with closing(open_scene(next(open_data.glob("sar_slc/**/s1a-iw3-slc-vv_crop*.tiff")))) as scene:
        assert "TOPS" in measure_centre(scene, [0]).remark


# ---------------------------------------------------------------------------- what does not fit


REFUSED = {
    "real scene, complex model": ("intensity", "despeckle", {}, "takes complex samples"),
    "complex scene, real model": ("complex", "blur", {}, "takes real values"),
    "bands": ("optical", "blur", {}, r"takes 1 band\(s\); 4"),
    "series": ("intensity", "blur", {"takes": "series"}, "card says 1 channel.* of several images"),
    "larger": ("intensity", "blur", {"scale": 2.0}, "not what its card says"),
    "channels": ("rgb2", "blur", {"bands_in": 2, "bands_out": 2}, "card says 2 channel"),
    "output": ("intensity", "blur", {"bands_out": 3}, "not what its card says"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_model_that_does_not_fit_is_refused_with_the_reason(tmp_path, name):
    kind, model, card, reason = REFUSED[name]
    scene = {
        "intensity": made_intensity,
        "complex": made_complex,
        "optical": made_optical,
        "rgb2": lambda folder: made_optical(folder, bands=2),
    }[kind](tmp_path)
    path = made_restorer(tmp_path / "m.onnx", model, **card)
    before = set(tmp_path.iterdir())
    with pytest.raises(ModelError, match=reason):
        restore_scene(scene, path, RestoreRecipe(), tmp_path / "o.tif", Progress())
    assert set(tmp_path.iterdir()) == before


def test_a_generator_is_refused(tmp_path):
    scene, model = made_complex(tmp_path), made_model(tmp_path / "g.onnx")
    with pytest.raises(ModelError, match="takes noise, not an image"):
        restore_scene(scene, model, RestoreRecipe(), tmp_path / "o.tif", Progress())


@pytest.mark.parametrize(
    ("choices", "reason"),
    [
        ({"keep_phase": True}, "no phase to keep"),
        ({"window": Window(100, 0, 50, 50)}, "does not lie in"),
        ({"bands": (1,)}, "has bands 0 to 0"),
        ({"tile_px": 18}, "multiples of 4"),
        ({"tile_px": 8}, "no room inside a halo"),
    ],
)
def test_choices_that_do_not_fit_are_refused(tmp_path, choices, reason):
    scene = made_intensity(tmp_path)
    model = made_restorer(tmp_path / "m.onnx", "pooled")
    with pytest.raises(InputError, match=reason):
        restored(scene, model, tmp_path / "o.tif", **choices)


def test_the_scene_and_the_model_are_never_overwritten(tmp_path):
    scene = made_intensity(tmp_path)
    model = made_restorer(tmp_path / "m.onnx")
    before = scene.read_bytes(), model.read_bytes()
    for out in (scene, model):
        with pytest.raises(InputError, match="is an input itself"):
            restore_scene(scene, model, RestoreRecipe(), out, Progress())
    assert (scene.read_bytes(), model.read_bytes()) == before


# --------------------------------------------------------------------- several; stop; full disk


def test_several_scenes_go_to_a_folder_each_under_its_name(tmp_path, capsys):
    first, second = made_intensity(tmp_path, name="a.tif"), made_intensity(tmp_path, name="b.tif")
    (tmp_path / "done").mkdir()
    (tmp_path / "done" / "other.tif").write_bytes(b"nothing that could be opened")
    words = ["restore", str(first), str(second), "--baseline", "boxcar", "--filter", "3"]
    assert main([*words, "--out", str(tmp_path / "done"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["scenes"] == 2
    assert sorted(path.name for path in (tmp_path / "done").iterdir()) == [
        "a.tif",
        "b.tif",
        "other.tif",
    ]
    assert main([*words, "--out", str(tmp_path / "o.tif")]) == 2
    assert "give a folder" in capsys.readouterr().err


def test_two_scenes_of_one_name_are_refused(tmp_path):
    scenes = [made_intensity(tmp_path / folder) for folder in "ab"]
    with pytest.raises(InputError, match=r"both become intensity\.tif"):
        restore_scenes(scenes, "baseline:lee", RestoreRecipe(), tmp_path / "out", Progress())


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        ([], 2, "--model FILE.onnx or --baseline NAME"),
        (["--baseline", "lee", "--model", "m.onnx"], 2, "one of them"),
        (["--baseline", "lee", "--filter", "4"], 2, "odd"),
        (["--baseline", "lee", "--bands", "x"], 2, "whole numbers"),
        (["--model", "missing.onnx"], 2, "no model file"),
    ],
)
def test_bad_usage_is_one_sentence(tmp_path, capsys, words, code, text):
    scene = made_intensity(tmp_path)
    assert main(["restore", str(scene), *words, "--out", str(tmp_path / "o.tif")]) == code
    told = capsys.readouterr().err
    assert text in told
    assert "Traceback" not in told
    assert not (tmp_path / "o.tif").exists()


def test_a_job_restores_in_a_worker(tmp_path):
    scene = made_intensity(tmp_path)
    arguments = {
        "scene": str(scene), "model": "baseline:lee", "out": str(tmp_path / "o.tif"),
        "recipe": {"filter_px": 5, "window": {"row": 0, "col": 0, "rows": 40, "cols": 30}},
    }  # fmt: skip
    shares = []
    run_job(
        Job(kind="restore", arguments=arguments), Progress(lambda share, text: shares.append(share))
    )
    with rasterio.open(tmp_path / "o.tif") as dataset:
        assert dataset.shape == (40, 30)
    assert shares == sorted(shares)
    assert shares[-1] == 1


@pytest.mark.parametrize("act", ["stop", "kill"])
def test_a_worker_that_is_stopped_or_killed_leaves_no_result(tmp_path, act):
    scene = write_geotiff(tmp_path / "scene.tif", speckle_power(2000, 2000))
    arguments = {
        "scene": str(scene), "model": str(made_restorer(tmp_path / "m.onnx")), "recipe": {},
        "out": str(tmp_path / "out" / "o.tif"),
    }  # fmt: skip
    is_over = False
    with WorkerClient(Job(kind="restore", arguments=arguments)) as client:
        for event in client.events():
            if event.name == "progress" and event.share > 0.02 and not is_over:
                getattr(client, act)()
                is_over = True  # a second stop would end it at once
    assert event.name == ("stopped" if act == "stop" else "error")
    assert event.text
    assert act == "stop" or "what it restored is kept" in event.text
    assert not (tmp_path / "out" / "o.tif").exists()
    assert act == "kill" or list((tmp_path / "out").iterdir()) == []


def test_a_stop_leaves_nothing_and_keeps_what_was_there(tmp_path):
    scene = write_geotiff(tmp_path / "scene.tif", speckle_power(300, 300))
    model = made_restorer(tmp_path / "m.onnx")
    out = tmp_path / "o.tif"
    out.write_bytes(b"older result")
    before = set(tmp_path.iterdir())
    shares = []
    progress = Progress(lambda share, text: shares.append(share), lambda: len(shares) > 5)
    with pytest.raises(Cancelled):
        restore_scene(scene, model, RestoreRecipe(), out, progress, overwrite=True)
    assert len(shares) == 6
    assert set(tmp_path.iterdir()) == before
    assert out.read_bytes() == b"older result"


CHILD = """
import resource, signal, sys
from pathlib import Path
from satstudio.core.progress import Progress
from satstudio.restore.whole_scene import RestoreRecipe, restore_scene
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
limit = int(sys.argv[4])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
def tell(share, text):
    print(share, flush=True)
scene, model, out, _ = sys.argv[1:]
restore_scene(scene, model, RestoreRecipe(), Path(out), Progress(tell))
status = Path("/proc/self/status")
if status.exists():
    print(status.read_text().partition("VmHWM:")[2].split()[0])
"""


@pytest.mark.skipif(os.name != "posix", reason="needs a limit of file sizes")
def test_a_full_disk_is_told_and_leaves_nothing(tmp_path):
    scene = write_geotiff(tmp_path / "scene.tif", speckle_power(700, 700))
    out = tmp_path / "out" / "o.tif"
    for limit in (1000, 1_000_000, 2_100_000):  # the last: while the file is arranged
        done = subprocess.run(
            [sys.executable, "-c", CHILD, str(scene), "baseline:boxcar", str(out), str(limit)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert SceneWriteError.__name__ in done.stderr
        assert "free space" in done.stderr
        assert list(out.parent.iterdir()) == []


def test_a_read_only_folder_is_told(tmp_path):
    scene = made_intensity(tmp_path)
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o555)
    if os.access(folder, os.W_OK):
        pytest.skip("this user may write anywhere")
    with pytest.raises(SatstudioError, match=r"Cannot write o\.tif"):
        restored(scene, "baseline:lee", folder / "o.tif")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a place where nobody may write")
def test_a_place_where_nobody_may_write_is_told_before_the_work(tmp_path):
    scene, told = made_intensity(tmp_path), []
    progress = Progress(lambda share, text: told.append(text))
    with pytest.raises(SatstudioError, match=r"Cannot write o\.tif"):
        restore_scene(scene, "baseline:lee", RestoreRecipe(), Path("/proc/self/o.tif"), progress)
    assert not any("Restoring" in text for text in told)


def test_a_stack_is_restored_band_by_band(tmp_path):
    scenes = [
        write_geotiff(tmp_path / f"{n}.tif", speckle_power(60, 50, seed=n), tiled=True)
        for n in range(3)
    ]
    address = "stack:" + "|".join(map(str, scenes))
    found = restored(address, "baseline:boxcar", tmp_path / "o.tif")
    for scene, band in zip(scenes, found, strict=True):
        np.testing.assert_array_equal(
            restored(scene, "baseline:boxcar", tmp_path / "p.tif")[0], band
        )


def test_a_folder_that_cannot_be_is_told(tmp_path):
    scene = made_intensity(tmp_path)
    with pytest.raises(SatstudioError, match=r"Cannot write o\.tif"):
        restored(scene, "baseline:lee", scene / "o.tif")


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_a_killed_worker_leaves_nothing_under_the_final_name(tmp_path):
    scene = write_geotiff(tmp_path / "scene.tif", speckle_power(1500, 1500))
    model = made_restorer(tmp_path / "m.onnx")
    out = tmp_path / "out" / "o.tif"
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(scene), str(model), str(out), "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    while float(child.stdout.readline()) < 0.05:
        pass
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert not out.exists()
    restored(scene, "baseline:boxcar", out)
    assert out.exists()


ONE_HEAP = {"MALLOC_ARENA_MAX": "1"}
"""Else how threads meet decides how many heaps the C library keeps: 10 % from run to run."""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's peak memory")
@pytest.mark.parametrize("name", [pytest.param("model", marks=pytest.mark.nightly), "baseline:lee"])
def test_a_larger_scene_takes_no_more_memory(tmp_path, name):
    model = made_restorer(tmp_path / "m.onnx", tile_px=256) if name == "model" else name
    peaks = []
    for times in (9, 14):  # both fill GDAL's cache of 64 MB
        power = np.tile(speckle_power(512, 512), (times, times))
        scene = write_geotiff(tmp_path / "scene.tif", power, tiled=True)
        done = subprocess.run(
            [sys.executable, "-c", CHILD, *map(str, (scene, model, tmp_path / f"{times}.tif", 0))],
            env={**os.environ, **ONE_HEAP},
            capture_output=True,
            text=True,
            check=True,
        )
        peaks.append(int(done.stdout.split()[-1]))
    assert peaks[1] < 1.10 * peaks[0]


# -------------------------------------------------------------------------- not finite

HOLE = (slice(40, 43), slice(50, 54))


@pytest.fixture
def zeros_in_speckle(tmp_path):
    power = speckle_power(120, 130, seed=9)
    power[HOLE] = 0
    return write_geotiff(tmp_path / "scene.tif", power[None])


def test_a_model_that_loses_valid_pixels_stops_the_restoration(zeros_in_speckle, tmp_path, capsys):
    model, out = made_restorer(tmp_path / "undone.onnx", "undone"), tmp_path / "made/out.tif"
    words = ["restore", str(zeros_in_speckle), "--model", str(model), "--out", str(out)]
    assert main(words) == 3
    said = capsys.readouterr().err
    assert "undone.onnx makes values that are not finite of 12 valid pixels" in said
    assert "row 40, column 50" in said
    assert "Traceback" not in said
    assert not out.parent.exists() or list(out.parent.iterdir()) == []


def test_what_the_scene_itself_does_not_have_is_no_failure(zeros_in_speckle, tmp_path):
    model = made_restorer(tmp_path / "undone.onnx", "undone")
    with rasterio.open(zeros_in_speckle, "r+") as dataset:
        dataset.nodata = 0
    values = restored(zeros_in_speckle, model, tmp_path / "out.tif", halo_px=0)
    assert not values[0][HOLE].any()
    assert np.isfinite(values).all()


def test_a_preview_stops_too(zeros_in_speckle, tmp_path):
    model = made_restorer(tmp_path / "undone.onnx", "undone")
    with closing(open_scene(zeros_in_speckle)) as scene, pytest.raises(CheckFailedError):
        restore_raster(scene, model, RestoreRecipe(window=Window(41, 0, 20, 60)))


def test_a_filter_that_overflows_stops_too(tmp_path, capsys):
    values = speckle(60, 60)
    values[30, 20] = 1e30
    scene = write_geotiff(tmp_path / "scene.tif", values[None])
    words = ["restore", str(scene), "--baseline", "lee", "--out", str(tmp_path / "o.tif")]
    assert main(words) == 3
    said = capsys.readouterr().err
    assert "baseline:lee makes values that are not finite of 1 valid pixels" in said
    assert "row 30, column 20" in said
    assert not (tmp_path / "o.tif").exists()
