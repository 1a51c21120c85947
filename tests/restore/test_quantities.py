"""Models take the quantity of their card: other radar values become it and come back, or refuse."""

from contextlib import closing

import numpy as np
import pytest
from made import write_geotiff
from made_models import made_restorer
from scipy.ndimage import uniform_filter

from satstudio.core.errors import InputError, ModelError
from satstudio.core.progress import Progress
from satstudio.restore.recipe import RestoreRecipe
from satstudio.restore.whole_scene import restore_scene
from satstudio.scenes.scene import open_scene

POWER = np.random.default_rng(3).exponential(0.05, (64, 80)).astype(np.float32) + 1e-4
DB = 10 * np.log10(POWER)
INSIDE = (slice(4, -4), slice(4, -4))


def restored(tmp_path, scene, model):
    recipe = RestoreRecipe()
    with closing(
        open_scene(restore_scene(scene, model, recipe, tmp_path / "o.tif", Progress()))
    ) as o:
        return o.quantity, o.read().pixels[0]


@pytest.mark.parametrize(
    ("quantity", "values", "back"),
    [
        ("db", DB, lambda found: found),
        ("power", POWER, lambda found: 10 * np.log10(found)),
        ("gamma0", POWER, lambda found: 10 * np.log10(found)),
        ("amplitude", np.sqrt(POWER), lambda found: 20 * np.log10(found)),
    ],
)
def test_a_model_of_decibels_sees_decibels_and_gives_back_what_the_scene_has(
    tmp_path, quantity, values, back
):
    model = made_restorer(tmp_path / "m.onnx", "blur", quantity="db")
    scene = write_geotiff(tmp_path / "scene.tif", values)
    tagged, found = restored(tmp_path, f"{scene}#quantity={quantity}", model)
    assert tagged == quantity
    wanted = uniform_filter(DB, 5)
    np.testing.assert_allclose(back(found)[INSIDE], wanted[INSIDE], atol=0.01)


def test_zero_power_is_no_hole_for_a_model_of_decibels(tmp_path):
    values = POWER.copy()
    values[20:30, 20:30] = 0
    scene = write_geotiff(tmp_path / "scene.tif", values)
    model = made_restorer(tmp_path / "m.onnx", "blur", quantity="db")
    assert np.isfinite(restored(tmp_path, f"{scene}#quantity=power", model)[1]).all()


@pytest.mark.parametrize("quantity", ["class", "height", "reflectance"])
def test_a_model_refuses_what_never_becomes_its_quantity(tmp_path, quantity):
    scene = write_geotiff(tmp_path / "scene.tif", DB)
    model = made_restorer(tmp_path / "m.onnx", "blur", quantity="db")
    with pytest.raises(ModelError, match=r"takes decibels.*scene\.tif holds .*set by you"):
        restored(tmp_path, f"{scene}#quantity={quantity}", model)


@pytest.mark.parametrize(("card", "quantity"), [("", "height"), ("db", "dn"), ("dn", "db")])
def test_a_card_or_a_scene_that_does_not_say_it_fits(tmp_path, card, quantity):
    scene = write_geotiff(tmp_path / "scene.tif", DB)
    model = made_restorer(tmp_path / "m.onnx", "blur", quantity=card)
    tagged, found = restored(tmp_path, f"{scene}#quantity={quantity}", model)
    assert tagged == quantity
    np.testing.assert_allclose(found[INSIDE], uniform_filter(DB, 5)[INSIDE], atol=0.01)


@pytest.mark.parametrize("baseline", ["lee", "refined_lee", "gamma_map"])
def test_filters_of_speckle_refuse_plain_numbers_below_zero(tmp_path, baseline):
    scene = write_geotiff(tmp_path / "scene.tif", DB)
    with pytest.raises(InputError, match=r"9\d% of the values of scene\.tif lie below 0|100%"):
        restored(tmp_path, scene, f"baseline:{baseline}")
    assert not (tmp_path / "o.tif").exists()
