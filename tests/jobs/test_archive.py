"""Archives: every scene of a tree by several processes; a killed worker costs nothing but time."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
import pytest
import rasterio
from made import made_intensity, speckle_power, write_geotiff
from made_models import made_restorer

from satstudio.cli.main import main
from satstudio.core.errors import InputError
from satstudio.core.progress import Progress
from satstudio.jobs.archive.archive_manifest import Manifest
from satstudio.jobs.archive.remote import carry_out
from satstudio.jobs.job import Job
from satstudio.restore.pieces.left_behind import find_unfinished
from satstudio.restore.recipe import RestoreRecipe
from satstudio.restore.whole_scene import restore_scene
from satstudio.scenes.folder_scenes import expanded, scenes_in

RECIPE = RestoreRecipe(filter_px=3, threads=1)


@pytest.fixture
def tree(tmp_path):
    """Three scenes on two levels, one that is damaged, and what is none."""
    root = tmp_path / "archive"
    for name in ("a/one.tif", "a/two.tif", "b/one.tif"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        made_intensity(root / name.partition("/")[0], 60, 50, name=name.partition("/")[2])
    (root / "b/broken.tif").write_bytes(b"II*\0 and no more")
    (root / "b/notes.txt").write_text("no scene")
    (root / ".hidden").mkdir()
    made_intensity(root / ".hidden", 20, 20)
    return root


def names(addresses, root):
    return [str(Path(address).relative_to(root)) for address in addresses]


def test_all_scenes_of_a_tree_are_found_in_order(tree, tmp_path):
    found = ["a/one.tif", "a/two.tif", "b/broken.tif", "b/one.tif"]
    assert names(scenes_in(tree), tree) == found
    assert expanded([tree / "a", "x.tif"]) == (*scenes_in(tree / "a"), "x.tif")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no scene in"):
        scenes_in(tmp_path / "empty")
    with pytest.raises(InputError, match="no folder"):
        scenes_in(tmp_path / "gone")


def test_a_job_travels_as_text_and_whatever_happens_is_an_answer(tmp_path):
    scene = made_intensity(tmp_path, 40, 40)
    arguments = {
        "scene": str(scene), "model": "baseline:boxcar", "recipe": {},
        "out": str(tmp_path / "o.tif"),
    }  # fmt: skip
    done = json.loads(carry_out(Job(kind="restore", arguments=arguments).model_dump_json()))
    assert (done["state"], done["pid"]) == ("done", os.getpid())
    again = json.loads(carry_out(Job(kind="restore", arguments=arguments).model_dump_json()))
    assert again["state"] == "failed"
    assert "exists already" in again["reason"]
    assert json.loads(carry_out("{"))["state"] == "failed"


def test_a_manifest_survives_a_line_that_was_cut(tmp_path):
    first = Manifest.open(tmp_path, {"model": "a"})
    first.note("one", state="done", identity="1")
    with (tmp_path / "archive.jsonl").open("a") as stream:
        stream.write('{"scene": "two", "sta')
    again = Manifest.open(tmp_path, {"model": "a"})
    assert again.is_done("one", "1")
    assert not again.is_done("one", "2"), "the scene has changed"
    again.note("two", state="failed", reason="why")
    assert Manifest.open(tmp_path, {"model": "a"}).failed == {"two": "why"}
    with pytest.raises(InputError, match="in another way"):
        Manifest.open(tmp_path, {"model": "b"})


# ---------------------------------------------------------------------- real processes

pytest.importorskip("distributed")


def command(*words):
    """Run the command as a user does; what Dask leaves running ends with it."""
    done = subprocess.run(
        [sys.executable, "-m", "satstudio", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done


@contextmanager
def begun(*words, **options):
    """Run the command beside the test."""
    child = subprocess.Popen(
        [sys.executable, "-m", "satstudio", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )
    with child:
        yield child
        if not child.stdout.closed:
            child.communicate()


def until(found, seconds=60):
    """Wait until something is there; return it."""
    for _ in range(seconds * 20):
        there = found()
        if there:
            return there
        time.sleep(0.05)
    raise AssertionError("it never came")


@pytest.mark.slow
def test_the_command_restores_a_tree_tells_what_failed_and_goes_on(tree, tmp_path, capsys):
    out = tmp_path / "out"
    words = ["restore", "--archive", tree, "--baseline", "boxcar", "--filter", "3"]
    words += ["--workers", "2", "--out", out, "--json"]
    first = command(*words)
    assert first.returncode == 3
    told = json.loads(first.stdout)
    assert (told["done"], told["failed"]) == (3, 1)
    assert "broken.tif" in first.stderr
    assert "archive.jsonl in out has the reasons" in first.stderr
    made = sorted(str(path.relative_to(out)) for path in out.rglob("*.tif"))
    assert made == ["a/one.tif", "a/two.tif", "b/one.tif"]
    restore_scene(tree / "a/one.tif", "baseline:boxcar", RECIPE, tmp_path / "o.tif", Progress())
    with rasterio.open(out / "a/one.tif") as found, rasterio.open(tmp_path / "o.tif") as wanted:
        np.testing.assert_array_equal(found.read(), wanted.read())

    times = {path: path.stat().st_mtime_ns for path in out.rglob("*.tif")}
    (tree / "b/broken.tif").unlink()
    made_intensity(tree / "b", 30, 30, name="broken.tif")
    assert command(*words).returncode == 0
    assert {path: path.stat().st_mtime_ns for path in times} == times, "done is done"
    assert (out / "b/broken.tif").is_file()
    capsys.readouterr()
    assert main([str(word) if word != "3" else "5" for word in words]) == 2
    assert "in another way" in capsys.readouterr().err


def lines(out):
    path = out / "archive.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.mark.nightly
def test_a_worker_that_is_killed_is_replaced_and_all_scenes_are_restored(tmp_path):
    root, out = tmp_path / "archive", tmp_path / "out"
    root.mkdir()
    for number in range(6):
        write_geotiff(root / f"{number}.tif", speckle_power(1500, 1500, seed=number), tiled=True)
    model = made_restorer(tmp_path / "m.onnx", "deep", tile_px=128)
    words = ["restore", "--archive", root, "--model", model, "--out", out, "--workers", "2"]
    with begun(*words) as child:
        journal = until(lambda: next(out.glob(".*unfinished*/journal.jsonl"), None))
        processes = [psutil.Process(child.pid)]
        processes += processes[0].children(recursive=True)
        listening = {
            each.laddr.ip
            for one in processes
            for each in one.net_connections("inet")
            if each.status == "LISTEN"
        }
        folder = str(journal.parent)
        worker = next(
            one for one in processes if any(folder in each.path for each in one.open_files())
        )
        os.kill(worker.pid, signal.SIGKILL)
    assert child.returncode == 0
    assert listening == {"127.0.0.1"}, "nothing is served to others"
    assert [path.name for path in out.iterdir() if path.name.startswith(".")] == []
    assert [line["state"] for line in lines(out)[1:]] == ["done"] * 6
    recipe = RestoreRecipe(threads=1)
    restore_scene(root / "0.tif", model, recipe, tmp_path / "o.tif", Progress())
    with rasterio.open(out / "0.tif") as found, rasterio.open(tmp_path / "o.tif") as wanted:
        np.testing.assert_array_equal(found.read(), wanted.read())


@contextmanager
def foreign_cluster(folder):
    """A scheduler and a worker that somebody else started; yields the address."""
    told, processes = folder / "scheduler.json", []
    plain = ["--scheduler-file", str(told), "--no-dashboard"]
    for kind, more in (
        ("scheduler", ["--host", "127.0.0.1", "--port", "0"]),
        ("worker", ["--nthreads", "1", "--local-directory", str(folder)]),
    ):
        words = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *plain, *more]
        processes.append(subprocess.Popen(words, stderr=subprocess.DEVNULL))
        until(told.exists)
    try:
        yield json.loads(told.read_text())["address"]
        assert [process.poll() for process in processes] == [None, None], "it is left running"
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait()


@pytest.mark.nightly
@pytest.mark.skipif(os.name != "posix", reason="SIGINT")
def test_a_cluster_of_somebody_else_is_used_given_up_at_a_stop_and_left_running(tmp_path):
    root, out = tmp_path / "archive", tmp_path / "out"
    root.mkdir()
    for number in range(3):
        write_geotiff(root / f"{number}.tif", speckle_power(1500, 1500, seed=number), tiled=True)
    model = made_restorer(tmp_path / "m.onnx", "deep", tile_px=64)
    words = ["restore", "--archive", root, "--model", model, "--out", out]
    with foreign_cluster(tmp_path) as address:
        with begun(*words, "--scheduler", address) as child:
            journal = until(lambda: next(out.glob(".*unfinished*/journal.jsonl"), None))
            until(lambda: "keep" in journal.read_text())
            child.send_signal(signal.SIGINT)
        assert child.returncode == 130
        until(lambda: not any(left.is_running for left in find_unfinished(out, Progress())), 20)
        (left,) = find_unfinished(out, Progress())
        assert 0 < left.done < 1, "what was restored is kept for the next start"
        assert command(*words, "--scheduler", address).returncode == 0
        from distributed import Client

        with Client(address, timeout=10) as client:
            assert len(client.scheduler_info()["workers"]) == 1
    assert [line["state"] for line in lines(out)[1:]] == ["done"] * 3
    assert find_unfinished(out, Progress()) == []


@pytest.mark.nightly
@pytest.mark.skipif(os.name != "posix", reason="SIGINT")
@pytest.mark.parametrize("moment", ["manifest", "workers"])
def test_ctrl_c_while_the_cluster_starts_ends_all_of_it_without_a_word_too_much(
    tree, tmp_path, moment
):
    """A terminal sends the signal to the whole group."""
    (tree / "b/broken.tif").unlink()
    out = tmp_path / "out"
    words = ["restore", "--archive", tree, "--baseline", "boxcar", "--out", out, "--workers", "2"]
    with begun(*words, start_new_session=True) as child:
        until((out / "archive.jsonl").exists)
        process, workers = psutil.Process(child.pid), []
        if moment == "workers":
            workers = until(lambda: process.children(recursive=True))
        os.killpg(child.pid, signal.SIGINT)
        said = child.communicate()
    assert child.returncode == 130
    assert said == ("", "Stopped by the user.\n")
    assert psutil.wait_procs(workers, timeout=20)[1] == []
    assert command(*words).returncode == 0
    assert sorted(line["scene"] for line in lines(out)[1:]) == list(scenes_in(tree))


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="SIGINT")
def test_a_stop_ends_the_workers_and_what_is_done_stays(tree, tmp_path):
    (tree / "b/broken.tif").unlink()
    out = tmp_path / "out"
    words = ["restore", "--archive", tree, "--baseline", "boxcar", "--out", out, "--workers", "1"]
    with begun(*words) as child:
        until(lambda: len(lines(out)) > 1)
        workers = psutil.Process(child.pid).children(recursive=True)
        child.send_signal(signal.SIGINT)
    assert child.returncode in (0, 130), "it had ended, or was stopped"
    assert psutil.wait_procs(workers, timeout=20)[1] == []
    assert command(*words).returncode == 0
    done = [line["scene"] for line in lines(out)[1:]]
    assert sorted(done) == sorted(set(done)) == list(scenes_in(tree))


@pytest.mark.slow
def test_a_scheduler_that_is_not_there_is_told(tree, tmp_path):
    words = ["restore", "--archive", tree, "--baseline", "lee", "--out", tmp_path / "o"]
    done = command(*words, "--scheduler", "tcp://127.0.0.1:9")
    assert done.returncode == 2
    assert "no scheduler at tcp://127.0.0.1:9" in done.stderr


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["x.tif"], "not both"),
        (["--out", "o.tif"], "goes to a folder"),
        (["--points-mask", "m.tif"], "of one scene"),
    ],
)
def test_options_that_do_not_fit_an_archive_are_one_sentence(tree, tmp_path, capsys, words, text):
    given = ["restore", "--archive", str(tree), "--baseline", "lee", "--out", str(tmp_path / "o")]
    assert main([*given, *words]) == 2
    assert text in capsys.readouterr().err
