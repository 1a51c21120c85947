"""TranslatorPreview: held-out patches, what is made of them, and what should be, with figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from satstudio.core.files.replacing import replacing
from satstudio.core.port import BoundPort
from satstudio.learn.batch import Batch
from satstudio.learn.evaluation.preview_parts import LOSS, Counts, Reference, plain
from satstudio.learn.evaluation.restoration_figures import RestorationMeter
from satstudio.learn.evaluation.speckle_figures import SpeckleMeter
from satstudio.learn.evaluation.translation_figures import Pairs, TranslationMeter
from satstudio.learn.method import Rivalled, Translator, Values
from satstudio.pixels.scaling import scaled, unscaled
from satstudio.render.picture import save_png
from satstudio.render.translations import Column, image_style, translation_sheet

TRUE_COLOUR = ("B4", "B3", "B2")
"""Red, green and blue of Sentinel-2."""

TABLE_PATCHES = 64
"""Training patches that the look-up table is fitted to, or a few more."""


@dataclass(frozen=True, slots=True)
class TranslatorFigures:
    """How near the output for held-out patches is to what it should be.

    Attributes
    ----------
    held_out_loss : mean absolute difference from the target, in the network's numbers; of unpaired
        sets, and of tasks with baselines of their own, what the method calls `loss`
    measured : as `TranslationMeter` or `RestorationMeter` has them
    """

    held_out_loss: float
    n: int
    measured: dict[str, float]

    def plain(self) -> dict[str, float | None]:
        """Return the figures as JSON knows them."""
        return plain({"held_out_loss": self.held_out_loss, "n": self.n, **self.measured})


class TranslatorPreview:
    """Held-out patches of the role that is made, real and made of the others.

    The method tells the role: `Translator.target`. Outputs stay in the network's numbers where the
    patch set does not have it.
    """

    chosen_by = LOSS

    def __init__(self, method: Translator, reference: Reference, counts: Counts) -> None:
        self._method = method
        # those that differ: where a few are held out, they would come again and flatter n
        self._batch = reference.held_out.batch(1, slice(reference.held_out.distinct))
        self._samples, _ = counts
        self._is_paired = reference.held_out.is_paired
        self._made = next((p for p in reference.ports if p.role == method.target), None)
        self._taken = _input_of(reference.ports, self._made)
        self._pairs = self._pairs_of(self._batch)
        self._rivals = method.rivals(self._batch) if isinstance(method, Rivalled) else None
        self._meter = None if self._made is None else self._meter_of(self._made, reference)

    def _meter_of(
        self, made: BoundPort, reference: Reference
    ) -> TranslationMeter | RestorationMeter | SpeckleMeter:
        if self._rivals is not None and self._rivals.is_noisy:
            return SpeckleMeter(self._pairs, self._rivals)
        if self._rivals is not None:
            return RestorationMeter(self._pairs, self._rivals, made)
        learnt = [reference.more.batch(number) for number in _batches(len(self._batch))]
        return TranslationMeter(
            self._pairs, _joined([self._pairs_of(batch) for batch in learnt]), made
        )

    def make(self) -> Values:
        """Make the role of the others, unscaled."""
        return _unscaled(self._method.translate(self._batch), self._made)

    def save(self, generated: Values, path: Path) -> Path:
        """Write PATH.png and the samples as PATH.npy beside it."""
        with replacing(path.with_suffix(".npy")) as part:
            np.save(part, generated[: self._samples], allow_pickle=False)
        columns = self._columns(generated[: self._samples])
        return save_png(translation_sheet(columns), path)

    def figures(self, generated: Values) -> TranslatorFigures:
        """Return the loss on the patches, and how near the outputs are to the targets."""
        measured, outputs = {}, generated
        if self._meter is not None:
            scaling = None if self._made is None else self._made.scaling
            outputs = generated if scaling is None else scaled(generated, scaling)
            measured = self._meter.of(outputs)
        loss = self._pairs.distance(outputs) if self._rivals is None else None
        if loss is None:
            loss = self._method.validate(self._batch, 0)["loss"]
        return TranslatorFigures(loss, len(generated), measured)

    def info(self) -> dict[str, Any]:
        """Return what the figures are."""
        return {} if self._meter is None else self._meter.info()

    def _columns(self, made: Values) -> list[Column]:
        """Return input, output and target, as far as they are there; the output as the target."""
        count, columns = len(made), []
        if isinstance(self._meter, RestorationMeter | SpeckleMeter):
            best = self._meter.rivals.images[self._meter.best][:count]
            images = _seen(_unscaled(best, self._made), self._made)
            title = self._meter.best.replace("_", " ")
            columns.append(Column(title, images, image_style(images, _ends(self._made))))
        elif self._taken is not None and self._pairs.taken is not None:
            images = _unscaled(self._pairs.taken[:count], self._taken)
            columns.append(Column("input", images, image_style(images, _ends(self._taken))))
        wanted = self._pairs.wanted
        real = made if wanted is None else _unscaled(wanted[:count], self._made)
        made, real = _seen(made, self._made), _seen(real, self._made)
        style = image_style(real, _ends(self._made))
        columns.append(Column("output", made, style))
        if wanted is not None:
            columns.append(Column("target", real, style))
        return columns

    def _pairs_of(self, batch: Batch) -> Pairs:
        taken, made = self._taken, self._made
        has_target = made is not None and self._is_paired and made.role in batch.values
        mask = batch.masks.get(made.role) if made is not None and has_target else None
        return Pairs(
            None if taken is None else _values(batch[taken.role], taken),
            _values(batch[made.role], made) if made is not None and has_target else None,
            None if mask is None else mask[:, 0].cpu().numpy() > 0,
        )


def _input_of(ports: Sequence[BoundPort], made: BoundPort | None) -> BoundPort | None:
    """Return the first port that lies on the grid of what is made, an image an item."""
    if made is None:
        return None
    others = (port for port in ports if port.role != made.role and port.dtype != "bool")
    return next(
        (port for port in others if port.frames == (1, 1) and port.scale == made.scale), None
    )


def _batches(each: int) -> range:
    """Return numbers of as many batches as hold the patches of the table."""
    return range(1, 1 + max(1, -(-TABLE_PATCHES // each)))


def _joined(pairs: Sequence[Pairs]) -> Pairs:
    def whole(parts: Sequence[Values | None]) -> Values | None:
        known = [part for part in parts if part is not None]
        return np.concatenate(known) if len(known) == len(parts) else None

    return Pairs(
        whole([one.taken for one in pairs]),
        whole([one.wanted for one in pairs]),
        whole([one.valid for one in pairs]),
    )


def _values(images: Tensor, port: BoundPort) -> Values:
    """Return planar images as an array, complex where the port is."""
    values: Values = images.cpu().numpy()
    if not port.is_complex:
        return values
    bands = values.shape[1] // 2
    return values[:, :bands] + 1j * values[:, bands:]


def _unscaled(values: Values, port: BoundPort | None) -> Values:
    return values if port is None or port.scaling is None else unscaled(values, port.scaling)


def _seen(images: Values, port: BoundPort | None) -> Values:
    """Return the bands of an image that the eye knows, where it has them by name; else all."""
    names = port.bands if port is not None and isinstance(port.bands, tuple) else ()
    if not set(TRUE_COLOUR) <= set(names):
        return images
    return images[:, [names.index(name) for name in TRUE_COLOUR]]


def _ends(port: BoundPort | None) -> tuple[float, float] | None:
    """Return black and white where the range of a port's values is known."""
    if port is None or port.scaling is None or port.scaling.kind != "range":
        return None
    return port.scaling.ends
