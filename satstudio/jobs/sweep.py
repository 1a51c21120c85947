"""carry_out_sweep: a plan with its report, as one job; find_plan, known_plans."""

from pathlib import Path
from typing import Any

from satstudio.bench.plans.benchmark.benchmark_plan import with_places
from satstudio.bench.plans.carry_out import carry_out
from satstudio.bench.plans.document import write_page
from satstudio.bench.plans.kinds import BENCHMARK, make_work
from satstudio.bench.plans.task import Place
from satstudio.core.errors import InputError
from satstudio.core.paths import resources_folder
from satstudio.core.progress import Progress
from satstudio.core.recipe import read_toml
from satstudio.jobs.launch import launch


def carry_out_sweep(
    plan: dict[str, Any], out: Path, progress: Progress, patches: Path | None = None
) -> Path:
    """Carry out a plan of any kind and write its report; goes on where it ended before.

    Parameters
    ----------
    plan : as in its TOML file; `experiment` says its kind, sweeps of trainings where left out
    out : folder of rows.jsonl, runs/, report.json and report.html
    patches : patch set; kinds that make or name their own data take none

    Returns
    -------
    Path
        report.html

    Raises
    ------
    InputError
        If the plan, the patches or the folder cannot work.
    RunError
        If every task failed.
    """
    work = make_work(plan, Place(out, patches))
    return write_page(carry_out(work, launch, progress))


def find_plan(name: str) -> dict[str, Any]:
    """Return the values of a plan: a TOML file, or one that comes along, as nss/hadamard.

    Raises
    ------
    InputError
        Naming the plans there are.
    """
    path = Path(name)
    if path.suffix == ".toml":
        return read_plan(path)
    known = known_plans()
    if name not in known:
        raise InputError(
            f"There is no plan '{name}'; give a TOML file, or one of: {', '.join(known)}."
        )
    return read_toml(known[name])


def read_plan(path: Path) -> dict[str, Any]:
    """Return the values of a plan's file; what a benchmark names there is relative to it."""
    values = read_toml(path)
    is_benchmark = values.get("experiment") == BENCHMARK
    return with_places(values, path.absolute().parent) if is_benchmark else values


def known_plans() -> dict[str, Path]:
    """Return the plans that come along: name -> file, those of `recipes/` with an `experiment`."""
    folder = resources_folder() / "recipes"
    return {
        path.relative_to(folder).with_suffix("").as_posix(): path
        for path in sorted(folder.rglob("*.toml"))
        if "experiment" in read_toml(path)
    }
