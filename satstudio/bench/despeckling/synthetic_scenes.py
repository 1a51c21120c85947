"""evaluate_on_synthetic_scenes: a despeckler beside tuned rivals on scenes never learnt from."""

import tempfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import numpy as np
from pydantic import Field

from satstudio.bench.despeckling.synthetic_evaluation import SyntheticEvaluation
from satstudio.bench.despeckling.synthetic_figures import (
    Power,
    Restore,
    figures_of,
    log_psnr,
    points_of,
    scale_of,
    zeros_of,
)
from satstudio.bench.despeckling.synthetic_truths import (
    GROUNDS,
    SPECTRA,
    Complexes,
    SyntheticTruth,
    synthetic_truth,
)
from satstudio.core.grid import GeoGrid, Size, Window
from satstudio.core.progress import Progress
from satstudio.core.recipe import Recipe
from satstudio.pixels.phasor import intensity
from satstudio.restore.baselines import baseline_name
from satstudio.restore.models.first_card import Part
from satstudio.restore.models.model_file import read_card
from satstudio.restore.recipe import RestoreRecipe
from satstudio.restore.whole_scene import restore_raster
from satstudio.scenes.scene import Scene, open_scene
from satstudio.scenes.source import Details
from satstudio.scenes.write import create_scene

RIVALS: Mapping[str, tuple[str, str, tuple[float, ...]]] = {
    "lee": ("Lee", "filter_px", (3, 5, 7, 9, 11, 15)),
    "refined_lee": ("refined Lee", "filter_px", (5, 7, 9, 11, 15)),
    "nlm": ("non-local means", "strength", (0.3, 0.4, 0.6, 0.8, 1.0, 1.3, 1.7, 2.2)),
    "tv": ("total variation", "strength", (0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 6.0)),
}
"""Filter -> title, the field of RestoreRecipe that is tuned, and the values it is tuned among."""

WITHOUT_PHASE_DB = 1.0
"""By which despecklers of intensity may lie below those of complex samples in each figure."""

TUNING = 1000
"""Number of the first scene that rivals are tuned on; those that are evaluated start at 0."""


class SyntheticPlan(Recipe):
    """What a despeckler is evaluated on, and beside what."""

    parts: tuple[Part, ...] = Field(
        (), description="fields of RestoreRecipe that are switched on around the rivals"
    )
    spectra: tuple[str, ...] = Field(tuple(SPECTRA), min_length=1)
    rivals: tuple[str, ...] = Field(tuple(RIVALS), min_length=1)
    side_px: int = Field(512, ge=128, le=2048, description="of the scenes")
    tuning_px: int = Field(256, ge=128, le=2048, description="of those that rivals are tuned on")
    only_grounds: bool = Field(False, description="neither points, zeros nor other units")


def evaluate_on_synthetic_scenes(
    model: str | Path,
    plan: SyntheticPlan | None = None,
    recipe: RestoreRecipe | None = None,
    progress: Progress | None = None,
) -> SyntheticEvaluation:
    """Evaluate on synthetic scenes, beside rivals; then on points, zeros, other units.

    Each rival is tuned on another scene of the same spectrum and kind of ground, which is harder to
    beat than one tuned on the spectrum alone.

    Parameters
    ----------
    model : a model file, or `baseline:NAME`; one that takes real values is given the intensity, and
        so are its rivals, and is held to bars that are WITHOUT_PHASE_DB lower
    recipe : how the model restores
    """
    plan, recipe, told = plan or SyntheticPlan(), recipe or RestoreRecipe(), progress or Progress()
    without_phase = baseline_name(model) is None and not read_card(Path(model)).is_complex
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(_Bench(Path(folder), told, without_phase)) as bench,
    ):
        mine = bench.by(model, recipe)
        found = _on_grounds(Path(model).name, mine, plan, bench)
        if without_phase:
            found = found.changed(slack_db=WITHOUT_PHASE_DB)
        elif _has_gain(model, recipe):
            found = _with_ungained(found, bench.by(model, recipe.changed(power="off")))
        if plan.only_grounds:
            return found
        told.report(1.0, "Evaluating points, zeros and other units")
        lost, changed_db = zeros_of(mine, plan.side_px)
        return found.changed(
            points=points_of(found.model, mine, plan.side_px),
            lost=lost,
            changed_db=changed_db,
            scale_change=scale_of(mine),
        )


class _Bench:
    """Restores samples by way of a file, as users do; the file of the last ones stays open."""

    def __init__(self, folder: Path, progress: Progress, without_phase: bool) -> None:
        self._folder = folder
        self._without_phase = without_phase
        self._count = 0
        self._samples: Complexes | None = None
        self._scene: Scene | None = None
        self.progress = progress

    def by(self, address: str | Path, recipe: RestoreRecipe) -> Restore:
        """Return what a model or filter makes of samples."""
        return lambda samples: self._restored(samples, address, recipe)

    def close(self) -> None:
        """Close the last file."""
        if self._scene is not None:
            self._scene.close()

    def _restored(self, samples: Complexes, address: str | Path, recipe: RestoreRecipe) -> Power:
        self.progress.check()
        if self._scene is None or samples is not self._samples:
            self.close()
            self._scene, self._samples = self._opened(samples), samples
        made = restore_raster(self._scene, address, recipe)
        power = intensity(made.pixels[0]) if made.is_complex else made.pixels[0]
        return np.where(made.valid, power, np.nan)

    def _opened(self, samples: Complexes) -> Scene:
        self._count += 1
        path = self._folder / f"made_{self._count}.tif"
        rows, cols = samples.shape
        values, details = samples, Details()
        if self._without_phase:
            values = np.square(np.abs(samples))
            details = Details(tags={"SATSTUDIO_QUANTITY": "intensity"})
        dtype, grid = str(values.dtype), GeoGrid(Size(rows, cols))
        with create_scene(path, grid, ["VV"], dtype, details=details) as target:
            target.write(values[None], Window(0, 0, rows, cols))
        return open_scene(path)


def _on_grounds(
    name: str, mine: Restore, plan: SyntheticPlan, bench: _Bench
) -> SyntheticEvaluation:
    figures, others = [], []
    around = RestoreRecipe.build(dict.fromkeys(plan.parts, "on"), "parts")
    places = [(spectrum, ground) for spectrum in plan.spectra for ground in GROUNDS]
    for number, place in enumerate(bench.progress.over(places, "Evaluating on synthetic scenes")):
        scene = synthetic_truth(*place, plan.side_px, number)
        figures.append(figures_of(name, "", scene, mine(scene.samples)))
        tuning = synthetic_truth(*place, plan.tuning_px, TUNING + number)
        for rival in plan.rivals:
            title, field, _ = RIVALS[rival]
            tuned = _tuned(rival, tuning, around, bench)
            power = bench.by(f"baseline:{rival}", tuned)(scene.samples)
            setting = f"{getattr(tuned, field):g}" + (" px" if field == "filter_px" else "")
            others.append(figures_of(title, setting, scene, power))
    return SyntheticEvaluation(
        model=name,
        side_px=plan.side_px,
        parts=plan.parts,
        figures=tuple(figures),
        rivals=tuple(others),
    )


def _has_gain(model: str | Path, recipe: RestoreRecipe) -> bool:
    if recipe.power != "card":
        return recipe.power == "on"
    return baseline_name(model) is None and "power" in read_card(Path(model)).parts


def _with_ungained(found: SyntheticEvaluation, ungained: Restore) -> SyntheticEvaluation:
    """Return an evaluation that tells the mean power before the gain, too."""
    figures = []
    for number, one in enumerate(found.figures):
        scene = synthetic_truth(one.spectrum, one.ground, found.side_px, number)
        power = figures_of(one.name, "", scene, ungained(scene.samples)).power_db
        figures.append(one.changed(ungained_db=power))
    return found.changed(figures=tuple(figures))


def _tuned(
    rival: str, scene: SyntheticTruth, around: RestoreRecipe, bench: _Bench
) -> RestoreRecipe:
    """Return the recipe of largest PSNR on a scene."""
    _, field, values = RIVALS[rival]
    trials = [around.changed(**{field: value}) for value in values]

    def goodness(trial: RestoreRecipe) -> float:
        return log_psnr(scene, bench.by(f"baseline:{rival}", trial)(scene.samples))

    return max(trials, key=goodness)
