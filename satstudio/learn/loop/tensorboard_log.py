"""TensorBoardLog: the log's numbers as TensorBoard event files, where tensorboard is installed."""

import importlib
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)


class TensorBoardLog:
    """Writes `events.out.tfevents.*` into a folder; does nothing without tensorboard.

    Attributes
    ----------
    is_open : whether anything is written
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writer: Any = None
        try:
            self._module: Any = importlib.import_module("torch.utils.tensorboard")
        except ImportError:
            log.info("No TensorBoard files are written: the package tensorboard is not installed.")
            self._module = None

    @property
    def is_open(self) -> bool:
        """Tell whether anything is written."""
        return self._writer is not None

    def start(self, step: int) -> None:
        """Go on after `step`; what was written beyond it is not shown any more."""
        self.close()
        if self._module is not None:
            self._writer = self._module.SummaryWriter(str(self._folder), purge_step=step + 1)

    def write(self, line: Mapping[str, Any]) -> None:
        """Add a line of the log: every number but the step, under its name."""
        if self._writer is None:
            return
        for name, value in line.items():
            if name != "step" and isinstance(value, int | float):
                self._writer.add_scalar(name, value, int(line["step"]))
        self._writer.flush()

    def close(self) -> None:
        """End the file."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
