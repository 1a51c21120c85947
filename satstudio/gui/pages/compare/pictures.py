"""ComparePictures: what the views of a comparison show in each arrangement."""

from dataclasses import replace

from satstudio.bench.gain_scene import GainScene
from satstudio.gui.kit.scenes.loader import SceneKeeper
from satstudio.gui.pages.compare.compare_plan import ComparePlan
from satstudio.gui.pages.compare.linked_views import Shown
from satstudio.gui.pages.compare.shared_style import pair_style
from satstudio.gui.pages.compare.state import CompareMode
from satstudio.render.style import DisplayStyle
from satstudio.scenes.geometry.pair import PairKind, PairScene
from satstudio.scenes.scene import Scene

GAINED = "gained green, left out blue, made up red"
NO_INPUT = "open the coarser input, and the super-resolved result, beside this reference"
GAIN_STYLE = DisplayStyle(view="rgb", bands=(2, 0, 1), low=(0.0,) * 3, high=(1.0,) * 3)


class ComparePictures:
    """Scenes as they are, or differences and ratios; a pair is made once while it is shown."""

    def __init__(self, scenes: SceneKeeper) -> None:
        self._scenes = scenes
        self._pairs: dict[tuple[object, ...], PairScene | GainScene] = {}

    def shown(self, mode: CompareMode, plan: ComparePlan, style: DisplayStyle) -> list[Shown]:
        """Return the pictures of a plan, whose reference is open, under the style of all."""
        if mode in ("difference", "ratio"):
            kind: PairKind = "difference" if mode == "difference" else "ratio"
            return self._of_pairs(kind, plan, style)
        if mode == "gain":
            return self._of_gains(plan, style)
        self._pairs.clear()
        return [
            self._alone(name, "" if name == plan.reference else name, scene, style)
            for name in plan.shown
            if (scene := self._scenes.scene(name)) is not None
        ]

    def _of_pairs(self, kind: PairKind, plan: ComparePlan, style: DisplayStyle) -> list[Shown]:
        reference = self._scenes.scene(plan.reference)
        statistics = self._scenes.statistics(plan.reference)
        if reference is None:
            return []
        found = []
        for name in plan.results:
            result = self._scenes.scene(name)
            if result is None or statistics is None:
                continue
            look = pair_style(kind, reference.quantity, statistics, style.bands)
            ends = (result.name, reference.name)
            first, second = ends if kind == "difference" else ends[::-1]
            sign = "\N{MINUS SIGN}" if kind == "difference" else "/"
            both = self._scenes.epoch(name) + self._scenes.epoch(plan.reference)
            pair = self._pair(kind, reference, result)
            title = f"{first} {sign} {second}"
            found.append(Shown(name, title, pair, look, both, kind.capitalize()))
        return found or [self._alone(plan.reference, "", reference, style)]

    def _of_gains(self, plan: ComparePlan, style: DisplayStyle) -> list[Shown]:
        """Return maps of what results gained over their input; a sentence where that is missing."""
        reference, low = self._scenes.scene(plan.reference), self._scenes.scene(plan.low)
        if reference is None:
            return []
        if low is None or not plan.results:
            shown = self._alone(plan.reference, "", reference, style)
            return [replace(shown, title=f"{reference.name}: {NO_INPUT}")]
        found = []
        for name in plan.results:
            result = self._scenes.scene(name)
            if result is None:
                continue
            key = ("gain", id(reference), id(result), id(low))
            if key not in self._pairs:
                self._pairs[key] = GainScene(reference, result, low)
            epochs = sum(map(self._scenes.epoch, (plan.reference, name, plan.low)))
            title = f"{result.name}: {GAINED}"
            found.append(Shown(name, title, self._pairs[key], GAIN_STYLE, epochs, "Gain"))
        return found

    def _pair(self, kind: PairKind, reference: Scene, result: Scene) -> PairScene | GainScene:
        key = (kind, id(reference), id(result))
        if key not in self._pairs:
            self._pairs[key] = PairScene(reference, result, kind)
        return self._pairs[key]

    def _alone(self, name: str, key: str, scene: Scene, style: DisplayStyle) -> Shown:
        return Shown(key, scene.name, scene, style, self._scenes.epoch(name))
