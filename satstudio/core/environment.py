"""prepare_environment: libraries write nothing elsewhere and tell nobody; scratch_folder.

`SATSTUDIO_HOME` holds all that the program and its libraries make by themselves.
"""

import os
import re
import tempfile
from pathlib import Path

from satstudio.core.files.replacing import remove_made
from satstudio.core.paths import cache_folder, home_folder
from satstudio.core.system.processes import is_dead, own_mark

OF_LIBRARIES = {
    "XDG_CACHE_HOME": "",
    "MPLCONFIGDIR": "matplotlib",
    "TORCH_HOME": "torch",
    "TORCHINDUCTOR_CACHE_DIR": "torchinductor",
    "TORCH_EXTENSIONS_DIR": "torch_extensions",
    "TRITON_CACHE_DIR": "triton",
    "CUDA_CACHE_PATH": "cuda",
    "TMPDIR": "tmp",
    "TEMP": "tmp",
    "TMP": "tmp",
}
"""Where libraries keep what they make: variable -> folder in the program's cache."""

SCRATCH = "satstudio-"


def prepare_environment() -> None:
    """Set what libraries read from the environment; before they are imported, in every door.

    What cannot be made is left to the libraries, which say so themselves.
    """
    forbid_telemetry()
    if home_folder() is None:
        return
    for name, folder in OF_LIBRARIES.items():
        os.environ[name] = str((cache_folder() / folder).absolute())
    try:
        Path(os.environ["TMPDIR"]).mkdir(parents=True, exist_ok=True)
    except OSError:
        for name in ("TMPDIR", "TEMP", "TMP"):
            del os.environ[name]
    tempfile.tempdir = None  # asked anew


def forbid_telemetry() -> None:
    """Let ONNX Runtime write nothing to the home and send nothing; before it is imported."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"


def scratch_folder() -> tempfile.TemporaryDirectory[str]:
    """Make a temporary folder; those of processes that have ended are removed."""
    place = Path(tempfile.gettempdir())
    pattern = re.compile(SCRATCH + r"(?P<mark>\d+-[0-9a-f]{8}-[0-9a-f]{8})-.*")
    for path in place.glob(f"{SCRATCH}*"):
        found = pattern.fullmatch(path.name)
        if found and is_dead(found["mark"]):
            remove_made(path)
    prefix = f"{SCRATCH}{own_mark()}-"
    return tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True)
