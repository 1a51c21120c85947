"""read_queue, write_queue: trainings that wait for others to end, kept in the folder of runs."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from satstudio.core.errors import InputError
from satstudio.core.files.json_text import parse_json, strict_json
from satstudio.core.files.replacing import write_text

FILE = "queue.json"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A training that waits.

    Attributes
    ----------
    run : its folder, which is there only where an earlier part is to go on (`resume`)
    """

    run: str
    patches: str
    recipe: dict[str, Any]
    resume: bool = False

    @property
    def path(self) -> Path:
        """The run's folder."""
        return Path(self.run)


_WAITING = TypeAdapter(tuple[Waiting, ...])


def read_queue(file: Path) -> tuple[Waiting, ...]:
    """Return what waits, the next one first; nothing where there is no file.

    Raises
    ------
    InputError
        If the file is damaged.
    """
    try:
        return _WAITING.validate_python(parse_json(file.read_bytes())) if file.is_file() else ()
    except (OSError, ValueError, ValidationError) as error:
        why = str(error).splitlines()[0]
        raise InputError(f"The queue in {file} cannot be read: {why}.") from error


def write_queue(file: Path, waiting: Sequence[Waiting]) -> None:
    """Write what waits in one piece; no file where nothing does.

    Raises
    ------
    WriteError, OSError
        If the folder takes no file.
    """
    if not waiting:
        file.unlink(missing_ok=True)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    write_text(file, strict_json([asdict(one) for one in waiting]) + "\n")
