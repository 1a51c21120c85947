"""plan_positions: where to cut: grid, random, masked; train and validation apart by ground.

The ground of a scene is divided into rectangles of a few patches a side; a share of them, chosen
by the seed, is kept for validation. A patch belongs to a split if it lies wholly on that split's
ground; what lies on both is not cut, so no training patch shares a pixel with a validation patch.
The division depends on the scene's size and the recipe alone: two polarisations or dates on one
grid are split alike. Where scenes of their own are named for validation, no ground is split.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, StringConstraints

from satstudio.core.errors import InputError
from satstudio.core.grid import Size, Window
from satstudio.core.port import Role
from satstudio.core.recipe import Recipe
from satstudio.patches.manifest import INPUT, NOUNS, Split, Use

CELL_PATCHES = 4
"""Side of a rectangle of ground, in patches."""

MOST_CELLS = 16
"""Most rectangles along a side."""


Pair = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}=.+$")]
"""ROLE=SCENE."""

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
        "others only; empty: the ground of each scene is split",
    )
    min_valid: float = Field(0.95, ge=0, le=1, title="Least share of valid pixels")
    scaling: Literal["auto", "log_amplitude", "paper_log", "linear", "range", "unit_power"] = Field(
        "auto",
        title="Scaling",
        description="auto: log_amplitude for complex, linear for real data; range: -1 to 1, which "
        "methods that translate images take of real data anyway",
    )
    white: bool = Field(
        False,
        title="Whiten and take out points",
        description="For despecklers, of complex scenes: each scene's spectrum is centred, "
        "flattened and cropped to the occupied band, and coherent points are taken out, as a "
        "despeckler's own whitening and points do it. Pixels are then a little larger",
    )
    bands: tuple[int, ...] = Field((), title="Bands", description="Counted from 0; empty: all")
    role: Role = Field(
        INPUT, title="Role", description="What the scenes are called in the patch set"
    )
    pairs: tuple[Pair, ...] = Field(
        (),
        title="Scenes beside them",
        description="ROLE=SCENE, on the ground of the scenes, with pixels of the same or of "
        "another size; of several scenes, those of a role in the scenes' order. Several a scene, "
        "or a stack, are a series",
    )
    series: bool = Field(
        False,
        title="A stack is a series",
        description="The dates of a stack are images one after the other, not bands",
    )
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
    size: Size, recipe: PatchRecipe, scene: int = 0, use: Use = "both", step: int = 1
) -> Iterator[tuple[Window, Split]]:
    """Yield windows with their split, in the order in which they are to be taken.

    Parameters
    ----------
    use : which splits the scene is for; all its ground belongs to one, or (`both`) it is split
    step : corners lie on multiples of it, as must the side and the stride
    """
    side = recipe.size_px
    if side > size.rows or side > size.cols:
        return
    ground = part_ground(size, recipe, scene) if use == "both" else _one_split(size, use)
    rng = np.random.default_rng([recipe.seed, 3, scene])
    corners = _random(size, recipe, rng, step) if _is_random(recipe) else _grid(size, recipe, rng)
    for row, col in corners:
        window = Window(row, col, side, side)
        split = ground.split_of(window)
        if split is not None:
            yield window, split


def quotas(recipe: PatchRecipe, count: int | None, use: Use = "both") -> dict[Split, int | None]:
    """Return how many patches each split takes at most; None: as many as there are."""
    if use != "both":
        return {"train": 0, "validation": 0, use: count}
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
    use: Use = "both",
    step: int = 1,
) -> Positions:
    """Choose where to cut in one scene; `recipe.count` is for this scene.

    Parameters
    ----------
    valid_share : share of pixels with data in a window; None: all of them
    scene : number of the scene in its set; moves the random places
    use : which splits it is for
    step : corners lie on multiples of it
    """
    chosen: dict[Split, list[Window]] = {"train": [], "validation": []}
    left = quotas(recipe, recipe.count, use)
    for window, split in candidates(size, recipe, scene, use, step):
        if left[split] == len(chosen[split]):
            if all(left[name] == len(chosen[name]) for name in chosen):
                break
            continue
        if valid_share is None or valid_share(window) >= recipe.min_valid:
            chosen[split].append(window)
    return Positions(tuple(chosen["train"]), tuple(chosen["validation"]))


def shares(
    sizes: Sequence[Size], recipe: PatchRecipe, uses: Sequence[Use] = ()
) -> list[int | None]:
    """Return how many of `recipe.count` patches each scene gives, by its area.

    Parameters
    ----------
    uses : which splits each scene is for; none: each for both

    Raises
    ------
    InputError
        If no scene, or none of a split, has room for a patch.
    """
    if not uses:
        uses = ["both"] * len(sizes)
    side = recipe.size_px
    areas = [size.pixels if min(size.rows, size.cols) >= side else 0 for size in sizes]
    whole = quotas(recipe, recipe.count)
    counts: list[int | None] = [None] * len(sizes)
    for use in dict.fromkeys(uses):
        mine = [index for index, other in enumerate(uses) if other == use]
        total = sum(areas[index] for index in mine)
        if total == 0:
            kind = "" if use == "both" else f"{NOUNS[use]} "
            raise InputError(
                f"No {kind}scene has room for a patch of {side} px; choose a smaller side."
            )
        count = recipe.count if use == "both" else whole[use]
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


def _random(
    size: Size, recipe: PatchRecipe, rng: np.random.Generator, step: int
) -> Iterator[tuple[int, int]]:
    """Yield different random corners: as many as there are, or 1000 for each patch asked for."""
    down, across = ((length - recipe.size_px) // step + 1 for length in (size.rows, size.cols))
    tries = 1000 * (recipe.count or 1)
    if down * across <= tries:
        for index in rng.permutation(down * across):
            row, col = divmod(int(index), across)
            yield row * step, col * step
        return
    seen: set[int] = set()
    for _ in range(tries):
        index = int(rng.integers(down * across))
        if index not in seen:
            seen.add(index)
            row, col = divmod(index, across)
            yield row * step, col * step


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
