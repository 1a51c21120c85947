import pytest

from satstudio.core.errors import RecipeError
from satstudio.core.paths import resources_folder
from satstudio.core.recipe import read_toml, with_settings
from satstudio.learn.method import METHODS
from satstudio.learn.setup.recipe import TrainRecipe

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
    [
        ("mnist", 392_193, 387_969),
        ("sar", 12_368_448, 8_647_937),
        ("paper", 12_368_448, 8_647_937),
        ("sar_small", 181_611, 98_305),
    ],
)
def test_paper_presets_build_the_networks_of_the_paper(preset, generator, critic):
    import torch

    options = TrainRecipe(preset=preset).chosen()
    with torch.device("meta"):
        from satstudio.learn.nets import complex_wgan
        from satstudio.learn.nets.complex_layers import complex_parameters

        assert complex_parameters(complex_wgan.generator(options.generator_shape(1))) == generator
        assert complex_parameters(complex_wgan.critic(options.critic_shape(1))) == critic


def test_the_preset_paper_is_the_printed_sar_setup_and_sar_only_scales_otherwise():
    paper, sar = TrainRecipe(preset="paper"), TrainRecipe(preset="sar")
    assert paper.scaling == "paper_log"
    assert paper.changed(scaling="manifest", preset="sar") == sar
    names = ("n_critic", "gp", "lr", "beta1", "beta2", "generator_lr_share", "head", "size")
    assert [paper.options[name] for name in names] == [5, 10, 3e-5, 0.5, 0.9, 1, "abs", 256]
    assert (paper.epochs, paper.epoch_images, paper.batch) == (4400, 494, 25)
    assert paper.last_step(patches=7) == -(-4400 * 494 // 25)
    assert paper.epoch_of(494, patches=7) == 25


def test_an_epoch_is_the_training_patches_where_nothing_else_is_said():
    recipe = TrainRecipe(preset="tiny", epochs=2.5)
    assert recipe.epoch_of(10, patches=40) == 2
    assert recipe.last_step(patches=40) == 13  # 100 images, 8 a step
    assert recipe.changed(steps=5).last_step(patches=40) == 5
    assert TrainRecipe(preset="tiny").last_step(patches=40) is None
    assert TrainRecipe(preset="mnist").last_step(patches=60_000) == 937_500


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
