"""models list, note, compare, thumbnail: the model files that are there."""

from pathlib import Path

import click

from satstudio.cli.options import check_ending, out_option
from satstudio.cli.terminal import json_option, say, say_json, say_result, table, working
from satstudio.core.errors import InputError
from satstudio.core.files.replacing import refuse_file, replacing
from satstudio.jobs.client import run_job
from satstudio.jobs.job import Job
from satstudio.restore.model_list.card_comparison import card_lines
from satstudio.restore.model_list.model_note import (
    ModelNote,
    read_model_note,
    split_tags,
    write_model_note,
)
from satstudio.restore.model_list.model_rows import found_rows, list_models, model_paths
from satstudio.restore.models.model_file import describe_card

model_argument = click.argument("model", type=click.Path(path_type=Path))


@click.command("list", epilog="Example: satstudio models list --search despeckle")
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path))
@click.option("--search", default="", help="Words that name, card, tags or note must hold, all.")
@click.option("--tag", "tags", multiple=True, help="A tag that it must have; repeatable.")
@json_option
def list_command(
    folders: tuple[Path, ...], search: str, tags: tuple[str, ...], as_json: bool
) -> None:
    """List the model files of FOLDERS, and those of the program."""
    missing = next((folder for folder in folders if not folder.is_dir()), None)
    if missing is not None:
        raise InputError(f"There is no folder {missing}.")
    with working("Reading cards") as progress:
        rows = found_rows(list_models(model_paths(folders), progress), search, tags)
    if as_json:
        say_json({"models": [row.described() for row in rows]})
        return
    for row in rows:
        card = row.card or {}
        lines = {
            "task": card.get("task"),
            "takes": f"{card.get('takes')}, {card.get('bands_in')} band(s)" if card else None,
            "tags": ", ".join(row.note.tags),
            "note": row.note.note,
            "problem": row.problem,
        }
        say(f"{row.path}\n{_indented(table(lines))}")


@click.command("note", epilog="Example: satstudio models note mine.onnx --tags sar,fast")
@model_argument
@click.option("--tags", help="Tags between commas; empty takes them away.")
@click.option("--note", help="Words about it; empty takes them away.")
@json_option
def note_command(model: Path, tags: str | None, note: str | None, as_json: bool) -> None:
    """Keep tags and a note about MODEL, in a small file beside it; without options show them."""
    if not model.is_file():
        raise InputError(f"There is no model file {model}.")
    kept = read_model_note(model)
    if tags is not None or note is not None:
        wanted = {
            "tags": kept.tags if tags is None else split_tags(tags),
            "note": kept.note if note is None else note.strip(),
        }
        kept = ModelNote.build(wanted, "note")
        write_model_note(model, kept)
    document = {"tags": list(kept.tags), "note": kept.note}
    say_result(document, as_json, table({"tags": ", ".join(kept.tags), "note": kept.note}))


@click.command("compare", epilog="Example: satstudio models compare mine.onnx other.onnx")
@click.argument("first", type=click.Path(path_type=Path))
@click.argument("second", type=click.Path(path_type=Path))
@click.option("--all", "is_all", is_flag=True, help="Also what both cards say alike.")
@json_option
def compare_command(first: Path, second: Path, is_all: bool, as_json: bool) -> None:
    """Compare two cards: what FIRST and SECOND say differently of themselves."""
    lines = card_lines(describe_card(first), describe_card(second))
    shown = [line for line in lines if is_all or line.differs]
    if as_json:
        say_json({line.key: [line.first, line.second] for line in shown})
        return
    width = max((len(line.key) for line in shown), default=0)
    for line in shown:
        say(f"{line.key:<{width}}  {line.first}\n{'':<{width}}  {line.second}")


@click.command("thumbnail", epilog="Example: satstudio models thumbnail mine.onnx --out mine.png")
@model_argument
@out_option("FILE.png")
@json_option
def thumbnail_command(model: Path, out: Path, overwrite: bool, as_json: bool) -> None:
    """Draw a small picture of what MODEL makes of the sample scene, or of a synthetic image."""
    check_ending(out, ".png")
    refuse_file(out, overwrite=overwrite)
    with working("Running the model") as progress:
        arguments = {"model": str(model.absolute())}
        made = run_job(Job(kind="model_thumbnail", arguments=dict(arguments), nice=0), progress)
    with replacing(out, overwrite=overwrite) as part:
        part.write_bytes(Path(str(made)).read_bytes())
    say_result({"path": str(out)}, as_json, str(out))


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
