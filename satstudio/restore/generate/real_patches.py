"""choose_real: real patches to stand beside generated images of the same kind."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.patches.manifest import Split
from satstudio.patches.patch_set import PatchSet
from satstudio.restore.models.model_card import ModelCard

Values = npt.NDArray[Any]
CROP_TRIES = 20
"""Places looked at for a crop without holes."""


@dataclass(frozen=True, slots=True, eq=False)
class RealPatches:
    """Some patches of a set, cut to the side of generated images.

    Attributes
    ----------
    values : (n, bands, side, side) physical values
    numbers : which patches of the split
    """

    values: Values
    path: Path
    sha256: str
    split: Split
    numbers: tuple[int, ...]

    def info(self) -> dict[str, Any]:
        """Return where they come from, JSON-ready."""
        names = {"patches": self.path.name, "sha256": self.sha256, "split": self.split}
        return {**names, "numbers": list(self.numbers)}


def choose_real(path: Path, card: ModelCard, side: int, count: int, seed: int) -> RealPatches:
    """Choose patches by a seed, those of the validation where there are some.

    Where patches are larger than generated images, a random part of each is taken; where there
    are fewer than `count`, several parts of one.

    Raises
    ------
    InputError
        If it is no patch set, or one of another kind than the model's images.
    """
    patches = PatchSet.open(path)
    _check_kind(patches, card, side)
    split: Split = "validation" if len(patches.validation) else "train"
    array, valid = patches.split(split), patches.valid(split)
    random = np.random.default_rng([seed, 0x7265616C])
    room = patches.manifest.size_px - side
    rounds = -(-count // len(array)) if room else 1
    order = np.concatenate([random.permutation(len(array)) for _ in range(rounds)])[:count]
    parts = []
    for number in order:
        tries = random.integers(room + 1, size=(CROP_TRIES if room else 1, 2))
        mask = valid[int(number)]
        row, col = max(tries, key=lambda at: int(mask[at[0] :, at[1] :][:side, :side].sum()))
        parts.append(array[int(number)][:, row : row + side, col : col + side])
    numbers = tuple(int(number) for number in order)
    return RealPatches(np.stack(parts), path, patches.sha256, split, numbers)


def _check_kind(patches: PatchSet, card: ModelCard, side: int) -> None:
    manifest = patches.manifest
    kinds = {True: "complex", False: "real"}
    name = patches.path.name
    if not manifest.items:
        raise InputError(f"{name} holds no patches; choose another patch set.")
    if manifest.is_complex != card.is_complex:
        raise InputError(
            f"{name} holds {kinds[manifest.is_complex]} patches, the model makes "
            f"{kinds[card.is_complex]} images; choose the patch set that it was trained on."
        )
    if manifest.domain != card.domain:
        raise InputError(
            f"{name} is of the domain '{manifest.domain}', the model's images are of "
            f"'{card.domain}'; choose the patch set that it was trained on."
        )
    if len(manifest.bands) != card.bands_out:
        raise InputError(
            f"{name} has {len(manifest.bands)} bands, the model's images {card.bands_out}; choose "
            "the patch set that it was trained on."
        )
    is_small = manifest.size_px < side
    if is_small or (manifest.domain == "fourier" and manifest.size_px != side):
        raise InputError(
            f"{name} has patches of {manifest.size_px} px, the model makes {side} px; choose "
            f"{'larger patches' if is_small else 'spectra of that size'}."
        )
