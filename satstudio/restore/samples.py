"""draw_samples: images from noise, by seed."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from satstudio.core.errors import InputError, ModelError
from satstudio.core.files import replacing, write_text
from satstudio.core.grid import GeoGrid, Size, Window
from satstudio.core.progress import Progress
from satstudio.core.recipe import Recipe
from satstudio.pixels.fourier import visible_image
from satstudio.pixels.noise import complex_normal, real_normal
from satstudio.pixels.phasor import deinterleave, interleave
from satstudio.pixels.scaling import unscaled
from satstudio.render.picture import complex_grid, patch_style, save_png
from satstudio.render.spectra import spectra_grid, spectra_pairs
from satstudio.restore.model_file import ModelFile
from satstudio.scenes.source import Details
from satstudio.scenes.write import create_scene, provenance

Values = npt.NDArray[Any]
CHUNK = 16


class SampleRecipe(Recipe):
    """Which images are drawn; image i has the seed `seed + i`, whatever else is drawn."""

    count: int = Field(16, ge=1, le=10_000, title="Images")
    seed: int = Field(0, ge=0, lt=2**31, title="First seed")
    columns: int | None = Field(
        None, ge=1, le=100, title="Columns", description="Of the picture; empty: about a square"
    )

    @property
    def seeds(self) -> range:
        """One seed an image."""
        return range(self.seed, self.seed + self.count)


def draw_samples(model: Path, recipe: SampleRecipe, out: Path, progress: Progress) -> Path:
    """Draw images from a model file that takes noise.

    Parameters
    ----------
    out : what its ending says. `.png`: a grid, HSV where complex, seeds below; of spectra a second
        grid beside it, of the moduli of their inverse FFT. `.npy`: (n, bands, rows, cols) physical
        values, with the seeds in a `.json` beside it. `.tif`: a GeoTIFF with one band an image
        (and band), seeds in the names. No ending: a folder with all of these, one PNG an image; of
        spectra also the images that they show, as `images.npy`

    Raises
    ------
    ModelError
        If the file is no model, or takes images.
    InputError
        If the ending means nothing.
    """
    writer = _writer(out)
    net = ModelFile.load(model)
    progress.report(0.05, "Drawing")
    chunks = [recipe.seeds[start : start + CHUNK] for start in range(0, recipe.count, CHUNK)]
    parts = [_drawn(net, seeds) for seeds in progress.part(0.05, 0.9).over(chunks, "Drawing")]
    writer(np.concatenate(parts), recipe, out, _facts(net, recipe.seeds))
    progress.report(1.0, "Drawn")
    return out


def generate(model: Path | ModelFile, seeds: Sequence[int]) -> Values:
    """Return one image a seed: (n, bands, rows, cols), complex64 or float32, physical values."""
    net = model if isinstance(model, ModelFile) else ModelFile.load(model)
    chunks = [seeds[start : start + CHUNK] for start in range(0, len(seeds), CHUNK)]
    return np.concatenate([_drawn(net, chunk) for chunk in chunks])


def _drawn(net: ModelFile, seeds: Sequence[int]) -> Values:
    latent = net.card.latent
    if net.card.takes != "noise" or latent is None:
        raise ModelError(
            f"{net.path.name} takes {net.card.takes}, not noise; restore a scene with it instead."
        )
    if latent.dist == "complex_normal":
        noise = interleave(np.concatenate([complex_normal(s, 1, latent.dim) for s in seeds]))
    else:
        noise = np.concatenate([real_normal(s, 1, latent.dim) for s in seeds])
    made = net.run(noise * np.float32(latent.var**0.5))
    return unscaled(deinterleave(made) if net.card.is_complex else made, net.card.scaling)


Writer = Callable[[Values, SampleRecipe, Path, Mapping[str, Any]], None]


def _writer(out: Path) -> Writer:
    writers = {".png": _as_png, ".npy": _as_npy, ".tif": _as_tif, ".tiff": _as_tif, "": _as_folder}
    if out.suffix.lower() not in writers:
        raise InputError(
            f"Cannot write {out.name}: images go to .png, .npy, .tif or a folder (no ending)."
        )
    return writers[out.suffix.lower()]


def _as_png(made: Values, recipe: SampleRecipe, out: Path, facts: Mapping[str, Any]) -> None:
    titles = [f"seed {seed}" for seed in facts["seeds"]]
    draw = spectra_grid if facts["domain"] == "fourier" else complex_grid
    save_png(draw(made[:, 0], cols=recipe.columns, titles=titles), out)


def _as_npy(made: Values, recipe: SampleRecipe, out: Path, facts: Mapping[str, Any]) -> None:
    with replacing(out) as part:
        np.save(part, made, allow_pickle=False)
    write_text(out.with_suffix(".json"), json.dumps(facts, indent=2) + "\n")


def _as_tif(made: Values, recipe: SampleRecipe, out: Path, facts: Mapping[str, Any]) -> None:
    count, bands, rows, cols = made.shape
    names = [
        f"seed {seed}" if bands == 1 else f"seed {seed} band {band + 1}"
        for seed in facts["seeds"]
        for band in range(bands)
    ]
    tags = {
        "SATSTUDIO_QUANTITY": "complex" if np.iscomplexobj(made) else "dn",
        "SATSTUDIO_DOMAIN": facts["domain"],
        "SATSTUDIO_MODEL": facts["model"],
        "SATSTUDIO_WEIGHTS_SHA256": facts["weights_sha256"],
        "SATSTUDIO_SEEDS": " ".join(str(seed) for seed in facts["seeds"]),
    }
    size = Size(rows, cols)
    details = Details(tags=provenance(tags))
    with create_scene(out, GeoGrid(size), names, str(made.dtype), details=details) as target:
        target.write(made.reshape(count * bands, rows, cols), Window.whole(size))


def _as_folder(made: Values, recipe: SampleRecipe, out: Path, facts: Mapping[str, Any]) -> None:
    is_fourier = facts["domain"] == "fourier"
    style = patch_style(made[:, 0])
    pictures = (
        spectra_pairs(made[:, 0]) if is_fourier else [complex_grid(image, style) for image in made]
    )
    with replacing(out) as folder:
        folder.mkdir()
        for picture, seed in zip(pictures, facts["seeds"], strict=True):
            save_png(picture, folder / f"seed-{seed:06d}.png")
        if is_fourier:
            np.save(folder / "images.npy", visible_image(made), allow_pickle=False)
        _as_png(made, recipe, folder / "grid.png", facts)
        _as_npy(made, recipe, folder / "samples.npy", facts)
        _as_tif(made, recipe, folder / "samples.tif", facts)


def _facts(net: ModelFile, seeds: Sequence[int]) -> dict[str, Any]:
    return {
        "seeds": list(seeds),
        "model": net.path.name,
        "weights_sha256": net.card.weights_sha256,
        "domain": net.card.domain,
        "version": net.card.version,
    }
