"""Makes resources/models/intensity_despeckler.onnx: speckle off intensity without phase.

    python resources/make/intensity_despeckler.py --work DIR [--hours H] [--out OUT]
    python resources/make/intensity_despeckler.py --only-evaluate [--out OUT]

See made_restorer.py. It learns noise to noise from made pairs of dates and begins with the weights
of the shipped despeckler of complex samples, less what those see of the other part. It is judged
as the despeckler of complex samples is, on the intensity of the same synthetic scenes, points and
zeros, beside filters that are tuned on another scene of each (bench.despeckling), by bars that are
1 dB lower; then on land cover, which nothing learnt from.
"""

import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
from made_restorer import HELD_OUT_SEED, Figures, Plan, main

from satstudio.bench.despeckling.synthetic_scenes import (
    RIVALS,
    SyntheticPlan,
    evaluate_on_synthetic_scenes,
)
from satstudio.core.grid import GeoGrid, Size, Window
from satstudio.core.paths import resources_folder
from satstudio.core.port import BoundPort
from satstudio.core.progress import Progress
from satstudio.core.scaling import Scaling
from satstudio.core.version import VERSION
from satstudio.patches.made import image_seed
from satstudio.pixels.synthetic.speckle_pair import SpeckleModel, speckle_pair
from satstudio.restore.models.model_card import ModelCard
from satstudio.restore.models.model_file import ModelFile
from satstudio.restore.recipe import RestoreRecipe
from satstudio.restore.whole_scene import restore_raster
from satstudio.scenes.scene import open_scene
from satstudio.scenes.source import Details
from satstudio.scenes.write import create_scene

SIDE_PX = 320
HELD_OUT, LAND_PX = 40, 128
CHANNELS, LEVELS = 24, 4
SEEN = 4
"""Channels that the network sees; those of the complex one beyond them are of the other part."""

PLAN = Plan(
    name="intensity_despeckler",
    dataset="speckle",
    choices={"count": 3000, "size_px": 128, "validation_share": 0.03, "change": 0.03},
    recipe={
        "method": "despeckle_intensity",
        "preset": "good",
        "steps": 800,
        "batch": 8,
        "precision": "bf16",
        "options": {
            "size": 80,
            "channels": CHANNELS,
            "levels": LEVELS,
            "lr": 8e-4,
            "schedule_steps": 800,
            "ema": 0.99,
        },
    },
)
BEGUN = "It began with the weights of despeckler.onnx, less what those see of the other part."
LIMITS = (
    "Limits: it knows single-look intensity of made ground; of more looks it takes texture for "
    "speckle less well. Without phase neither spectrum nor coherent points can be told apart: "
    "where samples are correlated, and at points, the despeckler of complex samples is better."
)


def started(work: Path) -> Path:
    """Write the network with the weights of the complex despeckler, to begin with."""
    import torch  # lazy: to train only

    from satstudio.learn.export.onnx_export import write_model
    from satstudio.learn.loop.loop import TrainRecipe
    from satstudio.learn.method import METHODS
    from satstudio.learn.model_weights import file_weights

    out = work / "start.onnx"
    if out.exists():
        return out
    ports = tuple(
        BoundPort(role=role, bands=("power",), dtype="float32", scaling=Scaling(kind="unit_power"))
        for role in ("input", "target")
    )
    recipe = TrainRecipe.build(PLAN.recipe)
    method = METHODS[recipe.method].make(recipe.chosen(), ports, 1, torch.device("cpu"))
    weights = file_weights(resources_folder() / "models/despeckler.onnx")
    mine = {name.replace("part.net.", "net."): value for name, value in weights.items()}
    first = "net._down.0.0.weight"
    mine[first] = mine[first][:, :SEEN]
    mine["gain"] = torch.tensor(1.001)  # the exporter leaves out what multiplies by 1
    method.start_from({f"net.{name}": value for name, value in mine.items()})
    ready = method.exportable()
    card = ModelCard(
        task="despeckle",
        method=recipe.method,
        inputs=ports[:1],
        outputs=ports[1:],
        tile_px=ready.image.tile_px,
        halo_px=ready.image.halo_px,
        size_multiple=ready.image.size_multiple,
        version=VERSION,
    )
    work.mkdir(parents=True, exist_ok=True)
    return write_model(ready, card, out, Progress())


def evaluated(net: ModelFile) -> Iterator[str]:
    """Measure on the intensity of synthetic scenes, points and zeros, then on land cover."""
    yield BEGUN
    found = evaluate_on_synthetic_scenes(net.path, SyntheticPlan(side_px=SIDE_PX, tuning_px=256))
    print(found.as_text(), flush=True)
    gains = [margin.gain_db for margin in found.margins]
    yield (
        f"Log-PSNR on the intensity of nine synthetic scenes beside the best tuned filter of each: "
        f"{np.mean(gains):+.2f} dB in the mean, weakest {found.margins[0].text}, strongest "
        f"{found.margins[-1].text}; below the filter on {sum(gain < 0 for gain in gains)} of nine."
    )
    powers = [one.power_db for one in found.figures]
    quarter = max((db for one in found.figures for db in one.quartiles_db), key=abs)
    yield (
        f"Mean power kept: {min(powers):+.2f} to {max(powers):+.2f} dB; of the quarter of a scene "
        f"that is furthest off {quarter:+.2f} dB."
    )
    fluxes, peaks = zip(*((one.flux, one.peak) for one in found.points), strict=True)
    yield (
        f"Of points of 20 to 40 dB the median flux kept is {min(fluxes):.2f} to {max(fluxes):.2f}, "
        f"the peak {min(peaks):.2f} to {max(peaks):.2f}; 3 to 8 px beside zeros results change by "
        f"at most {found.changed_db:.2f} dB."
    )
    missed = "; ".join(found.failures) or "none"
    yield f"Bars, 1 dB below those of despecklers with phase, that it misses: {missed}."
    with tempfile.TemporaryDirectory() as folder:
        yield f"On made land cover, {_on_land(net.path, Path(folder))}."
    yield LIMITS


def _on_land(model: Path, folder: Path) -> Figures:
    found = Figures("log-PSNR of single-look intensity")
    for number in range(HELD_OUT):
        seed = image_seed(HELD_OUT_SEED, number)
        maker = ("fields", "terrain")[number % 2]
        pair = speckle_pair(Size(LAND_PX, LAND_PX), seed, SpeckleModel(change=0, maker=maker))
        values = {
            title: _log_psnr(pair.sigma0, restored(f"baseline:{name}", pair.first, folder))
            for name, (title, _, _) in RIVALS.items()
        }
        found.add(_log_psnr(pair.sigma0, restored(model, pair.first, folder)), values)
    return found


def _log_psnr(truth: np.ndarray, power: np.ndarray) -> float:
    wanted = np.log(truth.astype(np.float64))
    away = np.log(np.maximum(power, truth.min() / 1e4)) - wanted
    return float(10 * np.log10(np.ptp(wanted) ** 2 / np.nanmean(np.square(away))))


def restored(model: str | Path, power: np.ndarray, folder: Path) -> np.ndarray:
    """Return what a model or filter makes of intensity, by way of a file, as users do."""
    path = folder / "scene.tif"
    rows, cols = power.shape
    details = Details(tags={"SATSTUDIO_QUANTITY": "intensity"})
    grid = GeoGrid(Size(rows, cols))
    with create_scene(path, grid, ["VV"], "float32", details=details) as target:
        target.write(power[None].astype(np.float32), Window(0, 0, rows, cols))
    with closing(open_scene(path)) as scene:
        made = restore_raster(scene, model, RestoreRecipe())
    return np.where(made.valid, made.pixels[0], np.nan)


if __name__ == "__main__":
    main(PLAN, evaluated, started)
