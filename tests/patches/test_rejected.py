"""Rejected patches are not seen by whoever opens the set; they come back when that is undone."""

import json

import numpy as np
import pytest
from made import made_complex, write_geotiff
from made_patches import made_patches

from satstudio.core.errors import InputError
from satstudio.core.progress import Progress
from satstudio.patches.check import check_patches
from satstudio.patches.cut import PatchRecipe, cut_patches
from satstudio.patches.patch_set import PatchSet
from satstudio.patches.rejected import Rejected


@pytest.fixture
def folder(tmp_path):
    return made_patches(tmp_path / "set", train=6, validation=3, size=8)


def reject(folder, **numbers):
    Rejected(**numbers).write(folder)


def test_rejected_patches_are_left_out_and_come_back(folder):
    whole = PatchSet.open(folder)
    reject(folder, train=(1, 4), validation=(0,))
    kept = PatchSet.open(folder)
    assert (kept.manifest.count("train"), kept.manifest.count("validation")) == (4, 2)
    assert np.array_equal(kept.train[:], whole.train[[0, 2, 3, 5]])
    assert np.array_equal(kept.validation[:], whole.validation[[1, 2]])
    assert np.array_equal(kept.series("train").frames(1), whole.train[[2]])
    assert len(kept.valid("train")) == len(kept.entries("train")) == 4
    assert kept.numbers("train") == (0, 2, 3, 5)
    assert len(PatchSet.open(folder, whole=True).train) == 6
    assert kept.sha256 != whole.sha256, "another selection is another set"
    reject(folder)
    assert not (folder / "rejected.json").exists()
    assert PatchSet.open(folder).sha256 == whole.sha256


def test_of_series_and_roles_whole_items_are_left_out(tmp_path):
    scenes = [made_complex(tmp_path, 64, 64, seed=n, name=f"{n}.tif") for n in range(3)]
    power = write_geotiff(tmp_path / "p.tif", np.random.default_rng(0).random((1, 64, 64), "f4"))
    pairs = [f"sar={scenes[1]}", f"sar={scenes[2]}", f"optical={power}"]
    recipe = PatchRecipe(size_px=16, count=8, pairs=tuple(pairs))
    folder = cut_patches(scenes[:1], recipe, tmp_path / "set", Progress())
    whole = PatchSet.open(folder)
    reject(folder, train=(0, 2))
    kept = PatchSet.open(folder)
    count = whole.manifest.count("train")
    left = [n for n in range(count) if n not in (0, 2)]
    for role in ("input", "sar", "optical"):
        series, before = kept.series("train", role), whole.series("train", role)
        assert len(series) == count - 2
        for number, old in enumerate(left):
            assert np.array_equal(series.frames(number), before.frames(old))


def test_the_check_looks_at_what_is_kept_and_names_it_as_before(tmp_path):
    values = np.random.default_rng(0).random((6, 1, 8, 8)).astype(np.float32)
    values[2] = values[4] = np.nan
    folder = made_patches(tmp_path / "set", size=8, values=values, validation=0)
    names = {found.kind: found.patches for found in check_patches(folder)}
    assert names["nan"] == ("train/2", "train/4")
    reject(folder, train=(0, 2))
    names = {found.kind: found.patches for found in check_patches(folder)}
    assert names["nan"] == ("train/4",)


@pytest.mark.parametrize("text", ["{", '{"train": [6]}', '{"train": [-1]}', '{"other": []}', "[]"])
def test_a_damaged_file_is_named(folder, text):
    (folder / "rejected.json").write_text(text, "utf-8")
    with pytest.raises(InputError, match=r"rejected\.json"):
        PatchSet.open(folder)
    assert len(PatchSet.open(folder, whole=True).train) == 6


def test_a_set_that_is_cut_again_has_all_its_patches(tmp_path):
    scene = made_complex(tmp_path, 64, 64)
    recipe = PatchRecipe(size_px=16, count=8)
    folder = cut_patches([scene], recipe, tmp_path / "set", Progress())
    reject(folder, train=(0,))
    cut_patches([scene], recipe, folder, Progress(), overwrite=True)
    assert PatchSet.open(folder).rejected == Rejected()


def test_a_patch_is_rejected_and_taken_back():
    once = Rejected(train=(5,)).toggled("train", 2)
    assert json.loads(once.model_dump_json()) == {"train": [2, 5], "validation": []}
    assert once.toggled("train", 5).train == (2,)
