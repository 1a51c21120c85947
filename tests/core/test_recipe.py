"""Recipes are frozen, checked at the door, and go to TOML and back."""

import json
import time
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis.strategies import booleans, builds, floats, integers, lists, none, sampled_from
from pydantic import Field, ValidationError

from satstudio.core.errors import RecipeError
from satstudio.core.recipe import Recipe, read_toml, with_settings


class Inner(Recipe):
    """A table within."""

    gain: float = Field(0.4, gt=0)


class Sample(Recipe):
    """A recipe with every kind of field that ours have."""

    size_px: int = Field(64, ge=16, multiple_of=16, title="Side (px)")
    share: float = Field(0.2, ge=0, lt=1)
    kind: Literal["a", "b"] = "a"
    steps: tuple[int, ...] = ()
    stride_px: int | None = None
    is_paired: bool = False
    inner: Inner = Inner()


RECIPES = builds(
    Sample,
    size_px=integers(1, 60).map(lambda n: 16 * n),
    share=floats(0, 0.999),
    kind=sampled_from(["a", "b"]),
    steps=lists(integers(-5, 5)).map(tuple),
    stride_px=none() | integers(1, 9),
    is_paired=booleans(),
    inner=builds(Inner, gain=floats(1e-9, 1e9)),
)


@given(RECIPES)
def test_a_recipe_comes_back_from_its_file(tmp_path_factory, recipe):
    path = recipe.save(tmp_path_factory.getbasetemp() / "recipe.toml")
    assert Sample.load(path) == recipe


@given(RECIPES)
def test_a_recipe_comes_back_from_json(recipe):
    assert Sample.build(json.loads(recipe.model_dump_json())) == recipe


def test_a_recipe_cannot_be_changed_in_place():
    with pytest.raises(ValidationError):
        Sample().size_px = 32  # type: ignore[misc]  # the point of the test


def test_a_changed_copy_is_checked_again():
    assert Sample().changed(size_px=32).size_px == 32
    with pytest.raises(RecipeError, match="size_px"):
        Sample().changed(size_px=33)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"sise_px": 64}, "sise_px"),
        ({"size_px": "many"}, "size_px"),
        ({"inner": {"gain": -1}}, "inner.gain"),
        ({"kind": "c"}, "kind"),
    ],
)
def test_a_wrong_choice_is_named_with_its_source(values, named):
    with pytest.raises(RecipeError, match=named.replace(".", r"\.")) as caught:
        Sample.build(values, "mine.toml")
    assert str(caught.value).startswith("mine.toml: ")


@pytest.mark.parametrize("content", [b"size_px = ", b"\xff\xfe\x00", b"[a\n"])
def test_a_damaged_file_is_named(tmp_path, content):
    path = tmp_path / "broken.toml"
    path.write_bytes(content)
    with pytest.raises(RecipeError, match=r"broken\.toml"):
        Sample.load(path)


def test_an_absent_file_is_named(tmp_path):
    with pytest.raises(RecipeError, match=r"absent\.toml"):
        read_toml(tmp_path / "absent.toml")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("size_px=32", {"size_px": 32}),
        ("share = 3e-5", {"share": 3e-5}),
        ("is_paired=true", {"is_paired": True}),
        ("steps=[1, 2]", {"steps": [1, 2]}),
        ("kind=b", {"kind": "b"}),
        ("kind='b'", {"kind": "b"}),
        ("path=C:\\data\\x=1", {"path": "C:\\data\\x=1"}),
        ("inner.gain=2", {"inner": {"gain": 2}}),
        ("new.table.key=x", {"new": {"table": {"key": "x"}}}),
    ],
)
def test_a_setting_is_read_as_toml_where_it_is_toml(text, value):
    assert with_settings({}, [text]) == value


def test_settings_leave_the_values_they_start_from_alone():
    values = {"inner": {"gain": 1.0}, "size_px": 16}
    assert with_settings(values, ["inner.gain=2", "size_px=32"]) == {
        "inner": {"gain": 2},
        "size_px": 32,
    }
    assert values == {"inner": {"gain": 1.0}, "size_px": 16}


DEEP_TOML = {
    "list": "a = " + "[" * 5000 + "]" * 5000,
    "table": "a = " + "{b = " * 5000 + "1" + "}" * 5000,
    "header": "[" + ".".join(["a"] * 5000) + "]",
    "key": ".".join(["a"] * 5000) + " = 1",
    "just too deep": "a = " + "[" * 40 + "]" * 40,
}


@pytest.mark.parametrize("text", DEEP_TOML.values(), ids=DEEP_TOML)
def test_a_file_that_is_nested_too_deeply_is_refused_in_a_sentence(tmp_path, text):
    path = tmp_path / "deep.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(RecipeError, match=r"Cannot read .*deep\.toml: .*nested too deeply\.$"):
        read_toml(path)
    with pytest.raises(RecipeError, match="nested too deeply"):
        with_settings({}, [text.replace(" = ", "=", 1) if " = " in text else f"{text[1:-1]}=1"])


@pytest.mark.parametrize("second", ["a.x=1", "a.x.y=1"])
@pytest.mark.parametrize("first", ["a=3", "a=b", "a=[1]"])
def test_a_setting_inside_what_is_no_table_is_refused(first, second):
    with pytest.raises(RecipeError, match=f"'{second}' reaches into 'a', which is .* and no table"):
        with_settings({}, [first, second])


def test_a_setting_without_a_value_is_refused():
    with pytest.raises(RecipeError, match="key=value"):
        with_settings({}, ["size_px"])


def test_the_schema_carries_titles_and_bounds():
    field = Sample.model_json_schema()["properties"]["size_px"]
    assert field["title"] == "Side (px)"
    assert field["minimum"] == 16
    assert field["default"] == 64


def test_paths_go_to_toml_as_text(tmp_path):
    class WithPath(Recipe):
        """A recipe with a path."""

        path: Path = Path("a/b")

    assert WithPath.load(WithPath().save(tmp_path / "r.toml")).path == Path("a/b")


@pytest.mark.parametrize("depth", [40, 900, 100_000])
@pytest.mark.parametrize("end", [" = 1", "]"])
def test_a_dotted_key_of_very_many_parts_is_refused_at_once(tmp_path, depth, end):
    text = ("[" if end == "]" else "") + ".".join("a" * depth) + end
    (tmp_path / "plan.toml").write_text(text, "utf-8")
    start = time.perf_counter()
    with pytest.raises(RecipeError, match=r"plan\.toml: its tables and lists are nested too deep"):
        read_toml(tmp_path / "plan.toml")
    assert time.perf_counter() - start < 5


def test_long_words_and_many_dots_in_a_text_are_no_keys(tmp_path):
    prose = "more words. " * 200 + "x" * 100_000 + "." * 100
    (tmp_path / "plan.toml").write_text(f'text = "{prose}"', "utf-8")
    assert read_toml(tmp_path / "plan.toml") == {"text": prose}


class Loose(Recipe):
    """A recipe with a table of anything, as the rows of a sweep."""

    values: dict[str, object] = Field(default_factory=dict)


def test_a_number_that_is_not_finite_in_a_free_table_is_refused_when_written(tmp_path):
    with pytest.raises(RecipeError, match=r"plan\.toml: a value is not a finite number"):
        Loose(values={"lr": float("inf")}).save(tmp_path / "plan.toml")
    assert not list(tmp_path.iterdir())
