"""import_patches: a data set's own files become a patch set."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np

from satstudio.core.errors import InputError
from satstudio.core.progress import Progress
from satstudio.core.version import VERSION
from satstudio.patches.dataset import DATASETS, Contents
from satstudio.patches.making import check_out, new_set, sample_to_fit
from satstudio.patches.store import MANIFEST, SPLITS, Manifest, PatchEntry, ShardWriter, Split
from satstudio.pixels.scaling import Scaling, fit_scaling

Dtype = Literal["complex64", "float32"]


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
    info = DATASETS[dataset]
    options = info.options.build(dict(choices), f"data set {dataset}")
    check_out(out, overwrite=overwrite)
    contents = info.open(root, options, progress.part(0.0, 0.1))
    with new_set(out, overwrite=overwrite) as folder:
        dtype: Dtype = "complex64" if contents.is_complex else "float32"
        writers = {split: ShardWriter(folder, split, dtype) for split in SPLITS}
        entries = _written(contents, writers, progress.part(0.1, 0.95))
        if not entries["train"]:
            raise InputError(f"{root} gave no training image; take fewer of them for validation.")
        progress.report(0.97, "Fitting the scaling")
        Manifest(
            bands=contents.bands,
            dtype=dtype,
            size_px=contents.size_px,
            is_complex=contents.is_complex,
            quantity=contents.quantity,
            domain=contents.domain,
            scaling=_scaling(contents, folder, writers["train"]),
            seed=int(getattr(options, "seed", 0)),
            recipe={"dataset": dataset, **options.model_dump(mode="json")},
            sources=contents.sources,
            patches=(*entries["train"], *entries["validation"]),
            shards=tuple(shard for split in SPLITS for shard in writers[split].shards),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            version=VERSION,
        ).save(folder / MANIFEST)
        options.save(folder / "recipe.toml")
    progress.report(1.0, "Patches made")
    return out


def _written(
    contents: Contents, writers: Mapping[Split, ShardWriter], progress: Progress
) -> dict[Split, list[PatchEntry]]:
    entries: dict[Split, list[PatchEntry]] = {split: [] for split in SPLITS}
    has_data = np.ones((contents.size_px, contents.size_px), bool)
    for done, single in enumerate(contents.singles):
        progress.report(done / contents.count, "Reading images")
        writers[single.split].add(single.pixels, has_data)
        entry = PatchEntry(source=single.source, window=single.window, split=single.split)
        entries[single.split].append(entry)
    for writer in writers.values():
        writer.close()
    return entries


def _scaling(contents: Contents, folder: Path, writer: ShardWriter) -> Scaling:
    if isinstance(contents.scaling, Scaling):
        return contents.scaling
    return fit_scaling(contents.scaling, sample_to_fit(folder, writer))
