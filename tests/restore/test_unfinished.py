"""A restoration that was killed goes on where it ended; another one never takes its blocks."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest
import rasterio
from made import made_slc, speckle_power, write_geotiff
from made_models import made_restorer

from satstudio.core.errors import InputError, SceneReadError
from satstudio.core.progress import Progress
from satstudio.core.system.file_lock import locked
from satstudio.restore.baselines import BASELINES, Baseline
from satstudio.restore.blockwise import sized_engine
from satstudio.restore.by_role.model_network import ModelNetwork
from satstudio.restore.recipe import RestoreRecipe
from satstudio.restore.whole_scene import restore_scene

CHILD = """
import sys, time
from pathlib import Path
from satstudio.core.progress import Progress
from satstudio.restore.whole_scene import RestoreRecipe, restore_scene
scene, model, out, slow = sys.argv[1:]
def tell(share, text):
    print(share, text, flush=True)
    time.sleep(float(slow))
recipe = RestoreRecipe(threads=1, tile_px=128)
restore_scene(scene, model, recipe, Path(out), Progress(tell))
"""
RECIPE = RestoreRecipe(threads=1, tile_px=128)


def folders(path):
    return sorted(each.name for each in path.iterdir() if each.name.startswith("."))


def pixels(path):
    with rasterio.open(path) as dataset:
        return dataset.read(), dataset.tags()


def killed(scene, model, out, share):
    """Begin in a process of its own and kill that with -9 once it is so far."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, *map(str, (scene, model, out, 0.01))],
        stdout=subprocess.PIPE,
        text=True,
    )
    with child.stdout as lines:
        for line in lines:
            if float(line.split()[0]) > share:
                child.send_signal(signal.SIGKILL)
                break
    assert child.wait() == -signal.SIGKILL
    assert not out.exists()


def shares(scene, model, out, recipe=RECIPE):
    """Restore and return what was told of the restoring."""
    told = []

    def tell(share, text):
        if text.startswith("Restoring"):
            told.append(share)

    restore_scene(scene, model, recipe, out, Progress(tell))
    return told


COUNTING = """
import sys, time
from pathlib import Path
from satstudio.core.progress import Progress
from satstudio.restore.by_role.model_network import ModelNetwork
from satstudio.restore.whole_scene import RestoreRecipe, restore_scene
answers = ModelNetwork.answers
def told(self, given):
    made = answers(self, given)
    time.sleep(0.005)
    print("made", flush=True)
    return made
ModelNetwork.answers = told
scene, model, out = sys.argv[1:]
recipe = RestoreRecipe(threads=1, tile_px=128)
restore_scene(scene, model, recipe, Path(out), Progress())
"""


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
@pytest.mark.parametrize("tiles", [3, 85])
def test_no_tile_that_was_made_before_a_kill_is_made_again(tmp_path, monkeypatch, tiles):
    """In the middle of the first block, and of the second while the first may be written."""
    scene = write_geotiff(tmp_path / "scene.tif", speckle_power(1300, 1000), tiled=True)
    model, out = made_restorer(tmp_path / "m.onnx", "deep"), tmp_path / "o.tif"
    words = [sys.executable, "-c", COUNTING, *map(str, (scene, model, out))]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as child:
        before = [child.stdout.readline() for _ in range(tiles)]
        child.send_signal(signal.SIGKILL)
        before += child.stdout.readlines()
    after, answers = [], ModelNetwork.answers
    monkeypatch.setattr(
        ModelNetwork, "answers", lambda self, given: after.append(1) or answers(self, given)
    )
    whole = tmp_path / "whole.tif"
    restore_scene(scene, model, RECIPE, out, Progress())
    count = len(after)
    restore_scene(scene, model, RECIPE, whole, Progress())
    total = len(after) - count
    assert total <= len(before) + count <= total + 1, "but that at which it was killed"
    np.testing.assert_array_equal(pixels(out)[0], pixels(whole)[0])
    assert folders(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_a_killed_restoration_goes_on_and_ends_as_if_nothing_had_been(tmp_path, caplog):
    scene = write_geotiff(tmp_path / "scene.tif", speckle_power(1300, 1300), tiled=True)
    model, out = made_restorer(tmp_path / "m.onnx", "deep"), tmp_path / "out" / "o.tif"
    killed(scene, model, out, 0.7)
    (folder,) = folders(out.parent)
    assert folder.startswith(".o.unfinished-")

    shares(scene, model, out.with_name("other.tif"))
    shares(scene, "baseline:boxcar", out)
    out.unlink()
    assert folders(out.parent) == [folder], "another request leaves it alone"

    with caplog.at_level("INFO"):
        told = shares(scene, model, out)
    assert told[0] > 0.5, "what was restored is not restored again"
    assert "going on with" in caplog.text
    assert folders(out.parent) == []
    (whole, tags), (pixels_of, other) = pixels(out), pixels(out.with_name("other.tif"))
    np.testing.assert_array_equal(whole, pixels_of)
    tags.pop("SATSTUDIO_COMMAND"), other.pop("SATSTUDIO_COMMAND")
    assert tags == other


class Cut(BaseException):
    """Ends the work as a signal does."""


def left_in_the_middle(scene, model, out, recipe=RECIPE, **more):
    def tell(share, text):
        if text.startswith("Restoring") and share > 0.5:
            raise Cut

    with pytest.raises(Cut):
        restore_scene(scene, model, recipe, out, Progress(tell), **more)
    (folder,) = out.parent.glob(".*.unfinished-*")
    return folder


@pytest.fixture
def scene(tmp_path, monkeypatch):
    monkeypatch.setattr(sized_engine, "block_side", lambda *given: 256)
    return write_geotiff(tmp_path / "scene.tif", speckle_power(1000, 900), tiled=True)


def test_a_block_that_is_not_whole_is_restored_again(tmp_path, scene):
    model = made_restorer(tmp_path / "m.onnx", "deep")
    whole, out = tmp_path / "whole.tif", tmp_path / "o.tif"
    restore_scene(scene, model, RECIPE, whole, Progress())
    for damage in ("short", "flipped", "journal", "tile"):
        folder = left_in_the_middle(scene, model, out)
        blocks = folder / "blocks"
        if damage == "short":
            os.truncate(blocks, blocks.stat().st_size - 100)
        elif damage == "flipped":
            data = bytearray(blocks.read_bytes())
            data[-100] ^= 1
            blocks.write_bytes(data)
        elif damage == "tile":
            (tiles,) = folder.glob("tiles-*")
            os.truncate(tiles, tiles.stat().st_size - 100)
        else:
            with (folder / "journal.jsonl").open("a") as journal:
                journal.write('{"keep": [0, 0, 5')
        restore_scene(scene, model, RECIPE, out, Progress())
        np.testing.assert_array_equal(pixels(out)[0], pixels(whole)[0])
        out.unlink()


def test_a_changed_scene_or_model_does_not_go_on(tmp_path, scene):
    model, out = made_restorer(tmp_path / "m.onnx", "deep"), tmp_path / "o.tif"
    folder = left_in_the_middle(scene, model, out)
    write_geotiff(scene, speckle_power(1000, 900, seed=5), tiled=True)
    assert shares(scene, model, out)[0] == 0
    made_restorer(model, "raised")
    out.unlink()
    assert shares(scene, model, out)[0] == 0
    assert folder.is_dir()


def test_the_mask_of_the_points_goes_on_with_it(tmp_path):
    scene = made_slc(tmp_path, 1000, 700)
    recipe = RestoreRecipe(points="on", threads=1)
    for name in ("a", "b"):
        out, mask = tmp_path / f"{name}.tif", tmp_path / f"{name}_mask.tif"
        if name == "b":
            left_in_the_middle(scene, "baseline:lee", out, recipe=recipe, points_mask=mask)
        restore_scene(scene, "baseline:lee", recipe, out, Progress(), points_mask=mask)
    for kind in ("", "_mask"):
        first, second = (pixels(tmp_path / f"{name}{kind}.tif")[0] for name in "ab")
        np.testing.assert_array_equal(first, second)
    assert folders(tmp_path) == []


def test_two_processes_never_write_into_one_store(tmp_path, scene):
    model, out = made_restorer(tmp_path / "m.onnx", "deep"), tmp_path / "o.tif"
    folder = left_in_the_middle(scene, model, out)
    with locked(folder / "lock", "held"), pytest.raises(InputError, match="another process"):
        restore_scene(scene, model, RECIPE, out, Progress())
    assert folder.is_dir()
    restore_scene(scene, model, RECIPE, out, Progress())


def test_an_input_that_is_unplugged_is_told_and_can_be_gone_on_with(tmp_path, monkeypatch):
    scene = write_geotiff(tmp_path / "scene.tif", speckle_power(3000, 3000), tiled=True)
    data, status = scene.read_bytes(), scene.stat()
    runs = []

    def function(power, recipe):
        runs.append(power.shape)
        if len(runs) == 6:
            os.truncate(scene, len(data) // 2)
        return 2 * power

    made = Baseline("Twice", "twice the power", function, lambda recipe: 3)
    monkeypatch.setitem(BASELINES._items, "twice", made)
    out = tmp_path / "o.tif"
    with pytest.raises(SceneReadError, match=r"scene\.tif.* What is restored so far is kept"):
        restore_scene(scene, "baseline:twice", RestoreRecipe(), out, Progress())
    assert not out.exists()
    scene.write_bytes(data)
    os.utime(scene, ns=(status.st_atime_ns, status.st_mtime_ns))
    before = len(runs)
    restore_scene(scene, "baseline:twice", RestoreRecipe(), out, Progress())
    assert len(runs) - before < 16
    np.testing.assert_array_equal(pixels(out)[0], 2 * pixels(scene)[0])
    assert folders(tmp_path) == []
