"""Errors form one tree; its classes carry the exit status of the command line."""

import inspect

import pytest

from satstudio.core import errors

CLASSES = [item for _, item in inspect.getmembers(errors, inspect.isclass)]


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_can_be_caught_as_one(kind):
    assert issubclass(kind, errors.SatstudioError)


@pytest.mark.parametrize("kind", CLASSES)
def test_the_tree_in_the_docstring_names_every_error(kind):
    assert kind.__name__ in (errors.__doc__ or "")


def test_exit_status_tells_bad_input_from_a_check_from_a_stop():
    assert errors.SceneReadError("x").exit_code == 2
    assert errors.CheckFailedError("x").exit_code == 3
    assert errors.Cancelled().exit_code == 130
    assert str(errors.Cancelled()) == "Stopped by the user."
