"""Imports go one way; each of the eight contracts is broken on purpose once and seen to fail."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"

# contract -> files of a bare skeleton of packages that break it
BROKEN = {
    "Packages stand in layers": {"core/wrong.py": "import satstudio.session\n"},
    "No one imports learn": {"jobs/wrong.py": "import satstudio.learn\n"},
    "Qt only in gui": {"render/wrong.py": "from PySide6 import QtGui\n"},
    "torch only in learn": {"restore/wrong.py": "def late():\n    import torch\n"},
    "Training runs on a bare server": {
        "learn/wrong.py": "import satstudio.patches.reader\n",
        "patches/reader.py": "import rasterio\n",
    },
    "Plug-ins do not know each other": {
        "scenes/readers/one.py": "import satstudio.scenes.readers.two\n",
        "scenes/readers/two.py": "",
    },
    "The window stands in layers": {
        "gui/kit/wrong.py": "import satstudio.gui.shell\n",
        "gui/shell/one.py": "",
    },
    "Pages do not know each other": {
        "gui/pages/one.py": "import satstudio.gui.pages.two\n",
        "gui/pages/two.py": "",
    },
    "No import cycles": {
        "pixels/one.py": "import satstudio.pixels.two\n",
        "pixels/two.py": "import satstudio.pixels.one\n",
    },
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run lint-imports on the package in a folder, with the contracts of its pyproject.toml."""
    return subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200", "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_the_contracts_are_kept():
    answer = lint(REPOSITORY)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "9 kept, 0 broken" in answer.stdout


@pytest.fixture
def skeleton(tmp_path: Path) -> Path:
    """The package markers and the contracts, without a module."""
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    for marker in (REPOSITORY / "satstudio").rglob("__init__.py"):
        copy = tmp_path / marker.relative_to(REPOSITORY)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(marker, copy)
    return tmp_path


def test_a_bare_skeleton_keeps_the_contracts(skeleton):
    assert "9 kept, 0 broken" in lint(skeleton).stdout


@pytest.mark.parametrize("contract", BROKEN)
def test_a_broken_contract_is_noticed(skeleton, contract):
    for name, text in BROKEN[contract].items():
        (skeleton / "satstudio" / name).write_text(text, "utf-8")
    answer = lint(skeleton)
    assert answer.returncode == 1
    broken = [line for line in answer.stdout.splitlines() if line.endswith(" BROKEN")]
    assert any(line.startswith(contract) for line in broken), answer.stdout


def test_a_package_without_a_place_in_the_layers_is_noticed(skeleton):
    new = skeleton / "satstudio/extra"
    new.mkdir()
    (new / "__init__.py").write_text('"""A package nobody gave a place."""\n', "utf-8")
    assert lint(skeleton).returncode == 1
