"""program_command: how this program starts itself again, from source and when installed."""

import sys
from pathlib import Path


def program_command(*words: str) -> tuple[str, ...]:
    """Return the command that runs satstudio with `words`, on a console where there are two."""
    if getattr(sys, "frozen", False):
        program = Path(sys.executable)
        console = program.with_name(f"satstudio-cli{program.suffix}")
        return str(console if console.is_file() else program), *words
    return sys.executable, "-m", "satstudio", *words
