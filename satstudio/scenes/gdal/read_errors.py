"""read_errors, check_openable: whatever is wrong with a file becomes one sentence for the user."""

import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from rasterio.errors import RasterioError

from satstudio.core.errors import SceneReadError, SceneWriteError

try:  # what GDAL raises itself, past rasterio's own errors
    from rasterio._err import CPLE_BaseError
except ImportError:  # a rasterio that names it otherwise
    CPLE_BaseError = RasterioError

GDAL_ERRORS = (RasterioError, CPLE_BaseError, OSError, ValueError, LookupError, MemoryError)
FILE_ERRORS = (
    *(*GDAL_ERRORS, ArithmeticError, EOFError, RuntimeError),
    *(zipfile.BadZipFile, zlib.error, struct.error),
)
"""Those, and what the readers of the standard library raise on damaged files."""

ZIP = b"PK\x03\x04"
AGAIN = "copy or download it again"
START = {
    b"\x93NUMPY": ("NumPy array files are not supported here", "save it as GeoTIFF first"),
    b"\x89HDF\r\n\x1a\n": ("the HDF5 file is damaged or cut short", AGAIN),
    b"CDF\x01": ("the netCDF file is damaged or cut short", AGAIN),
    b"%PDF": ("it is a PDF document", "choose an image"),
    ZIP: ("it is a zip archive", "unpack it first"),
    b"[PhoenixHeaderVer": (
        "it is an MSTAR image chip, a format that GDAL does not read",
        "convert it to GeoTIFF first",
    ),
    b"\x1f\x8b": ("it is packed with gzip", "unpack it first"),
    b"II*\x00": ("the TIFF file is damaged or cut short", AGAIN),
    b"MM\x00*": ("the TIFF file is damaged or cut short", AGAIN),
}

REASONS = (
    (r"Failed to read directory", "its TIFF header is cut short", AGAIN),
    (r"Too large|too many|out of memory", "its header claims an impossible size", AGAIN),
    (r"codec|Unsupported TIFF", "its kind of TIFF is not supported", "save it as plain GeoTIFF"),
    (r"ENVI header file", "it is only a header", "open the data file beside it"),
    (r"[Pp]ermission denied", "its rights forbid reading it", "ask its owner"),
)


IMAGES = (".tif", ".tiff", ".jp2")


@contextmanager
def read_errors(path: Path, act: Literal["open", "read"]) -> Iterator[None]:
    """Turn what GDAL raises into a SceneReadError with one sentence."""
    try:
        yield
    except FILE_ERRORS as error:
        raise SceneReadError(sentence(path, act, error)) from error


@contextmanager
def write_errors(path: Path) -> Iterator[None]:
    """Turn what GDAL raises into a SceneWriteError with one sentence."""
    try:
        yield
    except GDAL_ERRORS as error:
        raise SceneWriteError(
            f"Cannot write {path.name}: {reason_of(path, error)}; "
            "check the disk's free space and the folder's rights."
        ) from error


def sentence(path: Path, act: str, error: BaseException) -> str:
    """Return what failed, where, why, and what to try."""
    if act == "open":
        why, advice = _why_not_open(path, error)
    else:
        why, advice = f"its pixels are damaged or cut short ({reason_of(path, error)})", AGAIN
    return f"Cannot {act} {shown(path)}: {why}; {advice}."


def shown(path: Path) -> str:
    """Return the name of a file as text that can be written anywhere."""
    return os.fsencode(path.name or path).decode("utf-8", "replace")


def check_openable(path: Path) -> None:
    """Refuse what GDAL cannot open, or would wait for without end: devices, pipes, sockets.

    Raises
    ------
    SceneReadError
        With the reason; nothing is opened to find it.
    """
    kind = path.stat().st_mode
    if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
        raise SceneReadError(
            f"Cannot open {shown(path)}: it is a device, pipe or socket, no file; choose a file."
        )
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise SceneReadError(
            f"Cannot open {shown(path)}: its name, or that of its folder, is not UTF-8, which "
            "GDAL needs; rename it."
        ) from None


def reason_of(path: Path, error: BaseException) -> str:
    """Return the reason under an error in one clause, without the path and the final stop."""
    inner = error.__cause__ or error
    if isinstance(inner, MemoryError):
        return "there is not enough memory"
    if isinstance(inner, OSError) and inner.strerror:
        return inner.strerror
    text = " ".join(str(inner).split()).replace(str(path.parent) + "/", "")
    text = re.sub(rf"^'?{re.escape(path.name)}'?[:,]?\s*", "", text)
    text = re.sub(r"^band \d+: IReadBlock failed at X offset (\d+), ", r"block column \1, ", text)
    text = re.sub(r"Y offset (\d+): .*", r"row \1", text)
    text = re.sub(r"^TIFF\w+: ?Write error.*", "the disk did not take all of it", text)
    text = re.split(r"\.\s", text)[0].strip(" .")
    return text or type(inner).__name__


def _why_not_open(path: Path, error: BaseException) -> tuple[str, str]:
    text = str(error.__cause__ or error)
    if isinstance(error, PermissionError):
        return "its rights forbid reading it", "ask its owner"
    if os.path.isdir(path):  # noqa: PTH112 - False, not an error, for a name that is too long
        return _why_no_folder(path)
    known = _by_start(path, _start(path), "not recognized" in text)
    if known is not None:
        return known
    if "not recognized" in text or "not exist in the file system" in text:
        return "it is no image format that satstudio knows", "convert it to GeoTIFF first"
    reason = reason_of(path, error)
    for pattern, why, advice in REASONS:
        if re.search(pattern, text):
            return f"{why} ({reason})", advice
    return reason, AGAIN


def _why_no_folder(path: Path) -> tuple[str, str]:
    inside = sorted(found for ending in IMAGES for found in path.glob(f"*{ending}"))
    if inside:
        return "it is a folder", f"choose an image in it, such as {shown(inside[0])}"
    return "the folder is no product that satstudio knows", "choose a file, or a SAFE folder"


def _images_beside(path: Path) -> str:
    stem = path.name.upper().removesuffix("_MTL.TXT")
    beside = sorted(
        found.name
        for found in path.parent.iterdir()
        if found.suffix.lower() in IMAGES and found.name.upper().startswith(stem)
    )
    if not beside:
        return "choose the scene's images (_B1.TIF and so on); none lies beside it"
    return f"choose an image beside it, such as {beside[0]}"


def _start(path: Path) -> bytes | None:
    """Return the first bytes of a file, None where even they cannot be read."""
    try:
        with path.open("rb") as stream:
            return stream.read(512)
    except OSError:
        return None


def _by_start(path: Path, start: bytes | None, is_unknown: bool) -> tuple[str, str] | None:
    """Return why a file with these first bytes cannot be opened, where they tell."""
    if start == b"":
        return "the file is empty (0 bytes)", AGAIN
    if start and re.match(rb"\s*<(!doctype\s+html|html)", start, re.IGNORECASE):
        return "it is a web page saved under an image's name", "download the image itself"
    if start and start.startswith(ZIP) and not zipfile.is_zipfile(path):
        return "the zip archive is damaged or cut short", AGAIN
    if start is None or not is_unknown:
        return None
    known = next((known for magic, known in START.items() if start.startswith(magic)), None)
    return known or _by_text(path, start)


def _by_text(path: Path, start: bytes) -> tuple[str, str] | None:
    if not all(32 <= byte < 127 or byte in b"\r\n\t" for byte in start):
        return None
    if b"_METADATA_FILE" in start[:100]:
        return "it is the text beside a Landsat scene", _images_beside(path)
    return "it holds text, not an image", AGAIN
