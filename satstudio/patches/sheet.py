"""contact_sheet(path, out): some patches of a set on one picture, under one stretch."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from satstudio.core.files.replacing import refuse_file
from satstudio.core.port import BoundPort, Role
from satstudio.core.progress import Progress
from satstudio.patches.manifest import SPLITS, Split
from satstudio.patches.patch_set import PatchSet
from satstudio.patches.shards import Pixels
from satstudio.render import picture
from satstudio.render.compose import Picture
from satstudio.render.examples import beside, example_pictures, example_style
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
    """Draw patches of every split, spread evenly over the set, as a PNG.

    Complex patches are shown as HSV, real ones as grey, of three bands in colour, all under the
    percentiles of those shown; of other numbers of bands the first. What belongs together of
    several roles stands side by side, the roles of an unpaired set one below the other. Spectra
    have beside them the images that they show.

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
    if patches.manifest.domain == "fourier":
        return _of_spectra(patches, {split: _some(patches, split, most) for split in SPLITS})
    splits = [split for split in SPLITS if patches.manifest.count(split)]
    drawn = [_drawn(patches, splits, most, port) for port in patches.ports]
    rows = [_joined(drawn)] if patches.manifest.is_paired else drawn
    sheets = [
        picture.contact_sheet(
            pictures,
            heading=f"{split}: {len(pictures)} of {patches.manifest.count(split)}, {what}",
        )
        for what, shown in rows
        for split, pictures in shown.items()
    ]
    return picture.grid_picture(sheets, len(splits), pad=0)


Drawn = tuple[str, dict[Split, list[Picture]]]
"""What pictures show, and they by split."""


def _drawn(patches: PatchSet, splits: Sequence[Split], most: int, port: BoundPort) -> Drawn:
    shown = {split: _images(patches, split, most, port.role) for split in splits}
    style = example_style(np.concatenate(list(shown.values())))
    bands = port.bands if isinstance(port.bands, tuple) else ("",)
    name = "colour" if style.view == "rgb" else bands[0]
    what = name if len(patches.ports) == 1 else f"{port.role}, {name}"
    return what, {s: example_pictures(images, style, LEAST_PX) for s, images in shown.items()}


def _joined(drawn: Sequence[Drawn]) -> Drawn:
    """Put the roles of each item side by side."""
    what = " | ".join(name for name, _ in drawn)
    splits = drawn[0][1]
    return what, {
        split: [beside(each) for each in zip(*(shown[split] for _, shown in drawn), strict=True)]
        for split in splits
    }


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
    """Return band 1 of up to `most` patches (n, rows, cols) of the first role."""
    first: Pixels = _images(patches, split, most, None)[:, 0]
    return first


def _images(patches: PatchSet, split: Split, most: int, role: Role | None) -> Pixels:
    """Return up to `most` patches (n, bands, rows, cols) of a role: of a series the first."""
    series = patches.series(split, role)
    shown = min(most, len(series))
    chosen = np.arange(shown) * len(series) // max(shown, 1)
    some: Pixels = series.images[series.starts[chosen]]
    return some.astype(np.float32) if some.dtype == bool else some
