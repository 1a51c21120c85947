"""RunFolder: recipe.toml, run.json, log.jsonl, samples/ and checkpoints/ of one training."""

import contextlib
import json
import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from satstudio.core.errors import RunError
from satstudio.core.files.json_text import json_lines, strict_json
from satstudio.core.files.old_keys import with_new_keys
from satstudio.core.files.replacing import remove_leftovers, write_text, writing
from satstudio.core.run_info import own_process, run_info, trained_by
from satstudio.learn.setup.recipe import TrainRecipe

log = logging.getLogger(__name__)
FORMAT = 1
DAMAGED = (
    "The log had damaged lines ({n}); they were put aside into {file}, and the curves lack them. "
    "The training itself goes on exactly."
)
MAY_CHANGE = {
    "steps",
    "epochs",
    "epoch_images",
    "budget_s",
    "preset",
    "threads",
    "device",
    "checkpoint_every_s",
    "keep_checkpoints",
    "sample_every_s",
    "log_every_s",
    "check_every_s",
    "samples",
    "features",
}
"""Choices that the next part of the same run may make anew."""


OWN_FILES = (
    "run.json",
    "log.jsonl",
    "log-damaged.txt",
    "checkpoints/*-[0-9]*.safetensors",
    "checkpoints/*-[0-9]*.safetensors.sha256",
    "samples/step-[0-9]*.png",
    "samples/step-[0-9]*.npy",
    "features/*.npz",
    "tensorboard/events.out.tfevents.*",
    "recipe.toml",
)
"""What trainings write into their folder; without the last it is no run."""


class RunFolder:
    """The folder of a run; all its files are written in one piece, the log line by line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.recipe_file = path / "recipe.toml"
        self.log_file = path / "log.jsonl"
        self.damaged_file = path / "log-damaged.txt"
        self.info_file = path / "run.json"
        self.checkpoints = path / "checkpoints"
        self.samples = path / "samples"
        self.tensorboard = path / "tensorboard"
        self.features = path / "features"

    @classmethod
    def begin(
        cls, path: Path, recipe: TrainRecipe, resume: bool = False, overwrite: bool = False
    ) -> Self:
        """Open the folder of a run: `reopen` to go on, else `create`."""
        return cls.reopen(path, recipe) if resume else cls.create(path, recipe, overwrite)

    @classmethod
    def create(cls, path: Path, recipe: TrainRecipe, overwrite: bool = False) -> Self:
        """Make a new folder.

        Parameters
        ----------
        overwrite : begin a run that is there anew: its own files go, others in its folder stay

        Raises
        ------
        RunError
            If something of that name exists and is not an empty folder.
        """
        run = cls(path)
        cls.check_new(path, overwrite)
        with writing(path):
            if overwrite and path.is_dir():
                run.clear()
            run.checkpoints.mkdir(parents=True, exist_ok=True)
            run.samples.mkdir(exist_ok=True)
        recipe.save(run.recipe_file)
        return run

    @classmethod
    def check_new(cls, path: Path, overwrite: bool) -> None:
        """Refuse a folder that holds something, unless it is a run that may begin anew.

        Raises
        ------
        RunError
            If so.
        """
        if not os.path.lexists(path) or _is_free(path):
            return
        if overwrite:
            cls.open(path)
        else:
            raise RunError(
                f"{path} exists already; resume it (--resume), begin it anew (--overwrite), or "
                "choose another folder for the run."
            )

    def clear(self) -> None:
        """Remove the run's own files; what else lies in its folder stays."""
        for pattern in OWN_FILES:
            for path in self.path.glob(pattern):
                path.unlink()
        for folder in (self.checkpoints, self.samples, self.tensorboard, self.features):
            with contextlib.suppress(OSError):  # not there, or it holds something else
                folder.rmdir()

    @classmethod
    def reopen(cls, path: Path, recipe: TrainRecipe) -> Self:
        """Open the folder of an earlier part of the run, to go on with the same recipe.

        Raises
        ------
        RunError
            If it is no run, or its recipe differs in what cannot change.
        """
        run = cls.open(path)
        run.check_idle()
        old = TrainRecipe.load(run.recipe_file).model_dump()
        for key, value in recipe.model_dump().items():
            if key not in MAY_CHANGE and old[key] != value:
                raise RunError(
                    f"{path} was trained with another '{key}'; resume it with its own recipe "
                    f"({run.recipe_file}), or start a new run."
                )
        run.samples.mkdir(exist_ok=True)
        for folder in (run.path, run.checkpoints, run.samples, run.features):
            if folder.is_dir():
                remove_leftovers(folder)
        recipe.save(run.recipe_file)
        return run

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the folder of a run for reading; raises RunError where it is none."""
        run = cls(path)
        if not is_run(path):
            raise RunError(f"{path} is no training run: it has no recipe.toml and checkpoints/.")
        return run

    def is_only(self, recipe: TrainRecipe) -> bool:
        """Tell whether the folder holds nothing but what a run of this recipe leaves there."""
        own = (
            self.recipe_file, self.log_file, self.damaged_file, self.info_file, self.checkpoints,
            self.samples, self.tensorboard, self.features,
        )  # fmt: skip
        is_of_it = self.recipe_file.is_file() and TrainRecipe.load(self.recipe_file) == recipe
        return is_of_it and set(self.path.iterdir()) <= set(own)

    def log(self, line: Mapping[str, Any]) -> None:
        """Append one line to log.jsonl."""
        text = json.dumps(line, allow_nan=False) + "\n"
        with writing(self.log_file), self.log_file.open("a", encoding="utf-8", newline="\n") as log:
            log.write(text)

    def preview_file(self, step: int) -> Path:
        """Return where the picture of a step lies; its samples lie beside it."""
        return self.samples / f"step-{step:09d}.png"

    def cut(self, step: int) -> str:
        """Drop from the log and the samples what came after `step`, and half a line.

        Returns
        -------
        str
            A sentence about lines of the log that were damaged and are put aside; else empty.
        """
        last = self.preview_file(step).stem
        for path in self.samples.glob("step-*.*"):
            if path.stem > last:
                _remove(path)
        lines, damaged = self._log_lines()
        if damaged:
            with writing(self.damaged_file), self.damaged_file.open("ab") as aside:
                aside.write(b"".join(line + b"\n" for line in damaged))
        if self.log_file.is_file():
            kept = [strict_json(line, None) + "\n" for line in lines if line["step"] <= step]
            write_text(self.log_file, "".join(kept))
        return DAMAGED.format(n=len(damaged), file=self.damaged_file.name) if damaged else ""

    def log_lines(self) -> list[dict[str, Any]]:
        """Return the lines of the log; damaged ones are passed over."""
        return self._log_lines()[0]

    def has_logged(self, step: int) -> bool:
        """Tell whether the log says what was found at a step.

        It does not where a training was stopped between its last step and the look at it.
        """
        return any(line["step"] == step for line in self.log_lines())

    def _log_lines(self) -> tuple[list[dict[str, Any]], list[bytes]]:
        """Return the lines that say a step, and the others as they are."""
        tables, damaged = json_lines(self.log_file)
        lines = []
        for table in tables:
            if isinstance(table.get("step"), int):
                lines.append(with_new_keys("log", table))
            else:
                damaged.append(strict_json(table, None).encode())
        return lines, damaged

    def check_idle(self) -> None:
        """Refuse a run that another process of this machine trains; raises RunError."""
        process = trained_by(self.info())
        if process is not None:
            raise RunError(
                f"{self.path} is being trained by process {process}; stop that first, or wait."
            )

    def info(self) -> dict[str, Any]:
        """Read run.json; empty where there is none yet."""
        try:
            return run_info(self.path)
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise RunError(f"{self.info_file} is damaged: {error}.") from error

    def write_info(self, info: Mapping[str, Any]) -> None:
        """Write run.json."""
        info = {**info, **own_process()}
        now = datetime.now(UTC).isoformat(timespec="seconds")
        text = json.dumps({"format": FORMAT, **info, "updated": now}, indent=2, allow_nan=False)
        write_text(self.info_file, text + "\n")


def _is_free(folder: Path) -> bool:
    """Tell whether a folder holds no file; a training that was killed at once leaves such."""
    if not folder.is_dir():
        return False
    remove_leftovers(folder)
    return all(path.is_dir() for path in folder.rglob("*"))


def is_run(folder: Path) -> bool:
    """Tell whether a folder is that of a training, however short."""
    return (folder / "recipe.toml").is_file() and (folder / "checkpoints").is_dir()


def _remove(path: Path) -> None:
    """Remove a file; one that another program has open is no reason to end a training."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("%s stays, although the training went back: %s", path, error)
