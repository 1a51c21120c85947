"""The device, the number of threads and the versions a training runs with."""

import os
import platform
import shutil
from typing import Literal

import numpy as np
import torch

from satstudio.core.errors import RunError
from satstudio.core.system.machine import cpu_model, task_threads
from satstudio.core.version import VERSION
from satstudio.learn.method import Precision

DeviceChoice = Literal["auto", "cpu", "cuda"]
SMALL_NET = 200_000
"""Real parameters below which a second thread costs more than it brings."""


def choose_device(choice: DeviceChoice) -> torch.device:
    """Return the device; `auto` takes a GPU where there is one.

    Raises
    ------
    RunError
        If a GPU is asked for and there is none.
    """
    if choice == "cuda" and not torch.cuda.is_available():
        raise RunError("This machine offers torch no CUDA device; train with device 'cpu'.")
    has_cuda = choice != "cpu" and torch.cuda.is_available()
    return torch.device("cuda" if has_cuda else "cpu")


def check_precision(precision: Precision, device: torch.device) -> None:
    """Raise RunError where a device cannot calculate in the precision asked for."""
    if precision.startswith("bf16") and not has_bf16(device):
        raise RunError(
            f"The device '{device}' has no bfloat16 arithmetic; train with precision 'float32'."
        )


def check_compiler(device: torch.device) -> None:
    """Raise RunError where torch.compile has nothing to compile with."""
    compilers = (os.environ.get("CXX", ""), "c++", "g++", "clang++", "cl")
    if device.type == "cpu" and not any(name and shutil.which(name) for name in compilers):
        raise RunError(
            "Compiling networks for the processor wants a C++ compiler (c++, g++ or clang++), and "
            "there is none; install one or train with 'compiled' off."
        )


def has_bf16(device: torch.device) -> bool:
    """Tell whether a device multiplies bfloat16 numbers by itself."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return bool(torch.backends.mkldnn.is_available())  # type: ignore[no-untyped-call]  # torch's


def choose_threads(choice: int | None, parameters: int, processes: int = 1) -> int:
    """Set and return torch's thread count: the choice, 1 for small nets, else the settings'.

    Parameters
    ----------
    processes : that share the threads of the settings
    """
    shared = max(task_threads() // processes, 1)
    threads = choice or (1 if parameters < SMALL_NET else shared)
    torch.set_num_threads(threads)
    return threads


def versions() -> dict[str, str]:
    """Return the versions that a run depends on."""
    return {
        "satstudio": VERSION,
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "numpy": np.__version__,
        "platform": platform.platform(),
    }


def machine() -> dict[str, object]:
    """Return what times of a run depend on: processor, its cores, the GPU where there is one."""
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return {"cpu": cpu_model(), "cores": os.cpu_count(), "gpu": gpu}
