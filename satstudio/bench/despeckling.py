"""judge_despeckler, compare_despeckler, uniform_area: a despeckler beside the filter of Lee."""

import math
from collections.abc import Mapping, Sequence
from contextlib import closing
from itertools import pairwise
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
from satstudio.metrics.score import METRICS
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

MADE_TAG = "SATSTUDIO_SCENE_MODEL"
"""Tag of a made scene: how it was simulated."""

LEAST_GAIN_DB = 0.5
LARGEST_BIAS = 0.05
AREA_PX = 32
FORMATS = {"psnr_db": ".2f", "psnr_with_floor_db": ".2f", "looks": ".1f"}


class Meaning(Recipe):
    """What a column of figures is."""

    title: str
    unit: str = ""
    better: str
    definition: str
    where: str = Field(description="which pixels it was measured on")


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
    n : pixels that count: where noisy and restored intensity are finite and above 0
    """

    name: str
    n: int
    psnr_db: float | None = None
    psnr_with_floor_db: float | None = None
    looks: float
    ratio_mean: float
    ratio_var: float
    edges: float
    edge_correlation: float


class Judgement(Recipe):
    """A despeckler, the noisy image and the filter of Lee in windows 3, 5, 7 and 9 (one look)."""

    scene: str
    window: Window
    area: Window = Field(description="where looks are measured")
    noisy: Restored
    lee: tuple[Restored, ...]
    model: Restored
    log_range: float | None = Field(None, description="of the log reflectivity, for the PSNR")
    remarks: tuple[str, ...] = ()

    @property
    def best_lee(self) -> Restored:
        """The one with the largest PSNR; where that is unknown, that of 7 px."""
        if self.noisy.psnr_db is None:
            return self.lee[LEE_WINDOWS.index(7)]
        return max(self.lee, key=lambda one: one.psnr_db or -math.inf)

    @property
    def best_lee_px(self) -> int:
        """The window of `best_lee`."""
        return LEE_WINDOWS[self.lee.index(self.best_lee)]

    @property
    def area_text(self) -> str:
        """Where looks are measured, in words."""
        return _place(self.area)

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

    @property
    def rows(self) -> tuple[Restored, ...]:
        """The scene as it is, Lee by growing window, the model."""
        return (self.noisy, *self.lee, self.model)

    def meanings(self) -> dict[str, Meaning]:
        """Return what each figure is, by its name in `Restored`; no PSNR without a truth."""
        inside = f"{_place(self.window)}; {self.noisy.n} pixels with power"
        area = f"the uniform area, {_place(self.area)}; {self.area.size.pixels} pixels"
        ratio, edges = METRICS["ratio_image_stats"], METRICS["epi_corr"]
        against = "noisy intensity" if self.log_range is None else "reflectivity"
        found = {
            "looks": Meaning(
                title="looks",
                unit="looks",
                better="higher",
                definition=METRICS["enl"].definition,
                where=area,
            ),
            "ratio_mean": Meaning(
                title="ratio mean", better="one", definition=ratio.definition, where=inside
            ),
            "ratio_var": Meaning(
                title="ratio variance", better="one", definition=ratio.definition, where=inside
            ),
            "edges": Meaning(
                title="edges kept",
                better="higher",
                definition=METRICS["epi_ratio"].definition,
                where=inside,
            ),
            "edge_correlation": Meaning(
                title="edge correlation",
                better="higher",
                definition=f"{edges.definition}; here: the {against}",
                where=inside,
            ),
        }
        return (_of_truth(self.log_range, inside) if self.log_range is not None else {}) | found

    def table(self) -> Table:
        """Return the figures as a table of a report."""
        meanings = self.meanings()
        units = {
            name: f" ({one.unit})" if one.unit == "dB" else "" for name, one in meanings.items()
        }
        return Table(
            title=f"{self.scene}, {_place(self.window)}",
            head=("", *(one.title + units[name] for name, one in meanings.items())),
            rows=tuple(_texts(one, tuple(meanings)) for one in self.rows),
        )

    def definitions(self) -> Table:
        """Return what the figures mean as a table of a report."""
        return Table(
            title="What the figures mean",
            head=("Figure", "Better", "Definition", "Measured on"),
            rows=tuple(
                (one.title, one.better, one.definition, one.where)
                for one in self.meanings().values()
            ),
        )


def judge_despeckler(
    model: str | Path, scene: str | Path | None = None, progress: Progress | None = None
) -> Judgement:
    """Compare on the judged rows of the sample scene, whose reflectivity is known.

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
        known = reflectivity(made.size, made.seed)[JUDGED.slices].astype(np.float64)
        truths = (unit * known, unit * (known + made.noise_floor))
        return _compare(opened, model, (JUDGED, UNIFORM), truths, progress)


def has_truth(scene: Scene) -> bool:
    """Tell whether `judge_despeckler` knows what is true of a scene: that it is the sample."""
    return _made(scene) is not None


def compare_despeckler(
    model: str | Path,
    scene: str | Path,
    window: Window | None = None,
    progress: Progress | None = None,
) -> Judgement:
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
    return made if is_whole and JUDGED.is_inside(scene.grid.size) else None


def _compare(
    scene: Scene,
    model: str | Path,
    places: tuple[Window, Window],
    truths: tuple[Power, Power] | None,
    progress: Progress | None,
) -> Judgement:
    """Compare in a window, with looks in an area inside it.

    Of `truths` the first is the reflectivity, the second has the noise floor.
    """
    window, area = places
    samples = scene.read(window, bands=[0]).pixels[0]
    noisy = intensity(samples).astype(np.float64)
    inside = area.moved(-window.row, -window.col)

    remarks: list[str] = []
    shares = iter(pairwise(np.linspace(0, 1, len(LEE_WINDOWS) + 2)))

    def measured(name: str, address: str | Path, filter_px: int = 7) -> Restored:
        recipe = RestoreRecipe(window=window, bands=(0,), filter_px=filter_px)
        part = _part(progress or Progress(), next(shares), remarks)
        made = restore_raster(scene, address, recipe, part).pixels[0]
        power = intensity(made) if np.iscomplexobj(made) else made
        return _figures(name, noisy, power.astype(np.float64), inside, truths)

    return Judgement(
        scene=scene.name,
        window=window,
        area=area,
        noisy=_figures("as it is", noisy, noisy, inside, truths),
        lee=tuple(measured(f"Lee {side} px", "baseline:lee", side) for side in LEE_WINDOWS),
        model=measured(Path(model).name, model),
        log_range=None if truths is None else float(np.ptp(np.log(truths[0]))),
        remarks=tuple(filter(None, (whiteness(samples).remark, *remarks))),
    )


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
        edges=epi_ratio(noisy[None], power[None], mask=good),
        edge_correlation=epi_corr(reference[None], power[None], mask=good),
    )


def _log_psnr(truth: Power, power: Power) -> float:
    """Return the PSNR of log intensity; the range is that of the log reflectivity."""
    wanted, found = np.log(truth), np.log(np.maximum(power, truth.min() / 1e4))
    return psnr(wanted[None], found[None], data_range=float(np.ptp(wanted)))


def _of_truth(log_range: float, inside: str) -> dict[str, Meaning]:
    told = (
        f"10 log10(L^2 / MSE) of ln(intensity) against {{}}; L = {log_range:.3f}, the range of ln"
    )
    told += "(reflectivity)"
    floor = "reflectivity plus noise floor, the expected intensity"
    return {
        name: Meaning(
            title=title, unit="dB", better="higher", definition=told.format(truth), where=inside
        )
        for name, title, truth in (
            ("psnr_db", "PSNR", "ln(reflectivity)"),
            ("psnr_with_floor_db", "PSNR with noise floor", f"ln({floor})"),
        )
    }


def _place(window: Window) -> str:
    return (
        f"rows {window.row} to {window.end_row - 1}, columns {window.col} to {window.end_col - 1}"
    )


def _texts(one: Restored, names: tuple[str, ...]) -> tuple[str, ...]:
    values = one.model_dump()
    return (one.name, *(f"{values[name]:{FORMATS.get(name, '.3f')}}" for name in names))


def as_text(judgements: Sequence[Judgement]) -> str:
    """Return tables as lines of text."""
    lines = []
    for one in judgements:
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
