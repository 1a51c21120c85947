"""export_onnx: compared with torch before it is kept."""

import contextlib
import hashlib
import io
import logging
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

from satstudio.core.files import refuse_file, replacing
from satstudio.core.progress import Progress
from satstudio.core.version import VERSION
from satstudio.learn.checkpoint import BEST, Checkpoint, chosen_checkpoint, load_into
from satstudio.learn.method import METHODS, Exportable, ImageUse
from satstudio.learn.parity import check_parity, example, fed
from satstudio.learn.run_folder import RunFolder
from satstudio.learn.train_recipe import TrainRecipe
from satstudio.pixels.scaling import Scaling
from satstudio.restore.model_file import Latent, ModelCard, Part

OPSET = 18
NOISE: tuple[tuple[type[Warning], str], ...] = (
    (FutureWarning, r"`isinstance\(treespec, LeafSpec\)` is deprecated"),
)
"""What the exporter of torch 2.13 warns of in its own code."""

LICENCE = "as its training data"


def export_onnx(
    run_dir: Path,
    out: Path,
    progress: Progress,
    checkpoint: str = BEST,
    overwrite: bool = False,
) -> Path:
    """Write the network of a run as one ONNX file with its card inside.

    Every complex layer is folded into a real one; channels are interleaved re, im. The best
    checkpoint is taken, or the one named (see `chosen_checkpoint`). The file gets its name after
    its answers agreed with torch's own (see `check_parity`); images have free sides.

    Parameters
    ----------
    overwrite : replace a file that has this name already

    Raises
    ------
    ExistsError
        If something has this name, before and after the work.
    RunError
        If the folder is no run, or has no whole checkpoint.
    CheckFailedError
        If the answers differ by more than 1e-4, or are not finite.
    """
    refuse_file(out, overwrite=overwrite)
    run = RunFolder.open(run_dir)
    recipe = TrainRecipe.load(run.recipe_file)
    found = chosen_checkpoint(run.checkpoints, checkpoint)
    progress.report(0.1, "Folding complex layers")
    bands = len(found.facts["bands"])
    info = METHODS[recipe.method]
    method = info.make(recipe.chosen(), bands, recipe.seed, torch.device("cpu"))
    load_into(method, found)
    ready = method.exportable()
    card = _card(recipe, found, ready, method.size_px)
    return write_model(ready, card, out, progress, overwrite)


def write_model(
    ready: Exportable, card: ModelCard, out: Path, progress: Progress, overwrite: bool = False
) -> Path:
    """Write a network as a model file; it gets its name after it answered as torch does.

    Raises
    ------
    CheckFailedError
        If an answer differs by more than 1e-4, or is not finite.
    """
    with replacing(out, overwrite=overwrite) as part:
        progress.report(0.2, "Exporting")
        _write(ready, part, card)
        progress.report(0.9, "Comparing with torch")
        check_parity(ready, part, out.name)
    progress.report(1.0, "Exported")
    return out


def _parts(facts: Mapping[str, Any], use: ImageUse | None) -> tuple[Part, ...]:
    """Return what is done around a network: all, if its images were cut so; power in any case."""
    if use is None or use.task != "despeckle":
        return ()
    return ("whitening", "points", "power") if facts.get("is_whitened") else ("points", "power")


def _card(recipe: TrainRecipe, found: Checkpoint, ready: Exportable, size_px: int) -> ModelCard:
    facts, use = found.facts, ready.image
    is_complex = facts.get("is_complex", True)  # earlier runs were of complex samples only
    bands = len(facts["bands"])
    return ModelCard(
        task=use.task if use else "generate",
        method=recipe.method,
        takes="image" if use else "noise",
        bands_in=bands if use else 0,
        bands_out=bands,
        is_complex=is_complex,
        domain=facts.get("domain", "image"),
        complex_layout="interleaved" if is_complex else "none",
        quantity=facts.get("quantity", ""),
        scaling=Scaling.build(facts["scaling"]),
        parts=_parts(facts, use),
        tile_px=use.tile_px if use else size_px,
        halo_px=use.halo_px if use else 0,
        size_multiple=use.size_multiple if use else 1,
        latent=Latent.build(dict(ready.latent)) if ready.latent else None,
        pixel_size_m=facts["spacing_m"],
        trained_on_sha256=facts["trained_on_sha256"],
        started_from_sha256=facts.get("start", {}).get("sha256", ""),
        licence=LICENCE,
        version=VERSION,
    )


def _write(ready: Exportable, path: Path, card: ModelCard) -> None:
    import onnx  # lazy: only an export needs it

    given = torch.from_numpy(fed(example(ready, card, 0, 2)))
    free: dict[int, Any] = {0: torch.export.Dim.DYNAMIC}
    if ready.image:
        free |= {axis: ready.image.size_multiple * side for axis, side in _sides()}
    with quiet():
        torch.onnx.export(
            ready.net.eval(),
            (given,),
            str(path),
            dynamo=True,
            opset_version=OPSET,
            input_names=[card.takes],
            output_names=["restored" if ready.image else "image"],
            dynamic_shapes=(free,),
            external_data=False,
            verbose=False,
        )
    model = onnx.load(path)
    forget_origin(model)
    card = card.changed(weights_sha256=weights_sha256(model))
    onnx.helper.set_model_props(model, card.to_metadata())
    onnx.save(model, path)
    onnx.checker.check_model(str(path))


def forget_origin(model: Any) -> None:  # noqa: ANN401 - onnx has no types
    """Take out what the exporter notes of the machine: paths of source files, call stacks."""
    graph = model.graph
    values = (*graph.input, *graph.output, *graph.value_info)
    for part in (graph, *graph.node, *graph.initializer, *values):
        part.ClearField("doc_string")
        part.ClearField("metadata_props")


def weights_sha256(model: Any) -> str:  # noqa: ANN401 - onnx has no types
    """Hash of the names and values of all weights, sorted by name: a file cannot hold its own."""
    import onnx  # lazy: only an export needs it

    digest = hashlib.sha256()
    for weight in sorted(model.graph.initializer, key=lambda weight: str(weight.name)):
        digest.update(weight.name.encode())
        digest.update(onnx.numpy_helper.to_array(weight).tobytes())
    return digest.hexdigest()


def _sides() -> tuple[tuple[int, Any], ...]:
    return tuple((axis, torch.export.Dim(name)) for axis, name in ((2, "rows"), (3, "cols")))


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Hold back what the exporter says about itself; nothing else."""
    talkative = logging.getLogger("torch.onnx")
    level = talkative.level
    talkative.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            for kind, message in NOISE:
                warnings.filterwarnings("ignore", message, kind)
            yield
    finally:
        talkative.setLevel(level)
