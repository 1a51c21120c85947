"""plan_positions: where to cut: grid, random, masked; train and validation apart by ground.

The ground of a scene is divided into rectangles of a few patches a side; a share of them, chosen
by the seed, is kept for validation. A patch belongs to a split if it lies wholly on that split's
ground; what lies on both is not cut, so no training patch shares a pixel with a validation patch.
The division depends on the scene's size and the recipe alone: two polarisations or dates on one
grid are parted alike. Where scenes of their own are named for validation, no ground is parted.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import Field

from satstudio.core.errors import InputError
from satstudio.core.grid import Size, Window
from satstudio.core.recipe import Recipe
from satstudio.patches.store import Role, Split

CELL_PATCHES = 4
"""Side of a rectangle of ground, in patches."""

MOST_CELLS = 16
"""Most rectangles along a side."""

NOUNS: dict[Split, str] = {"train": "training", "validation": "validation"}

ValidShare = Callable[[Window], float]
"""Share of pixels with data in a window, 0..1."""


class PatchRecipe(Recipe):
    """How patches are cut from scenes."""

    size_px: int = Field(64, ge=8, le=2048, title="Patch side (px)")
    stride_px: int | None = Field(
        None,
        ge=1,
        title="Stride (px)",
        description="Distance of a regular grid; none: random places if a number is given, "
        "else patches side by side",
    )
    count: int | None = Field(
        None,
        ge=1,
        title="Number of patches",
        description="In all, over all scenes; with a stride: a random choice from the grid",
    )
    validation_share: float = Field(
        0.2,
        ge=0,
        lt=1,
        title="Share of the ground kept for validation",
        description="With validation scenes: their share of the number of patches",
    )
    validation_scenes: tuple[str, ...] = Field(
        (),
        title="Validation scenes",
        description="Validation patches come from these scenes only, training patches from the "
        "others only; empty: the ground of each scene is parted",
    )
    min_valid: float = Field(0.95, ge=0, le=1, title="Least share of valid pixels")
    scaling: Literal["auto", "log_amplitude", "paper_log", "linear", "unit_power"] = Field(
        "auto", title="Scaling", description="auto: log_amplitude for complex, linear for real data"
    )
    white: bool = Field(
        False,
        title="Whiten and take out points",
        description="For despecklers, of complex scenes: each scene's spectrum is centred, "
        "flattened and cropped to the occupied band, and coherent points are taken out, as a "
        "despeckler's own whitening and points do it. Pixels are then a little larger",
    )
    bands: tuple[int, ...] = Field((), title="Bands", description="Counted from 0; empty: all")
    seed: int = Field(0, ge=0, le=2**31 - 1, title="Seed")


@dataclass(frozen=True, slots=True)
class Positions:
    """Where patches lie in one scene."""

    train: tuple[Window, ...]
    validation: tuple[Window, ...]

    def __len__(self) -> int:
        return len(self.train) + len(self.validation)


@dataclass(frozen=True, slots=True)
class Ground:
    """A scene's ground in rectangles.

    Attributes
    ----------
    row_edges, col_edges : first row (column) of each rectangle, then the end of the last
    is_validation : one tuple of flags for each line of rectangles
    """

    row_edges: tuple[int, ...]
    col_edges: tuple[int, ...]
    is_validation: tuple[tuple[bool, ...], ...]

    def split_of(self, window: Window) -> Split | None:
        """Return the split on whose ground the window lies wholly, or None."""
        rows = _touched(self.row_edges, window.row, window.end_row)
        cols = _touched(self.col_edges, window.col, window.end_col)
        here = {flag for line in self.is_validation[rows] for flag in line[cols]}
        if len(here) > 1:
            return None
        return "validation" if True in here else "train"


def part_ground(size: Size, recipe: PatchRecipe, scene: int = 0) -> Ground:
    """Divide a scene's ground between training and validation.

    A scene with room for one patch only belongs to one split as a whole, by seed and its number.
    """
    rng = np.random.default_rng([recipe.seed, 1])
    side = recipe.size_px
    if recipe.validation_share == 0:
        return _strips(size, 0, is_first=True)
    if max(size.rows // side, size.cols // side) < 2:
        by_scene = np.random.default_rng([recipe.seed, 2, scene])
        whole = bool(by_scene.random() < recipe.validation_share)
        return Ground((0, size.rows), (0, size.cols), ((whole,),))
    row_edges, col_edges = _edges(size.rows, side), _edges(size.cols, side)
    cells = (len(row_edges) - 1, len(col_edges) - 1)
    wanted = round(recipe.validation_share * cells[0] * cells[1])
    if wanted < 2:
        return _one_strip(size, recipe, is_first=bool(rng.random() < 0.5))
    chosen = np.zeros(cells[0] * cells[1], bool)
    chosen[rng.permutation(chosen.size)[:wanted]] = True
    lines = tuple(tuple(line) for line in chosen.reshape(cells).tolist())
    return Ground(row_edges, col_edges, lines)


def candidates(
    size: Size, recipe: PatchRecipe, scene: int = 0, role: Role = "both"
) -> Iterator[tuple[Window, Split]]:
    """Yield windows with their split, in the order in which they are to be taken.

    Parameters
    ----------
    role : which splits the scene is for; all its ground belongs to one, or (`both`) it is parted
    """
    side = recipe.size_px
    if side > size.rows or side > size.cols:
        return
    ground = part_ground(size, recipe, scene) if role == "both" else _one_split(size, role)
    rng = np.random.default_rng([recipe.seed, 3, scene])
    corners = _random(size, recipe, rng) if _is_random(recipe) else _grid(size, recipe, rng)
    for row, col in corners:
        window = Window(row, col, side, side)
        split = ground.split_of(window)
        if split is not None:
            yield window, split


def quotas(recipe: PatchRecipe, count: int | None, role: Role = "both") -> dict[Split, int | None]:
    """Return how many patches each split takes at most; None: as many as there are."""
    if role != "both":
        return {"train": 0, "validation": 0, role: count}
    if count is None:
        return {"train": None, "validation": None}
    kept = round(count * recipe.validation_share)
    if recipe.validation_share > 0 and count > 1:
        kept = min(max(kept, 1), count - 1)
    return {"train": count - kept, "validation": kept}


def plan_positions(
    size: Size,
    recipe: PatchRecipe,
    valid_share: ValidShare | None = None,
    scene: int = 0,
    role: Role = "both",
) -> Positions:
    """Choose where to cut in one scene; `recipe.count` is for this scene.

    Parameters
    ----------
    valid_share : share of pixels with data in a window; None: all of them
    scene : number of the scene in its set; moves the random places
    role : which splits it is for
    """
    chosen: dict[Split, list[Window]] = {"train": [], "validation": []}
    left = quotas(recipe, recipe.count, role)
    for window, split in candidates(size, recipe, scene, role):
        if left[split] == len(chosen[split]):
            if all(left[name] == len(chosen[name]) for name in chosen):
                break
            continue
        if valid_share is None or valid_share(window) >= recipe.min_valid:
            chosen[split].append(window)
    return Positions(tuple(chosen["train"]), tuple(chosen["validation"]))


def shares(
    sizes: Sequence[Size], recipe: PatchRecipe, roles: Sequence[Role] = ()
) -> list[int | None]:
    """Return how many of `recipe.count` patches each scene gives, by its area.

    Parameters
    ----------
    roles : which splits each scene is for; none: each for both

    Raises
    ------
    InputError
        If no scene, or none of a split, has room for a patch.
    """
    if not roles:
        roles = ["both"] * len(sizes)
    side = recipe.size_px
    areas = [size.pixels if min(size.rows, size.cols) >= side else 0 for size in sizes]
    whole = quotas(recipe, recipe.count)
    counts: list[int | None] = [None] * len(sizes)
    for role in dict.fromkeys(roles):
        mine = [index for index, other in enumerate(roles) if other == role]
        total = sum(areas[index] for index in mine)
        if total == 0:
            kind = "" if role == "both" else f"{NOUNS[role]} "
            raise InputError(
                f"No {kind}scene has room for a patch of {side} px; choose a smaller side."
            )
        count = recipe.count if role == "both" else whole[role]
        if count is not None:
            ends = np.rint(np.cumsum([areas[index] for index in mine]) / total * count)
            for index, given in zip(mine, np.diff(ends.astype(int), prepend=0), strict=True):
                counts[index] = int(given)
    return counts


def _one_split(size: Size, split: Split) -> Ground:
    return Ground((0, size.rows), (0, size.cols), ((split == "validation",),))


def _is_random(recipe: PatchRecipe) -> bool:
    return recipe.stride_px is None and recipe.count is not None


def _grid(size: Size, recipe: PatchRecipe, rng: np.random.Generator) -> Iterator[tuple[int, int]]:
    step = recipe.stride_px or recipe.size_px
    across = (size.cols - recipe.size_px) // step + 1
    down = (size.rows - recipe.size_px) // step + 1
    order = range(down * across) if recipe.count is None else rng.permutation(down * across)
    for index in order:
        row, col = divmod(int(index), across)
        yield row * step, col * step


def _random(size: Size, recipe: PatchRecipe, rng: np.random.Generator) -> Iterator[tuple[int, int]]:
    """Yield different random corners: as many as there are, or 1000 for each patch asked for."""
    down, across = size.rows - recipe.size_px + 1, size.cols - recipe.size_px + 1
    tries = 1000 * (recipe.count or 1)
    if down * across <= tries:
        for index in rng.permutation(down * across):
            yield divmod(int(index), across)
        return
    seen: set[int] = set()
    for _ in range(tries):
        index = int(rng.integers(down * across))
        if index not in seen:
            seen.add(index)
            yield divmod(index, across)


def _edges(length: int, side: int) -> tuple[int, ...]:
    """Edges of equal pieces, at whole multiples of a patch, so that a tight grid loses none."""
    pieces = min(max(length // (CELL_PATCHES * side), 1), MOST_CELLS)
    step = length // side // pieces * side if length >= side else length
    return (*range(0, step * pieces, step), length)


def _one_strip(size: Size, recipe: PatchRecipe, is_first: bool) -> Ground:
    """Keep a strip at one end of the longer side: the scene is too small for rectangles."""
    length = max(size.rows, size.cols)
    side = recipe.size_px
    width = round(recipe.validation_share * length / side) * side
    width = min(max(width, side), length - side)
    return _strips(size, width, is_first)


def _strips(size: Size, width: int, is_first: bool) -> Ground:
    is_tall = size.rows >= size.cols
    length = size.rows if is_tall else size.cols
    border = width if is_first else length - width
    edges: tuple[int, ...] = (0, border, length) if width else (0, length)
    flags = (is_first, not is_first) if width else (False,)
    if is_tall:
        return Ground(edges, (0, size.cols), tuple((flag,) for flag in flags))
    return Ground((0, size.rows), edges, (flags,))


def _touched(edges: tuple[int, ...], start: int, end: int) -> slice:
    return slice(bisect_right(edges, start) - 1, bisect_left(edges, end))
