"""The tree of errors; each says what failed, where, what to try.

SatstudioError              exit code 2
├── InputError              a value, a folder or a usage that cannot work
│   ├── ExistsError         something has the name already and is not replaced unasked
│   ├── RecipeError         a choice is unknown or out of range
│   └── GridMismatchError   two images that do not lie on each other
├── SceneError              a file of pixels
│   ├── SceneReadError      it cannot be opened or read
│   └── SceneWriteError     it cannot be written
├── WriteError              a file or folder cannot be written (OSError too)
├── ModelError              a model file that cannot be used
│   └── NoCardError         an ONNX file that others made: it can be described
├── OutOfMemoryError        work that no piece is small enough for
├── RunError                a training run that cannot be made, read or continued
├── CheckFailedError        exit code 3: a check said no
└── Cancelled               exit code 130: the user stopped it
"""


class SatstudioError(Exception):
    """One sentence for the user: what failed, where, what to try."""

    exit_code = 2


class InputError(SatstudioError):
    """A value, a folder or a usage that cannot work."""


class ExistsError(InputError):
    """Something has the name of a result already, and nobody asked to replace it."""


class RecipeError(InputError):
    """A choice is unknown or out of range."""


class GridMismatchError(InputError):
    """Two images do not lie on the same grid."""


class SceneError(SatstudioError):
    """Something about a file of pixels."""


class SceneReadError(SceneError):
    """A scene cannot be opened, or its pixels cannot be read."""


class SceneWriteError(SceneError):
    """A scene cannot be written."""


class WriteError(SatstudioError, OSError):
    """A file or folder cannot be written: the disk is full, or its rights forbid it."""


class ModelError(SatstudioError):
    """A model file cannot be used here."""


class NoCardError(ModelError):
    """An ONNX file without a card of ours, nor metadata that stand for one."""


class OutOfMemoryError(SatstudioError):
    """The memory does not suffice, in pieces of whatever size."""


class RunError(SatstudioError):
    """A training run cannot be made, read or continued."""


class CheckFailedError(SatstudioError):
    """A check said no (parity, patches check, self-test)."""

    exit_code = 3


class Cancelled(SatstudioError):  # noqa: N818 - the user's wish, not a failure
    """The user stopped the work."""

    exit_code = 130

    def __init__(self, what: str = "Stopped by the user.") -> None:
        super().__init__(what)


def of_system(error: OSError) -> SatstudioError:
    """Return what the system refused as a sentence for the user."""
    where = f" {error.filename}" if error.filename else ""
    told = InputError(f"Cannot read or write{where}: {error.strerror or error}.")
    told.__cause__ = error
    return told
