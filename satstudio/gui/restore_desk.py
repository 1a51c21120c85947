"""RestoreDesk: asks a warm process for cards, checks, previews, estimates; answers are signals.

The window itself never loads ONNX Runtime. The process starts with the first question, and ends
when nothing was asked for a while; where it dies, the next question starts another.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from satstudio.core.environment import scratch_folder
from satstudio.gui.run_job import JobRunner
from satstudio.jobs.job import Event, Job
from satstudio.restore.questions import KINDS, Question
from satstudio.restore.recipe import RestoreRecipe

IDLE_MS = 120_000
NICE = 5
KILL_MS = 50
JOIN_MS = 12_000


class RestoreDesk(QObject):
    """One question of each kind at a time: a newer one takes the place of an older one."""

    answered = Signal(str, object)
    """Kind, and the fields of the answer to the newest question; `sentence` where there is none."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._runner: JobRunner | None = None
        self._ending: list[JobRunner] = []
        self._number = 0
        self._open: dict[str, Question] = {}
        self._is_closed = False
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(IDLE_MS)
        self._idle.timeout.connect(self._rest)

    def is_waiting(self, kind: str) -> bool:
        """Tell whether an answer of this kind is still to come."""
        return kind in self._open

    def ask_cards(self, paths: Sequence[Path]) -> None:
        """Ask for the cards of model files."""
        self._ask(Question(kind="cards", number=self._next(), paths=tuple(paths)))

    def ask_check(self, scenes: Sequence[str], model: str, recipe: RestoreRecipe) -> None:
        """Ask whether scenes, model and choices fit."""
        number = self._next()
        self._ask(
            Question(kind="check", number=number, scenes=tuple(scenes), model=model, recipe=recipe)
        )

    def ask_preview(self, scene: str, model: str, recipe: RestoreRecipe) -> None:
        """Ask for the restored window of a scene."""
        number = self._next()
        self._ask(
            Question(kind="preview", number=number, scenes=(scene,), model=model, recipe=recipe)
        )

    def ask_estimate(
        self, scenes: Sequence[str], model: str, recipe: RestoreRecipe, folder: Path
    ) -> None:
        """Ask for time and size, and for the free room on the disk of `folder`."""
        paths = (next(path for path in (folder, *folder.parents) if path.exists()),)
        self._ask(
            Question(
                kind="estimate",
                number=self._next(),
                scenes=tuple(scenes),
                model=model,
                recipe=recipe,
                paths=paths,
            )
        )

    def forget(self, kind: str) -> None:
        """Drop the answer that is still to come."""
        self._open.pop(kind, None)

    @Slot()
    def release(self) -> None:
        """Let go of scenes and models: end the process; what is asked goes to a new one."""
        if self._runner is not None:
            self._runner.stop()

    @Slot()
    def close(self) -> None:
        """End the process and wait for it."""
        self._is_closed = True
        self._idle.stop()
        self._open.clear()
        if self._runner is not None:
            self._runner.kill()
        for runner in (*self._ending, *([self._runner] if self._runner else [])):
            for _ in range(JOIN_MS // KILL_MS):
                runner.kill()  # one that is asked for before the process exists is lost
                if runner.wait(KILL_MS):
                    break
        self._runner = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _ask(self, question: Question) -> None:
        if self._is_closed:
            return
        self._open[question.kind] = question
        self._send(question)

    def _send(self, question: Question) -> None:
        if self._folder is None:
            self._folder = scratch_folder()
        path = Path(self._folder.name) / f"{question.number:08d}-{question.kind}.json"
        part = path.with_suffix(".part")
        part.write_text(question.model_dump_json(), "utf-8")
        part.replace(path)  # whole at once; it need not outlive the machine
        if self._runner is None:
            job = Job(kind="previews", arguments={"folder": self._folder.name}, nice=NICE)
            self._runner = JobRunner(job, self)
            self._runner.told.connect(self._on_event)
            self._runner.start()
        self._idle.start()

    @Slot(object)
    def _on_event(self, event: Event) -> None:
        if event.is_final:
            self._on_end(event)
        elif event.name in KINDS:
            question = self._open.get(event.name)
            if question is not None and event.fields.get("number") == question.number:
                del self._open[event.name]
                self.answered.emit(event.name, event.fields)
            elif "path" in event.fields:  # pixels that nobody wants any more
                Path(str(event.fields["path"])).unlink(missing_ok=True)

    def _on_end(self, event: Event) -> None:
        runner = self.sender()
        if runner is not self._runner:
            return
        self._retire()
        waiting, self._open = self._open, {}
        if event.name == "stopped":  # it was idle when the last question came
            for question in waiting.values():
                self._ask(question)
            return
        sentence = event.text or self.tr("The process that restores previews ended.")
        for kind in waiting:
            self.answered.emit(kind, {"sentence": sentence})

    def _retire(self) -> None:
        runner, self._runner = self._runner, None
        if runner is not None:
            runner.finished.connect(self._on_finished)
            self._ending.append(runner)

    @Slot()
    def _on_finished(self) -> None:
        runner = self.sender()
        if isinstance(runner, JobRunner) and runner in self._ending:
            self._ending.remove(runner)
            runner.deleteLater()

    @Slot()
    def _rest(self) -> None:
        """End the idle process; its memory is given back."""
        if self._open:
            self._idle.start()
        else:
            self.release()
