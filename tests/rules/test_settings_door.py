"""No module below `session` reads the settings file: values come in a recipe or a job."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "satstudio"
BELOW = (
    "core", "pixels", "scenes", "render", "metrics", "patches", "restore", "learn", "bench", "jobs",
)  # fmt: skip
FOLDER_USERS = {"core/paths.py", "jobs/doctor.py"}
"""Who may name the folder: what defines it, and what looks whether it can be written."""


def wrong_in(text: str, name: str) -> list[str]:
    """What a module does to read settings from disk."""
    found = []
    for node in ast.walk(ast.parse(text)):
        words = {
            *(alias.name for alias in getattr(node, "names", ()) if isinstance(alias, ast.alias)),
            str(getattr(node, "module", "")), str(getattr(node, "id", "")),
            str(getattr(node, "attr", "")), str(getattr(node, "value", "")),
        }  # fmt: skip
        if any("load_settings" in word or "settings_file" in word for word in words):
            found.append("it loads the settings")
        if "settings.toml" in words:
            found.append("it names settings.toml")
        if "settings_folder" in words and name not in FOLDER_USERS:
            found.append("it names the settings folder")
    return found


def test_no_module_below_session_reads_settings():
    wrong = {}
    for package in BELOW:
        for path in (PACKAGE / package).rglob("*.py"):
            name = path.relative_to(PACKAGE).as_posix()
            if found := wrong_in(path.read_text("utf-8"), name):
                wrong[name] = found
    assert wrong == {}


@pytest.mark.parametrize(
    "text",
    [
        "from satstudio.session.settings_file import load_settings",
        "import satstudio.session.settings_file as file",
        "def late():\n    return importlib.import_module('satstudio.session.settings_file')",
        "path = settings_folder() / 'settings.toml'",
        "values = paths.settings_folder()",
    ],
)
def test_a_module_that_does_is_noticed(text):
    assert wrong_in(text, "jobs/wrong.py")


def test_every_package_below_session_is_looked_at():
    above = {"session", "gui", "cli"}
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert folders - above == set(BELOW)
