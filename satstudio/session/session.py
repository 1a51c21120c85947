"""Session: what is open and how it is shown; frozen, without a window."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from satstudio.core.errors import InputError
from satstudio.core.grid import Window
from satstudio.render.style import DisplayStyle
from satstudio.scenes.address import STACK, parse_fragment
from satstudio.session.viewport import Viewport

Table = Mapping[str, Any]
"""Plain values, as JSON holds them."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One open scene.

    Attributes
    ----------
    address : PATH or PATH#IMAGE, as `open_scene` takes it
    style : how it is shown; None until its statistics are known
    title : what lists call it; the address's last part where empty
    is_visible, opacity : whether it is drawn, and how much of what lies under it is covered, 0..1
    """

    address: str
    style: DisplayStyle | None = None
    title: str = ""
    is_visible: bool = True
    opacity: float = 1.0

    @property
    def name(self) -> str:
        """The title, or the file name with its image."""
        return self.title or name_of(self.address)


def name_of(address: str) -> str:
    """Return what lists call a scene: file name, `#image`; of a stack the first and how many more.

    Nothing is looked up on the disk.
    """
    if address.startswith(STACK):
        first, *others = address.removeprefix(STACK).split("|")
        return f"{name_of(first)} + {len(others)}"
    path, mark, fragment = address.rpartition("#")
    if not mark or "." in fragment:  # the mark is part of a folder's or file's name
        return Path(address).name
    try:
        image = parse_fragment(fragment)[0]
    except InputError:
        image = fragment
    return Path(path).name + (f"#{image}" if image else "")


@dataclass(frozen=True, slots=True)
class Region:
    """A named rectangle or polygon on a layer (a crop, an area to measure).

    Attributes
    ----------
    window : the rectangle, or the one around the polygon
    points : corners of a polygon as (row, col), edges of pixels being whole; empty: a rectangle
    """

    name: str
    address: str
    window: Window
    points: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Session:
    """All that a view needs to show itself again.

    Attributes
    ----------
    layers : open scenes, the first drawn first
    active : index of the layer that panels speak of; -1 where none is open
    viewport : what the view shows; None = not placed yet (fit when the scene is there)
    crop : the rectangle drawn on the active layer
    study : folder of patches/, runs/, models/ ...
    page : name of the page in front; empty: where a window starts
    pages : what each page shows, as plain values by the page's name; see `page_state`
    """

    layers: tuple[Layer, ...] = ()
    active: int = -1
    viewport: Viewport | None = None
    crop: Window | None = None
    regions: tuple[Region, ...] = ()
    study: Path | None = None
    page: str = ""
    pages: Mapping[str, Table] = field(default_factory=dict)

    @property
    def layer(self) -> Layer | None:
        """The active layer, or None."""
        return self.layers[self.active] if 0 <= self.active < len(self.layers) else None

    @property
    def addresses(self) -> tuple[str, ...]:
        """Addresses of the open scenes."""
        return tuple(layer.address for layer in self.layers)

    def opened(self, address: str, style: DisplayStyle | None = None) -> "Session":
        """Return the session with this scene active; opened once only."""
        if address in self.addresses:
            return self.activated(self.addresses.index(address))
        layers = (*self.layers, Layer(address, style))
        return replace(self, layers=layers, active=len(layers) - 1, viewport=None, crop=None)

    def closed(self, address: str) -> "Session":
        """Return the session without this scene; its neighbour becomes active."""
        if address not in self.addresses:
            return self
        index = self.addresses.index(address)
        layers = self.layers[:index] + self.layers[index + 1 :]
        if index != self.active:
            return replace(self, layers=layers, active=self.active - (index < self.active))
        active = min(index, len(layers) - 1)
        return replace(self, layers=layers, active=active, viewport=None, crop=None)

    def activated(self, index: int) -> "Session":
        """Return the session with another layer active; view and crop start anew.

        Raises
        ------
        InputError
            If there is no such layer.
        """
        if not 0 <= index < len(self.layers):
            raise InputError(f"There is no layer {index}; {len(self.layers)} are open.")
        if index == self.active:
            return self
        return replace(self, active=index, viewport=None, crop=None)

    def shifted(self, address: str, steps: int) -> "Session":
        """Return the session with a scene further up (negative) or down in the list."""
        order = list(self.addresses)
        if address not in order:
            return self
        place = order.index(address)
        order.insert(min(max(place + steps, 0), len(order) - 1), order.pop(place))
        return self.reordered(order)

    def reordered(self, addresses: Sequence[str]) -> "Session":
        """Return the session with its scenes in another order; the same one stays active.

        Raises
        ------
        InputError
            If these are not the scenes that are open.
        """
        if sorted(addresses) != sorted(self.addresses):
            raise InputError("An order of the scenes names each open scene once.")
        layers = tuple(self.layers[self.addresses.index(address)] for address in addresses)
        active = layers.index(self.layer) if self.layer is not None else -1
        return replace(self, layers=layers, active=active)

    def readdressed(self, old: str, new: str) -> "Session":
        """Return the session with a scene read another way, under its new address.

        It loses its style, which was one of other values. A scene that has the new address
        already is made the active one.
        """
        if new in self.addresses or old not in self.addresses:
            kept = self.closed(old) if new in self.addresses and old != new else self
            return kept.activated(kept.addresses.index(new)) if new in kept.addresses else kept

        def moved(address: str) -> str:
            return new if address == old else address

        return replace(
            self,
            layers=tuple(
                replace(layer, address=new, style=None) if layer.address == old else layer
                for layer in self.layers
            ),
            regions=tuple(replace(one, address=moved(one.address)) for one in self.regions),
            pages={name: _moved(table, old, new) for name, table in self.pages.items()},
        )

    def drawn(
        self, address: str, *, is_visible: bool | None = None, opacity: float | None = None
    ) -> "Session":
        """Return the session with a layer drawn, or not, or with another opacity (0..1)."""

        def changed(layer: Layer) -> Layer:
            return replace(
                layer,
                is_visible=layer.is_visible if is_visible is None else is_visible,
                opacity=layer.opacity if opacity is None else min(max(opacity, 0.0), 1.0),
            )

        layers = (changed(one) if one.address == address else one for one in self.layers)
        return replace(self, layers=tuple(layers))

    def styled(self, style: DisplayStyle, address: str | None = None) -> "Session":
        """Return the session with a layer (the active one unless named) shown in this style."""
        wanted = address if address is not None else (self.layer.address if self.layer else None)
        layers = tuple(
            replace(layer, style=style) if layer.address == wanted else layer
            for layer in self.layers
        )
        return replace(self, layers=layers)


def _moved(value: Any, old: str, new: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Return plain values with an address in place of another one."""
    if isinstance(value, Mapping):
        return {key: _moved(item, old, new) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_moved(item, old, new) for item in value]
    return new if value == old else value
