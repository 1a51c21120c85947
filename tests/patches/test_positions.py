"""Where patches lie: inside, apart by ground, as many as asked for, the same for one seed."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis.strategies import composite, floats, integers, none

from satstudio.core.errors import InputError, RecipeError
from satstudio.core.grid import Size, Window
from satstudio.patches.positions import (
    PatchRecipe,
    Positions,
    part_ground,
    plan_positions,
    quotas,
    shares,
)


@composite
def recipes(draw):
    return PatchRecipe(
        size_px=draw(integers(8, 40)),
        stride_px=draw(none() | integers(3, 50)),
        count=draw(none() | integers(1, 60)),
        validation_share=draw(floats(0, 0.9)),
        seed=draw(integers(0, 1000)),
    )


SIZES = integers(8, 300)
SIDES = integers(200, 600)


def cover(windows: tuple[Window, ...], size: Size) -> np.ndarray:
    covered = np.zeros((size.rows, size.cols), bool)
    for window in windows:
        covered[window.slices] = True
    return covered


@given(rows=SIZES, cols=SIZES, recipe=recipes(), scene=integers(0, 3))
def test_training_and_validation_share_no_pixel_and_lie_inside(rows, cols, recipe, scene):
    size = Size(rows, cols)
    places = plan_positions(size, recipe, scene=scene)
    for window in (*places.train, *places.validation):
        assert window.is_inside(size)
        assert window.size == Size(recipe.size_px, recipe.size_px)
    assert not (cover(places.train, size) & cover(places.validation, size)).any()


@given(rows=SIZES, cols=SIZES, recipe=recipes())
def test_no_place_is_taken_twice_and_no_more_than_asked_for(rows, cols, recipe):
    places = plan_positions(Size(rows, cols), recipe)
    assert len({*places.train, *places.validation}) == len(places)
    if recipe.count is not None:
        assert len(places) <= recipe.count
        wanted = quotas(recipe, recipe.count)
        assert len(places.train) <= wanted["train"]
        assert len(places.validation) <= wanted["validation"]


@given(rows=SIZES, cols=SIZES, recipe=recipes(), threshold=floats(0.05, 1))
def test_every_place_has_the_least_valid_share(rows, cols, recipe, threshold):
    size = Size(rows, cols)
    valid = np.random.default_rng(1).random((rows, cols)) < np.linspace(0, 1.5, cols)
    recipe = recipe.changed(min_valid=threshold)
    places = plan_positions(size, recipe, lambda window: float(valid[window.slices].mean()))
    for window in (*places.train, *places.validation):
        assert valid[window.slices].mean() >= threshold


@given(rows=SIZES, cols=SIZES, recipe=recipes())
def test_one_seed_gives_one_plan(rows, cols, recipe):
    size = Size(rows, cols)
    assert plan_positions(size, recipe) == plan_positions(size, recipe)


@given(
    rows=integers(200, 600), cols=integers(200, 600), share=floats(0.1, 0.5), seed=integers(0, 50)
)
def test_the_ground_is_split_by_the_share_asked_for(rows, cols, share, seed):
    recipe = PatchRecipe(size_px=16, validation_share=share, seed=seed)
    ground = part_ground(Size(rows, cols), recipe)
    heights = np.diff(ground.row_edges)[:, None]
    widths = np.diff(ground.col_edges)[None, :]
    kept = (heights * widths * np.array(ground.is_validation)).sum() / (rows * cols)
    assert kept == pytest.approx(share, abs=0.2)
    assert ground.row_edges[-1] == rows
    assert ground.col_edges[-1] == cols
    assert heights.min() > 0
    assert widths.min() > 0


@given(recipe=recipes(), rows=SIZES, cols=SIZES)
def test_two_images_of_one_grid_are_split_alike(recipe, rows, cols):
    size = Size(rows, cols)
    assume(max(rows, cols) >= 2 * recipe.size_px)
    first, second = (plan_positions(size, recipe, scene=scene) for scene in (0, 1))
    assert not (cover(first.train, size) & cover(second.validation, size)).any()


def test_a_grid_covers_the_scene_with_patches_side_by_side():
    places = plan_positions(Size(256, 320), PatchRecipe(size_px=32, validation_share=0.25))
    assert len(places) == 8 * 10
    assert cover((*places.train, *places.validation), Size(256, 320)).all()
    assert len(places.validation) / 80 == pytest.approx(0.25, abs=0.15)


def test_no_share_leaves_all_to_training():
    places = plan_positions(Size(100, 100), PatchRecipe(size_px=10, validation_share=0))
    assert (len(places.train), len(places.validation)) == (100, 0)


def test_a_number_of_random_places_is_met():
    places = plan_positions(Size(512, 512), PatchRecipe(size_px=16, count=500))
    assert (len(places.train), len(places.validation)) == (400, 100)
    rows = [window.row for window in places.train]
    assert len({row % 16 for row in rows}) == 16  # on no grid


def test_a_number_with_a_stride_is_a_choice_from_the_grid():
    places = plan_positions(Size(512, 512), PatchRecipe(size_px=32, stride_px=20, count=100))
    assert len(places) == 100
    assert {window.row % 20 for window in places.train} == {0}


def test_a_scene_smaller_than_a_patch_gives_none():
    assert plan_positions(Size(20, 400), PatchRecipe(size_px=32)) == Positions((), ())


def test_a_scene_of_two_patches_gives_one_to_each_split():
    places = plan_positions(Size(64, 128), PatchRecipe(size_px=64))
    assert (len(places.train), len(places.validation)) == (1, 1)


def test_many_tiny_scenes_are_parted_whole():
    recipe = PatchRecipe(size_px=32, validation_share=0.3)
    places = [plan_positions(Size(40, 40), recipe, scene=scene) for scene in range(200)]
    assert sum(len(place.validation) for place in places) == pytest.approx(60, abs=20)
    assert all(len(place) == 1 for place in places)


@given(count=integers(1, 1000), sides=floats(0, 1))
def test_a_number_over_scenes_is_shared_by_area(count, sides):
    sizes = [Size(100, 100), Size(20, 5), Size(300, 100 + int(sides * 100))]
    given_to = shares(sizes, PatchRecipe(size_px=16, count=count))
    assert sum(given_to) == count
    assert given_to[1] == 0
    expected = count * sizes[0].pixels / (sizes[0].pixels + sizes[2].pixels)
    assert given_to[0] == pytest.approx(expected, abs=1)


def test_no_room_and_wrong_choices_are_said():
    with pytest.raises(InputError, match="No scene has room for a patch of 64 px"):
        shares([Size(50, 500)], PatchRecipe(size_px=64))
    with pytest.raises(RecipeError, match="validation_share"):
        PatchRecipe.build({"validation_share": 1.0})
