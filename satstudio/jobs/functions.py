"""function_of: the function that a kind of job names, whose arguments are checked and converted."""

import importlib
import sys
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

from pydantic import ConfigDict, validate_call

from satstudio.core.errors import InputError
from satstudio.core.job_requests import Requests
from satstudio.core.progress import Progress

LOOK_S = 0.05


def function_of(target: str, progress: Progress | None = None) -> Callable[..., Any]:
    """Import `module:function`; strings become paths, tables recipes, as its signature says.

    Parameters
    ----------
    progress : a stop that it tells of is followed while the module is imported, which takes
        seconds where it is the first one of torch

    Raises
    ------
    InputError
        If a package is missing that the function needs.
    Cancelled
        If it was stopped meanwhile.
    """
    module, _, name = target.partition(":")
    try:
        function = getattr(_imported(module, progress), name)
    except ModuleNotFoundError as error:
        raise InputError(
            f"This installation cannot do that: the package '{error.name}' is missing. "
            "For training install satstudio[learn]."
        ) from error
    checked: Callable[..., Any] = validate_call(config=ConfigDict(arbitrary_types_allowed=True))(
        function
    )

    def call(*, requests: Requests | None = None, **arguments: object) -> object:
        if "progress" not in function.__annotations__:
            del arguments["progress"]
        if "requests" in function.__annotations__:
            return checked(**arguments, requests=requests)
        if requests is not None:
            requests.close("This job answers no questions.")
        return checked(**arguments)

    return call


def _imported(name: str, progress: Progress | None) -> ModuleType:
    """Import a module; beside the thread that notices a stop, where one is looked for."""
    if progress is None or name in sys.modules:
        return importlib.import_module(name)
    found: list[ModuleType | BaseException] = []

    def load() -> None:
        try:
            found.append(importlib.import_module(name))
        except BaseException as error:  # noqa: BLE001 - raised again by whoever waits
            found.append(error)

    thread = threading.Thread(target=load, name="import", daemon=True)
    thread.start()
    while thread.is_alive():
        progress.check()
        thread.join(LOOK_S)
    (result,) = found
    if isinstance(result, BaseException):
        raise result
    return result
