"""SweepPlan: a training recipe, the values that rows change in it, and the seeds of the trials."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from satstudio.bench.plans.published import Published
from satstudio.core.errors import RecipeError
from satstudio.core.files.old_keys import new_plan
from satstudio.core.recipe import Recipe
from satstudio.metrics.card import Better
from satstudio.metrics.run_figures import FigureCard, figure_card

LABEL = "label"
STEPS = "{steps}"
"""In texts of a plan: the steps that its runs had."""
MOST_RUNS = 10_000
LEAST_IMAGES, USUAL_IMAGES = 50, 1000
"""For FID and IS."""

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Trial:
    """One run of a sweep.

    Attributes
    ----------
    row : what the row is called, the same for all its seeds
    label : what the plan calls it; "" where it does not
    values : what the row changes in the base
    key : name of the run's folder, of letters that every system allows
    recipe : of the training, as plain values; a worker checks it
    where : what errors say of it
    """

    row: str
    label: str
    values: Values
    seed: int
    key: str
    recipe: Values
    where: str


class SweepPlan(Recipe):
    """Any training recipe x (grid or list of rows) x seeds."""

    experiment: Literal["training"] = "training"
    title: str = Field("A sweep of trainings", title="Title of the report")
    text: str = Field("", title="What it is for")
    differs: tuple[str, ...] = Field((), title="What differs from the paper")
    published: tuple[Published, ...] = Field((), title="Tables of the paper")
    base: Values = Field(
        default_factory=dict,
        title="Training recipe",
        description="As in a recipe of a training; its steps must be given",
    )
    grid: dict[str, tuple[Any, ...]] = Field(
        default_factory=dict,
        title="Grid",
        description="Key of the recipe -> its values; every combination is a row",
    )
    rows: tuple[Values, ...] = Field(
        (),
        title="Rows",
        description="Tables of keys and values, with an optional label; each with all of the grid",
    )
    seeds: tuple[int, ...] = Field((0, 1, 2), min_length=1, title="Seeds", description="Trials")
    figures: tuple[str, ...] = Field(
        ("swd", "ks_modulus", "spectrum_distance_db"),
        min_length=1,
        title="Figures",
        description="Numbers of the log; the first one says which run is nearest to the mean",
    )
    taken: Literal["end", "best"] = Field(
        "end", title="Taken at", description="The end of a run, or where the first figure is best"
    )
    better: Better | None = Field(
        None,
        title="Which is better",
        description="Of figures that the program does not know: lower, higher, one, zero or none",
    )
    columns: str | None = Field(
        None, title="Key whose values are columns", description="none: the figures are columns"
    )
    curves: tuple[str, ...] = Field(
        (),
        title="Curves",
        description="Numbers of the log that are drawn; none: the first three figures",
    )
    axis: Literal["step", "epoch"] = Field("step", title="What curves are drawn over")
    keep: Literal["all", "nearest"] = Field(
        "all",
        title="Checkpoints that are kept",
        description="nearest: of each row only those of the run nearest to the mean",
    )
    extractor: str | None = Field(
        None,
        title="Features for FID",
        description="ONNX file of a feature network, 'handcrafted' or 'random': Frechet and kernel "
        "distance at the end of each run",
    )
    classifier: str | None = Field(
        None,
        title="Classes for IS",
        description="ONNX file of a network of class logits or probabilities: the Inception Score "
        "at the end of each run",
    )
    images: int | None = Field(
        None,
        ge=LEAST_IMAGES,
        le=50_000,
        title="Images for FID and IS",
        description=f"Generated ones, and held-out ones at most; none: {USUAL_IMAGES}",
    )

    @model_validator(mode="before")
    @classmethod
    def _with_new_keys(cls, values: Any) -> Any:  # noqa: ANN401 - whatever is to be checked
        return new_plan(values) if isinstance(values, Mapping) else values

    @field_validator("base")
    @classmethod
    def _without_none(cls, base: Values) -> Values:
        """Leave out what is None, as TOML does: it is what is not said."""
        return _said(base)

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        for name, values in (("grid", list(self.grid)), ("columns", [self.columns])):
            if "seed" in values:
                raise ValueError(f"'seed' stands in {name}; give the trials as 'seeds'")
        if "seed" in self.base or any("seed" in row for row in self.rows):
            raise ValueError("'seed' stands in the base or a row; give the trials as 'seeds'")
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError("a seed stands in 'seeds' twice")
        if any(not values for values in self.grid.values()):
            raise ValueError("a key of the grid has no values")
        if self.columns and any(self.columns not in row for row in self._combinations()):
            raise ValueError(f"columns: '{self.columns}' is not a key of every row")
        return self._with_scores()

    def _with_scores(self) -> Self:
        """Put the figures of networks that are named before those of the log."""
        if self.scored and self.taken == "best":
            raise ValueError("taken: FID and IS are of the end of a run; take the 'end'")
        more = tuple([name for name in self.scored if name not in self.figures])
        object.__setattr__(self, "figures", (*more, *self.figures))
        if self.taken == "best" and self.better_of(self.figures[0]) == "none":
            raise ValueError(f"taken: of '{self.figures[0]}' no value is better; take the 'end'")
        return self

    @property
    def scored(self) -> tuple[str, ...]:
        """Figures that networks of the user's give, at the end of each run."""
        of_features = ("frechet_features", "kid") if self.extractor else ()
        return (*of_features, *(("inception_score",) if self.classifier else ()))

    @property
    def logged(self) -> tuple[str, ...]:
        """Figures that are taken from the log."""
        return tuple([name for name in self.figures if name not in self.scored])

    def better_of(self, figure: str) -> Better:
        """Return which values of a figure are better: as it is known, else as the plan says."""
        return self.card_of(figure).better

    def card_of(self, figure: str) -> FigureCard:
        """Return what a figure is called; which value is better may be the plan's to say."""
        card = figure_card(figure)
        return card if card.better != "none" else replace(card, better=self.better or "none")

    def trials(self) -> tuple[Trial, ...]:
        """Return all runs, a row after the other; their recipes are not checked yet.

        Raises
        ------
        RecipeError
            If there are too many, or two are called alike.
        """
        combinations = self._combinations()
        if len(combinations) * len(self.seeds) > MOST_RUNS:
            raise RecipeError(
                f"The plan has {len(combinations)} rows x {len(self.seeds)} seeds; at most "
                f"{MOST_RUNS} runs are made of one."
            )
        trials = tuple(
            self._trial(number, dict(values), seed)
            for number, values in enumerate(combinations, 1)
            for seed in self.seeds
        )
        names = [trial.key for trial in trials]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise RecipeError(f"Two rows of the plan are called alike: {twice[0]}; label them.")
        return trials

    def name_of(self, label: str, values: Values, without: str | None = None) -> str:
        """Return what a row is called: its label and the grid's values, or all of its values."""
        shown = {
            key: value
            for key, value in values.items()
            if key != without and (not label or key in self.grid)
        }
        return ", ".join(filter(None, [label, describe(shown)])) or "base"

    def _combinations(self) -> list[Values]:
        """Return what each row changes, its label included."""
        cells = [
            dict(zip(self.grid, values, strict=True)) for values in product(*self.grid.values())
        ]
        return [{**row, **cell} for row in self.rows or ({},) for cell in cells]

    def _trial(self, number: int, values: Values, seed: int) -> Trial:
        label = str(values.pop(LABEL, ""))
        name = self.name_of(label, values)
        recipe = {**self.base, **values, "seed": seed}
        where = f"The plan's row {number} ({name})"
        return Trial(name, label, values, seed, f"{_slug(name)}-seed{seed}", recipe, where)


def as_run(text: str, steps: Iterable[int]) -> str:
    """Return a text of a plan that says `{steps}` with the steps that were run."""
    known = sorted(set(steps))
    return text.replace(STEPS, " or ".join(map(str, known)) if known else "the plan's")


def describe(values: Mapping[str, object]) -> str:
    """Return values as short text: `lr 0.001, space scale`."""
    return ", ".join(f"{key} {_short(value)}" for key, value in values.items())


def _said(values: Mapping[str, Any]) -> Values:
    return {
        key: _said(value) if isinstance(value, Mapping) else value
        for key, value in values.items()
        if value is not None
    }


def _short(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9.+=]+", "-", name).strip("-.")
