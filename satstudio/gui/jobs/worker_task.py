"""WorkerTask: a job in a worker process; TrainTask: one that says its own times."""

import time
from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import QObject, Slot

from satstudio.core.runs.training_figures import RunFigures
from satstudio.gui.jobs.job_runner import JobRunner
from satstudio.gui.jobs.tasks import Task
from satstudio.jobs.job import Event, Job


class WorkerTask(Task):
    """A job in a worker process."""

    can_kill = True

    def __init__(self, job: Job, title: str, parent: QObject | None = None) -> None:
        super().__init__(title, job.kind, parent)
        self.job = job
        self.runner = JobRunner(job)
        self.runner.told.connect(self._on_event)

    def start(self) -> None:
        """Start the process."""
        self.runner.start()

    def send(self, command: str) -> None:
        """Send a line to the worker; pausing shows at once."""
        if self.has_ended:
            return
        self.runner.send(command)
        if command == "pause" and self.state == "running":
            self._become("paused", "Paused")
        if command == "resume" and self.state == "paused":
            self._become("running", "Going on")

    def kill(self) -> None:
        """End the process at once."""
        self.runner.kill()

    def wait(self, milliseconds: int) -> bool:
        """Wait for the thread that owns the process."""
        return self.runner.wait(milliseconds)

    def _stop(self) -> None:
        self.runner.stop()

    @Slot(object)
    def _on_event(self, event: Event) -> None:
        if event.name == "progress":
            self.share = event.share
            self.text = self._text_of(event) if self.state == "running" else self.text
            self._note(event.text)
            self.changed.emit()
        self.told.emit(event)
        if event.is_final:
            self._on_end(event)

    def _text_of(self, event: Event) -> str:
        """Return what a progress says to the user."""
        return event.text

    def _on_end(self, event: Event) -> None:
        if event.name == "done":
            self.result = event.fields.get("result")
            failed = self.result.get("failed") if isinstance(self.result, Mapping) else None
            self._finish("done", f"Done, but {failed} failed" if failed else "Done")
        elif event.name in ("stopped", "detached"):
            self._finish("stopped", event.text or "Stopped")
        else:
            self.error_class = str(event.fields.get("class", ""))
            tail = event.fields.get("stderr") or self.runner.lines[-20:]
            more = str(event.fields.get("traceback", ""))
            self.detail = "\n".join([*([more] if more else []), *(str(line) for line in tail)])
            self._finish("failed", event.text or "Failed")


class TrainTask(WorkerTask):
    """A training: step, training time and time left are those that it tells.

    Attributes
    ----------
    figures : as the run's folder has them until the training says the first ones
    """

    can_detach = True

    def __init__(self, job: Job, title: str, parent: QObject | None = None) -> None:
        super().__init__(job, title, parent)
        self.figures = RunFigures()

    @property
    def elapsed_s(self) -> float:
        """Seconds of training over all parts of the run, without pauses."""
        return self.figures.at(time.monotonic()).seconds

    @property
    def remaining_s(self) -> float | None:
        """Seconds to go, as the training says; None where it has no end or does not go on."""
        return None if self.has_ended else self.figures.at(time.monotonic()).left_s

    def detach(self) -> None:
        """Let the training go on without the window, also where it pauses."""
        if self.state == "paused":
            self.send("resume")
        self.runner.detach()

    def settle(self, figures: RunFigures) -> None:
        """Take what the run's folder says once the training has begun, or has ended."""
        if figures != self.figures:
            self.figures = figures
            self.changed.emit()

    def _text_of(self, event: Event) -> str:
        return f"Step {self.figures.step}" if self.figures.told_s is not None else event.text

    @Slot(object)
    def _on_event(self, event: Event) -> None:
        now_s = time.monotonic()
        if event.name == "logged":
            self.figures = self.figures.after(event.fields, now_s)
        elif event.name == "went_back":
            self.figures = replace(self.figures, step=int(event.fields["step"]))
        elif event.name == "resumed":
            self.figures = self.figures.resumed(now_s)
        elif event.name == "paused" or event.is_final:
            self.figures = self.figures.held(now_s)
        super()._on_event(event)
