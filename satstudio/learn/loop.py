"""TrainRecipe; train(patches, recipe, run_dir, progress): the one loop."""

import logging
import math
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from torch import Tensor

from satstudio.core.errors import Cancelled, RunError, WriteError
from satstudio.core.progress import Progress
from satstudio.learn.batches import Batches
from satstudio.learn.checkpoint import Checkpoint, newest_checkpoint, save_checkpoint
from satstudio.learn.clock import Clock, Every
from satstudio.learn.data import TrainingData, open_data
from satstudio.learn.device import choose_device, choose_threads, versions
from satstudio.learn.method import METHODS, Method, Values
from satstudio.learn.preview import Figures, Preview, make_preview
from satstudio.learn.run_folder import RunFolder
from satstudio.learn.train_recipe import TrainRecipe as TrainRecipe

log = logging.getLogger(__name__)
HELD_OUT_SEED = 0x76616C
FIGURE_PIXELS = 512 * 16 * 16
LARGEST_LOSS = 1e6
"""Networks see numbers of about 1: a loss beyond this is a generator that has run away."""

PAUSE_POLL_S = 0.05
VALIDATION_SHARE = 0.1
"""Share of the time that validation for the log may take."""


def train(
    patches: Path, recipe: TrainRecipe, run_dir: Path, progress: Progress, resume: bool = False
) -> Path:
    """Train a network on a patch set; everything is checked before the first step.

    Parameters
    ----------
    run_dir : new folder; with `resume`, that of an earlier sitting, which goes on exactly
    progress : a stop is noticed between steps and saves a checkpoint first; answers the requests
        `checkpoint`, `preview`, `pause` and `resume`; announces `logged` (the line of the log),
        `preview` and `saved` (path, step), `paused` and `resumed`, `remark` (text) where the
        data do not quite suit the method

    Raises
    ------
    InputError, RunError
        If the patches, the recipe or the folder cannot work, or the training diverges.
    WriteError
        If the disk is full; the run goes on from its last checkpoint when there is room again.
    Cancelled
        If it was stopped; the run can be resumed.
    """
    data = open_data(patches, recipe)
    run = RunFolder.reopen(run_dir, recipe) if resume else RunFolder.create(run_dir, recipe)
    _Training(data, recipe, run, progress).carry_out()
    return run_dir


class _Training:
    """One sitting of a run."""

    def __init__(
        self, data: TrainingData, recipe: TrainRecipe, run: RunFolder, progress: Progress
    ) -> None:
        self._recipe = recipe
        self._run = run
        self._progress = progress
        found = newest_checkpoint(run.checkpoints)
        self._scaling = data.scaling
        info = METHODS[recipe.method]
        self._validated = info.validated
        self._device = choose_device(recipe.device)
        self._method = info.make(recipe.chosen(), len(data.bands), recipe.seed, self._device)
        threads = recipe.threads or (found.facts["threads"] if found else None)
        self._threads = choose_threads(threads, 2 * sum(self._method.parameters.values()))
        side = self._method.size_px
        self._batches = Batches(
            data.lessons, data.scaling, recipe.batch, side, recipe.seed, self._device
        )
        self._held_out = Batches(
            data.held_out, data.scaling, recipe.batch, side, HELD_OUT_SEED, self._device
        )
        self._preview = self._make_preview(data)
        self._has_validation = len(data.validation) > 0
        self._step = 0
        self._best: dict[str, Any] = {}
        self._clock = Clock()
        self._log_due = Every(recipe.log_every_s)
        self._save_due = Every(recipe.checkpoint_every_s, waits=True)
        self._sample_due = Every(recipe.sample_every_s)
        self._check_due = Every(recipe.check_every_s)
        self._facts: dict[str, Any] = {
            "device": str(self._device),
            "threads": self._threads,
            **_facts(data, recipe, self._method),
        }
        self._note_spectrum(data)
        self._sums: dict[str, list[float]] = {}
        if found:
            self._go_on(found)
        else:
            self._method.fit(data.largest())

    def _make_preview(self, data: TrainingData) -> Preview:
        side, samples = self._method.size_px, self._recipe.samples
        count = min(max(FIGURE_PIXELS // side**2, samples), 512)
        shown = Batches(data.held_out, data.scaling, count, side, HELD_OUT_SEED, self._device)
        return make_preview(self._method, shown, data.scaling, samples, count)

    def _note_spectrum(self, data: TrainingData) -> None:
        """Keep how white complex images are, and say where neighbours are correlated."""
        info = METHODS[self._recipe.method]
        if info.takes != "image" or not info.wants_complex:
            return
        found = data.whiteness()
        self._facts["spectrum"] = asdict(found)
        if found.remark:
            self._progress.announce("remark", text=found.remark)

    def carry_out(self) -> None:
        """Train until it is over, stopped or broken; run.json tells which."""
        status, message = "failed", ""
        self._write_info("running")
        try:
            self._loop()
            self._finish()
            status = "done"
        except Cancelled:
            status = "stopped"
            self._save()
            raise
        except (RunError, WriteError) as error:
            message = str(error)
            raise
        finally:
            self._write_end(status, message)

    def _write_end(self, status: str, message: str) -> None:
        """Write how it ended; a full disk must not hide why it did."""
        try:
            self._write_info(status, message)
        except WriteError as error:
            if status == "done":
                raise
            log.warning("%s", error)

    def _loop(self) -> None:
        while not self._is_over():
            self._answer()
            self._take_step()
            if not self._is_over():
                self._keep_record()
            self._progress.report(self._share(), f"Step {self._step}")

    def _keep_record(self) -> None:
        """Sample, log and save where it is due or asked for."""
        figures = None
        if self._sample_due.comes(self._clock.seconds) or self._progress.is_asked("preview"):
            figures = self._sample()
        elif self._check_due.comes(self._clock.seconds):
            _, figures = self._compare()
        if figures or self._log_due.comes(self._clock.seconds):
            self._write_log(figures)
        if self._save_due.comes(self._clock.seconds) or self._progress.is_asked("checkpoint"):
            self._save()

    def _finish(self) -> None:
        figures = self._sample()
        if self._sums:
            self._write_log(figures)
        self._save()

    def _take_step(self) -> None:
        number = self._step + 1
        losses = self._method.step(self._batches.at(number), number)
        for name, value in losses.items():
            if not abs(value) <= LARGEST_LOSS:  # true for NaN too
                raise self._diverged(number, f"{name} is {value:.3g}")
            self._sums.setdefault(name, []).append(value)
        self._step = number
        self._clock.count()

    def _good_state(self) -> Mapping[str, Tensor]:
        state = self._method.state()
        for name, tensor in state.items():
            if tensor.is_floating_point() and not bool(tensor.isfinite().all()):
                raise self._diverged(self._step, f"{name} is not finite")
        return state

    def _diverged(self, step: int, why: str) -> RunError:
        return RunError(
            f"Training diverged at step {step}: {why}. The last good checkpoint in "
            f"{self._run.checkpoints} is kept; start again with half the learning rate or larger "
            "batches."
        )

    def _answer(self) -> None:
        """Pause where it is asked for; a checkpoint is saved before."""
        self._progress.check()
        if not self._progress.is_asked("pause"):
            return
        self._save()
        self._clock.stop()
        self._progress.announce("paused", step=self._step)
        while not self._progress.is_asked("resume"):
            self._progress.check()
            time.sleep(PAUSE_POLL_S)
        self._clock.start()
        self._progress.announce("resumed", step=self._step)

    def _write_log(self, figures: Figures | None) -> None:
        line: dict[str, Any] = {
            "step": self._step,
            "seconds": round(self._clock.seconds, 3),
            "images": self._step * self._recipe.batch,
            "images_per_s": round(self._clock.rate * self._recipe.batch, 3),
            "eta_s": self._eta_s(),
        }
        means = {name: sum(values) / len(values) for name, values in self._sums.items()}
        held_out = self._validate()
        for name in self._validated:
            if name in means:
                line[f"{name}_train"] = means.pop(name)
                line[f"{name}_validation"] = held_out.get(name)
        line |= means
        if figures:
            line |= figures.plain()
        self._sums = {}
        self._run.log(line)
        self._progress.announce("logged", **line)

    def _validate(self) -> Mapping[str, float]:
        if not self._has_validation:
            return {}
        start = time.perf_counter()
        batch = self._held_out.at(self._step)
        losses = self._method.validate(batch, self._step)
        spent = time.perf_counter() - start
        self._log_due.at_least(spent / VALIDATION_SHARE)
        return {name: value for name, value in losses.items() if math.isfinite(value)}

    def _sample(self) -> Figures:
        made, figures = self._compare()
        path = self._preview.save(made, self._run.samples / f"step-{self._step:09d}.png")
        self._progress.announce("preview", path=str(path), step=self._step, **figures.plain())
        return figures

    def _compare(self) -> tuple[Values, Figures]:
        """Compare with held-out patches; the best so far gets a checkpoint of its own."""
        start = time.perf_counter()
        made = self._preview.make()
        figures = self._preview.figures(made)
        if figures.quality < self._best.get("quality", math.inf):
            self._best = {"step": self._step, "quality": figures.quality, **figures.plain()}
            save_checkpoint(
                self._run.checkpoints, self._good_state(), self._checkpoint_facts(), "best"
            )
            self._write_info("running")
        self._check_due.restart(self._clock.seconds)
        self._check_due.at_least((time.perf_counter() - start) / VALIDATION_SHARE)
        return made, figures

    def _save(self) -> None:
        path = save_checkpoint(self._run.checkpoints, self._good_state(), self._checkpoint_facts())
        self._save_due.restart(self._clock.seconds)
        self._progress.announce("saved", path=str(path), step=self._step)

    def _go_on(self, found: Checkpoint) -> None:
        if found.facts["trained_on_sha256"] != self._facts["trained_on_sha256"]:
            raise RunError(
                f"{self._run.path} was trained on another patch set than {self._facts['patches']}; "
                f"resume it with {found.facts['patches']}."
            )
        try:
            self._method.load_state(found.tensors)
        except (KeyError, ValueError, RuntimeError) as error:
            raise RunError(f"Checkpoint {found.path} does not fit the recipe: {error}.") from error
        self._step = found.step
        self._best = dict(found.facts["best"])
        self._clock = Clock(found.facts["seconds"])
        self._run.cut_log(self._step)

    def _checkpoint_facts(self) -> dict[str, Any]:
        return {**self._facts, **self._counts()}

    def _counts(self) -> dict[str, Any]:
        return {
            "step": self._step,
            "images": self._step * self._recipe.batch,
            "seconds": round(self._clock.seconds, 3),
            "images_per_s": round(self._clock.rate * self._recipe.batch, 3),
            "best": self._best,
        }

    def _write_info(self, status: str, message: str = "") -> None:
        counts = self._counts()
        steps = {"steps": counts.pop("step")}
        self._run.write_info(
            {"status": status, "message": message, **steps, **counts, **self._facts}
        )

    def _is_over(self) -> bool:
        return self._share() >= 1

    def _share(self) -> float:
        """Share of the way to the nearer of the two limits; 0 where there is none."""
        steps, budget_s = self._recipe.steps, self._recipe.budget_s
        of_steps = self._step / steps if steps else 0.0
        of_time = self._clock.sitting / budget_s if budget_s else 0.0
        return max(of_steps, of_time)

    def _eta_s(self) -> float | None:
        waits = []
        if self._recipe.steps and self._clock.rate:
            waits.append((self._recipe.steps - self._step) / self._clock.rate)
        if self._recipe.budget_s:
            waits.append(self._recipe.budget_s - self._clock.sitting)
        return round(max(0.0, min(waits)), 1) if waits else None


def _facts(data: TrainingData, recipe: TrainRecipe, method: Method) -> dict[str, Any]:
    """Return what run.json and checkpoints say of a run beside where it stands."""
    latent = method.exportable().latent
    return {
        "method": recipe.method,
        "preset": recipe.preset,
        "versions": versions(),
        "parameters": dict(method.parameters),
        "patches": str(data.path),
        "trained_on_sha256": data.sha256,
        "train_patches": len(data.train),
        "validation_patches": len(data.validation),
        "scaling": data.scaling.model_dump(),
        "bands": list(data.bands),
        "is_complex": data.is_complex,
        "size_px": method.size_px,
        "spacing_m": data.spacing_m,
        "latent": None if latent is None else dict(latent),
    }
