"""evaluate_despeckler, compare_despeckler, uniform_area: a despeckler beside classic filters."""

import math
from collections.abc import Mapping
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.bench.despeckling.evaluation import FILTERS, TRIALS, Evaluation, Restored
from satstudio.core.errors import InputError
from satstudio.core.grid import Size, Window
from satstudio.core.paths import resources_folder
from satstudio.core.progress import Progress
from satstudio.metrics.measures.phase import radiometric_bias_db
from satstudio.metrics.measures.pixel import psnr
from satstudio.metrics.measures.speckle import enl, ratio_image_stats
from satstudio.metrics.measures.structure import epi_corr, epi_ratio
from satstudio.metrics.uniformity import BlockMeans
from satstudio.pixels.filters import boxcar
from satstudio.pixels.phasor import intensity
from satstudio.pixels.spectral.region_spectrum import whiteness
from satstudio.pixels.synthetic.simulate import SceneModel, reflectivity
from satstudio.restore.recipe import RestoreRecipe
from satstudio.restore.whole_scene import restore_raster
from satstudio.scenes.scene import Scene, open_scene

Power = npt.NDArray[Any]
EVALUATED = Window(896, 0, 384, 1280)
"""Rows of the sample scene that no training sees, 64 rows away from those that it may see."""

UNIFORM = Window(1053, 565, 40, 40)
"""A field among the evaluated rows whose reflectivity varies by 2.8 % (standard deviation)."""

MADE_TAG = "SATSTUDIO_SCENE_MODEL"
"""Tag of a synthetic scene: how it was simulated."""

AREA_PX = 32


def evaluate_despeckler(
    model: str | Path, scene: str | Path | None = None, progress: Progress | None = None
) -> Evaluation:
    """Compare on the evaluated rows of the sample scene, whose reflectivity is known.

    Raises
    ------
    InputError
        If the scene does not say how it was simulated.
    """
    path = scene or resources_folder() / "demo" / "sample_slc.tif"
    with closing(open_scene(path)) as opened:
        made = _made(opened)
        if made is None:
            raise InputError(f"{opened.name} is not the sample scene: nothing says what is true.")
        unit = float(opened.tags["SATSTUDIO_DN_PER_AMPLITUDE"]) ** 2
        known = reflectivity(made.size, made.seed)[EVALUATED.slices].astype(np.float64)
        truths = (unit * known, unit * (known + made.noise_floor))
        return _compare(opened, model, (EVALUATED, UNIFORM), truths, progress)


def has_truth(scene: Scene) -> bool:
    """Tell whether `evaluate_despeckler` knows what is true of a scene: that it is the sample."""
    return _made(scene) is not None


def compare_despeckler(
    model: str | Path,
    scene: str | Path,
    window: Window | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Compare on a single-look complex scene of which no truth is known, first band.

    Looks are those of its `uniform_area`.
    """
    with closing(open_scene(scene)) as opened:
        window = window or Window.whole(opened.grid.size)
        return _compare(opened, model, (window, uniform_area(opened, window)), None, progress)


def uniform_area(scene: Scene, window: Window) -> Window:
    """Return the square of 32 px in a window where a mean of 7 x 7 pixels is most uniform.

    Of the first band of a complex scene, or of one of linear power, the intensity; smaller than
    32 px only where the window is.
    """
    raster = scene.read(window, bands=[0])
    power = intensity(raster.pixels[0]) if raster.is_complex else raster.pixels[0]
    power = np.where(raster.valid & (power > 0), power, np.nan)
    smooth = boxcar(power, 7)
    side = Size(min(AREA_PX, window.rows), min(AREA_PX, window.cols))
    corners = [
        (row, col)
        for row in range(0, window.rows - side.rows + 1, AREA_PX // 2)
        for col in range(0, window.cols - side.cols + 1, AREA_PX // 2)
    ]

    def looks(corner: tuple[int, int]) -> float:
        row, col = corner
        block = smooth[row : row + side.rows, col : col + side.cols]
        return enl(block[None]) if np.isfinite(block).all() else -math.inf

    row, col = max(corners, key=looks)
    return Window(window.row + row, window.col + col, side.rows, side.cols)


def own_looks(scene: Scene, window: Window) -> float:
    """Return the looks of a complex scene's first band in the `uniform_area` of a window."""
    raster = scene.read(uniform_area(scene, window), bands=[0])
    power = intensity(raster.pixels).astype(np.float64)
    return enl(np.where(raster.valid & (power > 0), power, np.nan))


def _made(scene: Scene) -> SceneModel | None:
    """Return how the sample scene was simulated; None for any other, and for crops of it."""
    text = scene.tags.get(MADE_TAG)
    made = SceneModel.model_validate_json(text) if text else None
    is_whole = made is not None and made.size == scene.grid.size
    return made if is_whole and EVALUATED.is_inside(scene.grid.size) else None


def _compare(
    scene: Scene,
    model: str | Path,
    places: tuple[Window, Window],
    truths: tuple[Power, Power] | None,
    progress: Progress | None,
) -> Evaluation:
    """Compare in a window, with looks in an area inside it.

    Of `truths` the first is the reflectivity, the second has the noise floor.
    """
    window, area = places
    samples = scene.read(window, bands=[0]).pixels[0]
    noisy = intensity(samples).astype(np.float64)
    inside = area.moved(-window.row, -window.col)
    mixed = _why_not_uniform(noisy[inside.slices])
    trials = tuple(
        (name, field, value)
        for name in FILTERS
        for field, values in [TRIALS[name]]
        for value in values
    )
    remarks: list[str] = []
    shares = iter(pairwise(np.linspace(0, 1, len(trials) + 2)))

    def measured(title: str, address: str | Path, **choices: float) -> Restored:
        recipe = RestoreRecipe(window=window, bands=(0,)).changed(**choices)
        part = _part(progress or Progress(), next(shares), remarks)
        made = restore_raster(scene, address, recipe, part).pixels[0]
        power = intensity(made) if np.iscomplexobj(made) else made
        found = _figures(title, noisy, power.astype(np.float64), inside, truths)
        return found.changed(looks=None) if mixed else found

    def tried(name: str, field: str, value: float) -> Restored:
        is_window = field == "filter_px"
        title = f"{FILTERS[name]} {value:g}" + (" px" if is_window else "")
        found = measured(title, f"baseline:{name}", **{field: value})
        return found.changed(filter=name, **{"window_px" if is_window else field: value})

    noisy_figures = _figures("as it is", noisy, noisy, inside, truths)
    return Evaluation(
        scene=scene.name,
        window=window,
        area=area,
        noisy=noisy_figures.changed(looks=None) if mixed else noisy_figures,
        filters=tuple(tried(name, field, value) for name, field, value in trials),
        model=measured(Path(model).name, model),
        log_range=None if truths is None else float(np.ptp(np.log(truths[0]))),
        remarks=tuple(filter(None, (whiteness(samples).remark, mixed, *remarks))),
    )


def _why_not_uniform(power: Power) -> str:
    """Return why speckle of one look alone does not explain an area; empty where it does."""
    remark = BlockMeans.of(power[None], power > 0).uniformity(looks=1.0).remark
    return f"No looks are told: {remark}." if remark else ""


def _part(progress: Progress, share: tuple[float, float], remarks: list[str]) -> Progress:
    """Return a Progress for one restoration; what it remarks is kept, not announced."""

    def keep(name: str, fields: Mapping[str, object]) -> None:
        if name == "remark":
            remarks.append(str(fields["text"]))

    return Progress(progress.part(*share).report, announce=keep)


def _figures(
    name: str, noisy: Power, power: Power, area: Window, truths: tuple[Power, Power] | None
) -> Restored:
    good = np.isfinite(power) & (power > 0) & (noisy > 0)
    uniform = np.where(good, power, np.nan)[area.slices]
    ratio = ratio_image_stats(noisy[None], power[None], mask=good)
    reference = noisy if truths is None else truths[0]
    return Restored(
        name=name,
        n=int(good.sum()),
        psnr_db=None if truths is None else _log_psnr(truths[0], power),
        psnr_with_floor_db=None if truths is None else _log_psnr(truths[1], power),
        looks=enl(uniform[None]),
        ratio_mean=ratio["mean"],
        ratio_var=ratio["var"],
        power_kept_db=radiometric_bias_db(
            noisy[None],
            power[None],
            kind="intensity",
            mask=np.isfinite(power) & np.isfinite(noisy),
        ),
        edges=epi_ratio(noisy[None], power[None], mask=good),
        edge_correlation=epi_corr(reference[None], power[None], mask=good),
    )


def _log_psnr(truth: Power, power: Power) -> float:
    """Return the PSNR of log intensity; the range is that of the log reflectivity."""
    wanted, found = np.log(truth), np.log(np.maximum(power, truth.min() / 1e4))
    return psnr(wanted[None], found[None], data_range=float(np.ptp(wanted)))
