"""A new run begins with the weights of a model file: it answers alike, learns on, and refuses."""

import json
import shutil

import numpy as np
import onnx
import pytest
import torch
from made import speckle
from made_patches import band_limited, made_patches, made_ports

from satstudio.core.errors import Cancelled, ModelError, RunError
from satstudio.core.files.replacing import sha256_of
from satstudio.core.paths import resources_folder
from satstudio.core.progress import Progress
from satstudio.core.runs.checkpoint_files import remove_checkpoints
from satstudio.learn.__main__ import main as door
from satstudio.learn.export.onnx_export import export_onnx
from satstudio.learn.export.parity import fed
from satstudio.learn.loop.checkpoint import (
    load_checkpoint,
    newest_checkpoint,
    shown_checkpoint,
)
from satstudio.learn.loop.estimate import estimate
from satstudio.learn.loop.loop import TrainRecipe, train
from satstudio.learn.method import METHODS
from satstudio.learn.methods.despeckle import with_blind_spots, with_gain
from satstudio.learn.model_weights import file_weights
from satstudio.pixels.noise import complex_normal, real_normal
from satstudio.pixels.phasor import interleave
from satstudio.restore.models.model_file import ModelFile

FIRST = "part.net._down.0.0.weight"


@pytest.fixture(scope="module")
def merlin():
    return TrainRecipe(
        method="despeckle", preset="tiny", steps=10, threads=1, samples=4, log_every_s=0
    )


@pytest.fixture(scope="module")
def model(patches, merlin, tmp_path_factory):
    """A despeckler that has learnt a little."""
    folder = tmp_path_factory.mktemp("first")
    run = train(patches, merlin.changed(seed=5, steps=40), folder / "run", Progress())
    return export_onnx(run, folder / "first.onnx", Progress())


@pytest.fixture(scope="module")
def started(model, patches, merlin, tmp_path_factory):
    out = tmp_path_factory.mktemp("started") / "run"
    return train(patches, merlin.changed(start=str(model), keep_checkpoints=9), out, Progress())


def method_of(merlin, checkpoint):
    made = METHODS[merlin.method].make(
        merlin.chosen(), made_ports(), merlin.seed, torch.device("cpu")
    )
    made.load_state(checkpoint.tensors)
    return made


def at_step(run, step):
    return load_checkpoint(run / "checkpoints" / f"step-{step:09d}.safetensors")


def test_before_its_first_step_a_started_run_answers_as_the_model(started, model, merlin):
    image = 0.7 * speckle(32, 48)[None, None]
    wanted = ModelFile.load(model).run(interleave(image))
    begun = method_of(merlin, at_step(started, 0))
    assert np.abs(begun.exportable().reference(image) - wanted).max() < 1e-5
    assert torch.equal(begun._net.net._last.weight, begun._shown.part.net._last.weight)
    assert begun._shown.gain == file_weights(model)["gain"]


def test_it_learns_on_from_there_and_its_gain_is_not_forgotten(started, model, merlin):
    weights, gain = file_weights(model), float(file_weights(model)["gain"])
    last = newest_checkpoint(started / "checkpoints")
    assert last.step == 10
    assert not torch.equal(last.tensors["shown." + FIRST], weights[FIRST])
    assert float(last.tensors["shown.gain"]) != gain
    assert float(last.tensors["shown.gain"]) == pytest.approx(gain, rel=0.05)
    log = [json.loads(line) for line in (started / "log.jsonl").read_text().splitlines()]
    assert all(np.isfinite(line["loss_train"]) for line in log)


def test_run_and_card_say_what_it_began_with(started, model, tmp_path):
    facts = json.loads((started / "run.json").read_text())
    assert facts["start"] == {"path": str(model), "sha256": sha256_of(model), "fresh": ""}
    card = ModelFile.load(export_onnx(started, tmp_path / "again.onnx", Progress())).card
    assert card.started_from_sha256 == sha256_of(model)
    assert ModelFile.load(model).card.started_from_sha256 == ""


def test_the_door_on_a_server_takes_the_weights_too(model, patches, tmp_path, monkeypatch):
    monkeypatch.chdir(model.parent)
    words = [str(patches), "--method", "despeckle", "--set", "preset=tiny", "--set", "threads=1"]
    words += ["--start", model.name, "--steps", "1", "--out", str(tmp_path / "run")]
    assert door(words) == 0
    facts = json.loads((tmp_path / "run" / "run.json").read_text())
    assert facts["start"]["path"] == str(model)


def test_the_start_is_the_best_until_something_is_better(model, patches, merlin, tmp_path):
    spoilt = merlin.changed(start=str(model), steps=3, options={**merlin.options, "lr": 1.0})
    run = train(patches, spoilt, tmp_path / "run", Progress())
    best = shown_checkpoint(run / "checkpoints")
    assert best.step == json.loads((run / "run.json").read_text())["best"]["step"] == 0
    assert torch.equal(best.tensors["shown." + FIRST], file_weights(model)[FIRST])


def test_it_is_resumed_exactly_without_the_file(started, model, patches, merlin, tmp_path):
    copy = shutil.copy(model, tmp_path / "copy.onnx")
    begun = merlin.changed(start=str(copy))
    looks = iter(range(10**9))
    broken = tmp_path / "broken"
    with pytest.raises(Cancelled):
        train(patches, begun, broken, Progress(is_stopped=lambda: next(looks) >= 7))
    assert 0 < newest_checkpoint(broken / "checkpoints").step < 10
    copy.unlink()
    train(patches, begun, broken, Progress(), resume=True)
    wanted, found = (newest_checkpoint(run / "checkpoints").tensors for run in (started, broken))
    assert wanted.keys() == found.keys()
    assert all(torch.equal(wanted[name], found[name]) for name in wanted)
    facts = json.loads((broken / "run.json").read_text())
    assert facts["start"]["path"] == str(copy)


def test_a_run_without_any_checkpoint_starts_from_the_file_again(model, patches, merlin, tmp_path):
    copy = shutil.copy(model, tmp_path / "copy.onnx")
    begun = merlin.changed(start=str(copy), steps=1)
    run = train(patches, begun, tmp_path / "run", Progress())
    wanted = newest_checkpoint(run / "checkpoints").tensors
    remove_checkpoints(run / "checkpoints")
    train(patches, begun, run, Progress(), resume=True)
    found = newest_checkpoint(run / "checkpoints").tensors
    assert all(torch.equal(wanted[name], found[name]) for name in wanted)

    remove_checkpoints(run / "checkpoints")
    shutil.copy(changed(model, tmp_path / "other.onnx", {FIRST: 0.5}), copy)
    with pytest.raises(RunError, match="has changed since"):
        train(patches, begun, run, Progress(), resume=True)


@pytest.mark.parametrize("name", ["despeckler.onnx", "despeckler_fast.onnx"])
def test_the_shipped_despecklers_start_the_preset_they_were_trained_with(
    white_patches, tmp_path, name
):
    shipped = resources_folder() / "models" / name
    width = file_weights(shipped)[FIRST].shape[0]
    (preset,) = (
        name
        for name in METHODS["despeckle"].presets
        if TrainRecipe(method="despeckle", preset=name).options["channels"] == width
    )
    choices = {"method": "despeckle", "preset": preset, "steps": 1, "batch": 1, "size": 16}
    small = TrainRecipe.build({**choices, "threads": 1, "samples": 1, "start": str(shipped)})
    run = train(white_patches, small, tmp_path / "run", Progress())
    begun, weights = at_step(run, 0).tensors, with_gain(file_weights(shipped))
    weights = with_blind_spots(weights) if small.options["blind_spots"] else weights
    names = [name.removeprefix("shown.") for name in begun if name.startswith("shown.")]
    assert len(names) > 20
    assert all(torch.equal(begun[f"shown.{name}"], weights[name]) for name in names)


@pytest.fixture(scope="module")
def white_patches(tmp_path_factory):
    values = np.stack([speckle(24, 24, seed=seed)[None] for seed in range(12)])
    return made_patches(tmp_path_factory.mktemp("white") / "made", values=values, held_out=values)


@pytest.fixture(scope="module")
def real_patches(tmp_path_factory):
    values = np.abs(band_limited(18, 24)).astype(np.float32) / 20
    folder = tmp_path_factory.mktemp("real") / "made"
    return made_patches(folder, values=values[:12], held_out=values[12:])


@pytest.mark.parametrize(
    ("method", "norm"),
    [
        ("complex_wgan_gp", None),
        ("complex_dcgan", "none"),
        ("dcgan", "none"),
    ],
)
def test_a_generator_starts_from_its_model_and_its_critic_is_said_to_be_fresh(
    method, norm, patches, real_patches, tmp_path
):
    data = real_patches if method == "dcgan" else patches
    norms = {"generator_norm": norm} if norm else {}
    first = {"method": method, "preset": "tiny", "steps": 6, "head_start": 0, "n_critic": 1}
    tiny = TrainRecipe.build({**first, **norms, "threads": 1, "samples": 4, "seed": 5})
    run = train(data, tiny, tmp_path / "first", Progress())
    model = export_onnx(run, tmp_path / "first.onnx", Progress())

    begun = tiny.changed(start=str(model), seed=0, steps=2, keep_checkpoints=9)
    train(data, begun, tmp_path / "run", Progress())
    states = [at_step(tmp_path / "run", step).tensors for step in (0, 2)]
    net = ModelFile.load(model)
    noise = tiny.chosen().latent
    draw = real_normal if method == "dcgan" else complex_normal
    wanted = net.run(fed(draw(3, 4, noise)))
    made = method_of(begun, at_step(tmp_path / "run", 0)).exportable().reference(draw(3, 4, noise))
    assert np.abs(fed(made) - wanted).max() < 1e-5
    of_first = shown_checkpoint(run / "checkpoints").tensors
    critics = [key for key in of_first if key.startswith("critic.") and key.endswith("weight_r")]
    critics = critics or ["critic.0.weight"]
    assert not torch.equal(of_first[critics[0]], states[0][critics[0]])
    moved = [key for key in states[0] if not torch.equal(states[0][key], states[1][key])]
    assert any(key.startswith("generator.") for key in moved)
    facts = json.loads((tmp_path / "run" / "run.json").read_text())
    assert "the critic has random weights" in facts["start"]["fresh"]
    assert facts["start"]["fresh"] in facts["remarks"]


# ---------------------------------------------------------------------- refusals


def changed(model, out, factors):
    """Write a model file with some weights multiplied, or taken out where the factor is None."""
    found = onnx.load(model)
    for item in list(found.graph.initializer):
        if item.name in factors:
            values = onnx.numpy_helper.to_array(item) * np.float32(factors[item.name])
            item.CopyFrom(onnx.numpy_helper.from_array(values, item.name))
    onnx.save(found, out)
    return out


def refused(merlin, patches, tmp_path, **choices):
    """Return why a run cannot begin; it must leave nothing behind, and an estimate says so too."""
    run, bad = tmp_path / "never", merlin.changed(**choices)
    with pytest.raises((ModelError, RunError)) as told:
        train(patches, bad, run, Progress())
    assert not run.exists()
    with pytest.raises((ModelError, RunError)):
        estimate(patches, bad, Progress())
    return str(told.value)


def test_what_is_no_model_file_is_refused_by_name(merlin, patches, tmp_path):
    assert "no model file" in refused(merlin, patches, tmp_path, start=str(tmp_path / "gone.onnx"))
    for name, content in (("text.onnx", b"no model"), ("empty.onnx", b"")):
        (tmp_path / name).write_bytes(content)
        assert name in refused(merlin, patches, tmp_path, start=str(tmp_path / name))
    assert "no model file" in refused(merlin, patches, tmp_path, start=str(tmp_path))


def test_a_foreign_model_is_refused(model, merlin, patches, tmp_path):
    foreign = onnx.load(model)
    del foreign.metadata_props[:]
    onnx.save(foreign, tmp_path / "foreign.onnx")
    text = refused(merlin, patches, tmp_path, start=str(tmp_path / "foreign.onnx"))
    assert "foreign.onnx is an ONNX file without a satstudio card" in text


@pytest.mark.parametrize(("channels", "levels"), [(3, 2), (2, 3)])
def test_another_network_is_refused_with_its_own_options(
    model, merlin, patches, tmp_path, channels, levels
):
    options = {**merlin.options, "channels": channels, "levels": levels}
    text = refused(merlin, patches, tmp_path, start=str(model), options=options)
    assert "first.onnx" in text
    assert "part.net._down" in text or "part.net._up" in text
    assert "channels = 2 and levels = 2" in text
    assert f"this recipe {channels} and {levels}" in text
    assert "Choose the preset 'tiny'" in text


def test_another_method_is_refused(run, model, merlin, patches, tmp_path):
    generator = export_onnx(run, tmp_path / "generator.onnx", Progress())
    text = refused(merlin, patches, tmp_path, start=str(generator))
    assert "'complex_wgan_gp', not with 'despeckle'" in text


def test_a_generator_of_another_size_is_refused_with_the_preset_it_is_of(run, patches, tmp_path):
    generator = export_onnx(run, tmp_path / "generator.onnx", Progress())
    small = TrainRecipe.build({"preset": "tiny", "threads": 1, "generator_channels": 7})
    text = refused(small, patches, tmp_path, start=str(generator))
    assert "generator.onnx" in text
    assert "'0.weight'" in text
    assert "Choose the preset 'tiny'" in text


@pytest.mark.parametrize("norm", ["batch", "layer"])
def test_norms_are_no_more_in_a_model_file_and_that_is_said(norm, real_patches, tmp_path):
    known = {"method": "dcgan", "preset": "tiny", "steps": 2, "samples": 4, "generator_norm": norm}
    tiny = TrainRecipe.build({**known, "threads": 1})
    run = train(real_patches, tiny, tmp_path / "first", Progress())
    model = export_onnx(run, tmp_path / "first.onnx", Progress())
    text = refused(tiny, real_patches, tmp_path, start=str(model))
    assert "A generator with norms" in text


def test_weights_that_are_not_finite_are_refused(model, merlin, patches, tmp_path):
    broken = changed(model, tmp_path / "nan.onnx", {FIRST: np.nan})
    text = refused(merlin, patches, tmp_path, start=str(broken))
    assert f"'{FIRST}' that are not finite" in text


def test_a_resumed_run_keeps_its_own_start(started, merlin, patches):
    with pytest.raises(RunError, match="another 'start'"):
        train(patches, merlin, started, Progress(), resume=True)
