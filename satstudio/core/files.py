"""replacing, write_text, sha256_of: nothing half-written has its final name."""

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from satstudio.core.errors import WriteError

FULL = {errno.ENOSPC, errno.EFBIG, errno.EROFS, errno.EIO, getattr(errno, "EDQUOT", errno.ENOSPC)}
"""Errors that only writing meets."""

SHORT = "requested and"
"""Stands in what numpy says where the disk took less than all; it gives no number."""

NO_SPACE = os.strerror(errno.ENOSPC)


@contextmanager
def replacing(final: Path) -> Iterator[Path]:
    """Give a temporary path beside `final` (same suffix); move it into place at a clean end.

    Works for files and folders. After an error nothing is left and `final` is untouched.
    A file is flushed to the disk before it gets its name.

    Raises
    ------
    WriteError
        If the disk is full, or rights or the folder forbid writing.
    """
    part = final.with_name(f".{final.stem}.part-{os.getpid()}{final.suffix}")
    with writing(final):
        final.parent.mkdir(parents=True, exist_ok=True)
        _remove(part)
    try:
        with writing(final, part):
            yield part
        with writing(final):
            if part.is_file():
                _sync(part)
            _move(part, final)
            _sync(final.parent)
    finally:
        _remove(part)


@contextmanager
def writing(final: Path, part: Path | None = None) -> Iterator[None]:
    """Turn what the system refuses into a WriteError; with `part` only what concerns writing it."""
    try:
        yield
    except WriteError:
        raise
    except OSError as error:
        if part is not None and not _is_of_writing(error, part):
            raise
        raise WriteError(write_sentence(final, error)) from error


def write_sentence(final: Path, error: Exception) -> str:
    """Return what could not be written, why, and what to try."""
    reason = getattr(error, "strerror", None) or str(error)
    if SHORT in reason:
        reason = "the disk did not take all of it"
    if NO_SPACE in reason:  # in whatever words a library wraps it
        reason = NO_SPACE
    return (
        f"Cannot write {final.name} in {final.parent.absolute()}: {reason}; check the disk's free "
        "space and the folder's rights."
    )


def write_text(final: Path, text: str) -> Path:
    """Write a text file in one piece; returns its path."""
    with replacing(final) as part:
        part.write_text(text, "utf-8", newline="\n")
    return final


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as hex digits, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _move(part: Path, final: Path) -> None:
    """Give `part` its name; a folder that has it goes at once, not file by file."""
    if not final.is_dir():
        part.replace(final)
        return
    old = final.with_name(f".{final.stem}.old-{os.getpid()}{final.suffix}")
    _remove(old)
    final.replace(old)
    try:
        part.replace(final)
    except OSError:
        old.replace(final)
        raise
    _remove(old)


def _is_of_writing(error: OSError, part: Path) -> bool:
    """Tell whether an error in the middle of work is one of the disk it writes to."""
    is_of_part = error.filename is not None and Path(os.fsdecode(error.filename)).is_relative_to(
        part
    )
    return error.errno in FULL or is_of_part or (error.errno is None and SHORT in str(error))


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    if os.name != "posix":  # Windows opens no folders, and flushes on rename
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
