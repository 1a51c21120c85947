"""folder_contents: images in folders as the examples of a patch set."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from satstudio.core.errors import InputError
from satstudio.core.port import Role
from satstudio.core.progress import Progress
from satstudio.core.scaling import Scaling, ScalingKind
from satstudio.patches.dataset import Contents, Example, RoleContents, RoleImage
from satstudio.patches.folder.folder_groups import TARGET, Group, Lists, groups_of
from satstudio.patches.folder.folder_recipe import FolderRecipe
from satstudio.patches.folder.image_files import COLOURS, Flags, ImageFile, Pixels, check_alike
from satstudio.patches.folder.image_splits import image_splits
from satstudio.patches.folder.image_windows import data_range, range_scaling, type_range
from satstudio.patches.manifest import INPUT, Split
from satstudio.pixels.luminance import grey
from satstudio.pixels.resizing import resized
from satstudio.scenes.gdal.process import reader_kept

Placed = tuple[Group, Split]
"""Images that show the same, and the split that all patches of them are of."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """What will be read, in its order.

    Attributes
    ----------
    numbers : places of the files among the sources
    progress : of what is read before the examples
    """

    recipe: FolderRecipe
    placed: tuple[Placed, ...]
    numbers: Mapping[Path, int]
    progress: Progress


def folder_contents(root: Path, recipe: FolderRecipe, progress: Progress) -> Contents:
    """Say what the folders hold; no pixel is read but those that a range is found in.

    Raises
    ------
    InputError
        If a folder is missing or empty, or the images do not go together.
    SceneReadError
        If an image cannot be opened.
    """
    lists = groups_of(root, recipe, progress.part(0.0, 0.8))
    placed = tuple(place for groups in lists.groups for place in _placed(groups, recipe))
    for role in lists.roles:
        files = [group.files[role] for group, _ in placed if role in group.files]
        check_alike(files)
        _check_fit(files[0], recipe)
    files = list(dict.fromkeys(file for group, _ in placed for file in group.files.values()))
    numbers = {file.path: number for number, file in enumerate(files)}
    plan = _Plan(recipe, placed, numbers, progress.part(0.8, 1.0))
    return Contents(
        roles=_roles(plan, lists),
        sources=tuple(file.source for file in files),
        count=sum(group.count for group, _ in placed),
        examples=_examples(plan),
        remarks=lists.remarks,
    )


def _placed(groups: Sequence[Group], recipe: FolderRecipe) -> Iterator[Placed]:
    for group, split in zip(groups, image_splits(len(groups), recipe), strict=True):
        if split is not None:
            yield group, split


def _check_fit(image: ImageFile, recipe: FolderRecipe) -> None:
    if image.is_complex and recipe.fit == "resize":
        raise InputError(
            f"{image.path.name} holds complex samples, which cannot be resized; choose crop or "
            "tiles."
        )


def _roles(plan: _Plan, lists: Lists) -> dict[Role, RoleContents]:
    recipe = plan.recipe
    if recipe.kind == "colour":
        scaling = _scaling(plan, INPUT)
        return {
            INPUT: RoleContents(("grey",), recipe.size_px, scaling),
            TARGET: RoleContents(COLOURS, recipe.size_px, scaling),
        }
    return {role: _role(plan, role) for role in lists.roles}


def _role(plan: _Plan, role: Role) -> RoleContents:
    files = _files(plan, role)
    quantities = {file.quantity for file in files}
    ratio = plan.recipe.ratio if role == TARGET else 1
    return RoleContents(
        bands=files[0].names,
        size_px=plan.recipe.size_px * ratio,
        scaling=_scaling(plan, role),
        quantity=quantities.pop() if len(quantities) == 1 else "dn",
        is_complex=files[0].is_complex,
        ratio=str(ratio),
    )


def _files(plan: _Plan, role: Role) -> list[ImageFile]:
    return [group.files[role] for group, _ in plan.placed if role in group.files]


def _scaling(plan: _Plan, role: Role) -> Scaling | ScalingKind:
    """Return what makes the range of a role -1..1; of complex samples, their mean power 1."""
    first, chosen = _files(plan, role)[0], plan.recipe.scaling
    if first.is_complex:
        return "unit_power"
    limits = type_range(first.dtype)
    if chosen == "type" and limits is None:
        raise InputError(
            f"{first.path.name} holds {first.dtype}, which has no range of its own; choose the "
            "range of the data."
        )
    if limits is None or chosen == "data":
        learnt = [group for group, split in plan.placed if split == "train"]
        parts = [(g.files[role], g.windows[role]) for g in learnt if role in g.files]
        limits = data_range(plan.progress.over(parts, "Looking for the range"))
    return range_scaling(*limits)


def _examples(plan: _Plan) -> Iterator[Example]:
    with reader_kept():
        for group, split in plan.placed:
            for images in _patches(plan, group):
                yield Example(split, images, group.label)


def _patches(plan: _Plan, group: Group) -> Iterator[dict[Role, RoleImage]]:
    """Yield what belongs together, window by window."""
    recipe = plan.recipe
    streams = {role: file.read(group.windows[role]) for role, file in group.files.items()}
    for windows in group.together():
        images = {}
        for role, window in windows.items():
            side = recipe.size_px * (recipe.ratio if role == TARGET else 1)
            pixels, valid = _fitted(*next(streams[role]), side)
            place = (window.row, window.col, window.rows, window.cols)
            images[role] = RoleImage(pixels, plan.numbers[group.files[role].path], place, valid)
        yield _with_colour(images) if recipe.kind == "colour" else images


def _fitted(pixels: Pixels, valid: Flags, side: int) -> tuple[Pixels, Flags]:
    if pixels.shape[1:] == (side, side):
        return pixels, valid
    return resized(pixels, valid, (side, side))


def _with_colour(images: Mapping[Role, RoleImage]) -> dict[Role, RoleImage]:
    """Return the grey of a colour image as input, and itself as target."""
    colour = images[INPUT]
    level = RoleImage(grey(colour.pixels), colour.source, colour.window, colour.valid)
    return {INPUT: level, TARGET: colour}
