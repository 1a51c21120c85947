"""The window under a random user and under kill -9."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from made import made_complex, made_rgb

HERE = Path(__file__).parent
SAVED_WITHIN_S = 8
"""The session is written five seconds after a change; a busy machine adds to them."""


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(HERE.parent), **more}


def lived(folder: Path, seconds: float, seed: int) -> dict:
    child = subprocess.run(
        [sys.executable, str(HERE / "random_events.py"), str(folder), str(seconds), str(seed)],
        capture_output=True,
        text=True,
        env=environment(SATSTUDIO_HOME=str(folder / "home")),
        timeout=seconds * 3 + 600,
        check=False,
    )
    assert child.returncode == 0, f"{child.stdout}{child.stderr}"
    return json.loads(child.stdout.splitlines()[-1])


def check(found: dict) -> None:
    """Allow for one more worker kept warm (four threads, five handles) and pictures in caches."""
    first, last = found["first"], found["last"]
    assert found["errors"] == []
    assert found["events"] > 50
    assert last["threads"] <= first["threads"] + 14, found
    assert last["handles"] <= first["handles"] + 16, found
    assert last["widgets"] <= first["widgets"] * 1.1, found
    assert last["none"] > first["none"] * 0.9, found  # PySide 6.12 lost references until it crashed
    assert last["rss_mb"] <= first["rss_mb"] + 250, found


@pytest.mark.slow
@pytest.mark.learn
def test_a_minute_of_random_events_with_a_training_beside(tmp_path):
    check(lived(tmp_path, 60, seed=3))


@pytest.mark.nightly
@pytest.mark.learn
def test_an_hour_of_random_events_with_a_training_beside(tmp_path):
    check(lived(tmp_path, 3600, seed=4))


class Window:
    """A window in a process of its own."""

    def __init__(self, answer: str, *scenes: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "killed_window.py"), answer, *map(str, scenes)],
            stdout=subprocess.PIPE,
            text=True,
            env=environment(),
        )

    def says(self, word: str) -> list[str]:
        """Wait for a line that begins so; return the rest of it."""
        for line in self._process.stdout:
            if line.startswith(word):
                return line.removeprefix(word).split()
        raise AssertionError(f"the window ended before it said '{word}'")

    def kill(self) -> None:
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process.stdout.close()


def killed_at_random_moments(folder: Path, kills: int) -> None:
    rng = np.random.default_rng(kills)
    scenes = [made_complex(folder, 80, 90, name="a.tif"), made_rgb(folder, name="b.tif")]
    first = Window("answer", *scenes)
    assert first.says("not asked") == []
    wanted = [str(path) for path in scenes]
    while first.says("open") != wanted:
        pass
    time.sleep(SAVED_WITHIN_S)
    first.kill()
    for _ in range(kills):
        unanswered = Window("wait")
        unanswered.says("asked")
        time.sleep(rng.uniform(0, SAVED_WITHIN_S))
        unanswered.kill()  # before it was answered: it is offered again
        again = Window("answer")
        again.says("asked")
        assert again.says("restored") == wanted
        time.sleep(rng.uniform(0, SAVED_WITHIN_S))
        again.kill()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is of POSIX")
def test_what_was_open_is_offered_again_after_kill_9(tmp_path):
    killed_at_random_moments(tmp_path, 1)


@pytest.mark.nightly
@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is of POSIX")
def test_what_was_open_is_offered_again_after_kill_9_at_ten_moments(tmp_path):
    killed_at_random_moments(tmp_path, 5)
