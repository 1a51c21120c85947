"""Settings: the user's settings as a Recipe; `session` reads and writes their file."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from satstudio.core.recipe import Recipe

MOST_RECENT = 12


class Settings(Recipe):
    """What the user chose once for every session; window geometry is not among it."""

    theme: Literal["system", "light", "dark"] = Field(
        "system",
        title="Theme",
        description="Colours of the window; images always stand on a dark grey.",
        json_schema_extra={
            "section": "Looks",
            "shown": {"system": "As the desktop", "light": "Light", "dark": "Dark"},
        },
    )
    coordinates: Literal["decimal", "minutes", "seconds"] = Field(
        "decimal",
        title="Longitude and latitude",
        description="How places are written below the image.",
        json_schema_extra={
            "section": "Units",
            "shown": {
                "decimal": "48.13743\N{DEGREE SIGN} N",
                "minutes": "48\N{DEGREE SIGN} 08.246\N{PRIME} N",
                "seconds": "48\N{DEGREE SIGN} 08\N{PRIME} 14.7\N{DOUBLE PRIME} N",
            },
        },
    )
    lengths: Literal["metric", "imperial"] = Field(
        "metric",
        title="Lengths on the ground",
        description="Units of the scale bar and of sizes on the ground.",
        json_schema_extra={
            "section": "Units",
            "shown": {"metric": "metres, kilometres", "imperial": "feet, miles"},
        },
    )
    cache_mb: int = Field(
        256,
        ge=64,
        le=16384,
        title="Memory for tiles (MB)",
        description="Read and drawn parts of images that stay in memory.",
        json_schema_extra={"section": "Memory, disk, processor"},
    )
    pyramid_cache_gb: float = Field(
        20,
        ge=0.1,
        le=2000,
        title="Disk for overviews (GB)",
        description="Smaller copies of large scenes; the ones used longest ago go first.",
        json_schema_extra={"section": "Memory, disk, processor"},
    )
    threads: int | None = Field(
        None,
        ge=1,
        le=512,
        title="Threads of tasks",
        description="For restoring and training; empty = all cores but one, on the command line "
        "all cores for restoring. Small nets are "
        "trained with one, which is faster.",
        json_schema_extra={
            "section": "Memory, disk, processor",
            "placeholder": "all cores but one",
        },
    )
    legend: bool = Field(True, title="Legend on the image")
    scale_bar: bool = Field(True, title="Scale bar on the image")
    histogram_log: bool = Field(False, title="Logarithmic counts of the histogram")
    compare_metrics: tuple[str, ...] = Field((), title="Figures of comparisons")
    train_charts: tuple[str, ...] | None = Field(None, title="Charts of a training")
    train_log_charts: tuple[str, ...] | None = Field(None, title="Charts over a logarithmic axis")
    train_smoothing: float = Field(0, ge=0, lt=1, title="Smoothing of curves")
    train_sort: str = Field("", title="Order of the training runs")
    study: Path | None = Field(None, title="Study folder")
    recent: tuple[str, ...] = Field((), title="Recent files")
    shortcuts: dict[str, str] = Field(default_factory=dict, title="Shortcuts")

    def with_recent(self, path: str) -> "Settings":
        """Return settings with `path` first among the recent files."""
        others = tuple(item for item in self.recent if item != path)
        return self.changed(recent=(path, *others)[:MOST_RECENT])
