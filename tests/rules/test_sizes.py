"""A file is read in one sitting; package markers hold only a docstring; no module lacks one."""

import ast
from collections import defaultdict
from pathlib import Path
from statistics import median

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
FILES = sorted(
    path.relative_to(REPOSITORY)
    for folder in ("satstudio", "installer", "resources", "tests")
    for path in (REPOSITORY / folder).rglob("*.py")
)
ALIKE = {
    "__init__", "__main__", "page", "state", "descriptor", "actions",
    "form", "card", "recipe", "report", "estimate",
    "curves",
    "dcgan", "demo", "describe", "doctor", "features", "grid", "loader", "log_filters", "options",
    "run_info", "scaling", "self_test", "settings", "sheet", "source", "speckle", "stack", "style",
    "super_resolution",
    "training_scenes",
}  # fmt: skip
"""Names that several modules bear because they do the same for two things."""

PRODUCT = [path for path in FILES if path.parts[0] != "tests"]


def parsed(path: Path) -> ast.Module:
    return ast.parse((REPOSITORY / path).read_text("utf-8"))


@pytest.mark.parametrize("path", PRODUCT, ids=str)
def test_a_file_is_short(path):
    assert len((REPOSITORY / path).read_text("utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", [p for p in FILES if p.name == "__init__.py"], ids=str)
def test_a_package_marker_holds_only_a_docstring(path):
    body = parsed(path).body
    assert all(isinstance(node, ast.Expr) for node in body)


@pytest.mark.parametrize("path", PRODUCT, ids=str)
def test_a_module_starts_with_the_line_that_stands_for_it(path):
    text = ast.get_docstring(parsed(path))
    assert text
    assert text.splitlines()[0].endswith(".")


@pytest.mark.parametrize("path", [p for p in PRODUCT if p.name != "__init__.py"], ids=str)
def test_product_code_has_no_assert(path):
    assert not [node.lineno for node in ast.walk(parsed(path)) if isinstance(node, ast.Assert)]


def test_every_folder_of_the_package_has_its_marker():
    folders = {path.parent for path in FILES if path.parts[0] == "satstudio"}
    assert [str(f) for f in folders if not (REPOSITORY / f / "__init__.py").is_file()] == []


def test_no_folder_has_more_than_20_modules():
    modules = defaultdict(list)
    for path in PRODUCT:
        modules[path.parent].append(path.name)
    assert {str(f): len(m) for f, m in modules.items() if len(set(m) - {"__init__.py"}) > 20} == {}


def test_files_are_small():
    lengths = [len((REPOSITORY / path).read_text("utf-8").splitlines()) for path in PRODUCT]
    assert median(lengths) < 150


def test_no_two_modules_share_a_name_unless_they_do_the_same_for_two_things():
    places = defaultdict(list)
    for path in PRODUCT:
        if path.parts[0] == "satstudio":
            places[path.stem].append(str(path))
    assert {n: p for n, p in places.items() if len(p) > 1 and n not in ALIKE} == {}
