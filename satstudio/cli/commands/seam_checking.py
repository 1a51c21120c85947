"""restore --check-seams: whether tiles show, told in figures and in words."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from satstudio.cli.terminal import say, say_json, table, working
from satstudio.core.errors import CheckFailedError
from satstudio.core.files.replacing import refuse_file
from satstudio.restore.blockwise.seams import check_seams
from satstudio.restore.recipe import RestoreRecipe


def say_seams(
    scene: str,
    model: Path | str,
    recipe: RestoreRecipe,
    out: Path | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Check one scene and say what was found; raises CheckFailedError where there are seams."""
    if out is not None:
        refuse_file(out, overwrite=overwrite)
    with working("Looking for seams") as progress:
        found = check_seams(scene, model, recipe, progress, out)
    if as_json:
        say_json(found)
    else:
        for crop in found["crops"]:
            say(_lines(crop, found["compared_with"]))
        if not found["has_seams"]:
            say(found["advice"])
    if found["has_seams"]:
        raise CheckFailedError(found["advice"])


def _lines(crop: Mapping[str, Any], other: str) -> str:
    unit = crop["unit"]
    rows = {
        "at seams": f"{crop['at_seams']:.3g} {unit}",
        "amid tiles": f"{crop['inside']:.3g} {unit}",
        "largest": f"{crop['largest']:.3g} {unit}",
        "steps across seams": f"{crop['steps']:.3g} ({other}: {crop['steps_one_pass']:.3g})",
    }
    return f"window {crop['window']}\n{table({f'  {name}': text for name, text in rows.items()})}"
