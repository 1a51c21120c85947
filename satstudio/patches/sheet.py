"""contact_sheet(path, out): some patches of a set on one picture, under one stretch."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from satstudio.core.files import refuse_file
from satstudio.core.progress import Progress
from satstudio.patches.store import SPLITS, PatchSet, Pixels, Split
from satstudio.render import picture
from satstudio.render.compose import Picture
from satstudio.render.spectra import spectra_grid

MOST = 64
"""Patches shown of a split."""

LEAST_PX = 64


def contact_sheet(
    path: str | Path,
    out: Path,
    most: int = MOST,
    progress: Progress | None = None,
    overwrite: bool = False,
) -> Path:
    """Draw patches of both splits, spread evenly over the set, as a PNG.

    Complex patches are shown as HSV, real ones as grey, all under the percentiles of those shown;
    of several bands the first. Spectra have beside them the images that they show.

    Parameters
    ----------
    most : patches shown of a split
    overwrite : replace a file that has this name already
    """
    refuse_file(out, overwrite=overwrite)
    sheet = sheet_picture(PatchSet.open(path), most)
    if progress is not None:
        progress.report(0.9, "Writing the contact sheet")
    return picture.save_png(sheet, out, overwrite=overwrite)


def sheet_picture(patches: PatchSet, most: int = MOST) -> Picture:
    """Draw the contact sheet as colours (rows, cols, 4: B, G, R, A)."""
    shown = {split: _some(patches, split, most) for split in SPLITS}
    if patches.manifest.domain == "fourier":
        return _of_spectra(patches, shown)
    style = picture.patch_style(np.concatenate(list(shown.values())))
    band = patches.manifest.bands[0]
    sheets = [
        picture.contact_sheet(
            picture.patch_pictures(shown[split], style, LEAST_PX),
            heading=f"{_heading(patches, split, shown)}, {band}",
        )
        for split in SPLITS
        if len(shown[split])
    ]
    return picture.grid_picture(sheets, len(sheets), pad=0)


def _of_spectra(patches: PatchSet, shown: Mapping[Split, Pixels]) -> Picture:
    """Draw spectra beside the images that they show, one split below the other."""
    every = np.concatenate(list(shown.values()))
    sheets = [
        spectra_grid(
            shown[split], least_px=LEAST_PX, heading=_heading(patches, split, shown), like=every
        )
        for split in SPLITS
        if len(shown[split])
    ]
    return picture.grid_picture(sheets, 1, pad=0)


def _heading(patches: PatchSet, split: Split, shown: Mapping[Split, Pixels]) -> str:
    return f"{split}: {len(shown[split])} of {patches.manifest.count(split)}"


def _some(patches: PatchSet, split: Split, most: int) -> Pixels:
    """Return up to `most` patches (n, rows, cols) of the first band."""
    array = patches.split(split)
    shown = min(most, len(array))
    chosen = np.arange(shown) * len(array) // max(shown, 1)
    some: Pixels = array[chosen][:, 0]
    return some
