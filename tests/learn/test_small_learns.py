"""The presets `small` and `sar_small` learn on one thread: two scenes, two seeds."""

import time

import pytest

from satstudio.core.errors import Cancelled
from satstudio.core.paths import resources_folder
from satstudio.core.progress import Progress
from satstudio.learn.export.onnx_export import export_onnx
from satstudio.learn.loop.loop import TrainRecipe, train
from satstudio.metrics.measures.distribution import ks_modulus
from satstudio.metrics.measures.spectrum import spectrum_distance_db
from satstudio.patches.cut import PatchRecipe, cut_patches
from satstudio.patches.patch_set import PatchSet
from satstudio.restore.generate.samples import generate

SENTINEL = "data/open/sar_slc/geotiff/s1a-iw3-slc-vv_crop_601x1401.tiff"
CPU_SECONDS = 60
COUNT = 512


def scene_of(name, request):
    if name == "sample":
        return resources_folder() / "demo/sample_slc.tif"
    return request.getfixturevalue("shared_data") / SENTINEL


def real_patches(patches, size):
    """Held-out patches, tiled into pieces of the network's size."""
    held_out = PatchSet.open(patches).validation[:]
    n, _, rows, cols = held_out.shape
    pieces = held_out[:, 0].reshape(n, rows // size, size, cols // size, size)
    return pieces.transpose(0, 1, 3, 2, 4).reshape(-1, size, size)[:COUNT]


def learnt(patches, preset, seed, cpu_seconds, folder):
    """Train for some CPU seconds; return KS of the modulus and the spectra's distance (dB)."""
    until = time.process_time() + cpu_seconds
    limited = Progress(is_stopped=lambda: time.process_time() > until)
    with pytest.raises(Cancelled):
        train(patches, TrainRecipe(preset=preset, seed=seed, threads=1), folder / "run", limited)
    model = export_onnx(folder / "run", folder / "made.onnx", Progress())
    made = generate(model, range(5000, 5000 + COUNT))[:, 0]
    real = real_patches(patches, made.shape[-1])
    return ks_modulus(real, made), spectrum_distance_db(real, made)


@pytest.mark.usefixtures("many_images")
@pytest.mark.nightly
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("name", ["sample", "sentinel"])
def test_small_learns_amplitudes_and_spectrum(
    name, seed, request, tmp_path, record_testsuite_property
):
    scene = scene_of(name, request)
    recipe = PatchRecipe(size_px=64, count=400, seed=seed)
    patches = cut_patches([scene], recipe, tmp_path / "patches", Progress())
    ks, spectrum = learnt(patches, "small", seed, CPU_SECONDS, tmp_path)
    record_testsuite_property(f"ks_modulus {name} {seed}", ks)
    record_testsuite_property(f"spectrum_distance_db {name} {seed}", spectrum)
    assert ks <= 0.3
    assert spectrum <= 5.0


@pytest.mark.nightly
@pytest.mark.parametrize("seed", [0, 1])
def test_sar_small_learns_amplitudes_of_larger_patches(
    seed, shared_data, tmp_path, record_testsuite_property
):
    recipe = PatchRecipe(size_px=128, count=120, seed=seed)
    patches = cut_patches([shared_data / SENTINEL], recipe, tmp_path / "patches", Progress())
    ks, spectrum = learnt(patches, "sar_small", seed, 2 * CPU_SECONDS, tmp_path)
    record_testsuite_property(f"ks_modulus sar_small {seed}", ks)
    record_testsuite_property(f"spectrum_distance_db sar_small {seed}", spectrum)
    assert ks <= 0.3
    assert spectrum <= 9.0
