"""LayerStack: the pictures under the active layer; layers_below: which ones those are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter

from satstudio.gui.canvas.tiles.painter import Drawn, TilePicture, View
from satstudio.gui.canvas.tiles.requests import TileImage
from satstudio.render.style import DisplayStyle
from satstudio.scenes.scene import Scene
from satstudio.session.session import Layer, Session

SceneOf = Callable[[str], Scene | None]


@dataclass(frozen=True, slots=True)
class Below:
    """One layer under the active one, as it is drawn."""

    scene: Scene
    style: DisplayStyle
    epoch: int
    opacity: float


def layers_below(session: Session, scene_of: SceneOf) -> tuple[Layer, ...]:
    """Return the layers that are seen under the active one, the lowest first.

    None where the active layer covers them, so that one layer costs what it always did; none
    below one that covers. Of other grids none are drawn (`why_apart`).
    """
    active = session.layer
    if active is None or covers(active):
        return ()
    found: list[Layer] = []
    for layer in reversed(session.layers):
        if layer is active or not layer.is_visible or layer.opacity <= 0:
            continue
        if why_apart(session, layer, scene_of):
            continue
        found.insert(0, layer)
        if covers(layer):
            break
    return tuple(found)


def covers(layer: Layer) -> bool:
    """Tell whether nothing is seen through a layer."""
    return layer.is_visible and layer.opacity >= 1


def why_apart(session: Session, layer: Layer, scene_of: SceneOf) -> str:
    """Return why a layer is not drawn with the active one, as a sentence; "" where it can be."""
    active = session.layer
    if active is None or layer.address == active.address:
        return ""
    upper, lower = scene_of(active.address), scene_of(layer.address)
    if upper is None or lower is None:
        return "It is being opened."
    reason = upper.grid.apart(lower.grid)
    return f"It is not drawn with {active.name}: {reason}." if reason else ""


class LayerStack:
    """Keeps a picture for each layer below; the canvas's own loader reads their tiles.

    Parameters
    ----------
    budget : tells how many bytes of pictures each may keep
    """

    def __init__(self, budget: Callable[[], int]) -> None:
        self._budget = budget
        self._pictures: list[tuple[TilePicture, float]] = []
        self.opacity = 1.0

    @property
    def is_alone(self) -> bool:
        """Whether the active layer is drawn as if there were no other."""
        return not self._pictures and self.opacity >= 1

    def show(self, layers: Sequence[Below], opacity: float) -> bool:
        """Show layers, the lowest first, and the active one over them; tell what changed.

        Parameters
        ----------
        opacity : of the active layer; 0 where it is not visible
        """
        known = {picture.look.scene: picture for picture, _ in self._pictures if picture.look}
        before = [(picture.look, share) for picture, share in self._pictures], self.opacity
        self._pictures, self.opacity = [], opacity
        for layer in layers:
            picture = known.get(layer.scene) or TilePicture(self._budget)
            picture.show(layer.scene, layer.style, layer.epoch)
            self._pictures.append((picture, layer.opacity))
        return before != ([(picture.look, share) for picture, share in self._pictures], opacity)

    def draw(self, painter: QPainter, view: View, area: QRect) -> Drawn:
        """Paint the layers below; the painter then has the active layer's opacity."""
        below = Drawn([], [])
        for picture, opacity in self._pictures:
            painter.setOpacity(opacity)
            drawn = picture.draw(painter, view, None, area)
            below.wanted.extend(drawn.wanted)
            below.seen.extend(drawn.seen)
        painter.setOpacity(self.opacity)
        return below

    def put(self, done: TileImage) -> bool:
        """Take a finished tile; tell whether it is of a layer below and changes what is seen."""
        return any(picture.put(done) is not None for picture, _ in self._pictures)
