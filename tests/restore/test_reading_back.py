"""The finished file is read back before it gets its name: seen, and stopped, by the user."""

import numpy as np
import pytest
from made import speckle_power, write_geotiff

from satstudio.core.errors import Cancelled
from satstudio.core.progress import Progress
from satstudio.restore.whole_scene import RestoreRecipe, restore_scene


def test_reading_back_is_told_and_ends_at_one(tmp_path):
    scene = write_geotiff(tmp_path / "scene.tif", speckle_power(700, 600))
    told = []
    progress = Progress(tell=lambda share, text: told.append((share, text)))
    restore_scene(scene, "baseline:boxcar", RestoreRecipe(), tmp_path / "o.tif", progress)
    back = [share for share, text in told if text == "Reading o.tif back"]
    assert len(back) == 1 + 9  # the start, and a tile each
    assert back == sorted(back)
    assert 0.9 < back[0] < back[-1] == 1
    assert np.all(np.diff([share for share, _ in told]) >= 0)


def test_a_stop_while_reading_back_leaves_no_file(tmp_path):
    scene = write_geotiff(tmp_path / "scene.tif", speckle_power(700, 600))
    told = []
    progress = Progress(
        tell=lambda share, text: told.append(text),
        is_stopped=lambda: told.count("Reading o.tif back") > 3,
    )
    before = set(tmp_path.iterdir())
    with pytest.raises(Cancelled):
        restore_scene(scene, "baseline:boxcar", RestoreRecipe(), tmp_path / "o.tif", progress)
    assert set(tmp_path.iterdir()) == before
