"""Registry: find, check and name the plug-ins of a folder."""

import importlib
import importlib.util
import logging
import pkgutil
import threading
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
    """

    def __init__(self, package: str, noun: str) -> None:
        self._package = package
        self._noun = noun
        self._items: dict[str, T] = {}
        self._is_begun = False
        self._is_loaded = False
        self._loading = threading.RLock()
        self.broken: dict[str, str] = {}

    def add(self, name: str, item: T) -> T:
        """Register a plug-in; two of one name are refused."""
        if name in self._items:
            raise InputError(f"Two {self._noun}s are called '{name}'.")
        self._items[name] = item
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
        try:
            if path is None:
                importlib.import_module(f"{self._package}.{name}")
                return
            spec = importlib.util.spec_from_file_location(f"satstudio_plugins.{name}", path)
            if spec is None or spec.loader is None:
                raise ImportError(f"{path} is no Python file")
            spec.loader.exec_module(importlib.util.module_from_spec(spec))
        except Exception as error:  # noqa: BLE001 - a broken plug-in must hide nobody
            self.broken[name] = f"{type(error).__name__}: {error}"
            log.warning("The %s '%s' is broken: %s", self._noun, name, self.broken[name])
