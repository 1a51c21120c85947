"""Settings: the user's settings as a Recipe, TOML in the settings folder."""

import logging
from pathlib import Path
from typing import Literal

from pydantic import Field

from satstudio.core.errors import RecipeError
from satstudio.core.paths import settings_folder
from satstudio.core.recipe import Recipe

log = logging.getLogger(__name__)
MOST_RECENT = 12


class Settings(Recipe):
    """What the user chose once for every session; window geometry is not among it."""

    theme: Literal["system", "light", "dark"] = Field("system", title="Theme")
    cache_mb: int = Field(256, ge=64, le=16384, title="Memory for tiles (MB)")
    pyramid_cache_gb: float = Field(20, ge=0.1, le=2000, title="Disk for pyramids (GB)")
    study: Path | None = Field(None, title="Study folder")
    recent: tuple[str, ...] = Field((), title="Recent files")
    shortcuts: dict[str, str] = Field(default_factory=dict, title="Shortcuts")

    def with_recent(self, path: str) -> "Settings":
        """Return settings with `path` first among the recent files."""
        others = tuple(item for item in self.recent if item != path)
        return self.changed(recent=(path, *others)[:MOST_RECENT])


def settings_file() -> Path:
    """Return the path of settings.toml."""
    return settings_folder() / "settings.toml"


def load_settings() -> Settings:
    """Read the settings; a missing or damaged file gives the defaults and a line in the log."""
    path = settings_file()
    if not path.is_file():
        return Settings()
    try:
        return Settings.load(path)
    except RecipeError as error:
        log.warning("Settings start from their defaults: %s", error)
        return Settings()


def save_settings(settings: Settings) -> Path:
    """Write the settings in one piece."""
    return settings.save(settings_file())
