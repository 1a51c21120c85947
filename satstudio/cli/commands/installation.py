"""doctor, plugins: the program about itself; works where libraries are missing."""

import click

from satstudio.cli.stopping import OF_JOBS_S
from satstudio.cli.terminal import json_option, say, say_json, working
from satstudio.core.errors import CheckFailedError
from satstudio.jobs.client import run_job
from satstudio.jobs.doctor import examine
from satstudio.jobs.doctor_text import doctor_text
from satstudio.jobs.job import Job
from satstudio.session.settings_file import load_settings


@click.command(epilog="Example: satstudio doctor")
@json_option
def doctor(as_json: bool) -> None:
    """Say versions, drivers, providers, folders and what is missing.

    Exit code 3 says that satstudio does not work here; what it can do without is only named.
    """
    with working("Looking around", OF_JOBS_S) as progress:
        found = examine(progress, load_settings().study)
    if as_json:
        say_json(found)
    else:
        say(doctor_text(found))
    if found["broken"]:
        raise CheckFailedError(found["broken"][0])


@click.command(epilog="Example: satstudio plugins --json")
@json_option
def plugins(as_json: bool) -> None:
    """List every plug-in, also the broken ones with their reason."""
    with working("Listing plug-ins", OF_JOBS_S) as progress:
        rows = run_job(Job(kind="plugins", nice=0), progress)
    if as_json:
        say_json(rows)
        return
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict):
            state = f"broken: {row['reason']}" if row["is_broken"] else "works"
            own = f"  ({row['path']})" if row["path"] else ""
            say(f"{row['kind']!s:<8}  {row['name']!s:<28}  {state}{own}")
