"""A file is read in one sitting; package markers hold only a docstring; no module lacks one."""

import ast
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
FILES = sorted(
    path.relative_to(REPOSITORY)
    for folder in ("satstudio", "installer", "resources", "tests")
    for path in (REPOSITORY / folder).rglob("*.py")
)
PRODUCT = [path for path in FILES if path.parts[0] != "tests"]


def parsed(path: Path) -> ast.Module:
    return ast.parse((REPOSITORY / path).read_text("utf-8"))


@pytest.mark.parametrize("path", PRODUCT, ids=str)
def test_a_file_is_read_in_one_sitting(path):
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
