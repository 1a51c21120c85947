import pytest
import torch

from satstudio.core.errors import RunError
from satstudio.learn.loop.checkpoint import (
    load_checkpoint,
    newest_checkpoint,
    save_checkpoint,
    shown_checkpoint,
)


def state(value):
    return {"net.weight": torch.full((40,), float(value)), "random": torch.arange(8).byte()}


def save(folder, step, kind="step"):
    return save_checkpoint(folder, state(step), {"step": step, "scaling": {"gain": 0.4}}, kind)


def names(folder):
    return sorted(path.name for path in folder.glob("*.safetensors"))


def test_a_checkpoint_comes_back_as_it_was(tmp_path):
    found = load_checkpoint(save(tmp_path, 7))
    assert found.step == 7
    assert found.info["scaling"] == {"gain": 0.4}
    assert all(torch.equal(found.tensors[name], value) for name, value in state(7).items())


def test_the_last_two_and_the_best_are_kept(tmp_path):
    for step in (1, 5, 9, 12):
        save(tmp_path, step)
    save(tmp_path, 5, "best")
    save(tmp_path, 9, "best")
    assert names(tmp_path) == [
        "best-000000009.safetensors",
        "step-000000009.safetensors",
        "step-000000012.safetensors",
    ]
    assert len(list(tmp_path.iterdir())) == 6


@pytest.mark.parametrize("harm", ["flip", "cut", "no hash", "hash of another"])
def test_a_damaged_newest_checkpoint_falls_back_to_the_one_before(tmp_path, harm):
    older, newest = save(tmp_path, 3), save(tmp_path, 4)
    side = newest.with_name(newest.name + ".sha256")
    data = bytearray(newest.read_bytes())
    if harm == "flip":
        data[-5] ^= 1
        newest.write_bytes(data)
    elif harm == "cut":
        newest.write_bytes(data[: len(data) // 2])
    elif harm == "no hash":
        side.unlink()
    else:
        side.write_text(older.with_name(older.name + ".sha256").read_text())
    assert newest_checkpoint(tmp_path).step == 3


def test_no_whole_checkpoint_is_said_and_none_is_none(tmp_path):
    assert newest_checkpoint(tmp_path) is None
    save(tmp_path, 4).write_bytes(b"nothing")
    with pytest.raises(RunError, match="No checkpoint in"):
        newest_checkpoint(tmp_path)


def test_pictures_are_made_from_the_best_or_the_newest(tmp_path):
    save(tmp_path, 4)
    assert shown_checkpoint(tmp_path).step == 4
    best = save(tmp_path, 2, "best")
    assert shown_checkpoint(tmp_path).step == 2
    best.write_bytes(b"")
    assert shown_checkpoint(tmp_path).step == 4
