"""set_swd: the sliced Wasserstein distance of two sets of images, of as many as fit in memory."""

from dataclasses import replace

import numpy as np

from satstudio.bench.image_sets import Image, ImageSet
from satstudio.core.errors import InputError
from satstudio.core.progress import Progress
from satstudio.metrics.features import sample_warning
from satstudio.metrics.score import METRICS, Score

SWD = "swd"
MOST_VALUES = 16_000_000
"""Values (pixels x bands) of a set that are in memory at once."""


def set_swd(pair: tuple[ImageSet, ImageSet], progress: Progress) -> Score:
    """Score small patches of the images themselves; no features are needed.

    Of larger sets evenly spaced images are taken; n says how many.

    Raises
    ------
    InputError
        If fewer than 50 images of a side can be taken.
    """
    first = _some(pair[0], progress.part(0, 0.4))
    second = _some(pair[1], progress.part(0.4, 0.8))
    metric = METRICS[SWD]
    n = min(len(first), len(second))
    sample_warning(n, 1)
    values = metric.measure(first, second, None, {"first": first, "second": second})
    one = metric.score(values, n, {})
    progress.report(1.0)
    return replace(one, definition=f"{one.definition} [n {len(first)} and {len(second)}]")


def _some(images: ImageSet, progress: Progress) -> Image:
    most = min(images.count, max(1, MOST_VALUES // max(images.values, 1)))
    places = [int(place) for place in np.linspace(0, images.count - 1, most)]
    found = [
        image
        for place in progress.over(places, f"Reading {images.name}")
        for image in images.read(place, place + 1)
        if image is not None
    ]
    if len({image.shape for image in found}) > 1:
        raise InputError(
            f"The images of {images.name} differ in size; a sliced Wasserstein distance wants one."
        )
    if not found:
        raise InputError(f"No image of {images.name} has data everywhere.")
    return np.stack(found)
