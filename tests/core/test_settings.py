"""Settings survive a restart; a damaged file costs the settings, not the program."""

import logging

from satstudio.core.settings import MOST_RECENT, Settings
from satstudio.session.settings_file import load_settings, save_settings, settings_file


def test_without_a_file_the_defaults_hold():
    assert not settings_file().exists()
    assert load_settings() == Settings()


def test_settings_come_back(home):
    settings = Settings(theme="dark", shortcuts={"file.open": "Ctrl+O"}).with_recent("a.tif#iw1/vv")
    assert save_settings(settings) == home / "settings/settings.toml"
    assert load_settings() == settings


def test_a_damaged_file_gives_the_defaults_and_a_line_in_the_log(caplog):
    settings_file().parent.mkdir(parents=True)
    settings_file().write_text("theme = 'purple'", "utf-8")
    with caplog.at_level(logging.WARNING):
        assert load_settings() == Settings()
    assert "theme" in caplog.text


def test_one_damaged_or_unknown_setting_costs_no_other(caplog):
    settings_file().parent.mkdir(parents=True)
    settings_file().write_text(
        "cache_mb = -3\nof_the_future = 1\nrecent = ['a.tif']\n"
        "[shortcuts]\n'file.open' = 'Ctrl+J'\n",
        "utf-8",
    )
    with caplog.at_level(logging.WARNING):
        assert load_settings() == Settings(recent=("a.tif",), shortcuts={"file.open": "Ctrl+J"})
    assert "cache_mb" in caplog.text
    assert "of_the_future" in caplog.text


def test_a_file_that_is_no_toml_gives_the_defaults():
    settings_file().parent.mkdir(parents=True)
    settings_file().write_text("theme = = dark", "utf-8")
    assert load_settings() == Settings()


def test_recent_files_are_few_unique_and_newest_first():
    settings = Settings()
    for name in [*map(str, range(20)), "15"]:
        settings = settings.with_recent(name)
    assert settings.recent[:3] == ("15", "19", "18")
    assert len(settings.recent) == len(set(settings.recent)) == MOST_RECENT
