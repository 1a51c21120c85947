import json
import time

import pytest
import torch

from satstudio.core.errors import Cancelled, RunError
from satstudio.core.progress import Progress
from satstudio.learn.__main__ import main
from satstudio.learn.adversarial.spaces import TWO_VALUED, two_valued_share
from satstudio.learn.loop.estimate import estimate
from satstudio.learn.loop.loop import train


@pytest.mark.nightly
def test_the_estimate_is_near_the_time_that_training_takes(patches, recipe, tmp_path):
    chosen = recipe.changed(steps=300, log_every_s=1, options=recipe.options | {"head_start": 0})
    found = estimate(patches, chosen, Progress())
    start = time.perf_counter()
    train(patches, chosen, tmp_path / "run", Progress())
    spent = time.perf_counter() - start
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


def test_the_noise_of_a_space_is_told_with_the_variance_that_it_keeps(patches, recipe):
    options = {"space": "noisy_scale", "initial_time": 32.0}
    space = estimate(patches, recipe.changed(options=recipe.options | options), Progress()).space
    assert space.sigma > 0
    assert {len(curve) for curve in space.variances.values()} == {33}
    assert all(curve[0] == pytest.approx(1, abs=1e-6) for curve in space.variances.values())
    kept, blurred = space.variances["noisy_scale"], space.variances["scale"]
    assert max(abs(value - 1) for value in kept) < 0.5 < 1 - blurred[-1]
    assert space.warning == ""
    assert estimate(patches, recipe, Progress()).space is None


def test_images_of_two_values_are_noticed():
    random = torch.Generator().manual_seed(0)
    grey = torch.rand((8, 1, 16, 16), generator=random)
    assert two_valued_share((grey > 0.8).float()) == 1
    assert two_valued_share(grey) < TWO_VALUED
    assert two_valued_share(torch.zeros(4, 1, 8, 8) + torch.tensor([0.0] * 7 + [1.0])) == 1
    lonely = torch.full((8, 1, 16, 16), 0.5)
    lonely[0, 0, 0, 0] = 9.0  # one bright pixel does not make two values
    assert two_valued_share(lonely) == 0
