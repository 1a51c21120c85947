"""Job and Event as lines of JSON."""

import json

import pytest
from hypothesis import given
from hypothesis.strategies import dictionaries, floats, text

from satstudio.core.errors import InputError
from satstudio.jobs.job import KINDS, Event, Job


def test_a_job_survives_its_line():
    job = Job(kind="train", arguments={"patches": "/a b/ü", "recipe": {"steps": 3, "lr": 1e-3}})
    line = job.to_line()
    assert line.count("\n") == 1
    assert Job.model_validate_json(line) == job


def test_each_job_has_an_id_of_its_own():
    assert Job(kind="cut").id != Job(kind="cut").id


def test_a_kind_names_a_function():
    assert Job(kind="train").target == "satstudio.learn.loop.loop:train"
    assert all(target.startswith("satstudio.") for target in KINDS.values())
    with pytest.raises(InputError, match="no job"):
        _ = Job(kind="fly").target


@given(
    name=text(min_size=1),
    fields=dictionaries(
        text().filter(lambda key: key not in ("ev", "job", "time")),
        text() | floats(allow_nan=False),
    ),
)
def test_an_event_survives_its_line(name, fields):
    event = Event(name, "id", 12.5, fields)
    line = event.to_line()
    assert line.count("\n") == 1
    assert Event.from_line(line) == event


@pytest.mark.parametrize("line", ["", "hello", "[1]", '{"ev": "done"}', "3"])
def test_a_line_that_is_no_event_is_refused(line):
    with pytest.raises(ValueError):  # noqa: PT011 - json's own or ours
        Event.from_line(line)


def test_an_event_tells_share_and_text():
    event = Event("progress", "id", fields={"share": 0.25, "text": "Cutting"})
    assert (event.share, event.text, event.is_final) == (0.25, "Cutting", False)
    assert Event("done", "id").is_final
    assert json.loads(Event("done", "id").to_line())["ev"] == "done"
