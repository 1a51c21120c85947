"""What a bare system lacks: ensurepip, the libraries that Qt needs, a font; and how to get it."""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

# library that Qt loads -> its package on Debian and Ubuntu
QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}
# what a window on an X display loads besides; a megabyte together
X_LIBRARIES = {
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")
FONT_KINDS = {".ttf", ".otf", ".ttc", ".pfb"}


def lacks_ensurepip() -> bool:
    """Tell whether this Python cannot make a virtual environment with pip in it."""
    importlib.invalidate_caches()
    return importlib.util.find_spec("ensurepip") is None


def missing_for_qt(*, on_screen: bool) -> dict[str, str]:
    """Return what Qt needs and is not there, as {name: Debian package}; Linux only.

    `on_screen` asks for a window that can be seen; without it for one that is only drawn.
    """
    if not sys.platform.startswith("linux"):
        return {}
    libraries = {**QT_LIBRARIES, **(X_LIBRARIES if on_screen else {})}
    missing = {name: package for name, package in libraries.items() if not _loads(name)}
    if not _has_font():
        missing["a font"] = "fonts-dejavu-core"
    return missing


def has_display() -> bool:
    """Tell whether a window can be shown."""
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def venv_package() -> str:
    """Return the Debian package that brings ensurepip to the Python that runs this."""
    usual = shutil.which("python3", path="/usr/bin")
    is_usual = usual is not None and Path(usual).resolve() == Path(sys.executable).resolve()
    return "python3-venv" if is_usual else f"python3.{sys.version_info[1]}-venv"


def can_install() -> bool:
    """Tell whether system packages can be installed from here: root, on Debian or Ubuntu."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(packages: list[str]) -> bool:
    """Install Debian packages as root; tell whether apt-get says that it is done."""
    apt = shutil.which("apt-get") or "apt-get"
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    print("Installing system packages: " + " ".join(packages), flush=True)
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        done = subprocess.run(
            [apt, "-q", *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode and command != ["update"]:  # lists that are there may still do
            print("\n".join(done.stdout.splitlines()[-5:]), file=sys.stderr)
            return False
    return True


def the_command(packages: list[str]) -> str:
    """Return the one command that an administrator gives on Debian or Ubuntu."""
    sudo = "sudo " if shutil.which("sudo") else ""
    names = " ".join(packages)
    return f"{sudo}apt-get update && {sudo}apt-get install -y --no-install-recommends {names}"


def advice(*, with_venv: bool) -> str:
    """Say how to get all that is missing, as one command where the system is known."""
    missing = missing_for_qt(on_screen=True)
    if with_venv and lacks_ensurepip():
        missing["ensurepip"] = venv_package()
    if shutil.which("apt-get"):
        as_root = "" if shutil.which("sudo") else " (as root)"
        packages = sorted(set(missing.values()))
        return f"One command installs what is missing{as_root}:\n\n    {the_command(packages)}\n"
    names = ", ".join(sorted(missing))
    return f"Install them with this system's package manager: {names}.\n"


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _has_font() -> bool:
    for folder in FONT_FOLDERS:
        for _, _, names in os.walk(Path(folder).expanduser()):
            if any(Path(name).suffix.lower() in FONT_KINDS for name in names):
                return True
    return False
