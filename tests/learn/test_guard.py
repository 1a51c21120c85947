import json

import pytest
import torch

from satstudio.core.errors import Cancelled, RunError
from satstudio.core.progress import Progress
from satstudio.learn.adversarial.trainer import AdversarialTrainer
from satstudio.learn.loop.checkpoint import load_checkpoint, newest_checkpoint
from satstudio.learn.loop.guard import MOST_TRIPS, Diverged, Guard
from satstudio.learn.loop.loop import train
from satstudio.metrics.sets.distances import Distances

STEP = 7


def info(run):
    return json.loads((run / "run.json").read_text())


def steps_of_log(run):
    return [json.loads(text)["step"] for text in (run / "log.jsonl").read_text().splitlines()]


def break_at(monkeypatch, number, how, always=False):
    """Let the complex WGAN break at a step: its loss, its weights; once at full pace or always."""
    method = AdversarialTrainer
    step, seen = method.step, []

    def broken(self, batch, at):
        seen.append((at, self._adam_c.param_groups[0]["lr"], batch.images.sum().item()))
        losses = step(self, batch, at)
        is_full = self._adam_c.param_groups[0]["lr"] == self.options.lr
        if at == number and (is_full or always):
            with torch.no_grad():
                next(self._generator.parameters()).fill_(float("nan"))
            if how == "loss":
                losses["critic_loss"] = float("nan")
        return losses

    monkeypatch.setattr(method, "step", broken)
    return seen


def heard():
    events = []
    return Progress(announce=lambda name, fields: events.append((name, dict(fields)))), events


@pytest.mark.parametrize("how", ["loss", "weights"])
def test_a_broken_step_is_gone_back_from_and_training_goes_on(
    how, recipe, patches, tmp_path, monkeypatch
):
    seen = break_at(monkeypatch, STEP, how)
    progress, events = heard()
    run = train(patches, recipe.changed(checkpoint_every_s=1e-9), tmp_path / "run", progress)
    remarks = [fields["text"] for name, fields in events if name == "remark"]
    assert len(remarks) == 1
    assert f"step {STEP}" in remarks[0]
    assert "back to step 6" in remarks[0]
    assert "0.5 of the learning rate" in remarks[0]
    facts = info(run)
    assert (facts["status"], facts["steps"], facts["remarks"]) == ("done", 12, remarks)
    assert facts["guard"] == {"trips": 1, "skipped": 1}
    rates = {at: rate for at, rate, _ in seen}
    assert rates[12] == rates[1] / 2
    assert steps_of_log(run) == sorted(set(steps_of_log(run)))


def test_samples_of_the_steps_since_are_gone_when_it_is_told(
    recipe, patches, tmp_path, monkeypatch
):
    break_at(monkeypatch, STEP, "loss")
    told = []

    def listen(name, fields):
        if name == "went_back":
            pictures = (tmp_path / "run/samples").glob("*.png")
            told.append((fields["step"], sorted(int(path.stem[5:]) for path in pictures)))

    monkeypatch.setattr(Distances, "_swd", lambda *_: 1.0)  # so the first is the best, and kept
    rare = recipe.changed(checkpoint_every_s=60, sample_every_s=1e-9)
    train(patches, rare, tmp_path / "run", Progress(announce=listen))
    assert told == [(1, [1])]


def test_the_batches_since_are_passed_over(recipe, patches, tmp_path, monkeypatch):
    seen = break_at(monkeypatch, STEP, "loss")
    calm = recipe.changed(checkpoint_every_s=60, sample_every_s=1e6, check_every_s=1e6)
    train(patches, calm, tmp_path / "run", Progress())
    sums = [total for _, _, total in seen]
    assert len(set(sums)) == len(sums)


def test_every_checkpoint_holds_finite_numbers(recipe, patches, tmp_path, monkeypatch):
    break_at(monkeypatch, STEP, "weights")
    often = recipe.changed(checkpoint_every_s=1e-9, check_every_s=1e-9)
    run = train(patches, often, tmp_path / "run", Progress())
    files = sorted((run / "checkpoints").glob("*.safetensors"))
    assert [path.name[:4] for path in files] == ["best", "step", "step"]
    for path in files:
        for tensor in load_checkpoint(path).tensors.values():
            assert bool(tensor.isfinite().all())


def test_it_gives_up_after_a_few_times_with_one_sentence(recipe, patches, tmp_path, monkeypatch):
    break_at(monkeypatch, STEP, "loss", always=True)
    with pytest.raises(RunError, match=rf"diverged at step {STEP}.*half the learning rate"):
        train(patches, recipe.changed(checkpoint_every_s=1e-9), tmp_path / "run", Progress())
    facts = info(tmp_path / "run")
    assert facts["status"] == "failed"
    assert facts["guard"]["trips"] == MOST_TRIPS
    assert newest_checkpoint(tmp_path / "run/checkpoints").step == STEP - 1


def test_a_run_that_went_back_is_resumed_exactly(recipe, patches, tmp_path, monkeypatch):
    break_at(monkeypatch, 4, "loss")
    # every step is kept, so that both runs go back to the same one
    often = recipe.changed(checkpoint_every_s=1e-9)
    whole = train(patches, often, tmp_path / "whole", Progress())
    looks = iter(range(10**9))
    broken = Progress(is_stopped=lambda: next(looks) >= 14)
    with pytest.raises(Cancelled):
        train(patches, often, tmp_path / "broken", broken)
    at = newest_checkpoint(tmp_path / "broken/checkpoints")
    assert 4 < at.step < 12
    assert at.info["guard"]["trips"] == 1
    train(patches, often, tmp_path / "broken", Progress(), resume=True)
    one, two = (newest_checkpoint(path / "checkpoints") for path in (whole, tmp_path / "broken"))
    assert one.tensors.keys() == two.tensors.keys()
    assert all(torch.equal(one.tensors[key], two.tensors[key]) for key in one.tensors)
    assert info(tmp_path / "broken")["remarks"] == info(whole)["remarks"]


def test_a_stop_with_broken_weights_keeps_the_checkpoint_before(
    recipe, patches, tmp_path, monkeypatch
):
    break_at(monkeypatch, 5, "weights")
    calm = recipe.changed(checkpoint_every_s=60, sample_every_s=1e6, log_every_s=1e6)
    stops = []
    progress = Progress(
        tell=lambda _, text: stops.append(1) if text == "Step 5" else None,
        is_stopped=lambda: bool(stops),
    )
    with pytest.raises(Cancelled):
        train(patches, calm, tmp_path / "run", progress)
    assert info(tmp_path / "run")["status"] == "stopped"
    assert newest_checkpoint(tmp_path / "run/checkpoints") is None


def test_a_pause_that_finds_broken_weights_comes_after_going_back(
    recipe, patches, tmp_path, monkeypatch
):
    break_at(monkeypatch, 5, "weights")
    calm = recipe.changed(checkpoint_every_s=60, sample_every_s=1e6, log_every_s=1e6)
    events, looks = [], iter(range(10**9))
    wanted = {"pause": lambda: next(looks) == 5, "resume": lambda: True}  # before step 6
    progress = Progress(
        announce=lambda name, fields: events.append(name),
        is_asked=lambda name: wanted.get(name, lambda: False)(),
    )
    train(patches, calm, tmp_path / "run", progress)
    kept = [name for name in events if name in ("remark", "paused", "resumed")]
    assert kept == ["remark", "paused", "resumed"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1e7])
def test_losses_out_of_bounds_are_seen(value):
    with pytest.raises(Diverged, match="at step 3: loss is"):
        Guard().check(3, {"other": 1.0, "loss": value})


def test_the_state_that_is_kept_does_not_change_with_the_weights():
    guard, weight = Guard(), torch.ones(2)
    guard.keep(3, {"w": weight})
    weight.fill_(5)
    good = guard.go_back(Diverged(4, "x"), "folder")
    assert good.step == 3
    assert good.state["w"].tolist() == [1, 1]
