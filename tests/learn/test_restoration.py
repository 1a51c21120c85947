"""What restorers that learn from pairs share: presets, losses, dates left out, micro-batches."""

from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from made_restorers import PORTS, RESTORERS, made_batch, made_method, port

from satstudio.core.errors import RecipeError, RunError
from satstudio.core.paths import resources_folder
from satstudio.core.progress import Progress
from satstudio.core.recipe import read_toml
from satstudio.learn.batch import Batch
from satstudio.learn.export.onnx_export import _card, write_model
from satstudio.learn.method import METHODS, StepSettings
from satstudio.learn.model_weights import file_weights
from satstudio.learn.nets.gap_net import GapNet, GapPlan
from satstudio.learn.nets.restoration_net import SPREAD_PX, masked_mean, spread
from satstudio.learn.restoration.bands import band_places
from satstudio.learn.restoration.restoration_losses import l1, l2, shift_tolerant
from satstudio.learn.restoration.restoration_options import RestorationOptions
from satstudio.learn.restoration.restoration_trainer import DRAWS, without_frames
from satstudio.learn.setup.recipe import TrainRecipe
from satstudio.pixels.gaps import harmonic

PRESETS = [(name, preset) for name in RESTORERS for preset in METHODS[name].presets]


@pytest.mark.parametrize(("name", "preset"), PRESETS)
def test_every_preset_says_all_options_and_loads(name, preset):
    info = METHODS[name]
    file = resources_folder() / "recipes" / info.presets[preset]
    assert set(read_toml(file)["options"]) == set(info.options.model_fields)
    assert TrainRecipe.load(file) == TrainRecipe(method=name, preset=preset)


@pytest.mark.parametrize("name", RESTORERS)
def test_the_starter_is_the_first_preset_and_so_are_the_defaults(name):
    starter = TrainRecipe.load(resources_folder() / f"recipes/{name}.toml")
    first = next(iter(METHODS[name].presets))
    assert starter == TrainRecipe(method=name, preset=first)
    assert starter.options == TrainRecipe(method=name).options


def test_an_untrained_network_gives_the_mosaic_the_mean_of_the_frames_or_bicubic():
    """So that what is learnt is learnt from there."""
    for name, rival in (
        ("cloud_removal", "mosaic"),
        ("multi_image_super_resolution", "frame_mean"),
        ("super_resolution", "bicubic"),
    ):
        method, batch = made_method(name), made_batch(PORTS[name])
        batch = Batch(batch.values, {role: torch.ones_like(m) for role, m in batch.masks.items()})
        simple = method.rivals(batch).images[rival]
        np.testing.assert_allclose(method.translate(batch), simple, atol=1e-5)


@pytest.mark.parametrize("name", RESTORERS)
def test_micro_batches_take_the_same_step(name):
    whole, parts = (made_method(name) for _ in range(2))
    parts.adjust(StepSettings(micro_batches=2))
    batch = made_batch(PORTS[name])
    for number in (1, 2):
        assert whole.step(batch, number) == pytest.approx(parts.step(batch, number), rel=1e-5)
    for key, value in whole.state().items():
        torch.testing.assert_close(parts.state()[key], value, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("name", RESTORERS)
def test_bfloat16_learns_about_the_same(name):
    plain, low = (made_method(name) for _ in range(2))
    low.adjust(StepSettings(precision="bf16"))
    batch = made_batch(PORTS[name])
    assert low.step(batch, 1)["loss"] == pytest.approx(plain.step(batch, 1)["loss"], rel=0.02)


def test_what_is_masked_changes_no_answer():
    """Neither in a date nor in one that counts as cloudy altogether."""
    for name, role in (("cloud_removal", "optical"), ("multi_image_super_resolution", "low")):
        method, batch = made_method(name), made_batch(PORTS[name])
        for number in range(1, 4):
            method.step(batch, number)
        batch.masks[role][:, 1] = 0
        other = Batch({**batch.values, role: batch[role] * batch.masks[role]}, batch.masks)
        np.testing.assert_array_equal(method.translate(other), method.translate(batch))


@pytest.mark.parametrize("name", RESTORERS)
@pytest.mark.parametrize("case", ["nothing clear", "zeros", "constant", "a point of 40 dB"])
def test_the_worst_images_give_finite_answers_and_losses(name, case):
    method, batch = made_method(name), made_batch(PORTS[name])
    first = next(iter(batch.values))
    if case == "nothing clear":
        batch = Batch(batch.values, {role: 0 * mask for role, mask in batch.masks.items()})
    elif case == "a point of 40 dB":
        batch[first][..., 12, 12] = 1e4
    else:
        value = 0.0 if case == "zeros" else 3.0
        batch = Batch(
            {role: torch.full_like(one, value) for role, one in batch.values.items()}, batch.masks
        )
    assert np.isfinite(method.step(batch, 1)["loss"])
    assert np.isfinite(method.validate(batch, 1)["loss"])
    assert np.isfinite(method.translate(batch)).all()
    assert all(np.isfinite(image).all() for image in method.rivals(batch).images.values())
    assert all(value.isfinite().all() for value in method.state().values())


def test_dates_left_out_count_as_cloudy_and_one_stays():
    batch = made_batch(PORTS["cloud_removal"], count=64)
    draws = torch.rand((64, DRAWS), generator=torch.Generator().manual_seed(1))
    masks = without_frames(batch, draws, "optical", 0.6).masks["optical"]
    left = masks.flatten(2).any(2).sum(1)
    assert set(left.tolist()) == {1, 2, 3}
    assert (
        without_frames(batch, draws, "optical", 0.0).masks["optical"].equal(batch.masks["optical"])
    )


def test_the_shift_tolerant_loss_forgives_a_shift_and_a_constant_and_nothing_else():
    random = np.random.default_rng(0)
    wanted = torch.from_numpy(random.standard_normal((3, 1, 30, 30))).float()
    everywhere = torch.ones_like(wanted)
    forgiving = shift_tolerant(l2, 3)
    moved = torch.roll(wanted, (2, -3), (2, 3)) + 5
    assert forgiving(moved, wanted, everywhere).item() < 1e-10
    assert forgiving(torch.roll(wanted, (4, 0), (2, 3)), wanted, everywhere).item() > 0.5
    hidden = everywhere.clone()
    hidden[..., 10:20, 10:20] = 0
    spoilt = torch.where(hidden > 0, wanted, 99.0)
    assert forgiving(moved, spoilt, hidden).item() < 1e-10
    each = [forgiving(moved[i : i + 1], wanted[i : i + 1], everywhere[:1]) for i in range(3)]
    assert forgiving(moved, wanted, everywhere).item() == pytest.approx(np.mean(each), abs=1e-10)


def test_what_has_no_data_in_the_target_does_not_count():
    wanted, weight = torch.zeros(1, 2, 4, 4), torch.ones(1, 1, 4, 4)
    weight[..., :2] = 0
    assert l1(torch.ones(1, 2, 4, 4), wanted, weight).item() == 0.5


def test_unknown_pixels_get_the_mean_of_the_nearest_known_ones():
    image = torch.arange(80.0).reshape(1, 1, 1, 80).expand(-1, -1, 80, -1).clone()
    known = torch.ones(1, 1, 80, 80)
    known[..., 30:34] = 0
    filled = spread(image, known)
    assert filled.equal(torch.where(known > 0, image, filled))
    assert (filled[0, 0, 40, 30:34] - torch.arange(30.0, 34)).abs().max() < 5
    known[:] = 0
    assert not spread(image, known).any()
    known[..., 0, 0] = 1
    assert spread(image + 7, known)[0, 0, SPREAD_PX, SPREAD_PX].item() == pytest.approx(7)
    mean, some = masked_mean(torch.ones(1, 2, 1, 4, 4), torch.zeros(1, 2, 1, 4, 4))
    assert not mean.any()
    assert not some.any()


@pytest.mark.parametrize(
    ("schedule", "rates"),
    [("one_cycle", (0.1, 1, 0.5, 0.01)), ("linear", (1, 1, 0.9, 0.01)), ("constant", (1,) * 4)],
)
def test_the_learning_rate_follows_its_schedule(schedule, rates):
    options = RestorationOptions(lr=1.0, schedule=schedule, schedule_steps=100)
    found = [options.rate(number) for number in (1, 10, 55, 1000)]
    assert found == pytest.approx(rates)


def test_bands_of_the_target_are_found_by_name_or_by_order():
    taken = port("optical", ("B2", "B3", "B4", "B8"))
    assert band_places(taken, port("target", ("B8", "B2"))) == (3, 0)
    assert band_places(taken, port("target", 4)) == (0, 1, 2, 3)
    with pytest.raises(RunError, match="'target' has 2 bands and 'optical' 4"):
        band_places(taken, port("target", 2))


@pytest.mark.parametrize(
    ("name", "options", "reason"),
    [
        ("cloud_removal", {"size": 50, "depth": 3}, "cannot be halved 2 times"),
        ("cloud_removal", {"size": 64, "depth": 7}, "at most 6 levels"),
        ("gap_filling", {"size": 50, "levels": 3}, "multiple of 4"),
        ("despeckle_intensity", {"size": 51, "levels": 2}, "multiple of 2"),
    ],
)
def test_a_crop_that_cannot_be_halved_is_refused(name, options, reason):
    with pytest.raises(RecipeError, match=reason):
        TrainRecipe.build({"method": name, "preset": "tiny", **options})


@pytest.mark.slow
def test_a_training_can_begin_with_an_exported_network(tmp_path):
    name, ports = "multi_image_super_resolution", PORTS["multi_image_super_resolution"]
    learnt, batch = made_method(name), made_batch(ports)
    for number in (1, 2, 3):
        learnt.step(batch, number)
    info = {"ports": [each.model_dump(mode="json") for each in ports], "trained_on_sha256": ""}
    ready = learnt.exportable()
    card = _card(TrainRecipe(method=name, preset="tiny"), SimpleNamespace(info=info), ready, 12)
    write_model(ready, card, tmp_path / "made.onnx", Progress())
    other = made_method(name)
    other.start_from(file_weights(tmp_path / "made.onnx"))
    np.testing.assert_array_equal(other.translate(batch), learnt.translate(batch))
    assert made_method(name, width=5).state().keys() == other.state().keys() - {"started"}


def test_without_a_sar_image_the_network_sees_none():
    with_sar, without = PORTS["cloud_removal"], (PORTS["cloud_removal"][0], port("target", 4))
    seen = partial(made_method, "cloud_removal")
    assert [p.role for p in seen().exportable().ports.inputs][2:] == ["sar"]
    for method in (seen(ports=without), seen(ports=with_sar, use_sar=False)):
        assert len(method.exportable().ports.inputs) == 2


def test_gaps_of_bright_and_dark_ground_of_any_contrast_are_filled_alike():
    net = GapNet(GapPlan(channels=2, width=4, levels=2))
    net.start(torch.Generator().manual_seed(1))
    torch.nn.init.normal_(net.net.head.weight, generator=torch.Generator().manual_seed(2))
    image = torch.rand((1, 2, 24, 24), generator=torch.Generator().manual_seed(3))
    known = torch.ones((1, 1, 24, 24))
    known[..., 8:12, :] = 0
    with torch.no_grad():
        plain, other = net(image, known), net(0.3 * image + 2, known)
    torch.testing.assert_close(other, 0.3 * plain + 2, rtol=0, atol=2e-3)
    assert (plain - image)[..., 8:12, :].abs().mean() > 0.1
    assert torch.equal((known * plain), known * image)


def test_narrow_gaps_begin_with_the_smoothest_values():
    image = torch.rand((1, 1, 24, 24), generator=torch.Generator().manual_seed(3))
    known = torch.ones((1, 1, 24, 24))
    known[..., 9:12, 3:20] = 0
    made = GapNet(GapPlan(channels=1, width=4, levels=2)).begun(image, known)[0]
    smoothest = harmonic(image[0].numpy(), known[0, 0].numpy() > 0)
    np.testing.assert_allclose(made[0].numpy(), smoothest, atol=0.01)
