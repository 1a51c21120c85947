"""Virtual environments that hold only some of the installed packages, as links: made at once."""

import re
import subprocess
import sysconfig
import venv
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement

REPOSITORY = Path(__file__).resolve().parents[1]


def environment_without(folder: Path, names: Iterable[str]) -> Path:
    """Make an environment of every installed package except these; returns its Python."""
    absent = {_plain(name) for name in names}
    kept = [found for found in distributions() if _plain(found.metadata["Name"]) not in absent]
    return _environment(folder, kept)


def environment_of(folder: Path, requirements: Iterable[str]) -> Path:
    """Make an environment of these and what they stand on; returns its Python."""
    found: dict[str, Distribution] = {}
    waiting = list(requirements)
    while waiting:
        requirement = Requirement(waiting.pop())
        name = _plain(requirement.name)
        is_wanted = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if name in found or not is_wanted:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            continue  # an optional one of another platform
        waiting += found[name].requires or []
    return _environment(folder, found.values())


def run_in(python: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the Python of an environment."""
    return subprocess.run(
        [python, "-I", *arguments], capture_output=True, text=True, check=False, cwd=python.parent
    )


def _environment(folder: Path, packages: Iterable[Distribution]) -> Path:
    """Make the environment, with the program in it; returns its Python."""
    venv.create(folder, symlinks=True)
    (site,) = folder.glob("lib/python*/site-packages")
    installed = Path(sysconfig.get_path("purelib"))
    for top in {top for package in packages for top in _tops(package)}:
        (site / top).symlink_to(installed / top)
    (site / "satstudio.pth").write_text(f"{REPOSITORY}\n", "utf-8")
    return folder / "bin/python"


def _tops(package: Distribution) -> Iterator[str]:
    """Name what a package has put into site-packages."""
    for path in package.files or ():
        if path.parts[0] not in ("..", "__pycache__") and not path.name.endswith(".pth"):
            yield path.parts[0]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
