"""What a restoration costs is told before it starts."""

import pytest
from made import made_complex, made_intensity
from made_models import made_restorer

from satstudio.core.errors import ModelError
from satstudio.core.grid import Window
from satstudio.restore.estimate import estimate_restore
from satstudio.restore.whole_scene import RestoreRecipe


def test_tiles_and_bytes_follow_from_window_and_type(tmp_path):
    scene = made_complex(tmp_path, 100, 130)
    model = made_restorer(tmp_path / "m.onnx", "despeckle")  # tiles of 32 keep 28
    found = estimate_restore(scene, model, RestoreRecipe())
    assert (found.tiles, found.bytes) == (4 * 5, 100 * 130 * 4)
    assert found.seconds > 0
    part = RestoreRecipe(window=Window(0, 0, 20, 20), keep_phase=True)
    assert estimate_restore(scene, model, part).tiles == 1
    assert estimate_restore(scene, model, part).bytes == 20 * 20 * 8


@pytest.mark.parametrize(("rows", "cols"), [(1, 1), (3, 200), (33, 33)])
def test_scenes_of_any_size_are_estimated(tmp_path, rows, cols):
    scene = made_intensity(tmp_path, rows, cols)
    for model in ("baseline:lee", made_restorer(tmp_path / "m.onnx", "pooled")):
        assert estimate_restore(scene, model, RestoreRecipe()).seconds > 0


def test_what_does_not_fit_is_refused_before_it_starts(tmp_path):
    model = made_restorer(tmp_path / "m.onnx")
    with pytest.raises(ModelError, match="takes real values"):
        estimate_restore(made_complex(tmp_path), model, RestoreRecipe())
