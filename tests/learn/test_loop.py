import json
import time

import numpy as np
import pytest
import torch
from made_patches import band_limited, made_patches

from satstudio.core.errors import Cancelled, InputError, RunError
from satstudio.core.progress import Progress
from satstudio.core.runs.stop_request import ask_to_stop
from satstudio.learn.adversarial.trainer import AdversarialTrainer
from satstudio.learn.loop.checkpoint import newest_checkpoint
from satstudio.learn.loop.loop import TrainRecipe, train
from satstudio.learn.loop.run_folder import RunFolder


def lines(run):
    return [json.loads(text) for text in (run / "log.jsonl").read_text().splitlines()]


def info(run):
    return json.loads((run / "run.json").read_text())


def stopping_after(count):
    """A Progress whose user stops after so many looks for it."""
    looks = iter(range(10**9))
    return Progress(is_stopped=lambda: next(looks) >= count)


def listening(asked=()):
    """A Progress whose user asks each of `asked` once, and the list of its events."""
    events, waiting = [], list(asked)

    def is_asked(name):
        if waiting and waiting[0] == name:
            waiting.pop(0)
            return True
        return False

    return Progress(
        announce=lambda name, f: events.append((name, dict(f))), is_asked=is_asked
    ), events


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)


def test_a_run_leaves_all_that_is_promised(run, recipe, patches):
    assert TrainRecipe.load(run / "recipe.toml") == recipe
    facts = info(run)
    assert (facts["status"], facts["steps"], facts["images"]) == ("done", 12, 96)
    assert (facts["device"], facts["threads"]) == ("cpu", 1)
    assert facts["versions"]["torch"] == torch.__version__
    assert facts["scaling"]["kind"] == "log_amplitude"
    assert facts["latent"] == {"dim": 16, "dist": "complex_normal", "var": 1.0}
    assert facts["best"]["step"] in (1, 12)
    assert facts["trained_on_sha256"]
    assert not list(run.rglob("*.part-*"))


def test_the_log_has_distance_and_penalty_of_training_and_validation(run):
    log = lines(run)
    assert log[0]["step"] == 1
    assert log[-1]["step"] == 12
    for line in log:
        for name in ("wasserstein", "penalty"):
            assert np.isfinite(line[f"{name}_train"])
            assert np.isfinite(line[f"{name}_validation"])
        assert {"seconds", "images", "images_per_s", "eta_s", "critic_loss"} <= line.keys()
    assert 0 <= log[-1]["ks_modulus"] <= 1


def test_samples_are_pictures_and_numbers_of_fixed_seeds(run):
    pictures = sorted((run / "samples").glob("*.png"))
    assert [path.stem for path in pictures] == ["step-000000001", "step-000000012"]
    values = np.load(pictures[0].with_suffix(".npy"))
    assert (values.shape, values.dtype) == ((4, 1, 16, 16), np.complex64)


def test_a_resumed_run_has_the_weights_of_an_unbroken_one(run, recipe, patches, tmp_path):
    broken = tmp_path / "broken"
    with pytest.raises(Cancelled):
        train(patches, recipe, broken, stopping_after(9))
    at = newest_checkpoint(broken / "checkpoints").step
    assert 0 < at < 12
    assert info(broken)["status"] == "stopped"
    train(patches, recipe, broken, Progress(), resume=True)
    wanted, found = (newest_checkpoint(path / "checkpoints") for path in (run, broken))
    assert found.step == wanted.step == 12
    assert same(wanted.tensors, found.tensors)
    steps = [line["step"] for line in lines(broken)]
    assert steps == sorted(set(steps))
    assert steps[-1] == 12


def test_previews_and_logs_do_not_change_the_weights(run, recipe, patches, tmp_path):
    calm = recipe.changed(sample_every_s=1e6, log_every_s=1e6, samples=1)
    other = train(patches, calm, tmp_path / "calm", Progress())
    one, two = (newest_checkpoint(path / "checkpoints") for path in (run, other))
    assert same(one.tensors, two.tensors)


def test_another_seed_gives_other_weights(run, recipe, patches, tmp_path):
    other = train(patches, recipe.changed(seed=1), tmp_path / "other", Progress())
    one, two = (newest_checkpoint(path / "checkpoints") for path in (run, other))
    assert not same(one.tensors, two.tensors)


def test_a_stop_is_seen_at_the_next_step_and_saves(recipe, patches, tmp_path):
    stops = []
    progress = Progress(is_stopped=lambda: bool(stops), announce=lambda *event: stops.append(1))
    with pytest.raises(Cancelled):
        train(patches, recipe.changed(steps=10**6), tmp_path / "run", progress)
    assert newest_checkpoint(tmp_path / "run/checkpoints").step == 1


def test_epochs_end_a_run_and_stand_in_its_log(recipe, patches, tmp_path):
    run = tmp_path / "run"
    train(patches, recipe.changed(steps=None, epochs=2, epoch_images=20), run, Progress())
    assert info(run)["steps"] == 5, "40 images, 8 a step"
    assert (info(run)["epoch"], lines(run)[-1]["epoch"]) == (2, 2)
    train(patches, TrainRecipe.load(run / "recipe.toml").changed(epochs=3), run, Progress(), True)
    assert info(run)["steps"] == 8
    assert [line["epoch"] for line in lines(run)] == sorted(line["epoch"] for line in lines(run))


def test_the_time_limit_ends_a_run(recipe, patches, tmp_path):
    limited = recipe.changed(steps=None, budget_s=0.5)
    start = time.monotonic()
    run = train(patches, limited, tmp_path / "run", Progress())
    assert time.monotonic() - start < 20
    assert info(run)["status"] == "done"
    assert info(run)["steps"] >= 1


def test_a_stop_that_is_asked_in_the_folder_is_heeded_and_saves_first(recipe, patches, tmp_path):
    run = tmp_path / "run"

    def announce(name, fields):
        if name == "logged":
            ask_to_stop(run)

    with pytest.raises(Cancelled):
        train(patches, recipe.changed(steps=10**6), run, Progress(announce=announce))
    assert info(run)["status"] == "stopped"
    assert newest_checkpoint(run / "checkpoints").step == info(run)["steps"]


def test_why_a_training_broke_is_kept_whatever_it_was(recipe, patches, tmp_path):
    def announce(name, fields):
        if name == "logged":
            raise ZeroDivisionError("by nothing")

    with pytest.raises(ZeroDivisionError):
        train(patches, recipe, tmp_path / "run", Progress(announce=announce))
    assert info(tmp_path / "run")["message"] == "by nothing"


def test_requests_of_the_user_are_answered(recipe, patches, tmp_path):
    progress, events = listening(["checkpoint", "preview", "pause", "resume"])
    train(patches, recipe, tmp_path / "run", progress)
    names = [name for name, _ in events]
    assert [name for name in names if name in ("paused", "resumed")] == ["paused", "resumed"]
    assert names.count("saved") == 3
    assert names.count("preview") == 3
    for name, fields in events:
        if name in ("saved", "preview"):
            assert fields["path"].startswith(str(tmp_path))


def test_a_run_without_validation_says_none(recipe, tmp_path):
    alone = made_patches(tmp_path / "alone", validation=0)
    log = lines(train(alone, recipe.changed(steps=2), tmp_path / "run", Progress()))
    assert log[0]["wasserstein_validation"] is None


def test_a_diverging_run_stops_and_keeps_the_last_good(recipe, patches, tmp_path):
    wild = recipe.changed(options=recipe.options | {"lr": 1.0, "init": "he"}, steps=3000)
    with pytest.raises(RunError, match=r"diverged at step \d+.*half the learning rate"):
        train(patches, wild, tmp_path / "run", Progress())
    assert info(tmp_path / "run")["status"] == "failed"
    assert "diverged" in info(tmp_path / "run")["message"]


def test_weights_that_are_not_finite_are_never_saved(recipe, patches, tmp_path, monkeypatch):
    method = AdversarialTrainer
    steps = method.step

    def poisoned(self, batch, number):
        losses = steps(self, batch, number)
        if number == 4:
            with torch.no_grad():
                next(self._generator.parameters()).fill_(float("nan"))
        return losses

    monkeypatch.setattr(method, "step", poisoned)
    with pytest.raises(RunError, match=r"diverged at step [45]"):
        train(patches, recipe.changed(checkpoint_every_s=1e-9), tmp_path / "run", Progress())
    found = newest_checkpoint(tmp_path / "run/checkpoints")
    assert found.step == 3


def test_an_existing_folder_is_not_trained_over(run, recipe, patches):
    with pytest.raises(RunError, match="exists already"):
        train(patches, recipe, run, Progress())


def test_a_run_goes_on_with_its_own_recipe_and_patches_only(run, recipe, patches, tmp_path):
    with pytest.raises(RunError, match="another 'batch'"):
        train(patches, recipe.changed(batch=4), run, Progress(), resume=True)
    other = made_patches(tmp_path / "other", train=5)
    with pytest.raises(RunError, match="another patch set"):
        train(other, recipe, run, Progress(), resume=True)
    with pytest.raises(RunError, match="no training run"):
        train(patches, recipe, tmp_path / "nothing", Progress(), resume=True)


@pytest.mark.parametrize(
    ("values", "size", "words"),
    [
        (np.ones((3, 1, 24, 24), np.float32).cumsum(0), 24, "real patches"),
        (band_limited(3, 12), 12, "12 px a side.*16 px"),
        (np.where(np.eye(24) > 0, np.nan, band_limited(3, 24)).astype(np.complex64), 24, "NaN"),
    ],
)
def test_patches_that_cannot_work_are_refused_before_the_first_step(
    recipe, tmp_path, values, size, words
):
    bad = made_patches(tmp_path / "bad", validation=0, size=size, values=values)
    with pytest.raises(RunError, match=words):
        train(bad, recipe, tmp_path / "run", Progress())
    assert not (tmp_path / "run").exists()


def test_a_folder_that_is_no_patch_set_is_refused(recipe, tmp_path):
    with pytest.raises(InputError, match="no patch set"):
        train(tmp_path, recipe, tmp_path / "run", Progress())


def test_the_published_scaling_can_be_chosen(recipe, patches, tmp_path):
    chosen = recipe.changed(scaling="paper_log", steps=1)
    assert info(train(patches, chosen, tmp_path / "run", Progress()))["scaling"]["eps"] == 1e-5


def test_a_log_that_was_cut_short_is_mended(run, tmp_path):
    folder = RunFolder(tmp_path)
    folder.log_file.write_text('{"step": 1}\n{"step": 5}\n{"step": 9}\n{"st')
    folder.cut(5)
    assert folder.log_file.read_text() == '{"step": 1}\n{"step": 5}\n'


BAD_LINES = (b"\x00" * 30, b"5", b'{"swd": 0.1}', b'{"step": "x"}', b"[" * 5000, b"\xff")


def test_a_run_with_damaged_lines_in_its_log_goes_on_exactly_and_says_so(
    run, recipe, patches, tmp_path
):
    broken = tmp_path / "broken"
    with pytest.raises(Cancelled):
        train(patches, recipe, broken, stopping_after(9))
    log = broken / "log.jsonl"
    first, *others = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join([first, *(line + b"\n" for line in BAD_LINES), *others]) + b'{"st')
    train(patches, recipe, broken, Progress(), resume=True)
    wanted, found = (newest_checkpoint(path / "checkpoints") for path in (run, broken))
    assert same(wanted.tensors, found.tensors)
    steps = [line["step"] for line in lines(broken)]
    assert steps == sorted(set(steps))
    assert (steps[0], steps[-1]) == (1, 12)
    assert "damaged lines (6)" in info(broken)["remarks"][0]
    assert sorted((broken / "log-damaged.txt").read_bytes().splitlines()) == sorted(BAD_LINES)
    before = (broken / "log.jsonl").read_bytes()
    train(patches, recipe, broken, Progress(), resume=True)
    assert (broken / "log.jsonl").read_bytes().startswith(before), "nothing is put aside twice"
    assert len(info(broken)["remarks"]) == 1


def test_samples_beyond_the_step_go_with_the_log(tmp_path):
    folder = RunFolder(tmp_path)
    folder.samples.mkdir()
    for step in (1, 5, 9):
        folder.preview_file(step).touch()
        folder.preview_file(step).with_suffix(".npy").touch()
    folder.cut(5)
    assert sorted(path.name for path in folder.samples.iterdir()) == [
        f"step-00000000{step}.{kind}" for step in (1, 5) for kind in ("npy", "png")
    ]


def test_the_log_tells_what_real_patches_have_against_real_ones(run):
    compared = [line for line in lines(run) if "n" in line]
    for name in ("swd", "ks_modulus", "spectrum_azimuth_db", "phase_step_range"):
        assert all(line[name] > 0 for line in compared)
        (floor,) = {line[f"{name}_floor"] for line in compared}
        assert floor > 0
