"""Every training method with its JSON Schema and presets, made in a worker, cached."""

import hashlib
import importlib
import importlib.metadata
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from satstudio.core.errors import InputError
from satstudio.core.files.replacing import write_text
from satstudio.core.paths import cache_folder, plugins_folder, resources_folder
from satstudio.core.port import Port
from satstudio.core.progress import Progress
from satstudio.core.recipe import Recipe
from satstudio.core.version import VERSION
from satstudio.jobs.client import run_job
from satstudio.jobs.job import Job

FORMAT = 3


class Preset(Recipe):
    """A named starting point: the values of a whole training recipe.

    `path` is the file it comes from, in `resources/recipes/`, without its suffix; `description`
    are the lines at its head.
    """

    name: str
    path: str = ""
    description: str = ""
    values: dict[str, Any]


class MethodEntry(Recipe):
    """One way to train, as a form needs it."""

    name: str
    title: str
    description: str = ""
    wants_complex: bool = False
    data: tuple[Port, ...] = Field((), description="roles that its patch set must have")
    needs_pairs: bool = False
    options: dict[str, Any] = Field(description="JSON Schema of the method's options")
    presets: tuple[Preset, ...] = ()


class Catalogue(Recipe):
    """All methods, the broken ones with the reason, and why there may be none."""

    format: int = FORMAT
    key: str = ""
    version: str = VERSION
    train: dict[str, Any] = Field(default_factory=dict, description="JSON Schema of TrainRecipe")
    methods: tuple[MethodEntry, ...] = ()
    broken: dict[str, str] = Field(default_factory=dict)
    missing: str = Field("", description="why nothing can be trained here")

    def choice(self, name: str) -> dict[str, Any]:
        """Return {method, preset} of a method, a preset, or METHOD/PRESET.

        Raises
        ------
        InputError
            Naming what there is.
        """
        for method in self.methods:
            if method.name == name:
                return {"method": name}
            for preset in method.presets:
                if name in (preset.name, preset.path, f"{method.name}/{preset.name}"):
                    return {"method": method.name, "preset": preset.name}
        raise InputError(self._no_such(name))

    def _no_such(self, name: str) -> str:
        if self.missing:
            return self.missing
        if name in self.broken:
            return f"The method '{name}' is broken: {self.broken[name]}."
        known = [method.name for method in self.methods]
        known += [preset.path for method in self.methods for preset in method.presets]
        return f"There is no method or preset '{name}'; there are: {', '.join(known)}."


def make_catalogue(progress: Progress) -> Path:
    """Write the catalogue into the cache and return its path; imports the methods: in a worker."""
    path, key = _file(), _key()
    known = _read(path, key)
    if known is None:
        progress.report(0.1, "Listing methods")
        write_text(path, _listed(key).model_dump_json() + "\n")
    return path


def known_catalogue() -> Catalogue | None:
    """Return the catalogue of the cache where it is of this program and these plug-ins."""
    return _read(_file(), _key())


def find_catalogue(progress: Progress) -> Catalogue:
    """Return the catalogue; a worker makes it where the cache has none."""
    known = known_catalogue()
    if known is not None:
        return known
    path = Path(str(run_job(Job(kind="catalogue", nice=0), progress)))
    return Catalogue.model_validate_json(path.read_text("utf-8"))


def _listed(key: str) -> Catalogue:
    try:
        methods = importlib.import_module("satstudio.learn.method").METHODS
        recipe = importlib.import_module("satstudio.learn.setup.recipe").TrainRecipe
    except ImportError as error:
        return Catalogue(
            key=key,
            missing=f"Nothing can be trained here: {error}. Install satstudio[learn].",
        )
    entries = tuple(_entry(name, info, recipe) for name, info in methods.items())
    return Catalogue(
        key=key, train=recipe.model_json_schema(), methods=entries, broken=dict(methods.broken)
    )


def _entry(name: str, info: Any, recipe: Any) -> MethodEntry:  # noqa: ANN401 - of learn
    return MethodEntry(
        name=name,
        title=info.title,
        description=info.description,
        wants_complex=info.wants_complex,
        data=tuple(port for port in info.ports.data if port.mask_of is None),
        needs_pairs=info.pairs == "needed",
        options=info.options.model_json_schema(),
        presets=tuple(
            Preset(
                name=preset,
                path=file.removesuffix(".toml"),
                description=_head_of(_recipes() / file),
                values=recipe.build({"method": name, "preset": preset}).model_dump(mode="json"),
            )
            for preset, file in info.presets.items()
        ),
    )


def _head_of(file: Path) -> str:
    """Return the comment that a file begins with, as running text."""
    lines = itertools.takewhile(
        lambda line: line.startswith("#"), file.read_text("utf-8").splitlines()
    )
    return " ".join(line.removeprefix("#").strip() for line in lines)


def _read(path: Path, key: str) -> Catalogue | None:
    if not path.is_file():
        return None
    try:
        catalogue = Catalogue.model_validate_json(path.read_text("utf-8"))
    except (ValidationError, OSError, UnicodeDecodeError):  # of another version: made anew
        return None
    return catalogue if catalogue.key == key else None


def _file() -> Path:
    return cache_folder() / "catalogue.json"


def _recipes() -> Path:
    return resources_folder() / "recipes"


def _key() -> str:
    """Return a text that changes with the program, torch, the methods and their presets."""
    try:
        torch = importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        torch = "none"
    parts = [VERSION, torch]
    for path in _files():
        parts.append(f"{path}|{path.stat().st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _files() -> Iterator[Path]:
    yield from sorted((plugins_folder() / "methods").glob("*.py"))
    yield from sorted(_recipes().rglob("*.toml"))
    yield from sorted((Path(__file__).parents[1] / "learn").rglob("*.py"))
