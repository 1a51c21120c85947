"""restore_scenes: several scenes into one folder; what was stopped goes on where it ended."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Self

from pydantic import ValidationError

from satstudio.core.errors import InputError
from satstudio.core.files.replacing import (
    refuse_file,
    refuse_input,
    sha256_of,
    write_text,
    writing,
)
from satstudio.core.progress import Progress
from satstudio.core.recipe import Recipe
from satstudio.restore.baselines import baseline_name
from satstudio.restore.recipe import RestoreRecipe
from satstudio.restore.whole_scene import restore_scene
from satstudio.scenes.scene import open_scene

FILE = "batch.json"
"""Lies in the folder of a batch as long as it is not whole."""


class Batch(Recipe):
    """Several scenes that are restored in one way, and how far that is.

    Attributes
    ----------
    scenes : addresses
    model : path of a model file, or `baseline:NAME`
    sha256 : of the model's file; "" for filters
    names : file name of each scene's result
    finished : those of them that are whole
    """

    scenes: tuple[str, ...]
    model: str
    sha256: str = ""
    recipe: RestoreRecipe
    names: tuple[str, ...] = ()
    finished: tuple[str, ...] = ()

    @classmethod
    def found(cls, folder: Path) -> Self | None:
        """Return the batch that was not finished in a folder; None where there is none."""
        try:
            return cls.model_validate_json((folder / FILE).read_bytes())
        except (OSError, ValidationError):
            return None

    @property
    def left(self) -> tuple[str, ...]:
        """Results that are not there yet."""
        return tuple(name for name in self.names if name not in self.finished)

    def is_of(self, scenes: Sequence[str], model: str, recipe: RestoreRecipe) -> bool:
        """Tell whether these scenes, in any order, are restored in this way; threads do not tell.

        A window of the scenes is a part of the recipe.
        """
        mine, theirs = (each.changed(threads=None) for each in (self.recipe, recipe))
        return (sorted(self.scenes), self.model, mine) == (sorted(scenes), model, theirs)

    def note(self, folder: Path) -> None:
        """Write down how far it is."""
        write_text(folder / FILE, self.model_dump_json(indent=2) + "\n")


def restore_scenes(
    scenes: Sequence[str | Path],
    model: str | Path,
    recipe: RestoreRecipe,
    out: Path,
    progress: Progress,
    overwrite: bool = False,
) -> Path:
    """Restore several scenes into the folder `out`, one GeoTIFF each, named after its scene.

    What is finished stays when a later one fails or the work is stopped; begun again with the same
    scenes, model and recipe, it goes on with the others (`batch.json` in the folder, gone once all
    are finished).

    Parameters
    ----------
    overwrite : begin with the first scene, and replace what has the results' names

    Raises
    ------
    ExistsError
        If one of the results' names is taken and may not be replaced; before the first scene.
    """
    if out.exists() and not out.is_dir():
        raise InputError(f"{out.name} is a file; several scenes go to a folder.")
    names = result_names(scenes)
    inputs = [path for scene in scenes for path in _files(scene)]
    file = () if baseline_name(model) is not None else (Path(model),)
    for name in names:
        refuse_input(out / name, *inputs, *file)
    batch = Batch(
        scenes=tuple(map(str, scenes)),
        model=str(model),
        sha256=sha256_of(file[0]) if file and file[0].is_file() else "",
        recipe=recipe,
        names=tuple(names),
    )
    if not overwrite:
        batch = _going_on(batch, out)
    refuse_file(*(out / name for name in batch.left), overwrite=overwrite)
    with _noted(batch, out):
        by_name = dict(zip(names, scenes, strict=True))
        for name in batch.left:
            number = len(batch.finished)
            part = progress.part(number / len(names), (number + 1) / len(names))
            part = part.named(f"Scene {number + 1} of {len(names)}")
            restore_scene(by_name[name], model, recipe, out / name, part, overwrite)
            batch = batch.changed(finished=(*batch.finished, name))
            batch.note(out)
    return out


def result_names(scenes: Sequence[str | Path]) -> list[str]:
    """Return the file name of each result; raises InputError where two would be the same."""
    names = []
    for scene in scenes:
        with closing(open_scene(scene)) as opened:
            image = "" if opened.image is None else "_" + opened.image.replace("/", "_")
            names.append(f"{opened.path.stem}{image}.tif")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"Two scenes would both become {twice}; restore them into two folders.")
    return names


def _going_on(batch: Batch, out: Path) -> Batch:
    """Return the batch with what an earlier start of it finished in the folder."""
    earlier = Batch.found(out)
    if earlier is None or not earlier.is_of(batch.scenes, batch.model, batch.recipe):
        return batch
    if earlier.sha256 != batch.sha256:
        raise InputError(
            f"{Path(batch.model).name} is not what it was when {out.name} was begun; choose "
            "another folder, or replace its results."
        )
    there = [name for name in earlier.finished if (out / name).is_file()]
    return batch.changed(finished=tuple(name for name in batch.names if name in there))


@contextmanager
def _noted(batch: Batch, out: Path) -> Iterator[None]:
    """Keep a note of the batch in its folder while it is not whole."""
    is_new = not out.exists()
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
    batch.note(out)
    try:
        yield
    except BaseException:
        now = Batch.found(out)
        if is_new and now is not None and not now.finished:
            _leave(out)
            with suppress(OSError):  # something else lies there by now: it stays
                out.rmdir()
        raise
    _leave(out)


def _leave(out: Path) -> None:
    with writing(out):
        (out / FILE).unlink(missing_ok=True)


def _files(scene: str | Path) -> tuple[Path, ...]:
    with closing(open_scene(scene)) as opened:
        return opened.files
