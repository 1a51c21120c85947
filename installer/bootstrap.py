"""The two commands of satstudio: `bootstrap.py run` and `bootstrap.py test`.

Needs Python 3.11 or newer and nothing else. Makes `.venv` in the checkout, installs pinned
packages into it, says what the system lacks, then starts the program or its tests. The second
time nothing is left to install and it starts at once.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys

import bare_system
import environment

OLDEST = (3, 11)
MOST_WORKERS = 4
DEMO_FOLDER = "satstudio-demo"
EXAMPLES = """
examples:
  python3 installer/bootstrap.py run                            the window on the sample scene
  python3 installer/bootstrap.py run --headless --out mydemo    the demo without a window
  python3 installer/bootstrap.py run --headless --budget 20     the same, 20 seconds of training
  python3 installer/bootstrap.py test                           tests, style, types, imports
  python3 installer/bootstrap.py test --all                     the nightly tests as well
  python3 installer/bootstrap.py test -k speckle                pytest only, with its options

exit status: that of what was started; 2 something failed, 3 an administrator has to help,
130 stopped
"""


def main(arguments: list[str]) -> int:
    """Run one of the two commands; returns the exit status."""
    if sys.version_info < OLDEST:
        return too_old()
    parser = argparse.ArgumentParser(
        prog="bootstrap.py",
        description="Prepare .venv, then start satstudio or its tests.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=("run", "test"), help="what to do")
    parser.add_argument(
        "arguments", nargs=argparse.REMAINDER, help="passed on to the demo, or to pytest"
    )
    parsed = parser.parse_args(arguments)
    try:
        return {"run": run, "test": test}[parsed.command](parsed.arguments)
    except environment.SetupError as error:
        print(f"bootstrap.py: {error}", file=sys.stderr)
        return error.code
    except KeyboardInterrupt:
        print("bootstrap.py: stopped", file=sys.stderr)
        return 130


def too_old() -> int:
    """Say that this Python is too old, and which one there is that is not."""
    names = [f"python3.{minor}" for minor in range(15, OLDEST[1] - 1, -1)]
    newer = [path for path in (shutil.which(name) for name in names) if path]
    text = f"bootstrap.py: this is Python 3.{sys.version_info[1]}, satstudio needs 3.11 or newer"
    if newer:
        text += f": give the same command with {newer[0]} in place of python3"
    print(text + ".", file=sys.stderr)
    return 2


def run(arguments: list[str]) -> int:
    """Start the demo: in the window, or without one where there is no display or no Qt."""
    tidy_system()
    ready = environment.prepare(["learn", "fits"])
    if not {"--headless", "--help", "-h"} & set(arguments):
        if bare_system.missing_for_qt(on_screen=True):
            advice = bare_system.advice(with_venv=False)
            print(f"The window needs libraries that are not there. {advice}")
            arguments = without_window(arguments, "Until then")
        elif not bare_system.has_display():
            reason = "There is no display (neither DISPLAY nor WAYLAND_DISPLAY is set):"
            arguments = without_window(arguments, reason)
    return start([str(ready.python), "-m", "satstudio", "demo", *arguments])


def test(arguments: list[str]) -> int:
    """Run style, types and import contracts, then pytest; with arguments pytest only."""
    tidy_system()
    if bare_system.missing_for_qt(on_screen=False):
        advice = bare_system.advice(with_venv=not environment.Environment().is_usable())
        text = f"The tests of the window need libraries that are not there. {advice}"
        raise environment.SetupError(text, 3)
    ready = environment.prepare(["learn", "fits", "dask", "dev"])
    os.chdir(environment.ROOT)
    is_all = "--all" in arguments
    arguments = [argument for argument in arguments if argument != "--all"]
    failed = [] if arguments else failed_checks(str(ready.python))
    marker = [] if is_all else ["-m", "not nightly"]
    spread = [] if arguments else ["-n", str(workers()), "--dist", "loadfile"]
    os.environ.setdefault("OMP_NUM_THREADS", "1" if spread else "2")  # the same on every machine
    status = start([str(ready.python), "-m", "pytest", *marker, *spread, *arguments])
    if failed:
        print(f"bootstrap.py: {', '.join(failed)} failed, see above", file=sys.stderr)
    return status or int(bool(failed))


def workers() -> int:
    """Return how many processes share the tests: one a core, as far as memory goes."""
    return min(os.cpu_count() or 1, MOST_WORKERS)


def failed_checks(python: str) -> list[str]:
    """Run the checks that are not pytest; returns the names of those that failed."""
    contracts = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    checks = {
        "ruff check": ["-m", "ruff", "check"],
        "ruff format": ["-m", "ruff", "format", "--check"],
        "mypy": ["-m", "mypy"],
        "lint-imports": ["-c", contracts],
    }
    failed = []
    for name, command in checks.items():
        print(f"--- {name}", flush=True)
        if start([python, *command]):
            failed.append(name)
    return failed


def tidy_system() -> None:
    """Install what the system lacks, where that is possible."""
    if not bare_system.can_install():
        return
    packages = set(bare_system.missing_for_qt(on_screen=True).values())
    if bare_system.lacks_ensurepip() and not environment.Environment().is_usable():
        packages.add(bare_system.venv_package())
    if packages:
        bare_system.install(sorted(packages))


def without_window(arguments: list[str], reason: str) -> list[str]:
    """Return the demo's arguments for a walk without a window, after saying so."""
    has_out = any(argument.split("=")[0] == "--out" for argument in arguments)
    out = [] if has_out else ["--out", DEMO_FOLDER]
    print(f"{reason} the demo walks without a window, as with --headless.", flush=True)
    return ["--headless", *out, *arguments]


def start(command: list[str]) -> int:
    """Run a program to its end; Ctrl+C reaches it too, and it is waited for."""
    process = subprocess.Popen(command)
    try:
        return process.wait()
    except KeyboardInterrupt:
        try:
            process.wait(15)
        except (KeyboardInterrupt, subprocess.TimeoutExpired):
            process.kill()
            process.wait()
        raise


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
