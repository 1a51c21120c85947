"""WarmWorker: a process that stays open and answers what the window asks it.

The process starts with the first question, and ends when nothing was asked for a while; where it
dies, the questions that wait get one error each and the next question starts another. Arrays come
as files in a scratch folder: an answer names its file as `path`.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from satstudio.core.environment import scratch_folder
from satstudio.core.job_requests import RequestKind
from satstudio.gui.jobs.job_runner import JobRunner
from satstudio.jobs.job import Event, Job

IDLE_MS = 120_000
JOIN_MS = 1_000


@dataclass(frozen=True, slots=True)
class _Question:
    """What was asked, for a process that takes it over."""

    kind: str
    fields: Mapping[str, object]


class WarmWorker(QObject):
    """Asks one process; answers are signals.

    Parameters
    ----------
    job : kind of the job that answers; it is given `folder`, where it puts arrays
    kinds : what can be asked; of a newest-only kind only the newest question is answered
    nice : how far the process steps back for others

    Attributes
    ----------
    threads : of the next process; None: all cores but one
    """

    answered = Signal(str, object)
    """Kind, and the fields of the answer; `sentence` says why where there is none."""

    def __init__(
        self, job: str, kinds: Sequence[RequestKind], nice: int, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._job = job
        self._kinds = {kind.name: kind for kind in kinds}
        self._nice = nice
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._runner: JobRunner | None = None
        self._leaving: list[JobRunner] = []
        self.threads: int | None = None
        self._open: dict[int, _Question] = {}
        self._is_closed = False
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(IDLE_MS)
        self._idle.timeout.connect(self.rest)

    @property
    def pid(self) -> int | None:
        """Process number; None where no process is there."""
        return self._runner.pid if self._runner is not None else None

    @property
    def folder(self) -> Path | None:
        """Where arrays come; None while nothing was asked yet."""
        return Path(self._folder.name) if self._folder is not None else None

    def is_waiting(self, kind: str) -> bool:
        """Tell whether an answer of this kind is still to come."""
        return any(question.kind == kind for question in self._open.values())

    def ask(self, kind: str, fields: Mapping[str, object]) -> None:
        """Ask; `answered` follows. JSON values only."""
        if self._is_closed:
            return
        if self._kinds[kind].is_newest_only:
            self.forget(kind)
        self._put(_Question(kind, fields))

    def forget(self, kind: str) -> None:
        """Drop the answers of a kind that are still to come."""
        for number in [number for number, item in self._open.items() if item.kind == kind]:
            del self._open[number]

    @Slot()
    def release(self) -> None:
        """Let the process go with all that it holds open; what is asked goes to a new one."""
        runner, self._runner = self._runner, None
        if runner is None:
            return
        runner.stop()
        self._leaving.append(runner)
        waiting, self._open = self._open, {}
        for question in waiting.values():
            self._put(question)

    @Slot()
    def rest(self) -> None:
        """End the idle process; its memory is given back."""
        if self._open:
            self._idle.start()
        else:
            self.release()

    @Slot()
    def close(self) -> None:
        """End the process at once; nothing is answered any more."""
        self._is_closed = True
        self._idle.stop()
        self._open.clear()
        runners = [*self._leaving, *([self._runner] if self._runner is not None else [])]
        self._runner, self._leaving = None, []
        for runner in runners:
            runner.kill()
        for runner in runners:
            runner.wait(JOIN_MS)
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _put(self, question: _Question) -> None:
        if self._runner is None:
            self._start()
        if self._runner is not None:
            self._open[self._runner.ask(question.kind, question.fields)] = question
            self._idle.start()

    def _start(self) -> None:
        if self._folder is None:
            self._folder = scratch_folder()
        arguments = {"folder": self._folder.name}
        job = Job(kind=self._job, arguments=arguments, nice=self._nice, threads=self.threads)
        self._runner = JobRunner(job)
        self._runner.told.connect(self._on_event)
        self._runner.start()

    @Slot(object)
    def _on_event(self, event: Event) -> None:
        runner = self.sender()
        if event.number is not None:
            self._on_reply(event.number, event)
        elif event.is_final:
            self._leaving = [other for other in self._leaving if other is not runner]
            if runner is self._runner:
                self._on_end(event)

    def _on_reply(self, number: int, event: Event) -> None:
        answer = event.fields.get("answer")
        fields: Mapping[str, object] = answer if isinstance(answer, Mapping) else {}
        question = self._open.pop(number, None)
        if question is None:  # nobody wants it any more
            if "path" in fields:
                Path(str(fields["path"])).unlink(missing_ok=True)
        elif event.name == "answer":
            self.answered.emit(question.kind, fields)
        else:
            self.answered.emit(question.kind, {"sentence": event.text})

    def _on_end(self, event: Event) -> None:
        """Tell those who wait that the process ended by itself."""
        self._runner = None
        waiting, self._open = self._open, {}
        sentence = event.text or self.tr("The process that was asked ended.")
        for question in waiting.values():
            self.answered.emit(question.kind, {"sentence": sentence})
