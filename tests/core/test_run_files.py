"""Runs are renamed, noted, deleted and put back."""

import pytest

from satstudio.core.errors import InputError
from satstudio.core.progress import Progress
from satstudio.core.runs.run_files import (
    delete_run,
    deleted_runs,
    remove_deleted,
    rename_run,
    restore_run,
)
from satstudio.core.runs.run_note import read_note, write_note
from satstudio.core.runs.run_rows import run_rows
from satstudio.core.runs.stop_request import ask_to_stop, heeding


@pytest.fixture
def run(tmp_path):
    made = tmp_path / "runs/one"
    made.mkdir(parents=True)
    (made / "recipe.toml").write_text("", "utf-8")
    return made


def names(run):
    return [row.name for row in run_rows(run.parent)]


def test_a_deleted_run_is_out_of_the_list_until_it_is_put_back(run):
    gone = delete_run(run)
    assert names(run) == []
    assert deleted_runs(run.parent) == (gone,)
    assert restore_run(gone) == run
    assert names(run) == ["one"]
    assert deleted_runs(run.parent) == ()


def test_two_deleted_runs_of_one_name_are_kept_apart(run):
    first = delete_run(run)
    run.mkdir()
    (run / "recipe.toml").write_text("second", "utf-8")
    second = delete_run(run)
    assert len({first, second}) == 2
    assert restore_run(second, "one") == run
    assert restore_run(first, "one").name == "one-2"


def test_only_the_deleted_ones_are_removed_for_good(run):
    (run.parent / "two").mkdir()
    delete_run(run)
    remove_deleted(run.parent)
    assert deleted_runs(run.parent) == ()
    assert (run.parent / "two").is_dir()


@pytest.mark.parametrize("name", ["", " a", "a/b", "..", ".hidden", "a.", "x" * 300, "two", "a\nb"])
def test_a_name_that_cannot_be_is_refused_with_the_reason(run, name):
    (run.parent / "two").mkdir()
    with pytest.raises(InputError, match="one cannot be called"):
        rename_run(run, name)
    assert run.is_dir()


def test_a_renamed_run_is_whole(run):
    assert rename_run(run, "deux (2), ä") == run.with_name("deux (2), ä")
    assert names(run) == ["deux (2), ä"]


def test_a_note_is_kept_and_an_empty_one_goes(run):
    write_note(run, "  good over sea\n")
    assert read_note(run) == run_rows(run.parent)[0].note == "good over sea"
    write_note(run, "")
    assert not (run / "note.txt").exists()
    (run / "note.txt").write_bytes(b"\xff odd")
    assert read_note(run).endswith("odd")


def test_a_training_heeds_a_request_in_its_folder_and_none_of_before(run):
    ask_to_stop(run)
    progress = heeding(Progress(), run)
    assert not progress.is_stopped, "asked of an earlier part"
    ask_to_stop(run)
    progress = heeding(Progress(), run / "other")
    assert not progress.is_stopped
    stopped = heeding(Progress(), run)
    ask_to_stop(run)
    assert stopped.is_stopped
    assert stopped.is_stopped, "for good"
    assert not (run / "stop-asked").exists()
