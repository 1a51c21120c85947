"""groups_of: which images of the folders show the same, what was left out, by kind of folder."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from satstudio.core.errors import InputError
from satstudio.core.grid import Window
from satstudio.core.port import Role
from satstudio.core.progress import Progress
from satstudio.patches.folder.folder_recipe import FolderRecipe, Kind
from satstudio.patches.folder.image_files import (
    COLOURS,
    FolderFiles,
    ImageFile,
    described,
    files_in,
    named,
)
from satstudio.patches.folder.image_windows import partner_windows, windows_of
from satstudio.patches.manifest import INPUT

TARGET = "target"
MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class Group:
    """Images that show the same: one, or an input and its target.

    Attributes
    ----------
    windows : of each, as many; what stands at one place belongs together
    label : their class
    """

    files: Mapping[Role, ImageFile]
    windows: Mapping[Role, Sequence[Window]]
    label: str = ""

    @property
    def count(self) -> int:
        """How many patches it gives."""
        return len(next(iter(self.windows.values())))

    def together(self) -> Iterator[dict[Role, Window]]:
        """Yield the windows that belong together."""
        for windows in zip(*self.windows.values(), strict=True):
            yield dict(zip(self.windows, windows, strict=True))


@dataclass(frozen=True, slots=True)
class Lists:
    """All groups; each list is split for itself.

    Attributes
    ----------
    roles : of the files, the first one first
    """

    groups: tuple[tuple[Group, ...], ...]
    roles: tuple[Role, ...]
    remarks: tuple[str, ...]


def groups_of(root: Path, recipe: FolderRecipe, progress: Progress) -> Lists:
    """Find the images of a kind of folder.

    Raises
    ------
    InputError
        If a folder is missing or holds none, or partners are missing.
    """
    found = _FINDERS[recipe.kind](root, recipe, progress)
    if not all(found.groups):
        raise InputError(f"{root} gave no image. {' '.join(found.remarks)}".strip())
    return found


def _colour(root: Path, recipe: FolderRecipe, progress: Progress) -> Lists:
    files, remarks = _listed(root)
    images = described(files.images, progress)
    for image in images:
        if image.count not in (1, len(COLOURS)):
            raise InputError(
                f"{image.path} has {image.count} bands; a colour image has red, green and blue. "
                "For others choose the kind images or pairs."
            )
    grey = [image.path for image in images if image.count == 1]
    remarks += _left_out(grey, "grey, without a colour to learn")
    return _single_role([image for image in images if image.count > 1], recipe, remarks)


def _images(root: Path, recipe: FolderRecipe, progress: Progress) -> Lists:
    files, remarks = _listed(root)
    return _single_role(described(files.images, progress), recipe, remarks)


def _classes(root: Path, recipe: FolderRecipe, progress: Progress) -> Lists:
    files = files_in(root)
    folders = [folder for folder in files.folders if folder.name[0] != "."]
    if not folders:
        raise InputError(f"{root} holds no subfolders; for classes, each has one of its own.")
    remarks = _left_out((*files.images, *files.others), "in no class")
    images: list[ImageFile] = []
    labels: dict[Path, str] = {}
    for number, folder in enumerate(folders):
        inside, more = _listed(folder)
        part = progress.part(number / len(folders), (number + 1) / len(folders))
        found = described(inside.images, part)
        remarks += more
        images += found
        labels |= {image.path: folder.name for image in found}
    _check_classes(images, labels)
    return _single_role(images, recipe, remarks, labels)


def _unpaired(root: Path, recipe: FolderRecipe, progress: Progress) -> Lists:
    lists: list[tuple[Group, ...]] = []
    remarks: tuple[str, ...] = ()
    for number, (role, folder) in enumerate(_two(root, recipe).items()):
        files, more = _listed(folder)
        images = described(files.images, progress.part(number / 2, (number + 1) / 2))
        found = _single_role(images, recipe, more, role=role)
        if not found.groups[0]:
            raise InputError(f"{folder} gave no image. {' '.join(found.remarks)}".strip())
        lists.append(found.groups[0])
        remarks += found.remarks
    return Lists(tuple(lists), (INPUT, TARGET), remarks)


def _pairs(root: Path, recipe: FolderRecipe, progress: Progress) -> Lists:
    named_files: dict[Role, dict[str, Path]] = {}
    remarks: tuple[str, ...] = ()
    for role, folder in _two(root, recipe).items():
        files, more = _listed(folder)
        named_files[role] = _by_stem(folder, files.images)
        remarks += more
    inputs, targets = named_files[INPUT], named_files[TARGET]
    _check_partners(inputs, targets)
    ones = described(list(inputs.values()), progress.part(0, 0.5))
    others = described([targets[stem] for stem in inputs], progress.part(0.5, 1))
    groups, small = [], []
    for one, other in zip(ones, others, strict=True):
        windows = windows_of(one.size, recipe.fit, recipe.size_px)
        theirs = partner_windows(one, other, recipe)
        if windows:
            groups.append(Group({INPUT: one, TARGET: other}, {INPUT: windows, TARGET: theirs}))
        else:
            small.append(one.path)
    remarks += _left_out(small, f"smaller than {recipe.size_px} px")
    remarks += _enlarged([group.files[INPUT] for group in groups], recipe)
    return Lists((tuple(groups),), (INPUT, TARGET), remarks)


_FINDERS: Mapping[Kind, Callable[[Path, FolderRecipe, Progress], Lists]] = {
    "colour": _colour,
    "images": _images,
    "classes": _classes,
    "unpaired": _unpaired,
    "pairs": _pairs,
}


def _single_role(
    images: Sequence[ImageFile],
    recipe: FolderRecipe,
    remarks: tuple[str, ...],
    labels: Mapping[Path, str] | None = None,
    role: Role = INPUT,
) -> Lists:
    """Return groups of one image each; of equal files the first."""
    first: dict[str, Path] = {}
    for image in images:
        first.setdefault(image.sha256, image.path)
    repeated = [image.path for image in images if first[image.sha256] != image.path]
    once = [image for image in images if first[image.sha256] == image.path]
    groups, small = [], []
    for image in once:
        windows = windows_of(image.size, recipe.fit, recipe.size_px)
        if windows:
            groups.append(Group({role: image}, {role: windows}, (labels or {}).get(image.path, "")))
        else:
            small.append(image.path)
    remarks += _left_out(repeated, "equal to another image")
    remarks += _left_out(small, f"smaller than {recipe.size_px} px")
    remarks += _enlarged([group.files[role] for group in groups], recipe)
    return Lists((tuple(groups),), (role,), remarks)


def _listed(folder: Path) -> tuple[FolderFiles, tuple[str, ...]]:
    """Return the files of a folder with images, and remarks on what else lies there."""
    files = files_in(folder)
    if not files.images:
        raise InputError(
            f"{folder} holds no images: no file of the kinds .tif, .png, .jpg, .fits and the like."
        )
    remarks = _left_out(files.others, "no images")
    return files, (*remarks, *_left_out(files.folders, "folders, not looked into"))


def _two(root: Path, recipe: FolderRecipe) -> dict[Role, Path]:
    target = recipe.target or root
    if target.is_dir() and root.is_dir() and target.samefile(root):
        raise InputError(f"{root} cannot hold both inputs and targets; choose two folders.")
    return {INPUT: root, TARGET: target}


def _by_stem(folder: Path, paths: Sequence[Path]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in paths:
        if path.stem in found:
            raise InputError(
                f"{folder} holds {found[path.stem].name} and {path.name}: two images of one name; "
                "take one out."
            )
        found[path.stem] = path
    return found


def _check_partners(inputs: Mapping[str, Path], targets: Mapping[str, Path]) -> None:
    lonely = [inputs[stem] for stem in inputs if stem not in targets]
    lonely += [targets[stem] for stem in targets if stem not in inputs]
    if lonely:
        names = ", ".join(f"{path.parent.name}/{path.name}" for path in lonely[:MOST_NAMED])
        more = f" and {len(lonely) - MOST_NAMED} more" if len(lonely) > MOST_NAMED else ""
        raise InputError(
            f"Without a partner of their name in the other folder: {names}{more}; give each one, "
            "or take them out."
        )


def _check_classes(images: Sequence[ImageFile], labels: Mapping[Path, str]) -> None:
    seen: dict[str, Path] = {}
    for image in images:
        other = seen.setdefault(image.sha256, image.path)
        if labels[other] != labels[image.path]:
            raise InputError(
                f"{image.path} is the same image as {labels[other]}/{other.name}, of another "
                "class; take one out."
            )


def _left_out(paths: Sequence[Path], why: str) -> tuple[str, ...]:
    if not paths:
        return ()
    return (f"{paths[0].parent.name}: {len(paths)} left out, {why}: {named(paths)}",)


def _enlarged(images: Sequence[ImageFile], recipe: FolderRecipe) -> tuple[str, ...]:
    small = [i.path for i in images if min(i.size.rows, i.size.cols) < recipe.size_px]
    if recipe.fit != "resize" or not small:
        return ()
    return (f"{small[0].parent.name}: {len(small)} enlarged, too small: {named(small)}",)
