"""Translations: trainings from images to images, each image measured by networks that never saw it.

A row is a recipe, trained on every fold of a folder of images (or on one patch set) with every
seed; a row may continue another one from its saved state.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from satstudio.bench.plans.document import Document
from satstudio.bench.plans.failures import failure_remarks, whole
from satstudio.bench.plans.papers.translation_page import translation_page
from satstudio.bench.plans.papers.translation_plan import CONTINUES, TranslationPlan, Values
from satstudio.bench.plans.rows import RUNS, Rows, run_of
from satstudio.bench.plans.sweeps.sweep_plan import Trial
from satstudio.bench.plans.task import Launch, Place, Row, Task
from satstudio.bench.plans.work import PlanWork
from satstudio.core.errors import InputError, RunError
from satstudio.core.progress import Progress
from satstudio.patches.manifest import MANIFEST

CHECK, TRIAL = "check_translations", "translate_trial"
SETS = "sets"


class Translations(PlanWork):
    """Every row trained on every fold with every seed; a row of rows.jsonl each."""

    fixed: ClassVar[tuple[str, ...]] = ("experiment", "base", "folder", "folds")
    plan: TranslationPlan

    def __init__(self, values: Values, place: Place) -> None:
        super().__init__(values, place)
        self.plan = TranslationPlan.build(values, "The plan")
        self._trials = self.plan.trials()
        self._images = ""

    def tasks(self, launch: Launch, progress: Progress) -> tuple[Task, ...]:
        """Return a task a fold, row and seed; a continued run follows the one before it."""
        path, folds = self._path(), self._folds()
        sources = [self._source(path, fold) for fold in folds]
        recipes = [{"where": t.where, "row": t.row, "values": t.recipe} for t in self._trials]
        found = launch(Task(CHECK, {"sources": sources, "recipes": recipes}), progress)
        self._images = str(found["images_sha256"])
        origin = {"images_sha256": self._images, "patches": str(path), "n": found["images"]}
        return tuple(
            [
                self._task(trial, fold, source, origin)
                for fold, source in zip(folds, sources, strict=True)
                for trial in self._trials
            ]
        )

    def check(self, rows: Rows, tasks: Sequence[Task]) -> None:
        """Refuse rows of other images, and what was trained with other values."""
        for row in rows.all:
            if row["images_sha256"] != self._images:
                raise RunError(
                    f"{self.place.out} was trained on other images ({row['patches']}); go on with "
                    "those, or choose another folder."
                )
        for task in tasks:
            found = rows.find(task.key)
            if found is not None and found["values"] != task.row["values"]:
                raise InputError(
                    f"{self.place.out} holds the row '{found['row']}' with other values "
                    f"({found['values']}); label the new one otherwise, or choose another folder."
                )

    def document(self, rows: Sequence[Row]) -> Document:
        """Return the table over the images, image by image, and the rows."""
        asked = {trial.key for trial in self._trials}
        mine = [row for row in rows if row["trial"] in asked]
        page = translation_page(self.plan, whole(mine), failure_remarks(mine), self.place.out)
        return Document("translation", page, {"rows": mine})

    def _path(self) -> Path:
        if self.place.patches is None:
            raise InputError("The plan is carried out on a folder of images or a patch set.")
        return self.place.patches

    def _folds(self) -> tuple[int | None, ...]:
        """Return the folds of a folder; of a patch set, which is split already, none."""
        is_set = (self._path() / MANIFEST).is_file()
        return (None,) if is_set else tuple(range(1, self.plan.folds + 1))

    def _source(self, path: Path, fold: int | None) -> Values:
        if fold is None:
            return {"path": str(path)}
        choices = {**self.plan.folder, "folds": self.plan.folds, "fold": fold}
        out = self.place.out / SETS / f"fold{fold}"
        return {"path": str(path), "choices": choices, "out": str(out)}

    def _task(self, trial: Trial, fold: int | None, source: Values, origin: Row) -> Task:
        folder = run_of(self.place.out, _key(trial.key, fold))
        earlier = self.plan.said(trial.label, CONTINUES)
        arguments: Values = {"source": source, "recipe": trial.recipe, "folder": str(folder)}
        if earlier is not None:
            before = next(
                one for one in self._trials if one.label == earlier and one.seed == trial.seed
            )
            arguments["continues"] = str(run_of(self.place.out, _key(before.key, fold)))
        row = {
            "key": folder.name,
            "trial": trial.key,
            "row": trial.row,
            "label": trial.label,
            "values": trial.values,
            "seed": trial.seed,
            "fold": fold,
            "run": f"{RUNS}/{folder.name}",
            **origin,
        }
        called = "" if fold is None else f", fold {fold}"
        blank: Row = {"figures": {}, "images": []}
        return Task(TRIAL, arguments, row, blank, f"{trial.row}{called}, seed {trial.seed}")


def _key(trial: str, fold: int | None) -> str:
    return trial if fold is None else f"{trial}-fold{fold}"
