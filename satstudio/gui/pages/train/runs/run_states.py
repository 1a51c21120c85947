"""STATES, state_of, state_text, failure_text: in which state a run is, in words and signs."""

from PySide6.QtCore import QCoreApplication

from satstudio.core.runs.run_rows import RunRow
from satstudio.core.runs.training_figures import RunFigures
from satstudio.gui.jobs.worker_task import TrainTask

QUEUED = "queued"
STATES = {
    "running": "Training",
    "paused": "Paused",
    "stopping": "Saving and stopping…",
    "outside": "Training",
    "elsewhere": "Elsewhere",
    "interrupted": "Interrupted",
    "stopped": "Stopped",
    "done": "Done",
    "failed": "Failed",
    "damaged": "Damaged",
    QUEUED: "Queued",
}
SIGNS = {
    "running": "info",
    "outside": "info",
    "done": "good",
    "failed": "bad",
    "interrupted": "bad",
    "damaged": "bad",
    "paused": "wait",
    QUEUED: "wait",
}
BUSY = ("running", "paused", "stopping", "outside")


def state_of(row: RunRow | None, task: TrainTask | None) -> str:
    """Return the state of a run.

    Its task knows it best while it lives or says why it failed; the folder afterwards. A folder
    that says "running" without a task behind it is of a process that was killed.
    """
    if task is not None and (not task.has_ended or task.state == "failed"):
        return task.state
    if row is None:
        return ""
    if task is not None and row.status != "outside":
        return task.state
    return "interrupted" if row.status == "running" else row.status


def figures_of_run(row: RunRow, task: TrainTask | None, now_s: float) -> RunFigures:
    """Return step, training time and time left of a run as they are now."""
    if task is None or task.has_ended:
        return row.figures
    return task.figures.at(now_s)


def failure_text(state: str, row: RunRow, task: TrainTask | None) -> str:
    """Return why a run ended that did not come to its end; empty for others."""
    if state == "failed":
        return task.text if task is not None and task.state == "failed" else row.message
    if state == "interrupted":
        return _tr(
            "The training process ended without a last word. Continue goes on from the newest "
            "checkpoint, at most a minute older."
        )
    return ""


def state_text(state: str, row: RunRow) -> str:
    """Return what is to be known about a state; empty where it speaks for itself."""
    texts = {
        "outside": _tr(
            "It trains without this window, in a process of its own. Stop saves a checkpoint first."
        ),
        "elsewhere": _tr(
            "It was begun on {host}; whether it still trains there cannot be seen from here."
        ),
        QUEUED: _tr("It begins when the trainings before it have ended."),
    }
    return texts.get(state, "").replace("{host}", str(row.info.get("host", "")))


def _tr(text: str) -> str:
    return QCoreApplication.translate("RunView", text)
