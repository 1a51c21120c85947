"""Rivals on patch sets: baselines that fit, by band and by size of gap, a model beside them."""

import json

import numpy as np
import pytest
from made_patches import made_patches
from made_ports import finer, port

from satstudio.bench.rival_figures import MODEL, rival_figures
from satstudio.cli.main import main
from satstudio.core.errors import InputError, ModelError
from satstudio.core.progress import Progress
from satstudio.metrics.measures.pixel import psnr
from satstudio.patches.importing import make_patches
from satstudio.patches.patch_set import PatchSet
from satstudio.pixels.compositing import frame_mean
from satstudio.pixels.resampling import bicubic


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    """A few patches of each kind, made from seeds."""
    folder = tmp_path_factory.mktemp("sets")
    for name, size in (("clouds", 32), ("frames", 24), ("gaps", 32)):
        options = {"count": 10, "size_px": size, "validation_share": 0.3}
        make_patches(name, options, folder / name, Progress())
    return folder


def test_frames_become_finer_by_every_rule_and_the_figures_are_those_of_the_metric(sets):
    path = sets / "frames"
    found = rival_figures(path, None, Progress())
    assert set(found.figures) == {"frame_mean", "frame_median", "registered_mean", "shift_and_add"}
    patches = PatchSet.open(path)
    low, high = (patches.series("validation", role) for role in ("low", "target"))
    values = []
    for item in range(len(high)):
        mean = frame_mean(np.asarray(low.frames(item)), np.asarray(low.masks(item)))
        made, _ = bicubic(mean.values, mean.seen, 3)
        good = np.asarray(high.masks(item)[0])
        values.append(psnr(high.frames(item)[0], made, data_range=found.data_range, mask=good))
    assert found.figures["frame_mean"]["all"] == pytest.approx(np.mean(values))
    assert found.best in ("registered_mean", "shift_and_add")
    assert found.gain is None


def test_clouds_are_told_by_band_and_by_how_wide_what_no_date_shows_is(sets):
    found = rival_figures(sets / "clouds", None, Progress())
    row = found.figures["mosaic"]
    assert {"all", "seen", "B2", "B12"} <= set(row)
    assert any(name.startswith("gaps_") for name in row)
    assert row["seen"] > row["all"]  # what no date shows is 0 in the set
    assert found.figures["filled_mosaic"]["all"] > row["all"]
    assert found.figures["filled_mosaic"]["seen"] == pytest.approx(row["seen"])
    assert any("even steps" in note for note in found.notes)


def test_gaps_are_filled_by_their_rules(sets):
    found = rival_figures(sets / "gaps", None, Progress())
    assert set(found.figures) == {"nearest_fill", "harmonic_fill"}
    assert found.best == "harmonic_fill"
    assert found.figures["harmonic_fill"]["seen"] == 100


def test_a_model_file_stands_beside_them_with_its_margin(sets, tmp_path, capsys):
    path = sets / "frames"
    bands = PatchSet.open(path).manifest.port("low").band_count
    frames = PatchSet.open(path).series("validation", "low").starts[1]
    assert bands == 1
    if frames == 5:
        model = finer(tmp_path / "m.onnx")
        found = rival_figures(path, model, Progress())
        assert found.gain < -5  # of random weights
        assert found.gain == pytest.approx(
            found.figures[MODEL]["all"] - found.figures[found.best]["all"]
        )
    assert main(["patches", "rivals", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["n"] == 3
    assert main(["patches", "rivals", str(path)]) == 0
    said = capsys.readouterr().out
    assert "registered_mean" in said
    assert "data range" in said


def test_what_does_not_fit_is_refused(sets, tmp_path):
    single = made_patches(tmp_path / "single")
    with pytest.raises(InputError, match="no paired set"):
        rival_figures(single, None, Progress())
    other = finer(tmp_path / "m.onnx")
    with pytest.raises(ModelError, match="takes low"):
        rival_figures(sets / "clouds", other, Progress())
    assert port("low").role == "low"
