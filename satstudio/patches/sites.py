"""open_sites: scenes with those that are cut beside them, checked to lie on each other."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from satstudio.core.errors import InputError
from satstudio.core.grid import Window
from satstudio.core.placed import Lattice, Placed, common_lattice, place
from satstudio.core.port import Role
from satstudio.core.quantity import Quantity, title_of
from satstudio.patches.manifest import Use
from satstudio.patches.positions import PatchRecipe
from satstudio.patches.uses import with_uses
from satstudio.scenes.scene import STACK, Scene, is_stack, open_scene
from satstudio.scenes.white.source import WhiteSource

Address = str | Path


@dataclass(frozen=True, slots=True)
class Frames:
    """What one role has on one ground.

    Attributes
    ----------
    scenes : on one grid, in order of date
    placed : of that grid on the first role's
    bands : of every scene that are cut, 0-based
    """

    scenes: tuple[Scene, ...]
    placed: Placed
    bands: tuple[int, ...]

    @property
    def dates(self) -> tuple[str, ...]:
        """Of its scenes; empty where one does not tell."""
        dates = tuple(scene.band_info[0].date or "" for scene in self.scenes)
        return dates if all(dates) else ()


@dataclass(frozen=True, slots=True)
class Site:
    """Scenes of one ground.

    Attributes
    ----------
    use : which splits its patches may be of
    roles : what lies on it; the first role's grid is that of its windows
    lattice : windows that are whole pixels of all
    """

    use: Use
    roles: Mapping[Role, Frames]
    lattice: Lattice

    @property
    def first(self) -> Scene:
        """The scene that windows are of."""
        return next(iter(self.roles.values())).scenes[0]


def open_sites(
    stack: ExitStack, scenes: Sequence[Address], recipe: PatchRecipe
) -> tuple[Site, ...]:
    """Open all scenes of a recipe; `stack` closes them.

    Raises
    ------
    InputError
        If scenes do not lie on each other, differ where they must not, or patches of this size
        would be no whole pixels of one.
    SceneReadError
        If a scene cannot be read.
    """
    cast = with_uses(scenes, recipe)
    beside = _beside(recipe, len(cast))
    if recipe.white and beside:
        raise InputError(
            "White samples have another grid than their scene; cut pairs without whitening."
        )
    sites = []
    for number, (address, use) in enumerate(cast):
        frames = _opened(stack, [address], recipe, is_series=recipe.series)
        grid = frames[0].grid
        itself = Placed(Fraction(1), Fraction(0), Fraction(0), grid.size)
        roles = {recipe.role: Frames(frames, itself, ())}
        for role, addresses in beside.items():
            others = _opened(stack, addresses[number], recipe, is_series=True)
            found = place(grid, others[0].grid)
            if isinstance(found, str):
                raise InputError(_apart(others[0], frames[0], found))
            roles[role] = Frames(others, found, ())
        sites.append(_site(use, roles, recipe))
    return _with_bands(tuple(sites), recipe)


def quantity_of(sites: Sequence[Site], role: Role) -> Quantity:
    """Return what all scenes of a role hold; a plain number where one does not say it.

    Raises
    ------
    InputError
        If two hold different things: a network would take one for the other.
    """
    scenes = scenes_of(sites, role)
    known = {scene.quantity: scene.name for scene in scenes}
    said = [quantity for quantity in known if quantity != "dn"]
    if len(said) > 1:
        one, other = said[:2]
        raise InputError(
            f"{known[one]} holds {title_of(one)}, {known[other]} {title_of(other)}; cut scenes of "
            "one quantity, or say what they hold with '#quantity=...'."
        )
    return "dn" if "dn" in known else said[0]


def scenes_of(sites: Sequence[Site], role: Role) -> list[Scene]:
    """Return all scenes of a role, site by site."""
    return [scene for site in sites for scene in site.roles[role].scenes]


def _beside(recipe: PatchRecipe, sites: int) -> dict[Role, list[list[Address]]]:
    """Return the addresses of each role, site by site."""
    listed: dict[Role, list[Address]] = {}
    for pair in recipe.pairs:
        role, _, address = pair.partition("=")
        listed.setdefault(role, []).append(address)
    if recipe.role in listed:
        raise InputError(
            f"The scenes themselves have the role '{recipe.role}'; give those beside them another."
        )
    for role, addresses in listed.items():
        if len(addresses) % sites:
            raise InputError(
                f"There are {sites} scenes and {len(addresses)} of the role '{role}'; give as many "
                "for each scene, in the same order."
            )
    return {
        role: [addresses[n * each : (n + 1) * each] for n in range(sites)]
        for role, addresses in listed.items()
        for each in [len(addresses) // sites]
    }


def _opened(
    stack: ExitStack, addresses: Sequence[Address], recipe: PatchRecipe, *, is_series: bool
) -> tuple[Scene, ...]:
    """Open scenes, or their white samples where the recipe wants them; of a series by date."""

    def opened(address: Address) -> Scene:
        scene = stack.enter_context(closing(open_scene(address)))
        return WhiteSource(scene, whitening=True, points=True).as_scene() if recipe.white else scene

    if not is_series:
        return tuple(map(opened, addresses))
    single = [one for address in addresses for one in _unstacked(address)]
    scenes = sorted(map(opened, single), key=lambda scene: scene.band_info[0].date or "")
    for scene in scenes[1:]:
        reason = scenes[0].grid.apart(scene.grid)
        if reason:
            raise InputError(_apart(scene, scenes[0], reason))
    return tuple(scenes)


def _unstacked(address: Address) -> list[str]:
    if not is_stack(address):
        return [str(address)]
    return [part for part in str(address).removeprefix(STACK).split("|") if part]


def _apart(other: Scene, first: Scene, reason: str) -> str:
    return f"{other.name} does not lie on {first.name}: {reason}; align them first."


def _site(use: Use, roles: Mapping[Role, Frames], recipe: PatchRecipe) -> Site:
    placed = [frames.placed for frames in roles.values()]
    first = roles[recipe.role].scenes[0]
    lattice = common_lattice(first.grid.size, placed)
    if isinstance(lattice, str):
        others = [
            frames.scenes[0].name
            for frames in roles.values()
            if isinstance(common_lattice(first.grid.size, [frames.placed]), str)
        ] or [frames.scenes[0].name for frames in roles.values()][1:]
        raise InputError(f"{first.name} and {', '.join(others)} cannot be cut together: {lattice}.")
    step = lattice.step
    for name, side in (("patch side", recipe.size_px), ("stride", recipe.stride_px or step)):
        if side % step:
            raise InputError(
                f"A {name} of {side} px of {first.name} is no whole number of pixels of every "
                f"scene beside it; choose a multiple of {step} px."
            )
    return Site(use, roles, lattice)


def _with_bands(sites: tuple[Site, ...], recipe: PatchRecipe) -> tuple[Site, ...]:
    """Choose the bands of every role, which all sites must have."""
    chosen = {}
    for role in sites[0].roles:
        wanted = recipe.bands if role == recipe.role else ()
        chosen[role] = _common_bands(scenes_of(sites, role), wanted)
        quantity_of(sites, role)
        ratios = {site.roles[role].placed.ratio: site.first.name for site in sites}
        if len(ratios) > 1:
            (one, name), (two, other) = list(ratios.items())[:2]
            raise InputError(
                f"The role '{role}' has {one} pixels for one of {name}, but {two} for one of "
                f"{other}; cut them into two sets."
            )
    return tuple(
        replace(
            site,
            roles={
                role: replace(frames, bands=chosen[role]) for role, frames in site.roles.items()
            },
        )
        for site in sites
    )


def _common_bands(scenes: Sequence[Scene], wanted: tuple[int, ...]) -> tuple[int, ...]:
    first = scenes[0]
    for scene in scenes[1:]:
        if scene.is_complex != first.is_complex:
            raise InputError(f"{scene.name} and {first.name}: one is complex, the other is not.")
        if not wanted and len(scene.bands) != len(first.bands):
            raise InputError(
                f"{scene.name} has {len(scene.bands)} bands, {first.name} {len(first.bands)}; "
                "choose the bands to cut."
            )
    bands = wanted or tuple(range(len(first.bands)))
    for scene in scenes:
        if not all(0 <= band < len(scene.bands) for band in bands):
            raise InputError(f"{scene.name} has bands 0 to {len(scene.bands) - 1}, not {bands}.")
    return bands


def on_scene(site: Site) -> Callable[[Window], Window]:
    """Return how windows of a site lie on its scene, whose pixels may be finer than those cut."""
    source = site.first.source
    corner = site.lattice.area

    def moved(window: Window) -> Window:
        here = window.moved(corner.row, corner.col)
        return source.on_scene(here) if isinstance(source, WhiteSource) else here

    return moved
