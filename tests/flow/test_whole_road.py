"""The whole road on a synthetic scene: the first test to read.

file -> Scene -> colours -> crop -> patches -> run -> model -> samples -> report
file -> Scene -> restored -> comparison
"""

import json
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import rasterio
from made import gcps, phase_ramp, speckle_power, write_geotiff

from satstudio.bench.compare import CompareRecipe, compare_scenes
from satstudio.bench.report import Report, Section, write_report
from satstudio.core.errors import Cancelled
from satstudio.core.grid import Size, Window
from satstudio.core.progress import Progress
from satstudio.jobs.client import run_job
from satstudio.jobs.demo.demo import DemoRecipe, made_by_demo, run_demo
from satstudio.jobs.demo.demo_figures import demo_figures
from satstudio.jobs.demo.restored import shipped_despeckler
from satstudio.jobs.job import Job
from satstudio.metrics.sets.distances import REFERENCES
from satstudio.patches.check import check_patches
from satstudio.patches.cut import cut_patches
from satstudio.patches.patch_set import PatchSet
from satstudio.patches.positions import PatchRecipe
from satstudio.pixels.synthetic.simulate import SceneModel, simulate_scene
from satstudio.render.compose import render
from satstudio.render.picture import save_png
from satstudio.render.style import first_style, measure
from satstudio.restore.generate.samples import SampleRecipe, draw_samples
from satstudio.restore.models.model_file import read_card
from satstudio.restore.whole_scene import RestoreRecipe, restore_scene
from satstudio.scenes.crop import crop_scene
from satstudio.scenes.scene import open_scene

pytestmark = [pytest.mark.slow, pytest.mark.learn]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A coast with fields and a town: complex samples of known physics, as CInt16 with GCPs."""
    samples = simulate_scene(SceneModel(rows=256, cols=256, seed=3))
    path = tmp_path_factory.mktemp("scene") / "coast.tif"
    counts = samples * np.float32(150)
    return write_geotiff(
        path, counts, dtype="complex_int16", gcps=gcps(256, 256), nodata=0, names=["VV"]
    )


def test_the_whole_road(scene: Path, study: Path, no_network: None) -> None:
    progress = Progress()

    with closing(open_scene(scene)) as opened:  # open
        assert opened.is_complex
        window = Window(8, 8, 224, 224)
        raster = opened.read(window)
        style = first_style(opened, measure(opened))

    picture = save_png(render(raster, style), study / "scene.png")  # see
    crop = crop_scene(scene, window, study / "crop.tif", progress)  # crop
    recipe = PatchRecipe(size_px=32, stride_px=16)
    patches = cut_patches([crop], recipe, study / "patches/coast", progress)  # cut
    run = in_worker(  # learn: by name, in a process of its own
        "train",
        patches=str(patches),
        recipe={"preset": "tiny", "steps": 20, "seed": 1},
        run_dir=str(study / "runs/coast"),
    )
    model = in_worker("export", run_dir=str(run), out=str(study / "models/coast.onnx"))
    grid = draw_samples(model, SampleRecipe(count=4, seed=7), study / "grid.png", progress)
    figures = demo_figures(PatchSet.open(patches), model).rows
    section = Section(title="Coast", figures=figures)
    report = write_report(Report(title="Road", sections=(section,)), study / "report.html")
    out = study / "restored/coast.tif"
    restored = restore_scene(scene, shipped_despeckler(), RestoreRecipe(), out, progress)
    addresses = (str(scene), str(restored))
    comparison = compare_scenes(addresses, CompareRecipe(), study / "compare.png", progress)

    assert picture.stat().st_size > 1000
    assert all(same_samples(scene, crop, window))
    assert [found for found in check_patches(patches) if found.kind != "constant"] == []
    log = [json.loads(line) for line in (run / "log.jsonl").read_text("utf-8").splitlines()]
    assert log[-1]["step"] == 20
    assert all(np.isfinite(line["critic_loss"]) for line in log)
    card = read_card(model)
    assert (card.takes, card.is_complex, card.bands_out) == ("noise", True, 1)
    assert grid.is_file()
    assert [figure.unit for figure in figures] == ["std. dev.", "", "dB", ""]
    assert all({*REFERENCES.values()} == {*figure.beside} for figure in figures[:3])
    assert figures[3].beside["real patches"] > 1
    assert all(np.isfinite(figure.value) for figure in figures)
    assert "Kolmogorov-Smirnov" in report.read_text("utf-8")
    first, second = comparison.figures.values()
    assert all("mixed area" in one["enl"].note for one in (first, second)), (
        "a scene of many grounds"
    )
    assert second["ratio_image_stats"].parts["mean"] == pytest.approx(1, abs=0.15)
    assert comparison.path.is_file()


def test_the_demo_leaves_all_it_promises(scene: Path, study: Path, no_network: None) -> None:
    out = study / "demo"
    recipe = DemoRecipe(budget_s=2, scene=str(scene))
    report = run_demo(recipe, out, Progress())
    names = [path.relative_to(out).as_posix() for path in made_by_demo(out)]
    assert names == [
        "scene_hsv.png", "crop.tif", "patches/demo", "runs/demo", "models/demo.onnx",
        "samples.png", "restored/restored.tif", "restored/filtered.tif", "compare.png", "ratio.png",
        "report.html", "report.json",
    ]  # fmt: skip
    page = report.read_text("utf-8")
    assert page.count("data:image/png;base64,") == 4
    assert page.count("<svg") >= 2
    assert "http" not in page.replace("http://www.w3.org", "").replace(
        "http://purl.org", ""
    ).replace("http://creativecommons.org", "")
    document = json.loads((out / "report.json").read_text("utf-8"))
    assert {figure["unit"] for figure in document["figures"].values()} == {"", "dB", "std. dev."}
    assert all(figure["beside"] for figure in document["figures"].values())
    step = document["training"]["best"]["step"]
    assert f"step {step} of {document['training']['steps']}" in page
    assert "times that of the best Gaussian field" in page
    assert all(figure["definition"] and figure["n"] for figure in document["figures"].values())
    assert document["training"]["status"] == "done"
    with rasterio.open(scene) as before, rasterio.open(out / "restored/restored.tif") as after:
        assert (after.dtypes, after.descriptions) == (("float32",), ("VV",))
        assert after.tags()["SATSTUDIO_QUANTITY"] == "intensity"
        assert after.tags()["SATSTUDIO_MODEL_NAME"] == "despeckler.onnx"
        assert after.shape == before.shape
        assert [(p.row, p.col, p.x) for p in after.gcps[0]] == [
            (p.row, p.col, p.x) for p in before.gcps[0]
        ]
    told = document["restored"]["figures"]
    assert set(told) == {
        "looks", "power_kept_db", "ratio_mean", "ratio_var", "edges", "edge_correlation"
    }  # fmt: skip
    assert all(one["definition"] and one["n"] and one["where"] for one in told.values())
    looks = told["looks"]["values"]
    assert looks["despeckler.onnx"] > looks[document["restored"]["best_filter"]] > 5
    for text in (
        "Gamma-MAP",
        "Refined Lee",
        "strongest: ",
        "weakest: ",
        "mean^2 / variance",
        "Neighbours stay correlated",
    ):
        assert text in page
    before = report.stat().st_mtime_ns
    again = run_demo(recipe.changed(budget_s=1), out, Progress())  # once more: beside it
    assert again == study / "demo-2" / "report.html"
    assert report.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("moment", "budget_s"),
    [
        ("logged", 600),
        pytest.param("Restoring", 1, marks=pytest.mark.nightly),
        pytest.param("Filters", 1, marks=pytest.mark.nightly),
    ],
)
def test_a_stopped_demo_leaves_nothing(
    scene: Path, study: Path, moment: str, budget_s: float
) -> None:
    steps: list[str] = []
    progress = Progress(
        lambda share, text: steps.append(text.split()[0]),
        is_stopped=lambda: moment in steps,
        announce=lambda name, fields: steps.append(name),
    )
    with pytest.raises(Cancelled):
        run_demo(DemoRecipe(budget_s=budget_s, scene=str(scene)), study / "demo", progress)
    assert list(study.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is of POSIX")
@pytest.mark.nightly
def test_a_demo_whose_training_is_killed_goes_on_with_its_checkpoint(
    scene: Path, study: Path
) -> None:
    def kill(name: str, fields: Mapping[str, object]) -> None:
        if name == "preview":
            for child in psutil.Process().children():
                child.kill()

    recipe = DemoRecipe(budget_s=600, scene=str(scene))
    report = run_demo(recipe, study / "demo", Progress(announce=kill))
    document = json.loads(report.with_suffix(".json").read_text("utf-8"))
    assert "SIGKILL" in document["note"]
    assert "best checkpoint was taken" in report.read_text("utf-8")
    assert (study / "demo/restored/restored.tif").is_file()


@pytest.mark.nightly
def test_the_whole_demo_takes_less_than_five_minutes_at_its_default_budget(
    study: Path, no_network: None, record_testsuite_property: Callable[[str, object], None]
) -> None:
    start = time.perf_counter()
    report = run_demo(DemoRecipe(), study / "demo", Progress())
    seconds = time.perf_counter() - start
    record_testsuite_property("demo_seconds", round(seconds, 1))
    assert seconds < 300
    document = json.loads(report.with_suffix(".json").read_text("utf-8"))
    found = {name: one["values"] for name, one in document["restored"]["figures"].items()}
    best, model = document["restored"]["best_filter"], "despeckler.onnx"
    assert found["psnr_db"][model] >= found["psnr_db"][best]
    assert found["looks"][model] >= found["looks"][best]
    assert abs(found["power_kept_db"][model]) <= 0.5
    assert "never learnt from" in report.read_text("utf-8")


SAFE = "S1A_IW_SLC__1SDV_20220918T074921_20220918T074946_045056_056232_CROP.SAFE"
S1 = "sar_slc/geotiff/s1a-iw3-slc-vv_crop_601x1401.tiff"
REAL = (
    pytest.param(S1, marks=pytest.mark.nightly),
    pytest.param(f"sar_slc/safe_crop/{SAFE}#iw3/vv", marks=pytest.mark.nightly),
    pytest.param("sar_slc/uavsar/winnip_crop_L090HH_01.T1.slc", marks=pytest.mark.nightly),
    pytest.param("sar_slc/envi/SanAnd_129_HH.img", marks=pytest.mark.nightly),
)


@pytest.mark.parametrize("name", REAL)
def test_the_road_on_a_real_scene(
    open_data: Path, study: Path, no_network: None, name: str
) -> None:
    document = walked(str(open_data / name), study)
    path, _, image = name.partition("#")
    assert document["scene"]["name"] == Path(path).name + (f"#{image}" if image else "")
    assert all(figure["value"] is not None for figure in document["figures"].values())


@pytest.mark.nightly
def test_the_road_on_a_part_of_a_real_scene(open_data: Path, study: Path, no_network: None) -> None:
    crop = crop_scene(open_data / S1, Window(0, 640, 128, 160), study / "part.tif", Progress())
    walked(str(crop), study)


def walked(scene: str, study: Path) -> dict[str, Any]:
    """Walk the demo's road on a real scene; returns the report's document."""
    report = run_demo(DemoRecipe(budget_s=3, scene=scene), study / "demo", Progress())
    document: dict[str, Any] = json.loads(report.with_suffix(".json").read_text("utf-8"))
    restored = document["restored"]
    values = {name: figure["values"] for name, figure in restored["figures"].items()}
    names = {name.rpartition(" ")[0].rpartition(" ")[0] for name in values["ratio_mean"]}
    assert names >= {"Boxcar", "Lee", "Refined Lee", "Gamma-MAP"}
    looks = values.pop("looks")
    assert all(value is not None for one in values.values() for value in one.values())
    assert "mean power kept (dB)" in report.read_text("utf-8")
    assert all(word in restored["headline"] for word in ("strongest: ", "weakest: "))
    if any("No looks are told: mixed area" in remark for remark in restored["remarks"]):
        assert set(looks.values()) == {None}
    else:
        assert looks["despeckler.onnx"] > looks["as it is"]
    assert restored["picture_window"].count(",") == 3
    made = study / "demo/restored/restored.tif"
    with closing(open_scene(scene)) as before, closing(open_scene(made)) as after:
        assert (after.quantity, after.bands) == ("power", before.bands[:1])
        assert after.grid.size == before.grid.size
        assert after.grid.transform == before.grid.transform
        assert after.grid.gcps == before.grid.gcps
    assert not any("TOPS" in remark for remark in restored["remarks"])  # bursts are deramped
    return document


def test_a_scene_of_many_looks_is_not_despeckled_and_the_report_says_why(
    study: Path, no_network: None
) -> None:
    fields = np.sqrt(speckle_power(256, 256, looks=20)) * np.exp(1j * phase_ramp(256, 256).real)
    scene = write_geotiff(study / "multilooked.tif", fields.astype(np.complex64))
    report = run_demo(DemoRecipe(budget_s=1, scene=str(scene)), study / "demo", Progress())
    assert not (study / "demo" / "restored").exists()
    assert "made for single-look scenes" in report.read_text("utf-8")
    document = json.loads(report.with_suffix(".json").read_text("utf-8"))
    assert "looks where it is most uniform" in document["restored"]["note"]


def in_worker(kind: str, **arguments: object) -> Path:
    """Run a job in a worker process at normal priority; returns the path it made."""
    return Path(
        str(run_job(Job.build({"kind": kind, "arguments": arguments, "nice": 0}), Progress()))
    )


def same_samples(scene: Path, crop: Path, window: Window) -> list[bool]:
    """Tell whether a crop has the scene's type and samples."""
    with rasterio.open(scene) as first, rasterio.open(crop) as second:
        rows, cols = window.slices
        size = Size(*second.shape)
        same = np.array_equal(first.read(1)[rows, cols], second.read(1))
        return [first.dtypes == second.dtypes, size == window.size, same]
