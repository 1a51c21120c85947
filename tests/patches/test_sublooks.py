"""A complex scene becomes pairs of sub-looks; what is none is refused."""

import numpy as np
import pytest
from made import write_geotiff

from satstudio.core.errors import InputError
from satstudio.core.grid import Size
from satstudio.core.progress import Progress
from satstudio.patches.check import check_patches
from satstudio.patches.importing import import_patches
from satstudio.patches.patch_set import PatchSet
from satstudio.pixels.synthetic.scenes import synthetic_scene


def imported(path, out, **choices):
    values = {"size_px": 64} | choices
    return PatchSet.open(import_patches("sublooks", path, values, out, Progress()))


def test_patches_side_by_side_hold_both_looks_with_the_last_for_validation(tmp_path):
    samples = synthetic_scene(3, Size(256, 200)).samples
    samples[:64, :64] = 0
    path = write_geotiff(tmp_path / "slc.tif", samples)
    patches = imported(path, tmp_path / "set", validation_share=0.25)
    assert [port.role for port in patches.ports] == ["input", "target"]
    assert patches.ports[0].quantity == "power"
    assert patches.manifest.counts == {"train": 9, "validation": 3, "test": 0}
    first, second = (patches.split("train", role)[:] for role in ("input", "target"))
    assert (first != second).any()
    levels = [np.log(look.mean(axis=(1, 2, 3)) + 1e-9)[1:] for look in (first, second)]
    np.testing.assert_allclose(*levels, atol=0.5)
    assert not [each for each in check_patches(tmp_path / "set") if each.kind == "leakage"]


def test_what_has_no_phase_or_no_room_is_refused(tmp_path):
    real = write_geotiff(tmp_path / "real.tif", np.ones((128, 128), np.float32))
    small = write_geotiff(tmp_path / "small.tif", np.ones((40, 40), np.complex64))
    for path, reason in ((real, "real values"), (small, "choose smaller patches")):
        with pytest.raises(InputError, match=reason):
            imported(path, tmp_path / "out")
    assert not (tmp_path / "out").exists()
