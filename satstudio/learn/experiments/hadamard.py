"""hadamard_case: generators of combinations of Hadamard bases, of one case of the experiment."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from satstudio.core.progress import Progress
from satstudio.learn.device import choose_threads
from satstudio.learn.experiments.hadamard_gan import SIDE, Setting, real_images, teach
from satstudio.render.picture import real_beside_generated, save_png

SAMPLE_PX = 40


def check_hadamard(settings: Sequence[Setting], progress: Progress) -> int:
    """Return how many settings there are; that they can work is checked when they are read."""
    progress.report(1.0)
    return len(settings)


def hadamard_case(setting: Setting, picture: Path, progress: Progress) -> dict[str, Any]:
    """Teach the networks of a case, all at once.

    Parameters
    ----------
    picture : PNG of images of the first network beside real ones

    Returns
    -------
    dict
        `sigma`, and `looks`: what the generators made over the steps.
    """
    progress.report(0.0)
    choose_threads(None, 0)
    trained = teach(setting, progress)
    random = torch.Generator().manual_seed(setting.seed)
    real = real_images(1, len(trained.images), random).reshape(-1, SIDE, SIDE)
    shown = real_beside_generated(np.asarray(real), np.asarray(trained.images), least_px=SAMPLE_PX)
    save_png(shown, picture)
    return {"sigma": trained.sigma, "looks": [_plain(asdict(look)) for look in trained.looks]}


def _plain(look: dict[str, Any]) -> dict[str, Any]:
    """Return a look as JSON reads it."""
    return {key: list(value) if isinstance(value, tuple) else value for key, value in look.items()}
