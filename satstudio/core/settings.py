"""Settings: the user's settings as a Recipe, TOML in the settings folder."""

import logging
import os
from pathlib import Path
from typing import Literal

from pydantic import Field

from satstudio.core.errors import RecipeError
from satstudio.core.paths import settings_folder
from satstudio.core.recipe import Recipe, read_toml

log = logging.getLogger(__name__)
MOST_RECENT = 12


class Settings(Recipe):
    """What the user chose once for every session; window geometry is not among it."""

    theme: Literal["system", "light", "dark"] = Field(
        "system",
        title="Theme",
        description="Colours of the window; images always stand on a dark grey.",
        json_schema_extra={
            "section": "Looks",
            "shown": {"system": "As the desktop", "light": "Light", "dark": "Dark"},
        },
    )
    coordinates: Literal["decimal", "minutes", "seconds"] = Field(
        "decimal",
        title="Longitude and latitude",
        description="How places are written below the image.",
        json_schema_extra={
            "section": "Units",
            "shown": {
                "decimal": "48.13743\N{DEGREE SIGN} N",
                "minutes": "48\N{DEGREE SIGN} 08.246\N{PRIME} N",
                "seconds": "48\N{DEGREE SIGN} 08\N{PRIME} 14.7\N{DOUBLE PRIME} N",
            },
        },
    )
    lengths: Literal["metric", "imperial"] = Field(
        "metric",
        title="Lengths on the ground",
        description="Units of the scale bar and of sizes on the ground.",
        json_schema_extra={
            "section": "Units",
            "shown": {"metric": "metres, kilometres", "imperial": "feet, miles"},
        },
    )
    cache_mb: int = Field(
        256,
        ge=64,
        le=16384,
        title="Memory for tiles (MB)",
        description="Read and drawn parts of images that stay in memory.",
        json_schema_extra={"section": "Memory, disk, processor"},
    )
    pyramid_cache_gb: float = Field(
        20,
        ge=0.1,
        le=2000,
        title="Disk for overviews (GB)",
        description="Smaller copies of large scenes; the ones used longest ago go first.",
        json_schema_extra={"section": "Memory, disk, processor"},
    )
    threads: int | None = Field(
        None,
        ge=1,
        le=512,
        title="Threads of tasks",
        description="For restoring and training; empty = all cores but one, on the command line "
        "all cores for restoring. Small nets are "
        "trained with one, which is faster.",
        json_schema_extra={
            "section": "Memory, disk, processor",
            "placeholder": "all cores but one",
        },
    )
    legend: bool = Field(True, title="Legend on the image")
    scale_bar: bool = Field(True, title="Scale bar on the image")
    compare_metrics: tuple[str, ...] = Field((), title="Figures of comparisons")
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
    """Read the settings; what is missing or damaged has its default, with a line in the log."""
    path = settings_file()
    if not path.is_file():
        return Settings()
    try:
        values = read_toml(path)
    except RecipeError as error:
        log.warning("Settings start from their defaults: %s", error)
        return Settings()
    return Settings().changed(**{key: value for key, value in values.items() if _fits(key, value)})


def _fits(key: str, value: object) -> bool:
    """Tell whether a setting can be used; one of another version may be unknown."""
    try:
        Settings.build({key: value}, "the settings")
    except RecipeError as error:
        log.warning("A setting is left out: %s", error)
        return False
    return True


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):  # of Linux only
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def task_threads() -> int:
    """Return how many threads a long task may use beside the window.

    The user's choice, else all cores but one, which is left to the window.
    """
    return load_settings().threads or max(1, cores() - 1)


def command_threads() -> int:
    """Return how many threads a command may use: the user's choice, else all cores."""
    return load_settings().threads or cores()


def save_settings(settings: Settings) -> Path:
    """Write the settings in one piece."""
    return settings.save(settings_file())
