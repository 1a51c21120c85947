"""A filter of the user's own declares its options: checked, on the command line, as a form."""

import subprocess
import sys

import numpy as np
import pytest
import rasterio
from made import speckle_power, write_geotiff

from satstudio.core.errors import RecipeError
from satstudio.core.paths import plugins_folder
from satstudio.restore.baselines import BASELINES
from satstudio.restore.recipe import RestoreRecipe

PLUGIN = '''
"""Power times a factor, as an example of options of one's own."""

from pydantic import Field

from satstudio.core.recipe import Recipe
from satstudio.restore.baselines import BASELINES, Baseline


class Options(Recipe):
    """What the filter can be told."""

    factor: float = Field(2.0, gt=0, title="Factor")
    reach_px: int = Field(0, ge=0, le=9)


BASELINES.add(
    "times",
    Baseline(
        title="Times",
        source="made",
        function=lambda power, options: power * options.factor,
        halo_px=lambda options: options.reach_px,
        own=Options,
    ),
)
'''


@pytest.fixture
def plugin():
    folder = plugins_folder() / "restorers"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "times.py").write_text(PLUGIN)


def run(*words):
    return subprocess.run(
        [sys.executable, "-m", "satstudio", "restore", *map(str, words)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.usefixtures("plugin")
def test_the_command_line_sets_the_options_that_a_plug_in_declares(tmp_path):
    power = speckle_power(20, 30)
    scene = write_geotiff(tmp_path / "scene.tif", power)
    out = tmp_path / "o.tif"
    words = (scene, "--baseline", "times", "--out", out, "--overwrite")
    assert run(*words, "--set", "factor=3").returncode == 0
    with rasterio.open(out) as dataset:
        np.testing.assert_allclose(dataset.read(1), 3 * power, rtol=1e-6)
        assert "--set factor=3" in dataset.tags()["SATSTUDIO_COMMAND"]
    assert run(*words).returncode == 0
    with rasterio.open(out) as dataset:
        np.testing.assert_allclose(dataset.read(1), 2 * power, rtol=1e-6)
    wrong = run(*words, "--set", "factor=-1")
    assert (wrong.returncode, "times: factor" in wrong.stderr) == (2, True)
    unknown = run(*words, "--set", "colour=red")
    assert (unknown.returncode, "times: colour" in unknown.stderr) == (2, True)


def test_a_filter_without_options_of_its_own_takes_none():
    with pytest.raises(RecipeError, match="lee has no options of its own; leave out factor"):
        BASELINES["lee"].chosen("lee", RestoreRecipe(own={"factor": 1}))
