"""PatchRecipe; cut_patches(scenes, recipe, out, progress)."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from satstudio.core.errors import InputError
from satstudio.core.grid import Size, Window
from satstudio.core.port import BoundPort, Role
from satstudio.core.progress import Progress
from satstudio.core.scaling import ScalingKind
from satstudio.core.version import VERSION
from satstudio.patches.draw import Draw
from satstudio.patches.making import check_out, new_set, sample_to_fit
from satstudio.patches.manifest import (
    MANIFEST,
    SPLITS,
    Item,
    Manifest,
    PatchSource,
    Split,
    Use,
    common_spacing,
)
from satstudio.patches.positions import PatchRecipe as PatchRecipe
from satstudio.patches.positions import Positions, candidates, plan_positions, quotas, shares
from satstudio.patches.reading.read_site import SiteReader
from satstudio.patches.shards import ShardWriter
from satstudio.patches.sites import Site, on_scene, open_sites, quantity_of, scenes_of
from satstudio.patches.sources import describe_sources
from satstudio.patches.uses import check_apart
from satstudio.pixels.scaling import fit_scaling

PREVIEW_PX = 512
MOST_SHOWN = 20_000
LOGARITHMS = ("log_amplitude", "paper_log")


@dataclass(frozen=True, slots=True)
class _Work:
    """What is being cut, and where it goes.

    Attributes
    ----------
    sources : number of each scene of a site among all, by site, role and frame
    """

    sites: tuple[Site, ...]
    recipe: PatchRecipe
    folder: Path
    writers: Mapping[tuple[Role, Split], ShardWriter]
    sources: Mapping[tuple[int, Role], tuple[int, ...]]

    @property
    def roles(self) -> tuple[Role, ...]:
        return tuple(self.sites[0].roles)


def cut_patches(
    scenes: Sequence[str | Path],
    recipe: PatchRecipe,
    out: Path,
    progress: Progress,
    overwrite: bool = False,
) -> Path:
    """Cut patches from scenes into the new folder `out`, in the memory of a few shards.

    Parameters
    ----------
    scenes : addresses `PATH` or `PATH#IMAGE`; all complex or all real, with one number of bands;
        the recipe's validation scenes may be among them or not. Its pairs lie beside them
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
    check_out(out, overwrite=overwrite)
    with ExitStack() as stack:
        sites = open_sites(stack, scenes, recipe)
        with new_set(out, overwrite=overwrite) as folder:
            writers = {
                (role, split): ShardWriter(folder, split, _dtype(sites, role), role=role)
                for role in sites[0].roles
                for split in SPLITS
            }
            _write_set(_Work(sites, recipe, folder, writers, _numbers(sites)), progress)
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
    with ExitStack() as stack:
        sites = open_sites(stack, scenes, recipe)
        counts = _shares(sites, recipe)
        return tuple(
            _preview(site, _for_preview(site, recipe, count, most), index)
            if count != 0
            else Positions((), ())
            for index, (site, count) in enumerate(zip(sites, counts, strict=True))
        )


def _numbers(sites: Sequence[Site]) -> dict[tuple[int, Role], tuple[int, ...]]:
    """Return the numbers of all scenes, role by role and site by site."""
    found: dict[tuple[int, Role], tuple[int, ...]] = {}
    start = 0
    for role in sites[0].roles:
        for index, site in enumerate(sites):
            count = len(site.roles[role].scenes)
            found[index, role] = tuple(range(start, start + count))
            start += count
    return found


def _dtype(sites: Sequence[Site], role: Role) -> str:
    return "complex64" if scenes_of(sites, role)[0].is_complex else "float32"


def _shares(sites: Sequence[Site], recipe: PatchRecipe) -> list[int | None]:
    uses: list[Use] = [site.use for site in sites]
    return shares([site.lattice.area.size for site in sites], recipe, uses)


def _for_preview(site: Site, recipe: PatchRecipe, count: int | None, most: int) -> PatchRecipe:
    if count is not None:
        return recipe.changed(count=min(count, most))
    step = recipe.stride_px or recipe.size_px
    size = site.lattice.area.size
    is_dense = (size.rows // step) * (size.cols // step) > most
    return recipe.changed(count=most, stride_px=step) if is_dense else recipe


def _preview(site: Site, recipe: PatchRecipe, index: int) -> Positions:
    scene, area = site.first, site.lattice.area
    size = scene.grid.size
    step = max(-(-max(size.rows, size.cols) // PREVIEW_PX), 1)
    shape = Size(-(-size.rows // step), -(-size.cols // step))
    valid = scene.read(None, shape, recipe.bands[:1] or (0,)).valid
    to_row, to_col = shape.rows / size.rows, shape.cols / size.cols

    def valid_share(window: Window) -> float:
        here = window.moved(area.row, area.col)
        top, left = int(here.row * to_row), int(here.col * to_col)
        bottom, right = int(here.end_row * to_row), int(here.end_col * to_col)
        return float(valid[top : max(bottom, top + 1), left : max(right, left + 1)].mean())

    share = None if valid.all() else valid_share
    found = plan_positions(area.size, recipe, share, index, site.use, site.lattice.step)
    moved = on_scene(site)
    return Positions(tuple(map(moved, found.train)), tuple(map(moved, found.validation)))


def _write_set(work: _Work, progress: Progress) -> None:
    items: dict[Split, list[Item]] = {split: [] for split in SPLITS}
    sources = tuple(describe_sources(work.sites, progress.part(0.0, 0.2)))
    check_apart(sources)
    counts = _shares(work.sites, work.recipe)
    for index, count in enumerate(counts):
        start, end = (0.2 + 0.75 * (index + step) / len(counts) for step in (0, 1))
        for item in _cut_site(work, index, count, progress.part(start, end)):
            items[item.split].append(item)
    _check_splits(work, items)
    for writer in work.writers.values():
        writer.close()
    progress.report(0.97, "Fitting the scaling")
    everything = (*items["train"], *items["validation"])
    ports = []
    for role in work.roles:
        progress.check()
        ports.append(_port(work, role, everything, sources))
    Manifest(
        ports=tuple(ports),
        seed=work.recipe.seed,
        recipe=work.recipe.model_dump(mode="json"),
        sources=sources,
        items=everything,
        shards=tuple(shard for writer in work.writers.values() for shard in writer.shards),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        version=VERSION,
    ).save(work.folder / MANIFEST)
    work.recipe.save(work.folder / "recipe.toml")
    progress.report(1.0, "Patches cut")


def _cut_site(work: _Work, index: int, count: int | None, progress: Progress) -> Iterator[Item]:
    """Read candidates and keep those with data, in their order, until each split has its number."""
    site, recipe = work.sites[index], work.recipe
    area, side = site.lattice.area, recipe.size_px
    whole = count or max(area.size.pixels // (recipe.stride_px or side) ** 2, 1)
    scoped = recipe if count is None else recipe.changed(count=max(count, 1))
    found = candidates(area.size, scoped, index, site.use, site.lattice.step)
    draw = Draw(found, quotas(recipe, count, site.use))
    reader = SiteReader(site, side, work.folder)
    most = reader.most(is_scattered=count is not None)
    while batch := draw.batch(most):
        part = progress.part(draw.taken / whole, min((draw.taken + len(batch)) / whole, 1.0))
        windows = [window.moved(area.row, area.col) for window, _ in batch]
        examples = reader.read(windows, recipe.min_valid, part)
        for (_, split), example in zip(batch, examples, strict=True):
            if draw.take(split, is_good=example is not None) and example is not None:
                for role, patches in example.patches.items():
                    for patch in patches:
                        work.writers[role, split].add(patch.pixels, patch.valid)
                numbers = {role: work.sources[index, role] for role in work.roles}
                yield Item(split=split, valid=example.share, parts=example.parts(numbers))


def _port(
    work: _Work, role: Role, items: Sequence[Item], sources: Sequence[PatchSource]
) -> BoundPort:
    """Return what was cut of a role, its scaling fitted to patches from all over the set."""
    scenes, frames = scenes_of(work.sites, role), work.sites[0].roles[role]
    ratio = frames.placed.ratio
    counts = [item.frames(role) for item in items]
    side = int(work.recipe.size_px * ratio)
    mine = {
        number for (_, name), listed in work.sources.items() if name == role for number in listed
    }
    spacings = {sources[number].spacing_m for number in mine}
    sample = sample_to_fit(work.folder, work.writers[role, "train"])
    return BoundPort(
        role=role,
        bands=tuple(scenes[0].bands[band] for band in frames.bands),
        quantity=quantity_of(work.sites, role),
        dtype="complex64" if np.iscomplexobj(sample) else "float32",
        frames=(min(counts), max(counts)),
        ratio=str(ratio),
        scaling=fit_scaling(_kind(work, role), sample),
        size_px=(side, side),
        pixel_size_m=common_spacing(spacings),
    )


def _kind(work: _Work, role: Role) -> ScalingKind:
    """Return the kind that the recipe wants of the scenes; of others what suits them."""
    kind = work.recipe.scaling if role == work.recipe.role else "auto"
    if kind in LOGARITHMS and quantity_of(work.sites, role) == "db":
        raise InputError(f"Decibels are logarithms already; take 'linear' instead of '{kind}'.")
    if kind != "auto":
        return kind
    return "log_amplitude" if scenes_of(work.sites, role)[0].is_complex else "linear"


def _check_splits(work: _Work, items: Mapping[Split, Sequence[Item]]) -> None:
    recipe = work.recipe
    kept = [site.first.name for site in work.sites if site.use != "train"]
    learnt = [site.first.name for site in work.sites if site.use != "validation"]
    if not items["train"]:
        raise InputError(
            f"No training patch of {recipe.size_px} px in {', '.join(learnt)} has "
            f"{recipe.min_valid:.0%} of valid pixels; choose smaller patches or a smaller least "
            "share."
        )
    if items["validation"] or recipe.count == 1:
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
