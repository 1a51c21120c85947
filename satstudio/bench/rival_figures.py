"""rival_figures: what plain rules and a model file make of a patch set, by band and size of gap."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError, ModelError
from satstudio.core.port import BoundPort, Role
from satstudio.core.progress import Progress
from satstudio.core.raster import Mask
from satstudio.metrics.measures.pixel import psnr
from satstudio.patches.manifest import Split
from satstudio.patches.patch_set import PatchSet
from satstudio.pixels.gaps import gap_widths, in_classes
from satstudio.pixels.role_images import RoleImages
from satstudio.pixels.scaling import RANGE_PERCENT, scaled, unscaled
from satstudio.restore.baselines import BASELINES, Baseline
from satstudio.restore.by_role.beside import FACTOR, is_rival
from satstudio.restore.models.model_file import ModelFile

TARGET: Role = "target"
MODEL = "model"
MOST_DB = 100.0
"""What one image counts at most: of equal images the PSNR is infinite."""

MOST_RANGED = 64
STEP_DAYS = 10
Image = npt.NDArray[Any]
Each = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class RivalTable:
    """Mean PSNR in dB of each rule, and of the model, over the patches.

    Attributes
    ----------
    figures : rule -> column -> dB; columns are `all`, each band, and sizes of gaps (`gaps_to_4px`:
        up to 4 px wide) where no image shows the ground
    n : patches
    data_range, notes : of the PSNR; how it was measured
    best : of the rules, by `all`
    gain, interval : of the model over the best rule, mean and half of the 95 % interval, paired
    """

    figures: Mapping[str, Mapping[str, float]]
    n: int
    data_range: float
    best: str
    gain: float | None = None
    interval: float | None = None
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Task:
    """A patch set as rules see it: its first images, and what is to be made of them."""

    patches: PatchSet
    split: Split
    first: BoundPort
    made: BoundPort
    others: tuple[BoundPort, ...]
    ratio: Fraction
    data_range: float = field(default=1.0)

    @property
    def is_series(self) -> bool:
        """Whether an item may have several of the first images."""
        return self.first.frames != (1, 1)

    @property
    def fills_gaps(self) -> bool:
        """Whether what is to be made is the image itself where it has holes."""
        has_holes = self.patches.series(self.split, self.first.role).has_holes
        return not self.is_series and self.ratio == 1 and has_holes

    def target(self, item: int) -> tuple[Image, Mask]:
        """Return the target of an item, and where it has data."""
        series = self.patches.series(self.split, TARGET)
        return np.asarray(series.frames(item)[0]), np.asarray(series.masks(item)[0])

    def given(self, item: int, role: Role) -> RoleImages:
        """Return the first images of an item as those of a role."""
        series = self.patches.series(self.split, self.first.role)
        frames, good = np.asarray(series.frames(item)), np.asarray(series.masks(item))
        return RoleImages({role: frames[:, list(self.bands)]}, {role: good})

    @property
    def bands(self) -> tuple[int, ...]:
        """Which bands of the first images those of the target are: by name, else all."""
        has, wants = self.first.bands, self.made.bands
        if isinstance(has, tuple) and isinstance(wants, tuple) and set(wants) <= set(has):
            return tuple(has.index(band) for band in wants)
        return tuple(range(self.first.band_count or 1))


def rival_figures(
    path: Path,
    model: Path | None,
    progress: Progress,
    split: Split = "validation",
    most: int = 256,
) -> RivalTable:
    """Measure every baseline that fits a paired patch set of real values, and a model file.

    Parameters
    ----------
    model : an `.onnx` whose inputs are roles of the set; None: baselines only
    most : patches, the first ones of the split

    Raises
    ------
    InputError
        If the set has no pairs, nothing in this split, or no baseline fits it.
    ModelError
        If the model takes something else.
    """
    task = _task(path, split)
    count = min(len(task.patches.series(split, TARGET)), most)
    rules = {
        name: one
        for name, one in BASELINES.items()
        if is_rival(one, task.is_series, task.ratio, fills_gaps=task.fills_gaps)
    }
    if not (rules or model):
        raise InputError(f"No baseline makes what {path.name} wants of what it gives.")
    net = None if model is None else ModelFile.load(model)
    if net is not None:
        _check(net, task)
    each: dict[str, Each] = {}
    for item in progress.over(range(count), f"Measuring rivals on {path.name}"):
        wanted, valid = task.target(item)
        regions = dict(_regions(task, item, valid))
        for name, image in _made(task, item, rules, net):
            found = each.setdefault(name, {})
            for column, value in _columns(task, image, wanted, regions):
                found.setdefault(column, []).append(value)
    return _table(task, each, count)


def _task(path: Path, split: Split) -> _Task:
    patches = PatchSet.open(path)
    ports = {port.role: port for port in patches.ports}
    if TARGET not in ports or len(ports) < 2:
        raise InputError(f"{path.name} is no paired set: it has no role '{TARGET}' beside another.")
    if not patches.manifest.count(split):
        raise InputError(f"{path.name} has no {split} patches.")
    others = [port for port in patches.ports if port.role != TARGET and port.dtype != "bool"]
    if any(port.is_complex for port in (ports[TARGET], others[0])):
        raise InputError(f"{path.name} holds complex samples; these rivals are of real values.")
    first = next((port for port in others if port.frames != (1, 1)), others[0])
    made, rest = ports[TARGET], tuple(port for port in others if port is not first)
    task = _Task(patches, split, first, made, rest, made.scale / first.scale)
    series = patches.series(split, TARGET)
    sample = [task.target(item) for item in range(min(len(series), MOST_RANGED))]
    values = np.concatenate([image[:, good].ravel() for image, good in sample])
    if not values.size:
        raise InputError(f"The targets of {path.name} have no data.")
    low, high = np.percentile(values, RANGE_PERCENT)
    return replace(task, data_range=float(high - low) or 1.0)


def _made(
    task: _Task, item: int, rules: Mapping[str, Baseline], net: ModelFile | None
) -> Iterator[tuple[str, Image]]:
    """Yield what each makes of an item, in physical values."""
    for name, rule in rules.items():
        given = task.given(item, rule.inputs[0].role)
        yield name, rule.made_of(given, _own(rule, task, len(given.images[given.first]))).values
    if net is not None:
        yield MODEL, _answer(net, task, item)


def _own(rule: Baseline, task: _Task, frames: int) -> Any:  # noqa: ANN401 - a recipe of its own
    """Return options: the ratio; where dates are asked for, even steps, the middle one wanted."""
    values: dict[str, Any] = {}
    fields = {} if rule.own is None else rule.own.model_fields
    if FACTOR in fields:
        values[FACTOR] = str(task.ratio)
    if "dates" in fields:
        start = np.datetime64("2000-01-01")
        dates = [str(start + STEP_DAYS * number) for number in range(frames)]
        values |= {"dates": tuple(dates), "day": dates[frames // 2]}
    return None if rule.own is None else rule.own.build(values, rule.title)


def _answer(net: ModelFile, task: _Task, item: int) -> Image:
    fed = {}
    for port in net.card.inputs:
        series = task.patches.series(task.split, port.mask_of or port.role)
        if port.mask_of is not None:
            values = np.asarray(series.masks(item))[:, None].astype(np.float32)
        else:
            frames = np.asarray(series.frames(item))
            values = frames if port.scaling is None else scaled(frames, port.scaling)
        fed[port.role] = values[None] if port.frames != (1, 1) else values[:1]
    out = net.card.outputs[0]
    answer = net.answers(fed)[out.role][0]
    return answer if out.scaling is None else unscaled(answer, out.scaling)


def _check(net: ModelFile, task: _Task) -> None:
    roles = {port.role for port in task.patches.ports}
    missing = [port.role for port in net.card.inputs if (port.mask_of or port.role) not in roles]
    if missing or not net.card.inputs:
        has = ", ".join(sorted(roles))
        raise ModelError(
            f"{net.path.name} takes {', '.join(missing) or 'noise'}; the set has {has}."
        )


def _regions(task: _Task, item: int, valid: Mask) -> Iterator[tuple[str, Mask]]:
    """Yield which pixels a column is of: all, and where no image shows the ground by width."""
    yield "all", valid
    if task.ratio != 1:
        return
    series = task.patches.series(task.split, task.first.role)
    if not series.has_holes:
        return
    seen = np.logical_or.reduce(np.asarray(series.masks(item)))
    yield "seen", valid & seen
    for name, where in in_classes(gap_widths(seen)).items():
        yield name, valid & where


def _columns(
    task: _Task, image: Image, wanted: Image, regions: Mapping[str, Mask]
) -> Iterator[tuple[str, float]]:
    bands = task.made.bands if isinstance(task.made.bands, tuple) else ()
    options: dict[str, Any] = {"data_range": task.data_range, "nan_policy": "omit"}
    for name, mask in regions.items():
        if mask.any():
            yield name, min(psnr(wanted, image, mask=mask, **options), MOST_DB)
    if len(bands) > 1:
        for number, band in enumerate(bands):
            one, other = wanted[number : number + 1], image[number : number + 1]
            yield band, min(psnr(one, other, mask=regions["all"], **options), MOST_DB)


def _table(task: _Task, each: Mapping[str, Each], count: int) -> RivalTable:
    figures = {
        name: {column: float(np.mean(values)) for column, values in columns.items()}
        for name, columns in each.items()
    }
    rules = [name for name in figures if name != MODEL]
    best = max(rules, key=lambda name: figures[name]["all"]) if rules else ""
    gain = interval = None
    if MODEL in each and best:
        apart = np.subtract(each[MODEL]["all"], each[best]["all"])
        gain = float(apart.mean())
        interval = 1.96 * float(apart.std(ddof=1)) / math.sqrt(count) if count > 1 else None
    notes = (
        f"mean PSNR over {count} {task.split} patches, each at most {MOST_DB:g} dB; data range "
        f"{task.data_range:.4g}, {RANGE_PERCENT[0]:g} to {RANGE_PERCENT[1]:g} % of the targets",
        "interpolation in time: even steps, the middle date wanted",
    )
    is_timed = "temporal_interpolation" in figures
    return RivalTable(figures, count, task.data_range, best, gain, interval, notes[: 1 + is_timed])
