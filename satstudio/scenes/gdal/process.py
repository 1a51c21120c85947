"""ApartImage, listed_apart, reader_kept: fragile files, read by a process of their own.

HDF5, netCDF and other libraries crash or hang on damaged files. Here the program that asks
stays alive and gets one sentence.
"""

import contextlib
import subprocess
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import SceneReadError
from satstudio.core.grid import Size, Window
from satstudio.core.raster import Mask, Pixels
from satstudio.core.system.program import program_command
from satstudio.scenes.gdal.describe import Description, numpy_type
from satstudio.scenes.gdal.sub_datasets import SubDataset
from satstudio.scenes.gdal.wire import built, receive, send

LIMIT_S = 30.0
"""How long opening, or reading LIMIT_BYTES, may take."""

LIMIT_BYTES = 2**28
MOST_STARTS = 4
"""A file that makes its reader crash this often is not tried again."""

SPARE_S = 1.0
"""How long the process that listed the images of a file waits to open one."""

MOST_FREE = 4
"""Children that are kept for the next file, at most."""

PIPE_BYTES = 2**20
_F_SETPIPE_SZ = 1031

Reply = tuple[dict[str, Any], list[npt.NDArray[Any]]]


class ReaderProcess:
    """A child that opens one file; a new one follows where it crashed. Safe between threads.

    Parameters
    ----------
    path : of the file, for messages
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._process: subprocess.Popen[bytes] | None = None
        self._starts = 0
        self._is_late = False
        self._end: Callable[[], object] = lambda: None
        self._is_ready = False

    @property
    def is_running(self) -> bool:
        """Tell whether the child lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """Process number, once started."""
        return self._process.pid if self._process else None

    def ask(self, question: Mapping[str, Any], limit_s: float) -> Reply:
        """Put a question, and wait at most `limit_s` seconds.

        Raises
        ------
        SceneReadError
            If the child crashes, is late, or says what is wrong with the file.
        """
        process = self._started()
        watchdog = threading.Timer(limit_s, self._on_late, [process])
        watchdog.daemon = True
        watchdog.start()
        try:
            if not self._is_ready:
                receive(_stream(process.stdout))
                self._is_ready = True
            send(_fileno(process.stdin), question)
            head, arrays = receive(_stream(process.stdout))
        except (EOFError, OSError, ValueError, TypeError, KeyError) as error:
            self.close()
            raise SceneReadError(self._obituary(process.returncode, limit_s)) from error
        except BaseException:  # a stop in the middle: the rest of the answer is nobody's
            self.close()
            raise
        finally:
            watchdog.cancel()
        if "error" in head:
            raise SceneReadError(head["error"])
        if "failed" in head:
            raise SceneReadError(
                f"Cannot read {self._path.name}: its reader failed ({head['failed']}); "
                "copy or download it again."
            )
        return head, arrays

    def close(self) -> None:
        """End the child."""
        self._end()

    def lend(self, path: Path) -> "ReaderProcess":
        """Serve another file from now on; the child goes on where it lives."""
        self._path = path
        self._starts = 0
        return self

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self.is_running:
            return self._process
        self.close()
        if self._starts >= MOST_STARTS:
            raise SceneReadError(self._crashed())
        self._starts += 1
        self._is_late = self._is_ready = False
        self._process = _start()
        self._end = weakref.finalize(self, _stop, self._process)
        return self._process

    def _on_late(self, process: "subprocess.Popen[bytes]") -> None:
        self._is_late = True
        process.kill()

    def _obituary(self, code: int, limit_s: float) -> str:
        name = self._path.name
        if not (self._is_ready or self._is_late):
            return f"Cannot open {name}: its reader process does not start (exit code {code})."
        if self._is_late:
            return (
                f"Reading {name} took more than {limit_s:.0f} s and was ended; the file is "
                "damaged, or its disk does not answer."
            )
        if code == -9:
            return f"The reader of {name} was killed, most likely because memory ran out."
        return self._crashed()

    def _crashed(self) -> str:
        name = self._path.name
        return f"{name} made its reader crash; the file is damaged: copy or download it again."


class ApartImage:
    """One GDAL dataset of a child process; as GdalImage, without its danger.

    Attributes
    ----------
    known : all metadata
    """

    def __init__(self, path: Path, opened: str, hint: str) -> None:
        self._path = path
        self._opening: dict[str, Any] = {
            "do": "open", "path": str(path), "opened": opened, "hint": hint,
        }  # fmt: skip
        self._lock = threading.Lock()
        self._is_closed = False
        self._reader = _spares.taken(path)
        self._pid: int | None = None
        self.known: Description = self._opened()

    def without_overviews(self) -> None:
        """Take the nearest pixels of full resolution for coarser readings from now on."""
        self._opening["has_overviews"] = False
        with self._lock:
            self._opened()

    def read(self, window: Window, shape: Size, bands: Sequence[int]) -> tuple[Pixels, Mask]:
        """Read bands (0-based) of a window, every n-th pixel where `shape` is smaller."""
        each = np.dtype(numpy_type(self.known.dtype)).itemsize
        wanted = max(shape.pixels * len(bands) * each, 1)
        question = {
            "do": "read",
            "window": [window.row, window.col, window.rows, window.cols],
            "shape": [shape.rows, shape.cols],
            "bands": [int(band) for band in bands],
            "wanted": wanted,
        }
        with self._lock:
            try:
                self._check_open()
                _, (pixels, valid) = self._reader.ask(question, _limit_s(wanted))
            finally:
                if self._is_closed:
                    self._reader.close()
        return pixels, valid

    def close(self) -> None:
        """End the child, or keep it for the next file; one that is at work is ended after it."""
        self._is_closed = True
        if self._lock.acquire(blocking=False):
            try:
                mine, self._reader = self._reader, ReaderProcess(self._path)
                _spares.give_back(mine)  # others may have it now
            finally:
                self._lock.release()

    def _check_open(self) -> None:
        """See that a child has the file open: the first, or one that follows a crash."""
        if self._is_closed:
            raise SceneReadError(f"{self._path.name} was closed; open it again.")
        if not self._reader.is_running or self._reader.pid != self._pid:
            self._opened()

    def _opened(self) -> Description:
        try:
            head, _ = self._reader.ask(self._opening, LIMIT_S)
        except SceneReadError:
            self._reader.close()
            raise
        self._pid = self._reader.pid
        known: Description = built(Description, head["known"])
        return known


def listed_apart(path: Path) -> list[SubDataset]:
    """List the images of a container, as `sub_datasets` does, in a child process."""
    reader = _spares.taken(path)
    try:
        head, _ = reader.ask({"do": "list_images", "path": str(path)}, LIMIT_S)
    except SceneReadError:
        reader.close()
        raise
    _spares.put(path, reader)
    return [built(SubDataset, item) for item in head["items"]]


class _Spares:
    """The child that listed the images of a file, kept for a moment: it will be opened next.

    Where many files are read (`reader_kept`), the child of one is kept for the next.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[Path, tuple[ReaderProcess, threading.Timer]] = {}
        self._free: list[ReaderProcess] = []
        self._keepers = 0

    def taken(self, path: Path) -> ReaderProcess:
        """Return the child that waits for a path, or a free or new one."""
        with self._lock:
            reader, timer = self._waiting.pop(path, (None, None))
            free = self._free.pop() if reader is None and self._free else None
        if reader is None or timer is None:
            return free.lend(path) if free is not None else ReaderProcess(path)
        timer.cancel()
        return reader

    def give_back(self, reader: ReaderProcess) -> None:
        """Keep a child for the next file where there may be one, else end it."""
        if self._keepers and reader.is_running:
            try:
                reader.ask({"do": "close"}, LIMIT_S)
            except SceneReadError:
                return  # it has ended
            with self._lock:
                if self._keepers and len(self._free) < MOST_FREE:
                    self._free.append(reader)
                    return
        reader.close()

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """Keep children of closed files until the end of the block."""
        with self._lock:
            self._keepers += 1
        try:
            yield
        finally:
            with self._lock:
                self._keepers -= 1
                ended = [] if self._keepers else self._free
                self._free = self._free if self._keepers else []
            for reader in ended:
                reader.close()

    def put(self, path: Path, reader: ReaderProcess) -> None:
        """Keep a child for SPARE_S."""
        timer = threading.Timer(SPARE_S, self._drop, [path, reader])
        timer.daemon = True
        with self._lock:
            before = self._waiting.pop(path, None)
            self._waiting[path] = (reader, timer)
        timer.start()
        if before is not None:
            before[1].cancel()
            before[0].close()

    def _drop(self, path: Path, reader: ReaderProcess) -> None:
        with self._lock:
            if self._waiting.get(path, (None,))[0] is not reader:
                return
            del self._waiting[path]
        reader.close()


_spares = _Spares()


def reader_kept() -> contextlib.AbstractContextManager[None]:
    """Let files that are opened one after the other share a child, whose start takes 0.2 s."""
    return _spares.kept()


def _start() -> "subprocess.Popen[bytes]":
    try:
        process = subprocess.Popen(  # noqa: S603 - our own program
            program_command("reader"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # libraries complain there of damaged files
            bufsize=0,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        raise SceneReadError(f"Cannot start a reader process: {error.strerror}.") from error
    with contextlib.suppress(ImportError, OSError):
        import fcntl  # lazy: a door of POSIX only

        fcntl.fcntl(_fileno(process.stdout), _F_SETPIPE_SZ, PIPE_BYTES)
    return process


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):
            _stream(stream).close()


def _stream(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise EOFError
    return stream


def _fileno(stream: IO[bytes] | None) -> int:
    return _stream(stream).fileno()


def _limit_s(wanted: int) -> float:
    """Return how long a reading of `wanted` bytes may take: more where it is huge."""
    return LIMIT_S * max(1.0, wanted / LIMIT_BYTES)
