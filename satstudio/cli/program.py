"""demo, doctor, plugins: the whole road, and the program about itself."""

from pathlib import Path
from typing import Any

import click

from satstudio.cli.terminal import json_option, say, say_json, table, working
from satstudio.core.errors import InputError
from satstudio.jobs.client import run_job
from satstudio.jobs.demo import DemoRecipe, made_by_demo, run_demo
from satstudio.jobs.doctor import examine
from satstudio.jobs.job import Job


@click.command(epilog="Example: satstudio demo --headless --out satstudio-demo --budget 5")
@click.option("--headless", is_flag=True, help="Without a window: walk the road into a folder.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Where it all goes.")
@click.option(
    "--budget",
    type=click.FloatRange(1, 86400),
    default=120,
    show_default=True,
    metavar="SECONDS",
    help="Wall time of the training.",
)
@click.option("--scene", metavar="PATH", help="A complex scene; the sample scene if left out.")
@json_option
def demo(headless: bool, out: Path | None, budget: float, scene: str | None, as_json: bool) -> None:
    """Walk the whole road: picture, crop, patches, training, ONNX, samples, despeckling, report.

    Without --headless the window opens on the sample scene.
    """
    if not headless or out is None:
        raise InputError("Give --headless and --out DIR, or 'satstudio demo' alone for the window.")
    recipe = DemoRecipe.build({"budget_s": budget, "scene": scene}, "demo")
    with working("The whole road") as progress:
        report = run_demo(recipe, out, progress)
    made = made_by_demo(out)
    if as_json:
        say_json({"path": str(out), "report": str(report), "files": [str(path) for path in made]})
    else:
        say("\n".join(str(path) for path in made))


@click.command(epilog="Example: satstudio doctor")
@json_option
def doctor(as_json: bool) -> None:
    """Say versions, drivers, providers, folders and what is missing."""
    with working("Looking around") as progress:
        found = examine(progress)
    if as_json:
        say_json(found)
        return
    say(table(_rows(found)))
    say("")
    say("\n".join(found["missing"]) if found["missing"] else "Nothing is missing.")


@click.command(epilog="Example: satstudio plugins --json")
@json_option
def plugins(as_json: bool) -> None:
    """List every plug-in, also the broken ones with their reason."""
    with working("Listing plug-ins") as progress:
        rows = run_job(Job(kind="plugins", nice=0), progress)
    if as_json:
        say_json(rows)
        return
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict):
            state = f"broken: {row['reason']}" if row["is_broken"] else "works"
            say(f"{row['kind']!s:<8}  {row['name']!s:<20}  {state}")


def _rows(found: dict[str, Any]) -> dict[str, object]:
    """Return the document of `examine` as rows for people."""
    packages = {
        f"  {name}": version or "-"
        for group in found["packages"].values()
        for name, version in group.items()
    }
    folders = {
        f"  {name}": item["path"] + ("" if item.get("is_writable", True) else "  (not writable)")
        for name, item in found["folders"].items()
    }
    gdal, qt, torch = found["gdal"], found["qt"], found["torch"]
    return {
        "satstudio": found["version"],
        "python": f"{found['python']} on {found['platform']}",
        "packages": " ",
        **packages,
        "gdal": f"{gdal.get('version', '-')}, {len(gdal.get('drivers', ()))} drivers",
        "onnxruntime": ", ".join(found["onnxruntime"].get("providers", ())) or "-",
        "torch": f"{torch.get('version', '-')}, GPU: {', '.join(torch.get('gpus', ())) or 'none'}",
        "qt": f"{qt['version'] or '-'}, display: {'yes' if qt['has_display'] else 'no'}",
        "fonts": f"{found['fonts']['files']} files",
        "machine": f"{found['machine']['cores']} cores, {found['machine']['memory_mb']} MB",
        "folders": " ",
        **folders,
    }
