"""Variance over t: exact curves against measured images; sigma keeps it; complex sets too."""

import json

import numpy as np
import pytest
import torch
from made_patches import made_patches
from made_sweeps import run_plan

from satstudio.bench.plans.papers.variance_plan import VariancePlan
from satstudio.core.errors import InputError
from satstudio.core.progress import Progress
from satstudio.learn.adversarial.spaces import iterated, variance, variances


def natural(count, side=32):
    """Real images (count, 1, side, side) whose spectrum falls as 1 / f^1.2."""
    random = np.random.default_rng(0)
    rows, cols = np.fft.fftfreq(side)[:, None], np.fft.fftfreq(side)[None]
    radius = np.hypot(rows, cols)
    radius[0, 0] = np.inf
    white = random.standard_normal((count, 1, side, side))
    return np.fft.ifft2(np.fft.fft2(white) / radius**1.2).real.astype(np.float32)


@pytest.mark.parametrize("kind", ["scale", "noise", "noisy_scale"])
def test_the_exact_curves_are_those_of_the_iterated_spaces(kind):
    images = torch.from_numpy(natural(64)).double()
    curves = variances(images, 6, 0.3)
    random = torch.Generator().manual_seed(1)
    for time in (0, 1, 6):
        found = variance(iterated(images, time, kind, 0.3, random))
        assert curves[kind][time] == pytest.approx(found, rel=0.03)


@pytest.mark.parametrize("is_complex", [False, True])
def test_the_chosen_sigma_keeps_the_variance(tmp_path, is_complex):
    values = natural(24)
    if is_complex:
        values = (values + 1j * values[::-1]).astype(np.complex64)
    patches = made_patches(tmp_path / "patches", values=values, size=32, validation=0)
    page = run_plan(VariancePlan(initial_time=16), patches, tmp_path / "out", Progress())
    found = json.loads(page.read_text("utf-8"))
    start = found["variance"]
    assert found["n"] == 24
    assert found["curves"]["scale-space"][16] < 0.8 * start
    assert found["curves"]["noise-space"][16] > 1.2 * start
    assert found["curves"]["noisy scale-space"][1:] == pytest.approx([start] * 16, rel=0.35)
    exact = [found["curves"]["noisy scale-space"][time] for time in (0, 1, 2, 4, 8, 16)]
    assert found["measured"]["noisy scale-space"] == pytest.approx(exact, rel=0.05)
    with pytest.raises(InputError, match="another 'initial_time'"):
        run_plan(VariancePlan(initial_time=8), patches, tmp_path / "out", Progress())
