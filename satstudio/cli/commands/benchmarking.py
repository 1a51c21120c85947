"""bench: data sets x models x metrics in one report."""

import json
from pathlib import Path

import click

from satstudio.bench.plans.rows import PLAN, has_failed, read_rows
from satstudio.cli.commands.sweeping import report_text
from satstudio.cli.stopping import OF_JOBS_S
from satstudio.cli.terminal import json_option, say, say_json, table, working
from satstudio.core.errors import InputError
from satstudio.core.recipe import read_toml, with_settings
from satstudio.jobs.client import run_job
from satstudio.jobs.job import Job
from satstudio.jobs.plans import describe_plan
from satstudio.jobs.sweep import find_plan


@click.group()
def bench() -> None:
    """Measure models on data sets, as a plan names them; resumable, one report."""


@bench.command(epilog="Example: satstudio bench run filters.toml --out filters")
@click.argument("plan")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="One choice; repeat.")
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="DIR")
@json_option
def run(plan: str, settings: tuple[str, ...], out: Path, as_json: bool) -> None:
    """Carry out PLAN, a TOML file with sets, models and metrics; files in it are relative to it.

    Each model that fits a set becomes a row of DIR/rows.jsonl, and all of them report.html. The
    same command again goes on where it was stopped; what failed is tried again.
    """
    values = with_settings(find_plan(plan), settings)
    if values.get("experiment") != "benchmark":
        raise InputError(f'{plan} is no benchmark: it does not say experiment = "benchmark".')
    arguments = {"plan": values, "out": str(out.absolute()), "patches": None}
    with working("Benchmark", OF_JOBS_S) as progress:
        page = run_job(Job(kind="sweep", arguments=arguments, nice=0), progress)
    document = json.loads((out / "report.json").read_text("utf-8"))
    if as_json:
        facts = {key: value for key, value in document.items() if key != "report"}
        say_json({"path": str(out), "report": str(page), **facts})
    else:
        say(report_text(document["report"]))
        say(str(page))


@bench.command(epilog="Example: satstudio bench status filters")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@json_option
def status(folder: Path, as_json: bool) -> None:
    """Say how many tasks of the plan in DIR are finished, and which failed and why."""
    info = describe_plan(folder.name, read_toml(folder / PLAN))
    rows = read_rows(folder)
    failed = {str(row["key"]): str(row.get("message", "")) for row in rows if has_failed(row)}
    finished = len(rows) - len(failed)
    if as_json:
        facts = {"title": info.title, "experiment": info.experiment}
        say_json({**facts, "finished": finished, "failed": failed})
        return
    lines = {"title": info.title, "finished": str(finished)}
    say(table({**lines, **{f"{key} failed": reason for key, reason in failed.items()}}))
