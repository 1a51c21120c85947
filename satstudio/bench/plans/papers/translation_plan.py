"""TranslationPlan: trainings from images to images as rows, folds of the images, seeds."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from satstudio.bench.plans.published import Published
from satstudio.bench.plans.sweeps.sweep_plan import SweepPlan, Trial
from satstudio.core.recipe import Recipe

CONTINUES, PRINTED = "continues", "printed"
Values = dict[str, Any]


class TranslationPlan(Recipe):
    """Recipes x folds x seeds."""

    experiment: Literal["translation"] = "translation"
    title: str = Field("Images from images", title="Title of the report")
    text: str = Field("", title="What it is for")
    differs: tuple[str, ...] = Field((), title="What differs from the paper")
    published: tuple[Published, ...] = Field((), title="Tables of the paper")
    base: Values = Field(default_factory=dict, title="Training recipe")
    rows: tuple[Values, ...] = Field(
        min_length=1,
        title="Rows",
        description="Tables of keys and values of the recipe, each with a label; 'continues' names "
        "the row that one goes on with, 'printed' what the paper has for it",
    )
    folder: Values = Field(
        default_factory=dict,
        title="Import of the images",
        description="Choices of 'patches import folder'; of no use to a patch set",
    )
    folds: int = Field(
        4,
        ge=2,
        le=1000,
        title="Folds",
        description="Of a folder: every image is measured once, by a network that never saw it",
    )
    seeds: tuple[int, ...] = Field((0,), min_length=1, title="Seeds", description="Trials")

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        labels: list[str] = []
        for row in self.rows:
            label, earlier = str(row.get("label", "")), row.get(CONTINUES)
            if not label or label in labels:
                raise ValueError("every row needs a label of its own")
            if earlier is not None and earlier not in labels:
                raise ValueError(f"'{label}' continues '{earlier}', which is no row before it")
            labels.append(label)
        if any(key in self.folder for key in ("folds", "fold")):
            raise ValueError("'folds' stands in the folder; give it to the plan")
        return self

    def trials(self) -> tuple[Trial, ...]:
        """Return a trial a row and seed; folds share them."""
        own = [{k: v for k, v in row.items() if k not in (CONTINUES, PRINTED)} for row in self.rows]
        return SweepPlan.build({"base": self.base, "rows": own, "seeds": self.seeds}).trials()

    def said(self, label: str, key: str) -> str | None:
        """Return what a row says beside its recipe."""
        value = next(row for row in self.rows if row["label"] == label).get(key)
        return None if value is None else str(value)
