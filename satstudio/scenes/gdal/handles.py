"""Handle: GDAL handles, one a thread and path; the settings under which GDAL runs here.

A GDAL dataset must not be used by two threads at once, so each thread opens its own. Import
rasterio's functions only in modules that import this one too.
"""

import os
import threading
import warnings
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

# Another PROJ or GDAL on the machine (QGIS, conda, Debian) must not lend its files to ours.
for _name in ("PROJ_LIB", "PROJ_DATA", "GDAL_DATA", "GDAL_DRIVER_PATH"):
    os.environ.pop(_name, None)
# No driver may reach the network, whatever an opened file asks for.
os.environ["GDAL_SKIP"] = "HTTP,WMS,WCS,WMTS,EEDA,EEDAI,PLMOSAIC,STACIT,STACTA,DAAS"

import rasterio  # noqa: E402 - the environment comes first
from rasterio.errors import NotGeoreferencedWarning  # noqa: E402 - as above

from satstudio.core.errors import SceneReadError  # noqa: E402 - as above

OPTIONS: Mapping[str, Any] = {
    "GDAL_PAM_ENABLED": "NO",  # never an .aux.xml beside the user's files
    "GDAL_CACHEMAX": 64 * 2**20,  # bytes here; tiles are cached by who asks for them
    "GDAL_TIFF_INTERNAL_MASK": "YES",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "CPL_CURL_ENABLE_VSIMEM": "NO",
}


_opening = threading.Lock()


def gdal_version() -> str:
    """Return the version of GDAL that rasterio brings along."""
    return str(rasterio.__gdal_version__)


def gdal_env(**options: Any) -> rasterio.Env:  # noqa: ANN401 - GDAL's options are of any type
    """Return the context in which all GDAL calls of satstudio run; options are by thread."""
    return rasterio.Env(**{**OPTIONS, **options})


def open_dataset(name: str, **options: Any) -> Any:  # noqa: ANN401 - rasterio has no types
    """Call rasterio.open inside `gdal_env`; an image without a place is no reason to warn."""
    with _opening, warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        return rasterio.open(name, **options)


class _Entry:
    """The handle of one thread; its lock is held while it is used."""

    def __init__(self, dataset: Any) -> None:  # noqa: ANN401 - rasterio has no types
        self.dataset = dataset
        self.lock = threading.Lock()


class Handle:
    """One GDAL dataset for any number of threads: each opens its own handle at first use.

    Parameters
    ----------
    name : path or GDAL's name of a sub-dataset
    env : more of GDAL's settings for this dataset
    options : open options of the driver

    Attributes
    ----------
    title : what messages call it
    """

    def __init__(self, name: str, env: Mapping[str, str] | None = None, **options: str) -> None:
        self.name = self.title = name
        self._env = env or {}
        self._options = options
        self._local = threading.local()
        # weak: the entry of a thread that ended closes its handle by itself
        self._entries: weakref.WeakSet[_Entry] = weakref.WeakSet()
        self._guard = threading.Lock()
        self._is_closed = False

    @contextmanager
    def use(self) -> Iterator[Any]:
        """Give this thread's handle, inside `gdal_env`.

        Raises
        ------
        SceneReadError
            If the handle was closed; what GDAL raises passes through.
        """
        with gdal_env(**self._env):
            entry = self._entry()
            with entry.lock:
                try:
                    yield entry.dataset
                finally:
                    if self._is_closed:
                        entry.dataset.close()

    def close(self) -> None:
        """Close the handles of all threads; one in use is closed by its user, at the end."""
        with self._guard:
            self._is_closed = True
            entries = list(self._entries)
        for entry in entries:
            if entry.lock.acquire(blocking=False):
                try:
                    entry.dataset.close()
                finally:
                    entry.lock.release()

    def _entry(self) -> _Entry:
        if self._is_closed:
            raise SceneReadError(f"{self.title} was closed; open it again.")
        entry: _Entry | None = getattr(self._local, "entry", None)
        if entry is None:
            entry = _Entry(open_dataset(self.name, **self._options))
            self._local.entry = entry
            with self._guard:
                self._entries.add(entry)
        return entry


@contextmanager
def with_handle(name: str) -> Iterator[Any]:
    """Open a GDAL dataset for a moment, inside `gdal_env`; for a look at its metadata."""
    with gdal_env(), open_dataset(name) as dataset:
        yield dataset
