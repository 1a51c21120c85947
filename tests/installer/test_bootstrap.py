"""The two commands: what they start, what they say on a system that lacks something."""

import ast
import os
import signal
import subprocess
import sys
from pathlib import Path

import bare_system
import bootstrap
import environment
import pytest

INSTALLER = Path(__file__).resolve().parents[2] / "installer"
BOOTSTRAP = INSTALLER / "bootstrap.py"

SPREAD = ["-n", str(bootstrap.workers()), "--dist", "loadfile"]


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine with everything in place; collects the programs that would be started."""
    started = []
    ready = environment.Environment(tmp_path / ".venv")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(bare_system, "missing_for_qt", lambda *, on_screen: {})
    monkeypatch.setattr(bare_system, "can_install", lambda: False)
    monkeypatch.setattr(environment, "prepare", lambda extras: ready)
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "start", lambda command: started.append(command[1:]) or 0)
    return started


def test_run_starts_the_demo_and_passes_arguments_on(machine):
    assert bootstrap.main(["run", "--scene", "a.tif"]) == 0
    assert machine == [["-m", "satstudio", "demo", "--scene", "a.tif"]]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has no display")
def test_without_a_display_run_says_so_and_walks_headless(machine, monkeypatch, capsys):
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert bootstrap.main(["run", "--budget", "5"]) == 0
    headless = ["--headless", "--out", "satstudio-demo", "--budget", "5"]
    assert machine == [["-m", "satstudio", "demo", *headless]]
    assert "There is no display" in capsys.readouterr().out


def test_without_the_libraries_of_qt_run_names_the_command_and_walks_headless(
    machine, monkeypatch, capsys
):
    missing = {"libEGL.so.1": "libegl1"}
    monkeypatch.setattr(bare_system, "missing_for_qt", lambda *, on_screen: dict(missing))
    monkeypatch.setattr(bare_system.shutil, "which", lambda name, **_: f"/usr/bin/{name}")
    assert bootstrap.main(["run"]) == 0
    assert machine == [["-m", "satstudio", "demo", "--headless", "--out", "satstudio-demo"]]
    command = "sudo apt-get install -y --no-install-recommends libegl1\n"
    assert command in capsys.readouterr().out


def test_a_headless_run_needs_neither_display_nor_qt(machine, monkeypatch, capsys):
    monkeypatch.delenv("DISPLAY")
    monkeypatch.setattr(bare_system, "missing_for_qt", lambda *, on_screen: {"libGL": "libgl1"})
    assert bootstrap.main(["run", "--headless", "--out", "made"]) == 0
    assert machine == [["-m", "satstudio", "demo", "--headless", "--out", "made"]]
    assert capsys.readouterr().out == ""


def test_the_tests_are_pytest_without_nightly_after_the_checks(machine):
    assert bootstrap.main(["test"]) == 0
    names = [command[1] if command[0] == "-m" else "lint-imports" for command in machine]
    assert names == ["ruff", "ruff", "mypy", "lint-imports", "pytest"]
    assert machine[-1] == ["-m", "pytest", "-m", "not nightly", *SPREAD]


def test_all_the_tests_have_no_marker(machine):
    assert bootstrap.main(["test", "--all"]) == 0
    assert machine[-1] == ["-m", "pytest", *SPREAD]
    assert len(machine) == 5


def test_arguments_of_the_tests_go_to_pytest_alone(machine):
    assert bootstrap.main(["test", "-k", "speckle", "-x"]) == 0
    assert machine == [["-m", "pytest", "-m", "not nightly", "-k", "speckle", "-x"]]


def test_a_failed_check_fails_the_tests(machine, monkeypatch, capsys):
    monkeypatch.setattr(bootstrap, "start", lambda command: int("mypy" in command))
    assert bootstrap.main(["test"]) == 1
    assert capsys.readouterr().err == "bootstrap.py: mypy failed, see above\n"


def test_the_status_of_pytest_is_passed_on(machine, monkeypatch):
    monkeypatch.setattr(bootstrap, "start", lambda command: 5 if "pytest" in command else 0)
    assert bootstrap.main(["test"]) == 5


def test_tests_without_qt_end_with_status_3_and_the_command(machine, monkeypatch, capsys):
    monkeypatch.setattr(bare_system, "missing_for_qt", lambda *, on_screen: {"libGL": "libgl1"})
    assert bootstrap.main(["test"]) == 3
    assert "libgl1" in capsys.readouterr().err
    assert machine == []


def test_ctrl_c_ends_with_status_130(machine, monkeypatch):
    def stop(command):
        raise KeyboardInterrupt

    monkeypatch.setattr(bootstrap, "start", stop)
    assert bootstrap.main(["run"]) == 130


@pytest.mark.skipif(sys.platform == "win32", reason="signals are Unix's")
def test_ctrl_c_reaches_the_program_and_waits_for_it(tmp_path):
    child = "import time, sys\ntry:\n  print('up', flush=True); time.sleep(60)\n" + (
        "except KeyboardInterrupt:\n  print('tidied', flush=True); sys.exit(130)\n"
    )
    heard = "signal.signal(signal.SIGINT, signal.default_int_handler)"  # a job may ignore it
    start = f"bootstrap.start([sys.executable, '-c', {child!r}])"
    code = f"import signal, sys, bootstrap; {heard}; {start}"
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=INSTALLER,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout.readline() == "up\n"
        os.killpg(process.pid, signal.SIGINT)
        assert process.communicate(timeout=30)[0] == "tidied\n"
    assert process.returncode != 0


def test_root_on_debian_installs_what_is_missing_in_one_go(machine, monkeypatch):
    installed = []
    missing = {"libGL.so.1": "libgl1", "libEGL.so.1": "libegl1"}
    monkeypatch.setattr(bare_system, "can_install", lambda: True)
    monkeypatch.setattr(bare_system, "lacks_ensurepip", lambda: True)
    monkeypatch.setattr(bare_system, "venv_package", lambda: "python3-venv")
    monkeypatch.setattr(
        bare_system, "missing_for_qt", lambda *, on_screen: {} if installed else missing
    )
    monkeypatch.setattr(bare_system, "install", lambda names: installed.extend(names) or True)
    monkeypatch.setattr(environment.Environment, "is_usable", lambda self: False)
    assert bootstrap.main(["run"]) == 0
    assert installed == ["libegl1", "libgl1", "python3-venv"]
    assert "--headless" not in machine[0]


def test_an_old_python_is_told_which_one_to_take(monkeypatch, capsys):
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(
        bootstrap.shutil, "which", lambda name: "/usr/bin/python3.12" if "3.12" in name else None
    )
    assert bootstrap.main(["run"]) == 2
    assert capsys.readouterr().err == (
        "bootstrap.py: this is Python 3.9, satstudio needs 3.11 or newer: give the same command "
        "with /usr/bin/python3.12 in place of python3.\n"
    )


@pytest.mark.parametrize("path", sorted(INSTALLER.glob("*.py")), ids=lambda path: path.name)
def test_an_old_python_can_read_it_and_needs_no_package(path):
    tree = ast.parse(path.read_text("utf-8"), feature_version=(3, 8))
    own = {other.stem for other in INSTALLER.glob("*.py")}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = {name.name.partition(".")[0] for name in node.names}
            assert names <= sys.stdlib_module_names | own
        if isinstance(node, ast.ImportFrom):
            assert node.module.partition(".")[0] in sys.stdlib_module_names


def test_help_needs_nothing_but_python():
    command = [sys.executable, "-E", "-S", str(BOOTSTRAP), "--help"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0
    assert "bootstrap.py test -k speckle" in answer.stdout


@pytest.mark.parametrize("arguments", [[], ["walk"]])
def test_an_unknown_command_is_bad_usage(arguments):
    with pytest.raises(SystemExit) as ended:
        bootstrap.main(arguments)
    assert ended.value.code == 2
