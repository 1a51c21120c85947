"""ending_of: what a restoration made, and what is said of it, be it whole, stopped or failed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from satstudio.gui.jobs.tasks import Task
from satstudio.gui.kit.widgets import duration
from satstudio.gui.pages.restore.open_results import POINTS, made_files
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
    """

    made: tuple[Path, ...] = ()
    text: str = ""
    problem: str = ""


def ending_of(task: Task, out: Path, masks: Sequence[Path]) -> Ending:
    """Return how a task ended that was to make `out`, and masks beside it."""
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
    return Ending(finished, said, text)


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
    return Ending(made, text)


def _names(names: tuple[str, ...]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" (+ {more})" if more > 0 else "")


def _tr(text: str) -> str:
    return QCoreApplication.translate("Ending", text)
