"""Folders lie where the system wants them, or in one folder of the user's choice."""

import sys

from satstudio.core import paths

FOLDERS = [
    paths.settings_folder,
    paths.cache_folder,
    paths.logs_folder,
    paths.state_folder,
    paths.plugins_folder,
]


def test_one_variable_puts_everything_into_one_folder(home):
    assert all(folder().is_relative_to(home) for folder in FOLDERS)
    assert len({folder() for folder in FOLDERS}) == len(FOLDERS)


def test_without_it_the_system_says_where(monkeypatch):
    monkeypatch.delenv("SATSTUDIO_HOME")
    assert all("satstudio" in folder().parts for folder in FOLDERS)


def test_asking_for_a_folder_makes_none(home):
    for folder in FOLDERS:
        folder()
    assert list(home.iterdir()) == []


def test_resources_are_found_in_the_source_tree():
    assert (paths.resources_folder().parent / "pyproject.toml").is_file()


def test_resources_are_found_in_a_frozen_program(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert paths.resources_folder() == tmp_path / "resources"
