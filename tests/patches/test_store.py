"""A patch set opens when it is whole, says why when it is not, and never unpickles."""

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import integers, lists

from satstudio.core.errors import InputError
from satstudio.core.port import BoundPort
from satstudio.core.scaling import Scaling
from satstudio.patches.manifest import MANIFEST, Item, Manifest, PatchSource
from satstudio.patches.patch_set import PatchSet
from satstudio.patches.shards import PatchArray, ShardWriter


def made_set(folder, train=7, validation=3, size=8, shard_bytes=4 * 8 * 8 * 8, holes=False):
    """Write a set of numbered patches: patch i is i + j everywhere; returns its folder."""
    folder.mkdir()
    entries, shards = [], []
    for split, count in (("train", train), ("validation", validation)):
        writer = ShardWriter(folder, split, "complex64", shard_bytes)
        for index in range(count):
            valid = np.ones((size, size), bool)
            valid[0, 0] = not (holes and index == 1)
            writer.add(np.full((1, size, size), index + 1j), valid)
            place = (0, index * size, size, size)
            entries.append(Item.single(0, place, split, valid.mean()))
        writer.close()
        shards += writer.shards
    port = BoundPort(
        role="input",
        bands=("VV",),
        dtype="complex64",
        scaling=Scaling(kind="unit_power"),
        size_px=(size, size),
    )
    Manifest(
        ports=(port,),
        seed=0,
        sources=(PatchSource(address="made.tif", sha256="0", rows=8, cols=100),),
        items=tuple(entries),
        shards=tuple(shards),
        created="2026-01-01",
        version="0",
    ).save(folder / MANIFEST)
    return folder


def test_patches_come_back_from_several_shards(tmp_path):
    patches = PatchSet.open(made_set(tmp_path / "set"))
    assert len(list((tmp_path / "set").glob("input-train-*.npy"))) == 2
    assert patches.train.shape == (7, 1, 8, 8)
    assert patches.validation.shape == (3, 1, 8, 8)
    assert patches.train.dtype == np.complex64
    assert patches.train[:][:, 0, 0, 0].real.tolist() == list(range(7))
    assert patches.train[5][0, 0, 0] == 5 + 1j
    assert patches.train[-1][0, 0, 0] == 6 + 1j
    assert np.asarray(patches.validation).shape == (3, 1, 8, 8)
    assert patches.entries("validation")[2].window == (0, 16, 8, 8)
    with pytest.raises(IndexError):
        patches.train[7]


@given(
    lengths=lists(integers(1, 5), min_size=1, max_size=4), picks=lists(integers(0, 3), max_size=6)
)
def test_any_choice_reads_as_from_one_array(lengths, picks):
    whole = np.arange(sum(lengths) * 2, dtype=np.float32).reshape(-1, 2)
    parts = np.split(whole, np.cumsum(lengths)[:-1])
    array = PatchArray(parts, (2,), whole.dtype)
    picks = [pick % len(whole) for pick in picks]
    chosen = np.array(picks, int)
    assert np.array_equal(array[chosen], whole[chosen])
    assert np.array_equal(array[picks], whole[chosen])
    assert np.array_equal(array[1::2], whole[1::2])
    assert np.array_equal(array[:], whole)
    assert np.array_equal(array[whole[:, 0] > 3], whole[whole[:, 0] > 3])


def test_pixels_without_data_are_zero_and_marked(tmp_path):
    patches = PatchSet.open(made_set(tmp_path / "set", holes=True))
    assert patches.train[1][0, 0, 0] == 0
    assert not patches.valid("train")[1][0, 0]
    assert patches.valid("train")[:].sum() == 7 * 64 - 1
    assert patches.valid("train").shape == (7, 8, 8)


def test_an_empty_split_is_an_empty_array(tmp_path):
    patches = PatchSet.open(made_set(tmp_path / "set", validation=0))
    assert len(patches.validation) == 0
    assert patches.validation[:].shape == (0, 1, 8, 8)


def test_the_identity_changes_with_the_pixels(tmp_path):
    first = PatchSet.open(made_set(tmp_path / "first"))
    same = PatchSet.open(made_set(tmp_path / "same"))
    other = PatchSet.open(made_set(tmp_path / "other", holes=True))
    assert first.sha256 == same.sha256
    assert first.sha256 != other.sha256


def port_changed(folder, **values):
    """Change values of the first port."""
    port = json.loads((folder / MANIFEST).read_text("utf-8"))["ports"][0]
    changed(folder, ports=[port | values])


def changed(folder, **values):
    path = folder / MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **values}), "utf-8")


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (lambda folder: (folder / MANIFEST).unlink(), "no patch set"),
        (lambda folder: (folder / MANIFEST).write_text("{", "utf-8"), "damaged"),
        (lambda folder: (folder / MANIFEST).write_bytes(b"\xff\x00"), "damaged"),
        (lambda folder: changed(folder, format=99), "format 99"),
        (lambda folder: port_changed(folder, size_px="wide"), "size_px"),
        (lambda folder: port_changed(folder, size_px=(9, 9)), "does not hold"),
        (lambda folder: port_changed(folder, size_px=None), "no size"),
        (lambda folder: port_changed(folder, role="other"), "a role that the set has not"),
        (lambda folder: changed(folder, ports=[]), "ports"),
        (lambda folder: changed(folder, items=[]), "disagree"),
        (lambda folder: changed(folder, sources=[]), "no source"),
        (lambda folder: (folder / "input-train-001.npy").unlink(), "missing or damaged"),
        (lambda folder: (folder / "input-train-000.npy").write_bytes(b"\x93NUMPY"), "damaged"),
        (
            lambda folder: np.save(folder / "input-train-000.npy", np.zeros((4, 1, 8, 8))),
            "does not hold",
        ),
    ],
)
def test_a_damaged_set_says_what_is_wrong(tmp_path, harm, reason):
    folder = made_set(tmp_path / "set")
    harm(folder)
    with pytest.raises(InputError, match=reason) as caught:
        PatchSet.open(folder)
    assert str(folder) in str(caught.value)


def test_a_shard_cut_short_is_refused(tmp_path):
    folder = made_set(tmp_path / "set")
    path = folder / "input-train-000.npy"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match="damaged"):
        PatchSet.open(folder)


def test_pickled_objects_are_never_loaded(tmp_path):
    folder = made_set(tmp_path / "set")
    np.save(folder / "input-train-000.npy", np.array([{"a": 1}] * 4, object), allow_pickle=True)
    with pytest.raises(InputError, match="damaged"):
        PatchSet.open(folder)


def test_a_manifest_cannot_name_files_outside_its_folder(tmp_path):
    folder = made_set(tmp_path / "set")
    known = json.loads((folder / MANIFEST).read_text("utf-8"))
    known["shards"][0]["file"] = "../secret.npy"
    changed(folder, shards=known["shards"])
    with pytest.raises(InputError, match=r"shards\.0\.file"):
        PatchSet.open(folder)


def test_the_store_opens_where_there_is_neither_rasterio_nor_qt():
    code = (
        "import sys, satstudio.patches.patch_set;"
        "print([name for name in ('rasterio', 'PySide6', 'torch', 'scipy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
