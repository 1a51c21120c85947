"""Writes THIRD_PARTY.txt: what is inside a frozen folder, and under which licences.

    python third_party.py FOLDER

Run in the environment that was frozen: names, versions and licence texts come from its packages.
"""

import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path

TOOLS = {"pip", "setuptools", "wheel", "hatchling", "editables", "pyinstaller", "satstudio"}
COMMON = Path("/usr/share/common-licenses")
TEXTS = ("licen", "copying", "notice", "third")
HEAD = """satstudio is under the Apache License 2.0 (file LICENSE). It contains the packages below.

Qt and PySide6 are used under the GNU Lesser General Public License 3. They are linked
dynamically: the libraries in _internal may be replaced by your own builds. Their source is at
https://download.qt.io/ and https://code.qt.io/pyside/pyside-setup.
rasterio brings GDAL (MIT), PROJ (MIT), GEOS (LGPL-2.1), HDF5 (BSD) and what these need; numpy and
scipy bring OpenBLAS (BSD) and libgfortran (GPL-3 with the GCC runtime library exception); Qt
brings ICU (Unicode licence). PyInstaller's boot loader may be distributed under any licence.
"""


def main(folder: Path) -> None:
    """Write the file into a folder."""
    found = sorted(distributions(), key=lambda one: one.name.lower())
    kept = [one for one in found if _plain(one.name) not in TOOLS]
    lines = [HEAD, *(f"{one.name} {one.version}: {_licence(one)}" for one in kept)]
    for one in kept:
        for name, text in _texts(one):
            lines += ["", "=" * 78, f"{one.name} {one.version}: {name}", "=" * 78, text]
    for name in ("LGPL-3", "GPL-3"):  # Qt's own
        lines += ["", "=" * 78, name, "=" * 78, _common(name)]
    (folder / "THIRD_PARTY.txt").write_text("\n".join(lines) + "\n", "utf-8")


def _licence(one: Distribution) -> str:
    known = one.metadata.get("License-Expression") or one.metadata.get("License") or ""
    if known and len(known) < 120:
        return known.replace("\n", " ")
    classes = one.metadata.get_all("Classifier") or []
    named = [text.rpartition("::")[2].strip() for text in classes if text.startswith("License")]
    return ", ".join(named) or "see its text"


def _texts(one: Distribution) -> Iterator[tuple[str, str]]:
    for file in one.files or []:
        is_text = any(part in file.name.lower() for part in TEXTS)
        if is_text and ".dist-info" in str(file) and file.suffix not in (".py", ".json"):
            path = Path(str(file.locate()))
            if path.is_file():
                yield file.name, path.read_text("utf-8", errors="replace")


def _common(name: str) -> str:
    path = COMMON / name
    if path.is_file():
        return path.read_text("utf-8")
    return f"Its text: https://www.gnu.org/licenses/{name.lower()}.0.txt"


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
