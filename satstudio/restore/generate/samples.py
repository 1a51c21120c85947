"""draw_samples: images from noise, by seed; walks between seeds; beside real patches."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from satstudio.core.errors import ModelError
from satstudio.core.progress import Progress
from satstudio.core.recipe import Recipe
from satstudio.pixels.noise import complex_normal, real_normal
from satstudio.pixels.phasor import deinterleave, interleave
from satstudio.pixels.scaling import unscaled
from satstudio.restore.generate.real_patches import choose_real
from satstudio.restore.generate.sample_files import Drawn, Label, check_samples, writer_for
from satstudio.restore.generate.walks import Way, walk_images
from satstudio.restore.models.first_card import Latent
from satstudio.restore.models.model_file import ModelFile

Values = npt.NDArray[Any]
CHUNK = 16


class SampleRecipe(Recipe):
    """Which images are drawn; image i has the seed `seed + i`, whatever else is drawn."""

    count: int = Field(16, ge=1, le=10_000, title="Images", description="Of a walk: its seeds")
    seed: int = Field(0, ge=0, lt=2**31, title="First seed")
    walk: Literal["none", "slerp", "linear", "blend"] = Field(
        "none",
        title="Walk",
        description="From each seed to the next, a row of images a walk. slerp: through the noise "
        "on an arc that keeps its length; linear: on a straight line; blend: the two images "
        "themselves are mixed, for comparison",
    )
    walk_steps: int = Field(8, ge=2, le=100, title="Images of a walk", description="With both ends")
    columns: int | None = Field(
        None, ge=1, le=100, title="Columns", description="Of the picture; empty: about a square"
    )
    beside: Path | None = Field(
        None,
        title="Beside patches",
        description="Patch set whose real patches stand beside the images, under one stretch",
    )

    @model_validator(mode="after")
    def _walk_has_ends(self) -> Self:
        if self.walk != "none" and self.count < 2:
            raise ValueError("a walk needs two seeds at least")
        if self.walk != "none" and self.beside is not None:
            raise ValueError("a walk has no real patches beside it; choose one of the two")
        return self

    @property
    def seeds(self) -> range:
        """One seed an image, or an end of a walk."""
        return range(self.seed, self.seed + self.count)


def draw_samples(
    model: Path, recipe: SampleRecipe, out: Path, progress: Progress, overwrite: bool = False
) -> Path:
    """Draw images from a model file that takes noise.

    Parameters
    ----------
    out : what its ending says. `.png`: a grid, HSV where complex, seeds below; of spectra a second
        grid beside it, of the moduli of their inverse FFT; with `beside` the same of real patches,
        under one stretch; of walks a row each. `.npy`: (n, bands, rows, cols) physical values, with
        seeds and more in a `.json` beside it and the real patches in `-real.npy`. `.tif`: a GeoTIFF
        with one band an image (and band), seeds in the names. No ending: a folder with all of
        these, one PNG an image; of spectra also the images that they show, as `images.npy`
    overwrite : replace files of the same names; all else in a folder stays

    Raises
    ------
    ExistsError
        If something has one of these names, before and after the work.
    ModelError
        If the file is no model, or takes images.
    InputError
        If the ending means nothing, or the patches beside are of another kind.
    """
    check_samples(out, is_beside=recipe.beside is not None, overwrite=overwrite)
    writer = writer_for(out)
    net = ModelFile.load(model)
    progress.report(0.05, "Drawing")
    if recipe.walk == "none":
        chunks = list(_chunks(recipe.seeds))
        parts = [_drawn(net, seeds) for seeds in progress.part(0.05, 0.9).over(chunks, "Drawing")]
        values, labels = np.concatenate(parts), _seed_labels(recipe.seeds)
    else:
        values, labels = _walked(net, recipe, progress.part(0.05, 0.9)), _walk_labels(recipe)
    real = None
    if recipe.beside is not None:
        side, count = values.shape[-1], len(values)
        real = choose_real(recipe.beside, net.card, side, count, recipe.seed)
    info = _info(net, recipe, labels)
    info |= {} if real is None else {"beside": real.info()}
    columns = recipe.columns if recipe.walk == "none" else recipe.walk_steps
    writer(Drawn(values, labels, columns, info, real), out, overwrite)
    progress.report(1.0, "Drawn")
    return out


def generate(model: Path | ModelFile, seeds: Sequence[int]) -> Values:
    """Return one image a seed: (n, bands, rows, cols), complex64 or float32, physical values."""
    net = model if isinstance(model, ModelFile) else ModelFile.load(model)
    return np.concatenate([_drawn(net, chunk) for chunk in _chunks(seeds)])


def _chunks(things: Any) -> Iterator[Any]:  # noqa: ANN401 - any sequence, or an array
    for start in range(0, len(things), CHUNK):
        yield things[start : start + CHUNK]


def _drawn(net: ModelFile, seeds: Sequence[int]) -> Values:
    return _made(net, _noise(net, seeds))


def _latent(net: ModelFile) -> Latent:
    latent = net.card.latent
    if net.card.takes != "noise" or latent is None:
        raise ModelError(
            f"{net.path.name} takes {net.card.takes}, not noise; restore a scene with it instead."
        )
    return latent


def _noise(net: ModelFile, seeds: Sequence[int]) -> Values:
    """Return (n, dim) of E|z|^2 = 1, complex or real as the model's noise is."""
    latent = _latent(net)
    draw = complex_normal if latent.dist == "complex_normal" else real_normal
    return np.concatenate([draw(seed, 1, latent.dim) for seed in seeds])


def _made(net: ModelFile, noise: Values) -> Values:
    """Return the physical images of noise (n, dim)."""
    numbers = interleave(noise) if np.iscomplexobj(noise) else noise
    made = net.run(numbers * np.float32(_latent(net).var ** 0.5))
    return unscaled(deinterleave(made) if net.card.is_complex else made, net.card.scaling)


def _walked(net: ModelFile, recipe: SampleRecipe, progress: Progress) -> Values:
    """Return the images of all walks, one walk after the other."""
    way: Way = "slerp" if recipe.walk == "none" else recipe.walk

    def make(noise: Values) -> Values:
        return np.concatenate([_made(net, part) for part in _chunks(noise)])

    pairs = [(seed, seed + 1) for seed in recipe.seeds[:-1]]
    walks = [
        walk_images(_noise(net, ends), make, recipe.walk_steps, way)
        for ends in progress.over(pairs, "Walking")
    ]
    return np.concatenate(walks)


def _seed_labels(seeds: Sequence[int]) -> tuple[Label, ...]:
    return tuple(Label(f"seed {seed}", f"seed {seed}", f"seed-{seed:06d}") for seed in seeds)


def _walk_labels(recipe: SampleRecipe) -> tuple[Label, ...]:
    last = recipe.walk_steps - 1
    return tuple(
        Label(
            {0: f"seed {seed}", last: f"seed {seed + 1}"}.get(step, f"{step}/{last}"),
            f"seed {seed} to {seed + 1}: {step}/{last}",
            f"walk-{seed:06d}-{step:03d}",
        )
        for seed in recipe.seeds[:-1]
        for step in range(recipe.walk_steps)
    )


def _info(net: ModelFile, recipe: SampleRecipe, labels: Sequence[Label]) -> dict[str, Any]:
    walk = {"way": recipe.walk, "steps": recipe.walk_steps}
    return {
        "seeds": list(recipe.seeds),
        "titles": [label.title for label in labels],
        "names": [label.name for label in labels],
        **({"walk": walk} if recipe.walk != "none" else {}),
        "model": net.path.name,
        "weights_sha256": net.card.weights_sha256,
        "domain": net.card.domain,
        "quantity": net.card.quantity,
        "version": net.card.version,
    }
