"""The reader process: opens one file with GDAL and answers questions about it.

What crashes or hangs there, because a file is damaged, leaves the program alive. The door
`satstudio reader`; it ends with whoever started it.
"""

import contextlib
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from satstudio.core.errors import SatstudioError
from satstudio.core.grid import Size, Window
from satstudio.scenes.gdal.image import GdalImage
from satstudio.scenes.gdal.sub_datasets import sub_datasets
from satstudio.scenes.gdal.wire import Arrays, receive, send

Answer = tuple[Mapping[str, Any], Arrays]
ROOM_BYTES = 2**30
"""What a reading may take beside several times its pixels: blocks of the file, tables."""


class _Desk:
    """What this process can be asked for; `open` comes before `read`."""

    def __init__(self) -> None:
        self._image: GdalImage | None = None
        self._base = _address_space()

    def list_images(self, path: str) -> Answer:
        """Return the images of a container."""
        self._limit(0, path)
        return {"items": [asdict(item) for item in sub_datasets(Path(path))]}, ()

    def open(self, path: str, opened: str, hint: str, has_overviews: bool = True) -> Answer:
        """Open a dataset; returns all that is known about it."""
        self._limit(0, path)
        self._image = GdalImage(Path(path), opened, hint)
        if not has_overviews:
            self._image.without_overviews()
        return {"known": asdict(self._image.known)}, ()

    def read(self, window: list[int], shape: list[int], bands: list[int], wanted: int) -> Answer:
        """Read a window of `wanted` bytes of pixels."""
        if self._image is None:
            raise ValueError("nothing is open")
        self._limit(wanted)
        pixels, valid = self._image.read(Window(*window), Size(*shape), bands)
        return {}, (pixels, valid)

    def close(self) -> Answer:
        """Close what is open; another file may follow."""
        if self._image is not None:
            self._image.close()
        self._image = None
        return {}, ()

    def _limit(self, wanted: int, path: str = "") -> None:
        """Refuse memory out of proportion to what is read, on systems that can."""
        with contextlib.suppress(ImportError, OSError, ValueError):
            import resource  # lazy: a door of POSIX only

            if path and os.path.isfile(path):  # noqa: PTH113 - False for a name that is too long
                self._base = max(self._base, _address_space() + os.path.getsize(path))  # noqa: PTH202
            _, hard = resource.getrlimit(resource.RLIMIT_AS)
            resource.setrlimit(resource.RLIMIT_AS, (self._base + ROOM_BYTES + 4 * wanted, hard))


def main() -> int:
    """Answer until whoever asks is gone."""
    out = os.dup(1)
    os.dup2(2, 1)  # what libraries print never lands between the answers
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for whoever asks
    desk = _Desk()
    send(out, {})  # from here on, an end without an answer is the file's fault
    for question in iter(_questions().get, None):
        ask: Callable[..., Answer] = getattr(desk, question.pop("do"))
        try:
            head, arrays = ask(**question)
        except SatstudioError as error:
            head, arrays = {"error": str(error)}, ()
        except Exception as error:  # noqa: BLE001 - whatever a damaged file makes GDAL raise
            head, arrays = {"failed": f"{type(error).__name__}: {error}"}, ()
        send(out, head, arrays)
    return 0


def _questions() -> "queue.SimpleQueue[dict[str, Any]]":
    """Read questions on a thread of its own, which ends this process with its parent."""
    waiting: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()

    def listen() -> None:
        with contextlib.suppress(EOFError, ValueError, OSError):
            stream = os.fdopen(0, "rb", buffering=0)
            while True:
                waiting.put(receive(stream)[0])
        os._exit(0)  # also out of the middle of a reading

    threading.Thread(target=listen, name="questions", daemon=True).start()
    return waiting


def _address_space() -> int:
    """Return the bytes of address space in use; 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    except OSError:
        return sys.maxsize // 4
    return pages * os.sysconf("SC_PAGE_SIZE")
