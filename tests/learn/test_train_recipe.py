import pytest

from satstudio.core.errors import RecipeError
from satstudio.core.paths import resources_folder
from satstudio.core.recipe import read_toml, with_settings
from satstudio.learn.method import METHODS
from satstudio.learn.train_recipe import TrainRecipe

INFO = METHODS["complex_wgan_gp"]


@pytest.mark.parametrize("preset", INFO.presets)
def test_every_preset_says_all_options_and_loads(preset):
    file = resources_folder() / "recipes" / INFO.presets[preset]
    fields = INFO.options.model_fields
    empty = {name for name, field in fields.items() if field.default is None}
    assert set(read_toml(file)["options"]) == set(fields) - empty
    recipe = TrainRecipe.load(file)
    assert recipe.preset == preset
    assert recipe == TrainRecipe(preset=preset)


def test_the_starter_is_the_preset_small_and_so_are_the_defaults():
    starter = TrainRecipe.load(resources_folder() / "recipes/complex_wgan_gp.toml")
    assert starter == TrainRecipe(preset="small")
    assert starter.changed(preset=None) == TrainRecipe()


@pytest.mark.parametrize(
    ("preset", "generator", "critic"),
    [("mnist", 392_193, 387_969), ("sar", 12_368_448, 8_647_937)],
)
def test_paper_presets_build_the_networks_of_the_paper(preset, generator, critic):
    import torch

    options = TrainRecipe(preset=preset).chosen()
    with torch.device("meta"):
        from satstudio.learn.nets import complex_wgan
        from satstudio.learn.nets.complex_layers import complex_parameters

        assert complex_parameters(complex_wgan.generator(options.generator_shape(1))) == generator
        assert complex_parameters(complex_wgan.critic(options.critic_shape(1))) == critic


def test_what_is_said_beats_the_preset():
    recipe = TrainRecipe.build(with_settings({"preset": "tiny"}, ["lr=2e-4", "batch=4", "steps=9"]))
    assert (recipe.options["lr"], recipe.batch, recipe.steps) == (2e-4, 4, 9)


def test_a_recipe_comes_back_from_its_file(tmp_path):
    recipe = TrainRecipe(preset="tiny", steps=5, lr=0.5)
    assert TrainRecipe.load(recipe.save(tmp_path / "recipe.toml")) == recipe


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"method": "gan"}, "no method 'gan'.*complex_wgan_gp"),
        ({"preset": "huge"}, "no preset 'huge'.*small"),
        ({"learning_rate": 1}, "learning_rate"),
        ({"options": {"gp": -1}}, "gp"),
        ({"options": {"size": 20}}, "makes 16 px"),
        ({"checkpoint_every_s": 61}, "checkpoint_every_s"),
        ({"batch": 0}, "batch"),
    ],
)
def test_a_wrong_choice_is_named(values, words):
    with pytest.raises(RecipeError, match=words):
        TrainRecipe.build(values)


@pytest.mark.parametrize("model", [TrainRecipe, INFO.options])
def test_every_field_has_a_title_for_its_form(model):
    for name, field in model.model_json_schema()["properties"].items():
        assert field.get("title"), name
