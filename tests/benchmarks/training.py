"""Time what training is made of against the straightforward form; prints one JSON document.

    python tests/benchmarks/training.py [--batch N] [--side N] [--skip-mnist] [--out FILE]

Noisy scale-space, forward and backward on N x 3 x 64 x 64: in one go at t = 256 against the
iterated form, and against itself at t = 4. Every method, a process each: images a second and peak
memory against the forms of `plain_training.py` and its neighbours. A step of Pix2Pix with images
of 1024 px: its peak memory. One iteration of the complex WGAN-GP in the MNIST
setup (five updates of the critic, one of the generator) as above, in each precision, with the
difference of its gradients. All on one thread, CPU time; ratios are of the smallest times. Needs
the training layer only.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # before torch loads OpenMP

import torch
from made_patches import method_ports
from plain_cyclegan import PlainCycle
from plain_pix2pix import PlainPaired
from plain_training import PlainTrainer, with_plain_adam
from torch import Tensor

from satstudio.learn.adversarial.cycle_trainer import CycleTrainer
from satstudio.learn.adversarial.losses import gradient_penalty, wasserstein_distance
from satstudio.learn.adversarial.paired import PairedTrainer
from satstudio.learn.adversarial.spaces import iterated, spectral
from satstudio.learn.adversarial.trainer import AdversarialTrainer
from satstudio.learn.batch import Batch
from satstudio.learn.method import METHODS, Method, Precision, StepSettings
from satstudio.learn.nets.complex_layers import to_planar
from satstudio.learn.setup.recipe import TrainRecipe

LONG, SHORT = 256, 4
CASES: dict[str, tuple[str, str, dict[str, object]]] = {
    "complex_wgan_gp small": ("complex_wgan_gp", "small", {}),
    "complex_wgan_gp mnist_small": ("complex_wgan_gp", "mnist_small", {}),
    "complex_dcgan nss": ("complex_dcgan", "nss", {"schedule": "constant"}),
    "dcgan small": ("dcgan", "small", {}),
    "dcgan nss": ("dcgan", "nss", {"schedule": "constant"}),
    "dcgan dcgan64": ("dcgan", "dcgan64", {}),
    "despeckle fast": ("despeckle", "fast", {}),
    "pix2pix small": ("pix2pix", "small", {}),
    "pix2pix unet128": ("pix2pix", "unet128", {"flips": "none"}),
    "cyclegan small": ("cyclegan", "small", {"norm": "instance", "residual": False}),
    "cyclegan resnet6_128": ("cyclegan", "resnet6_128", {}),
}
LARGE = "pix2pix unet256 of 1024 px"
MNIST = "complex_wgan_gp mnist"
SLOW: dict[str, tuple[str, str, dict[str, object]]] = {
    MNIST: ("complex_wgan_gp", "mnist", {}),
    LARGE: ("pix2pix", "unet256", {"size": 1024, "flips": "none"}),
}
"""Cases whose steps take many seconds."""

FORMS = ("own", "plain")


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


def measured(case: str, form: str, precision: Precision = "float32") -> dict[str, float]:
    """Return images a second and peak memory of a method in one of its forms, in this process."""
    name, preset, options = {**CASES, **SLOW}[case]
    recipe = TrainRecipe(method=name, preset=preset, options={**options, **no_head_start(name)})
    method, batch = made(name, recipe)
    method.adjust(StepSettings(precision=precision))  # type: ignore[attr-defined]  # all can
    step: Callable[[Batch, int], object] = method.step
    if form == "plain":
        step = plain_step(method, METHODS[name].wants_complex)
    each = int(getattr(method.options, "n_critic", 1))  # type: ignore[attr-defined]
    seconds = cpu_s(lambda: [step(batch, number + 1) for number in range(each)], runs_of(case))
    return {"images_per_s": each * recipe.batch / seconds, "peak_mb": own_peak_mb()}


def plain_step(method: Method, is_complex: bool) -> Callable[[Batch, int], object]:
    """Return the straightforward step of a method's networks."""
    if isinstance(method, AdversarialTrainer):
        trainer = PlainTrainer(method, is_complex)
        return lambda batch, number: trainer.step(batch.images, number)
    if isinstance(method, PairedTrainer):
        return PlainPaired(method).step
    if isinstance(method, CycleTrainer):
        return PlainCycle(method).step
    with_plain_adam(method)
    return method.step


def own_peak_mb() -> int:
    """Return the peak since this program began; getrusage would count the parent's too."""
    status = Path("/proc/self/status").read_text().splitlines()
    line = next(line for line in status if line.startswith("VmHWM:"))
    return round(int(line.split()[1]) / 1024)


def runs_of(case: str) -> int:
    return 1 if case in SLOW else 4


def no_head_start(name: str) -> dict[str, int]:
    return {"head_start": 0} if "head_start" in METHODS[name].options.model_fields else {}


def made(name: str, recipe: TrainRecipe) -> tuple[Method, Batch]:
    """Return a method with fresh weights and a batch of noise for it."""
    ports = method_ports(METHODS[name].ports, dtype="float32")
    method = METHODS[name].make(recipe.chosen(), ports, 0, torch.device("cpu"))
    random, side = torch.Generator().manual_seed(1), method.size_px
    batch = Batch(
        {
            port.role: torch.randn(
                (recipe.batch, 2 if port.is_complex else 1, side, side), generator=random
            )
            for port in ports
        }
    )
    method.fit(float(batch.images.abs().max()), batch)
    return method, batch


def in_child(case: str, form: str, precision: Precision = "float32") -> dict[str, float]:
    """Measure in a process of its own, so that its peak of memory is the case's."""
    command = [sys.executable, __file__, "--case", case, form, precision]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def all_methods() -> dict[str, dict[str, float]]:
    table = {}
    for case in CASES:
        own, plain = (in_child(case, form) for form in FORMS)
        bf16 = in_child(case, "own", "bf16")
        table[case] = {
            "images_per_s": round(own["images_per_s"], 1),
            "plain_images_per_s": round(plain["images_per_s"], 1),
            "times_plain": round(own["images_per_s"] / plain["images_per_s"], 2),
            "bf16_times_plain": round(bf16["images_per_s"] / plain["images_per_s"], 2),
            "peak_mb": own["peak_mb"],
            "plain_peak_mb": plain["peak_mb"],
        }
    return table


def mnist() -> dict[str, float]:
    plain = in_child(MNIST, "plain")
    report = {
        "native_complex_images_per_s": round(plain["images_per_s"], 1),
        "native_complex_peak_mb": plain["peak_mb"],
        "gradients_relative_difference": gradient_difference(),
    }
    for precision in ("float32", "bf16", "bf16_all"):
        own = in_child(MNIST, "own", precision)
        report[f"{precision}_times_native"] = round(own["images_per_s"] / plain["images_per_s"], 2)
        report[f"{precision}_peak_mb"] = own["peak_mb"]
    return report


def gradient_difference() -> float:
    """Norm of the difference of the critic's gradients, planar and native, over their norm."""
    recipe = TrainRecipe(preset="mnist")
    method, batch = made("complex_wgan_gp", recipe)
    images = batch.images
    critic_net, generator = method._critic, method._generator  # type: ignore[attr-defined]
    random = torch.Generator().manual_seed(2)
    shape = (16, recipe.options["latent"])
    noise = torch.randn(shape, dtype=torch.complex64, generator=random)
    mix = torch.rand((16, 1, 1, 1), generator=random)
    gradients = []
    planar, native = images[:16], torch.complex(*images[:16].chunk(2, 1))
    for real, latent in ((planar, to_planar(noise)), (native, noise)):
        critic_net.zero_grad(set_to_none=True)
        fake = generator(latent).detach()
        distance = wasserstein_distance(critic_net(real), critic_net(fake))
        penalty = gradient_penalty(critic_net, real, fake, mix)
        torch.autograd.backward(10 * penalty - distance)
        gradients.append(torch.cat([weight.grad.flatten() for weight in critic_net.parameters()]))
    return float((gradients[0] - gradients[1]).norm() / gradients[1].norm())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--side", type=int, default=64)
    parser.add_argument("--skip-mnist", action="store_true", help="about six minutes less")
    parser.add_argument("--out", type=Path, help="also write the document here")
    parser.add_argument("--case", nargs=3, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    if chosen.case:
        sys.stdout.write(json.dumps(measured(*chosen.case)))
        return
    report: dict[str, Any] = {
        "torch": torch.__version__,
        "has_bf16_matrix_units": bool(torch.cpu._is_amx_tile_supported()),
        "noisy_scale_space": scale_space(chosen.batch, chosen.side),
        "methods": all_methods(),
        LARGE: in_child(LARGE, "own"),
    }
    if not chosen.skip_mnist:
        report["complex_wgan_gp_mnist"] = mnist()
    text = json.dumps(report, indent=2) + "\n"
    sys.stdout.write(text)
    if chosen.out:
        chosen.out.write_text(text)


if __name__ == "__main__":
    main()
