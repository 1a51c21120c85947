"""replacing, write_text, sha256_of: nothing half-written has its final name.

What lies there already is replaced only where the caller was told so (`overwrite`): the program's
own files (settings, caches, checkpoints) always, a user's result only when he asked for it.
"""

import errno
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from satstudio.core.errors import ExistsError, InputError, WriteError
from satstudio.core.system.processes import is_dead, own_mark

FULL = {errno.ENOSPC, errno.EFBIG, errno.EROFS, errno.EIO, getattr(errno, "EDQUOT", errno.ENOSPC)}
"""Errors that only writing meets."""

SHORT = "requested and"
"""Stands in what numpy says where the disk took less than all; it gives no number."""

NO_SPACE = os.strerror(errno.ENOSPC)

TAKEN = {errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR, errno.EISDIR}
"""What a move answers where something has the name."""

STEM_BYTES = 120
"""So much of a name stands in that of its part; a file system takes 255 bytes in all."""

_numbers = count()


@contextmanager
def replacing(final: Path, *, overwrite: bool = True, last: str = "") -> Iterator[Path]:
    """Give a temporary path beside `final` (same suffix); move it into place at a clean end.

    Works for files and folders. After an error nothing is left and `final` is untouched.
    A file is flushed to the disk before it gets its name. Of a folder that exists, the files that
    were made take the places of those of the same names; all else in it stays.

    Parameters
    ----------
    overwrite : False: what has this name, also when it comes while the work is done, stays, and
        that is an error; an empty folder may have it
    last : in a folder that exists, name of the file that is moved last: with it the rest counts

    Raises
    ------
    ExistsError
        If `final` exists and is not to be replaced, or is a folder where a file was made, or a
        file where a folder was made.
    WriteError
        If the disk is full, or rights or the folder forbid writing.
    """
    refuse_existing(final, overwrite=overwrite or _is_empty_folder(final))
    part = part_of(final)
    with writing(final):
        final.parent.mkdir(parents=True, exist_ok=True)
        remove_leftovers(final.parent, final.name)
    try:
        with writing(final, part):
            yield part
        with writing(final):
            if part.is_file():
                _sync(part)
            _move(part, final, overwrite=overwrite, last=last)
            _sync(final.parent)
    finally:
        remove_made(part)


def refuse_existing(*finals: Path, overwrite: bool) -> None:
    """Refuse to go on where something has one of these names, be it a link to nothing.

    Ask before long work; `replacing` asks again, in one step with the move.

    Raises
    ------
    ExistsError
        Naming the first that exists, unless it may be replaced.
    """
    for final in finals:
        if not overwrite and os.path.lexists(final):
            raise _taken(final)


def refuse_folder(final: Path, *, overwrite: bool) -> None:
    """Refuse to make a folder where there is a file, or, unasked, one that holds something.

    Raises
    ------
    ExistsError
        If so.
    """
    if not os.path.lexists(final) or _is_empty_folder(final):
        return
    if not final.is_dir():
        raise ExistsError(f"{final} is a file; give a folder's name.")
    refuse_existing(final, overwrite=overwrite)


def refuse_file(*finals: Path, overwrite: bool) -> None:
    """Refuse to make a file where there is a folder, or, unasked, anything at all.

    Raises
    ------
    ExistsError
        If so.
    """
    for final in finals:
        if final.is_dir():
            raise ExistsError(f"Cannot write {final}: it is a folder; give a file's name.")
    refuse_existing(*finals, overwrite=overwrite)


def refuse_input(out: Path, *inputs: Path) -> None:
    """Refuse to write over what is read, also where that might be replaced.

    Raises
    ------
    InputError
        If `out` is one of the inputs, by whatever name.
    """
    for path in inputs:
        if out.exists() and path.exists() and out.samefile(path):
            raise InputError(f"{out} is an input itself; give another name.")


def free_path(wanted: Path) -> Path:
    """Return `wanted`, or STEM-2, STEM-3, ... (same suffix) where that exists."""
    path, number = wanted, 1
    while os.path.lexists(path):
        number += 1
        path = wanted.with_name(f"{wanted.stem}-{number}{wanted.suffix}")
    return path


def part_of(final: Path) -> Path:
    """Return a name beside `final`, of its suffix, that no process has given to anything else."""
    return final.with_name(f"{_part_head(final.name)}{own_mark()}-{next(_numbers)}{final.suffix}")


def remove_leftovers(folder: Path, name: str = "") -> None:
    """Remove what processes that have ended left half-written of `name`; "": of all names.

    Parts of processes that run, and of other machines, stay.
    """
    head = re.escape(_part_head(name)) if name else r"\..*\.part-"
    tail = re.escape(Path(name).suffix) if name else r"(\.[^.]*)?"
    pattern = re.compile(head + r"(?P<mark>\d+-[0-9a-f]{8}-[0-9a-f]{8})-\d+" + tail)
    for path in folder.iterdir():
        found = pattern.fullmatch(path.name)
        if found and is_dead(found["mark"]):
            remove_made(path)


def remove_made(path: Path) -> None:
    """Remove what this program made: a file, or a folder with all in it."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


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


def write_text(final: Path, text: str, *, overwrite: bool = True) -> Path:
    """Write a text file in one piece; returns its path."""
    with replacing(final, overwrite=overwrite) as part:
        part.write_text(text, "utf-8", newline="\n")
    return final


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as hex digits, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _move(part: Path, final: Path, *, overwrite: bool, last: str) -> None:
    """Give `part` its name; raises ExistsError where that is taken and may not be replaced."""
    try:
        if not part.is_dir():
            _move_file(part, final, overwrite=overwrite)
        elif overwrite and final.is_dir():
            _move_inside(part, final, last)
        else:
            _move_folder(part, final)
    except OSError as error:
        if error.errno in TAKEN and os.path.lexists(final):
            raise _taken(final) from error
        raise


def _move_file(part: Path, final: Path, *, overwrite: bool) -> None:
    if overwrite:
        part.replace(final)
    elif os.name == "nt":  # there a rename refuses a name that is taken
        part.rename(final)
    else:
        _link(part, final)


def _link(part: Path, final: Path) -> None:
    """Give a file a second name that nothing had; without links take the name, then fill it."""
    try:
        final.hardlink_to(part)
    except FileExistsError:
        raise
    except OSError:
        final.touch(exist_ok=False)
        try:
            part.replace(final)
        except OSError:
            final.unlink()
            raise


def _move_folder(part: Path, final: Path) -> None:
    """Rename a folder; the system refuses where the name is taken, but by an empty folder."""
    if os.name == "nt" and final.is_dir():
        final.rmdir()
    part.rename(final)


def _move_inside(part: Path, final: Path, last: str) -> None:
    """Move what is in a folder into one that exists, file by file."""
    names = sorted((path.name for path in part.iterdir()), key=lambda name: (name == last, name))
    for name in names:
        if (part / name).is_dir() != (final / name).is_dir() and os.path.lexists(final / name):
            raise _taken(final / name)
    for name in names:
        if (final / name).is_dir():
            _move_inside(part / name, final / name, last)
        else:
            (part / name).replace(final / name)


def _taken(path: Path) -> ExistsError:
    return ExistsError(
        f"{path} exists already and stays as it is; give another name, or --overwrite to replace "
        "what this makes."
    )


def _is_empty_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink() and not any(path.iterdir())


def _part_head(name: str) -> str:
    stem = Path(name).stem.encode("utf-8", "surrogateescape")[:STEM_BYTES]
    return f".{stem.decode('utf-8', 'ignore')}.part-"


def _is_of_writing(error: OSError, part: Path) -> bool:
    """Tell whether an error in the middle of work is one of the disk it writes to."""
    is_of_part = error.filename is not None and Path(os.fsdecode(error.filename)).is_relative_to(
        part
    )
    return error.errno in FULL or is_of_part or (error.errno is None and SHORT in str(error))


def _sync(path: Path) -> None:
    if os.name != "posix":  # Windows opens no folders, and flushes on rename
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
