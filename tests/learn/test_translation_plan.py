"""Tables of images from images: folds, continued rows, baselines, what the report says."""

import json

import numpy as np
import pytest
import torch
from made_sweeps import rows_of, run_plan
from PIL import Image
from scipy import stats

from satstudio.bench.plans.kinds import check_values
from satstudio.bench.plans.papers.translation_page import mean_and_interval
from satstudio.core.errors import InputError, RecipeError, RunError
from satstudio.core.paths import resources_folder
from satstudio.core.progress import Progress
from satstudio.core.recipe import read_toml
from satstudio.jobs.plan_checks import check_plan
from satstudio.learn.loop.checkpoint import newest_checkpoint
from satstudio.patches.patch_set import PatchSet
from satstudio.pixels.luminance import grey

pytestmark = pytest.mark.learn
RARE = {"threads": 1, "samples": 2, "check_every_s": 999, "sample_every_s": 999}
BASE = {"method": "pix2pix", "preset": "tiny", "decay_steps": 0, **RARE}
ROWS = [
    {"label": "2 steps", "steps": 2, "printed": "19.02"},
    {"label": "4 steps", "continues": "2 steps", "steps": 4, "printed": "19.55"},
    {"label": "4 in one go", "steps": 4},
]
PLAN = {
    "experiment": "translation",
    "title": "Made",
    "base": BASE,
    "rows": ROWS,
    "folder": {"size_px": 16, "validation_share": 0.2},
    "folds": 2,
    "published": [{"title": "Table 1", "head": ["a"], "rows": [["19.02"]]}],
    "differs": ["Smaller than the print: {steps} steps."],
}


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """Seven colour images of 16 px."""
    folder, random = tmp_path_factory.mktemp("colour"), np.random.default_rng(3)
    for number in range(7):
        pixels = random.integers(0, 256, (16, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"image{number}.png")
    return folder


@pytest.fixture(scope="module")
def done(images, tmp_path_factory):
    out = tmp_path_factory.mktemp("plan") / "out"
    run_plan(PLAN, images, out)
    return out


def of_label(rows, label):
    return [row for row in rows if row["label"] == label]


def test_every_image_is_measured_once_by_networks_that_never_saw_it(done):
    rows = rows_of(done)
    assert len(rows) == 2 * len(ROWS)
    for label in ("2 steps", "4 steps"):
        names = [image["name"] for row in of_label(rows, label) for image in row["images"]]
        assert sorted(names) == [f"image{number}.png" for number in range(7)]
    for row in rows:
        learnt = PatchSet.open(done / "sets" / f"fold{row['fold']}")
        seen = {learnt.manifest.sources[item.source].address for item in learnt.entries("train")}
        tested = {image["name"] for image in row["images"]}
        assert not {name.rsplit("/")[-1] for name in seen} & tested
        assert (row["split"], row["status"], row["data_range"]) == ("test", "done", 255)


def test_the_baselines_are_those_of_the_images(done, images):
    (first, *_) = rows_of(done)
    for image in first["images"]:
        colour = np.asarray(Image.open(images / image["name"]), np.float64).transpose(2, 0, 1)
        error = np.square(grey(colour).astype(np.float64) - colour).mean()
        assert image["psnr_copy"] == pytest.approx(10 * np.log10(255**2 / error), abs=1e-3)
        assert np.isfinite(image["psnr_table"])


def test_a_continued_row_is_the_training_in_one_go_and_leaves_the_first_as_it_is(done):
    for fold in (1, 2):
        runs = {row["label"]: row["run"] for row in rows_of(done) if row["fold"] == fold}
        kept, continued, whole = (
            newest_checkpoint(done / runs[label] / "checkpoints")
            for label in ("2 steps", "4 steps", "4 in one go")
        )
        assert (kept.step, continued.step) == (2, 4)
        assert all(torch.equal(whole.tensors[key], value)
                   for key, value in continued.tensors.items())  # fmt: skip


def test_the_report_says_range_split_images_and_what_is_printed(done):
    document = json.loads((done / "report.json").read_text("utf-8"))
    section = document["report"]["sections"][0]
    table, published = section["tables"]
    assert table["head"][-2:] == ["Images (n)", "As published"]
    lines = {line[0]: line for line in table["rows"]}
    assert lines["2 steps"][-3:] == ["2", "7", "19.02"]
    assert lines["4 steps"][1:4] == lines["4 in one go"][1:4]
    assert lines["4 in one go"][-1] == "none"
    own = [
        image["psnr"] for row in of_label(document["rows"], "2 steps") for image in row["images"]
    ]
    wanted, half = np.mean(own), stats.sem(own) * stats.t.ppf(0.975, 6)
    assert lines["2 steps"][1] == (f"{wanted:.2f} [{wanted - half:.2f} to {wanted + half:.2f}]")
    assert lines["grey copied to all bands"][1] != "none"
    assert published["title"] == "As published: Table 1"
    said = " ".join(section["remarks"])
    assert "Data range L: 255 (of the scaling: 0 to 255)." in said
    assert "Measured are n = 7 images, each once, as the test of one of 2 folds" in said
    assert "image0.png" in said
    assert "Smaller than the print: 2 or 4 steps." in said
    by_image = document["report"]["sections"][1]["tables"][0]
    assert len(by_image["rows"]) == 7


def test_a_plan_goes_on_where_it_was_and_refuses_other_images(done, images, tmp_path):
    before = (done / "rows.jsonl").read_text("utf-8")
    run_plan(PLAN, images, done)
    assert (done / "rows.jsonl").read_text("utf-8") == before
    other = tmp_path / "other"
    other.mkdir()
    for number in range(4):
        Image.new("RGB", (16, 16), (number, 9, 200)).save(other / f"{number}.png")
    with pytest.raises(RunError, match="was trained on other images"):
        run_plan(PLAN, other, done)
    changed = {**PLAN, "rows": [{**ROWS[0], "lr": 1e-2}]}
    with pytest.raises(InputError, match="holds the row '2 steps' with other values"):
        run_plan(changed, images, done)


def test_a_patch_set_is_measured_on_its_own_split(done, tmp_path):
    run_plan({**PLAN, "rows": ROWS[:1]}, done / "sets/fold1", tmp_path / "out")
    (row,) = rows_of(tmp_path / "out")
    assert (row["fold"], row["split"]) == (None, "test")
    document = json.loads((tmp_path / "out/report.json").read_text("utf-8"))
    said = " ".join(document["report"]["sections"][0]["remarks"])
    assert "those of the split 'test'" in said


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"rows": [{"steps": 2}]}, "every row needs a label of its own"),
        ({"rows": [ROWS[1]]}, "'4 steps' continues '2 steps', which is no row before it"),
        ({"folder": {"folds": 3}}, "give it to the plan"),
    ],
)
def test_plans_that_cannot_work_are_refused(change, reason):
    with pytest.raises(RecipeError, match=reason):
        check_values({**PLAN, **change})


def test_a_plan_is_checked_in_the_window_as_its_start_does(images):
    assert check_plan(PLAN, Progress(), images)["tasks"] == 2 * len(ROWS)


def test_images_that_the_network_cannot_take_whole_are_refused(images, tmp_path):
    plan = {**PLAN, "rows": ROWS[:1], "folder": {**PLAN["folder"], "size_px": 18}}
    with pytest.raises(RunError, match=r"18 x 18 px cannot be made .* multiples of 4 px"):
        run_plan(plan, images, tmp_path / "out")


def test_a_recipe_that_makes_nothing_of_images_is_refused_before_the_first_run(images, tmp_path):
    plan = {**PLAN, "base": {**BASE, "method": "dcgan", "preset": "tiny"}, "rows": ROWS[:1]}
    plan["base"].pop("decay_steps")
    with pytest.raises(RecipeError, match="'dcgan' does not make images of images"):
        run_plan(plan, images, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_of_one_image_there_is_no_interval():
    assert mean_and_interval([3.0]) == (3.0, None)
    mean, half = mean_and_interval([1.0, 2.0, 3.0])
    assert (mean, half) == (2.0, pytest.approx(4.303 / 3**0.5, rel=1e-3))


@pytest.mark.parametrize("name", ["table1", "table1-paper", "table2", "table2-paper"])
def test_the_plans_that_come_along_print_the_papers_figures(name):
    values = read_toml(resources_folder() / "recipes/hubble" / f"{name}.toml")
    check_values(values)
    cells = {cell for table in values["published"] for row in table["rows"] for cell in row}
    for row in values["rows"]:
        assert set(row["printed"].split(", ")) <= cells
    first = values["rows"][0]["printed"]
    assert first == ("19.02" if "table1" in name else "14.76, 12.29, 13.12")
    if "table1" in name:
        assert [row["printed"] for row in values["rows"] if "continues" in row] == [
            "19.55", "19.50", "19.48",
        ]  # fmt: skip
