"""PatchRecipe; cut_patches(scenes, recipe, out, progress)."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from satstudio.core.errors import InputError
from satstudio.core.grid import Size, Window
from satstudio.core.progress import Progress
from satstudio.core.quantity import Quantity, title_of
from satstudio.core.version import VERSION
from satstudio.patches.draw import Draw
from satstudio.patches.making import check_out, hash_file, new_set, sample_to_fit
from satstudio.patches.positions import PatchRecipe as PatchRecipe
from satstudio.patches.positions import Positions, candidates, plan_positions, quotas, shares
from satstudio.patches.read_patches import PatchReader
from satstudio.patches.roles import check_apart, with_roles
from satstudio.patches.store import (
    MANIFEST,
    SPLITS,
    Manifest,
    PatchEntry,
    PatchSource,
    Role,
    ShardWriter,
    Split,
)
from satstudio.pixels.scaling import Scaling, ScalingKind, fit_scaling
from satstudio.scenes.scene import Scene, open_scene
from satstudio.scenes.white import WhiteSource

PREVIEW_PX = 512
MOST_SHOWN = 20_000
LOGARITHMS = ("log_amplitude", "paper_log")


@dataclass(frozen=True, slots=True)
class _Work:
    """What is being cut, and where it goes."""

    scenes: tuple[Scene, ...]
    roles: tuple[Role, ...]
    recipe: PatchRecipe
    bands: tuple[int, ...]
    folder: Path
    writers: Mapping[Split, ShardWriter]


def cut_patches(
    scenes: Sequence[str | Path],
    recipe: PatchRecipe,
    out: Path,
    progress: Progress,
    overwrite: bool = False,
) -> Path:
    """Cut patches from scenes into the new folder `out`, in the memory of two shards.

    Parameters
    ----------
    scenes : addresses `PATH` or `PATH#IMAGE`; all complex or all real, with one number of bands;
        the recipe's validation scenes may be among them or not
    out : gets its name when it is whole
    overwrite : replace manifest and shards of a patch set that has this name already

    Raises
    ------
    ExistsError
        If something has this name, before and after the work.
    InputError
        If the scenes do not go together, or leave a split empty.
    SceneReadError
        If a scene cannot be read.
    """
    cast = with_roles(scenes, recipe)
    roles = tuple(role for _, role in cast)
    check_out(out, overwrite=overwrite)
    with ExitStack() as stack:
        opened = tuple(_opened(stack, name, recipe) for name, _ in cast)
        bands = _common_bands(opened, recipe)
        dtype = "complex64" if opened[0].is_complex else "float32"
        with new_set(out, overwrite=overwrite) as folder:
            writers = {split: ShardWriter(folder, split, dtype) for split in SPLITS}
            work = _Work(opened, roles, recipe, bands, folder, writers)
            _write_set(work, progress)
    return out


def preview_positions(
    scenes: Sequence[str | Path], recipe: PatchRecipe, most: int = MOST_SHOWN
) -> tuple[Positions, ...]:
    """Say where patches would lie in each scene, judging the valid share from a coarse reading.

    Parameters
    ----------
    most : places shown in a scene; of a denser grid a random choice

    Returns
    -------
    Of `scenes`, then of the recipe's validation scenes that are not among them.
    """
    cast = with_roles(scenes, recipe)
    roles = tuple(role for _, role in cast)
    with ExitStack() as stack:
        opened = [_opened(stack, name, recipe) for name, _ in cast]
        counts = shares([scene.grid.size for scene in opened], recipe, roles)
        return tuple(
            _on_scene(scene, _preview(scene, _for_preview(scene, recipe, count, most), index, role))
            if count != 0
            else Positions((), ())
            for index, (scene, count, role) in enumerate(zip(opened, counts, roles, strict=True))
        )


def _opened(stack: ExitStack, address: str | Path, recipe: PatchRecipe) -> Scene:
    """Open a scene, or its white samples where the recipe wants them."""
    scene = stack.enter_context(closing(open_scene(address)))
    if not recipe.white:
        return scene
    return WhiteSource(scene, whitening=True, points=True).as_scene()


def _on_scene(scene: Scene, places: Positions) -> Positions:
    """Return places as they lie on the scene itself, whose pixels may be finer than those cut."""
    if not isinstance(scene.source, WhiteSource):
        return places
    source = scene.source
    return Positions(
        tuple(map(source.on_scene, places.train)), tuple(map(source.on_scene, places.validation))
    )


def _for_preview(scene: Scene, recipe: PatchRecipe, count: int | None, most: int) -> PatchRecipe:
    if count is not None:
        return recipe.changed(count=min(count, most))
    step = recipe.stride_px or recipe.size_px
    size = scene.grid.size
    is_dense = (size.rows // step) * (size.cols // step) > most
    return recipe.changed(count=most, stride_px=step) if is_dense else recipe


def _preview(scene: Scene, recipe: PatchRecipe, index: int, role: Role) -> Positions:
    size = scene.grid.size
    step = max(-(-max(size.rows, size.cols) // PREVIEW_PX), 1)
    shape = Size(-(-size.rows // step), -(-size.cols // step))
    valid = scene.read(None, shape, recipe.bands[:1] or (0,)).valid
    to_row, to_col = shape.rows / size.rows, shape.cols / size.cols

    def valid_share(window: Window) -> float:
        top, left = int(window.row * to_row), int(window.col * to_col)
        bottom, right = int(window.end_row * to_row), int(window.end_col * to_col)
        return float(valid[top : max(bottom, top + 1), left : max(right, left + 1)].mean())

    return plan_positions(size, recipe, None if valid.all() else valid_share, index, role)


def _write_set(work: _Work, progress: Progress) -> None:
    entries: dict[Split, list[PatchEntry]] = {split: [] for split in SPLITS}
    sources = tuple(_sources(work, progress.part(0.0, 0.2)))
    check_apart(sources)
    counts = shares([scene.grid.size for scene in work.scenes], work.recipe, work.roles)
    for index, count in enumerate(counts):
        start, end = (0.2 + 0.75 * (index + step) / len(counts) for step in (0, 1))
        for entry in _cut_scene(work, index, count, progress.part(start, end)):
            entries[entry.split].append(entry)
    _check_splits(work, entries)
    for writer in work.writers.values():
        writer.close()
    progress.report(0.97, "Fitting the scaling")
    scaling = _fitted(work, progress)
    first = work.scenes[0]
    Manifest(
        bands=tuple(first.bands[band] for band in work.bands),
        dtype="complex64" if first.is_complex else "float32",
        size_px=work.recipe.size_px,
        is_complex=first.is_complex,
        quantity=_common_quantity(work.scenes),
        scaling=scaling,
        seed=work.recipe.seed,
        recipe=work.recipe.model_dump(mode="json"),
        sources=sources,
        patches=(*entries["train"], *entries["validation"]),
        shards=tuple(shard for split in SPLITS for shard in work.writers[split].shards),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        version=VERSION,
    ).save(work.folder / MANIFEST)
    work.recipe.save(work.folder / "recipe.toml")
    progress.report(1.0, "Patches cut")


def _cut_scene(
    work: _Work, index: int, count: int | None, progress: Progress
) -> Iterator[PatchEntry]:
    """Read candidates and keep those with data, in their order, until each split has its number."""
    scene, role, recipe = work.scenes[index], work.roles[index], work.recipe
    size, side = scene.grid.size, recipe.size_px
    whole = count or max(size.pixels // (recipe.stride_px or side) ** 2, 1)
    scoped = recipe if count is None else recipe.changed(count=max(count, 1))
    draw = Draw(candidates(size, scoped, index, role), quotas(recipe, count, role))
    reader = PatchReader(scene, work.bands, side, work.folder)
    most = reader.most(is_scattered=count is not None)
    while batch := draw.batch(most):
        part = progress.part(draw.taken / whole, min((draw.taken + len(batch)) / whole, 1.0))
        patches = reader.read([window for window, _ in batch], recipe.min_valid, part)
        for (window, split), patch in zip(batch, patches, strict=True):
            if draw.take(split, is_good=patch is not None) and patch is not None:
                work.writers[split].add(patch.pixels, patch.valid)
                place = (window.row, window.col, window.rows, window.cols)
                yield PatchEntry(source=index, window=place, split=split, valid=patch.share)


def _fitted(work: _Work, progress: Progress) -> Scaling:
    """Fit the scaling to training patches from all over the set."""
    progress.check()
    return fit_scaling(_kind(work), sample_to_fit(work.folder, work.writers["train"]))


def _kind(work: _Work) -> ScalingKind:
    kind: Literal["auto"] | ScalingKind = work.recipe.scaling
    if kind in LOGARITHMS and _common_quantity(work.scenes) == "db":
        raise InputError(f"Decibels are logarithms already; take 'linear' instead of '{kind}'.")
    if kind != "auto":
        return kind
    return "log_amplitude" if work.scenes[0].is_complex else "linear"


def _check_splits(work: _Work, entries: Mapping[Split, Sequence[PatchEntry]]) -> None:
    recipe = work.recipe
    kept = [
        scene.name for scene, role in zip(work.scenes, work.roles, strict=True) if role != "train"
    ]
    learnt = [
        scene.name
        for scene, role in zip(work.scenes, work.roles, strict=True)
        if role != "validation"
    ]
    if not entries["train"]:
        raise InputError(
            f"No training patch of {recipe.size_px} px in {', '.join(learnt)} has "
            f"{recipe.min_valid:.0%} of valid pixels; choose smaller patches or a smaller least "
            "share."
        )
    if entries["validation"] or recipe.count == 1:
        return
    if recipe.validation_scenes:
        raise InputError(
            f"{', '.join(kept)} gave no validation patch of {recipe.size_px} px with "
            f"{recipe.min_valid:.0%} of valid pixels; choose a larger share for validation, "
            "smaller patches or another scene."
        )
    if recipe.validation_share > 0:
        raise InputError(
            f"No ground of {', '.join(kept)} is left for validation patches of {recipe.size_px} "
            "px; choose smaller patches, a larger validation share, or 0 for none."
        )


def _common_quantity(scenes: Sequence[Scene]) -> Quantity:
    """Return what all scenes hold; a plain number where one does not say it.

    Raises
    ------
    InputError
        If two hold different things: a network would take one for the other.
    """
    known = {scene.quantity: scene.name for scene in scenes}
    said = [quantity for quantity in known if quantity != "dn"]
    if len(said) > 1:
        one, other = said[:2]
        raise InputError(
            f"{known[one]} holds {title_of(one)}, {known[other]} {title_of(other)}; cut scenes of "
            "one quantity, or say what they hold with '#quantity=...'."
        )
    return "dn" if "dn" in known else said[0]


def _common_bands(scenes: Sequence[Scene], recipe: PatchRecipe) -> tuple[int, ...]:
    first = scenes[0]
    for scene in scenes[1:]:
        if scene.is_complex != first.is_complex:
            raise InputError(f"{scene.name} and {first.name}: one is complex, the other is not.")
        if not recipe.bands and len(scene.bands) != len(first.bands):
            raise InputError(
                f"{scene.name} has {len(scene.bands)} bands, {first.name} {len(first.bands)}; "
                "choose the bands to cut."
            )
    _common_quantity(scenes)
    bands = recipe.bands or tuple(range(len(first.bands)))
    for scene in scenes:
        if not all(0 <= band < len(scene.bands) for band in bands):
            raise InputError(f"{scene.name} has bands 0 to {len(scene.bands) - 1}, not {bands}.")
    return bands


def _sources(work: _Work, progress: Progress) -> Iterator[PatchSource]:
    hashes: dict[Path, str] = {}
    for done, (scene, role) in enumerate(zip(work.scenes, work.roles, strict=True)):
        progress.report(done / len(work.scenes), f"Reading {scene.name}")
        yield PatchSource(
            address=scene.address,
            sha256=_sha256(scene, hashes, progress),
            rows=scene.grid.size.rows,
            cols=scene.grid.size.cols,
            driver=scene.driver,
            spacing_m=scene.grid.spacing_m,
            role=role,
        )


def _sha256(scene: Scene, hashes: dict[Path, str], progress: Progress) -> str:
    """Hash the file of a scene; of several files, the list of their names and hashes."""
    files = tuple(getattr(scene.source, "files", ())) or (scene.path,)
    for path in files:
        if path not in hashes:
            hashes[path] = hash_file(path, progress)
    if len(files) == 1:
        return hashes[files[0]]
    lines = [f"{hashes[path]}  {path.name}\n" for path in files]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
