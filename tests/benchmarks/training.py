"""Time what training is made of against the straightforward form; prints one JSON document.

    python tests/benchmarks/training.py [--batch N] [--side N] [--skip-mnist]

Noisy scale-space, forward and backward on N x 3 x 64 x 64: in one go at t = 256 against the
iterated form, and against itself at t = 4. One iteration of the complex WGAN-GP in the MNIST setup
(five updates of the critic, one of the generator) on planar pairs against torch's own complex
arithmetic with the same weights. Images a second of the DCGAN presets. All in this process, on one
thread, CPU time; ratios are of the smallest times. Needs the training layer only.
"""

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Callable

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # before torch loads OpenMP

import torch
from torch import Tensor

from satstudio.learn.losses import gradient_penalty, wasserstein_distance
from satstudio.learn.method import METHODS
from satstudio.learn.nets.complex_layers import start_weights, to_planar
from satstudio.learn.nets.complex_wgan import critic, generator
from satstudio.learn.spaces import iterated, spectral
from satstudio.learn.train_recipe import TrainRecipe

LONG, SHORT = 256, 4


def cpu_s(job: Callable[[], object], runs: int = 3) -> float:
    """Return the smallest CPU time of a job, after one that does not count."""
    job()
    times = []
    for _ in range(runs):
        start = time.process_time()
        job()
        times.append(time.process_time() - start)
    return min(times)


def scale_space(batch: int, side: int) -> dict[str, float]:
    images = torch.randn((batch, 3, side, side)).requires_grad_()
    random = torch.Generator().manual_seed(0)

    def derived(made: Tensor) -> None:
        images.grad = None
        torch.autograd.backward(made.square().mean())

    def one_go(t: int) -> None:
        derived(spectral(images, t, "noisy_scale", 0.15, random))

    long, short = cpu_s(lambda: one_go(LONG), 5), cpu_s(lambda: one_go(SHORT), 5)
    start = time.process_time()
    derived(iterated(images, LONG, "noisy_scale", 0.15, random))
    iterated_s = time.process_time() - start
    return {
        "one_go_s": round(long, 4),
        "iterated_s": round(iterated_s, 2),
        "iterated_over_one_go": round(iterated_s / long, 1),
        "t_256_over_t_4": round(long / short, 3),
    }


def wgan_iteration() -> dict[str, float]:
    options = TrainRecipe(preset="mnist").chosen()
    makers, random = options.generator_shape(1), torch.Generator().manual_seed(0)
    made, judge = generator(makers), critic(options.critic_shape(1))
    start_weights(made, "lecun", random)
    start_weights(judge, "lecun", random)
    batch = TrainRecipe(preset="mnist").batch
    real = torch.randn((batch, 1, 32, 32), dtype=torch.complex64, generator=random)
    noise = torch.randn((batch, options.latent), dtype=torch.complex64, generator=random)
    mix = torch.rand((batch, 1, 1, 1), generator=random)
    slopes: dict[str, list[Tensor]] = {}

    def iteration(name: str, images: Tensor, latent: Tensor) -> None:
        for _ in range(options.n_critic):
            with torch.no_grad():
                fake = made(latent)
            distance = wasserstein_distance(judge(images), judge(fake))
            penalty = gradient_penalty(judge, images, fake, mix)
            judge.zero_grad(set_to_none=True)
            torch.autograd.backward(options.gp * penalty - distance)
        slopes[name] = [weight.grad.clone() for weight in judge.parameters()]
        made.zero_grad(set_to_none=True)
        torch.autograd.backward(-judge(made(latent)).mean())

    planar = cpu_s(lambda: iteration("planar", to_planar(real), to_planar(noise)), 1)
    native = cpu_s(lambda: iteration("native", real, noise), 1)
    largest = max(
        float((a - b).abs().max() / b.abs().max().clamp_min(1e-12))
        for a, b in zip(slopes["planar"], slopes["native"], strict=True)
    )
    return {
        "planar_s": round(planar, 2),
        "native_complex_s": round(native, 2),
        "native_over_planar": round(native / planar, 2),
        "largest_relative_difference_of_gradients": largest,
    }


def dcgan_rates() -> dict[str, float]:
    rates = {}
    for preset in ("small", "nss"):
        recipe = TrainRecipe(method="dcgan", preset=preset)
        method = METHODS["dcgan"].make(recipe.chosen(), 1, 0, torch.device("cpu"))
        images = torch.randn((recipe.batch, 1, method.size_px, method.size_px))
        numbers = iter(range(1, 1000))
        seconds = cpu_s(lambda: method.step(images, next(numbers)), 10)  # noqa: B023 - called here
        rates[preset] = round(recipe.batch / seconds)
    return rates


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--side", type=int, default=64)
    parser.add_argument("--skip-mnist", action="store_true", help="about two minutes less")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    report: dict[str, object] = {
        "torch": torch.__version__,
        "noisy_scale_space": scale_space(chosen.batch, chosen.side),
        "dcgan_images_per_s": dcgan_rates(),
    }
    if not chosen.skip_mnist:
        report["complex_wgan_gp_mnist"] = wgan_iteration()
    report["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    sys.stdout.write(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
