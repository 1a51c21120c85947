"""Pix2Pix learns the colours of made nebulae, better than the grey copied to all bands."""

from dataclasses import dataclass

import numpy as np
import pytest

from satstudio.core.progress import Progress
from satstudio.learn.export.onnx_export import export_onnx
from satstudio.learn.loop.loop import train
from satstudio.learn.setup.recipe import TrainRecipe
from satstudio.metrics.measures.pixel import psnr
from satstudio.patches.importing import make_patches
from satstudio.patches.patch_set import PatchSet
from satstudio.pixels.colour_table import fit_colour_table
from satstudio.pixels.scaling import scaled, unscaled
from satstudio.restore.models.model_file import ModelFile

RANGE = 1.0
"""Of the made nebulae."""


@dataclass
class Gains:
    """Decibels of each held-out image over the copied grey and over a look-up table."""

    copy: np.ndarray
    table: np.ndarray

    @property
    def wins(self) -> float:
        return float(np.mean(self.copy > 0))


def decibels(targets, made):
    return np.array([psnr(t, m, data_range=RANGE) for t, m in zip(targets, made, strict=True)])


def learnt(folder, seed, count, steps) -> Gains:
    """Train, export, and colour the held-out nebulae with the file."""
    folder.mkdir(exist_ok=True)
    choices = {"count": count, "size_px": 64, "seed": seed, "validation_share": 0.15}
    patches = make_patches("nebulae", choices, folder / "set", Progress())
    recipe = TrainRecipe(
        method="pix2pix",
        preset="grey_to_colour",
        steps=steps,
        seed=seed,
        threads=1,
        check_every_s=999,
        sample_every_s=999,
        options={"constant_steps": steps // 2, "decay_steps": steps - steps // 2},
    )
    run = train(patches, recipe, folder / "run", Progress())
    net = ModelFile.load(export_onnx(run, folder / "made.onnx", Progress()))
    found = PatchSet.open(patches)
    grey, colour = (found.validation[:], found.split("validation", "target")[:])
    given = scaled(grey, net.card.inputs[0].scaling)
    made = unscaled(np.concatenate([net.run(one[None]) for one in given]),
                    net.card.outputs[0].scaling)  # fmt: skip
    table = fit_colour_table(found.train[:], found.split("train", "target")[:])
    own, copied, looked_up = (
        decibels(colour, one) for one in (made, np.repeat(grey, 3, 1), table.apply(grey))
    )
    return Gains(own - copied, own - looked_up)


@pytest.mark.slow
def test_pix2pix_beats_the_copied_grey_within_seconds(tmp_path, record_testsuite_property):
    """An eighth of the nightly training, so lower bars."""
    gains = learnt(tmp_path, seed=0, count=600, steps=120)
    record_testsuite_property("pix2pix over copy dB, 120 steps", float(gains.copy.mean()))
    assert gains.copy.mean() >= 1.5
    assert gains.wins >= 0.75


@pytest.mark.nightly
def test_pix2pix_beats_the_copied_grey_with_every_seed(tmp_path, record_testsuite_property):
    """A minute and a half each; what wins are, only many images tell: 720 of all seeds."""
    found = [learnt(tmp_path / str(seed), seed, count=1600, steps=1000) for seed in range(3)]
    for seed, gains in enumerate(found):
        for name, value in (
            ("over copy dB", gains.copy.mean()),
            ("95 % interval dB", 1.96 * gains.copy.std() / len(gains.copy) ** 0.5),
            ("wins", gains.wins),
            ("over table dB", gains.table.mean()),
        ):
            record_testsuite_property(f"pix2pix {name} {seed}", float(value))
    assert min(gains.copy.mean() for gains in found) >= 2.5
    assert min(gains.table.mean() for gains in found) >= 0.5
    assert np.mean([gains.wins for gains in found]) >= 0.9
