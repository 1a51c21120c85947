"""The check finds what was planted, and nothing in a sound set."""

import json

import numpy as np
import pytest
from made import made_complex

from satstudio.core.errors import Cancelled, InputError
from satstudio.core.progress import Progress
from satstudio.patches.check import check_patches
from satstudio.patches.cut import PatchRecipe, cut_patches
from satstudio.patches.manifest import MANIFEST


@pytest.fixture
def folder(tmp_path):
    scene = made_complex(tmp_path)
    return cut_patches([scene], PatchRecipe(size_px=16), tmp_path / "set", Progress())


def planted(folder, split, index, value):
    path = folder / f"input-{split}-000.npy"
    array = np.load(path)
    array[index] = value
    np.save(path, array)


def kinds(folder):
    return [finding.kind for finding in check_patches(folder)]


def found(folder, kind):
    (finding,) = [one for one in check_patches(folder) if one.kind == kind]
    return finding


def test_nothing_is_found_in_a_sound_set(folder):
    assert check_patches(folder) == []


def test_nan_is_found(folder):
    planted(folder, "train", 3, np.nan)
    assert found(folder, "nan").patches == ("train/3",)


def test_a_constant_patch_is_found_once(folder):
    planted(folder, "train", 2, 0)
    planted(folder, "train", 5, 0)
    assert found(folder, "constant").patches == ("train/2", "train/5")
    assert "duplicate" not in kinds(folder)


def test_equal_patches_of_a_split_are_found(folder):
    planted(folder, "train", 4, np.load(folder / "input-train-000.npy")[1])
    finding = found(folder, "duplicate")
    assert finding.patches == ("train/1", "train/4")
    assert finding.detail == "2 patches equal another of their split."


def test_a_training_patch_in_validation_is_leakage(folder):
    planted(folder, "validation", 0, np.load(folder / "input-train-000.npy")[1])
    assert found(folder, "leakage").patches == ("train/1", "validation/0")


def test_windows_that_overlap_across_splits_are_leakage(folder):
    path = folder / MANIFEST
    manifest = json.loads(path.read_text("utf-8"))
    row, col, rows, cols = manifest["items"][-1]["parts"]["input"]["window"]
    assert manifest["items"][-1]["split"] == "validation"
    there = [max(row - 15, 0), max(col - 15, 0), rows, cols]
    manifest["items"][0]["parts"]["input"]["window"] = there
    path.write_text(json.dumps(manifest), "utf-8")
    finding = found(folder, "leakage")
    assert "train/0" in finding.patches
    assert "ground" in finding.detail


def test_a_changed_file_is_found(folder):
    planted(folder, "train", 0, 5j * np.arange(16))
    assert kinds(folder) == ["damaged"]


def test_a_check_can_be_stopped(folder):
    with pytest.raises(Cancelled):
        check_patches(folder, Progress(is_stopped=lambda: True))


def test_what_is_no_patch_set_is_said(tmp_path):
    with pytest.raises(InputError, match="no patch set"):
        check_patches(tmp_path)
