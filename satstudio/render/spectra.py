"""Centred spectra as pictures: in colours, and beside them the images that they show."""

from collections.abc import Sequence
from typing import Any

import numpy.typing as npt

from satstudio.pixels.spectral.fourier import visible_image
from satstudio.render.compose import Picture
from satstudio.render.picture import (
    Half,
    grid_picture,
    patch_pictures,
    patch_style,
    side_by_side,
)

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


def real_beside_generated_spectra(
    real: Spectra,
    generated: Spectra,
    least_px: int = 64,
    cols: int | None = None,
    titles: Sequence[Sequence[str]] = ((), ()),
) -> Picture:
    """Draw real beside generated spectra (n, rows, cols), and below both what images they show.

    All stand under the styles of the real ones.

    Parameters
    ----------
    cols : columns of each grid; about as many as rows where None
    titles : below the patches of the real and of the generated grids
    """
    seen = visible_image(real)
    above = [
        Half(f"Real: {SPECTRA}", real, titles[0]),
        Half(f"Generated: {SPECTRA}", generated, titles[1]),
    ]
    below = [
        Half(f"Real: {IMAGES}", seen, titles[0]),
        Half(f"Generated: {IMAGES}", visible_image(generated), titles[1]),
    ]
    lines = [
        side_by_side(halves, patch_style(patches), least_px, cols)
        for halves, patches in ((above, real), (below, seen))
    ]
    return grid_picture(lines, 1, pad=0)
