"""The registry finds the plug-ins of a folder; a broken one hides nobody."""

import sys
import threading

import pytest

from satstudio.core.errors import InputError
from satstudio.core.paths import plugins_folder
from satstudio.core.plugins import Registry

COUNTER = "from {package} import KINDS\nKINDS.add('{name}', {value})\n"


@pytest.fixture
def kinds(tmp_path, monkeypatch):
    """A registry over a package `made_plugins` with the plug-ins `one` and `two`."""
    package = tmp_path / "made_plugins"
    package.mkdir()
    (package / "__init__.py").write_text(
        "from satstudio.core.plugins import Registry\nKINDS = Registry('made_plugins', 'number')\n"
    )
    for name, value in (("one", 1), ("two", 2)):
        text = COUNTER.format(package="made_plugins", name=name, value=value)
        (package / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    import made_plugins  # made above

    yield made_plugins.KINDS
    for name in [name for name in sys.modules if name.startswith("made_plugins")]:
        del sys.modules[name]


def own_plugin(name, text):
    folder = plugins_folder() / "made_plugins"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.py").write_text(text)


def test_plugins_are_found_on_first_use_and_sorted(kinds):
    assert list(kinds) == ["one", "two"]
    assert kinds.items() == [("one", 1), ("two", 2)]
    assert kinds["two"] == 2
    assert "one" in kinds
    assert "three" not in kinds
    assert len(kinds) == 2


def test_a_users_own_plugin_is_found_in_the_settings_folder(kinds):
    own_plugin("mine", COUNTER.format(package="made_plugins", name="mine", value=3))
    assert list(kinds) == ["mine", "one", "two"]


def test_threads_that_ask_first_at_the_same_time_all_see_every_plugin(kinds):
    own_plugin("slow", "import time\ntime.sleep(0.2)\n")
    start = threading.Barrier(4)
    seen = []

    def ask():
        start.wait()
        seen.append(list(kinds))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [["one", "two"]] * 4


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("import nowhere_to_be_found", "ModuleNotFoundError"),
        ("x = ", "SyntaxError"),
        ("1 / 0", "ZeroDivisionError"),
        (COUNTER.format(package="made_plugins", name="one", value=9), "Two numbers are called"),
    ],
)
def test_a_broken_plugin_is_listed_with_its_reason_and_hides_nobody(kinds, text, reason):
    own_plugin("mine", text)
    assert list(kinds) == ["one", "two"]
    assert reason in kinds.broken["mine"]
    assert kinds["one"] == 1


def test_asking_for_an_unknown_one_lists_those_there_are(kinds):
    with pytest.raises(InputError, match="no number 'three'; there are: one, two"):
        kinds["three"]


def test_asking_for_a_broken_one_gives_its_reason(kinds):
    own_plugin("mine", "1 / 0")
    with pytest.raises(InputError, match="division by zero"):
        kinds["mine"]


def test_two_of_one_name_are_refused():
    registry = Registry("satstudio.core", "word")
    registry.add("a", 1)
    with pytest.raises(InputError, match="Two words are called 'a'"):
        registry.add("a", 2)
