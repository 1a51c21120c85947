"""Variance: what blur and noise do to the variance of a patch set's images over the time t."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from satstudio.bench.plans.document import Document
from satstudio.bench.plans.published import Published, published_tables
from satstudio.bench.plans.task import Launch, Place, Row, Task
from satstudio.bench.plans.work import PlanWork
from satstudio.core.errors import InputError
from satstudio.core.files.old_keys import new_plan
from satstudio.core.progress import Progress
from satstudio.core.recipe import Recipe

MOST_IMAGES = 256
KEY, PICTURE = "variance", "spaces.png"
MEASURED = ("sigma", "n", "variance", "curves", "measured")
TEXT = (
    "Blur takes variance from images, noise brings some. Sigma, the standard deviation of the "
    "noise of one step, is chosen by least squares so that both together keep it."
)
DEFINITION = (
    "Variance: of pixels about the mean of their own image and channel, mean over all images, in "
    "the numbers that the network sees. Curves are exact; the table has beside them what was "
    "measured on images with noise."
)
DIFFERS = (
    "The paper takes sigma = 0.15, which keeps the variance of photographs in 0..1; other images "
    "and other scalings need another sigma.",
    "The paper takes sigma for a variance in one place and for a standard deviation in another; it "
    "is a standard deviation here.",
)


class VariancePlan(Recipe):
    """How far images are followed."""

    experiment: Literal["variance"] = "variance"
    title: str = "Variance of images over the time t"
    published: tuple[Published, ...] = Field((), title="Figures of the paper")
    initial_time: int = Field(64, ge=1, le=4096, title="Last time T")
    sigma: float | None = Field(None, ge=0, le=100, description="none: chosen from the images")
    images: int = Field(MOST_IMAGES, ge=1, le=MOST_IMAGES, title="At most so many images")
    seed: int = Field(0, ge=0, lt=2**31)

    @model_validator(mode="before")
    @classmethod
    def _with_new_keys(cls, values: Any) -> Any:  # noqa: ANN401 - whatever is to be checked
        return new_plan(values) if isinstance(values, Mapping) else values


class Variance(PlanWork):
    """One look at a patch set's images in each space; one row and a picture."""

    fixed: ClassVar[tuple[str, ...]] = ("experiment", "initial_time", "sigma", "images", "seed")
    plan: VariancePlan

    def __init__(self, values: dict[str, Any], place: Place) -> None:
        super().__init__(values, place)
        self.plan = VariancePlan.build(values, "The plan")

    def tasks(self, launch: Launch, progress: Progress) -> tuple[Task, ...]:
        """Return the one task."""
        plan = self.plan
        if self.place.patches is None:
            raise InputError("The plan is carried out on a patch set; give one.")
        times = doubled(plan.initial_time)
        arguments = {
            "patches": str(self.place.patches),
            "times": times,
            "sigma": plan.sigma,
            "images": plan.images,
            "seed": plan.seed,
            "picture": str(Path(self.place.out, PICTURE)),
        }
        row = {"key": KEY, "row": KEY, "patches": str(self.place.patches)}
        return (Task("measure_variance", arguments, row),)

    def told(self, row: Row) -> Row:
        """Return a row without its curves."""
        return {key: row[key] for key in row if key not in ("curves", "measured")}

    def document(self, rows: Sequence[Row]) -> Document:
        """Return the curves, exact and measured."""
        (row,) = [one for one in rows if one["key"] == KEY]
        facts = {name: row[name] for name in MEASURED}
        page = _page(self.plan, facts, row["curves"], row["measured"])
        page["facts"] = {"Patch set": Path(str(row["patches"])).name, **page["facts"]}
        return Document("variance", page, facts)


def doubled(initial_time: int) -> list[int]:
    """Return 0, 1, 2, 4 ... T."""
    times = [0] + [
        2**power for power in range(initial_time.bit_length()) if 2**power < initial_time
    ]
    return [*times, initial_time]


def _page(
    plan: VariancePlan,
    facts: dict[str, Any],
    curves: dict[str, list[float]],
    measured: dict[str, list[float]],
) -> dict[str, Any]:
    times = doubled(plan.initial_time)
    start = facts["variance"]
    kept = curves["noisy scale-space"]
    off = max(abs(value / start - 1) for value in kept) if start else 0.0
    rows = [
        [str(time), *(f"{curves[name][time]:.4g} / {measured[name][row]:.4g}" for name in curves)]
        for row, time in enumerate(times)
    ]
    lines = {**curves, "the images": [start] * len(kept)}
    return {
        "title": plan.title,
        "facts": {
            "Sigma": f"{facts['sigma']:.4g}",
            "Images": str(facts["n"]),
            "Variance of the images": f"{start:.4g}",
            "T": str(plan.initial_time),
        },
        "sections": [
            {
                "title": "Variance over t",
                "text": TEXT,
                "curves": [
                    {
                        "title": "Variance",
                        "x_label": "t",
                        "x": list(range(plan.initial_time + 1)),
                        "lines": lines,
                        "is_log": True,
                    }
                ],
                "tables": [
                    {
                        "title": f"Variance, exact / measured on n = {facts['n']} images",
                        "head": ["t", *curves],
                        "rows": rows,
                        "is_numeric": True,
                    },
                    *published_tables(plan.published),
                ],
                "pictures": [{"path": PICTURE, "caption": "One image in each space over t."}],
                "remarks": [
                    DEFINITION,
                    "The variance in noisy scale-space stays within "
                    f"{off:.0%} of the images' own up to T.",
                    *DIFFERS,
                ],
            }
        ],
    }
