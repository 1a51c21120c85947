"""is_fragile: which files are read by a process of their own, told before GDAL sees them."""

from pathlib import Path

from satstudio.scenes.gdal.sound_tiff import is_sound_tiff

PNG = b"\x89PNG\r\n\x1a\n"
TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def is_fragile(path: Path, opened: str) -> bool:
    """Tell whether a file could crash, or hold up for long, the process that opens it.

    Sound TIFFs and raw files beside an ENVI header are not; everything else is: there is no
    telling which library GDAL hands a file to.

    Parameters
    ----------
    path : the user's file or folder
    opened : what GDAL is to open
    """
    if opened.startswith("<VRTDataset"):  # raw samples, described by satstudio itself
        return False
    file = Path(opened.split(":", 2)[2] if opened.startswith("GTIFF_DIR:") else opened)
    try:
        with file.open("rb") as stream:
            start = stream.read(16)
    except OSError:  # of a folder, a file in a zip, a sub-dataset
        return True
    if start.startswith(TIFF):
        return not is_sound_tiff(file)
    return not (start.startswith(PNG) or _is_raw(file, start))


def _is_raw(path: Path, start: bytes) -> bool:
    if start.startswith((b"\x89HDF", b"CDF")):
        return False
    for header in (path.with_suffix(".hdr"), path.with_name(f"{path.name}.hdr")):
        try:
            with header.open("rb") as stream:
                if stream.read(4) == b"ENVI":
                    return True
        except OSError:
            continue
    return False
