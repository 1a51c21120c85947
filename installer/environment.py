"""The environment of satstudio: `.venv` in the checkout, with pinned packages.

Which packages: `pyproject.toml`. Which versions: `constraints.txt`. A stamp in the environment
tells the next start that nothing is left to do.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

import bare_system

ROOT = Path(__file__).resolve().parents[1]
CONSTRAINTS = Path(__file__).resolve().with_name("constraints.txt")
TORCH = "2.13.0"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
BUILD_TOOLS = ["hatchling", "editables"]
DOWNLOAD_MB = 500
DISK_GB = 2.0

NETWORK = re.compile(
    "NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ProxyError|SSLError|"
    "name resolution|Network is unreachable|Connection (refused|reset|aborted|broken)|timed out|"
    "getaddrinfo failed|Max retries exceeded"
)


class SetupError(Exception):
    """One sentence: what failed and what to try; `code` is the exit status."""

    def __init__(self, text: str, code: int = 2) -> None:
        super().__init__(text)
        self.code = code


class Environment:
    """The virtual environment in one folder.

    Parameters
    ----------
    folder : where it is or will be
    """

    def __init__(self, folder: Path = ROOT / ".venv") -> None:
        self.folder = folder
        parts = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
        self.python = folder.joinpath(*parts)

    def is_ready(self, extras: list[str]) -> bool:
        """Tell whether the packages of `extras` were installed here and nothing changed since."""
        stamp = self._stamp(extras)
        return self.python.exists() and stamp.is_file() and stamp.read_text() == fingerprint(extras)

    def is_usable(self) -> bool:
        """Tell whether there is a Python of a known version with pip; half-made ones have none."""
        code = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
        if not self.python.exists():
            return False
        return _quiet([str(self.python), "-c", code]).returncode == 0

    def make(self) -> None:
        """Make the environment, anew where a half-made or broken one lies there."""
        print(f"Making the environment {self.folder}", flush=True)
        done = _quiet([sys.executable, "-m", "venv", "--clear", str(self.folder)])
        if done.returncode or not self.is_usable():
            last = (done.stdout.strip().splitlines() or ["no reason was given"])[-1]
            raise SetupError(f"Cannot make the environment {self.folder}: {last}")

    def install(self, extras: list[str]) -> None:
        """Install the packages of pyproject.toml and these extras, at the pinned versions."""
        wanted = requirements(extras)
        self._say_size()
        index = self._index_of_cpu_torch() if "learn" in extras else []
        pins = ["-c", str(CONSTRAINTS), "--only-binary", ":all:"]
        self._pip(["install", *pins, *index, *BUILD_TOOLS, *wanted])
        self._pip(["install", "--no-deps", "--no-build-isolation", "-e", str(ROOT)])
        for count in range(1, len(extras) + 1):  # whoever has [learn, dev] also has [learn]
            self._stamp(extras[:count]).write_text(fingerprint(extras[:count]))

    def _stamp(self, extras: list[str]) -> Path:
        return self.folder / ("-".join(["satstudio", *extras]) + ".installed")

    def _say_size(self) -> None:
        if self._has_torch():
            print("Completing the packages of the environment.", flush=True)
            return
        free, needed = shutil.disk_usage(self.folder).free / 1e9, DISK_GB + DOWNLOAD_MB / 1e3
        print(
            f"Installing packages: about {DOWNLOAD_MB} MB to download (PyTorch for the CPU 192, "
            f"Qt 84), {DISK_GB:.0f} GB on the disk; {free:.0f} GB are free. A few minutes, once.",
            flush=True,
        )
        if free < needed:
            raise SetupError(
                f"Too little room for {self.folder}: {free:.1f} GB are free, {needed:.1f} needed."
            )

    def _has_torch(self) -> bool:
        code = "import importlib.metadata as m; print(m.version('torch'))"
        return _quiet([str(self.python), "-c", code]).stdout.startswith(TORCH)

    def _index_of_cpu_torch(self) -> list[str]:
        """Return pip's options that reach a PyTorch without CUDA; on Linux the same pin has both.

        Raises
        ------
        SetupError
            Where pip would take the CUDA build: several GB that this program does not use.
        """
        if not sys.platform.startswith("linux") or os.environ.get("SATSTUDIO_TORCH") == "any":
            return []
        if self._has_torch():
            return []
        for index in ([], ["--extra-index-url", CPU_INDEX]):
            command = ["index", "versions", "torch", *index]
            listed = _quiet([str(self.python), "-m", "pip", *command]).stdout
            if re.search(rf"\b{re.escape(TORCH)}\+cpu\b", listed):
                return index
        if NETWORK.search(listed):
            raise SetupError(f"{_NO_NETWORK} PyTorch without CUDA comes from {CPU_INDEX}.")
        raise SetupError(
            f"pip finds PyTorch {TORCH} only as a CUDA build of several GB for Python "
            f"{platform.python_version()} on {platform.machine()}: use Python 3.11, or set "
            "SATSTUDIO_TORCH=any to take what it finds."
        )

    def _pip(self, arguments: list[str]) -> None:
        """Run pip; what it prints is shown, a failure becomes one sentence."""
        quiet = [] if sys.stdout.isatty() else ["-q"]
        command = [str(self.python), "-m", "pip", *arguments, *quiet]
        said: list[str] = []
        with subprocess.Popen(
            command, stderr=subprocess.PIPE, text=True, errors="replace"
        ) as process:
            for line in process.stderr or ():
                said.append(line)
                if "is ignored: it is neither a file nor" not in line:  # a local index with gaps
                    print(line, end="", file=sys.stderr, flush=True)
        if process.returncode:
            raise SetupError(explained("".join(said)))


_NO_NETWORK = (
    "pip could not reach the package index: check the connection and the proxy, then give the "
    "same command again; what was downloaded is kept."
)


def explained(said: str) -> str:
    """Return one sentence for what pip wrote before it failed."""
    if NETWORK.search(said):
        return _NO_NETWORK
    if "No space left" in said:
        return "The disk is full: make room, then give the same command again."
    found = re.search(r"No matching distribution found for ([^\s;]+)", said)
    if found:
        return (
            f"pip finds no {found[1]} for Python {platform.python_version()} on "
            f"{platform.system()} {platform.machine()}: the package index is out of reach, or has "
            "none for this Python (3.11 is the version that is tried)."
        )
    return "pip failed; its last lines above say why."


def requirements(extras: list[str]) -> list[str]:
    """Return the requirement lines of pyproject.toml: dependencies, then those of the extras."""
    import tomllib  # lazy: bootstrap.py first says that Python before 3.11 is too old

    with (ROOT / "pyproject.toml").open("rb") as stream:
        project = tomllib.load(stream)["project"]
    optional = project["optional-dependencies"]
    return [*project["dependencies"], *(line for name in extras for line in optional[name])]


def fingerprint(extras: list[str]) -> str:
    """Return a text that changes with everything an installation depends on."""
    python = sys.version_info[:2]
    parts = [requirements(extras), CONSTRAINTS.read_text("utf-8"), python, str(ROOT)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def prepare(extras: list[str]) -> Environment:
    """Return an environment with everything in it; quick where nothing is left to do.

    Raises
    ------
    SetupError
        One sentence on what is missing; status 3 where an administrator has to help.
    """
    environment = Environment()
    if environment.is_ready(extras):
        return environment
    if not environment.is_usable():
        if bare_system.lacks_ensurepip():
            text = "This Python cannot make an environment: ensurepip is not there. "
            raise SetupError(text + bare_system.advice(with_venv=True), 3)
        environment.make()
    environment.install(extras)
    return environment


def _quiet(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command and keep what it says, both streams as one."""
    return subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
    )
