"""Makes the program that needs no Python: one folder, two programs, a field edition without torch.

    python3 installer/build.py [--out DIR] [--no-test]

Makes `.venv-build` with pinned packages and PyInstaller, freezes, strips libraries, adds the
licences of what is inside, measures each part and runs the self-test of the result. Then the
folder comes to its place: DIR/satstudio (`.build/satstudio` unless named). Needs binutils and, of
Python, the shared library. Built on the oldest system that is to run it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import environment

ROOT = environment.ROOT
SPEC = Path(__file__).resolve().with_name("satstudio.spec")
NAME = "satstudio"
MOST_MB = 480
UNSTRIPPED = ("numpy.libs", "scipy.libs", "libscipy_openblas")
"""Stripping breaks these: ELF load command address/offset not page-aligned."""

MISLEADING = ("PROJ_LIB", "PROJ_DATA", "GDAL_DATA", "GDAL_DRIVER_PATH", "QT_PLUGIN_PATH")
MIB = 2**20


def main(arguments: list[str]) -> int:
    """Build and try; returns the exit status."""
    parser = argparse.ArgumentParser(prog="build.py", description="Freeze the field edition.")
    parser.add_argument("--out", type=Path, default=ROOT / ".build", help="where the folder goes")
    parser.add_argument("--no-test", action="store_true", help="do not run its self-test")
    chosen = parser.parse_args(arguments)
    try:
        folder = build(chosen.out.absolute(), is_tested=not chosen.no_test)
    except environment.SetupError as error:
        print(f"build.py: {error}", file=sys.stderr)
        return error.code
    print(folder)
    return 0


def build(out: Path, *, is_tested: bool = True) -> Path:
    """Make OUT/satstudio; what was there before stays until the new one works.

    Raises
    ------
    SetupError
        One sentence on what is missing or went wrong.
    """
    _check_tools()
    ready = environment.Environment(ROOT / ".venv-build")
    if not ready.is_ready(["build"]):
        if not ready.is_usable():
            ready.make()
        ready.install(["build"])
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".build-", dir=out) as work:
        made = freeze(ready, Path(work))
        strip(made)
        _run([str(ready.python), str(SPEC.with_name("third_party.py")), str(made)], "licences")
        report = sizes(made)
        (made / "sizes.json").write_text(json.dumps(report, indent=2) + "\n", "utf-8")
        print(table(report), flush=True)
        if report["total_mb"] > MOST_MB:
            raise environment.SetupError(
                f"{report['total_mb']} MB unpacked are more than {MOST_MB}; trim the largest parts."
            )
        if is_tested:
            self_test(made)
        target = out / NAME
        if target.exists():
            target.rename(Path(work) / "before")
        made.rename(target)
    return target


def freeze(ready: environment.Environment, work: Path) -> Path:
    """Run PyInstaller; returns the folder it made."""
    folders = ["--distpath", str(work / "dist"), "--workpath", str(work / "work")]
    command = [str(ready.python), "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    print("Freezing; about two minutes.", flush=True)
    _run([*command, *folders, str(SPEC)], "PyInstaller")
    return work / "dist" / NAME


def strip(folder: Path) -> None:
    """Take symbols out of every library that survives it."""
    tool = shutil.which("strip")
    if tool is None:
        return
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.is_symlink() or _is_kept_whole(path):
            continue
        with path.open("rb") as stream:
            is_library = stream.read(4) == b"\x7fELF"
        if is_library and path.parent != folder:  # the two programs carry their archive at the end
            subprocess.run([tool, "--strip-unneeded", str(path)], check=False)


def self_test(folder: Path) -> dict[str, object]:
    """Run the self-test of a frozen folder, among variables that would lead it astray.

    Raises
    ------
    SetupError
        If a check fails.
    """
    program = folder / f"{NAME}-cli{'.exe' if os.name == 'nt' else ''}"
    astray = {name: str(folder / "nowhere") for name in MISLEADING}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [str(program), "--self-test"],
            env={**kept, **astray, "SATSTUDIO_HOME": home},
            capture_output=True,
            text=True,
            check=False,
        )
    print(done.stdout, flush=True)
    if done.returncode:
        raise environment.SetupError(f"The self-test failed: {done.stderr.strip()[-2000:]}")
    report: dict[str, object] = json.loads(done.stdout)
    return report


def sizes(folder: Path) -> dict[str, object]:
    """Return MB by part, largest first: packages with their libraries, and what stands alone."""
    parts: dict[str, int] = {}
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            parts[_part(path.relative_to(folder))] = (
                parts.get(_part(path.relative_to(folder)), 0) + path.stat().st_size
            )
    ordered = sorted(parts.items(), key=lambda item: -item[1])
    return {
        "total_mb": round(sum(parts.values()) / MIB),
        "parts_mb": {name: round(size / MIB, 1) for name, size in ordered if size > MIB},
    }


def table(report: dict[str, object]) -> str:
    """Return the sizes as lines."""
    parts: dict[str, float] = report["parts_mb"]  # type: ignore[assignment]
    rows = [f"{size:8.1f}  {name}" for name, size in parts.items()]
    return "\n".join(["      MB", *rows, f"{report['total_mb']:8}  in all"])


def _part(path: Path) -> str:
    inside = path.parts[1:] if path.parts[0] == "_internal" else path.parts
    name = inside[0]
    if len(inside) == 1 and ".so" in name:
        known = ("libQt6", "libicu", "libpython", "libscipy_openblas")
        return next((one for one in known if name.startswith(one)), "other libraries")
    return name.removesuffix(".libs") if len(inside) > 1 else name


def _is_kept_whole(path: Path) -> bool:
    return any(name in str(path) for name in UNSTRIPPED)


def _check_tools() -> None:
    if sys.platform.startswith("linux"):
        lacking = [name for name in ("objdump", "strip") if shutil.which(name) is None]
        if lacking:
            raise environment.SetupError(
                f"{' and '.join(lacking)} not found: an administrator installs them with "
                "'apt-get install binutils'.",
                3,
            )
        if not sysconfig.get_config_var("Py_ENABLE_SHARED"):
            raise environment.SetupError(
                "This Python has no shared library to freeze: on Debian 'apt-get install "
                "libpython3.11', else a Python that was built with --enable-shared.",
                3,
            )


def _run(command: list[str], what: str) -> None:
    done = subprocess.run(command, cwd=ROOT, check=False)
    if done.returncode:
        raise environment.SetupError(f"{what} failed; its last lines above say why.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
