"""METRICS for the conformance vectors: id -> callable(inputs, params), as run_vectors.py wants it.

    python conformance/metrics/run_vectors.py tests/metrics/vectors_adapter.py open

Inputs are (rows, cols, bands) or (rows, cols) arrays, masks uint8 with 1 = valid.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from satstudio.core.errors import InputError
from satstudio.metrics.score import METRICS as REGISTRY

Inputs = dict[str, np.ndarray]
Params = dict[str, Any]
NAMES = {
    "ref": "reference", "test": "estimate", "a": "reference", "b": "estimate",
    "ms": "multispectral", "pan_lr": "pan_low", "x": "image",
}  # fmt: skip
SETS = {
    "x": "features_a", "y": "features_b", "mu1": "mean_a", "sigma1": "covariance_a",
    "mu2": "mean_b", "sigma2": "covariance_b", "logits": "logits",
}  # fmt: skip
PARAMS = {"max_value": "data_range"}
SAID = {"mask_mode", "gamma", "coef0", "estimator", "subsets", "win_size", "sample_covariance"}
"""Parameters that name the only definition there is, or that are put together below."""


def bands_first(array: np.ndarray) -> np.ndarray:
    """HWC or HW as (bands, rows, cols)."""
    return np.moveaxis(array, -1, 0) if array.ndim == 3 else array[np.newaxis]


def image_metric(name: str) -> Callable[[Inputs, Params], Any]:
    """Return a metric of images."""

    def run(inputs: Inputs, params: Params) -> Any:
        return measured(name, *images_of(name, inputs), keywords_of(name, params))

    return run


def images_of(name: str, inputs: Inputs) -> tuple[dict[str, np.ndarray], np.ndarray | None]:
    """Return the images by the names of the signature, and the mask."""
    wanted = REGISTRY[name].images
    known = {}
    for key, value in inputs.items():
        if key == "mask":
            continue
        named = NAMES.get(key, key)
        if named not in wanted:  # a metric of first and second, or of noisy and filtered
            named = {"noisy": "reference", "filtered": "estimate"}.get(named, named)
            named = (
                {"reference": "first", "estimate": "second"}.get(named, named)
                if (named not in wanted)
                else named
            )
        if named in wanted:
            known[named] = bands_first(value)
    mask = inputs.get("mask")
    return known, None if mask is None else np.asarray(mask) != 0


def keywords_of(name: str, params: Params) -> Params:
    """Return the parameters by the names of the signature."""
    known = {PARAMS.get(key, key): value for key, value in params.items() if key not in SAID}
    if name == "ssim" and "window" in params:
        side = params.get("win_size", 7)
        more = " sample" if params.get("sample_covariance") else ""
        known["window"] = f"{params['window']} {side}{more}"
    if name in {"cpsnr", "cssim", "probav_score"}:
        known.setdefault("data_range", 65535)
    return {key: value for key, value in known.items() if key in REGISTRY[name].parameters}


def measured(
    name: str, images: dict[str, np.ndarray], mask: np.ndarray | None, known: Params
) -> Any:
    """Call a metric; refused input is a ValueError."""
    metric = REGISTRY[name]
    if mask is not None and "mask" in metric.parameters:
        known["mask"] = mask
    try:
        return metric.function(*(images[image] for image in metric.images), **known)
    except InputError as error:
        raise ValueError(str(error)) from error


def set_metric(name: str) -> Callable[[Inputs, Params], Any]:
    """Return a metric of features, moments or logits."""

    def run(inputs: Inputs, params: Params) -> Any:
        known = {key: value for key, value in params.items() if key not in SAID}
        if name == "kid":
            size = params.get("subset_size", "all")
            known["subset_size"] = max(map(len, inputs.values())) if size == "all" else size
            known["subsets"] = params.get("subsets", 1)
        known = {key: value for key, value in known.items() if key in REGISTRY[name].parameters}
        found = measured(name, {SETS[key]: value for key, value in inputs.items()}, None, known)
        if name == "inception_score" and params.get("splits", 10) == 1:
            return found["mean"]
        return found

    return run


OF_SETS = ("frechet_features", "frechet_stats", "kid", "inception_score", "precision", "recall",
           "density", "coverage")  # fmt: skip
METRICS = {name: set_metric(name) if name in OF_SETS else image_metric(name) for name in REGISTRY}
