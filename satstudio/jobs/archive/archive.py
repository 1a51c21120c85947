"""restore_archive: every scene of a folder restored, by several processes or by a cluster."""

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from satstudio.core.errors import InputError, SatstudioError
from satstudio.core.files.replacing import refuse_existing, sha256_of, writing
from satstudio.core.progress import Progress
from satstudio.core.system.machine import command_threads
from satstudio.core.version import VERSION
from satstudio.jobs.archive.archive_manifest import Manifest
from satstudio.jobs.archive.cluster import LOCAL, Cluster, open_cluster
from satstudio.jobs.archive.remote import carry_out
from satstudio.jobs.job import Job
from satstudio.restore.baselines import baseline_name
from satstudio.restore.recipe import RestoreRecipe
from satstudio.scenes.folder_scenes import scenes_in
from satstudio.scenes.scene import open_scene, split_address

LOOKED = 0.02
"""Share of the work that is done when all scenes are found."""


@dataclass(frozen=True, slots=True)
class Archive:
    """What became of an archive.

    Attributes
    ----------
    out : folder of the results and of `archive.jsonl`
    done, failed : how many scenes; with those that an earlier start finished
    reasons : of those that failed, by scene
    """

    out: Path
    done: int
    failed: int
    reasons: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Task:
    scene: str
    identity: str
    result: Path


def restore_archive(  # noqa: PLR0913 - what restore_scenes takes, and who does the work
    folder: Path,
    model: str | Path,
    recipe: RestoreRecipe,
    out: Path,
    progress: Progress,
    overwrite: bool = False,
    *,
    scheduler: str = LOCAL,
    workers: int = 2,
) -> Archive:
    """Restore all scenes of a folder and those below it into the same folders below `out`.

    Each scene is a task; a task whose worker dies is begun again by another, which goes on where
    that one ended. What fails is noted with its reason in `archive.jsonl` and the others go on.
    Begun again, what is done is not done again; what failed is tried again.

    Parameters
    ----------
    scheduler : "local": processes of this machine; or the address of a Dask scheduler, whose
        workers have satstudio and reach the same folders
    workers : processes of this machine

    Raises
    ------
    InputError
        If there is no scene, no Dask, no scheduler, or `out` holds another archive.
    ExistsError
        If a file that is not of this archive has the name of a result.
    """
    if workers < 1:
        raise InputError(f"{workers} workers do nothing; give 1 or more.")
    if why := why_not_into(folder, out):
        raise InputError(why)
    scenes = scenes_in(folder, progress.part(0.0, LOOKED / 2))
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file; an archive goes to a folder.")
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
    manifest = Manifest.open(out, _request(model, recipe), overwrite=overwrite)
    tasks = _tasks(scenes, folder, out, manifest, progress.part(LOOKED / 2, LOOKED))
    foreign = [task.result for task in tasks if not _is_ours(task.result, manifest.request)]
    refuse_existing(*foreign, overwrite=overwrite)
    own = recipe.changed(threads=recipe.threads or max(1, command_threads() // workers))
    texts = [_text(task, model, own) for task in tasks]
    if tasks:
        with open_cluster(scheduler, workers) as cluster:
            _carry_out(cluster, tasks, texts, manifest, progress.part(LOOKED, 1.0))
    failed = {scene: reason for scene, reason in manifest.failed.items() if scene in scenes}
    return Archive(out, len(scenes) - len(failed), len(failed), failed)


def why_not_into(folder: Path, out: Path) -> str:
    """Return why results cannot go there, as a sentence; "" where they can."""
    if out.resolve().is_relative_to(folder.resolve()):
        return (
            f"Results would lie in {folder.name}, among the scenes that are restored; choose a "
            "folder elsewhere."
        )
    return ""


def _carry_out(
    cluster: Cluster,
    tasks: Sequence[_Task],
    texts: Sequence[str],
    manifest: Manifest,
    progress: Progress,
) -> None:
    failed = 0
    progress.report(0.0, f"0 of {len(tasks)} scenes")
    for count, (number, answer) in enumerate(cluster.answers(carry_out, texts, progress), 1):
        task = tasks[number]
        fields = _fields(answer)
        failed += fields["state"] == "failed"
        manifest.note(task.scene, identity=task.identity, out=str(task.result), **fields)
        bad = f", {failed} failed" if failed else ""
        progress.report(count / len(tasks), f"{count} of {len(tasks)} scenes{bad}")


def _fields(answer: str | Exception) -> dict[str, Any]:
    """Return what the manifest says of an answer."""
    if isinstance(answer, str):
        found: dict[str, Any] = json.loads(answer)
        found.pop("result", None)
        return found
    return {
        "state": "failed",
        "reason": f"its worker died again and again ({type(answer).__name__}), most likely because "
        "memory ran out; try fewer workers",
    }


def _tasks(
    scenes: Sequence[str], folder: Path, out: Path, manifest: Manifest, progress: Progress
) -> list[_Task]:
    """Return what is left to do; what cannot be opened is noted as failed."""
    tasks: list[_Task] = []
    names: set[Path] = set()
    for number, address in enumerate(scenes):
        progress.report(number / len(scenes), f"Looking at {len(scenes)} scenes")
        try:
            with closing(open_scene(address)) as scene:
                identity = scene.identity
        except SatstudioError as error:
            manifest.note(address, state="failed", reason=str(error))
            continue
        result = _result(address, folder, out)
        if result in names:
            result = result.with_name(f"{result.stem}-{number}{result.suffix}")
        names.add(result)
        if not (manifest.is_done(address, identity) and result.is_file()):
            tasks.append(_Task(address, identity, result))
    return tasks


def _result(address: str, folder: Path, out: Path) -> Path:
    """Return where a scene's result goes: its place below the folder, below `out`."""
    path, image = split_address(address)
    inside = path.relative_to(folder.absolute())
    end = "" if image is None else "_" + image.replace("/", "_")
    return out / inside.parent / f"{inside.stem}{end}.tif"


def _is_ours(result: Path, request: Mapping[str, Any]) -> bool:
    """Tell whether a file is what a worker made for this archive before anybody noted it."""
    try:
        with closing(open_scene(result)) as made:
            told = json.loads(made.tags.get("SATSTUDIO_RECIPE", "{}"))
    except (SatstudioError, ValueError):
        return False
    wanted = {name: value for name, value in request["recipe"].items() if value is not None}
    return bool(told == wanted) and made.tags.get("SATSTUDIO_MODEL") == request["identity"]


def _request(model: str | Path, recipe: RestoreRecipe) -> dict[str, Any]:
    """Return what is done to every scene, as the manifest's first line."""
    is_file = baseline_name(model) is None and Path(model).is_file()
    return {
        "model": str(model),
        "identity": sha256_of(Path(model)) if is_file else str(model),
        "recipe": recipe.changed(threads=None).model_dump(mode="json"),
        "version": VERSION,
    }


def _text(task: _Task, model: str | Path, recipe: RestoreRecipe) -> str:
    """Return a task as it travels: a job of this program, in JSON."""
    is_file = baseline_name(model) is None
    arguments = {
        "scene": task.scene,
        "model": str(Path(model).absolute()) if is_file else str(model),
        "recipe": recipe.model_dump(mode="json"),
        "out": str(task.result.absolute()),
        "overwrite": True,  # by what an ended worker made of it; others were refused before
    }
    return Job(kind="restore", arguments=arguments).model_dump_json()
