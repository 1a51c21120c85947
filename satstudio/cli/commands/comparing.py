"""compare: scenes side by side as a picture, with figures on it."""

from pathlib import Path

import click

from satstudio.bench.compare import CompareRecipe, Comparison, compare_scenes
from satstudio.bench.figure_files import ENDINGS, write_figures
from satstudio.cli.commands.scoring import as_document, as_line, settings_of
from satstudio.cli.options import check_ending, out_option
from satstudio.cli.terminal import json_option, say, say_error, say_json, table, working
from satstudio.core.files.replacing import refuse_file


@click.command(epilog="Example: satstudio compare scene.tif restored.tif --out compare.png")
@click.argument("reference")
@click.argument("results", nargs=-1, required=True, metavar="RESULT...")
@click.option("--window", help="ROW,COL,ROWS,COLS; the whole scene if left out.")
@click.option("--metrics", help="a,b: names; the usual ones of the pixels if left out.")
@click.option("--data-range", type=float, help="Largest possible value; PSNR and SSIM need it.")
@click.option("--low", help="The input that the results are super-resolved from: more figures.")
@click.option(
    "--set",
    "pairs",
    multiple=True,
    metavar="KEY=VALUE",
    help="Of a metric, as ratio_h_over_l=0.25.",
)
@click.option(
    "--figures",
    "figures_out",
    type=click.Path(path_type=Path),
    metavar="FILE.csv|.json",
    help="Write the figures too, each with definition, unit, data range, mask and n.",
)
@click.option(
    "--max-px",
    type=click.IntRange(64, 8192),
    default=640,
    show_default=True,
    help="Longest side of each picture.",
)
@out_option("FILE.png")
@json_option
def compare(
    reference: str,
    results: tuple[str, ...],
    window: str | None,
    metrics: str | None,
    data_range: float | None,
    low: str | None,
    pairs: tuple[str, ...],
    figures_out: Path | None,
    max_px: int,
    out: Path,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Draw REFERENCE and each RESULT under one stretch, with the figures of each.

    Radar scenes are compared as linear intensity: looks, ratio image, edges. Others by mse, and
    by PSNR and SSIM where the data range is known (bytes, or --data-range), by SAM and ERGAS where
    there are several bands.
    """
    check_ending(out, ".png")
    if figures_out is not None:
        check_ending(figures_out, *ENDINGS)
        refuse_file(figures_out, overwrite=overwrite)
    recipe = CompareRecipe.build(
        {
            "window": window,
            "metrics": tuple(name.strip() for name in (metrics or "").split(",") if name.strip()),
            "data_range": data_range,
            "settings": settings_of(pairs),
            "low": low or "",
            "max_px": max_px,
        },
        "compare",
    )
    with working("Comparing") as progress:
        made = compare_scenes((reference, *results), recipe, out, progress, overwrite)
        if figures_out is not None:
            write_figures(made.table, figures_out, overwrite=overwrite)
    for remark in made.remarks:
        say_error(remark)
    if as_json:
        say_json(as_json_document(made))
        return
    for name, figures in made.figures.items():
        say(name)
        say(table({f"  {metric}": as_line(one) for metric, one in figures.items()}))
    say(str(made.path))


def as_json_document(made: Comparison) -> dict[str, object]:
    """Return the figures of each scene and the path of the picture."""
    figures = {
        name: {metric: as_document(one) for metric, one in found.items()}
        for name, found in made.figures.items()
    }
    return {"path": str(made.path), "window": str(made.window), "figures": figures}
