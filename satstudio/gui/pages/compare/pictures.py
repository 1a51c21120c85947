"""ComparePictures: what the views of a comparison show in each arrangement."""

from satstudio.gui.kit.scenes.loader import SceneKeeper
from satstudio.gui.pages.compare.compare_plan import ComparePlan
from satstudio.gui.pages.compare.linked_views import Shown
from satstudio.gui.pages.compare.shared_style import pair_style
from satstudio.gui.pages.compare.state import CompareMode
from satstudio.render.style import DisplayStyle
from satstudio.scenes.geometry.pair import PairKind, PairScene
from satstudio.scenes.scene import Scene


class ComparePictures:
    """Scenes as they are, or differences and ratios; a pair is made once while it is shown."""

    def __init__(self, scenes: SceneKeeper) -> None:
        self._scenes = scenes
        self._pairs: dict[tuple[str, int, int], PairScene] = {}

    def shown(self, mode: CompareMode, plan: ComparePlan, style: DisplayStyle) -> list[Shown]:
        """Return the pictures of a plan, whose reference is open, under the style of all."""
        if mode in ("difference", "ratio"):
            kind: PairKind = "difference" if mode == "difference" else "ratio"
            return self._of_pairs(kind, plan, style)
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

    def _pair(self, kind: PairKind, reference: Scene, result: Scene) -> PairScene:
        key = (kind, id(reference), id(result))
        if key not in self._pairs:
            self._pairs[key] = PairScene(reference, result, kind)
        return self._pairs[key]

    def _alone(self, name: str, key: str, scene: Scene, style: DisplayStyle) -> Shown:
        return Shown(key, scene.name, scene, style, self._scenes.epoch(name))
