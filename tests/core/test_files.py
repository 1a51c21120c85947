"""Nothing half-written has its final name."""

import errno
import hashlib
import os
import shutil

import numpy as np
import pytest

from satstudio.core import files
from satstudio.core.errors import WriteError, of_system
from satstudio.core.files import replacing, sha256_of, write_text


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


def test_a_folder_replaces_the_folder_before_it(tmp_path):
    final = tmp_path / "set"
    for name in ("old.npy", "new.npy"):
        with replacing(final) as part:
            part.mkdir()
            (part / name).touch()
    assert names(final) == ["new.npy"]


def test_a_folder_is_never_half_removed_under_its_name(tmp_path, monkeypatch):
    final = tmp_path / "set"
    final.mkdir()
    (final / "old.npy").touch()
    seen = []
    rmtree = shutil.rmtree
    monkeypatch.setattr(files.shutil, "rmtree", lambda path: seen.append(path) or rmtree(path))
    with replacing(final) as part:
        part.mkdir()
        (part / "new.npy").touch()
    assert names(final) == ["new.npy"]
    assert final not in seen
    assert names(tmp_path) == ["set"]


def test_where_the_new_folder_cannot_be_moved_the_old_one_comes_back(tmp_path):
    final = tmp_path / "set"
    final.mkdir()
    (final / "old.npy").touch()
    with pytest.raises(WriteError, match="Cannot write set"), replacing(final):
        pass  # nothing was made
    assert names(final) == ["old.npy"]


def test_what_a_killed_writer_left_is_no_hindrance(tmp_path):
    final = tmp_path / "set"
    with replacing(final) as part:
        leftover = part
        part.mkdir()
    leftover.mkdir()
    (leftover / "half").touch()
    with replacing(final) as part:
        assert not part.exists()
        part.mkdir()
    assert names(tmp_path) == ["set"]


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
