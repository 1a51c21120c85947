"""patches cut, import, make, check: scenes or data into a patch set, what is wrong with one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from satstudio.cli.commands.rival_table import rivals
from satstudio.cli.options import out_option
from satstudio.cli.said import one_as_said, said_options
from satstudio.cli.terminal import json_option, say, say_error, say_json, say_result, working
from satstudio.core.errors import CheckFailedError
from satstudio.core.recipe import with_settings
from satstudio.patches.check import check_patches
from satstudio.patches.cut import cut_patches
from satstudio.patches.importing import import_patches, make_patches
from satstudio.patches.manifest import INPUT, SPLITS
from satstudio.patches.patch_set import PatchSet
from satstudio.patches.positions import PatchRecipe


@click.group(epilog="Example: satstudio patches cut scene.tif --size 32 --out patches")
def patches() -> None:
    """Cut scenes, or bring or make a data set, into a patch set; check one."""


patches.add_command(rivals)


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
@click.option(
    "--role", default=INPUT, show_default=True, help="What PATH... is called in the patch set."
)
@click.option(
    "--pair",
    "pairs",
    multiple=True,
    metavar="ROLE=SCENE",
    help="Cut the same ground of this scene, too, whose pixels may be of another size; repeat. Of "
    "several PATH, one for each in their order. Several of a role, or a stack, are a series.",
)
@click.option("--series", is_flag=True, help="The dates of a stack are images, not bands.")
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
    role: str,
    pairs: tuple[str, ...],
    series: bool,
    quantity: str | None,
    iq: str | None,
    out: Path,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Cut PATH... (PATH, PATH#IMAGE or stack:A|B|C) into the patch set DIR.

    Example of pairs: satstudio patches cut low.tif --role low --pair target=high.tif --out pairs
    """
    values = {
        "size_px": size,
        "stride_px": stride,
        "count": count,
        "seed": seed,
        "min_valid": min_valid,
        "validation_share": validation_share,
        "validation_scenes": validation_scenes,
        "white": white,
        "role": role,
        "pairs": pairs,
        "series": series,
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
@click.option("--size", type=int, help="Side of a patch in pixels.")
@click.option("--seed", type=int, help="Seed of random choices.")
@out_option("DIR")
@json_option
def import_(
    name: str,
    root: Path,
    settings: tuple[str, ...],
    size: int | None,
    seed: int | None,
    out: Path,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Make the patch set DIR of the files of the data set NAME that lie in ROOT.

    idx: MNIST-like IDX files, ROOT is a file of images or a folder with those of training and
    test. --set domain=fourier gives centred spectra, test=FILE names the validation file,
    count=N takes fewer images, size_px=N is the side that they are padded to.

    folder: images in any format that opens. --set kind=colour (grey in, colour out), pairs or
    unpaired (with target=DIR), classes (a subfolder each) or images; fit=resize, crop or tiles;
    size_px=N; validation_share=S, test_share=S, or folds=N fold=K to cross-validate by image.
    """
    with working("Importing") as progress:
        given = {"size_px": size, "seed": seed}
        choices = with_settings(_named(given), settings)
        import_patches(name, root, choices, out, progress, overwrite)
    _say_set(out, as_json)


@patches.command(epilog="Example: satstudio patches make nebulae --count 64 --out nebulae")
@click.argument("name")
@click.option("--count", type=int, help="Number of images.")
@click.option("--size-px", type=int, help="Side of an image in pixels.")
@click.option("--seed", type=int, help="Seed of all that is chance in them.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="One choice; repeat.")
@out_option("DIR")
@json_option
def make(
    name: str,
    count: int | None,
    size_px: int | None,
    seed: int | None,
    settings: tuple[str, ...],
    out: Path,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Make the patch set DIR of images that are made from a seed.

    nebulae: gas, dust and stars; grey (role input) and colour (role target). clouds: dates of
    13 bands with masks (optical), radar (sar), the middle date without clouds (target). frames:
    shifted coarse images with masks (low) and the fine one (target). low: one coarse image of
    four bands (low) and the fine one (target). speckle: intensity on two dates (input, target).
    gaps: images with holes (input) and whole (target).
    """
    given = {"count": count, "size_px": size_px, "seed": seed}
    with working("Making") as progress:
        choices = with_settings(_named(given), settings)
        make_patches(name, choices, out, progress, overwrite)
    _say_set(out, as_json)


def _named(given: Mapping[str, int | None]) -> dict[str, Any]:
    """Return what was given on the command line."""
    return {key: value for key, value in given.items() if value is not None}


def _say_set(out: Path, as_json: bool) -> None:
    manifest = PatchSet.open(out).manifest
    counts: dict[str, int] = {split: manifest.count(split) for split in SPLITS}
    held_out = [source.address for source in manifest.sources if source.use == "validation"]
    roles = {port.role: port.model_dump(mode="json") for port in manifest.ports}
    document = {
        "path": out,
        **counts,
        "domain": manifest.domain,
        "validation_sources": held_out,
        "roles": roles,
        "remarks": list(manifest.remarks),
    }
    for remark in manifest.remarks if not as_json else ():
        say_error(remark)
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
