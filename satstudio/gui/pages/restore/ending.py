"""ending_of: what a restoration made, and what is said of it, be it whole, stopped or failed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from satstudio.gui.jobs.tasks import Task
from satstudio.gui.kit.widgets import duration
from satstudio.gui.pages.restore.open_results import POINTS, made_files
from satstudio.jobs.archive.archive_manifest import Manifest
from satstudio.restore.many_scenes import Batch

MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Ending:
    """How a restoration ended.

    Attributes
    ----------
    made : files that are whole
    text : what was made; "" where nothing was
    problem : why it is not all; "" where it is
    failed : reason of each scene of a folder that could not be restored
    is_folder : results lie in a folder of their own
    """

    made: tuple[Path, ...] = ()
    text: str = ""
    problem: str = ""
    failed: Mapping[str, str] = field(default_factory=dict)
    is_folder: bool = False


def ending_of(task: Task, out: Path, masks: Sequence[Path]) -> Ending:
    """Return how a task ended that was to make `out`, and masks beside it."""
    if task.kind == "restore_archive":
        return _archive(task, out)
    if task.state == "done":
        return _whole(task, Path(str(task.result)), masks)
    text = task.text
    if task.state != "failed":
        text = _tr("Stopped. Nothing half-written was left.")
    batch = Batch.found(out) if task.kind == "restore_many" else None
    if batch is None or not batch.finished:
        return Ending(problem=text)
    if task.state != "failed":
        text = _tr("Stopped; Continue restores the other scenes.")
    finished = tuple(out / name for name in batch.finished)
    said = _tr("{done} of {all} scenes are finished in {folder}: {names}.").format(
        done=len(finished), all=len(batch.names), folder=out.name, names=_names(batch.finished)
    )
    return Ending(finished, said, text, is_folder=True)


def _archive(task: Task, out: Path) -> Ending:
    """Return what a folder's scenes became, as the record beside their results says."""
    manifest = Manifest.found(out)
    text = task.text
    if task.state == "stopped":
        text = _tr("Stopped; Continue restores the other scenes.")
    if manifest is None:
        return Ending(problem=text)
    done = [line for line in manifest.states.values() if line.get("state") == "done"]
    made = tuple(path for line in done if (path := Path(str(line.get("out")))).is_file())
    failed = manifest.failed
    said = _tr("{done} scenes of the folder are restored into {name}, in {time}.").format(
        done=len(done), name=out.name, time=duration(task.elapsed_s)
    )
    if task.state == "done":
        text = _failures(failed)
    return Ending(made, said if made else "", text, failed, is_folder=True)


def _failures(failed: Mapping[str, str]) -> str:
    if not failed:
        return ""
    if len(failed) > 1:
        return _tr("{count} scenes failed.").format(count=len(failed))
    scene, reason = next(iter(failed.items()))
    return _tr("{name} failed: {why}").format(name=Path(scene).name, why=reason)


def _whole(task: Task, result: Path, masks: Sequence[Path]) -> Ending:
    made = made_files(task.result)
    text = _tr("{name} is restored, in {time}.")
    if len(made) > 1:
        text = _tr("{many} scenes are restored into {name}, in {time}.")
    text = text.format(name=result.name, many=len(made), time=duration(task.elapsed_s))
    for mask in masks:
        is_points = mask.stem.endswith(POINTS)
        said = _tr("The mask of its points is {name}.")
        said = said if is_points else _tr("The mask of what is invented is {name}.")
        text += " " + said.format(name=mask.name)
    return Ending(made, text, is_folder=len(made) > 1)


def _names(names: tuple[str, ...]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" (+ {more})" if more > 0 else "")


def _tr(text: str) -> str:
    return QCoreApplication.translate("Ending", text)
