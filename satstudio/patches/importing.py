"""import_patches, make_patches: a data set's own files, or a seed, become a patch set."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.core.port import BoundPort, Role
from satstudio.core.progress import Progress
from satstudio.core.recipe import Recipe
from satstudio.core.version import VERSION
from satstudio.patches.dataset import DATASETS, Contents, RoleContents, RoleImage
from satstudio.patches.making import check_out, new_set, sample_to_fit
from satstudio.patches.manifest import (
    MANIFEST,
    SPLITS,
    Item,
    Manifest,
    Part,
    Split,
    common_spacing,
)
from satstudio.patches.shards import SHARD_BYTES, ShardWriter
from satstudio.pixels.scaling import fit_scaling

Dtype = Literal["complex64", "float32"]
Writers = Mapping[tuple[Role, Split], ShardWriter]


def import_patches(
    dataset: str,
    root: Path,
    choices: Mapping[str, Any],
    out: Path,
    progress: Progress,
    overwrite: bool = False,
) -> Path:
    """Read a data set into the new folder `out`; the memory of one shard.

    Parameters
    ----------
    dataset : name of a data set in DATASETS
    root : its folder, or a file of it
    choices : of the data set's own Recipe
    out : gets its name when it is whole
    overwrite : replace manifest and shards of a patch set that has this name already

    Raises
    ------
    ExistsError
        If something has this name, before and after the work.
    InputError
        If a file is missing, damaged or of another kind, or the choices do not fit.
    """
    if DATASETS[dataset].is_made:
        raise InputError(f"'{dataset}' is made from a seed and has no files: patches make.")
    return _imported(dataset, root, choices, out, progress, overwrite)


def make_patches(
    dataset: str,
    choices: Mapping[str, Any],
    out: Path,
    progress: Progress,
    overwrite: bool = False,
) -> Path:
    """Make a data set from its seed in the new folder `out`; else as `import_patches`."""
    if not DATASETS[dataset].is_made:
        made = ", ".join(name for name, info in DATASETS.items() if info.is_made)
        raise InputError(f"'{dataset}' is not made from a seed; there are: {made}.")
    return _imported(dataset, Path(), choices, out, progress, overwrite)


def _imported(
    dataset: str,
    root: Path,
    choices: Mapping[str, Any],
    out: Path,
    progress: Progress,
    overwrite: bool,
) -> Path:
    info = DATASETS[dataset]
    options = info.options.build(dict(choices), f"data set {dataset}")
    check_out(out, overwrite=overwrite)
    contents = info.open(root, options, progress.part(0.0, 0.1))
    with new_set(out, overwrite=overwrite) as folder:
        writers = _writers(contents, folder)
        items = _written(contents, writers, progress.part(0.1, 0.95))
        _check_training(contents, items, dataset if info.is_made else str(root))
        progress.report(0.97, "Fitting the scaling")
        _manifest(contents, folder, writers, items, (dataset, options)).save(folder / MANIFEST)
        options.save(folder / "recipe.toml")
    progress.report(1.0, "Patches made")
    return out


def _writers(contents: Contents, folder: Path) -> Writers:
    """Return a writer for each role and split; together they keep one shard in memory."""
    room = SHARD_BYTES // len(contents.roles)
    return {
        (role, split): ShardWriter(folder, split, _dtype(kind), room, role)
        for role, kind in contents.roles.items()
        for split in SPLITS
    }


def _written(contents: Contents, writers: Writers, progress: Progress) -> list[Item]:
    """Write all images; return their items in the order of the shards, train first."""
    items: dict[Split, list[Item]] = {split: [] for split in SPLITS}
    for done, example in enumerate(contents.examples):
        progress.report(min(done / contents.count, 1.0), "Reading images")
        frames = {role: example.frames(role) for role in example.images}
        seen = {role: _valid(images) for role, images in frames.items()}
        if not all(seen[role].any() or contents.roles[role].may_be_empty for role in seen):
            continue
        for role, images in frames.items():
            for image in images:
                writers[role, example.split].add(image.pixels, _valid([image]))
        item = Item(
            split=example.split,
            valid=_share(list(seen.values())),
            parts={role: _part(images) for role, images in frames.items()},
            label=example.label,
        )
        items[example.split].append(item)
    for writer in writers.values():
        writer.close()
    return [item for split in SPLITS for item in items[split]]


def _part(images: Sequence[RoleImage]) -> Part:
    dates = tuple(image.date for image in images) if all(image.date for image in images) else ()
    sources = tuple(image.source for image in images)
    return Part(sources=sources, window=images[0].window, dates=dates)


def _valid(images: Sequence[RoleImage]) -> npt.NDArray[np.bool_]:
    """Return which pixels have data in one of some frames at least."""
    shape = images[0].pixels.shape[1:]
    seen = np.zeros(shape, bool)
    for image in images:
        seen |= True if image.valid is None else image.valid
    return seen


def _share(masks: Sequence[npt.NDArray[np.bool_]]) -> float:
    """Return the share that has data in every role; of roles of several sizes the least."""
    if all(mask.shape == masks[0].shape for mask in masks):
        return float(np.logical_and.reduce(masks).mean())
    return min(float(mask.mean()) for mask in masks)


def _remarks(contents: Contents, items: list[Item]) -> tuple[str, ...]:
    """Return what is to be known of the import, with what had no data."""
    empty = contents.count - len(items)
    if not empty:
        return contents.remarks
    return (*contents.remarks, f"{empty} of {contents.count} patches have no data: left out.")


def _check_training(contents: Contents, items: list[Item], what: str) -> None:
    learnt = {role for item in items if item.split == "train" for role in item.parts}
    if missing := [role for role in contents.roles if role not in learnt]:
        of = f" of the role '{missing[0]}'" if len(contents.roles) > 1 else ""
        raise InputError(f"{what} gave no training image{of}; take fewer of them for validation.")


def _manifest(
    contents: Contents,
    folder: Path,
    writers: Writers,
    items: list[Item],
    chosen: tuple[str, Recipe],
) -> Manifest:
    dataset, options = chosen
    remarks = _remarks(contents, items)
    return Manifest(
        ports=tuple(
            _port(contents, role, items, folder, writers[role, "train"]) for role in contents.roles
        ),
        domain=contents.domain,
        seed=int(getattr(options, "seed", 0)),
        recipe={
            "dataset": dataset,
            **options.model_dump(mode="json"),
            **({"remarks": list(remarks)} if remarks else {}),
        },
        sources=contents.sources,
        items=tuple(items),
        shards=tuple(shard for writer in writers.values() for shard in writer.shards),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        version=VERSION,
    )


def _port(
    contents: Contents, role: Role, items: list[Item], folder: Path, writer: ShardWriter
) -> BoundPort:
    counts = [item.frames(role) for item in items if role in item.parts]
    kind = contents.roles[role]
    scaling = kind.scaling
    if isinstance(scaling, str):
        scaling = fit_scaling(scaling, sample_to_fit(folder, writer))
    return BoundPort(
        role=role,
        bands=kind.bands,
        quantity=kind.quantity,
        dtype=_dtype(kind),
        frames=(min(counts), max(counts)),
        ratio=kind.ratio,
        scaling=scaling,
        size_px=kind.size,
        pixel_size_m=common_spacing([source.spacing_m for source in contents.sources]),
    )


def _dtype(kind: RoleContents) -> Dtype:
    return "complex64" if kind.is_complex else "float32"
