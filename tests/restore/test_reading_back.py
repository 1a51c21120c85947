"""What is written is read once more before it gets its name: told, and stopped, by the user.

Where overviews average its pixels they are read for that; else the file is read back.
"""

import numpy as np
import pytest
from made import speckle, speckle_power, write_geotiff

from satstudio.core.errors import Cancelled
from satstudio.core.progress import Progress
from satstudio.restore.whole_scene import RestoreRecipe, restore_scene

WAYS = {
    "Arranging the file": (speckle_power, "baseline:boxcar"),
    "Reading o.tif back": (speckle, "baseline:identity"),  # complex: no overviews
}


@pytest.mark.parametrize("text", WAYS)
def test_reading_is_told_and_ends_at_one(tmp_path, text):
    made, model = WAYS[text]
    scene = write_geotiff(tmp_path / "scene.tif", made(700, 600))
    told = []
    progress = Progress(tell=lambda share, text: told.append((share, text)))
    restore_scene(scene, model, RestoreRecipe(), tmp_path / "o.tif", progress)
    back = [share for share, said in told if said == text]
    assert len(back) >= 9  # a tile each
    assert 0.9 < back[0] < back[-1]
    assert told[-1][0] == 1
    assert np.all(np.diff([share for share, _ in told]) >= 0)


@pytest.mark.parametrize("text", WAYS)
def test_a_stop_while_reading_leaves_no_file(tmp_path, text):
    made, model = WAYS[text]
    scene = write_geotiff(tmp_path / "scene.tif", made(700, 600))
    told = []
    progress = Progress(
        tell=lambda share, text: told.append(text), is_stopped=lambda: told.count(text) > 3
    )
    before = set(tmp_path.iterdir())
    with pytest.raises(Cancelled):
        restore_scene(scene, model, RestoreRecipe(), tmp_path / "o.tif", progress)
    assert set(tmp_path.iterdir()) == before
