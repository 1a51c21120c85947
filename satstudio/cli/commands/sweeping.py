"""sweep: many trainings in one table, and the experiments of papers."""

import json
from pathlib import Path
from typing import Any

import click

from satstudio.cli.stopping import OF_JOBS_S
from satstudio.cli.terminal import json_option, say, say_json, table, working
from satstudio.core.errors import InputError
from satstudio.core.recipe import with_settings
from satstudio.jobs.client import run_job
from satstudio.jobs.job import Job
from satstudio.jobs.sweep import find_plan, known_plans


@click.command(epilog="Example: satstudio sweep nss/hadamard --set steps=20 --out hadamard")
@click.argument("plan", required=False)
@click.argument("patches", required=False, type=click.Path(path_type=Path))
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="One choice; repeat.")
@click.option("--list", "is_list", is_flag=True, help="List the plans that come along.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="The result.")
@json_option
def sweep(
    plan: str | None,
    patches: Path | None,
    settings: tuple[str, ...],
    is_list: bool,
    out: Path | None,
    as_json: bool,
) -> None:
    """Carry out PLAN, a TOML file or one that comes along, on the patch set PATCHES.

    Plans of images made of images take a folder of images, too, which they cross-validate.

    Rows x seeds of a training recipe become runs in DIR/runs, rows.jsonl and report.html. The same
    command again goes on where it was stopped; finished runs are kept.
    """
    if is_list:
        _say_plans(as_json)
        return
    if plan is None or out is None:
        raise InputError("Give a PLAN and --out DIR, or --list.")
    values = with_settings(find_plan(plan), settings)
    arguments = {
        "plan": values,
        "out": str(out.absolute()),
        "patches": None if patches is None else str(patches.absolute()),
    }
    with working("Sweep", OF_JOBS_S) as progress:
        page = run_job(Job(kind="sweep", arguments=arguments, nice=0), progress)
    document = json.loads((out / "report.json").read_text("utf-8"))
    if as_json:
        facts = {key: value for key, value in document.items() if key != "report"}
        say_json({"path": str(out), "report": str(page), **facts})
    else:
        say(report_text(document["report"]))
        say(str(page))


def _say_plans(as_json: bool) -> None:
    plans = {name: find_plan(name).get("title", "") for name in known_plans()}
    if as_json:
        say_json(plans)
    else:
        say(table(plans))


def report_text(report: dict[str, Any]) -> str:
    """Return the tables of a report's first section as aligned columns."""
    lines = []
    for one in report["sections"][0]["tables"]:
        rows = [one["head"], *one["rows"]]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines.append(one["title"])
        lines += [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
    return "\n".join(lines)
