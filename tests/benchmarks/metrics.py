"""Time the metrics against what they are held to; prints one JSON document.

    python tests/benchmarks/metrics.py [--torchmetrics FOLDER] [--runs N] [--skip-frechet]

PSNR, SSIM, SAM and ERGAS of pairs of 256 x 256 x 13 float32 against torchmetrics' four functions;
cPSNR of 384 x 384 over 49 shifts against a plain loop; the Frechet distance of 500 + 500 features
of 2048 numbers against scipy's sqrtm. All in this process, on one thread, CPU time, runs of both
sides in turn; ratios are of the smallest times. FOLDER holds torchmetrics and is made with

    pip install --no-deps --target FOLDER torchmetrics lightning-utilities

so that the project's own environment stays without it; torch must be importable.
"""

import argparse
import importlib.util
import json
import math
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.linalg import sqrtm
from scipy.ndimage import gaussian_filter

from satstudio.metrics.measures.distribution import frechet_features
from satstudio.metrics.measures.pixel import ergas, psnr, sam
from satstudio.metrics.measures.proba_v import cpsnr
from satstudio.metrics.measures.structure import ssim

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def made_pair(bands: int = 13, side: int = 256) -> tuple[np.ndarray, np.ndarray]:
    """Return a smooth multispectral scene in 0..1 and the same with noise of 0.03."""
    rng = np.random.default_rng(0)
    base = sum(
        gaussian_filter(rng.standard_normal((bands, side, side)), (0, width, width)) * width
        for width in (1, 3, 9, 27)
    )
    base = 0.05 + 0.6 * (base - base.min()) / np.ptp(base)
    noisy = base + rng.normal(0, 0.03, base.shape)
    return base.astype(np.float32), noisy.astype(np.float32)


def cpu_times(runs: int, *jobs: Callable[[], Any]) -> list[float]:
    """Return the smallest CPU time of each job in seconds; jobs run in turn."""
    times = [[math.inf] for _ in jobs]
    for job in jobs:
        job()
    for _ in range(runs):
        for found, job in zip(times, jobs, strict=True):
            start = time.process_time()
            job()
            found.append(time.process_time() - start)
    return [min(found) for found in times]


def compared(ours: float, theirs: float, least: float) -> dict[str, Any]:
    ratio = theirs / ours
    return {
        "ours_ms": round(1e3 * ours, 3),
        "theirs_ms": round(1e3 * theirs, 3),
        "times_faster": round(ratio, 2),
        "held_to": least,
        "is_held": ratio >= least,
    }


def four(first: np.ndarray, second: np.ndarray) -> tuple[float, ...]:
    """Return PSNR, SSIM, SAM and ERGAS."""
    return (
        psnr(first, second, data_range=1.0),
        ssim(first, second, data_range=1.0),
        sam(first, second),
        ergas(first, second, ratio_h_over_l=0.25),
    )


def against_torchmetrics(folder: Path | None, runs: int) -> dict[str, Any]:
    """Time the four measures against torchmetrics; says why where it is absent."""
    if folder is not None:
        sys.path.append(str(folder))
    absent = [name for name in ("torch", "torchmetrics") if importlib.util.find_spec(name) is None]
    if absent:
        return {"skipped": f"{' and '.join(absent)} not importable; see --help"}
    import torch  # lazy: 3 seconds, and absent where it is skipped
    import torchmetrics
    import torchmetrics.functional.image as theirs

    torch.set_num_threads(1)
    first, second = made_pair()
    one, other = (torch.from_numpy(image)[None] for image in (first, second))

    def one_by_one() -> tuple[float, ...]:
        with torch.inference_mode():
            return (
                float(theirs.peak_signal_noise_ratio(other, one, data_range=1.0)),
                float(theirs.structural_similarity_index_measure(other, one, data_range=1.0)),
                math.degrees(float(theirs.spectral_angle_mapper(other, one))),
                float(theirs.error_relative_global_dimensionless_synthesis(other, one, ratio=4)),
            )

    times = cpu_times(runs, lambda: four(first, second), one_by_one)
    return compared(*times, 1) | {
        "torchmetrics": torchmetrics.__version__,
        "torch": torch.__version__,
        "values": list(four(first, second)),
        "their_values": list(one_by_one()),
    }


def plain_cpsnr(high: np.ndarray, low: np.ndarray, clear: np.ndarray, border: int = 3) -> float:
    """Return cPSNR as its definition reads: a loop over shifts, pixels chosen by the mask."""
    best = -math.inf
    rows, cols = high.shape[0] - 2 * border, high.shape[1] - 2 * border
    made = low[border : border + rows, border : border + cols]
    for down in range(2 * border + 1):
        for right in range(2 * border + 1):
            part = slice(down, down + rows), slice(right, right + cols)
            counted = clear[part]
            difference = (high[part] - made)[counted]
            square = np.mean((difference - difference.mean()) ** 2)
            best = max(best, 10 * math.log10(65535**2 / square))
    return best


def of_shifts(runs: int) -> dict[str, Any]:
    rng = np.random.default_rng(1)
    high = gaussian_filter(rng.normal(size=(384, 384)), 3) * 20000 + 4000
    low = np.roll(high, (1, -2), (0, 1)) + rng.normal(0, 30, high.shape) + 50
    clear = gaussian_filter(rng.normal(size=high.shape), 8) > -0.03
    ours, plain = (
        lambda: cpsnr(high, low, data_range=65535, mask=clear),
        lambda: plain_cpsnr(high, low, clear),
    )
    return compared(*cpu_times(runs, ours, plain), 5) | {"difference_db": abs(ours() - plain())}


def of_features() -> dict[str, Any]:
    """Time the Frechet distance; scipy's root takes a minute, so it runs once."""
    rng = np.random.default_rng(2)
    first, second = rng.normal(size=(500, 2048)), rng.normal(0.1, 1.2, size=(500, 2048))
    (ours,) = cpu_times(3, lambda: frechet_features(first, second))
    start = time.process_time()
    gap = first.mean(axis=0) - second.mean(axis=0)
    spread = np.cov(first, rowvar=False), np.cov(second, rowvar=False)
    root = sqrtm(spread[0] @ spread[1])
    theirs = gap @ gap + np.trace(spread[0]) + np.trace(spread[1]) - 2 * np.trace(root).real
    found = compared(ours, time.process_time() - start, 20)
    return found | {"value": frechet_features(first, second), "their_value": float(theirs)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--torchmetrics", type=Path, help="folder that holds torchmetrics")
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--skip-frechet", action="store_true", help="scipy's sqrtm takes a minute")
    given = parser.parse_args()
    if any(os.environ.get(name) != "1" for name in THREADS):  # must be known before numpy starts
        os.environ.update(dict.fromkeys(THREADS, "1"))
        os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606 - this program again
    document = {
        "four": against_torchmetrics(given.torchmetrics, given.runs),
        "cpsnr_49_shifts": of_shifts(given.runs),
        "frechet_2048": {"skipped": "--skip-frechet"} if given.skip_frechet else of_features(),
    }
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
