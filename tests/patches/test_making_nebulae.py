"""Made nebulae become a patch set of pairs, the same from the same seed."""

import numpy as np
import pytest

from satstudio.core.errors import InputError
from satstudio.core.progress import Progress
from satstudio.patches.check import check_patches
from satstudio.patches.importing import import_patches, make_patches
from satstudio.patches.patch_set import PatchSet
from satstudio.pixels.luminance import grey
from satstudio.pixels.scaling import scaled


def made(out, **choices):
    values = {"count": 10, "size_px": 16} | choices
    return PatchSet.open(make_patches("nebulae", values, out, Progress()))


def test_grey_and_colour_of_one_nebula_lie_in_one_item(tmp_path):
    patches = made(tmp_path / "set", seed=2)
    manifest = patches.manifest
    assert [port.role for port in patches.ports] == ["input", "target"]
    assert manifest.port("target").bands == ("red", "green", "blue")
    assert manifest.counts["train"] == 8
    assert manifest.counts["validation"] == 2
    assert manifest.is_paired
    for split in ("train", "validation"):
        inputs, targets = patches.split(split)[:], patches.split(split, "target")[:]
        np.testing.assert_array_equal(inputs, grey(targets))
    seen = scaled(patches.split("train", "target")[:], manifest.port("target").scaling)
    assert -1 <= seen.min() < -0.5 < seen.max() <= 1
    assert check_patches(tmp_path / "set") == []


def test_the_seed_decides_and_sets_of_two_seeds_share_no_image(tmp_path):
    first, same, other = (
        made(tmp_path / name, seed=seed) for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    np.testing.assert_array_equal(first.train[:], same.train[:])
    addresses = [{source.address for source in set_.manifest.sources} for set_ in (first, other)]
    assert len(addresses[0]) == 10
    assert not addresses[0] & addresses[1]


def test_some_are_kept_for_the_test(tmp_path):
    patches = made(tmp_path / "set", validation_share=0.2, test_share=0.3)
    assert patches.manifest.counts == {"train": 5, "validation": 2, "test": 3}
    with pytest.raises(InputError, match="nothing to learn from"):
        made(tmp_path / "other", validation_share=0.6, test_share=0.4)


def test_made_sets_want_no_files_and_others_want_some(tmp_path):
    with pytest.raises(InputError, match="made from a seed"):
        import_patches("nebulae", tmp_path, {}, tmp_path / "out", Progress())
    with pytest.raises(InputError, match=r"'idx' is not made.*nebulae"):
        make_patches("idx", {}, tmp_path / "out", Progress())
    with pytest.raises(InputError, match="count"):
        made(tmp_path / "out", count=1)
    assert not (tmp_path / "out").exists()
