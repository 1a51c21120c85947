"""ask_to_stop, heeding: a training is asked to stop through its folder, whoever started it."""

import time
from pathlib import Path

from satstudio.core.files.replacing import write_text
from satstudio.core.progress import Progress

FILE = "stop-asked"
LOOK_S = 0.5


def ask_to_stop(run: Path) -> None:
    """Ask the training of a run to save and stop; the process that trains it looks for this.

    Raises
    ------
    WriteError
        If it cannot be asked.
    """
    write_text(run / FILE, "stop\n")


def heeding(progress: Progress, run: Path) -> Progress:
    """Return a Progress that is also stopped by a request in the folder of a run.

    A request that an earlier part of the run left there is taken away.
    """
    request = run / FILE
    request.unlink(missing_ok=True)
    looked_s, was_asked = float("-inf"), False

    def is_asked() -> bool:
        nonlocal looked_s, was_asked
        now = time.monotonic()
        if not was_asked and now - looked_s >= LOOK_S:
            looked_s, was_asked = now, request.exists()
            if was_asked:
                request.unlink(missing_ok=True)
        return was_asked

    return progress.also_stopped(is_asked)
