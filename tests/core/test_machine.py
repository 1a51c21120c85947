"""How many threads a process may use: what it was told, else what the machine has."""

import os
import subprocess
import sys

import pytest

from satstudio.core.system.machine import (
    THREADS,
    command_threads,
    cores,
    task_threads,
    told_threads,
)

ASK = "from satstudio.core.system.machine import task_threads; print(task_threads())"


@pytest.fixture(autouse=True)
def untold(monkeypatch):
    monkeypatch.delenv(THREADS, raising=False)


def test_untold_a_task_leaves_one_core_to_the_window_and_a_command_none():
    assert task_threads() == max(1, cores() - 1)
    assert command_threads() == cores()


def test_what_a_process_is_told_holds_for_its_children_and_not_for_longer():
    with told_threads(5):
        assert (task_threads(), command_threads()) == (5, 5)
        answer = subprocess.run([sys.executable, "-c", ASK], capture_output=True, check=True)
        assert int(answer.stdout) == 5
        with told_threads(None):
            assert task_threads() == 5
    assert THREADS not in os.environ


@pytest.mark.parametrize("text", ["", "0", "-2", "many", "1.5"])
def test_nonsense_is_not_taken(monkeypatch, text):
    monkeypatch.setenv(THREADS, text)
    assert task_threads() == max(1, cores() - 1)
