"""Three splits and labels: a training never sees the test, old sets and programs read on."""

import json

import numpy as np
import pytest
from made_images import picture

from satstudio.bench.image_sets import open_set
from satstudio.core.progress import Progress
from satstudio.patches.check import check_patches
from satstudio.patches.importing import import_patches
from satstudio.patches.manifest import MANIFEST, Item, Manifest, Part
from satstudio.patches.patch_set import PatchSet
from satstudio.patches.rejected import Rejected


@pytest.fixture
def folder(tmp_path):
    """A set of ten classed images: six to learn from, two of either other split."""
    for number in range(10):
        picture(tmp_path / f"in/{'ab'[number % 2]}/{number}.png", number, rows=16, cols=16)
    choices = {"kind": "classes", "size_px": 16, "validation_share": 0.2, "test_share": 0.2}
    return import_patches("folder", tmp_path / "in", choices, tmp_path / "set", Progress())


def test_the_three_splits_are_read_by_name(folder):
    patches = PatchSet.open(folder)
    assert patches.manifest.counts == {"train": 6, "validation": 2, "test": 2}
    assert [len(patches.split(name)) for name in ("train", "validation", "test")] == [6, 2, 2]
    assert [open_set(f"{folder}#{name}").count for name in ("train", "test")] == [6, 2]


@pytest.mark.learn
def test_no_training_sees_the_test(folder, monkeypatch):
    pytest.importorskip("torch")
    from satstudio.learn.setup.data import open_data
    from satstudio.learn.setup.recipe import TrainRecipe

    read = []
    shards = PatchSet._shards
    monkeypatch.setattr(
        PatchSet, "_shards", lambda self, name, port: read.append(name) or shards(self, name, port)
    )
    data = open_data(folder, TrainRecipe.build({"method": "dcgan", "options": {"size": 16}}))
    assert (len(data.train), len(data.validation)) == (6, 2)
    assert set(read) == {"train", "validation"}


def test_a_patch_of_the_test_is_rejected_and_named(folder):
    Rejected(test=(1,)).write(folder)
    assert len(PatchSet.open(folder).split("test")) == 1
    assert json.loads((folder / "rejected.json").read_text("utf-8"))["test"] == [1]
    assert "test" not in json.loads(Rejected(train=(1,)).model_dump_json())


def test_an_image_in_two_splits_is_found_whichever_they_are(folder):
    values = json.loads((folder / MANIFEST).read_text("utf-8"))
    places = {item["split"]: item["parts"]["input"]["sources"] for item in values["items"]}
    for item in values["items"]:
        if item["split"] == "test":
            item["parts"]["input"]["sources"] = places["validation"]
    (folder / MANIFEST).write_text(json.dumps(values), "utf-8")
    (found,) = check_patches(folder)
    assert found.kind == "leakage"
    assert "validation lie on ground of test" in found.detail


def test_items_without_a_class_are_written_as_before_there_were_any(folder):
    plain = Item.single(0, (0, 0, 8, 8), "train")
    assert "label" not in plain.model_dump(mode="json")
    classed = Item(
        split="train", label="a", parts={"input": Part(sources=(0,), window=(0, 0, 1, 1))}
    )
    assert Item.model_validate_json(classed.model_dump_json()) == classed
    text = (folder / MANIFEST).read_text("utf-8")
    assert Manifest.model_validate_json(text).labels == ("a", "b")
    values = json.loads(text)
    for item in values["items"]:
        del item["label"]
    assert Manifest.model_validate(values).labels == ()


def test_values_of_every_split_are_those_of_the_files(folder):
    patches = PatchSet.open(folder)
    means = [patches.split(name)[:].mean(axis=(1, 2, 3)) for name in patches.manifest.counts]
    assert len(np.unique(np.concatenate(means))) == 10
