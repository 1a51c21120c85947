"""Registry: find, check and name the plug-ins of a folder."""

import importlib
import importlib.util
import logging
import pkgutil
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Generic, TypeVar

from satstudio.core.errors import InputError
from satstudio.core.paths import plugins_folder

T = TypeVar("T")
log = logging.getLogger(__name__)


class Registry(Generic[T]):
    """Plug-ins of one kind by name; the folder is imported on first use.

    Parameters
    ----------
    package : dotted name of the folder, as `satstudio.scenes.readers`; its last part is also
        the folder that is looked for in the user's plug-in folder
    noun : what one of them is called, for messages

    Attributes
    ----------
    broken : name -> why it could not be loaded
    sources : name -> file, of the user's own plug-ins, the broken ones too
    """

    def __init__(self, package: str, noun: str) -> None:
        self._package = package
        self._noun = noun
        self._items: dict[str, T] = {}
        self._is_begun = False
        self._is_loaded = False
        self._loading = threading.RLock()
        self._reading: Path | None = None
        self.broken: dict[str, str] = {}
        self.sources: dict[str, Path] = {}

    def add(self, name: str, item: T) -> T:
        """Register a plug-in; two of one name are refused."""
        if name in self._items:
            raise InputError(f"Two {self._noun}s are called '{name}'.")
        self._items[name] = item
        if self._reading is not None:
            self.sources[name] = self._reading
        return item

    def __getitem__(self, name: str) -> T:
        """Return the plug-in of this name; raises InputError that lists the names there are."""
        items = self._loaded()
        if name not in items:
            why = f" ({self.broken[name]})" if name in self.broken else ""
            known = ", ".join(sorted(items))
            raise InputError(f"There is no {self._noun} '{name}'{why}; there are: {known}.")
        return items[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._loaded()))

    def __contains__(self, name: object) -> bool:
        return name in self._loaded()

    def __len__(self) -> int:
        return len(self._loaded())

    def items(self) -> list[tuple[str, T]]:
        """Return (name, plug-in) pairs, sorted by name."""
        return sorted(self._loaded().items())

    def _loaded(self) -> dict[str, T]:
        """Return all plug-ins; a thread that asks while another one loads them waits."""
        if self._is_loaded:
            return self._items
        with self._loading:
            if not self._is_begun:  # a plug-in that asks while it is loaded sees what there is
                self._is_begun = True
                self._load_all()
                self._is_loaded = True
        return self._items

    def _load_all(self) -> None:
        package = importlib.import_module(self._package)
        for module in pkgutil.iter_modules(package.__path__):
            self._load(module.name, None)
        own = plugins_folder() / self._package.rpartition(".")[2]
        for path in sorted(own.glob("*.py")):
            self._load(path.stem, path)

    def _load(self, name: str, path: Path | None) -> None:
        self._reading = path
        try:
            if path is None:
                importlib.import_module(f"{self._package}.{name}")
            else:
                _run_file(f"satstudio_plugins.{path.parent.name}.{name}", path)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a broken plug-in hides nobody
            self.broken[name] = f"{type(error).__name__}: {error}{_line_of(error, path)}"
            if path is not None:
                self.sources[name] = path
            log.warning("The %s '%s' is broken: %s", self._noun, name, self.broken[name])
        finally:
            self._reading = None


def _run_file(module: str, path: Path) -> None:
    """Import a file under a name of its own, under which its classes find their annotations."""
    spec = importlib.util.spec_from_file_location(module, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    made = importlib.util.module_from_spec(spec)
    sys.modules[module] = made
    try:
        spec.loader.exec_module(made)
    except BaseException:
        del sys.modules[module]
        raise


def _line_of(error: BaseException, path: Path | None) -> str:
    """Return the line of the user's file at which it broke; "" where it is known otherwise."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if path is not None]
    lines = [frame.lineno for frame in frames if frame.filename == str(path)]
    return f" (line {lines[-1]})" if lines else ""
