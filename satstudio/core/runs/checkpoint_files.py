"""has_checkpoint, remove_checkpoints: the files of a run's checkpoints, without reading them."""

import re
from pathlib import Path

FOLDER = "checkpoints"
OWN = re.compile(r"[a-z]+-\d{9}\.safetensors(\.sha256)?")
"""What files of checkpoints are called; others in their folder are not this program's."""


def has_checkpoint(folder: Path) -> bool:
    """Tell whether a folder holds files of checkpoints, whole or not."""
    return any(OWN.fullmatch(path.name) for path in folder.glob("*.safetensors"))


def remove_checkpoints(folder: Path) -> None:
    """Remove all checkpoints of a run, and nothing else that lies there."""
    for path in folder.iterdir():
        if OWN.fullmatch(path.name):
            path.unlink()
