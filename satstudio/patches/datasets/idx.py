"""MNIST-like IDX files, as pixels or as centred Fourier spectra."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from satstudio.core.errors import InputError
from satstudio.core.progress import Progress
from satstudio.core.recipe import Recipe
from satstudio.core.scaling import Scaling, ScalingKind
from satstudio.patches.dataset import DATASETS, Contents, Dataset, Example, RoleContents
from satstudio.patches.idx_file import Bytes, IdxFile, images_of, read_header
from satstudio.patches.making import hash_file
from satstudio.patches.manifest import INPUT, PatchSource, Split
from satstudio.pixels.spectral.fourier import Domain, centred_spectrum, padded

TRAIN_NAME = re.compile(r"train-images[.-]idx3-ubyte(\.gz)?$")
TEST_NAME = re.compile(r"(t10k|test)-images[.-]idx3-ubyte(\.gz)?$")


class IdxRecipe(Recipe):
    """How IDX files become patches."""

    domain: Domain = Field(
        "image",
        title="Patches are",
        description="image: pixels / 255; fourier: their centred, unitary spectrum, complex",
        json_schema_extra={"shown": {"image": "pixels", "fourier": "centred Fourier spectra"}},
    )
    size_px: int = Field(
        32, ge=8, le=2048, title="Patch side (px)", description="Images lie in the middle of zeros"
    )
    test: Path | None = Field(
        None,
        title="Validation file",
        description="Empty: the folder's test images where it has them, else a share",
    )
    validation_share: float = Field(
        0.2,
        ge=0,
        lt=1,
        title="Share of the images kept for validation",
        description="Where there is no validation file",
    )
    count: int | None = Field(
        None,
        ge=1,
        title="Most images",
        description="Of each file, chosen by the seed; empty: all",
        json_schema_extra={"placeholder": "all"},
    )
    scaling: Literal["auto", "plain", "unit_power", "linear"] = Field(
        "auto",
        title="Scaling",
        description="plain: the network sees the values as they are; auto: plain for spectra, "
        "linear (mean 0, standard deviation 1) for pixels",
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, title="Seed")


def prepared(image: Bytes, options: IdxRecipe) -> npt.NDArray[Any]:
    """Return an image (rows, cols) as a patch (1, size, size)."""
    pixels = padded(image[np.newaxis].astype(np.float32) / np.float32(255), options.size_px)
    return centred_spectrum(pixels) if options.domain == "fourier" else pixels


def _open_dataset(root: Path, options: IdxRecipe, progress: Progress) -> Contents:
    files = [read_header(path) for path in _found(root, options.test)]
    _check_files(files, options)
    splits = _split(files, options)
    is_fourier = options.domain == "fourier"
    sources = [
        PatchSource(
            address=str(file.path),
            sha256=hash_file(file.path, progress),
            rows=file.count * file.rows,
            cols=file.cols,
            driver="IDX",
            use=("train", "validation")[number] if len(files) == 2 else "both",
        )
        for number, file in enumerate(progress.over(files, "Reading files"))
    ]
    return Contents(
        roles={
            INPUT: RoleContents(
                bands=("grey",),
                size_px=options.size_px,
                scaling=_scaling(options),
                quantity="complex" if is_fourier else "dn",
                is_complex=is_fourier,
            )
        },
        sources=tuple(sources),
        count=sum(int(chosen.sum()) for parts in splits for chosen in parts.values()),
        examples=_examples(files, splits, options),
        domain=options.domain,
    )


def _found(root: Path, test: Path | None) -> list[Path]:
    """Return the file of training images and, where there is one, that of the validation."""
    if not root.exists():
        raise InputError(f"There is no {root}; name an IDX file, or a folder that holds some.")
    if root.is_file():
        return [root] if test is None else [root, test]
    names = sorted(path.name for path in root.iterdir())
    train = _one_of(root, [name for name in names if TRAIN_NAME.search(name)])
    if train is None:
        raise InputError(
            f"{root} holds no IDX file of training images (train-images-idx3-ubyte, also .gz); "
            "name the file itself."
        )
    held_out = test or _one_of(root, [name for name in names if TEST_NAME.search(name)])
    return [train] if held_out is None else [train, held_out]


def _one_of(root: Path, names: Sequence[str]) -> Path | None:
    """Return the only file of these names; the plain one where it lies there packed too."""
    plain = sorted({name.removesuffix(".gz") for name in names})
    if len(plain) > 1:
        raise InputError(f"{root} holds several sets: {', '.join(plain)}; name one of the files.")
    return root / sorted(names, key=len)[0] if names else None


def _check_files(files: Sequence[IdxFile], options: IdxRecipe) -> None:
    first, last = files[0], files[-1]
    if len(files) > 1 and first.path.samefile(last.path):
        raise InputError(
            f"{first.path} is to be both for training and for validation; name another file for "
            "validation, or none: then a share of the images is kept."
        )
    for file in files:
        if (file.rows, file.cols) != (first.rows, first.cols):
            raise InputError(
                f"{file.path} holds images of {file.rows} x {file.cols} px, {first.path.name} of "
                f"{first.rows} x {first.cols}; choose files that go together."
            )
    if max(first.rows, first.cols) > options.size_px:
        raise InputError(
            f"{first.path} holds images of {first.rows} x {first.cols} px, which do not fit in "
            f"patches of {options.size_px} px; choose a larger side."
        )


Chosen = dict[Split, npt.NDArray[np.bool_]]


def _split(files: Sequence[IdxFile], options: IdxRecipe) -> list[Chosen]:
    """Say for each file which images go to which split."""
    random = np.random.default_rng(options.seed)
    orders = [random.permutation(file.count)[: options.count] for file in files]
    if len(files) == 2:
        names: tuple[Split, Split] = ("train", "validation")
        together = zip(names, files, orders, strict=True)
        return [{name: _marked(file, order)} for name, file, order in together]
    held_out = round(options.validation_share * len(orders[0]))
    return [
        {
            "train": _marked(files[0], orders[0][held_out:]),
            "validation": _marked(files[0], orders[0][:held_out]),
        }
    ]


def _marked(file: IdxFile, indices: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    marks = np.zeros(file.count, bool)
    marks[indices] = True
    return marks


def _examples(
    files: Sequence[IdxFile], splits: Sequence[Chosen], options: IdxRecipe
) -> Iterator[Example]:
    for source, (file, parts) in enumerate(zip(files, splits, strict=True)):
        wanted = np.logical_or.reduce(list(parts.values()))
        for number, image in images_of(file, wanted):
            split = next(name for name, chosen in parts.items() if chosen[number])
            place = (number * file.rows, 0, file.rows, file.cols)
            yield Example.single(prepared(image, options), split, source, place)


def _scaling(options: IdxRecipe) -> Scaling | ScalingKind:
    is_fourier = options.domain == "fourier"
    kind = options.scaling
    if kind == "linear" and is_fourier:
        raise InputError("Spectra are complex: choose the scaling plain or unit_power for them.")
    if kind == "plain" or (kind == "auto" and is_fourier):
        return Scaling(kind="unit_power" if is_fourier else "linear")
    return "linear" if kind == "auto" else kind


DATASETS.add(
    "idx",
    Dataset(
        title="IDX files (MNIST, Fashion-MNIST and the like)",
        layout="a file of images (idx3-ubyte, also .gz), or a folder with train-images-... and, "
        "for validation, t10k-images-...",
        options=IdxRecipe,
        open=_open_dataset,
    ),
)
