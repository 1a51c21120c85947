"""FeatureTrend: distance of features from real images during a training, in a tenth of its time."""

import hashlib
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from satstudio.core.files.arrays import load_npz
from satstudio.core.files.replacing import replacing, writing
from satstudio.core.progress import Progress
from satstudio.learn.evaluation.feature_images import FeatureImages
from satstudio.learn.method import Values
from satstudio.learn.setup.data import TrainingData
from satstudio.metrics.features import relative, sample_warning
from satstudio.metrics.measures.distribution import frechet_features, kid
from satstudio.metrics.sets.distances import FLOOR

SHARE = 0.1
"""Share of the time of a part of a run that features of generated images may take."""

RARE_S = 120.0
"""Seconds between comparisons from which on it is said how rare they are."""

GENERATED = 32
"""Images that a generator makes at once."""

Figures = dict[str, float | None]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class _Real:
    """Features of real images, and of as many others; how long one set took."""

    rows: Values
    other: Values
    seconds: float


class FeatureTrend:
    """Compares features of generated images with those of real ones, now and then.

    Real images are measured once for a patch set and kept in the run folder. Afterwards a
    comparison is made only where all of them, it included, have taken no more than a tenth of the
    time since.

    Parameters
    ----------
    folder : where features of real images are kept
    """

    def __init__(self, images: FeatureImages, data: TrainingData, folder: Path) -> None:
        self._images = images
        scaling = data.scaling.model_dump_json()
        identity = f"{data.sha256}|{scaling}|{images.extractor.name}|{images.n}"
        self._file = folder / f"{hashlib.sha256(identity.encode()).hexdigest()[:24]}.npz"
        self._real: Values = np.zeros((0, 0))
        self._floor: Figures = {}
        self._spent = self._next = self._since = 0.0

    def prepare(self, progress: Progress) -> str:
        """Measure the real images, or read what is kept; time counts from then on.

        Returns
        -------
        str
            A sentence for the user where comparisons will be rare; else empty.
        """
        real = self._kept_or_made(progress)
        self._real, self._next = real.rows, real.seconds
        self._floor = {f"{name}{FLOOR}": value for name, value in self._of(real.other).items()}
        self._since = time.perf_counter()
        if self._next <= RARE_S * SHARE:
            return ""
        return (
            f"Features of {self._images.n} images take {self._next:.0f} s here. As they may take "
            f"a tenth of the time, the first comparison of features comes after "
            f"{self._next / SHARE / 60:.0f} min, as do the next."
        )

    def info(self) -> dict[str, Any]:
        """Return what run.json says of the figures."""
        extractor = self._images.extractor
        return {
            "title": extractor.title("frechet_features"),
            "extractor": extractor.name,
            "preprocess": extractor.preprocess,
            "n": self._images.n,
            "note": sample_warning(self._images.n, extractor.n_features),
        }

    def is_due(self) -> bool:
        """Tell whether there is time for a comparison."""
        return self._spent + self._next <= SHARE * (time.perf_counter() - self._since)

    def look(self, made: Values, make: Callable[[Sequence[int]], Values]) -> Figures:
        """Compare; None where images or features are not finite.

        Parameters
        ----------
        made : images of the seeds 0, 1, ..., unscaled
        make : seeds to more of them
        """
        start = time.perf_counter()
        n = self._images.n
        parts = [made[:n]]
        for first in range(len(made), n, GENERATED):
            parts.append(make(range(first, min(first + GENERATED, n))))
        found = self._finite(np.concatenate(parts))
        self._next = time.perf_counter() - start
        self._spent += self._next
        return {**found, **self._floor, "features_n": n}

    def _finite(self, made: Values) -> Figures:
        nothing: Figures = {"frechet_features": None, "kid": None}
        if not np.isfinite(made).all():
            return nothing
        rows = self._images.rows(made)
        return {**self._of(rows)} if np.isfinite(rows).all() else nothing

    def _of(self, rows: Values) -> dict[str, float]:
        pair = self._real, rows
        if self._images.extractor.is_relative:
            pair = relative(*pair)
        return {"frechet_features": frechet_features(*pair), "kid": kid(*pair)}

    def _kept_or_made(self, progress: Progress) -> _Real:
        images, path = self._images, self._file
        kept = _kept(path, (images.n, images.extractor.n_features))
        if kept is not None:
            return kept
        text = f"Features of real images, {images.n} and {images.n}"
        start = time.perf_counter()
        rows = images.rows(images.reference.real(), progress.part(0, 0.5), text)
        seconds = time.perf_counter() - start
        other = images.rows(images.reference.other(), progress.part(0.5, 1), text)
        made = _Real(rows, other, seconds)
        with writing(path.parent):
            path.parent.mkdir(exist_ok=True)
        with replacing(path) as part:
            np.savez(part, rows=made.rows, other=made.other, seconds=np.float64(seconds))
        return made


def _kept(path: Path, shape: tuple[int, int]) -> _Real | None:
    """Return what is kept; None where nothing is, or it is damaged."""
    try:
        file = load_npz(path)
        found = _Real(file["rows"], file["other"], float(file["seconds"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("Kept features %s are made again: %s", path.name, error)
        return None
    return found if found.rows.shape == found.other.shape == shape else None
