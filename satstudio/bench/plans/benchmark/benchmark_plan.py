"""BenchmarkPlan: data sets, models and metrics; every model that fits a set is measured on it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from satstudio.bench.plans.published import Published
from satstudio.core.recipe import Recipe

FILES = ("scene", "reference", "images", "model")
"""Keys of sets and models that name files; in a plan's file relative to it."""


class BenchmarkSet(Recipe):
    """Data that models are measured on: a scene to restore, or real images to be like."""

    name: str = Field(min_length=1, title="Name")
    scene: str | None = Field(None, title="Scene", description="PATH or PATH#IMAGE; is restored")
    reference: str | None = Field(
        None, title="Reference", description="On the scene's grid; empty: the scene itself"
    )
    window: str | None = Field(None, title="Window", description="ROW,COL,ROWS,COLS that is scored")
    images: str | None = Field(
        None,
        title="Real images",
        description="A patch set, a folder of images or an .npy file that generated images are "
        "compared with",
    )
    metrics: tuple[str, ...] = Field((), title="Metrics", description="Instead of the plan's")

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Self:
        if (self.scene is None) == (self.images is None):
            raise ValueError(f"set '{self.name}': give a scene, or real images")
        if self.scene is None and (self.reference or self.window):
            raise ValueError(f"set '{self.name}': reference and window are of a scene")
        return self


class BenchmarkModel(Recipe):
    """What is measured: a model file or a baseline, and how it is used."""

    name: str = Field("", title="Name", description="Empty: that of the file or baseline")
    model: str | None = Field(None, title="Model file")
    baseline: str | None = Field(None, title="Baseline")
    options: dict[str, Any] = Field(
        default_factory=dict, title="Options", description="Of restoring, as filter_px"
    )

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Self:
        if (self.model is None) == (self.baseline is None):
            raise ValueError("a model is a model file, or a baseline: give one of the two")
        return self

    @property
    def called(self) -> str:
        """Its name in tables."""
        return self.name or self.baseline or Path(str(self.model)).stem


class BenchmarkPlan(Recipe):
    """Sets x models x metrics."""

    experiment: Literal["benchmark"] = "benchmark"
    title: str = Field("A benchmark", title="Title of the report")
    text: str = Field("", title="What it is for")
    differs: tuple[str, ...] = Field((), title="What differs from the paper")
    published: tuple[Published, ...] = Field((), title="Tables of the paper")
    sets: tuple[BenchmarkSet, ...] = Field(min_length=1, title="Data sets")
    models: tuple[BenchmarkModel, ...] = Field(min_length=1, title="Models")
    metrics: tuple[str, ...] = Field((), title="Metrics", description="Empty: what fits the pixels")
    data_range: float | None = Field(
        None, gt=0, title="Data range", description="Largest possible value, for PSNR and SSIM"
    )
    settings: dict[str, Any] = Field(default_factory=dict, title="Parameters of metrics")
    count: int = Field(200, ge=50, le=10_000, title="Generated images", description="For sets")
    seeds: tuple[int, ...] = Field(
        (0, 1, 2), min_length=1, title="Seeds", description="Of generated images; trials"
    )

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        for names in ([one.name for one in self.sets], [one.called for one in self.models]):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"two sets or models are called '{twice[0]}'; name one otherwise")
        return self


def with_places(values: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return a plan's values whose files are absolute; in its file they are relative to it."""
    found = dict(values)
    for name in ("sets", "models"):
        if isinstance(found.get(name), list):
            found[name] = [_placed(one, folder) for one in found[name]]
    return found


def _placed(one: object, folder: Path) -> object:
    if not isinstance(one, Mapping):
        return one
    return {
        key: str(folder / value) if key in FILES and isinstance(value, str) else value
        for key, value in one.items()
    }
