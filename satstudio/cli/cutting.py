"""patches cut, import, check: scenes or a data set into a patch set, what is wrong with one."""

from pathlib import Path

import click

from satstudio.cli.options import out_option
from satstudio.cli.said import one_as_said, said_options
from satstudio.cli.terminal import json_option, say, say_json, say_result, working
from satstudio.core.errors import CheckFailedError
from satstudio.core.recipe import with_settings
from satstudio.patches.check import check_patches
from satstudio.patches.cut import cut_patches
from satstudio.patches.importing import import_patches
from satstudio.patches.positions import PatchRecipe
from satstudio.patches.store import PatchSet


@click.group(epilog="Example: satstudio patches cut scene.tif --size 32 --out patches")
def patches() -> None:
    """Cut scenes, or bring a data set, into a patch set; check one."""


@patches.command(
    epilog="Example: satstudio patches cut scene.tif --size 32 --count 100 --out patches"
)
@click.argument("paths", nargs=-1, required=True)
@click.option("--size", type=int, default=64, show_default=True, help="Side of a patch in pixels.")
@click.option("--stride", type=int, help="Distance of a regular grid in pixels.")
@click.option("--count", type=int, help="Number of patches, at random places.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the places.")
@click.option(
    "--min-valid", type=float, default=0.95, show_default=True, help="Least share of valid pixels."
)
@click.option(
    "--validation-share",
    type=float,
    default=0.2,
    show_default=True,
    help="Share of the ground, or with validation scenes of the number, kept for validation.",
)
@click.option(
    "--validation-scene",
    "validation_scenes",
    multiple=True,
    metavar="SCENE",
    help="Take validation patches from this scene only, training patches from the others; repeat.",
)
@click.option(
    "--white", is_flag=True, help="Whiten complex scenes and take their points out: despecklers."
)
@said_options
@out_option("DIR")
@json_option
def cut(
    paths: tuple[str, ...],
    size: int,
    stride: int | None,
    count: int | None,
    seed: int,
    min_valid: float,
    validation_share: float,
    validation_scenes: tuple[str, ...],
    white: bool,
    quantity: str | None,
    iq: str | None,
    out: Path,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Cut PATH... (PATH or PATH#IMAGE) into the patch set DIR."""
    values = {
        "size_px": size,
        "stride_px": stride,
        "count": count,
        "seed": seed,
        "min_valid": min_valid,
        "validation_share": validation_share,
        "validation_scenes": validation_scenes,
        "white": white,
    }
    recipe = PatchRecipe.build(values, "patches cut")
    paths = one_as_said(paths, quantity, iq)
    with working("Cutting") as progress:
        cut_patches(paths, recipe, out, progress, overwrite)
    _say_set(out, as_json)


@patches.command(
    "import",
    epilog="Example: satstudio patches import idx train-images-idx3-ubyte --set domain=fourier "
    "--out spectra",
)
@click.argument("name")
@click.argument("root", type=click.Path(path_type=Path))
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="One choice; repeat.")
@click.option("--seed", type=int, help="Seed of random choices.")
@out_option("DIR")
@json_option
def import_(
    name: str,
    root: Path,
    settings: tuple[str, ...],
    seed: int | None,
    out: Path,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Make the patch set DIR of the files of the data set NAME that lie in ROOT.

    idx: MNIST-like IDX files, ROOT is a file of images or a folder with those of training and
    test. --set domain=fourier gives centred spectra, test=FILE names the validation file,
    count=N takes fewer images, size_px=N is the side that they are padded to.
    """
    with working("Importing") as progress:
        choices = with_settings({} if seed is None else {"seed": seed}, settings)
        import_patches(name, root, choices, out, progress, overwrite)
    _say_set(out, as_json)


def _say_set(out: Path, as_json: bool) -> None:
    manifest = PatchSet.open(out).manifest
    counts = {"train": manifest.count("train"), "validation": manifest.count("validation")}
    held_out = [source.address for source in manifest.sources if source.role == "validation"]
    document = {"path": out, **counts, "domain": manifest.domain, "validation_sources": held_out}
    say_result(document, as_json, str(out))


@patches.command(epilog="Example: satstudio patches check patches")
@click.argument("folder", type=click.Path(path_type=Path))
@json_option
def check(folder: Path, as_json: bool) -> None:
    """Look for NaN, duplicates, constant patches and leakage between splits; exit 3 if found."""
    findings = check_patches(folder)
    rows = [
        {"kind": item.kind, "detail": item.detail, "patches": list(item.patches)}
        for item in findings
    ]
    if as_json:
        say_json({"path": folder, "findings": rows})
    for row in rows if not as_json else ():
        say(f"{row['kind']}: {row['detail']}")
    if findings:
        raise CheckFailedError(f"{folder.name}: {len(findings)} finding(s) in this patch set.")
    if not as_json:
        say(f"{folder.name}: nothing found.")
