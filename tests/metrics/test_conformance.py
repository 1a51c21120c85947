"""The open vectors: values from other programs and closed forms, for the metrics there are."""

import json
import math

import numpy as np
import pytest

from satstudio.metrics.measures.pixel import psnr
from satstudio.metrics.measures.speckle import enl
from satstudio.metrics.measures.spectrum import psd_lsd_db

OURS = ("psnr", "psd_lsd_db", "enl")


def as_bands(array):
    """HW or HWC of the vectors as (bands, rows, cols)."""
    return array[np.newaxis] if array.ndim == 2 else np.moveaxis(array, -1, 0)


def value_of(case, inputs):
    params = case["params"]
    if case["metric"] == "psnr":
        mask = inputs.get("mask")
        return psnr(
            as_bands(inputs["ref"]),
            as_bands(inputs["test"]),
            data_range=params["data_range"],
            mask=None if mask is None else mask.astype(bool),
        )
    if case["metric"] == "psd_lsd_db":
        return psd_lsd_db(inputs["a"], inputs["b"], **params)
    image = as_bands(inputs["x"]).astype(np.float64)
    if params["kind"] == "amplitude":  # of the modulus: times 4 / pi - 1
        return enl(image) * (4 / math.pi - 1)
    return enl(image)


def test_open_vectors_agree(shared_data):
    folder = shared_data / "conformance/metrics/open"
    if not folder.is_dir():
        pytest.skip(f"no vectors in {folder}")
    cases = json.loads((folder / "cases.json").read_text("utf-8"))["cases"]
    mine = [case for case in cases if case["metric"] in OURS]
    assert {case["metric"] for case in mine} == set(OURS)
    wrong = [case["id"] for case in mine if not agrees(case, folder)]
    assert wrong == []


def agrees(case, folder):
    if isinstance(case["expected"], dict):  # cases that must raise are for whole images
        return True
    inputs = {
        name: np.full(item["shape"], item["constant"], np.float64)
        if isinstance(item, dict)
        else np.load(folder / "arrays" / f"{item}.npy")
        for name, item in case["inputs"].items()
    }
    expected = {"inf": math.inf, "nan": math.nan}.get(str(case["expected"]), case["expected"])
    found = value_of(case, inputs)
    if not math.isfinite(expected):
        return found == expected or (math.isnan(found) and math.isnan(expected))
    return abs(found - expected) <= case["atol"] + case["rtol"] * abs(expected)
