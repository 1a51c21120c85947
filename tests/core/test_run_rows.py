"""Whatever damage the files of a run took, it is listed with the reason, and so are the others."""

import json
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from satstudio.core.runs.run_log import last_line, log_lines, read_log
from satstudio.core.runs.run_rows import run_rows

GOOD = {"status": "done", "steps": 7, "seconds": 3.5, "best": {"step": 5, "swd": 0.2}}
LINE = b'{"step": 7, "seconds": 3.4, "swd": 0.25}\n'


def made_run(folder, name="one", info=GOOD, log=LINE):
    run = folder / name
    run.mkdir(parents=True)
    (run / "recipe.toml").write_text("", "utf-8")
    if info is not None:
        text = info if isinstance(info, bytes) else json.dumps(info).encode()
        (run / "run.json").write_bytes(text)
    (run / "log.jsonl").write_bytes(log)
    return run


ODD_INFO = {
    "a list": b"[1, 2]",
    "a number": b"5",
    "no JSON": b"\x00 not json",
    "cut short": b'{"status": "do',
    "empty": b"",
    "no UTF-8": b'{"status": "d\xffne"}',
    "nested": b"[" * 100_000,
    "deep, of a dead process": b'{"status": "running", "process": "1-2-3", "a": '
    + b"[" * 600 + b"]" * 600 + b"}",
    "nothing in it": b"{}",
    "wrong types": b'{"status": ["done"], "steps": "x", "seconds": {}, "message": 5, "best": [1], '
    b'"features": "all", "remarks": {"a": 1}, "epoch": true, "patches": 4, "process": []}',
    "not numbers": b'{"status": "done", "steps": NaN, "seconds": Infinity, "epoch": 1e999}',
    "too large": b'{"status": "done", "steps": 1' + b"0" * 400 + b', "seconds": 1}',
    "negative": b'{"status": "done", "steps": -5, "seconds": -1.5}',
    "best without a step": b'{"status": "done", "steps": 1, "seconds": 1, "best": {"step": "x"}}',
    "a odd process": '{"status": "running", "process": "²-a-b"}'.encode(),
}  # fmt: skip


@pytest.mark.parametrize("text", ODD_INFO.values(), ids=ODD_INFO)
def test_an_odd_run_json_is_listed_with_the_reason_and_so_are_the_others(tmp_path, text):
    made_run(tmp_path, "odd", text)
    made_run(tmp_path, "good")
    rows = {row.name: row for row in run_rows(tmp_path)}
    assert sorted(rows) == ["good", "odd"]
    assert rows["odd"].problem.startswith("run.json")
    good = rows["good"]
    assert (good.status, good.problem) == ("done", "")
    assert (good.figures.step, good.figures.seconds, good.best["swd"]) == (7, 3.5, 0.2)


def test_wrong_values_are_named_and_the_right_ones_still_shown(tmp_path):
    made_run(tmp_path, info={**GOOD, "seconds": "long", "remarks": 5}, log=b"")
    (row,) = run_rows(tmp_path)
    assert row.problem == "run.json: 'seconds' is not a number of seconds; 'remarks' is not a list"
    assert (row.status, row.figures.step, row.info.get("remarks")) == ("done", 7, None)


def test_missing_keys_are_named(tmp_path):
    made_run(tmp_path, info={"status": "stopped", "steps": 4}, log=b"")
    (row,) = run_rows(tmp_path)
    assert (row.status, row.problem) == ("stopped", "run.json: 'seconds' missing")


@pytest.mark.parametrize("missing", ["run.json", "recipe.toml"])
def test_a_run_without_one_of_its_files_is_listed(tmp_path, missing):
    (made_run(tmp_path, "odd") / missing).unlink()
    made_run(tmp_path, "good")
    rows = {row.name: row for row in run_rows(tmp_path)}
    assert sorted(rows) == ["good", "odd"]
    assert ("missing" in rows["odd"].problem) == (missing == "run.json")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_told(tmp_path):
    (made_run(tmp_path) / "run.json").chmod(0)
    assert "Permission denied" in run_rows(tmp_path)[0].problem


def test_folders_in_the_place_of_files_and_links_to_nowhere_do_no_harm(tmp_path):
    run = made_run(tmp_path, "odd")
    for name in ("run.json", "log.jsonl"):
        (run / name).unlink()
        (run / name).mkdir()
    (tmp_path / "lost").symlink_to(tmp_path / "nowhere")
    made_run(tmp_path, "good")
    rows = {row.name: row for row in run_rows(tmp_path)}
    assert sorted(rows) == ["good", "odd"]
    assert "run.json cannot be read" in rows["odd"].problem
    assert "log.jsonl cannot be read" in rows["odd"].problem


ODD_LINES = {
    "cut short": b'{"step": 8, "swd": \n',
    "a list": b"[1]\n",
    "no step": b'{"swd": 0.1}\n',
    "a step that is a text": b'{"step": "8"}\n',
    "a step that is true": b'{"step": true}\n',
    "a step without end": b'{"step": 1' + b"0" * 400 + b"}\n",
    "no UTF-8": b"\xff\xfe\n",
    "nested": b"[" * 30_000 + b"\n",
}


@pytest.mark.parametrize("line", ODD_LINES.values(), ids=ODD_LINES)
def test_an_odd_line_of_the_log_is_passed_over_and_told(tmp_path, line):
    run = made_run(tmp_path, log=LINE + line + b'{"step": 9, "seconds": 4.5}\n')
    assert [one["step"] for one in log_lines(run)] == [7, 9]
    assert read_log(run).problem == "1 line of log.jsonl cannot be read"
    (row,) = run_rows(tmp_path)
    assert row.problem == "a line of log.jsonl cannot be read"
    assert row.figures.step == 9


def test_values_of_a_line_that_are_no_figures_are_left_out(tmp_path):
    odd = b'{"step": 9, "seconds": "x", "swd": NaN, "ks": [1], "eta_s": null, "kid": 1e999}\n'
    (line,) = log_lines(made_run(tmp_path, log=odd))
    assert line == {"step": 9, "eta_s": None}


def test_a_half_written_last_line_is_no_damage(tmp_path):
    run = made_run(tmp_path, log=LINE + b'{"step": 8, "sec')
    assert last_line(run) == (log_lines(run)[0], "")


def test_only_the_end_of_a_long_log_is_read_for_the_list(tmp_path):
    long = b"".join(b'{"step": %d, "seconds": %d}\n' % (n, n) for n in range(1, 5000))
    run = made_run(tmp_path, log=b"damaged\n" + long)
    assert last_line(run) == ({"step": 4999, "seconds": 4999}, "")


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
KEYS = ("status", "steps", "seconds", "best", "features", "process", "host", "message", "epoch")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(KEYS), json_values), st.binary(max_size=40))
def test_nothing_that_a_run_json_may_hold_empties_the_list(tmp_path, info, line):
    run = tmp_path / "runs/odd"
    run.mkdir(parents=True, exist_ok=True)
    (run / "run.json").write_text(json.dumps(info), "utf-8")
    (run / "log.jsonl").write_bytes(LINE + line + b"\n" + json.dumps(info).encode() + b"\n")
    (row,) = run_rows(tmp_path / "runs")
    assert row.name == "odd"
    assert row.figures.at(5.0).step >= 0
    assert isinstance(row.best, dict)
