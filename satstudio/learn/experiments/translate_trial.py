"""translate_trial: one training from images to images, measured on images it never saw."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from satstudio.core.errors import InputError, RunError
from satstudio.core.files.replacing import replacing
from satstudio.core.port import BoundPort, Role
from satstudio.core.progress import Progress
from satstudio.core.recipe import Recipe
from satstudio.learn.batch import Batch
from satstudio.learn.evaluation.translation_figures import Pairs, TranslationMeter
from satstudio.learn.experiments.train_trial import trained
from satstudio.learn.loop.checkpoint import load_into, newest_checkpoint
from satstudio.learn.loop.run_folder import RunFolder
from satstudio.learn.method import METHODS, Translator, Values
from satstudio.learn.setup.batches import as_tensor
from satstudio.learn.setup.data import open_data
from satstudio.learn.setup.recipe import TrainRecipe
from satstudio.patches.importing import import_patches
from satstudio.patches.manifest import MANIFEST, Split
from satstudio.patches.patch_set import PatchSet
from satstudio.pixels.scaling import scaled

TRAINED = 0.9
"""Share of a trial that is training."""

MOST_LEARNT = 256
"""Training images that the look-up table is fitted to."""


class ImageSource(Recipe):
    """Where the images of a trial come from.

    Attributes
    ----------
    path : a patch set, or where there are choices, a folder of images
    choices : of the import of a folder, the fold among them; None: `path` is a patch set
    out : patch set that the folder becomes; one that is there is taken as it is
    """

    path: Path
    choices: dict[str, Any] | None = None
    out: Path | None = None

    def patch_set(self, progress: Progress) -> Path:
        """Return the folder of the patch set, which is made where it is not there yet."""
        if self.choices is None or self.out is None:
            return self.path
        if not (self.out / MANIFEST).is_file():
            import_patches("folder", self.path, self.choices, self.out, progress)
        return self.out


def translate_trial(
    source: ImageSource,
    recipe: dict[str, Any],
    folder: Path,
    progress: Progress,
    continues: Path | None = None,
) -> dict[str, Any]:
    """Train a run, or go on with it, and measure its images beside the baselines.

    Measured are the images of the split `test`; of a set without one, those of the validation.

    Parameters
    ----------
    folder : of the run; goes on from its last checkpoint
    continues : run whose saved state this one begins with; it stays what it is

    Returns
    -------
    dict
        `status` (done or diverged), `message`, `figures` (means), `images` (name and figures of
        each), `split`, `trained_on`, `data_range`, `data_range_is`, `anchor`, and as rows of
        sweeps have them `step`, `seconds`, `finished`, `machine`, `versions`, `trips`.

    Raises
    ------
    InputError
        If something else lies in the run's place, or the images are no pairs.
    RunError
        If the training cannot work, or there is nothing to continue.
    """
    checked = TrainRecipe.build(recipe, "The recipe")
    patches = source.patch_set(progress.part(0, 0))
    _check_sides(patches, checked)
    if continues is not None and not folder.exists():
        _copy_run(continues, folder)
    message = trained(patches, checked, folder, progress.part(0, TRAINED))
    run = RunFolder.open(folder)
    info = run.info()
    found = {} if message else _measured(run, patches, checked)
    images = found.get("images", [])
    names = dict.fromkeys(name for image in images for name in image if name != "name")
    return {
        "status": "diverged" if message else "done",
        "message": message,
        "figures": {n: float(np.mean([i[n] for i in images])) for n in names},
        "images": images,
        **{key: found.get(key) for key in ("split", "data_range", "data_range_is", "trained_on")},
        "step": info.get("steps"),
        "seconds": info.get("seconds"),
        "finished": info.get("updated"),
        "machine": {name: info.get(name) for name in ("threads", "device")}
        | info.get("machine", {}),
        "versions": info.get("versions"),
        "trips": info.get("guard", {}).get("trips", 0),
    }


def _check_sides(patches: Path, recipe: TrainRecipe) -> None:
    """Refuse images that the network cannot take whole, before anything is trained."""
    ports = open_data(patches, recipe).ports
    method = METHODS[recipe.method].make(recipe.chosen(), ports, 0, torch.device("cpu"))
    use, sides = method.exportable().image, ports[0].size_px or ()
    if use is not None and any(side % use.size_multiple for side in sides):
        raise InputError(
            f"Images of {' x '.join(map(str, sides))} px cannot be made by this network, whose "
            f"sides are multiples of {use.size_multiple} px; give them another size "
            "(folder.size_px), or the network fewer halvings."
        )


def _copy_run(earlier: Path, folder: Path) -> None:
    """Copy a run whole, or not at all."""
    if not (earlier / "checkpoints").is_dir():
        raise RunError(f"{earlier} has no saved state to continue from; its own training failed.")
    with replacing(folder) as part:
        shutil.copytree(earlier, part)


def _measured(run: RunFolder, patches: Path, recipe: TrainRecipe) -> dict[str, Any]:
    """Return what the newest checkpoint makes of the images that are measured."""
    learnt, data = PatchSet.open(patches), open_data(patches, recipe)
    ports = {port.role: port for port in data.ports}
    split: Split = "test" if learnt.manifest.count("test") else "validation"
    if not learnt.manifest.is_paired or not learnt.manifest.count(split):
        raise InputError(f"{patches} holds no pairs for test or validation; nothing is measured.")
    info, found = METHODS[recipe.method], newest_checkpoint(run.checkpoints)
    method = info.make(recipe.chosen(), data.ports, recipe.seed, torch.device("cpu"))
    if found is None or not isinstance(method, Translator):
        raise RunError(f"{run.path} has no network that makes images of images.")
    load_into(method, found)
    first, made = data.ports[0], ports[method.target]
    taken, wanted = (_read(learnt, split, port) for port in (first, made))
    meter = TranslationMeter(
        Pairs(taken, wanted),
        Pairs(*(_read(learnt, "train", port)[:MOST_LEARNT] for port in (first, made))),
        made,
    )
    outputs = method.translate(_batch(first.role, taken, torch.device("cpu")))
    told, each = meter.info(), meter.each(outputs)
    return {
        "split": split,
        "trained_on": learnt.manifest.count("train"),
        "data_range": told["data_range"],
        "data_range_is": told["data_range_is"],
        "images": _named(learnt, split, each),
    }


def _read(patches: PatchSet, split: Split, port: BoundPort) -> Values:
    """Return the images of a role (n, bands, rows, cols) in the network's numbers."""
    series = patches.series(split, port.role)
    count = min(len(series), MOST_LEARNT) if split == "train" else len(series)
    values = np.stack([series.frames(index)[0] for index in range(count)])
    return values if port.scaling is None else scaled(values, port.scaling)


def _batch(role: Role, images: Values, device: torch.device) -> Batch:
    return Batch({role: as_tensor(images, device)})


def _named(
    patches: PatchSet, split: Split, each: Mapping[str, list[float]]
) -> list[dict[str, Any]]:
    """Return the figures of each image with its file's name."""
    sources = patches.manifest.sources
    names = [Path(sources[item.source].address).name for item in patches.entries(split)]
    return [
        {"name": name, **{figure: values[index] for figure, values in each.items()}}
        for index, name in enumerate(names)
    ]
