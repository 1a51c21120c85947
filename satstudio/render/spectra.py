"""Centred spectra as pictures: in colours, and beside them the images that they show."""

import math
from collections.abc import Sequence
from typing import Any

import numpy.typing as npt

from satstudio.pixels.fourier import visible_image
from satstudio.render.compose import Picture
from satstudio.render.picture import grid_picture, patch_pictures, patch_style

Spectra = npt.NDArray[Any]
SPECTRA, IMAGES = "Spectra", "Inverse FFT"


def spectra_grid(
    spectra: Spectra,
    cols: int | None = None,
    titles: Sequence[str] = (),
    least_px: int = 64,
    heading: str = "",
    like: Spectra | None = None,
) -> Picture:
    """Draw spectra (n, rows, cols) as one grid and, beside it, the moduli of their inverse FFT.

    Parameters
    ----------
    cols : columns of each grid; as many as rows where None
    titles : below each, in both grids
    heading : stands before that of each grid
    like : spectra whose styles are taken; their own where None
    """
    like = spectra if like is None else like
    halves = []
    for what, patches, others in (
        (SPECTRA, spectra, like),
        (IMAGES, visible_image(spectra), visible_image(like)),
    ):
        pictures = patch_pictures(patches, patch_style(others), least_px)
        text = f"{heading}: {what}" if heading else what
        halves.append(grid_picture(pictures, cols, titles=titles, heading=text))
    return grid_picture(halves, 2, pad=0)


def spectra_pairs(spectra: Spectra, least_px: int = 64) -> list[Picture]:
    """Draw each of the spectra (n, rows, cols) beside its image, all under the same two styles."""
    images = visible_image(spectra)
    left = patch_pictures(spectra, patch_style(spectra), least_px)
    right = patch_pictures(images, patch_style(images), least_px)
    return [grid_picture(pair, 2) for pair in zip(left, right, strict=True)]


def real_beside_generated_spectra(real: Spectra, generated: Spectra, least_px: int = 64) -> Picture:
    """Draw real beside generated spectra (n, rows, cols), and below both what images they show.

    All stand under the styles of the real ones.
    """
    cols = math.ceil(math.sqrt(max(len(real), len(generated), 1)))
    seen = visible_image(real)
    grids = (
        (f"Real: {SPECTRA}", real, patch_style(real)),
        (f"Generated: {SPECTRA}", generated, patch_style(real)),
        (f"Real: {IMAGES}", seen, patch_style(seen)),
        (f"Generated: {IMAGES}", visible_image(generated), patch_style(seen)),
    )
    quarters = [
        grid_picture(patch_pictures(patches, style, least_px), cols, heading=heading)
        for heading, patches, style in grids
    ]
    return grid_picture(quarters, 2, pad=0)
