"""TrainRecipe; train(patches, recipe, run_dir, progress): the one loop."""

import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from satstudio.core.errors import Cancelled, RunError, WriteError
from satstudio.core.progress import Progress
from satstudio.core.runs.stop_request import heeding
from satstudio.learn.device import check_precision, choose_device, choose_threads
from satstudio.learn.distributed import Act
from satstudio.learn.evaluation.evaluator import Evaluation, Evaluator
from satstudio.learn.evaluation.feature_images import open_features
from satstudio.learn.evaluation.feature_trend import FeatureTrend
from satstudio.learn.loop.checkpoint import (
    BEST,
    Checkpoint,
    best_info,
    load_into,
    newest_checkpoint,
    save_checkpoint,
)
from satstudio.learn.loop.guard import Diverged, Guard
from satstudio.learn.loop.new_run_info import findings_of, new_run_info
from satstudio.learn.loop.run_folder import RunFolder
from satstudio.learn.loop.start_model import start_run_part
from satstudio.learn.loop.tensorboard_log import TensorBoardLog
from satstudio.learn.setup.choosing import is_better
from satstudio.learn.setup.clock import Clock, Limits
from satstudio.learn.setup.data import open_data
from satstudio.learn.setup.recipe import TrainRecipe as TrainRecipe
from satstudio.learn.setup.set_up import Due, Means, Setup, adjust, set_up

log = logging.getLogger(__name__)
PAUSE_POLL_S = 0.05
VALIDATION_SHARE = 0.1
"""Share of the time that validation for the log may take."""


def train(
    patches: Path,
    recipe: TrainRecipe,
    run_dir: Path,
    progress: Progress,
    resume: bool = False,
    overwrite: bool = False,
) -> Path:
    """Train a network on a patch set; everything is checked before the first step.

    Parameters
    ----------
    run_dir : new folder; with `resume` that of an earlier part of the run, which goes on exactly,
        with `overwrite` that of a run which begins anew: its own files go, others stay
    progress : a stop is noticed between steps and saves a checkpoint first; answers the requests
        `checkpoint`, `preview`, `pause` and `resume`; announces `logged` (the line of the log),
        `preview` and `saved` (path, step), `best` (step, by, figures) where the best so far was
        kept, `paused` and `resumed`, `remark` (text) where the data do not quite suit the method,
        where it went back because numbers ran away (also `went_back`), and where a training goes
        wrong, as `collapse` knows it

    Raises
    ------
    InputError, RunError
        If the patches, the recipe or the folder cannot work, or the training diverges.
    WriteError
        If the disk is full; the run goes on from its last checkpoint when there is room again.
    Cancelled
        If it was stopped; the run can be resumed.
    """
    RunFolder.check_new(run_dir, resume or overwrite)
    check_precision(recipe.precision, choose_device(recipe.device))
    setup = set_up(open_data(patches, recipe), recipe)
    return carry_out(setup, recipe, run_dir, progress, resume, overwrite)


def carry_out(
    setup: Setup, recipe: TrainRecipe, run_dir: Path, progress: Progress, *how: bool
) -> Path:
    """Do what `train` says; of several processes the first calls it, and leads the others.

    `how` are `resume` and `overwrite`.
    """
    features = open_features(recipe.features, recipe.threads, setup)
    start = start_run_part(recipe.start, setup, run_dir, is_resumed=bool(how and how[0]))
    run = RunFolder.begin(run_dir, recipe, *how)
    trend = FeatureTrend(features, setup.data, run.features) if features else None
    _Training(setup, recipe, run, heeding(progress, run_dir), trend, start).carry_out()
    return run_dir


class _Training:
    """One part of a run, from its start or resumption to its end or a stop."""

    def __init__(
        self,
        setup: Setup,
        recipe: TrainRecipe,
        run: RunFolder,
        progress: Progress,
        trend: FeatureTrend | None,
        start: Mapping[str, Any],
    ) -> None:
        self._setup, self._group = setup, setup.group
        self._recipe, self._run, self._progress = recipe, run, progress
        found = newest_checkpoint(run.checkpoints)
        self._method = setup.method
        self._evaluator = Evaluator(setup, recipe.samples, trend, found.info if found else None)
        self._step = 0
        self._is_stopped = False  # asked of another process
        self._is_pausing = False  # stays where saving before a pause finds a need to go back
        self._best: dict[str, Any] = {}
        self._clock = Clock()
        self._patches = len(setup.data.train)
        self._limits = Limits(recipe.last_step(self._patches), recipe.budget_s)
        self._guard = Guard()
        self._remarks: list[str] = []
        self._due = Due(recipe)
        self._tensorboard = TensorBoardLog(run.tensorboard)
        self._info = new_run_info(setup) | self._evaluator.info()
        self._means = Means()
        if found:
            self._go_on(found)
        else:
            self._begin(start)
        self._note_data()
        self._start_from(self._method.state())
        self._guard.keep(self._step, self._method.state())

    def _start_from(self, state: Mapping[str, Tensor]) -> None:
        """Let every process go on from one state, at the pace of this part of the run."""
        adjust(self._method, self._recipe, self._guard.pace)
        self._group.tell(Act.ADJUST, self._guard.pace, self._info["threads"])
        self._group.give(state)

    def _begin(self, start: Mapping[str, Any]) -> None:
        """Let a run begin, with random weights or those of a file."""
        data, images = self._setup.data, self._setup.training_batches.batch(1)
        self._method.fit(data.largest(), images)
        if start:
            self._info["start"] = dict(start)
            self._remark(start["fresh"])

    def _note_data(self) -> None:
        found = findings_of(self._setup)
        self._info |= found.info
        for text in found.remarks:
            self._remark(text)

    def _remark(self, text: str) -> None:
        """Say something once, for good: it stays in run.json; of nothing, nothing."""
        if text and text not in self._remarks:
            self._remarks.append(text)
            log.warning("%s", text)
            self._progress.announce("remark", text=text, step=self._step)

    def carry_out(self) -> None:
        """Train until it is over, stopped or broken; run.json tells which."""
        status, message = "failed", ""
        self._write_info("running")
        self._tensorboard.start(self._step)
        try:
            self._prepare()
            while not self._comes_to_its_end():
                pass
            status = "done"
        except Cancelled:
            status = "stopped"
            self._save_last()
            raise
        except Exception as error:
            message = str(error) or type(error).__name__
            raise
        finally:
            self._tensorboard.close()
            self._write_end(status, message)

    def _prepare(self) -> None:
        """Measure what is measured once; it is no time of the training."""
        self._clock.stop()
        remark = self._evaluator.prepare(self._progress)
        self._clock.start()
        self._remark(remark)
        if self._step == 0 and "start" in self._info:
            self._save()
            self._sample()  # the best until something is better

    def _write_end(self, status: str, message: str) -> None:
        """Write how it ended; a full disk must not hide why it did."""
        try:
            self._write_info(status, message)
        except WriteError as error:
            if status == "done":
                raise
            log.warning("%s", error)

    def _comes_to_its_end(self) -> bool:
        """Train; False where numbers ran away and it went back."""
        try:
            self._loop()
            self._finish()
        except Diverged as cause:
            self._go_back(cause)
            return False
        return True

    def _go_back(self, cause: Diverged) -> None:
        good = self._guard.go_back(cause, self._run.checkpoints)
        self._method.load_state(good.state)
        self._step, self._means = good.step, Means()
        self._start_from(good.state)
        self._run.cut(self._step)
        self._tensorboard.start(self._step)
        self._progress.announce("went_back", step=self._step)
        self._remark(
            f"{cause} It went back to step {good.step} and goes on with {self._guard.pace:g} of "
            "the learning rate and other images."
        )
        self._write_info("running")

    def _loop(self) -> None:
        while self._share() < 1:
            self._answer()
            self._take_step()
            if self._share() < 1:
                self._keep_record()
            self._progress.report(self._share(), f"Step {self._step}")

    def _keep_record(self) -> None:
        """Sample, log and save where it is due or asked for."""
        evaluation = None
        if self._due.sample.comes(self._clock.seconds) or self._progress.is_asked("preview"):
            evaluation = self._sample()
        elif self._due.check.comes(self._clock.seconds):
            evaluation = self._compare()
        if evaluation or self._due.log.comes(self._clock.seconds):
            self._write_log(evaluation)
        if self._due.save.comes(self._clock.seconds) or self._progress.is_asked("checkpoint"):
            self._save()

    def _finish(self) -> None:
        evaluation = self._sample()
        if self._means.of() or not self._run.has_logged(self._step):
            self._write_log(evaluation)
        self._save()

    def _take_step(self) -> None:
        number = self._step + 1
        source = number + self._guard.skipped
        self._group.tell(Act.STEP, number, source)
        losses, self._is_stopped = self._setup.step(number, source)
        self._guard.check(number, losses)
        self._means.add(losses)
        self._step = number
        self._clock.count()

    def _good_state(self) -> Mapping[str, Tensor]:
        state = self._method.state()
        self._guard.keep(self._step, state)
        return state

    def _answer(self) -> None:
        """Pause where it is asked for; a checkpoint is saved before."""
        self._progress.check()
        if self._is_stopped:
            raise Cancelled
        self._is_pausing = self._is_pausing or self._progress.is_asked("pause")
        if not self._is_pausing:
            return
        self._save()
        self._is_pausing = False
        self._clock.stop()
        self._progress.announce("paused", step=self._step)
        while not self._progress.is_asked("resume"):
            self._progress.check()
            self._group.tell(Act.WAIT)
            time.sleep(PAUSE_POLL_S)
        self._clock.start()
        self._progress.announce("resumed", step=self._step)

    def _write_log(self, evaluation: Evaluation | None) -> None:
        line: dict[str, Any] = {
            "step": self._step,
            "seconds": round(self._clock.seconds, 3),
            "images": self._step * self._recipe.batch,
            "epoch": self._epoch(),
            "images_per_s": round(self._clock.rate * self._recipe.batch, 3),
            "eta_s": self._limits.eta_s(self._step, self._clock),
        }
        means = self._means.of()
        held_out = self._validate()
        for name in self._setup.kind.validated:
            if name in means:
                line[f"{name}_train"] = means.pop(name)
                line[f"{name}_validation"] = held_out.get(name)
        line |= means | (evaluation.plain if evaluation else {})
        self._means = Means()
        self._run.log(line)
        self._tensorboard.write(line)
        self._progress.announce("logged", **line)

    def _validate(self) -> Mapping[str, float]:
        start = time.perf_counter()
        losses = self._setup.validate(self._step)
        self._due.log.at_least((time.perf_counter() - start) / VALIDATION_SHARE)
        return losses

    def _sample(self) -> Evaluation:
        evaluation = self._compare()
        path = self._evaluator.save(evaluation, self._run.preview_file(self._step))
        self._progress.announce("preview", path=str(path), step=self._step, **evaluation.plain)
        return evaluation

    def _compare(self) -> Evaluation:
        """Compare with held-out patches; the best so far gets a checkpoint of its own."""
        start = time.perf_counter()
        self._guard.check_state(self._step, self._method.state())
        evaluation = self._evaluator.look(self._share(), self._means.of())
        if is_better(self._evaluator.chosen_by, evaluation.plain, self._best):
            self._keep_best(evaluation.plain)
        for warning in evaluation.warnings:
            self._remark(warning)
        self._due.check.restart(self._clock.seconds)
        spent = time.perf_counter() - start - evaluation.apart_s
        self._due.check.at_least(spent / VALIDATION_SHARE)
        return evaluation

    def _keep_best(self, figures: Mapping[str, float | None]) -> None:
        state = self._good_state()
        self._best = {"step": self._step, "by": self._evaluator.chosen_by, **figures}
        save_checkpoint(self._run.checkpoints, state, self._checkpoint_info(), BEST)
        self._write_info("running")
        self._progress.announce("best", **self._best)

    def _save_last(self) -> None:
        """Save when stopped; where the weights are not finite, the checkpoint before stands."""
        try:
            self._save()
        except Diverged as error:
            log.warning("%s The checkpoint before is kept.", error)

    def _save(self) -> None:
        info, keep = self._checkpoint_info(), self._recipe.keep_checkpoints
        path = save_checkpoint(self._run.checkpoints, self._good_state(), info, keep=keep)
        self._due.save.restart(self._clock.seconds)
        self._progress.announce("saved", path=str(path), step=self._step)

    def _go_on(self, found: Checkpoint) -> None:
        if found.info["trained_on_sha256"] != self._info["trained_on_sha256"]:
            raise RunError(
                f"{self._run.path} was trained on another patch set than {self._info['patches']} "
                f"is now; resume it with {found.info['patches']}, the same patches rejected."
            )
        load_into(self._method, found)
        self._info |= {key: found.info[key] for key in ("start",) if key in found.info}
        threads = self._recipe.threads or found.info["threads"]
        self._info["threads"] = choose_threads(threads, 0)
        self._step = found.step
        self._best = best_info(self._run.checkpoints)
        self._guard = Guard(found.info.get("guard"))
        self._remarks = list(found.info.get("remarks", []))
        self._clock = Clock(found.info["seconds"])
        self._remark(self._run.cut(self._step))

    def _checkpoint_info(self) -> dict[str, Any]:
        return {**self._info, **self._counts()}

    def _counts(self) -> dict[str, Any]:
        return {
            "step": self._step,
            "images": self._step * self._recipe.batch,
            "epoch": self._epoch(),
            "seconds": round(self._clock.seconds, 3),
            "images_per_s": round(self._clock.rate * self._recipe.batch, 3),
            "best": self._best,
            "guard": self._guard.info(),
            "remarks": self._remarks,
        }

    def _write_info(self, status: str, message: str = "") -> None:
        counts = self._counts()
        steps = {"steps": counts.pop("step")}
        self._run.write_info(
            {"status": status, "message": message, **steps, **counts, **self._info}
        )

    def _epoch(self) -> float:
        return round(self._recipe.epoch_of(self._step, self._patches), 4)

    def _share(self) -> float:
        return self._limits.share(self._step, self._clock)
