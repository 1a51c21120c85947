import json
import time

import pytest

from satstudio.core.errors import Cancelled, RunError
from satstudio.core.progress import Progress
from satstudio.learn.__main__ import main
from satstudio.learn.estimate import estimate
from satstudio.learn.loop import train


def test_the_estimate_is_near_the_time_that_training_takes(patches, recipe, tmp_path):
    chosen = recipe.changed(steps=300, log_every_s=1, options=recipe.options | {"head_start": 0})
    found = estimate(patches, chosen, Progress())
    start = time.process_time()
    train(patches, chosen, tmp_path / "run", Progress())
    spent = time.process_time() - start
    assert found.steps == 300
    assert found.total_s == pytest.approx(spent, rel=1.5)
    assert found.total_s > 0.3 * spent
    assert found.step_s * 300 <= found.total_s
    assert (found.device, found.device_peak_mb) == ("cpu", None)
    assert 20 < found.peak_mb < 10_000
    assert found.parameters > 0


def test_the_nearer_of_two_limits_counts(patches, recipe):
    short = estimate(patches, recipe.changed(steps=10**9, budget_s=60), Progress())
    assert short.total_s == pytest.approx(60, rel=0.05)
    assert 0 < short.steps < 10**9
    endless = estimate(patches, recipe.changed(steps=None), Progress())
    assert (endless.steps, endless.total_s) == (None, None)


def test_what_cannot_be_trained_is_not_estimated(patches, recipe):
    large = recipe.changed(options={"size": 32, "generator_blocks": 4})
    with pytest.raises(RunError, match=r"24 px.*32 px"):
        estimate(patches, large, Progress())


def test_an_estimate_can_be_stopped_and_writes_nothing(patches, recipe):
    before = sorted(patches.iterdir())
    with pytest.raises(Cancelled):
        estimate(patches, recipe, Progress(is_stopped=lambda: True))
    assert sorted(patches.iterdir()) == before


def test_the_door_of_a_server_estimates(patches, recipe, tmp_path, capsys):
    file = recipe.save(tmp_path / "recipe.toml")
    assert main([str(patches), "--recipe", str(file), "--dry-run"]) == 0
    assert json.loads(capsys.readouterr().out)["steps"] == 12
    assert main([str(patches), "--recipe", str(file)]) == 2
