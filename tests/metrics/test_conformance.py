"""Every open vector, through the adapter, and the values of published evaluation scripts."""

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from metrics.vectors_adapter import METRICS

ADAPTER = Path(__file__).with_name("vectors_adapter.py")
OFFICIAL = {
    "allclear_MAE": "compat_allclear_mae",
    "allclear_RMSE": "compat_allclear_rmse",
    "allclear_PSNR": "compat_allclear_psnr",
    "allclear_SAM": "compat_allclear_sam",
    "allclear_SSIM": "compat_allclear_ssim",
    "sen12_PSNR": "compat_sen12mscrts_psnr",
    "sen12_SAM": "compat_sen12mscrts_sam",
    "sen12_SSIM": "compat_sen12mscrts_ssim",
    "sen12_RMSE": "compat_sen12mscrts_rmse",
    "sen12_MAE": "compat_sen12mscrts_mae",
}


@pytest.fixture(scope="module")
def vectors(shared_data):
    folder = shared_data / "conformance/metrics"
    if not (folder / "open/cases.json").is_file():
        pytest.skip(f"no vectors in {folder}")
    return folder


def arrays(vectors, **names):
    return {key: np.load(vectors / "open/arrays" / f"{name}.npy") for key, name in names.items()}


def inputs_of(vectors, case):
    return {
        key: np.full(item["shape"], item["constant"])
        if isinstance(item, dict)
        else arrays(vectors, one=item)["one"]
        for key, item in case["inputs"].items()
    }


def agrees(found, wanted, case):
    if isinstance(wanted, dict) and "min" in wanted:
        return found >= wanted["min"]
    if isinstance(wanted, dict):
        return all(agrees(found[name], value, case) for name, value in wanted.items())
    if isinstance(wanted, list):
        return len(found) == len(wanted) and all(
            agrees(*pair, case) for pair in zip(found, wanted, strict=True)
        )
    if isinstance(wanted, str):
        return str(float(found)) == wanted
    return abs(found - wanted) <= case["atol"] + case["rtol"] * abs(wanted)


def test_every_open_vector_agrees(vectors):
    cases = json.loads((vectors / "open/cases.json").read_text("utf-8"))["cases"]
    assert len(cases) == 72
    wrong = []
    for case in cases:
        wanted, run = case["expected"], METRICS[case["metric"]]
        if isinstance(wanted, dict) and "raises" in wanted:
            with pytest.raises(ValueError, match=r"\w"):
                run(inputs_of(vectors, case), case["params"])
            continue
        found = run(inputs_of(vectors, case), case["params"])
        if not agrees(found, wanted, case):
            wrong.append(f"{case['id']}: {found}, not {wanted}")
    assert wrong == []


def test_the_adapter_runs_in_the_vectors_own_program(vectors):
    program = vectors / "run_vectors.py"
    done = subprocess.run(
        [sys.executable, program, ADAPTER, "open"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "'passed': 72, 'failed': 0, 'skipped': 0" in done.stdout


def test_published_scripts_are_reproduced(vectors):
    official = json.loads((vectors / "official_values.json").read_text("utf-8"))
    masked = arrays(vectors, ref="ms13_ref", test="ms13_tst", mask="ms13_mask")
    found = {
        f"open/{name}": METRICS[metric](
            masked if name.startswith("allclear") else {k: masked[k] for k in ("ref", "test")}, {}
        )
        for name, metric in OFFICIAL.items()
    }
    probav = arrays(vectors, ref="pv_hr", test="pv_sr", mask="pv_sm")
    found["open/cpsnr"] = METRICS["cpsnr"](probav, {})
    found["open/probav_score_N46.5"] = METRICS["probav_score"](probav, {"baseline_cpsnr": 46.5})
    found["open/worldstrat_registered_mse"] = METRICS["compat_worldstrat_registered_mse"](
        arrays(vectors, ref="ws_hr", test="ws_sr"), {}
    )
    assert set(found) == set(official)
    for name, value in official.items():
        assert math.isclose(found[name], value, rel_tol=1e-4), name
