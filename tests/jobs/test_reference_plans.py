"""Results folders of the program before plans had an engine: read, continued and reported."""

import importlib
import json
import shutil
from pathlib import Path

import pytest

from satstudio.core.files.old_keys import new_row
from satstudio.core.progress import Progress
from satstudio.core.recipe import read_toml
from satstudio.jobs.sweep import carry_out_sweep

REFERENCE = Path(__file__).resolve().parents[1] / "reference" / "plans"
KINDS = ("training", "by_epoch", "critic", "hadamard", "variance")
OWN_DATA = ("hadamard",)

pytestmark = [pytest.mark.learn, pytest.mark.slow]


@pytest.fixture(autouse=True)
def there(tmp_path, monkeypatch):
    """A copy, and the current folder, as plans of then name their patch set `patches`."""
    shutil.copytree(REFERENCE, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rows_of(folder):
    """The rows as they are called today."""
    file = Path(folder) / "rows.jsonl"
    return [new_row(json.loads(line)) for line in file.read_text("utf-8").splitlines()]


def document(folder):
    return json.loads((Path(folder) / "report.json").read_text("utf-8"))


def tables(page):
    """What stands in the tables; their heads say other words than then."""
    found = [one for section in page["report"]["sections"] for one in section.get("tables", ())]
    return [(one["rows"], one.get("best"), len(one["head"])) for one in found]


@pytest.fixture(autouse=True)
def as_many_images_as_then(monkeypatch):
    """Comparisons are of as many images as in use, whatever tests ran before in this process."""
    evaluator = importlib.import_module("satstudio.learn.evaluation.evaluator")
    monkeypatch.setattr(evaluator, "FIGURE_PIXELS", 512 * 16 * 16)


def curves(page):
    """What is drawn, under names of today."""
    found = [section.get("curves") for section in page["report"]["sections"][:1]]
    return json.loads(json.dumps(found).replace("D(made)", "D(generated)"))


def carry_out(folder, kind, plan=None):
    patches = None if kind in OWN_DATA else Path("patches")
    plan = plan or read_toml(Path(kind) / "plan.toml")
    return carry_out_sweep(plan, Path(folder), Progress(), patches)


def figures(rows):
    """What was found, without when and by what."""
    names = ("key", "figures", "beside", "n", "n_real", "step", "trips", "real", "generated",
             "looks", "sigma")  # fmt: skip
    return [{name: row[name] for name in names if name in row} for row in rows]


def nearly(found, wanted):
    """Compare numbers in tables and lists; another processor rounds otherwise."""
    if isinstance(wanted, dict):
        assert found.keys() == wanted.keys()
        for key, value in wanted.items():
            nearly(found[key], value)
    elif isinstance(wanted, list):
        assert len(found) == len(wanted)
        for one, other in zip(found, wanted, strict=True):
            nearly(one, other)
    elif isinstance(wanted, float):
        assert found == pytest.approx(wanted, rel=1e-3, abs=1e-6)
    else:
        assert found == wanted


@pytest.mark.parametrize("kind", KINDS)
def test_finished_rows_are_kept_and_the_report_says_the_same(kind):
    before, page = rows_of(kind) if kind != "variance" else [], document(kind)
    shutil.rmtree(Path(kind) / "runs" / "lr-0.001-seed1", ignore_errors=True)
    html = carry_out(kind, kind)
    assert "<table" in html.read_text("utf-8")
    if before:
        assert rows_of(kind) == before
    now = document(kind)
    assert now["kind"] == page["kind"]
    assert now["report"]["title"] == page["report"]["title"]
    if kind != "training":  # a run of it was taken away: its checkpoint is named no more
        assert tables(now) == tables(page)
    assert tables(now)[0] == tables(page)[0]
    assert len(curves(now)[0] or ()) == len(curves(page)[0] or ())
    for one, other in zip(curves(now)[0] or (), curves(page)[0] or (), strict=True):
        assert one["lines"] == other["lines"]


@pytest.mark.parametrize("kind", ["training", "by_epoch", "critic", "hadamard"])
def test_the_same_plan_from_the_start_finds_the_same_row_by_row(kind):
    carry_out("anew", kind)
    nearly(figures(rows_of("anew")), figures(rows_of(kind)))


def test_more_seeds_are_added_to_a_table_of_then():
    plan = {**read_toml(Path("training/plan.toml")), "seeds": [0, 1, 2]}
    before = rows_of("training")
    carry_out("training", "training", plan)
    assert rows_of("training")[:4] == before
    assert [row["key"] for row in rows_of("training")[4:]] == [
        "lr-0.001-seed2",
        "lr-0.0001-seed2",
    ]
    assert [group["trials"] for group in document("training")["groups"]] == [3, 3]


def test_a_sweep_that_was_stopped_then_goes_on_and_ends_like_an_unbroken_one():
    folder = Path("training_stopped")
    (first,) = rows_of(folder)
    begun = sorted((folder / "runs/base-seed1/checkpoints").glob("step-*.safetensors"))
    assert begun
    carry_out(folder, "training_stopped")
    carry_out("anew", "training_stopped")
    rows = rows_of(folder)
    assert rows[0] == first
    assert figures(rows[1:]) == figures(rows_of("anew")[1:])
