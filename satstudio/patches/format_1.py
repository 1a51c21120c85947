"""Manifest1: patch sets of format 1, of one role and one image an item, as today's manifest."""

from typing import Any, Literal

from pydantic import Field

from satstudio.core.port import BoundPort
from satstudio.core.recipe import Recipe
from satstudio.core.scaling import Scaling
from satstudio.patches.manifest import (
    INPUT,
    Item,
    Manifest,
    PatchSource,
    Shard,
    Split,
    Use,
    common_spacing,
)
from satstudio.pixels.spectral.fourier import Domain


class _Source(Recipe):
    address: str
    sha256: str
    rows: int = Field(ge=1)
    cols: int = Field(ge=1)
    driver: str = ""
    spacing_m: tuple[float, float] | None = None
    role: Use = "both"


class _Entry(Recipe):
    source: int = Field(ge=0)
    window: tuple[int, int, int, int]
    split: Split
    valid: float = Field(1.0, ge=0, le=1)


class _Shard(Recipe):
    file: str = Field(pattern=r"^[a-z]+-\d{3,}\.npy$")
    split: Split
    count: int = Field(ge=1)
    sha256: str
    has_mask: bool = False


class Manifest1(Recipe):
    """What `manifest.json` of format 1 holds."""

    format: Literal[1] = 1
    bands: tuple[str, ...] = Field(min_length=1)
    dtype: Literal["complex64", "float32"]
    size_px: int = Field(ge=1)
    is_complex: bool
    quantity: str = "dn"
    domain: Domain = "image"
    scaling: Scaling
    seed: int
    recipe: dict[str, Any] = Field(default_factory=dict)
    sources: tuple[_Source, ...]
    patches: tuple[_Entry, ...]
    shards: tuple[_Shard, ...]
    created: str
    version: str

    def upgraded(self) -> Manifest:
        """Return the same in today's format."""
        port = BoundPort(
            role=INPUT,
            bands=self.bands,
            quantity=self.quantity,
            dtype=self.dtype,
            scaling=self.scaling,
            size_px=(self.size_px, self.size_px),
            pixel_size_m=common_spacing([source.spacing_m for source in self.sources]),
        )
        return Manifest(
            ports=(port,),
            domain=self.domain,
            seed=self.seed,
            recipe=self.recipe,
            sources=tuple(_source(source) for source in self.sources),
            items=tuple(
                Item.single(entry.source, entry.window, entry.split, entry.valid)
                for entry in self.patches
            ),
            shards=tuple(Shard(role=INPUT, **shard.model_dump()) for shard in self.shards),
            created=self.created,
            version=self.version,
        )


def _source(source: _Source) -> PatchSource:
    values = source.model_dump()
    return PatchSource(use=values.pop("role"), **values)
