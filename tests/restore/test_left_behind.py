"""What a kill left behind is found, said how to go on with, and removed only where asked."""

import json
import os
import time

import pytest
from made import speckle_power, write_geotiff
from made_models import made_restorer

from satstudio.cli.main import main
from satstudio.core.progress import Progress
from satstudio.core.system.file_lock import locked
from satstudio.restore.pieces.left_behind import find_unfinished
from satstudio.restore.recipe import RestoreRecipe
from satstudio.restore.whole_scene import restore_scene

DAY_S = 86400


class Cut(BaseException):
    """Ends the work as a signal does."""


@pytest.fixture
def left(tmp_path):
    """The folder of a restoration into `deep/o.tif` that ended in its middle."""
    scene = write_geotiff(tmp_path / "scene.tif", speckle_power(500, 400), tiled=True)
    model = made_restorer(tmp_path / "m.onnx", "deep", tile_px=128)

    def tell(share, text):
        if text.startswith("Restoring") and share > 0.4:
            raise Cut

    recipe = RestoreRecipe(threads=1)
    with pytest.raises(Cut):
        restore_scene(scene, model, recipe, tmp_path / "deep/o.tif", Progress(tell))
    (folder,) = (tmp_path / "deep").iterdir()
    return folder


def listed(capsys, *words):
    assert main(["restore", *map(str, words), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def age(folder, days):
    for path in folder.iterdir():
        os.utime(path, (time.time() - days * DAY_S,) * 2)


def test_it_is_listed_with_the_command_that_goes_on(tmp_path, left, capsys, monkeypatch):
    (found,) = listed(capsys, "--unfinished", tmp_path)["unfinished"]
    assert found["result"] == str(tmp_path / "deep/o.tif")
    assert not found["is_running"]
    assert found["bytes"] > 100_000
    assert found["days"] < 0.1
    assert main(["restore", "--unfinished", str(tmp_path)]) == 0
    assert found["command"] in capsys.readouterr().out
    monkeypatch.chdir(found["begun_in"])
    assert main(found["command"].split()[1:]) == 0
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["o.tif"]
    capsys.readouterr()
    assert listed(capsys, "--unfinished", tmp_path)["unfinished"] == []


def test_only_what_is_old_and_of_nobody_is_discarded(tmp_path, left, capsys):
    age(left, days=3)
    assert len(listed(capsys, "--unfinished", tmp_path, "--discard", 4)["unfinished"]) == 1
    with locked(left / "lock", "held"):
        found = listed(capsys, "--unfinished", tmp_path, "--discard", 2)
    assert found["unfinished"][0]["is_running"]
    assert (left / "journal.jsonl").is_file()
    (left / "notes.txt").write_text("of somebody else")
    (gone,) = listed(capsys, "--unfinished", tmp_path, "--discard", 2)["discarded"]
    assert gone["folder"] == str(left)
    assert [path.name for path in left.iterdir()] == ["notes.txt"]
    assert find_unfinished(tmp_path, Progress()) == []


def test_a_folder_that_is_nobodys_or_cut_is_no_error(tmp_path, capsys):
    for name in (".x.unfinished-1", ".y.unfinished-0123456789abcdef"):
        (tmp_path / name).mkdir()
    assert listed(capsys, "--unfinished", tmp_path)["unfinished"] == []
    cut = tmp_path / ".y.unfinished-0123456789abcdef"
    (cut / "lock").touch()
    (cut / "about.json").write_text("{")
    (cut / "journal.jsonl").write_text('{"keep": [0, 0')
    (found,) = listed(capsys, "--unfinished", tmp_path)["unfinished"]
    assert (found["result"], found["done"]) == (str(tmp_path / "y"), 0)
    assert main(["restore", "--discard", "3"]) == 2
    assert main(["restore", "--unfinished", str(tmp_path / "none")]) == 2
    assert "no folder" in capsys.readouterr().err
