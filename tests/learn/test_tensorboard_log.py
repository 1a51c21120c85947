import json
import logging
import sys
from types import ModuleType
from typing import ClassVar

import pytest

from satstudio.core.progress import Progress
from satstudio.learn.loop.loop import train
from satstudio.learn.loop.tensorboard_log import TensorBoardLog

NAME = "torch.utils.tensorboard"


class Writer:
    """Stands for tensorboard's SummaryWriter, as the package may be missing."""

    made: ClassVar[list] = []

    def __init__(self, folder, purge_step):
        self.folder, self.purge_step = folder, purge_step
        self.scalars, self.is_closed = [], False
        Writer.made.append(self)

    def add_scalar(self, name, value, step):
        self.scalars.append((name, value, step))

    def flush(self):
        pass

    def close(self):
        self.is_closed = True


@pytest.fixture
def installed(monkeypatch):
    module = ModuleType(NAME)
    module.SummaryWriter = Writer
    monkeypatch.setitem(sys.modules, NAME, module)
    monkeypatch.setattr(Writer, "made", [])
    return Writer


def test_every_number_of_the_log_is_written(installed, recipe, patches, tmp_path):
    run = train(patches, recipe.changed(steps=4), tmp_path / "run", Progress())
    (writer,) = installed.made
    assert (writer.folder, writer.purge_step) == (str(run / "tensorboard"), 1)
    assert writer.is_closed
    lines = [json.loads(text) for text in (run / "log.jsonl").read_text().splitlines()]
    wanted = [
        (name, value, line["step"])
        for line in lines
        for name, value in line.items()
        if name != "step" and value is not None
    ]
    assert writer.scalars == wanted


def test_a_resumed_run_hides_what_lies_beyond_its_step(installed, recipe, patches, tmp_path):
    train(patches, recipe.changed(steps=3), tmp_path / "run", Progress())
    train(patches, recipe.changed(steps=5), tmp_path / "run", Progress(), resume=True)
    assert [writer.purge_step for writer in installed.made] == [1, 4]


def test_without_tensorboard_nothing_is_written_but_a_line_of_the_log(
    tmp_path, monkeypatch, caplog
):
    monkeypatch.setitem(sys.modules, NAME, None)
    with caplog.at_level(logging.INFO, "satstudio.learn.loop.tensorboard_log"):
        tensorboard = TensorBoardLog(tmp_path)
    tensorboard.start(0)
    tensorboard.write({"step": 1, "loss": 2.0})
    tensorboard.close()
    assert not tensorboard.is_open
    assert not list(tmp_path.iterdir())
    assert "tensorboard is not installed" in caplog.text


def test_files_of_the_package_itself_can_be_read(tmp_path):
    pytest.importorskip("tensorboard", reason="tensorboard is not installed")
    tensorboard = TensorBoardLog(tmp_path)
    tensorboard.start(0)
    tensorboard.write({"step": 1, "loss": 2.0})
    tensorboard.close()
    assert [path.name.split(".")[1] for path in tmp_path.iterdir()] == ["out"]
