"""NamedArea, named_areas, kept_area: the areas of the session as the compared scenes show them."""

from dataclasses import dataclass, replace

from satstudio.core.errors import InputError
from satstudio.core.grid import Window
from satstudio.gui.kit.scenes.loader import SceneKeeper
from satstudio.scenes.geometry.follow import followed_window
from satstudio.session.session import Region, Session


@dataclass(frozen=True, slots=True)
class NamedArea:
    """A kept area on the reference; `window` is None where `reason` says why it has none."""

    name: str
    window: Window | None
    reason: str = ""


def area_on(keeper: SceneKeeper, window: Window, address: str, reference: str) -> Window:
    """Return the window of the reference that shows what a window of another scene shows.

    Raises
    ------
    InputError
        If the reference does not show it, or nobody knows where it does.
    """
    one, other = keeper.scene(address), keeper.scene(reference)
    if address == reference:
        return window
    if one is None or other is None:
        raise InputError("the scene that it was drawn on is closed.")
    return followed_window(window, one, other, (keeper.locator(address), keeper.locator(reference)))


def named_areas(session: Session, keeper: SceneKeeper, reference: str) -> tuple[NamedArea, ...]:
    """Return the rectangles of the session, in the order in which they were kept."""
    found = []
    for region in session.regions:
        try:
            window = area_on(keeper, region.window, region.address, reference)
        except InputError as error:
            found.append(NamedArea(region.name, None, f"{region.name}: {error}"))
        else:
            found.append(NamedArea(region.name, window))
    return tuple(found)


def kept_area(session: Session, name: str, address: str, window: Window) -> Session:
    """Return the session with an area under a name; without one it is called Area 1, 2, ...

    One that has the name already is replaced.
    """
    taken = {region.name for region in session.regions}
    free = next(text for n in range(1, len(taken) + 2) if (text := f"Area {n}") not in taken)
    others = tuple(region for region in session.regions if region.name != name)
    return replace(session, regions=(*others, Region(name or free, address, window)))


def without_area(session: Session, name: str) -> Session:
    """Return the session without the area of a name."""
    return replace(session, regions=tuple(one for one in session.regions if one.name != name))
