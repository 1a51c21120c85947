"""BaselineNetwork: a baseline of images by role, with a card, as what ModelEngine runs."""

import json
import math
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from satstudio.core.errors import ModelError
from satstudio.core.grid import Size, Window
from satstudio.core.port import BoundPort, Port, Role
from satstudio.core.progress import Progress
from satstudio.core.quantity import is_radar
from satstudio.core.raster import Mask
from satstudio.core.recipe import Recipe
from satstudio.core.scaling import Scaling
from satstudio.core.version import VERSION
from satstudio.pixels.compositing import Composite
from satstudio.pixels.role_images import Fitted, RoleImages
from satstudio.restore.baselines import PREFIX, Baseline
from satstudio.restore.by_role.masks import frame_masks
from satstudio.restore.engines import Values
from satstudio.restore.inputs import InputImages
from satstudio.restore.models.model_card import ModelCard
from satstudio.restore.recipe import RestoreRecipe
from satstudio.scenes.scene import Scene

TARGET, KNOWN = "target", "known"
FITTED_TAG = "SATSTUDIO_FITTED"
SIDE_PX = 256
"""Of what a tile keeps."""

PLACES, PLACE_PX = 3, 192
"""Along each axis, and the side of each, that something is fitted on: at most 332 000 pixels."""

MOST_FITS = 64
BYTES_A_VALUE = 40
"""Of what is given: float64 while it is resampled and summed."""

PLAIN = Scaling(kind="linear", gain=1.0, offset=0.0)

_FITS: OrderedDict[tuple[str, ...], Fitted] = OrderedDict()


@dataclass(frozen=True, slots=True)
class BaselineNetwork:
    """A baseline whose ports are bound to a scene.

    Attributes
    ----------
    own : its options
    fit : what was fitted on the scene
    """

    name: str
    baseline: Baseline
    own: Recipe
    card: ModelCard
    fit: Fitted = Fitted()  # noqa: RUF009 - frozen
    scene_size: Size = Size(1, 1)  # noqa: RUF009 - frozen

    @classmethod
    def bound(
        cls, name: str, baseline: Baseline, scene: Scene, recipe: RestoreRecipe
    ) -> "BaselineNetwork":
        """Bind a baseline to a scene: as many bands as are chosen, in the scene's own numbers.

        Raises
        ------
        InputError
            If an option is wrong.
        """
        own = baseline.chosen(name, recipe)
        card = _card(name, baseline, own, scene, recipe.bands)
        return cls(PREFIX + name, baseline, own, card, scene_size=scene.grid.size)

    @property
    def sha256(self) -> str:
        """The name: it stands for the version of the program too."""
        return self.name

    @property
    def tags(self) -> Mapping[str, str]:
        """What was fitted."""
        return {FITTED_TAG: json.dumps(dict(self.fit.said))} if self.fit.said else {}

    @property
    def remark(self) -> str:
        """What the user should know of what was fitted."""
        return self.fit.remark

    def fitted(self, inputs: Sequence[InputImages], progress: Progress) -> "BaselineNetwork":
        """Fit on places spread over the whole scene, the same whatever part is restored."""
        fit = self.baseline.fit
        if fit is None:
            return self
        scenes = [frame.scene.identity for each in inputs for frame in each.frames]
        key = (self.name, self.own.model_dump_json(), str(self.card.inputs), *scenes)
        if key not in _FITS:
            windows = _places(self.scene_size)
            text = f"Looking at the images for {self.name.removeprefix(PREFIX)}"
            places = [_read(inputs, window) for window in progress.over(windows, text)]
            _FITS[key] = fit(places, self.own)
            while len(_FITS) > MOST_FITS:
                _FITS.popitem(last=False)
        found = _FITS[key]
        halo = self.card.halo_px + found.reach_px
        return replace(self, fit=found, card=self.card.changed(**_tile(halo, self.card.ratio)))

    def answers(self, given: Mapping[Role, Values]) -> Mapping[Role, Values]:
        """Return `target` (1, bands, rows, cols) and `known` (1, 1, rows, cols)."""
        images: dict[Role, Values] = {}
        good: dict[Role, Mask] = {}
        for port in self.card.inputs:
            frames = given[port.role][0]
            frames = frames if port.frames != (1, 1) else frames[None]
            if port.mask_of is None:
                images[port.role] = frames
                good.setdefault(port.role, np.ones((len(frames), *frames.shape[2:]), bool))
            else:
                good[port.mask_of] = frames[:, 0] > 0
        made = self.baseline.function(RoleImages(images, good, fitted=self.fit), self.own)
        if not isinstance(made, Composite):
            raise ModelError(f"{self.name} gives {type(made).__name__}, not a Composite.")
        return {TARGET: made.values[None], KNOWN: made.seen[None, None].astype(np.float32)}

    def tile_bytes(self, shapes: Mapping[Role, tuple[int, ...]]) -> int:
        """Return what the functions keep beside each other, about: all frames, made finer."""
        values = sum(math.prod(shape) for shape in shapes.values())
        return int(values * max(float(self.card.ratio) ** 2, 1.0) * BYTES_A_VALUE)


def _card(
    name: str, baseline: Baseline, own: Recipe, scene: Scene, bands: Sequence[int] | None
) -> ModelCard:
    parts: Sequence[Scene] = getattr(scene.source, "scenes", ())
    is_series = baseline.inputs[0].frames != (1, 1)
    one = parts[0] if parts and is_series else scene
    names = tuple(one.bands if bands is None else (one.bands[band] for band in bands))
    is_power = baseline.in_power and is_radar(scene.quantity) and not scene.is_complex
    ratio = baseline.ratio(own)

    def taken(port: Port) -> BoundPort:
        values = port.model_dump() | {"ratio": "1", "dtype": port.dtype or "float32"}
        if port.mask_of is not None:
            return BoundPort.build(values | {"bands": 1})
        quantity = "power" if is_power else ""
        return BoundPort.build(values | {"bands": names, "scaling": PLAIN, "quantity": quantity})

    inputs = tuple(map(taken, baseline.inputs))
    of = {"bands": names, "quantity": inputs[0].quantity, "ratio": str(ratio)}
    outputs = (
        BoundPort(role=TARGET, dtype="float32", scaling=PLAIN, **of),
        BoundPort(role=KNOWN, bands=1, dtype="bool", ratio=str(ratio), mask_of=TARGET),
    )
    return ModelCard(
        task="restore",
        method=name,
        inputs=inputs,
        outputs=outputs,
        fills_gaps=baseline.fills_gaps,
        notes=baseline.source,
        version=VERSION,
        **_tile(baseline.halo_px(own), ratio),
    )


def _tile(halo_px: int, ratio: Fraction) -> dict[str, int]:
    unit = ratio.denominator
    margin = -(-halo_px // unit) * unit
    return {"tile_px": -(-SIDE_PX // unit) * unit + 2 * margin, "halo_px": halo_px}


def _places(size: Size) -> list[Window]:
    rows, cols = min(PLACE_PX, size.rows), min(PLACE_PX, size.cols)
    down, across = (
        sorted({int(place) for place in np.linspace(0, whole - part, PLACES)})
        for whole, part in ((size.rows, rows), (size.cols, cols))
    )
    return [Window(row, col, rows, cols) for row in down for col in across]


def _read(inputs: Sequence[InputImages], window: Window) -> RoleImages:
    """Return what all frames show in a window, in the card's numbers."""
    found = {each.port.role: each.read(window) for each in inputs}
    images, good, dates = {}, {}, {}
    for each in inputs:
        role = each.port.role
        if each.port.mask_of is not None:
            good[each.port.mask_of] = np.stack(frame_masks(inputs, each, found, window))
            continue
        numbers = each.numbers(found[role], window, None)[0]
        images[role] = numbers if each.port.frames != (1, 1) else numbers[None]
        own = np.stack([np.logical_and.reduce(samples.good) for samples in found[role]])
        good.setdefault(role, own)
        dates[role] = tuple(_dates(each))
    return RoleImages(images, good, dates)


def _dates(each: InputImages) -> Iterator[str]:
    for frame in each.frames:
        yield frame.scene.band_info[frame.bands[0]].date or ""
