"""describe_model: a foreign ONNX file with a card, as a copy; what was found is told."""

from pathlib import Path
from typing import Any, Final

import numpy as np

from satstudio.core.errors import CheckFailedError, ModelError
from satstudio.core.files.replacing import refuse_file, refuse_input, replacing, sha256_of
from satstudio.core.port import BoundPort
from satstudio.core.progress import Progress
from satstudio.core.scaling import Scaling
from satstudio.core.version import VERSION
from satstudio.restore.foreign.description import Description
from satstudio.restore.foreign.findings import Findings
from satstudio.restore.foreign.foreign_graph import per_band
from satstudio.restore.foreign.normalised import is_by_band, normalised
from satstudio.restore.foreign.trial import (
    Trial,
    carry_out,
    fed_with,
    undone,
    with_deepness,
)
from satstudio.restore.foreign.trial_pictures import save_before_after
from satstudio.restore.models.deepness_card import metadata_with_deepness
from satstudio.restore.models.deepness_keys import OWN
from satstudio.restore.models.model_card import ModelCard
from satstudio.restore.models.model_file import ModelFile
from satstudio.restore.models.weights_hash import weights_sha256

METHOD: Final = "foreign"
LARGEST_ERROR: Final = 1e-5
"""Between the network as it was and the copy, for the largest answer."""

HALF_ERROR: Final = 5e-3
"""The same where it computes in half precision, of 11 bits: ONNX Runtime rounds elsewhere then."""


def describe_model(  # noqa: PLR0913, PLR0917 - what the job is told, by name
    model: Path,
    description: Description,
    scene: str,
    out: Path,
    progress: Progress,
    overwrite: bool = False,
    pictures: Path | None = None,
) -> Findings:
    """Put a card into a copy of a foreign ONNX file, after a trial run on a patch.

    The copy takes and gives float32 (1, bands, rows, cols); what that needs stands around the
    network (see `normalised`), whose weights are unchanged. It gets its name after it answered as
    the file itself does.

    Parameters
    ----------
    scene : address of the scene whose middle it is tried on; "": a synthetic image
    pictures : folder where `before.png` and `after.png` go

    Raises
    ------
    ExistsError
        If `out` exists and is not to be replaced.
    ModelError
        If the file is no network that takes one image and gives one, has a card already, or does
        not run here.
    CheckFailedError
        If the copy answers differently.
    """
    refuse_input(out, model)
    refuse_file(out, overwrite=overwrite)
    trial = carry_out(model, description, scene, progress.part(0.0, 0.9))
    found = trial.findings
    if not found.is_finite:
        raise CheckFailedError(f"{model.name} was not described: {found.remarks[0]}")
    said = with_deepness(trial.net, description)
    metadata = {item.key: item.value for item in trial.net.model.metadata_props}
    card = described_card(trial, said)
    with replacing(out, overwrite=overwrite) as part:
        _write(trial, card, metadata, part)
        progress.report(0.95, "Comparing with the file itself")
        _check(trial, part)
    if pictures is not None:
        rows, cols = trial.image.shape[1:]
        before = trial.patch.values[:, :rows, :cols]
        save_before_after(before, undone(trial.answer, found), pictures)
    progress.report(1.0, "Described")
    return found


def described_card(trial: Trial, said: Description) -> ModelCard:
    """Return the card that says what was found and what the user said."""
    found = trial.findings
    taken, given = scalings(found)
    first = BoundPort(
        role="input",
        bands=said.band_names or found.bands_in,
        quantity=said.quantity,
        dtype="float32",
        scaling=taken,
        pixel_size_m=said.pixel_size_m,
    )
    is_same = found.bands_in == found.bands_out
    names = said.names or (first.bands if is_same else None)
    if said.names and len(said.names) != found.bands_out:
        raise ModelError(
            f"{found.file} gives {found.bands_out} band(s); {len(said.names)} names are given."
        )
    out = BoundPort(
        role="output",
        bands=names or found.bands_out,
        quantity=said.gives or (said.quantity if is_same and found.undo != "none" else "dn"),
        dtype="float32",
        ratio=found.ratio,
        scaling=given,
    )
    return ModelCard(
        task=said.task,
        method=METHOD,
        inputs=(first,),
        outputs=(out,),
        tile_px=found.tile_px,
        halo_px=found.chosen_halo_px,
        size_multiple=found.size_multiple,
        blending=found.blending,
        test_time="fixed" if found.halo_px is not None else "tile_statistics",
        notes=" ".join(filter(None, (said.notes, f"Tried on {found.tried_on}.", *found.remarks))),
        weights_sha256=weights_sha256(trial.net.model),
        converted_from_sha256=sha256_of(trial.net.path),
        licence=said.licence,
        version=VERSION,
    )


def scalings(found: Findings) -> tuple[Scaling, Scaling]:
    """Return the scalings of input and output of the copy; what differs by band lies in it."""
    plain = Scaling(kind="linear", gain=1 / found.top)
    whole = plain
    if found.mean and not is_by_band(found):
        mean, std = found.mean[0], found.std[0]
        whole = Scaling(kind="linear", gain=1 / (found.top * std), offset=-mean / std)
    given = {"all": whole, "range": plain, "none": Scaling(kind="linear")}[found.undo]
    return whole, given


def _write(trial: Trial, card: ModelCard, metadata: dict[str, str], path: Path) -> None:
    import onnx  # lazy: only who writes model files needs it

    model = normalised(trial.net, trial.findings)
    ours = metadata_with_deepness(card)
    kept = {key: value for key, value in metadata.items() if key not in OWN | set(ours)}
    del model.metadata_props[:]
    onnx.helper.set_model_props(model, {**kept, **ours})
    onnx.save(model, path)


def _check(trial: Trial, path: Path) -> None:
    """Compare the copy with the file; raises CheckFailedError where they differ."""
    found = trial.findings
    net = ModelFile.load(path)
    rows, cols = trial.image.shape[1:]
    values = trial.patch.values[:, :rows, :cols]
    by_band = is_by_band(found)
    mean, std = ((), ()) if by_band else (found.mean, found.std)
    made = net.run(fed_with(values, found.top, mean, std)[None])[0]
    wanted = trial.answer
    if by_band and found.undo == "all":
        wanted = wanted * per_band(found.std) + per_band(found.mean)
    made = _without_edges(made, wanted.shape)
    largest = max(float(np.abs(wanted).max()), 1e-30)
    error = float(np.abs(made - wanted).max()) / largest
    most = HALF_ERROR if found.dtype == "float16" else LARGEST_ERROR
    if not error <= most:
        raise CheckFailedError(
            f"{found.file} was not described: the copy differs from it by {error:.1e} of the "
            f"largest answer, more than {most:.0e}."
        )


def _without_edges(made: Any, shape: tuple[int, ...]) -> Any:  # noqa: ANN401 - arrays
    lost = (made.shape[1] - shape[1]) // 2
    return made[:, lost : lost + shape[1], lost : lost + shape[2]]
