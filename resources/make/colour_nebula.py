"""Makes resources/models/colour_nebula.onnx: Pix2Pix on made nebulae, grey to colour.

    python resources/make/colour_nebula.py --work DIR [--hours H] [--out OUT]
    python resources/make/colour_nebula.py --only-evaluate [--out MODEL] [--images DIR]

Makes nebulae from seeds (satstudio.pixels.synthetic.nebulae), trains the preset `colour_nebula` and
exports. DIR keeps the patches and the run: called again it goes on where it was, so that hours can
be added; with --hours it stops after so many and exports what was reached. The file is evaluated on
nebulae of other seeds, beside grey copied to colour and beside the grey-to-colour table fitted to
the same training images; the card gets these figures. With --images it is tried on a folder of
colour images too, which the card names among its limits. Needs satstudio[learn].
"""

import argparse
import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # before torch loads OpenMP

import numpy as np

from satstudio.core.paths import resources_folder
from satstudio.core.progress import Progress
from satstudio.core.scaling import Scaling
from satstudio.learn.export.onnx_export import export_onnx
from satstudio.learn.loop.loop import TrainRecipe, train
from satstudio.learn.loop.run_folder import RunFolder
from satstudio.patches.datasets.made_nebulae import WHOLE
from satstudio.patches.importing import make_patches
from satstudio.patches.made import image_seed
from satstudio.patches.patch_set import PatchSet
from satstudio.pixels.colour_table import ColourTable, fit_colour_table
from satstudio.pixels.luminance import grey
from satstudio.pixels.scaling import scaled, unscaled
from satstudio.pixels.synthetic.nebulae import nebulae
from satstudio.restore.models.deepness_card import metadata_with_deepness
from satstudio.restore.models.model_file import ModelFile
from satstudio.scenes.scene import open_scene

COUNT, SIZE_PX, SEED = 3000, 112, 16
"""Nebulae to learn from."""

HELD_OUT, HELD_OUT_SEED = 200, 60_016
"""Nebulae that evaluate; the network has seen crops of 64 px of another side."""

SIDES = (64, 96, 160)

BYTES = Scaling.of_range(0, 255)
"""What the file takes and gives: as most pictures have it, not 0 to 1 as they are made."""


@dataclass(frozen=True, slots=True)
class Figures:
    """PSNR in dB of each image, data range 1, over all bands: of the model and of its rivals."""

    model: np.ndarray
    copy: np.ndarray
    table: np.ndarray

    def __str__(self) -> str:
        """Return means, 95 % intervals of the differences, wins and the weakest image."""
        parts = [f"n = {len(self.model)}, PSNR {self.model.mean():.2f} dB"]
        for name, rival in (("grey copied", self.copy), ("the table", self.table)):
            gain = self.model - rival
            half = 1.96 * gain.std(ddof=1) / np.sqrt(len(gain))
            parts.append(
                f"{name} {rival.mean():.2f} dB: {gain.mean():+.2f} +- {half:.2f} dB, better in "
                f"{np.mean(gain > 0):.0%}, weakest {gain.min():+.2f} dB"
            )
        return "; ".join(parts)


def make_model(work: Path, hours: float | None, out: Path) -> Path:
    """Make nebulae, train or go on training, export."""
    patches, run = work / "nebulae", work / "run"
    if not patches.exists():
        choices = {"count": COUNT, "size_px": SIZE_PX, "seed": SEED, "validation_share": 0.05}
        make_patches("nebulae", choices, patches, Progress())
    budget = {} if hours is None else {"budget_s": 3600 * hours}
    recipe = TrainRecipe(
        method="pix2pix", preset="colour_nebula", threads=1, seed=1, samples=16, **budget
    )
    train(patches, recipe, run, Progress(announce=_tell), resume=run.exists())
    export_onnx(run, out, Progress(), checkpoint="newest", overwrite=True)
    return out


def with_notes(out: Path, work: Path, images: Path | None) -> None:
    """Write into the card how it was trained, what it is worth on made images, and its limits."""
    import onnx  # lazy: only this writes into a file that is there

    last = RunFolder.open(work / "run").log_lines()[-1]
    net, table = ModelFile.load(out), training_table(work)
    measured = {side: figures(net, table, made_images(side)) for side in SIDES}
    lines = [
        f"Pix2Pix on {COUNT} made nebulae of {SIZE_PX} px: {last['step']} steps, "
        f"{last['seconds'] / 3600:.1f} hours on one core.",
        "On made images of other seeds: "
        + " ".join(f"{side} px: {found}." for side, found in measured.items()),
        "Limits: it knows the colours of nebulae as they were made, not those of an object; what "
        "it gives a real image is a guess, and no measurement. Stars get the colour that is usual "
        "for their brightness. It takes 8-bit values, 0 to 255: the luminance of a picture that is "
        "stretched as for a screen.",
    ]
    if images is not None:
        lines.append(
            f"Tried on real colour images ({images.name}): "
            f"{figures(net, table, real_images(images))}. Do not take its colours for theirs."
        )
    card = net.card.changed(
        inputs=tuple(port.changed(scaling=BYTES) for port in net.card.inputs),
        outputs=tuple(port.changed(scaling=BYTES) for port in net.card.outputs),
        notes=" ".join(lines),
    )
    model = onnx.load(out)
    del model.metadata_props[:]
    onnx.helper.set_model_props(model, metadata_with_deepness(card))
    onnx.save(model, out)


def training_table(work: Path) -> ColourTable:
    """Return the table of the images that the model learnt from."""
    patches = PatchSet.open(work / "nebulae")
    given, wanted = (patches.split("train", role) for role in ("input", "target"))
    return fit_colour_table(np.asarray(given[:]), np.asarray(wanted[:]))


def made_images(side: int) -> Iterator[np.ndarray]:
    """Colour images (3, side, side) in 0..1 of seeds that nothing learnt from."""
    for number in range(HELD_OUT):
        yield nebulae(image_seed(HELD_OUT_SEED, number), side)


def real_images(folder: Path) -> Iterator[np.ndarray]:
    """Colour images of a folder, in 0..1."""
    for path in sorted(folder.iterdir()):
        with closing(open_scene(path)) as scene:
            pixels = scene.read().pixels[:3].astype(np.float32)
        yield pixels / (255 if pixels.max() < 256 else 65_535)


def figures(net: ModelFile, table: ColourTable, images: Iterator[np.ndarray]) -> Figures:
    """Measure model, copy and table on colour images."""
    rows = []
    for colour in images:
        given = grey(colour)
        answers = (coloured(net, given), np.repeat(given, 3, axis=0), table.apply(given))
        rows.append([psnr(np.clip(answer, 0, 1), colour) for answer in answers])
    return Figures(*np.array(rows).T)


def coloured(net: ModelFile, given: np.ndarray) -> np.ndarray:
    """Return the model's colour (3, rows, cols) of a grey image (1, rows, cols), both in 0..1.

    The network knows -1..1, whatever the card says of values outside.
    """
    unit = net.card.unit_px
    rows, cols = given.shape[-2:]
    pads = [(0, 0), (0, -rows % unit), (0, -cols % unit)]
    seen = scaled(np.pad(given, pads, "reflect"), WHOLE)[None]
    return unscaled(net.run(seen)[0], WHOLE)[:, :rows, :cols]


def psnr(estimate: np.ndarray, reference: np.ndarray) -> float:
    """Return the PSNR in dB, data range 1."""
    return float(-10 * np.log10(np.mean(np.square(estimate - reference, dtype=np.float64))))


def _tell(event: str, fields: object) -> None:
    if event in ("preview", "remark"):
        print(event, fields, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Train and evaluate the model of nebulae.")
    parser.add_argument("--work", type=Path, help="folder of patches and run, which are kept")
    parser.add_argument("--hours", type=float, help="stop this sitting after so many hours")
    parser.add_argument("--out", type=Path, help="model file")
    parser.add_argument("--images", type=Path, help="folder of colour images to try it on")
    parser.add_argument("--only-evaluate", action="store_true", help="do not train")
    choices = parser.parse_args()
    target = choices.out or resources_folder() / "models/colour_nebula.onnx"
    if not choices.only_evaluate:
        if choices.work is None:
            parser.error("name a folder for the training: --work DIR")
        make_model(choices.work, choices.hours, target)
        with_notes(target, choices.work, choices.images)
    print(ModelFile.load(target).card.notes)
    if choices.only_evaluate and choices.images is not None:
        if choices.work is None:
            parser.error("the table is that of the training's images: --work DIR")
        learnt = training_table(choices.work)
        print(figures(ModelFile.load(target), learnt, real_images(choices.images)))
