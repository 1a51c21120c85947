"""patches rivals: what plain rules, and a model file beside them, make of a patch set."""

from dataclasses import asdict
from pathlib import Path

import click

from satstudio.bench.rival_figures import MODEL, RivalTable, rival_figures
from satstudio.cli.terminal import json_option, say, say_json, working
from satstudio.patches.manifest import SPLITS


@click.command("rivals", epilog="Example: satstudio patches rivals holed --most 2")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--model", type=click.Path(path_type=Path), help="A model file that takes its roles.")
@click.option("--split", type=click.Choice(SPLITS), default="validation", show_default=True)
@click.option("--most", type=click.IntRange(1), default=256, show_default=True, help="Patches.")
@json_option
def rivals(folder: Path, model: Path | None, split: str, most: int, as_json: bool) -> None:
    """Measure every baseline that fits a paired patch set, and a model beside them.

    PSNR in dB of all pixels, of each band, and of gaps by their width; how far the model is above
    the best baseline, paired, with the 95 % interval.
    """
    with working("Measuring") as progress:
        found = rival_figures(folder, model, progress, split, most)  # type: ignore[arg-type] # one of SPLITS
    if as_json:
        say_json(asdict(found))
        return
    for line in _lines(found):
        say(line)


def _lines(found: RivalTable) -> list[str]:
    columns = list(dict.fromkeys(name for row in found.figures.values() for name in row))
    names = sorted(found.figures, key=lambda name: (name == MODEL, found.figures[name]["all"]))
    width = max(map(len, names))
    wide = [max(len(column), 6) for column in columns]
    head = "  ".join(column.rjust(size) for column, size in zip(columns, wide, strict=True))
    lines = [f"{'dB'.ljust(width)}  {head}"]
    for name in names:
        row = found.figures[name]
        cells = [
            (f"{row[column]:.2f}" if column in row else "-").rjust(size)
            for column, size in zip(columns, wide, strict=True)
        ]
        lines.append(f"{name.ljust(width)}  {'  '.join(cells)}")
    if found.gain is not None:
        around = "" if found.interval is None else f" +- {found.interval:.2f}"
        lines.append(f"The model is {found.gain:+.2f}{around} dB over the best, {found.best}.")
    return [*lines, *found.notes]
