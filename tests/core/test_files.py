"""Nothing half-written has its final name."""

import errno
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from satstudio.core.errors import ExistsError, WriteError, of_system
from satstudio.core.files import replacing as files
from satstudio.core.files.replacing import free_path, replacing, sha256_of, write_text


def names(folder):
    return [path.name for path in folder.iterdir()]


def test_a_file_gets_its_name_only_at_a_clean_end(tmp_path):
    final = tmp_path / "made/new.txt"
    with replacing(final) as part:
        part.write_text("whole", "utf-8")
        assert not final.exists()
    assert final.read_text("utf-8") == "whole"
    assert names(final.parent) == ["new.txt"]


def test_the_part_keeps_the_suffix_that_writers_look_at(tmp_path):
    with replacing(tmp_path / "scene.tif") as part:
        assert part.suffix == ".tif"
        part.touch()


def fail_while_writing(final, write):
    def work():
        with replacing(final) as part:
            write(part)
            raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        work()


def test_after_an_error_the_old_file_is_untouched_and_nothing_is_left(tmp_path):
    final = write_text(tmp_path / "kept.txt", "old")
    fail_while_writing(final, lambda part: part.write_text("half", "utf-8"))
    assert final.read_text("utf-8") == "old"
    assert names(tmp_path) == ["kept.txt"]


def test_a_folder_is_made_whole_or_not_at_all(tmp_path):
    final = tmp_path / "set"

    def half(part):
        part.mkdir()
        (part / "shard.npy").touch()

    fail_while_writing(final, half)
    assert names(tmp_path) == []
    with replacing(final) as part:
        half(part)
    assert names(final) == ["shard.npy"]


def made_folder(final, name, **choices):
    with replacing(final, **choices) as part:
        part.mkdir()
        (part / name).write_text(name, "utf-8")


def test_a_folder_takes_the_places_of_its_own_files_only(tmp_path):
    final = tmp_path / "set"
    made_folder(final, "shard.npy")
    (final / "notes.txt").write_text("mine", "utf-8")
    (final / "shard.npy").write_text("old", "utf-8")
    made_folder(final, "shard.npy")
    assert (final / "notes.txt").read_text("utf-8") == "mine"
    assert (final / "shard.npy").read_text("utf-8") == "shard.npy"
    assert names(tmp_path) == ["set"]


def test_the_file_that_makes_a_folder_count_is_moved_last(tmp_path, monkeypatch):
    final = tmp_path / "set"
    final.mkdir()
    (final / "notes.txt").touch()
    moved = []
    replace = Path.replace
    monkeypatch.setattr(Path, "replace", lambda a, b: moved.append(b.name) or replace(a, b))
    with replacing(final, last="a.json") as part:
        part.mkdir()
        for name in ("a.json", "b.npy", "c.npy"):
            (part / name).touch()
    assert moved == ["b.npy", "c.npy", "a.json"]


THERE = {
    "a file": lambda path: path.write_text("mine", "utf-8"),
    "a folder with a file": lambda path: (path.mkdir(), (path / "mine").touch()),
    "a link to nothing": lambda path: path.symlink_to("nothing"),
}


def made_file(final, name, **choices):
    with replacing(final, **choices) as part:
        part.write_text(name, "utf-8")


def what_lies_in(folder):
    return sorted(
        (str(path.relative_to(folder)), path.is_symlink() or path.is_dir() or path.read_bytes())
        for path in folder.rglob("*")
    )


@pytest.mark.parametrize("make", [made_file, made_folder])
@pytest.mark.parametrize("there", THERE)
def test_what_exists_is_left_and_named_before_the_work(tmp_path, there, make):
    final = tmp_path / "made.tif"
    THERE[there](final)
    before = what_lies_in(tmp_path)
    work = []
    told = pytest.raises(ExistsError, match=r"made\.tif exists already.*--overwrite")
    with told as error, replacing(final, overwrite=False):
        work.append("done")
    assert error.value.exit_code == 2
    assert work == []
    with pytest.raises(ExistsError):
        make(final, "new", overwrite=False)
    assert what_lies_in(tmp_path) == before


@pytest.mark.parametrize("make", [made_file, made_folder])
@pytest.mark.parametrize("there", THERE)
@pytest.mark.parametrize("has_links", [True, False])
def test_what_comes_during_the_work_is_left_too(tmp_path, monkeypatch, there, make, has_links):
    final = tmp_path / "made.tif"
    if not has_links:
        monkeypatch.setattr(Path, "hardlink_to", refuse_links)
    before = []

    def work():
        with replacing(final, overwrite=False) as part:
            (part.mkdir if make is made_folder else part.touch)()
            THERE[there](final)
            before.extend(one for one in what_lies_in(tmp_path) if ".part-" not in one[0])

    with pytest.raises(ExistsError):
        work()
    assert what_lies_in(tmp_path) == before


def refuse_links(path, target):
    raise OSError(errno.EPERM, "no links here")


@pytest.mark.parametrize("has_links", [True, False])
def test_a_free_name_is_taken_with_and_without_links(tmp_path, monkeypatch, has_links):
    if not has_links:
        monkeypatch.setattr(Path, "hardlink_to", refuse_links)
    made_file(tmp_path / "new.tif", "whole", overwrite=False)
    assert (tmp_path / "new.tif").read_text("utf-8") == "whole"
    assert names(tmp_path) == ["new.tif"]


def test_an_empty_folder_may_have_the_name(tmp_path):
    (tmp_path / "set").mkdir()
    made_folder(tmp_path / "set", "shard.npy", overwrite=False)
    assert names(tmp_path / "set") == ["shard.npy"]


def test_an_empty_folder_is_no_place_for_a_file(tmp_path):
    (tmp_path / "set").mkdir()
    with pytest.raises(ExistsError):
        made_file(tmp_path / "set", "whole", overwrite=False)
    with pytest.raises(ExistsError):
        made_file(tmp_path / "set", "whole")
    assert names(tmp_path) == ["set"]


WRITER = """
import sys
from pathlib import Path
from satstudio.core.errors import ExistsError
from satstudio.core.files.replacing import replacing
final = Path(sys.argv[1])
try:
    with replacing(final, overwrite=False) as part:
        if sys.argv[2] == "folder":
            part.mkdir()
            part = part / "only.txt"
        part.write_text(sys.argv[3], "utf-8")
        print("ready", flush=True)
        sys.stdin.readline()
except ExistsError:
    sys.exit(2)
"""


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_of_two_processes_with_one_name_one_is_refused(tmp_path, kind):
    final = tmp_path / "made"
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(final), kind, text],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for text in ("one", "two")
    ]
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    codes = [writer.wait(timeout=60) for writer in writers]
    for writer in writers:
        writer.stdin.close()
        writer.stdout.close()
    assert sorted(codes) == [0, 2]
    text = (final / "only.txt" if kind == "folder" else final).read_text("utf-8")
    assert text == ("one", "two")[codes.index(0)]
    assert names(tmp_path) == ["made"]


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_a_killed_process_left_goes_at_the_next_start_of_the_same(tmp_path, kind):
    final = tmp_path / "made"
    killed, running = (
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(final), kind, "text"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    )
    for writer in (killed, running):
        assert writer.stdout.readline() == "ready\n"
    other = files.part_of(tmp_path / "made-otherwise")
    other.touch()
    killed.kill()
    killed.wait()
    assert len(names(tmp_path)) == 3
    write_text(tmp_path / "elsewhere.txt", "text")  # another name: not its business
    assert len(names(tmp_path)) == 4
    fail_while_writing(final, lambda part: part.touch())
    assert len([name for name in names(tmp_path) if name.startswith(".made.part-")]) == 1
    running.stdin.write("go\n")
    running.stdin.flush()
    assert running.wait(timeout=60) == 0
    for writer in (killed, running):
        writer.stdin.close()
        writer.stdout.close()
    assert sorted(names(tmp_path)) == sorted(["made", "elsewhere.txt", other.name])


def test_a_long_name_is_written_too(tmp_path):
    final = write_text(tmp_path / ("x" * 250 + ".txt"), "text")
    assert final.read_text("utf-8") == "text"


def test_free_names_are_counted_up(tmp_path):
    wanted = tmp_path / "demo.d"
    assert free_path(wanted) == wanted
    wanted.mkdir()
    (tmp_path / "demo-2.d").symlink_to("nothing")
    assert free_path(wanted).name == "demo-3.d"


def test_where_the_new_folder_cannot_be_moved_the_old_one_comes_back(tmp_path):
    final = tmp_path / "set"
    final.mkdir()
    (final / "old.npy").touch()
    with pytest.raises(WriteError, match="Cannot write set"), replacing(final):
        pass  # nothing was made
    assert names(final) == ["old.npy"]


def test_text_is_written_with_the_same_line_ends_everywhere(tmp_path):
    assert write_text(tmp_path / "a.txt", "one\ntwo\n").read_bytes() == b"one\ntwo\n"


def test_sha256_is_that_of_the_bytes(tmp_path):
    path = tmp_path / "big.bin"
    path.write_bytes(bytes(range(256)) * 5000)
    assert sha256_of(path) == hashlib.sha256(path.read_bytes()).hexdigest()


FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
SHORT = OSError("153600 requested and 76784 written")  # numpy's, without a number


@pytest.mark.parametrize(
    ("error", "reason"), [(FULL, "No space left on device"), (SHORT, "did not take all of it")]
)
def test_a_full_disk_is_one_sentence_with_the_final_name(tmp_path, error, reason):
    def work():
        with replacing(tmp_path / "set.npy") as part:
            part.write_bytes(b"half")
            raise error

    with pytest.raises(WriteError, match=rf"Cannot write set\.npy in .*: .*{reason}.*free space"):
        work()
    assert names(tmp_path) == []


def test_what_cannot_be_read_in_the_middle_of_writing_is_not_blamed_on_the_disk(tmp_path):
    def work():
        with replacing(tmp_path / "set.npy"):
            np.load(tmp_path / "input.npy")

    with pytest.raises(FileNotFoundError, match=r"input\.npy"):
        work()


def test_a_folder_that_cannot_be_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(WriteError, match=r"Cannot write new\.txt"):
        write_text(tmp_path / "file" / "new.txt", "text")


def test_a_read_only_folder_is_told(tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o555)
    if os.access(folder, os.W_OK):
        pytest.skip("this user may write anywhere")
    with pytest.raises(WriteError, match=r"Cannot write new\.txt in .*: Permission denied"):
        write_text(folder / "new.txt", "text")


def test_what_the_system_says_becomes_a_sentence():
    told = of_system(FileNotFoundError(errno.ENOENT, "No such file or directory", "a.npy"))
    assert str(told) == "Cannot read or write a.npy: No such file or directory."
    assert told.exit_code == 2
