"""Pix2Pix: losses as published, any bands, exact steps, scenes of any size."""

import json
from contextlib import closing

import numpy as np
import pytest
import torch
from made import write_geotiff
from made_pairs import BYTES, blobs, coloured, made_pairs
from torch.nn import functional

from satstudio.core.errors import InputError, RunError
from satstudio.core.port import BoundPort
from satstudio.core.progress import Progress
from satstudio.core.scaling import Scaling
from satstudio.learn.adversarial.translation import TranslationOptions
from satstudio.learn.batch import Batch
from satstudio.learn.distributed import ALONE
from satstudio.learn.export.onnx_export import export_onnx
from satstudio.learn.image_methods import flipped
from satstudio.learn.loop.loop import train
from satstudio.learn.method import METHODS, StepSettings
from satstudio.learn.nets.image_unet import reach_px
from satstudio.learn.setup.data import open_data
from satstudio.learn.setup.recipe import TrainRecipe
from satstudio.pixels.noise import complex_normal
from satstudio.pixels.phasor import deinterleave, interleave
from satstudio.restore.blending import seam_score
from satstudio.restore.models.model_file import ModelFile
from satstudio.restore.whole_scene import RestoreRecipe, restore_scene
from satstudio.scenes.scene import open_scene

INFO = METHODS["pix2pix"]
CPU = torch.device("cpu")
TINY = {"method": "pix2pix", "preset": "tiny", "threads": 1, "samples": 2}
STILL = {"dropout": 0.0, "flips": "none", "norm": "none", "critic_norm": "none"}
"""Nothing is drawn, nothing depends on the other images of a batch."""


def ports(bands=(1, 3), dtypes=("float32", "float32"), scaling=BYTES):
    return tuple(
        BoundPort(
            role=role,
            bands=count,
            dtype=dtype,
            scaling=scaling if dtype == "float32" else Scaling(kind="unit_power"),
        )
        for role, count, dtype in zip(("input", "target"), bands, dtypes, strict=True)
    )


def tiny(seed=0, bound=None, **options):
    recipe = TrainRecipe(**TINY, options=options)
    return INFO.make(recipe.chosen(), bound or ports(), seed, CPU)


def batch_of(method, count=4, seed=1):
    random = torch.Generator().manual_seed(seed)
    shapes = {"input": method._taken, "target": method._made}
    side = method.size_px
    return Batch(
        {
            role: torch.rand(
                (count, port.band_count * (2 if port.is_complex else 1), side, side),
                generator=random,
            )
            for role, port in shapes.items()
        }
    )


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    grey = blobs(14, 24)
    return made_pairs(tmp_path_factory.mktemp("pairs") / "set", grey, coloured(grey))


@pytest.mark.parametrize("preset", INFO.presets)
def test_a_preset_makes_networks_of_its_own_size(preset):
    recipe = TrainRecipe(method="pix2pix", preset=preset)
    options = recipe.chosen()
    assert options.size % 2**options.downs == 0
    assert recipe.steps == options.constant_steps + options.decay_steps or not options.decay_steps
    if preset in ("sar_to_optical", "as-printed"):
        assert options.flips == "none"


def test_unet256_is_as_published():
    recipe = TrainRecipe(method="pix2pix", preset="unet256")
    options = recipe.chosen()
    assert (options.width, options.most_channels, options.downs) == (64, 512, 8)
    assert (options.critic_width, options.critic_layers) == (64, 3)
    grey = INFO.make(options.changed(width=2, critic_width=2), ports((1, 3)), 0, CPU)
    assert grey._critic[0].in_channels == 4
    assert grey.parameters["generator"] == sum(w.numel() for w in grey._generator.parameters())
    assert (options.loss, options.l1, options.dropout, recipe.batch) == ("gan", 100, 0.5, 1)
    assert (options.lr, options.beta1, options.beta2) == (2e-4, 0.5, 0.999)


def test_a_side_that_cannot_be_halved_so_often_is_refused():
    with pytest.raises(InputError, match="cannot be halved 4 times; take a multiple of 16 px"):
        TrainRecipe.build({**TINY, "options": {"size": 24, "downs": 4}})
    with pytest.raises(InputError, match="too small for a critic of 3 halvings; take at least 24"):
        TrainRecipe.build({**TINY, "options": {"critic_layers": 3}})


@pytest.mark.parametrize("loss", ["gan", "lsgan"])
def test_a_step_is_the_published_one(loss):
    """Against losses and updates as they are printed, with networks of the same weights."""
    method, plain = tiny(loss=loss, **STILL), tiny(loss=loss, **STILL)
    for one in (method, plain):
        one.adjust(StepSettings(precision="float64"))
    own = batch_of(method)
    losses = method.step(own, 1)
    given, wanted = own["input"].double(), own["target"].double()
    made_by, critic = plain._generator, plain._critic
    adam_g, adam_c = (
        torch.optim.Adam(net.parameters(), plain.options.rate(1), (0.5, 0.999))
        for net in (made_by, critic)
    )
    made = made_by(given)
    real, fake = critic(torch.cat([given, wanted], 1)), critic(torch.cat([given, made.detach()], 1))

    def told(scores, truth):
        truths = torch.full_like(scores, truth)
        if loss == "gan":
            return functional.binary_cross_entropy_with_logits(scores, truths)
        return functional.mse_loss(scores, truths)

    critic_loss = (told(real, 1) + told(fake, 0)) / 2
    critic_loss.backward()
    adam_c.step()
    fooled, apart = told(critic(torch.cat([given, made], 1)), 1), functional.l1_loss(made, wanted)
    adam_g.zero_grad()
    (fooled + 100 * apart).backward()
    adam_g.step()
    printed = {"critic_loss": critic_loss, "generator_loss": fooled, "loss": apart}
    assert losses == pytest.approx({name: one.item() for name, one in printed.items()}, rel=1e-5)
    for net, other in ((method._generator, made_by), (method._critic, critic)):
        for weight, wanted_weight in zip(net.parameters(), other.parameters(), strict=True):
            torch.testing.assert_close(weight, wanted_weight, atol=1e-9, rtol=1e-7)


def test_micro_batches_make_the_step_of_the_batch():
    methods = [tiny(**STILL) for _ in range(2)]
    for method, parts in zip(methods, (1, 3), strict=True):
        method.adjust(StepSettings(micro_batches=parts, precision="float64"))
        for number in (1, 2):
            losses = method.step(batch_of(method, seed=number), number)
    states = [method.state() for method in methods]
    assert np.isfinite(list(losses.values())).all()
    for key, value in states[0].items():
        torch.testing.assert_close(value, states[1][key], atol=1e-9, rtol=1e-7)


def test_low_precision_learns_about_the_same():
    exact, low = (tiny(**STILL) for _ in range(2))
    low.adjust(StepSettings(precision="bf16"))
    losses = [method.step(batch_of(method), 1) for method in (exact, low)]
    assert losses[0] != losses[1]
    assert losses[1] == pytest.approx(losses[0], rel=0.03)


def test_the_rate_is_constant_and_then_falls_to_nearly_nothing():
    options = TranslationOptions(lr=1.0, constant_steps=10, decay_steps=9)
    assert [options.rate(number) for number in (1, 10, 11, 15, 19)] == pytest.approx(
        [1, 1, 0.9, 0.5, 0.1]
    )
    assert options.rate(1000) == pytest.approx(0.1)
    assert options.changed(decay_steps=0).rate(10**6) == 1


def test_flips_depend_on_seed_and_step_and_turn_all_roles_alike():
    batch = Batch({"input": torch.rand(16, 1, 8, 8)}, {"target": torch.rand(16, 1, 8, 8) > 0.5})
    batch = Batch({**batch.values, "target": 2 * batch["input"]}, batch.masks)
    once = flipped(batch, "turns", 3, 7, ALONE)
    again = flipped(batch, "turns", 3, 7, ALONE)
    assert torch.equal(once["input"], again["input"])
    assert torch.equal(once["target"], 2 * once["input"])
    assert not torch.equal(once["input"], flipped(batch, "turns", 3, 8, ALONE)["input"])
    assert not torch.equal(once["input"], flipped(batch, "turns", 4, 7, ALONE)["input"])
    assert once.masks["target"].sum() == batch.masks["target"].sum()
    assert flipped(batch, "none", 3, 7, ALONE) is batch
    columns = flipped(batch, "columns", 3, 7, ALONE)["input"]
    ways = [batch["input"], batch["input"].flip(-1)]
    assert all(any(torch.equal(a, way[i]) for way in ways) for i, a in enumerate(columns))
    same = Batch.of(batch["input"][:1].repeat(200, 1, 1, 1))
    turned = flipped(same, "turns", 0, 1, ALONE)["input"]
    kinds = {tuple(one.flatten().tolist()) for one in turned}
    assert len(kinds) == 8


def test_what_lies_in_holes_of_the_target_is_not_learnt():
    states = []
    for value in (0.0, 50.0):
        method, mask = tiny(**STILL), torch.ones(4, 1, 16, 16)
        mask[:, :, 3:9, 2:7] = 0
        batch = batch_of(method)
        target = torch.where(mask > 0, batch["target"], value)
        holed = Batch({"input": batch["input"], "target": target}, {"target": mask})
        losses = method.step(holed, 1)
        losses["held_out"] = method.validate(holed, 1)["loss"]
        states.append((losses, method.state()))
    assert states[0][0] == states[1][0]
    assert all(torch.equal(value, states[1][1][key]) for key, value in states[0][1].items())


@pytest.mark.parametrize("fill", [0.0, -1.0, 1e6])
def test_empty_and_wild_images_give_finite_losses(fill):
    method = tiny()
    batch = Batch({role: torch.full((4, bands, 16, 16), fill)
                   for role, bands in (("input", 1), ("target", 3))})  # fmt: skip
    for number in (1, 2):
        assert np.isfinite(list(method.step(batch, number).values())).all()


COMPLEX = ("complex64", "complex64")


@pytest.mark.parametrize(
    ("bands", "dtypes"),
    [((1, 2), COMPLEX), ((2, 3), ("complex64", "float32")), ((3, 1), ("float32", "complex64"))],
)
def test_complex_bands_are_two_channels_in_and_out(bands, dtypes):
    method = tiny(bound=ports(bands, dtypes))
    batch = batch_of(method)
    assert np.isfinite(list(method.step(batch, 1).values())).all()
    made = method.translate(batch)
    assert made.shape[1] == bands[1]
    assert np.iscomplexobj(made) == (dtypes[1] == "complex64")
    given, ready = batch["input"].numpy(), method.exportable()
    if dtypes[0] == "complex64":
        given = given[:, : bands[0]] + 1j * given[:, bands[0] :]
    assert np.allclose(ready.reference(given), made, atol=1e-6)
    fed = torch.from_numpy(interleave(given) if np.iscomplexobj(given) else given)
    answer = ready.net(fed).numpy()
    again = deinterleave(answer) if np.iscomplexobj(made) else answer
    assert np.allclose(again, made, atol=1e-6)


def test_a_complex_scene_becomes_a_complex_scene(tmp_path):
    """From pairs over an exported model to a file."""
    drawn = complex_normal(0, 30, 20 * 20).reshape(10, 3, 20, 20)
    pairs = made_pairs(tmp_path / "set", drawn[:, :1], drawn[:, 1:], 2, (None, None))
    run = train(pairs, TrainRecipe(**TINY, steps=3), tmp_path / "run", Progress())
    model = export_onnx(run, tmp_path / "made.onnx", Progress())
    scene = write_geotiff(tmp_path / "scene.tif", drawn[0, :1])
    restore_scene(scene, model, RestoreRecipe(), tmp_path / "out.tif", Progress())
    with closing(open_scene(tmp_path / "out.tif")) as made:
        assert made.is_complex
        assert made.read().pixels.shape == (2, 20, 20)
        assert np.ptp(np.angle(made.read().pixels)) > 1


@pytest.mark.slow
@pytest.mark.parametrize("options", [{"norm": "instance"}, {"test_time": "batch"}])
def test_networks_that_take_means_of_a_tile_leave_no_seams(tmp_path, pairs, options):
    recipe = TrainRecipe(**TINY, steps=20, options={**options, "residual": True})
    run = train(pairs, recipe, tmp_path / "run", Progress())
    model = export_onnx(run, tmp_path / "made.onnx", Progress())
    card = ModelFile.load(model).card
    assert (card.blending, card.test_time) == ("weighted", "tile_statistics")
    row, col = np.mgrid[:96, :90]
    ground = 127 + 60 * np.sin(row / 9) + 60 * np.cos(col / 7)
    scene = write_geotiff(tmp_path / "scene.tif", ground[None].astype(np.float32))
    tiled, once = (translated(scene, model, tile_px, tmp_path) for tile_px in (None, 128))
    step = card.tile_px - 2 * card.halo_px
    seams = [range(step, side, step) for side in tiled.shape[1:]]
    assert all(len(places) > 2 for places in seams)
    for band, whole in zip(tiled, once, strict=True):
        assert seam_score(band, seams) <= 1.01 * seam_score(whole, seams)


def translated(scene, model, tile_px, folder):
    recipe = RestoreRecipe(tile_px=tile_px)
    restore_scene(scene, model, recipe, folder / f"{tile_px}.tif", Progress())
    with closing(open_scene(folder / f"{tile_px}.tif")) as made:
        return made.read().pixels


def test_real_values_are_scaled_to_minus_one_to_one_and_answers_limited(tmp_path, pairs):
    data = open_data(pairs, TrainRecipe(**TINY))
    assert [port.scaling for port in data.ports] == [BYTES, BYTES]  # as the set has it
    grey = blobs(10, 24)
    as_cut = made_pairs(tmp_path / "cut", grey, coloured(grey) * 40, scalings=(None, None))
    data = open_data(as_cut, TrainRecipe(**TINY))
    assert [port.scaling.kind for port in data.ports] == ["range", "range"]
    assert data.scaling == data.ports[0].scaling
    assert data.ports[1].scaling.ends[1] == pytest.approx(255 * 40, rel=0.02)
    assert tiny(bound=data.ports)._generator.plan.is_limited
    assert not tiny(bound=ports(dtypes=COMPLEX))._generator.plan.is_limited
    assert not tiny(bound=data.ports, output="linear")._generator.plan.is_limited


def test_a_role_of_one_value_has_no_range(tmp_path):
    grey = blobs(6, 24)
    flat = made_pairs(
        tmp_path / "flat", grey, 0 * coloured(grey), 2, (None, Scaling(kind="linear"))
    )
    with pytest.raises(RunError, match=r"'target' of .*flat has no range of values"):
        open_data(flat, TrainRecipe(**TINY))


def test_a_set_of_two_lists_is_refused(tmp_path):
    grey = blobs(6, 24)
    apart = made_pairs(tmp_path / "apart", grey, coloured(grey), 2, is_paired=False)
    with pytest.raises(RunError, match=r"not suit Pix2Pix\. Its images do not belong"):
        open_data(apart, TrainRecipe(**TINY))


def test_far_seeing_networks_are_blended_and_near_ones_exact():
    use = {downs: tiny(downs=downs, size=64).exportable().image for downs in (2, 4)}
    for downs, one in use.items():
        assert (one.blending, one.test_time) == ("none", "fixed")
        assert one.halo_px >= reach_px(downs)
    far = tiny(downs=7, size=128, width=1, most_channels=2).exportable().image
    assert (far.blending, far.test_time) == ("weighted", "fixed")
    own = tiny(test_time="batch").exportable().image
    assert (own.blending, own.test_time) == ("weighted", "tile_statistics")
    assert tiny(norm="instance").exportable().image.test_time == "tile_statistics"
    for one in (*use.values(), far, own):
        assert one.tile_px > 2 * one.halo_px
        assert one.tile_px % one.size_multiple == one.halo_px % one.size_multiple == 0


def test_a_residual_network_starts_as_the_copied_input():
    method = tiny(residual=True)
    batch = batch_of(method)
    apart = method.translate(batch) - batch["input"].numpy()  # one band for three
    assert np.abs(apart).max() < 0.05
    planar = tiny(bound=ports((2, 1), COMPLEX), residual=True)
    seen = batch_of(planar)["input"]
    wanted = torch.complex(seen[:, :2], seen[:, 2:]).mean(1, keepdim=True).numpy()
    assert np.abs(planar.translate(Batch({"input": seen})) - wanted).max() < 0.05
    with pytest.raises(RunError, match="leave 'residual' off"):
        tiny(bound=ports((1, 1), ("complex64", "float32")), residual=True)


def test_batch_statistics_at_test_time_are_those_of_the_image():
    method = tiny(test_time="batch", dropout=0.0, flips="none")
    for number in (1, 2, 3):
        method.step(batch_of(method, seed=number), number)
    batch = batch_of(method)
    alone = Batch({role: values[:1] for role, values in batch.values.items()})
    assert np.allclose(method.translate(batch)[:1], method.translate(alone), atol=1e-6)
    wanted = method._generator.train()(alone["input"]).detach().numpy()
    assert np.allclose(method.translate(alone), wanted, atol=1e-5)


def test_a_run_says_what_it_learns_and_how_well(tmp_path, pairs):
    run = train(pairs, TrainRecipe(**TINY, steps=4, log_every_s=0), tmp_path / "run", Progress())
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text("utf-8").splitlines()]
    info = json.loads((run / "run.json").read_text("utf-8"))
    last = lines[-1]
    assert {"psnr", "ssim", "psnr_copy", "psnr_table", "wins_over_copy"} <= last.keys()
    assert {"brightness_input", "brightness_target", "held_out_loss"} <= last.keys()
    assert info["figures"]["data_range"] == 255
    assert info["figures"]["data_range_is"] == "of the scaling: 0 to 255"
    assert set(info["figures"]["baselines"]) == {"copy", "table"}
    assert info["best"]["by"] == "held_out_loss"
    assert last["psnr_table"] > last["psnr_copy"]  # colours follow from the grey here
