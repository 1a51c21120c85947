"""read_weights: the named tensors of a file of torch's that others made, and nothing else of it.

Nothing in the file is run: torch reads it with `weights_only`, and the numbers of numpy that some
trainings keep beside their weights are skipped, not built.
"""

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from satstudio.core.errors import InputError
from satstudio.core.files.replacing import sha256_of

NUMPY = (
    *("numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar", "numpy.dtype"),
    *("numpy.dtypes.Float32DType", "numpy.dtypes.Float64DType", "numpy.dtypes.Int64DType"),
)
"""Names of what numpy pickles a number with."""


@dataclass(frozen=True, slots=True)
class WeightsKind:
    """What a file of weights should hold.

    Attributes
    ----------
    network : as sentences name it
    advice : the sentence that ends every refusal
    most_bytes : of the file, and of all that is packed in it
    inside : name of the entry that holds the weights where the file is the state of a training
    """

    network: str
    advice: str
    most_bytes: int
    inside: str = ""


class _Skipped:
    """Stands in for whatever is not read."""

    def __init__(self, *ignored: object) -> None: ...

    def __setstate__(self, ignored: object) -> None: ...


def checked_sha256(path: Path, kind: WeightsKind) -> str:
    """Return the sha256 of a file of weights; refuse programs and what is too large.

    Raises
    ------
    InputError
        With the reason.
    """
    if not path.is_file():
        raise InputError(f"There is no file of weights {path}; check its name.")
    most, size = kind.most_bytes, path.stat().st_size
    if zipfile.is_zipfile(path):
        parts = _packed(path, kind)
        names = [part.filename for part in parts]
        if any("/code/" in name or name.endswith("constants.pkl") for name in names):
            raise InputError(
                f"{path.name} is TorchScript, a program that would be run; it is not opened. "
                f"{kind.advice}"
            )
        size = max(size, sum(part.file_size for part in parts))
    if size > most:
        raise InputError(f"{path.name} is too large for weights of {kind.network}. {kind.advice}")
    return sha256_of(path)


def read_weights(path: Path, kind: WeightsKind, wanted: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Read weights of the names and shapes of `wanted`, on the CPU.

    Raises
    ------
    InputError
        Naming what differs, or saying that the file cannot be read safely.
    """
    found = _read(path, kind)
    absent = [name for name in wanted if name not in found]
    strange = [str(name) for name in found if name not in wanted]
    if absent or strange:
        raise InputError(
            f"{path.name} is not of {kind.network}: {len(found)} entries, {len(absent)} of "
            f"{len(wanted)} are missing ({(absent or strange)[0]}, ...). {kind.advice}"
        )
    for name, value in wanted.items():
        if found[name].shape != value.shape or found[name].is_complex():
            raise InputError(
                f"{path.name} is not of {kind.network}: {name} is {tuple(found[name].shape)}, not "
                f"{tuple(value.shape)}. {kind.advice}"
            )
    if not all(bool(torch.isfinite(one).all()) for one in found.values()):
        raise InputError(f"{path.name} holds weights that are not finite. {kind.advice}")
    return found


def _packed(path: Path, kind: WeightsKind) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise _unsafe(path, kind) from error


def _unsafe(path: Path, kind: WeightsKind) -> InputError:
    return InputError(f"{path.name} is no file of weights that can be read safely. {kind.advice}")


def _read(path: Path, kind: WeightsKind) -> dict[str, Tensor]:
    try:
        with torch.serialization.safe_globals([(_Skipped, name) for name in NUMPY]):
            found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises what it likes for a foreign file
        raise _unsafe(path, kind) from error
    if kind.inside and isinstance(found, dict) and kind.inside in found:
        found = found[kind.inside]
    if not isinstance(found, dict) or not all(isinstance(one, Tensor) for one in found.values()):
        raise InputError(f"{path.name} does not hold named weights only. {kind.advice}")
    return found
