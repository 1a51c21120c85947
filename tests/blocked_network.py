"""Guard: every socket that is not local to the machine fails, in child processes too."""

import os
import socket
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

LOCAL = {getattr(socket, "AF_UNIX", None), getattr(socket, "AF_NETLINK", None)}

# A child process runs this before its own code: PYTHONPATH names its folder.
FOR_CHILDREN = """
import os, sys, traceback
def hook(event, args, folder=os.path.dirname(__file__)):
    family = args[1] if event == "socket.__new__" and len(args) > 1 else None
    if event == "socket.getaddrinfo" or (family is not None and family not in (-1, 1, 16)):
        with open(os.path.join(folder, "touched.txt"), "a") as stream:
            stream.write(event + " in " + " ".join(sys.argv) + "\\n")
        raise RuntimeError("the network is blocked in this test: " + event)
sys.addaudithook(hook)
"""


class NetworkTouchedError(RuntimeError):
    """Code under test asked for a socket or a name."""


class Guard:
    """Context manager; `touched()` tells afterwards what was tried, also by children."""

    _current: "Guard | None" = None
    _is_hooked = False

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: list[str] = []
        (folder / "sitecustomize.py").write_text(FOR_CHILDREN, "utf-8")

    def __enter__(self) -> Self:
        if not Guard._is_hooked:  # an audit hook stays for good, so there is one, with a switch
            Guard._is_hooked = True
            sys.addaudithook(_hook)
        Guard._current = self
        self._path = os.environ.get("PYTHONPATH")
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(self._folder), self._path]))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        Guard._current = None
        if self._path is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = self._path

    def touch(self, event: str) -> None:
        """Note an attempt and refuse it."""
        self._seen.append(event)
        raise NetworkTouchedError(f"the network is blocked in this test: {event}")

    def touched(self) -> list[str]:
        """Return the attempts so far."""
        report = self._folder / "touched.txt"
        return self._seen + (report.read_text("utf-8").splitlines() if report.is_file() else [])


def _hook(event: str, args: tuple[object, ...]) -> None:
    guard = Guard._current
    if guard is None or not event.startswith("socket."):
        return
    if event == "socket.getaddrinfo":
        guard.touch(event)
    if event == "socket.__new__" and args[1] not in LOCAL | {-1}:
        guard.touch(f"{event} {args[1]}")
