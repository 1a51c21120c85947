"""judge_despeckler, compare_despeckler: a despeckler beside the filter of Lee, on judged rows."""

import math
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from satstudio.bench.report import Table
from satstudio.core.errors import InputError
from satstudio.core.grid import Size, Window
from satstudio.core.paths import resources_folder
from satstudio.core.progress import Progress
from satstudio.core.recipe import Recipe
from satstudio.metrics.measures.pixel import psnr
from satstudio.metrics.measures.speckle import enl, ratio_image_stats
from satstudio.metrics.measures.structure import epi_corr, epi_ratio
from satstudio.pixels.filters import boxcar
from satstudio.pixels.phasor import intensity
from satstudio.pixels.simulate import SceneModel, reflectivity
from satstudio.pixels.spectrum import whiteness
from satstudio.restore.recipe import RestoreRecipe
from satstudio.restore.whole_scene import restore_raster
from satstudio.scenes.scene import Scene, open_scene

Power = npt.NDArray[Any]
LEE_WINDOWS = (3, 5, 7, 9)
JUDGED = Window(896, 0, 384, 1280)
"""Rows of the sample scene that no training sees, 64 rows away from those that it may see."""

UNIFORM = Window(1053, 565, 40, 40)
"""A field among the judged rows whose reflectivity varies by 2.8 % (standard deviation)."""

LEAST_GAIN_DB = 0.5
LARGEST_BIAS = 0.05
AREA_PX = 32


class Restored(Recipe):
    """Figures of one restored intensity.

    Attributes
    ----------
    psnr_db : of the logarithm, against that of the reflectivity; None where it is unknown
    psnr_with_floor_db : the same against reflectivity and noise floor, which is the expected
        intensity
    looks : in the uniform area
    ratio_mean, ratio_var : of the noisy over the restored intensity; 1 and 1 are ideal at one look
    edges : share of the noisy image's variation that is kept (`epi_ratio`)
    edge_correlation : of the Laplacians (`epi_corr`), with the reflectivity where it is known,
        else with the noisy image
    """

    name: str
    psnr_db: float | None = None
    psnr_with_floor_db: float | None = None
    looks: float
    ratio_mean: float
    ratio_var: float
    edges: float
    edge_correlation: float


class Comparison(Recipe):
    """A despeckler, the noisy image and the filter of Lee in windows 3, 5, 7 and 9 (one look)."""

    scene: str
    window: Window
    area: Window = Field(description="where looks are measured")
    noisy: Restored
    lee: tuple[Restored, ...]
    model: Restored
    remarks: tuple[str, ...] = ()

    @property
    def best_lee(self) -> Restored:
        """The one with the largest PSNR; where that is unknown, that of 7 px."""
        if self.noisy.psnr_db is None:
            return self.lee[LEE_WINDOWS.index(7)]
        return max(self.lee, key=lambda one: one.psnr_db or -math.inf)

    @property
    def gain_db(self) -> float:
        """PSNR of the model over the best Lee, the smaller of with and without noise floor."""
        mine = self.model
        return min(
            (mine.psnr_db or math.nan) - max(one.psnr_db or math.nan for one in self.lee),
            (mine.psnr_with_floor_db or math.nan)
            - max(one.psnr_with_floor_db or math.nan for one in self.lee),
        )

    @property
    def failures(self) -> tuple[str, ...]:
        """What the model does not reach; empty where all is well."""
        looks, wanted = self.model.looks, self.best_lee.looks
        checks = (
            (self.gain_db >= LEAST_GAIN_DB, f"gain over the best Lee {self.gain_db:+.2f} dB"),
            (looks >= wanted, f"{looks:.1f} looks, that Lee has {wanted:.1f}"),
            (
                abs(self.model.ratio_mean - 1) <= LARGEST_BIAS,
                f"mean ratio {self.model.ratio_mean:.3f}",
            ),
        )
        return tuple(text for is_met, text in checks if not is_met)

    def table(self) -> Table:
        """Return the figures as a table of a report."""
        head = ("", "PSNR (dB)", "with noise floor (dB)", "looks", "ratio mean", "ratio variance")
        rows = (self.noisy, *self.lee, self.model)
        return Table(
            title=f"{self.scene}, rows {self.window.row} to {self.window.end_row - 1}, columns "
            f"{self.window.col} to {self.window.end_col - 1}",
            head=(*head, "edges kept", "edge correlation"),
            rows=tuple(_texts(one) for one in rows),
        )


def judge_despeckler(model: str | Path, scene: Path | None = None) -> Comparison:
    """Compare on the judged rows of the sample scene, whose reflectivity is known.

    Raises
    ------
    InputError
        If the scene does not say how it was simulated.
    """
    path = scene or resources_folder() / "demo" / "sample_slc.tif"
    with closing(open_scene(path)) as opened:
        text = opened.tags.get("SATSTUDIO_SCENE_MODEL")
        if text is None:
            raise InputError(f"{path.name} is not the sample scene: nothing says what is true.")
        made = SceneModel.model_validate_json(text)
        unit = float(opened.tags["SATSTUDIO_DN_PER_AMPLITUDE"]) ** 2
        known = reflectivity(made.size, made.seed)[JUDGED.slices].astype(np.float64)
        truths = (unit * known, unit * (known + made.noise_floor))
        return _compare(opened, model, JUDGED, UNIFORM, truths)


def compare_despeckler(
    model: str | Path, scene: str | Path, window: Window | None = None
) -> Comparison:
    """Compare on a single-look complex scene of which no truth is known, first band.

    Looks are those of the square of 32 px where a mean of 7 x 7 pixels is most uniform.
    """
    with closing(open_scene(scene)) as opened:
        window = window or Window.whole(opened.grid.size)
        return _compare(opened, model, window, _most_uniform(opened, window), None)


def _compare(
    scene: Scene,
    model: str | Path,
    window: Window,
    area: Window,
    truths: tuple[Power, Power] | None,
) -> Comparison:
    samples = scene.read(window, bands=[0]).pixels[0]
    noisy = intensity(samples).astype(np.float64)
    inside = area.moved(-window.row, -window.col)

    remarks: list[str] = []
    told = Progress(announce=lambda _, fields: remarks.append(str(fields.get("text", ""))))

    def measured(name: str, address: str | Path, filter_px: int = 7) -> Restored:
        recipe = RestoreRecipe(window=window, bands=(0,), filter_px=filter_px)
        made = restore_raster(scene, address, recipe, told).pixels[0]
        power = intensity(made) if np.iscomplexobj(made) else made
        return _figures(name, noisy, power.astype(np.float64), inside, truths)

    return Comparison(
        scene=scene.name,
        window=window,
        area=area,
        noisy=_figures("as it is", noisy, noisy, inside, truths),
        lee=tuple(measured(f"Lee {side} px", "baseline:lee", side) for side in LEE_WINDOWS),
        model=measured(Path(model).name, model),
        remarks=(whiteness(samples).remark, *remarks),
    )


def _figures(
    name: str, noisy: Power, power: Power, area: Window, truths: tuple[Power, Power] | None
) -> Restored:
    good = np.isfinite(power) & (power > 0) & (noisy > 0)
    uniform = np.where(good, power, np.nan)[area.slices]
    ratio = ratio_image_stats(noisy[None], power[None], mask=good)
    reference = noisy if truths is None else truths[0]
    return Restored(
        name=name,
        psnr_db=None if truths is None else _log_psnr(truths[0], power),
        psnr_with_floor_db=None if truths is None else _log_psnr(truths[1], power),
        looks=enl(uniform[None]),
        ratio_mean=ratio["mean"],
        ratio_var=ratio["var"],
        edges=epi_ratio(noisy[None], power[None], mask=good),
        edge_correlation=epi_corr(reference[None], power[None], mask=good),
    )


def _log_psnr(truth: Power, power: Power) -> float:
    """Return the PSNR of log intensity; the range is that of the log reflectivity."""
    wanted, found = np.log(truth), np.log(np.maximum(power, truth.min() / 1e4))
    return psnr(wanted[None], found[None], data_range=float(np.ptp(wanted)))


def _most_uniform(scene: Scene, window: Window) -> Window:
    raster = scene.read(window, bands=[0])
    power = intensity(raster.pixels[0])
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


def _texts(one: Restored) -> tuple[str, ...]:
    levels = (one.psnr_db, one.psnr_with_floor_db)
    return (
        one.name,
        *("" if level is None else f"{level:.2f}" for level in levels),
        f"{one.looks:.1f}",
        f"{one.ratio_mean:.3f}",
        f"{one.ratio_var:.3f}",
        f"{one.edges:.3f}",
        f"{one.edge_correlation:.3f}",
    )


def as_text(comparisons: Sequence[Comparison]) -> str:
    """Return tables as lines of text."""
    lines = []
    for one in comparisons:
        table = one.table()
        rows = [table.head, *table.rows]
        wide = [max(len(row[col]) for row in rows) for col in range(len(table.head))]
        lines.append(table.title)
        lines += [
            "  ".join(cell.rjust(width) for cell, width in zip(row, wide, strict=True))
            for row in rows
        ]
        lines += [f"remark: {text}" for text in one.remarks if text]
    return "\n".join(lines)
