"""Benchmark: every model on every data set that it fits, one table a set."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

from satstudio.bench.plans.benchmark.benchmark_page import benchmark_page
from satstudio.bench.plans.benchmark.benchmark_plan import (
    BenchmarkModel,
    BenchmarkPlan,
    BenchmarkSet,
)
from satstudio.bench.plans.document import Document
from satstudio.bench.plans.rows import Rows
from satstudio.bench.plans.task import Launch, Place, Row, Task
from satstudio.bench.plans.work import PlanWork
from satstudio.core.errors import InputError, SatstudioError
from satstudio.core.files.replacing import sha256_of
from satstudio.core.progress import Progress
from satstudio.restore.baselines import PREFIX
from satstudio.restore.models.model_file import read_card

RESULTS = "results"
NO_SEED = 0
"""Of restoring, in which nothing is drawn by chance."""


class Benchmark(PlanWork):
    """A row a data set and model, and of generators a seed.

    Each row has `set`, `model`, `seed`, `values`, `status`, `figures` by metric, `cards`
    with unit, definition and n of each, `seconds`, `result` (its file), `machine` and `versions`.
    """

    fixed: ClassVar[tuple[str, ...]] = ("experiment", "metrics", "data_range", "settings", "count")
    plan: BenchmarkPlan

    def __init__(self, values: dict[str, Any], place: Place) -> None:
        super().__init__(values, place)
        self.plan = BenchmarkPlan.build(values, "The plan")

    def tasks(self, launch: Launch, progress: Progress) -> tuple[Task, ...]:
        """Return the tasks, set by set.

        Raises
        ------
        InputError
            If no model fits any set.
        """
        takes = {one.called: _takes(one) for one in self.plan.models}
        found = tuple(
            [
                task
                for data in self.plan.sets
                for model in self.plan.models
                if takes[model.called] in ("", _wants(data))
                for task in self._tasks(data, model)
            ]
        )
        if not found:
            raise InputError(
                "No model of the plan fits any of its sets: scenes want models that take images, "
                "or baselines; real images want models that take noise."
            )
        return found

    def check(self, rows: Rows, tasks: Sequence[Task]) -> None:
        """Refuse rows that were made with another file or options under the same names."""
        for task in tasks:
            found = rows.find(task.key)
            if found is not None and found["values"] != task.row["values"]:
                raise InputError(
                    f"{self.place.out} holds '{found['row']}' made otherwise "
                    f"({found['values']}); name the new one otherwise, or choose another folder."
                )

    def document(self, rows: Sequence[Row]) -> Document:
        """Return a table a set."""
        return Document("benchmark", benchmark_page(self.plan, rows), {"rows": list(rows)})

    def _tasks(self, data: BenchmarkSet, model: BenchmarkModel) -> Iterator[Task]:
        chosen = data.model_copy(update={"metrics": data.metrics or self.plan.metrics})
        table = chosen.model_dump(mode="json", exclude_none=True)
        seeds = (NO_SEED,) if data.scene is not None else self.plan.seeds
        for seed in seeds:
            key = f"{_slug(data.name)}-{_slug(model.called)}-seed{seed}"
            ending = ".tif" if data.scene is not None else ".npy"
            result = f"{RESULTS}/{key}{ending}"
            arguments: Row = {"data": table, "out": str(self.place.out / result)}
            row = {
                "key": key,
                "row": f"{model.called} on {data.name}",
                "set": data.name,
                "model": model.called,
                "seed": seed,
                "values": {"set": table, "model": _identity(model)},
                "result": result,
            }
            name = f"{data.name}, {model.called}"
            blank: Row = {"figures": {}, "cards": {}, "seconds": None}
            if data.scene is not None:
                known = {"data_range": self.plan.data_range, **self.plan.settings}
                arguments |= {"model": _restorer(model), "options": model.options, "known": known}
                yield Task("score_restored", arguments, row, blank, name)
            else:
                count = self.plan.count
                arguments |= {"model": str(model.model), "seed": seed * count, "count": count}
                yield Task("score_generated", arguments, row, blank, f"{name}, seed {seed}")


def _wants(data: BenchmarkSet) -> str:
    """Return what models of a set take."""
    return "noise" if data.scene is None else "image"


def _takes(model: BenchmarkModel) -> str:
    """Return what a model takes; "" of a file that cannot be read: its tasks fail and say why."""
    if model.baseline is not None:
        return "image"
    try:
        return str(read_card(Path(str(model.model))).takes)
    except SatstudioError:
        return ""


def _restorer(model: BenchmarkModel) -> str:
    return f"{PREFIX}{model.baseline}" if model.baseline is not None else str(model.model)


def _identity(model: BenchmarkModel) -> dict[str, Any]:
    """Return what tells a model from another of its name; the file itself counts, not its place."""
    options = {"options": model.options} if model.options else {}
    if model.baseline is not None:
        return {"baseline": model.baseline, **options}
    file = Path(str(model.model))
    sha256 = sha256_of(file) if file.is_file() else "missing"
    return {"file": file.name, "sha256": sha256, **options}


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9.+=]+", "-", name).strip("-.")
