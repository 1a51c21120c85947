"""Where memory is short a scene is restored in smaller pieces, and what was done stays done."""

import json
import os
import subprocess
import sys
from contextlib import closing

import numpy as np
import pytest
import rasterio
from made import made_complex, speckle_power, write_geotiff
from made_models import made_restorer

from satstudio.core.errors import OutOfMemoryError
from satstudio.core.grid import Window
from satstudio.core.progress import Progress
from satstudio.restore.baselines import BASELINES, Baseline
from satstudio.restore.blocks import TileGrid
from satstudio.restore.blockwise import sized_engine
from satstudio.restore.blockwise.block_runs import Remaining
from satstudio.restore.blockwise.sized_engine import SizedEngine
from satstudio.restore.pieces.tile_memory import tile_bytes
from satstudio.restore.previews import Previews
from satstudio.restore.recipe import RestoreRecipe
from satstudio.restore.whole_scene import restore_scene
from satstudio.scenes.scene import open_scene

SCENE = (900, 700)


@pytest.fixture
def scene(tmp_path):
    return write_geotiff(tmp_path / "scene.tif", speckle_power(*SCENE), tiled=True)


@pytest.fixture
def hungry(monkeypatch):
    """A filter that has memory for so many pixels at once; notes the blocks that it did."""
    done = []

    def add(most_px):
        def function(power, recipe):
            if power[0].size > most_px:
                raise MemoryError
            done.append(power.shape[1:])
            return 2 * power

        made = Baseline("Hungry", "twice the power", function, lambda recipe: 3)
        monkeypatch.setitem(BASELINES._items, "hungry", made)
        return done

    return add


def read(path):
    with rasterio.open(path) as dataset:
        return dataset.read(), dataset.tags()


def test_blocks_halve_until_they_fit_and_the_result_says_so(scene, hungry, tmp_path, caplog):
    done = hungry(250**2)
    told = []
    progress = Progress(announce=lambda name, fields: told.append(fields.get("text", "")))
    restore_scene(scene, "baseline:hungry", RestoreRecipe(), tmp_path / "o.tif", progress)
    pixels, tags = read(tmp_path / "o.tif")
    np.testing.assert_array_equal(pixels, 2 * read(scene)[0])
    assert max(done) == (192 + 6, 192 + 6)
    assert "The memory is short: restored in tiles of" in tags["SATSTUDIO_REMARK"]
    assert any("memory is short" in text for text in told)
    assert "the memory ran out" in caplog.text


def test_what_was_done_before_memory_ran_out_is_not_done_again(scene, hungry, tmp_path):
    done = hungry(790**2)
    recipe = RestoreRecipe(window=Window(0, 0, 820, 700))  # one block of 768 rows, one of 52
    restore_scene(scene, "baseline:hungry", recipe, tmp_path / "o.tif", Progress())
    assert len(done) == 2
    left = Remaining(Window(5, 5, 100, 100), 64, done=[Window(5, 5, 64, 64)])
    keeps = [block.keep for block in left.blocks(TileGrid(64, 0), 32)]
    assert left.share_done == pytest.approx(0.4096)
    assert sum(keep.size.pixels for keep in keeps) == 100**2 - 64**2
    assert Window(37, 37, 32, 32) not in keeps


def test_where_nothing_fits_the_reason_is_one_sentence_and_nothing_is_left(scene, hungry, tmp_path):
    hungry(0)
    before = set(tmp_path.iterdir())
    with pytest.raises(OutOfMemoryError, match=r"does not suffice for .*hungry on scene\.tif"):
        restore_scene(scene, "baseline:hungry", RestoreRecipe(), tmp_path / "o.tif", Progress())
    assert set(tmp_path.iterdir()) == before
    with closing(Previews(tmp_path)) as previews, pytest.raises(OutOfMemoryError, match="smaller"):
        previews.preview(str(scene), "baseline:hungry", RestoreRecipe(), Progress())


def test_tiles_are_chosen_by_the_free_memory(tmp_path, scene, monkeypatch):
    model = made_restorer(tmp_path / "m.onnx", "deep", tile_px=512)
    sizes = {}
    for megabytes in (100_000, 30, 0.5):
        monkeypatch.setattr(sized_engine, "free_bytes", lambda: int(megabytes * 2**20))  # noqa: B023
        with (
            closing(open_scene(scene)) as opened,
            closing(SizedEngine(model, opened, RestoreRecipe(), Progress())) as sized,
        ):
            sizes[megabytes] = sized.sizes
            assert ("memory is short" in sized.remark) == (megabytes < 1000)
    assert sizes[100_000][0] == 512
    assert sizes[30] == (256, sizes[30][1])
    assert sizes[0.5][0] == 32, "the least that keeps 16 px"
    assert sizes[0.5][1] <= 256


def test_tiles_inside_whitened_blocks_shrink_too(tmp_path):
    scene = made_complex(tmp_path, 200, 200)
    model = made_restorer(tmp_path / "m.onnx", "despeckle", tile_px=128)
    recipe = RestoreRecipe(whitening="on", points="on")
    with (
        closing(open_scene(scene)) as opened,
        closing(SizedEngine(model, opened, recipe, Progress())) as sized,
    ):
        assert sized.sizes[0] == 128
        sized.halve()
        assert sized.sizes[0] == 64


def test_what_a_network_takes_is_told_by_its_graph(tmp_path):
    model = made_restorer(tmp_path / "m.onnx", "deep")
    found = tile_bytes(model, {"x": (1, 1, 100, 100)})
    assert found == 2 * 4 * 16 * 100**2, "two images of 8 channels at a time, doubled"


CHILD = """
import json, resource, sys
from pathlib import Path
import numpy, onnxruntime, psutil, rasterio
from satstudio.core.progress import Progress
from satstudio.restore.blockwise import sized_engine
from satstudio.restore.whole_scene import RestoreRecipe, restore_scene
scene, model, out, tile, predicted = sys.argv[1:]
if predicted == "no":
    sized_engine.SHARE = 1e9
restore_scene(scene, model, RestoreRecipe(threads=1, tile_px=32), Path(out), Progress())
limit = psutil.Process().memory_info().vms + 220 * 2**20
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
recipe = RestoreRecipe(threads=1, tile_px=int(tile))
restore_scene(scene, model, recipe, Path(out), Progress(), overwrite=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit of memory")
@pytest.mark.parametrize("predicted", ["yes", "no"])
def test_under_a_real_limit_of_memory_a_scene_is_restored_all_the_same(tmp_path, predicted):
    scene = write_geotiff(tmp_path / "scene.tif", speckle_power(600, 500))
    model, out = made_restorer(tmp_path / "m.onnx", "deep"), tmp_path / "o.tif"
    words = [str(scene), str(model), str(out), "2048", predicted]
    done = subprocess.run(
        [sys.executable, "-c", CHILD, *words],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert ("the memory ran out" in done.stderr) == (predicted == "no")
    found, tags = read(out)
    assert "instead of 2048" in tags["SATSTUDIO_REMARK"]
    assert json.loads(tags["SATSTUDIO_RECIPE"])["tile_px"] == 2048, "what was asked for"
    restore_scene(scene, model, RestoreRecipe(), tmp_path / "whole.tif", Progress())
    whole = read(tmp_path / "whole.tif")[0]
    assert np.abs(found - whole).max() <= 1e-5 * np.abs(whole).max()
