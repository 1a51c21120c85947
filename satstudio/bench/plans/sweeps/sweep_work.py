"""Sweep: a table of trainings, rows x seeds on one patch set."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar

from satstudio.bench.plans.document import Document
from satstudio.bench.plans.rows import RUNS, Rows, run_of
from satstudio.bench.plans.sweeps.report_page import sweep_page
from satstudio.bench.plans.sweeps.summary import groups_of, nearest_run
from satstudio.bench.plans.sweeps.sweep_plan import USUAL_IMAGES, SweepPlan, Trial
from satstudio.bench.plans.task import Launch, Place, Row, Task
from satstudio.bench.plans.work import PlanWork
from satstudio.core.errors import InputError, RunError
from satstudio.core.progress import Progress
from satstudio.core.runs.checkpoint_files import FOLDER, has_checkpoint, remove_checkpoints
from satstudio.patches.patch_set import PatchSet

CHECK, TRAIN = "check_recipes", "train_trial"
"""Kinds of jobs: what checks all recipes before the first training; what trains one of them."""

NOTHING: Row = {
    "beside": {},
    "scored": {},
    "n": None,
    "n_real": None,
    "step": None,
    "seconds": None,
}


class Sweep(PlanWork):
    """Every row of a plan trained with every seed.

    Each row of rows.jsonl has `row`, `values`, `seed`, `run`, `status` (done, diverged or failed),
    `message`, `figures`, `beside` (those of real patches and of Gaussian fields), `n` (generated
    images that they are measured on), `n_real` (real patches that differ), `step`, `seconds`,
    `finished`, `machine`, `versions`, `trips` (how often it went back to a good state and learnt
    more slowly), `patches`, `trained_on` (how many) and `trained_on_sha256`.
    """

    fixed: ClassVar[tuple[str, ...]] = (
        "experiment", "base", "figures", "taken", "columns", "extractor", "classifier", "images",
    )  # fmt: skip
    plan: SweepPlan

    def __init__(self, values: dict[str, Any], place: Place) -> None:
        super().__init__(values, place)
        self.plan = SweepPlan.build(values, "The plan")
        self._trials = self.plan.trials()
        self._sha256 = ""

    def tasks(self, launch: Launch, progress: Progress) -> tuple[Task, ...]:
        """Return a task a run; all recipes and networks are tried before the first one."""
        trials, patches = self._trials, self._patches()
        launch(
            recipe_check(trials, patches, self._networks() if self.plan.scored else {}), progress
        )
        learnt = PatchSet.open(patches)
        self._sha256 = learnt.sha256
        origin = {
            "patches": str(patches),
            "trained_on_sha256": learnt.sha256,
            "trained_on": len(learnt.train),
        }
        return tuple([self._task(trial, patches, origin) for trial in trials])

    def check(self, rows: Rows, tasks: Sequence[Task]) -> None:
        """Refuse rows of another patch set, and what was trained with other values."""
        out = self.place.out
        for row in rows.all:
            if row["trained_on_sha256"] != self._sha256:
                raise RunError(
                    f"{out} was trained on another patch set ({row['patches']}); go on with that "
                    "one, or choose another folder."
                )
        for task in tasks:
            found = rows.find(task.key)
            if found is not None and found["values"] != task.row["values"]:
                raise InputError(
                    f"{out} holds the row '{found['row']}' with other values ({found['values']}); "
                    "label the new one otherwise, or choose another folder."
                )

    def tidy(self, rows: Rows, tasks: Sequence[Task], row: Row) -> None:
        """Remove checkpoints that are not kept, once all runs of a row are finished.

        Only those of runs that lie in the sweep's own folder: what a link leads to is another's.
        """
        if self.plan.keep == "all":
            return
        of_row = [one for one in self._seen(rows.all) if one["row"] == row["row"]]
        if len(of_row) < sum(task.row["row"] == row["row"] for task in tasks):
            return
        nearest = nearest_run(of_row, self.plan.figures[0])
        for one in of_row:
            folder = self._checkpoints(one)
            is_own = folder.resolve().is_relative_to((self.place.out / RUNS).resolve())
            if one is not nearest and is_own and folder.is_dir():
                remove_checkpoints(folder)

    def document(self, rows: Sequence[Row]) -> Document:
        """Return the table over the seeds, the groups and the rows."""
        found = self._seen(rows)
        groups = [asdict(group) for group in groups_of(found, self.plan.figures)]
        page = sweep_page(self.plan, found, self.place.out)
        return Document("sweep", page, {"groups": groups, "rows": found})

    def _patches(self) -> Path:
        if self.place.patches is None:
            raise InputError("The plan is carried out on a patch set; give one.")
        return self.place.patches

    def _networks(self) -> dict[str, Any]:
        """Return what FID and IS are measured with."""
        return {
            "extractor": self.plan.extractor,
            "classifier": self.plan.classifier,
            "images": self.plan.images or USUAL_IMAGES,
        }

    def _task(self, trial: Trial, patches: Path, origin: Row) -> Task:
        plan = self.plan
        folder = run_of(self.place.out, trial.key)
        wanted = {
            "names": plan.figures,
            "logged": plan.logged,
            "taken": plan.taken,
            "better": plan.better_of(plan.logged[0]) if plan.logged else "none",
            **(self._networks() if plan.scored else {}),
        }
        row = {
            "key": trial.key,
            "row": trial.row,
            "label": trial.label,
            "values": trial.values,
            "seed": trial.seed,
            "run": f"{RUNS}/{folder.name}",
            **origin,
        }
        arguments = {
            "patches": str(patches),
            "recipe": trial.recipe,
            "folder": str(folder),
            "wanted": wanted,
        }
        blank = {"figures": dict.fromkeys(plan.figures), **NOTHING}
        return Task(TRAIN, arguments, row, blank, f"{trial.row}, seed {trial.seed}")

    def _seen(self, rows: Sequence[Row]) -> tuple[Row, ...]:
        """Return rows, and whether the generator of each is still there."""
        return tuple(
            [{**row, "has_checkpoint": has_checkpoint(self._checkpoints(row))} for row in rows]
        )

    def _checkpoints(self, row: Row) -> Path:
        return self.place.out / str(row["run"]) / FOLDER


def recipe_check(trials: Sequence[Trial], patches: Path, networks: dict[str, Any]) -> Task:
    """Return the task that checks the recipes of all runs on their patch set; it finds batches.

    Parameters
    ----------
    networks : extractor, classifier and images of FID and IS; empty where there are none
    """
    recipes = [{"where": trial.where, "row": trial.row, "values": trial.recipe} for trial in trials]
    return Task(CHECK, {"patches": str(patches), "recipes": recipes, "networks": networks})
