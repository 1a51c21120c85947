"""What run.json says of a training stays true when its process is gone."""

import json
import subprocess
import sys

import pytest

from satstudio.core.run_info import own_process, run_info, status_of, trained_by
from satstudio.core.system.processes import mark_of, own_mark


@pytest.fixture
def dead():
    """The mark of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        return mark_of(child.pid)


def written(folder, mark, status="running"):
    info = {"status": status, "steps": 7, "process": mark, "host": "there"}
    (folder / "run.json").write_text(json.dumps(info), "utf-8")
    return folder


def in_file(folder):
    return json.loads((folder / "run.json").read_text("utf-8"))


def test_a_run_whose_process_is_gone_is_interrupted_for_good(tmp_path, dead):
    info = run_info(written(tmp_path, dead))
    assert status_of(info) == "interrupted"
    assert trained_by(info) is None
    assert in_file(tmp_path) == {**info, "status": "interrupted", "steps": 7}


@pytest.mark.parametrize("status", ["done", "stopped", "failed"])
def test_a_last_word_stands(tmp_path, dead, status):
    assert status_of(run_info(written(tmp_path, dead, status))) == status
    assert in_file(tmp_path)["status"] == status


def test_a_run_of_a_process_that_lives_is_running(tmp_path):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        info = run_info(written(tmp_path, mark_of(child.pid)))
        assert status_of(info) == in_file(tmp_path)["status"] == "running"
        assert trained_by(info) == str(child.pid)
    assert status_of(run_info(tmp_path)) == "interrupted"
    assert trained_by(run_info(written(tmp_path, own_mark()))) is None


def test_a_number_given_again_is_another_process(tmp_path):
    pid, machine, _ = own_mark().split("-")
    assert status_of(run_info(written(tmp_path, f"{pid}-{machine}-00000000"))) == "interrupted"


def test_of_another_computer_nothing_is_claimed(tmp_path):
    info = run_info(written(tmp_path, "12-00000000-11111111"))
    assert status_of(info) == "elsewhere"
    assert in_file(tmp_path)["status"] == "running"


def test_a_run_that_names_no_process_is_of_an_earlier_version_and_ended():
    assert status_of({"status": "running"}) == "interrupted"


def test_a_run_names_its_process():
    assert own_process()["process"] == own_mark()
