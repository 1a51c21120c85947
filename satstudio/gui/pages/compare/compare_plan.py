"""compare_plan: which open scenes are compared with which, and why others are not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from satstudio.bench.gain_scene import ratio_of
from satstudio.core.errors import GridMismatchError
from satstudio.gui.pages.compare.state import CompareState
from satstudio.scenes.geometry.pair import mismatch
from satstudio.scenes.scene import Scene
from satstudio.session.session import Session

SceneOf = Callable[[str], Scene | None]


@dataclass(frozen=True, slots=True)
class ComparePlan:
    """What is compared with what, by address.

    Attributes
    ----------
    reference : what the others are compared with; empty where no scene is open
    results : in the order of the layers, without those that are left out
    fitting : results and those that are left out
    misfits : why a scene cannot be compared with the reference
    chosen : the result of the swipe; empty without results
    low : a coarser scene of the reference's ground, which results may be super-resolved from
    """

    reference: str = ""
    results: tuple[str, ...] = ()
    fitting: tuple[str, ...] = ()
    misfits: Mapping[str, str] = field(default_factory=dict)
    chosen: str = ""
    low: str = ""

    @property
    def shown(self) -> tuple[str, ...]:
        """The reference, then the results."""
        return (self.reference, *self.results) if self.reference else ()


def compare_plan(session: Session, state: CompareState, scene_of: SceneOf) -> ComparePlan:
    """Plan a comparison of the open scenes; those that are still being opened are not there yet.

    Without a choice of the user, the reference is the first scene that the active one can be
    compared with.
    """
    scenes = {name: scene for name in session.addresses if (scene := scene_of(name)) is not None}
    name = state.reference if state.reference in scenes else _usual_reference(session, scenes)
    if not name:
        return ComparePlan()
    others = [address for address in scenes if address != name]
    reasons = {address: mismatch(scenes[name], scenes[address]) for address in others}
    fitting = tuple(address for address in others if not reasons[address])
    results = tuple(address for address in fitting if address not in state.hidden)
    return ComparePlan(
        reference=name,
        results=results,
        fitting=fitting,
        misfits={address: reason for address, reason in reasons.items() if reason},
        chosen=state.chosen if state.chosen in results else next(iter(results), ""),
        low=next((one for one in others if _is_coarser(scenes[one], scenes[name])), ""),
    )


def _is_coarser(low: Scene, high: Scene) -> bool:
    try:
        return low.is_complex == high.is_complex and ratio_of(low, high) > 1
    except GridMismatchError:
        return False


def _usual_reference(session: Session, scenes: Mapping[str, Scene]) -> str:
    layer = session.layer
    active = scenes.get(layer.address) if layer is not None else None
    if active is None:
        return next(iter(scenes), "")
    return next((name for name, scene in scenes.items() if not mismatch(scene, active)), "")
