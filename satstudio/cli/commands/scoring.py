"""score: how near an estimate is to its reference, each number with its definition."""

import math
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import click

from satstudio.bench.figures import MIXED
from satstudio.bench.gain_figures import super_resolution_figures
from satstudio.bench.gain_scene import save_gain_maps
from satstudio.bench.metric_choice import usual_names, usual_of_values
from satstudio.bench.scene_figures import ScenePair, scene_figures
from satstudio.bench.set_scores import score_sets
from satstudio.cli.commands.features import SetOptions, set_options
from satstudio.cli.options import check_ending
from satstudio.cli.terminal import json_option, say, say_error, say_json, table, working
from satstudio.core.errors import GridMismatchError, InputError
from satstudio.core.files.json_text import parse_json
from satstudio.core.files.replacing import refuse_file
from satstudio.core.grid import Window
from satstudio.core.quantity import is_radar
from satstudio.metrics.score import METRICS, Score
from satstudio.scenes.geometry.pair import place_remark
from satstudio.scenes.scene import Scene, open_scene

OF_COMPLEX = ("complex_correlation", "coherence", "phase_rmse", "amplitude_log_rmse",
              "radiometric_bias_db")  # fmt: skip


@click.command("score", epilog="Example: satstudio score clean.tif made.tif --data-range 1 --json")
@click.argument("reference")
@click.argument("estimate")
@click.option("--metrics", help="a,b: names; what fits the pixels if left out.")
@click.option("--data-range", type=float, help="Largest possible value; PSNR and SSIM need it.")
@click.option(
    "--low",
    "low_path",
    metavar="FILE",
    help="The input that ESTIMATE was super-resolved from: consistency with it, and what was "
    "gained, left out, made up.",
)
@click.option(
    "--maps",
    type=click.Path(path_type=Path),
    metavar="FILE.tif",
    help="With --low: write shares of improvement, omission, hallucination of each pixel.",
)
@click.option("--mask", "mask_path", metavar="FILE", help="Pixels of FILE that are not 0 count.")
@click.option("--window", help="ROW,COL,ROWS,COLS; the whole scene if left out.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Of a metric.")
@set_options
@json_option
def score_command(
    reference: str,
    estimate: str,
    metrics: str | None,
    data_range: float | None,
    low_path: str | None,
    maps: Path | None,
    mask_path: str | None,
    window: str | None,
    settings: tuple[str, ...],
    as_json: bool,
    **of_sets: Any,  # noqa: ANN401 - the options of SetOptions
) -> None:
    """Score ESTIMATE against REFERENCE, two scenes on the same grid.

    Pixels without data in either do not count. Where one of the two does not say where it lies,
    their size decides. 'satstudio plugins' lists the metrics. With --features both are sets of
    images, real ones and generated ones: patch sets (PATCHES, PATCHES#validation or PATCHES#test),
    folders of images, or .npy files.
    """
    sets = SetOptions(**of_sets)
    if sets.features is not None:
        if data_range is not None or mask_path or window or settings or low_path or maps:
            raise InputError(
                "--data-range, --low, --maps, --mask, --window and --set are for scenes; leave "
                "them out with --features."
            )
        _say(_of_sets(reference, estimate, sets, metrics), as_json)
        return
    sets.check_unused()
    _check_low(low_path, maps, window, mask_path)
    where = Window.parse(window) if window else None
    known = settings_of(settings)
    if data_range is not None:
        known["data_range"] = data_range
    with ExitStack() as stack:
        first, second = (
            stack.enter_context(closing(open_scene(path))) for path in (reference, estimate)
        )
        _check_sizes(first, second)
        names = _names(metrics, first, second, where, known)
        remark = place_remark(first, second)
        if remark:
            say_error(remark)
        mask = stack.enter_context(closing(_mask(mask_path, first))) if mask_path else None
        least_change = float(known.pop("least_change", 0.0))
        with working("Scoring") as progress:
            found = scene_figures(ScenePair(first, second, where, mask), names, progress, **known)
            if low_path:
                low = stack.enter_context(closing(open_scene(low_path)))
                found |= super_resolution_figures(first, second, low, progress, least_change)
                if maps is not None:
                    save_gain_maps(first, second, low, maps, progress, least_change)
    _say(found, as_json)


def as_document(one: Score) -> dict[str, Any]:
    """Return a score as JSON; a value that JSON has no number for as "inf", "-inf" or "nan"."""
    return {
        "value": _number(one.value),
        "unit": one.unit,
        "better": one.better,
        "n": one.n,
        "data_range": one.data_range,
        "definition": one.definition,
        "note": one.note,
        "parts": {name: _number(value) for name, value in one.parts.items()},
    }


def as_line(one: Score) -> str:
    """Return a score for people: value and unit, then what it is."""
    parts = ", ".join(f"{name} {value:.6g}" for name, value in one.parts.items())
    number = f"{one.value:.6g} {one.unit}".strip()
    if one.note.startswith(MIXED) and math.isnan(one.value):
        number = MIXED
    lines = [f"{number}  ({one.better} is best, n {one.n})"]
    return "\n".join(filter(None, [*lines, parts, one.definition, one.note]))


def _of_sets(
    real: str, generated: str, options: SetOptions, metrics: str | None
) -> dict[str, Score]:
    recipe = options.recipe(metrics)
    with working("Scoring sets") as progress:
        return score_sets(real, generated, recipe, progress)


def _say(found: dict[str, Score], as_json: bool) -> None:
    if as_json:
        say_json({name: as_document(one) for name, one in found.items()})
    else:
        say(table({name: as_line(one) for name, one in found.items()}))


def _check_low(
    low_path: str | None, maps: Path | None, window: str | None, mask_path: str | None
) -> None:
    """Refuse choices that do not go together."""
    if maps is not None:
        if low_path is None:
            raise InputError("--maps needs the input that was super-resolved: give --low FILE.")
        check_ending(maps, ".tif")
        refuse_file(maps, overwrite=False)
    if low_path is not None and (window or mask_path):
        raise InputError("--low is for whole scenes; leave out --window and --mask.")


def _number(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)


def settings_of(pairs: Sequence[str]) -> dict[str, Any]:
    """Return parameters of metrics from KEY=VALUE; raises InputError for what is none."""
    known: dict[str, Any] = {}
    for pair in pairs:
        key, sign, text = pair.partition("=")
        if not (key and sign):
            raise InputError(f"--set '{pair}': give KEY=VALUE, as ratio_h_over_l=0.25.")
        if not any(key in METRICS[name].parameters for name in METRICS):
            raise InputError(f"--set '{pair}': no metric has the parameter '{key}'.")
        try:
            known[key] = parse_json(text)
        except ValueError:
            known[key] = text
    return known


def _check_sizes(first: Scene, second: Scene) -> None:
    sizes = [(len(one.bands), one.grid.size.rows, one.grid.size.cols) for one in (first, second)]
    if sizes[0] != sizes[1]:
        raise GridMismatchError(
            f"{first.name} has (bands, rows, cols) {sizes[0]}, {second.name} {sizes[1]}; score "
            "scenes on the same grid."
        )
    apart = first.grid.apart(second.grid)
    if apart:
        raise GridMismatchError(
            f"{second.name} does not lie on {first.name}: {apart}; align them first."
        )


def _mask(path: str, like: Scene) -> Scene:
    """Open a mask on the grid of the reference: valid and not 0 in its first band."""
    scene = open_scene(path)
    apart = like.grid.apart(scene.grid)
    if apart:
        scene.close()
        raise GridMismatchError(
            f"The mask {scene.name} does not lie on {like.name}: {apart}; align them first."
        )
    return scene


def _names(
    asked: str | None, raster: Scene, other: Scene, where: Window | None, known: dict[str, Any]
) -> list[str]:
    """Return the metrics that were asked for, or those that fit the pixels."""
    if asked is not None:
        names = [name.strip() for name in asked.split(",") if name.strip()]
        if not names:
            raise InputError("--metrics is empty: give names separated by commas.")
        return names
    if raster.is_complex:
        return list(OF_COMPLEX) if other.is_complex else list(usual_names(raster, known))
    size = where.size if where is not None else raster.grid.size
    power = ("radiometric_bias_db",) if is_radar(raster.quantity) else ()
    return [*usual_of_values(raster, known, size), *power]
