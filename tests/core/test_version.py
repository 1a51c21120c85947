"""The version stands in one place."""

import re
from pathlib import Path

from satstudio.core.version import VERSION


def test_the_version_is_three_numbers_that_the_build_finds():
    assert re.fullmatch(r"\d+\.\d+\.\d+", VERSION)
    settings = (Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8")
    assert 'path = "satstudio/core/version.py"' in settings
