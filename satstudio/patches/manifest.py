"""Manifest: all that is known about a patch set; format 2. Format 1 is read by `format_1`."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from satstudio.core.errors import InputError
from satstudio.core.files.replacing import write_text
from satstudio.core.port import BoundPort, Role
from satstudio.core.recipe import Recipe
from satstudio.core.scaling import Scaling
from satstudio.pixels.spectral.fourier import Domain

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")
SEEN_SPLITS: tuple[Split, Split] = ("train", "validation")
"""What a training learns from, and what its checkpoints are chosen by; never the test."""

NOUNS: dict[Split, str] = {"train": "training", "validation": "validation", "test": "test"}
Use = Literal["both", "train", "validation"]
FORMAT = 2
MANIFEST = "manifest.json"
INPUT = "input"
"""Role of what is cut where nothing else is said."""

UNPAIRED = (
    "Its images do not belong together: it holds a list of each role, and the method learns from "
    "pairs. Take a method for two sets (CycleGAN), or import pairs."
)


class PatchSource(Recipe):
    """A scene, or another file, that patches were cut from.

    Attributes
    ----------
    sha256 : of its file; where it stands on several, of lines `HASH  NAME`, one a file
    use : which splits its patches may be of; `both`: its ground, or its images, are split
    """

    address: str
    sha256: str
    rows: int = Field(ge=1)
    cols: int = Field(ge=1)
    driver: str = ""
    spacing_m: tuple[float, float] | None = None
    use: Use = "both"


class Part(Recipe):
    """What an item holds of one role: one window of every frame.

    Attributes
    ----------
    sources : one a frame
    dates : of the frames, as ISO texts; empty where they are not known
    """

    sources: tuple[int, ...] = Field(min_length=1)
    window: tuple[int, int, int, int] = Field(description="row, col, rows, cols")
    dates: tuple[str, ...] = ()

    @property
    def frames(self) -> int:
        """How many images it has."""
        return len(self.sources)


class Item(Recipe):
    """One example: windows of one ground, by role; of an unpaired set, of one role only.

    Items stand in the order of the shards, train first.

    Attributes
    ----------
    valid : share of its pixels that have data in every role, of a series in one frame at least
    label : its class; empty where the set has none
    """

    split: Split
    valid: float = Field(1.0, ge=0, le=1)
    parts: dict[Role, Part] = Field(min_length=1)
    label: str = ""

    @model_serializer(mode="wrap")
    def _without_empty_label(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Write no empty label, so that programs from before labels read the set."""
        values: dict[str, Any] = dump(self)
        if not self.label:
            values.pop("label", None)
        return values

    @classmethod
    def single(
        cls, source: int, window: tuple[int, int, int, int], split: Split, valid: float = 1.0
    ) -> Self:
        """Return an item of one image, of the usual role."""
        return cls(split=split, valid=valid, parts={INPUT: Part(sources=(source,), window=window)})

    @property
    def source(self) -> int:
        """Source of its first image."""
        return self._first.sources[0]

    @property
    def window(self) -> tuple[int, int, int, int]:
        """Window of its first role: row, col, rows, cols."""
        return self._first.window

    @property
    def _first(self) -> Part:
        return next(iter(self.parts.values()))

    def frames(self, role: Role) -> int:
        """Return how many images it has of a role."""
        return self.parts[role].frames if role in self.parts else 0


class Shard(Recipe):
    """One .npy file of images of one role, and its hash."""

    file: str = Field(pattern=r"^([a-z][a-z0-9_]*-)?(train|validation|test)-\d{3,}\.npy$")
    role: Role
    split: Split
    count: int = Field(ge=1)
    sha256: str
    has_mask: bool = False

    @property
    def mask_file(self) -> str:
        """Name of the file that tells which pixels have data."""
        return self.file.removesuffix(".npy") + ".valid.npy"


class Manifest(Recipe):
    """All that is known about a patch set.

    Attributes
    ----------
    ports : what it holds, by role; the others' ratios are to the first
    items : what belongs together
    """

    format: int = FORMAT
    ports: tuple[BoundPort, ...] = Field(min_length=1)
    domain: Domain = "image"
    seed: int
    recipe: dict[str, Any] = Field(default_factory=dict)
    sources: tuple[PatchSource, ...]
    items: tuple[Item, ...]
    shards: tuple[Shard, ...]
    created: str
    version: str

    @model_validator(mode="after")
    def _ports_are_whole(self) -> Self:
        roles = [port.role for port in self.ports]
        if len(set(roles)) < len(roles):
            raise ValueError(f"one role stands twice in {', '.join(roles)}")
        for port in self.ports:
            if not isinstance(port.bands, tuple) or port.size_px is None:
                raise ValueError(f"the port '{port.role}' has no bands or no size")
            if port.scaling is None and port.dtype != "bool":
                raise ValueError(f"the port '{port.role}' has no scaling")
        return self

    def port(self, role: Role | None = None) -> BoundPort:
        """Return the port of a role; None: the first."""
        if role is None:
            return self.ports[0]
        for port in self.ports:
            if port.role == role:
                return port
        roles = ", ".join(port.role for port in self.ports)
        raise InputError(f"The patch set has no role '{role}'; it has {roles}.")

    def count(self, split: Split) -> int:
        """Return how many items a split has."""
        return sum(item.split == split for item in self.items)

    @property
    def counts(self) -> dict[Split, int]:
        """How many items each split has."""
        return {split: self.count(split) for split in SPLITS}

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of its classes, sorted; empty where it has none."""
        return tuple(sorted({item.label for item in self.items} - {""}))

    @property
    def remarks(self) -> tuple[str, ...]:
        """What whoever made the set was to know, as sentences: what was left out, and why."""
        found = self.recipe.get("remarks", ())
        return tuple(map(str, found)) if isinstance(found, list | tuple) else ()

    @property
    def is_paired(self) -> bool:
        """Whether every item has every role."""
        return all(len(item.parts) == len(self.ports) for item in self.items)

    @property
    def bands(self) -> tuple[str, ...]:
        """Names of the bands of the first role."""
        return _names(self.ports[0])

    @property
    def dtype(self) -> str:
        """Of the first role."""
        return self.ports[0].dtype

    @property
    def size_px(self) -> int:
        """Shorter side of the patches of the first role."""
        return min(size_of(self.ports[0]))

    @property
    def is_complex(self) -> bool:
        """Whether the first role's samples are complex."""
        return self.ports[0].is_complex

    @property
    def quantity(self) -> str:
        """Of the first role."""
        return self.ports[0].quantity

    @property
    def scaling(self) -> Scaling:
        """Of the first role; a set of masks alone has none.

        Raises
        ------
        InputError
            If there is none.
        """
        scaling = self.ports[0].scaling
        if scaling is None:
            raise InputError(f"The role '{self.ports[0].role}' holds masks and has no scaling.")
        return scaling

    def save(self, path: Path) -> Path:
        """Write as JSON, in one piece."""
        return write_text(path, self.model_dump_json(indent=None) + "\n")


def size_of(port: BoundPort) -> tuple[int, int]:
    """Return (rows, cols) of a port's patches, which the manifest has checked to be there."""
    return port.size_px or (1, 1)


def common_spacing(
    spacings: Iterable[tuple[float, float] | None],
) -> tuple[float, float] | None:
    """Return the pixel size that all sources have; None where they differ or do not know it."""
    found = set(spacings)
    return found.pop() if len(found) == 1 else None


def damage(manifest: Manifest) -> str:
    """Return where the parts of a manifest disagree, as an end of a sentence; empty: nowhere."""
    roles = [port.role for port in manifest.ports]
    for item in manifest.items:
        if not set(item.parts) <= set(roles):
            return "a patch has a role that the set has not"
        indices = [index for part in item.parts.values() for index in part.sources]
        if not all(0 <= index < len(manifest.sources) for index in indices):
            return "a patch has no source"
    if not all(shard.role in roles for shard in manifest.shards):
        return "a shard has a role that the set has not"
    for role in roles:
        for split in SPLITS:
            if _listed(manifest.items, role, split) != _stored(manifest.shards, role, split):
                return "its patches and shards disagree"
    return ""


def _listed(items: Sequence[Item], role: Role, split: Split) -> int:
    return sum(item.frames(role) for item in items if item.split == split)


def _stored(shards: Sequence[Shard], role: Role, split: Split) -> int:
    return sum(shard.count for shard in shards if (shard.role, shard.split) == (role, split))


def _names(port: BoundPort) -> tuple[str, ...]:
    return port.bands if isinstance(port.bands, tuple) else ()
