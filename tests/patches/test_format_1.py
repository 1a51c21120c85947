"""Patch sets of the first format, kept as they were written, open as one role."""

from pathlib import Path

import numpy as np
import pytest

from satstudio.core.scaling import Scaling
from satstudio.patches.check import check_patches
from satstudio.patches.patch_set import PatchSet
from satstudio.patches.sheet import contact_sheet

KEPT = Path(__file__).parents[1] / "reference" / "patches_1"


def test_a_set_of_format_1_is_one_role_with_all_that_it_said():
    patches = PatchSet.open(KEPT / "complex")
    (port,) = patches.ports
    assert (port.role, port.bands, port.dtype) == ("input", ("band1",), "complex64")
    assert (port.size_px, port.frames, port.ratio) == ((24, 24), (1, 1), "1")
    assert port.scaling == Scaling(kind="log_amplitude", gain=0.4, eps=1.7586171150207521)
    assert port.pixel_size_m == (10.0, 10.0)
    assert [source.use for source in patches.manifest.sources] == ["both"]
    assert patches.train.shape == (11, 1, 24, 24)
    assert patches.entries("train")[0].window == (10, 37, 24, 24)
    np.testing.assert_array_equal(patches.train[:], np.load(KEPT / "complex/train-000.npy"))


def test_its_holes_are_where_they_were():
    patches = PatchSet.open(KEPT / "complex")
    shares = patches.valid("train")[:].mean(axis=(1, 2))
    assert shares == pytest.approx([item.valid for item in patches.entries("train")])
    series = patches.series("train")
    assert series.has_holes
    assert series.frames(3).shape == (1, 1, 24, 24)
    np.testing.assert_array_equal(series.masks(0)[0], patches.valid("train")[0])


@pytest.mark.parametrize("name", ["complex", "real"])
def test_it_is_checked_and_drawn(tmp_path, name):
    kinds = [finding.kind for finding in check_patches(KEPT / name)]
    assert kinds == ([] if name == "complex" else ["leakage"])  # all of one window
    assert contact_sheet(KEPT / name, tmp_path / "sheet.png").is_file()


def test_its_identity_is_that_of_its_file_so_runs_know_it():
    kept = KEPT.parent / "runs_1" / "dcgan" / "run.json"
    assert PatchSet.open(KEPT / "real").sha256 in kept.read_text("utf-8")
