"""replacing, write_text, sha256_of: nothing half-written has its final name."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(final: Path) -> Iterator[Path]:
    """Give a temporary path beside `final` (same suffix); move it into place at a clean end.

    Works for files and folders. After an error nothing is left and `final` is untouched.
    A file is flushed to the disk before it gets its name.
    """
    final.parent.mkdir(parents=True, exist_ok=True)
    part = final.with_name(f".{final.stem}.part-{os.getpid()}{final.suffix}")
    _remove(part)
    try:
        yield part
        if part.is_file():
            _sync(part)
        if final.is_dir():
            shutil.rmtree(final)
        part.replace(final)
        _sync(final.parent)
    finally:
        _remove(part)


def write_text(final: Path, text: str) -> Path:
    """Write a text file in one piece; returns its path."""
    with replacing(final) as part:
        part.write_text(text, "utf-8", newline="\n")
    return final


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as hex digits, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


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
