"""file_extractor: features by an ONNX file that the user names."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from satstudio.core.errors import InputError, ModelError
from satstudio.core.files.replacing import sha256_of
from satstudio.core.recipe import Recipe
from satstudio.restore.features.card import CUSTOM, KNOWN_WEIGHTS, FeatureCard
from satstudio.restore.features.extractor import INCEPTION, Extractor, Floats, ImageKind
from satstudio.restore.features.resize import RULES, SIZE_PX
from satstudio.restore.models.model_file import metadata_of, open_session

Images = npt.NDArray[Any]
Bytes = npt.NDArray[np.uint8]
AS_IS = "none"
"""The resize rule that hands bands to the network as they are."""

FEATURES_OUTPUT, LOGITS_OUTPUT = "pool", "logits_unbiased"
"""Names of a feature network's outputs; of a file without them the first output is taken."""

BATCH = 16
OTHER_ERRORS = ("Fail", "InvalidArgument", "RuntimeException")


class ThreeBands(Recipe):
    """Which three bands make the picture that a network of pictures sees, and their stretch."""

    bands: tuple[int, int, int] = Field(description="counted from 1")
    low: float = Field(description="value that becomes 0")
    high: float = Field(description="value that becomes 255")

    @model_validator(mode="after")
    def _check(self) -> "ThreeBands":
        if min(self.bands) < 1 or not self.low < self.high:
            raise ValueError("bands count from 1 and the stretch needs LOW below HIGH")
        return self

    def __str__(self) -> str:
        bands = ",".join(str(band) for band in self.bands)
        return f"bands {bands} from {self.low:.12g} to {self.high:.12g}"

    def picture(self, images: Images) -> Bytes:
        """Return (n, 3, rows, cols) uint8, rounded and clipped."""
        chosen = images[:, [band - 1 for band in self.bands]].astype(np.float64)
        levels = (chosen - self.low) * (255 / (self.high - self.low))
        return np.clip(np.rint(levels), 0, 255).astype(np.uint8)


class FeatureNet:
    """An open feature network and what its file says: card, inputs, outputs, identity."""

    def __init__(self, path: Path, threads: int) -> None:
        self.path = path
        self._session = open_session(path, threads)
        metadata = metadata_of(self._session, path)
        self.card = FeatureCard.from_metadata(metadata, path) if "task" in metadata else None
        self._input = self._session.get_inputs()[0]
        names = [output.name for output in self._session.get_outputs()]
        first = FEATURES_OUTPUT if FEATURES_OUTPUT in names else names[0]
        self._outputs = [first, *(name for name in (LOGITS_OUTPUT,) if name in names)]
        if len(self._input.shape) != 4 or self._input.type != "tensor(float)":
            raise ModelError(
                f"{path.name} takes {self._input.type} {self._input.shape}, not float32 images "
                "(n, bands, rows, cols)."
            )

    @property
    def sides(self) -> tuple[int | None, ...]:
        """Bands, rows and columns of its input; None where one is free."""
        return tuple(side if isinstance(side, int) else None for side in self._input.shape[1:])

    @property
    def sha256(self) -> str:
        """Of the weights' own file where the card names it, else of the ONNX file."""
        known = self.card.weights_sha256 if self.card is not None else ""
        return known or sha256_of(self.path)

    def run(self, batch: Floats) -> list[Floats]:
        """Return features and, where it has them, logits: (n, d) each."""
        # lazy: heavy; loaded already by `open_session`
        from onnxruntime.capi import onnxruntime_pybind11_state as state

        try:
            found = self._session.run(self._outputs, {self._input.name: batch})
        except tuple(getattr(state, name) for name in OTHER_ERRORS) as error:
            raise ModelError(
                f"{self.path.name} does not take a batch of shape {batch.shape}: {error}"
            ) from error
        if any(np.shape(part)[:1] != (len(batch),) for part in found):
            shapes = ", ".join(str(np.shape(part)) for part in found)
            raise ModelError(
                f"{self.path.name} gives {shapes} for {len(batch)} images, not one row an image."
            )
        return [np.asarray(part, np.float32).reshape(len(batch), -1) for part in found]


def file_extractor(
    path: Path,
    kind: ImageKind,
    resize: str | None = None,
    choice: ThreeBands | None = None,
    threads: int = 1,
) -> Extractor:
    """Return the extractor of an ONNX file for images of a kind.

    Parameters
    ----------
    resize : `tf1`, `ptfid`, `clean`; `none` hands the bands over as they are; None: the card's
    choice : which bands, and their stretch; needed unless images are uint8 with three bands

    Raises
    ------
    ModelError
        If the file is no feature network.
    InputError
        If the rule is unknown, or the images are none that the network can see.
    """
    net = FeatureNet(path, threads)
    rule = resize or (net.card.resize if net.card is not None else "")
    if rule not in (*RULES, AS_IS):
        raise InputError(
            f"{path.name} does not say how images become its input: choose the resize rule "
            f"{', '.join(RULES)}, or {AS_IS} for bands as they are."
        )
    identity = KNOWN_WEIGHTS.get(net.sha256, CUSTOM)
    family = f"{identity}@{rule}"
    if rule == AS_IS:
        prepare, text = _as_they_are(net, kind, choice, family), "none"
    else:
        prepare = _as_pictures(net, kind, choice, rule)
        text = f"{RULES[rule].title}; {choice or 'uint8 bands as they are'}"
    widths = _widths(net, kind)
    seen = f" ({choice})" if choice is not None else ""
    return Extractor(
        family=family,
        name=f"{family}:{net.sha256[:12]}{seen}",
        kind=kind,
        n_features=widths[0],
        preprocess=text,
        measure=lambda images: np.concatenate(net.run(prepare(images)), axis=1),
        n_logits=sum(widths[1:]),
        batch=BATCH,
    )


Prepare = Callable[[Images], Floats]


def _as_they_are(
    net: FeatureNet, kind: ImageKind, choice: ThreeBands | None, family: str
) -> Prepare:
    if family.startswith(INCEPTION):
        raise InputError("The Inception network sees pictures: choose tf1, ptfid or clean.")
    if choice is not None:
        raise InputError(f"Resize rule {AS_IS} hands all bands over; it takes no choice of three.")
    bands = net.sides[0]
    if kind.is_complex or bands not in (None, kind.bands):
        raise InputError(f"{net.path.name} takes {bands or 'real'} bands; the images have {kind}.")
    return lambda images: np.ascontiguousarray(images, np.float32)


def _as_pictures(net: FeatureNet, kind: ImageKind, choice: ThreeBands | None, rule: str) -> Prepare:
    bands, rows, cols = net.sides
    if bands not in (None, 3) or rows != cols:
        raise ModelError(f"{net.path.name} takes no square pictures of three bands: {net.sides}.")
    if kind.is_complex:
        raise InputError(
            f"{net.path.name} sees pictures and the images are complex; take the extractor "
            "'handcrafted' or 'random'."
        )
    if choice is None and kind.bands != 3:
        raise InputError(
            f"{net.path.name} sees three bands and the images have {kind}: choose three bands "
            "and their stretch."
        )
    if choice is not None and max(choice.bands) > kind.bands:
        raise InputError(f"There is no band {max(choice.bands)}: the images have {kind}.")
    size = rows or SIZE_PX

    def prepare(images: Images) -> Floats:
        if choice is None and images.dtype != np.uint8:
            raise InputError(
                f"The images are {images.dtype}, not uint8: say which three bands, and from which "
                "to which value, become a picture."
            )
        return RULES[rule](images if choice is None else choice.picture(images), size)

    return prepare


def _widths(net: FeatureNet, kind: ImageKind) -> list[int]:
    """Return how many features and logits it gives; asked of an empty image."""
    bands, rows, cols = net.sides
    blank = np.zeros((1, bands or kind.bands, rows or SIZE_PX, cols or SIZE_PX), np.float32)
    found = [part.shape[1] for part in net.run(blank)]
    card = net.card
    if card is not None and [one for one in (card.n_features, card.n_logits) if one] != found:
        raise ModelError(
            f"{net.path.name} gives {found[0]} features and {sum(found[1:])} classes, its card "
            f"says {card.n_features} and {card.n_logits}; convert it again."
        )
    return found
