"""What exists is never replaced unasked, by any command; asked, only what the command makes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from made import made_complex, made_intensity
from made_idx import made_idx
from made_models import made_model
from PIL import Image

from satstudio.cli.main import main
from satstudio.core.paths import resources_folder
from satstudio.core.progress import Progress
from satstudio.jobs.demo.demo import demo_folder
from satstudio.patches.cut import PatchRecipe, cut_patches
from satstudio.restore.many_scenes import restore_scenes
from satstudio.restore.recipe import RestoreRecipe

COMMANDS = {
    "render": ("render {scene}", "out.png"),
    "crop": ("crop {scene} --window 0,0,20,20", "out.tif"),
    "restore": ("restore {scene} --baseline lee", "out.tif"),
    "compare": ("compare {scene} {scene}", "out.png"),
    "sample.png": ("sample {model} --count 2", "out.png"),
    "sample.tif": ("sample {model} --count 2", "out.tif"),
    "sample.npy": ("sample {model} --count 2", "out.npy"),
    "sample": ("sample {model} --count 2", "out"),
    "cut": ("patches cut {scene} --size 16", "out"),
    "import": ("patches import idx {idx}", "out"),
}
FOLDERS = ("sample", "cut", "import")
WITH_TORCH = {
    "export": ("export {run}", "out.onnx"),
    "features convert": ("features convert {run}", "out.onnx"),
    "models convert": ("models convert merlin {run}", "out.onnx"),
    "train": ("train {patches} --method cvwgan/tiny --steps 2", "out"),
}
"""They look before a worker is started, or a run is read."""


@pytest.fixture
def words(tmp_path):
    """Return the words of a command on made files, all in one folder."""
    given = tmp_path / "given"
    given.mkdir()
    names = {
        "scene": made_complex(given),
        "model": resources_folder() / "demo" / "generator.onnx",
        "idx": made_idx(given / "images-idx3-ubyte"),
        "run": given / "run",
        "patches": given / "patches",
    }

    def make(command, out, *more):
        text = {**COMMANDS, **WITH_TORCH}[command][0].format(**names)
        return [*text.split(), "--out", str(out), *more]

    return make


def out_of(command, tmp_path):
    return tmp_path / {**COMMANDS, **WITH_TORCH}[command][1]


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


def made_by_user(out, command):
    """Put what a user might have there: a file, or a folder with a file."""
    if out.suffix:
        out.write_text("mine", "utf-8")
    else:
        out.mkdir()
        (out / "notes.txt").write_text("mine", "utf-8")


@pytest.mark.parametrize("command", [*COMMANDS, *WITH_TORCH])
def test_what_exists_is_refused_with_the_reason(words, tmp_path, capsys, command):
    out = out_of(command, tmp_path)
    made_by_user(out, command)
    before = contents(tmp_path)
    assert main(words(command, out)) == 2
    told = capsys.readouterr().err
    assert len(told.strip().splitlines()) == 1
    assert str(out) in told
    assert "exists" in told
    assert contents(tmp_path) == before


@pytest.mark.parametrize("command", COMMANDS)
def test_a_link_to_nothing_is_something(words, tmp_path, capsys, command):
    out = out_of(command, tmp_path)
    out.symlink_to("nowhere")
    assert main(words(command, out)) == 2
    capsys.readouterr()
    assert out.readlink() == Path("nowhere")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["given", out.name])


@pytest.mark.parametrize("command", COMMANDS)
def test_asked_it_replaces_what_it_makes_and_nothing_else(words, tmp_path, capsys, command):
    out = out_of(command, tmp_path)
    assert main(words(command, out)) == 0, capsys.readouterr().err
    made = contents(tmp_path)
    assert main(words(command, out)) == 2
    neighbour = (out if out.is_dir() else tmp_path) / "notes.txt"
    neighbour.write_text("mine", "utf-8")
    assert main(words(command, out, "--overwrite")) == 0, capsys.readouterr().err
    capsys.readouterr()
    after = contents(tmp_path)
    assert after.pop(str(neighbour.relative_to(tmp_path))) == b"mine"
    assert set(after) == set(made)


@pytest.mark.parametrize("command", FOLDERS)
def test_an_empty_folder_may_have_the_name(words, tmp_path, capsys, command):
    out = out_of(command, tmp_path)
    out.mkdir()
    assert main(words(command, out)) == 0, capsys.readouterr().err
    assert any(out.iterdir())


@pytest.mark.parametrize("command", FOLDERS)
def test_a_file_never_becomes_a_folder(words, tmp_path, capsys, command):
    out = out_of(command, tmp_path)
    out.write_text("mine", "utf-8")
    assert main(words(command, out, "--overwrite")) == 2
    assert "is a file" in capsys.readouterr().err
    assert out.read_text("utf-8") == "mine"


@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in FOLDERS])
def test_a_folder_never_becomes_a_file(words, tmp_path, capsys, command):
    out = out_of(command, tmp_path)
    out.mkdir()
    (out / "notes.txt").write_text("mine", "utf-8")
    assert main(words(command, out, "--overwrite")) == 2
    assert "is a folder" in capsys.readouterr().err
    assert (out / "notes.txt").read_text("utf-8") == "mine"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_without_rights_is_one_sentence(words, tmp_path, capsys, command):
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o555)
    if os.access(locked, os.W_OK):  # this user may write anywhere
        locked = Path("/sys")
    assert main(words(command, out_of(command, locked))) == 2
    told = capsys.readouterr().err
    assert len(told.strip().splitlines()) == 1
    assert out_of(command, locked).name in told
    assert not out_of(command, locked).exists()


INPUTS = {
    "render": "render {png}",
    "crop": "crop {png} --window 0,0,20,20",
    "restore": "restore {tif} --baseline lee",
    "compare": "compare {tif} {png}",
    "crop of a tif": "crop {tif} --window 0,0,20,20",
}


@pytest.mark.parametrize("is_link", [False, True])
@pytest.mark.parametrize("command", INPUTS)
def test_an_input_is_never_written_over(tmp_path, capsys, command, is_link):
    tif, png = made_intensity(tmp_path), tmp_path / "scene.png"
    Image.new("L", (64, 64), 7).save(png)
    before = contents(tmp_path)
    text = INPUTS[command].format(tif=tif, png=png)
    out = png if "{png}" in INPUTS[command] else tif
    if command == "crop":  # its result is a GeoTIFF, whatever the input
        out = tmp_path / "other.tif"
        os.link(png, out)
        before = contents(tmp_path)
    if is_link:
        link = tmp_path / f"link{out.suffix}"
        link.symlink_to(out)
        before, out = contents(tmp_path), link
    assert main([*text.split(), "--out", str(out), "--overwrite"]) == 2
    assert "is an input itself" in capsys.readouterr().err
    assert contents(tmp_path) == before


def test_a_patch_set_keeps_what_a_user_put_there(words, tmp_path, capsys):
    out = tmp_path / "photos"
    out.mkdir()
    (out / "manifest.json").write_text("{}", "utf-8")
    before = contents(tmp_path)
    assert main(words("cut", out, "--overwrite")) == 2
    assert "no patch set" in capsys.readouterr().err
    assert contents(tmp_path) == before


def test_numbers_of_samples_look_at_the_files_beside_them_too(words, tmp_path, capsys):
    (tmp_path / "out.json").write_text("mine", "utf-8")
    assert main(words("sample.npy", tmp_path / "out.npy")) == 2
    assert "out.json exists" in capsys.readouterr().err
    assert not (tmp_path / "out.npy").exists()


def test_several_scenes_look_at_all_names_before_the_first(tmp_path, capsys):
    scenes = [made_complex(tmp_path, seed=seed, name=f"{seed}.tif") for seed in (1, 2)]
    out = tmp_path / "restored"
    out.mkdir()
    (out / "2.tif").write_text("mine", "utf-8")
    words = ["restore", *map(str, scenes), "--baseline", "boxcar", "--out", str(out)]
    assert main(words) == 2
    assert "2.tif exists" in capsys.readouterr().err
    assert [path.name for path in out.iterdir()] == ["2.tif"]
    (out / "notes.txt").touch()
    assert main([*words, "--overwrite"]) == 0
    assert sorted(path.name for path in out.iterdir()) == ["1.tif", "2.tif", "notes.txt"]
    assert (out / "2.tif").stat().st_size > 4


def test_several_scenes_never_go_over_one_of_them(tmp_path):
    folder = tmp_path / "scenes"
    folder.mkdir()
    scenes = [made_complex(folder, seed=seed, name=f"{seed}.tif") for seed in (1, 2)]
    before = contents(folder)
    with pytest.raises(Exception, match="is an input itself"):
        restore_scenes(scenes, "baseline:boxcar", RestoreRecipe(), folder, Progress(), True)
    assert contents(folder) == before


@pytest.mark.slow
def test_of_two_commands_with_one_name_one_is_refused(words, tmp_path):
    for command in ("cut", "crop"):
        out = out_of(command, tmp_path)
        started = [
            subprocess.Popen(
                [sys.executable, "-m", "satstudio", *words(command, out)],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(2)
        ]
        told = [one.communicate(timeout=120)[1] for one in started]
        assert sorted(one.returncode for one in started) == [0, 2], told
        assert any("exists already" in text for text in told)
        assert out.exists()
        assert not list(tmp_path.glob(".*"))


def test_a_demo_beside_an_earlier_one_takes_the_next_name(tmp_path):
    out = tmp_path / "demo"
    assert demo_folder(out) == out
    out.mkdir()
    assert demo_folder(out) == out
    (out / "notes.txt").touch()
    assert demo_folder(out) == tmp_path / "demo-2"
    (tmp_path / "demo-2").mkdir()
    assert demo_folder(out) == tmp_path / "demo-3"


def test_the_demo_of_the_command_line_says_where_it_goes(tmp_path, capsys, monkeypatch):
    went = []

    def walk(recipe, out, progress):
        went.append(out)
        out.mkdir()
        return out / "report.html"

    monkeypatch.setattr("satstudio.cli.commands.demo.run_demo", walk)
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "notes.txt").touch()
    assert main(["demo", "--headless", "--out", str(tmp_path / "demo")]) == 0
    assert went == [tmp_path / "demo-2"]
    assert "demo-2" in capsys.readouterr().err


def test_samples_of_a_run_are_refused_before_it_is_exported(tmp_path, capsys):
    (tmp_path / "run").mkdir()
    (tmp_path / "out.png").touch()
    assert main(["sample", str(tmp_path / "run"), "--out", str(tmp_path / "out.png")]) == 2
    assert "exists already" in capsys.readouterr().err


def test_a_model_file_is_never_the_result(tmp_path, capsys):
    model = made_model(tmp_path / "out.tif")
    scene = made_intensity(tmp_path)
    words = ["restore", str(scene), "--model", str(model), "--out", str(model), "--overwrite"]
    assert main(words) == 2
    assert "is an input itself" in capsys.readouterr().err


def test_a_cut_over_its_own_patch_set_is_whole_again(tmp_path):
    scene, out = made_complex(tmp_path), tmp_path / "set"
    recipe = PatchRecipe(size_px=16, count=8)
    cut_patches([scene], recipe, out, Progress())
    first = contents(out)
    cut_patches([scene], recipe, out, Progress(), overwrite=True)
    assert set(contents(out)) == set(first)
