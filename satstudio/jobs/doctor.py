"""examine: versions, drivers, providers, folders, and what is missing."""

import importlib
import importlib.metadata
import importlib.util
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from satstudio.core.errors import SatstudioError
from satstudio.core.paths import (
    cache_folder,
    logs_folder,
    plugins_folder,
    resources_folder,
    settings_folder,
    state_folder,
)
from satstudio.core.progress import Progress
from satstudio.core.version import VERSION
from satstudio.jobs.client import run_job
from satstudio.jobs.job import Job

NEEDED = (
    "numpy", "scipy", "pydantic", "platformdirs", "tomli-w", "rasterio", "onnx", "onnxruntime",
    "pillow", "matplotlib", "jinja2", "scikit-image", "click", "rich", "psutil",
)  # fmt: skip
WINDOW = ("PySide6_Essentials", "shiboken6", "pyqtgraph", "python-lucide")
LEARN = ("torch", "safetensors", "onnxscript", "lightning-fabric")
DRIVERS = ("GTiff", "PNG", "JPEG", "SAFE", "NITF", "ENVI", "COSAR", "HDF5", "netCDF")
REMEDIES = {
    **dict.fromkeys(("settings", "cache", "logs", "state"), "set SATSTUDIO_HOME"),
    "study": "choose another one in the settings",
}
FONT_FOLDERS = (
    "/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts",
    "/System/Library/Fonts", "/Library/Fonts", "C:/Windows/Fonts",
)  # fmt: skip


def examine(progress: Progress, study: Path | None = None) -> dict[str, Any]:
    """Look at the installation and the machine; nothing is changed and no window opened.

    Parameters
    ----------
    study : the user's study folder, which is looked at too where he chose one

    Returns
    -------
    dict
        JSON values; `missing` has one sentence for each thing that does not work here, `broken`
        those among them without which satstudio does not work at all.
    """
    missing: list[str] = []
    broken: list[str] = []
    progress.report(0.0, "Looking at packages")
    packages = {
        "needed": _versions(NEEDED, broken, "satstudio does not work without it"),
        "window": _versions(WINDOW, missing, "the window does not open without it"),
        "learn": _versions(LEARN, missing, "training needs it: install satstudio[learn]"),
    }
    progress.report(0.2, "Looking at libraries")
    report = {
        "version": VERSION,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "program": sys.executable,
        "packages": packages,
        "gdal": _gdal(missing, broken),
        "onnxruntime": _providers(broken),
        "qt": _qt(missing),
        "folders": _folders(broken, study),
        "fonts": _fonts(missing),
        "machine": _machine(),
    }
    progress.report(0.5, "Asking torch")
    report["torch"] = _torch(missing, progress.part(0.5, 1.0))
    return {**report, "missing": broken + missing, "broken": broken}


def describe_torch(progress: Progress) -> dict[str, Any]:
    """Say what torch has to work with; imports it, so in a worker."""
    progress.report(0.1, "Importing torch")
    torch = importlib.import_module("torch")
    has_gpu = bool(torch.cuda.is_available())
    count = torch.cuda.device_count() if has_gpu else 0
    return {
        "version": str(torch.__version__),
        "threads": torch.get_num_threads(),
        "gpus": [torch.cuda.get_device_name(index) for index in range(count)],
    }


def _versions(names: Iterable[str], missing: list[str], why: str) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = None
            missing.append(f"The package {name} is not installed; {why}.")
    return found


def _gdal(missing: list[str], broken: list[str]) -> dict[str, Any]:
    try:
        rasterio = importlib.import_module("rasterio")
        drivers = importlib.import_module("rasterio.drivers")
        with rasterio.Env() as env:
            known = sorted(env.drivers())
    except ImportError as error:
        broken.append(f"Rasters cannot be opened: {error}.")
        return {}
    for name in DRIVERS:
        if name not in known:
            missing.append(f"GDAL has no driver {name}; such files do not open.")
    writable = sorted(set(drivers.raster_driver_extensions().values()))
    return {"version": rasterio.__gdal_version__, "drivers": known, "writes": writable}


def _providers(broken: list[str]) -> dict[str, Any]:
    try:
        runtime = importlib.import_module("onnxruntime")
    except ImportError as error:
        broken.append(f"Model files cannot be run: {error}.")
        return {}
    return {"version": runtime.__version__, "providers": list(runtime.get_available_providers())}


def _qt(missing: list[str]) -> dict[str, Any]:
    """Import QtGui to see whether its system libraries are there; makes no application."""
    display = {name: os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")}
    chosen = os.environ.get("QT_QPA_PLATFORM")
    is_linux = sys.platform.startswith("linux")
    has_display = bool(chosen or not is_linux or any(display.values()))
    found: dict[str, Any] = {"platform": chosen, "has_display": has_display, "version": None}
    try:
        importlib.import_module("PySide6.QtWidgets")
        core = importlib.import_module("PySide6.QtCore")
        package = importlib.import_module("PySide6")
    except ImportError as error:
        missing.append(f"The window cannot open: {error}.")
        return found
    folder = Path(str(package.__file__)).parent / "Qt" / "plugins" / "platforms"
    found["version"] = core.qVersion()
    found["platforms"] = sorted(path.stem.removeprefix("libq") for path in folder.glob("*.*"))
    if not has_display:
        missing.append(
            "There is no display (DISPLAY, WAYLAND_DISPLAY), so no window; "
            "the command line works: satstudio demo --headless --out DIR."
        )
    return found


def _folders(broken: list[str], study: Path | None) -> dict[str, Any]:
    folders = {
        "settings": settings_folder(),
        "cache": cache_folder(),
        "logs": logs_folder(),
        "state": state_folder(),
        "study": study,
    }
    found: dict[str, Any] = {}
    for name, path in folders.items():
        if path is None:
            continue
        is_writable = _is_writable(path)
        found[name] = {"path": str(path), "is_writable": is_writable, "free_mb": _free_mb(path)}
        if not is_writable:
            broken.append(f"The {name} folder {path} cannot be written; {REMEDIES[name]}.")
    resources = resources_folder()
    if not resources.is_dir():
        broken.append(f"The program's own folder {resources} is missing; install it again.")
    return {
        **found,
        "plugins": {"path": str(plugins_folder())},
        "resources": {"path": str(resources)},
    }


def _place(path: Path) -> Path | None:
    """Return a folder, or the nearest one above it that is there."""
    return next((part for part in (path, *path.parents) if part.is_dir()), None)


def _free_mb(path: Path) -> int | None:
    place = _place(path)
    return round(shutil.disk_usage(place).free / 1e6) if place is not None else None


def _is_writable(path: Path) -> bool:
    place = _place(path)
    if place is None:
        return False
    try:
        with tempfile.TemporaryFile(dir=place):
            return True
    except OSError:
        return False


def _fonts(missing: list[str]) -> dict[str, int]:
    folders = [Path(name).expanduser() for name in FONT_FOLDERS]
    count = sum(
        path.suffix.lower() in (".ttf", ".otf", ".ttc", ".pfb")
        for folder in folders
        if folder.is_dir()
        for path in folder.rglob("*")
    )
    if count == 0:
        missing.append("No font was found; the window would show boxes: install fonts-dejavu-core.")
    return {"files": count}


def _machine() -> dict[str, Any]:
    psutil = importlib.import_module("psutil")
    memory = psutil.virtual_memory()
    return {
        "cores": os.cpu_count(),
        "memory_mb": round(memory.total / 2**20),
        "free_memory_mb": round(memory.available / 2**20),
    }


def _torch(missing: list[str], progress: Progress) -> dict[str, Any]:
    if importlib.util.find_spec("torch") is None:
        return {}  # said among the packages
    try:
        found = run_job(Job(kind="torch", nice=0), progress)
    except SatstudioError as error:
        progress.check()
        missing.append(f"torch does not start: {error}")
        return {}
    return found if isinstance(found, dict) else {}
