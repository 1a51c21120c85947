"""Every method, those of several roles too: from scenes to a result that is scored."""

import json
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
import torch
from made_ground import COLS, ROWS, cut_ground, made_ground
from made_methods import MADE, made_infos
from made_patches import made_for, made_patches, method_ports

from satstudio.bench.scene_figures import ScenePair, scene_figures
from satstudio.bench.set_scores import SetScoreRecipe, score_sets
from satstudio.core.errors import RunError
from satstudio.core.progress import Progress
from satstudio.learn.export.onnx_export import export_onnx
from satstudio.learn.loop.checkpoint import newest_checkpoint
from satstudio.learn.loop.loop import train
from satstudio.learn.method import METHODS, Generator, Restorer, Translator
from satstudio.learn.setup.batches import Batches
from satstudio.learn.setup.data import open_data
from satstudio.learn.setup.recipe import TrainRecipe
from satstudio.learn.setup.roles import known_ports
from satstudio.restore.blending import seam_score
from satstudio.restore.blocks import TileGrid
from satstudio.restore.generate.samples import SampleRecipe, draw_samples
from satstudio.restore.models.model_file import ModelFile
from satstudio.restore.whole_scene import RestoreRecipe, restore_scene
from satstudio.scenes.scene import open_scene

KINDS = {"generates": Generator, "restores": Restorer, "translates": Translator}
EVERY = sorted([*METHODS, *MADE])


@pytest.fixture(autouse=True)
def with_made_methods(monkeypatch):
    for name, info in made_infos().items():
        monkeypatch.setitem(METHODS._loaded(), name, info)


def recipe_for(name, **values) -> TrainRecipe:
    preset = {} if name in MADE else {"preset": "tiny"}
    rare = {"sample_every_s": 999, "check_every_s": 999, "samples": 4, "batch": 4, "threads": 1}
    return TrainRecipe.build({"method": name, "device": "cpu", **preset, **rare, **values})


def tensors(run):
    return newest_checkpoint(run / "checkpoints").tensors


@pytest.mark.parametrize("name", EVERY)
def test_a_method_goes_all_the_way_from_scenes_to_scores(tmp_path, name):
    """Cut, train ten steps, resume exactly, export with parity, restore or sample, score."""
    info = METHODS[name]
    ground = made_ground(info.ports, tmp_path)
    patches = cut_ground(info.ports, ground, tmp_path / "patches")
    run = trained(patches, name, tmp_path)
    model = export_onnx(run, tmp_path / "model.onnx", Progress(), checkpoint="newest")
    check_card(info, ModelFile.load(model).card)
    if "generates" in info.capabilities:
        samples = draw_samples(model, SampleRecipe(count=50), tmp_path / "drawn.npy", Progress())
        found = score_sets(patches, samples, SetScoreRecipe(metrics=("kid", "swd")), Progress())
        assert {score.n for score in found.values()} == {50}
    else:
        result = restored_whole(model, ground, tmp_path)
        found = scored(ground, result, info)
    assert all(np.isfinite(score.value) for score in found.values())


def trained(patches, name, folder):
    """A run of ten steps, the same after a stop as in one go."""
    info, whole, part = METHODS[name], folder / "whole", folder / "part"
    train(patches, recipe_for(name, steps=10), whole, Progress())
    train(patches, recipe_for(name, steps=4), part, Progress())
    train(patches, recipe_for(name, steps=10), part, Progress(), resume=True)
    for key, value in tensors(whole).items():
        assert torch.equal(tensors(part)[key], value), key
    known = newest_checkpoint(whole / "checkpoints").info
    images = [port.role for port in info.ports.data if port.mask_of is None]
    assert [port.role for port in known_ports(known)] == images
    assert list((whole / "samples").glob("*.png"))
    logged = [json.loads(line) for line in (whole / "log.jsonl").read_text("utf-8").splitlines()]
    for loss in info.validated:
        assert np.isfinite(logged[-1][f"{loss}_validation"])
    return part


def check_card(info, card):
    """The card says of every port what the method declares."""
    for found, declared in ((card.inputs, info.ports.inputs), (card.outputs, info.ports.outputs)):
        assert [port.role for port in found] == [port.role for port in declared]
        for have, said in zip(found, declared, strict=True):
            assert have.ratio == said.ratio or said.ratio is None
            assert have.frames[0] == said.frames[0]
            assert said.frames[1] in (None, have.frames[1])


def restored_whole(model, ground, folder):
    """The whole scene, by tiles: as in one pass, or without seams where tiles are normalised."""
    card = ModelFile.load(model).card
    grid = TileGrid(2 * card.halo_px + 12, card.halo_px, card.unit_px)
    assert 2 * grid.step < COLS  # several tiles along each side
    once = -(-(ROWS + 2 * grid.margin) // card.unit_px) * card.unit_px
    roles = {port.role for port in card.inputs}
    inputs = {role: paths for role, paths in ground.others.items() if role in roles}
    whole, tiled = (
        restored(
            ground.first, model, folder / f"tiles{px}.tif", RestoreRecipe(tile_px=px, inputs=inputs)
        )
        for px in (once, grid.tile_px)
    )
    assert whole.shape[1:] == (ROWS * card.ratio, COLS * card.ratio)
    if card.test_time == "fixed":
        assert np.abs(tiled - whole).max() <= 1e-5 * np.abs(whole).max()
    else:
        seams, inside = (
            [range(first, side, grid.step) for side in (ROWS, COLS)]
            for first in (grid.step, grid.step // 2)
        )
        assert np.abs(tiled - whole).max() > 1e-3 * np.abs(whole).max()
        assert seam_score(tiled[0], seams) <= seam_score(tiled[0], inside)
    return folder / f"tiles{grid.tile_px}.tif"


def restored(scene, model, out, recipe):
    restore_scene(scene, model, recipe, out, Progress())
    with closing(open_scene(out)) as made:
        assert made.read().valid.all()
        return made.read().pixels


def scored(ground, result, info):
    """The result against what was learnt, or where no role holds that, against the ground."""
    target = ground.scenes.get(info.ports.outputs[0].role, (ground.reflectivity,))[0]
    with closing(open_scene(target)) as truth, closing(open_scene(result)) as made:
        pair = ScenePair(truth, made, None, None)
        found = scene_figures(pair, ("mse", "ssim"), Progress(), data_range=4.0)
        there = truth.read()
        assert found["mse"].n == there.valid.sum()
        square = ((there.pixels - made.read().pixels) ** 2)[:, there.valid]
    assert found["mse"].value == pytest.approx(square.mean(), rel=1e-4)
    return found


@pytest.mark.parametrize("name", EVERY)
def test_what_a_method_says_that_it_can_it_has(name):
    info = METHODS[name]
    kinds = [kind for kind in KINDS if kind in info.capabilities]
    assert len(kinds) == 1
    options = recipe_for(name).chosen()
    if name not in MADE:
        method = info.make(options, method_ports(info.ports), 0, torch.device("cpu"))
        assert isinstance(method, KINDS[kinds[0]])
        assert hasattr(method, "critic") == ("has_discriminator" in info.capabilities)
        assert bool(method.exportable().latent) == ("has_latents" in info.capabilities)
    assert ("generates" in info.capabilities) == (not info.ports.inputs)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("generates", "MadeReal says that it generates, but has not all that a Generator"),
        ("has_latents", "MadeReal says in its capabilities neither that it generates"),
    ],
)
def test_a_method_that_has_not_what_it_says_is_refused_before_the_first_step(
    tmp_path, monkeypatch, said, reason
):
    info = replace(METHODS["made_real"], capabilities=frozenset((said,)))
    monkeypatch.setitem(METHODS._loaded(), "made_real", info)
    patches = made_for(info.ports, tmp_path / "set")
    with pytest.raises(RunError, match=reason):
        train(patches, recipe_for("made_real", steps=2), tmp_path / "run", Progress())


@pytest.mark.parametrize("name", MADE)
def test_batches_show_one_ground_in_all_roles_with_masks_where_data_are(tmp_path, name):
    info, recipe = METHODS[name], recipe_for(name)
    data = open_data(made_for(info.ports, tmp_path / "set"), recipe)
    batches = Batches(data.training_patches, data.scaling, 4, 12, 0, torch.device("cpu"))
    batch, again = batches.batch(3), batches.batch(3)
    for port, bound in zip(info.ports.data, data.ports, strict=True):
        tensor = batch[port.role]
        side = int(12 * bound.scale)
        frames = () if port.frames == (1, 1) else (5,)
        channels = bound.band_count * (2 if bound.is_complex else 1)
        assert tensor.shape == (4, *frames, channels, side, side)
        assert torch.equal(tensor, again[port.role])
    half = batches.batch(3, slice(1, None, 2))
    assert torch.equal(half.images, batch.images[1::2])
    for role in info.ports.masked:
        assert set(batch.masks[role].unique().tolist()) <= {0.0, 1.0}
        assert batch.masks[role].shape[2] == 1
    assert set(batch.masks) == info.ports.masked


def test_a_set_without_a_role_is_refused_with_what_there_is(tmp_path):
    values = np.ones((8, 2, 24, 24), np.float32) * np.arange(24, dtype=np.float32)
    patches = made_patches(tmp_path / "set", validation=0, values=values)
    with pytest.raises(RunError, match=r"no port 'target'; there is input"):
        open_data(patches, recipe_for("made_real"))
    with pytest.raises(RunError, match=r"no port 'sar'; there is input"):
        open_data(patches, recipe_for("made_sar_optical"))


def test_an_unpaired_set_is_two_lists_of_items_each_with_its_own_order(tmp_path):
    folder = made_for(METHODS["made_real"].ports, tmp_path / "set")
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    manifest["items"] = [
        {**item, "parts": {role: item["parts"][role]}}
        for role in ("input", "target")
        for item in manifest["items"]
    ]
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    recipe = recipe_for("made_real", steps=2)
    data = open_data(folder, recipe)
    batches = Batches(data.training_patches, data.scaling, 5, 24, 0, torch.device("cpu"))
    a_round = [batches.batch(number) for number in (1, 2)]
    for role in ("input", "target"):
        seen = {batch[role][place].sum().item() for batch in a_round for place in range(5)}
        assert len(seen) == 10
    paired = open_data(made_for(METHODS["made_real"].ports, tmp_path / "paired"), recipe)
    other = Batches(paired.training_patches, paired.scaling, 5, 24, 0, torch.device("cpu")).batch(1)
    assert torch.equal(other["input"], a_round[0]["input"])
    assert not torch.equal(other["target"], a_round[0]["target"])
    train(folder, recipe, tmp_path / "run", Progress())
