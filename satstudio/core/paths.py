"""Where settings, cache, logs, plug-ins and bundled resources live.

`SATSTUDIO_HOME` puts settings, cache and logs into one folder of the user's choice
(a USB stick, a test's temporary folder).
"""

import os
import sys
from pathlib import Path

from platformdirs import PlatformDirs

_DIRS = PlatformDirs("satstudio", appauthor=False)


def home_folder() -> Path | None:
    """Folder that the user chose for all that the program makes by itself; None: the usual ones."""
    home = os.environ.get("SATSTUDIO_HOME")
    return Path(home) if home else None


def _folder(name: str, usual: str) -> Path:
    home = home_folder()
    return home / name if home is not None else Path(usual)


def settings_folder() -> Path:
    """Folder of settings.toml, shortcuts and plug-ins; may not exist yet."""
    return _folder("settings", _DIRS.user_config_dir)


def plugins_folder() -> Path:
    """Folder of the user's own readers, measures, datasets and methods."""
    return settings_folder() / "plugins"


def cache_folder() -> Path:
    """Folder of things that can be made again (pyramids, catalogues)."""
    return _folder("cache", _DIRS.user_cache_dir)


def logs_folder() -> Path:
    """Folder of log files."""
    return _folder("logs", _DIRS.user_log_dir)


def state_folder() -> Path:
    """Folder of the last session and its autosave."""
    return _folder("state", _DIRS.user_state_dir)


def resources_folder() -> Path:
    """Folder `resources/`, in a source tree, an installed wheel and a frozen bundle alike."""
    bundle = getattr(sys, "_MEIPASS", None)
    if bundle is not None:
        return Path(bundle) / "resources"
    package = Path(__file__).resolve().parents[1]
    inside = package / "resources"
    return inside if inside.is_dir() else package.parent / "resources"
