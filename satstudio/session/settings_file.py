"""settings.toml: the user's settings as a file, read by whoever opens a door (window, commands).

What lies below is handed the values that it needs, in a recipe or a job.
"""

import logging
from pathlib import Path

from satstudio.core.errors import RecipeError
from satstudio.core.paths import settings_folder
from satstudio.core.recipe import read_toml
from satstudio.core.settings import Settings

log = logging.getLogger(__name__)


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


def save_settings(settings: Settings) -> Path:
    """Write the settings in one piece."""
    return settings.save(settings_file())
