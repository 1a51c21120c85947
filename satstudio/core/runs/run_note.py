"""read_note, write_note: what the user wrote about a run, in a file of its folder."""

from pathlib import Path

from satstudio.core.files.replacing import write_text, writing

FILE = "note.txt"
LONGEST = 4000


def read_note(run: Path) -> str:
    """Return the note of a run; empty where there is none that can be read."""
    try:
        with (run / FILE).open("rb") as file:
            return file.read(LONGEST).decode("utf-8", "replace").strip()
    except OSError:
        return ""


def write_note(run: Path, text: str) -> None:
    """Write the note of a run; an empty one goes.

    Raises
    ------
    WriteError
        If it cannot be written.
    """
    if text.strip():
        write_text(run / FILE, text.strip()[:LONGEST] + "\n")
        return
    with writing(run / FILE):
        (run / FILE).unlink(missing_ok=True)
