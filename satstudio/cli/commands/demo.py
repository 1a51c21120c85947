"""demo: the whole road."""

from pathlib import Path

import click

from satstudio.cli.stopping import OF_JOBS_S
from satstudio.cli.terminal import json_option, say, say_error, say_json, working
from satstudio.core.errors import InputError
from satstudio.jobs.demo.demo import DemoRecipe, demo_folder, made_by_demo, run_demo


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

    Where DIR holds something, DIR-2, DIR-3, ... is taken. Without --headless the window opens on
    the sample scene.
    """
    if not headless or out is None:
        raise InputError("Give --headless and --out DIR, or 'satstudio demo' alone for the window.")
    recipe = DemoRecipe.build({"budget_s": budget, "scene": scene}, "demo")
    folder = demo_folder(out)
    if folder != out:
        say_error(f"{out} holds something and stays as it is; the demo goes to {folder}.")
    with working("The whole road", OF_JOBS_S) as progress:
        report = run_demo(recipe, folder, progress)
    out = report.parent
    made = made_by_demo(out)
    if as_json:
        say_json({"path": str(out), "report": str(report), "files": [str(path) for path in made]})
    else:
        say("\n".join(str(path) for path in made))
