import numpy as np
import torch
from hypothesis import given
from hypothesis.strategies import integers
from made import speckle, write_geotiff

from satstudio.core.progress import Progress
from satstudio.core.scaling import Scaling
from satstudio.learn.loop.loop import TrainRecipe
from satstudio.learn.setup.batches import Batches, Masked, as_tensor
from satstudio.learn.setup.data import open_data
from satstudio.patches.cut import PatchRecipe, cut_patches

CPU = torch.device("cpu")
PLAIN = Scaling(kind="unit_power", gain=1.0)


def numbered(count, side=8):
    """Patches whose values say patch (real part) and place (imaginary part)."""
    place = np.arange(side * side).reshape(1, 1, side, side)
    return (np.arange(count).reshape(-1, 1, 1, 1) + 1j * place).astype(np.complex64)


@given(number=integers(1, 300), seed=integers(0, 50), batch=integers(1, 7))
def test_a_batch_depends_on_seed_and_number_alone(number, seed, batch):
    fresh = Batches(numbered(5), PLAIN, batch, 4, seed, CPU)
    used = Batches(numbered(5), PLAIN, batch, 4, seed, CPU)
    for other in (3, 1, number + 2):
        used.values(other)
    np.testing.assert_array_equal(fresh.values(number), used.values(number))


@given(count=integers(1, 12), batch=integers(1, 5), seed=integers(0, 50))
def test_every_patch_is_used_once_a_round(count, batch, seed):
    batches = Batches(numbered(count), PLAIN, batch, 4, seed, CPU)
    order = [
        int(image.real[0, 0, 0])
        for number in range(1, count + 1)
        for image in batches.values(number)
    ]
    for start in range(0, len(order), count):
        assert sorted(order[start : start + count]) == list(range(count))


def test_crops_are_whole_and_reach_every_place():
    batches = Batches(numbered(3), PLAIN, 16, 6, 0, CPU)
    corners = set()
    for number in range(1, 30):
        for image in batches.values(number):
            places = image[0].imag.astype(int)
            assert (np.diff(places, axis=1) == 1).all()
            assert (np.diff(places, axis=0) == 8).all()
            corners.add(int(places[0, 0]))
    assert corners == {row * 8 + col for row in range(3) for col in range(3)}


def test_crops_are_taken_where_there_is_data():
    valid = np.ones((2, 8, 8), bool)
    valid[0, :3] = False
    valid[0, :, 6:] = False
    valid[1, 4, 4] = False  # in every crop of 5 px: all places are as good
    batches = Batches(Masked(numbered(2), valid), PLAIN, 8, 5, 3, CPU)
    corners = {0: set(), 1: set()}
    for number in range(1, 40):
        for image in batches.values(number):
            corners[int(image.real[0, 0, 0])].add(divmod(int(image.imag[0, 0, 0]), 8))
    assert corners[0] == {(3, 0), (3, 1)}
    assert corners[1] == {(row, col) for row in range(4) for col in range(4)}


def test_a_training_knows_the_holes_of_its_patches(tmp_path):
    pixels = speckle(256, 256, 50.0)
    pixels[:, 40::64] = 0
    scene = write_geotiff(tmp_path / "holes.tif", pixels, nodata=0)
    cutting = PatchRecipe(size_px=64, stride_px=64, min_valid=0.9)
    patches = cut_patches([scene], cutting, tmp_path / "patches", Progress())
    recipe = TrainRecipe(preset="tiny")
    data = open_data(patches, recipe)
    for some in (data.training_patches, data.held_out):
        batches = Batches(some, data.scaling, 16, 16, 0, CPU)
        assert all((batches.values(number) != 0).all() for number in range(1, 9))


def test_complex_bands_become_planar_pairs():
    values = np.array([[[[1 + 2j]], [[3 + 4j]]]], np.complex64)
    assert as_tensor(values, CPU).flatten().tolist() == [1, 3, 2, 4]
