"""export_onnx: compared with torch before it is kept."""

import contextlib
import inspect
import io
import logging
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from satstudio.core.files.replacing import refuse_file, replacing
from satstudio.core.progress import Progress
from satstudio.core.version import VERSION
from satstudio.learn.export.margin_notes import margin_notes
from satstudio.learn.export.parity import check_parity, example, fed
from satstudio.learn.loop.checkpoint import BEST, Checkpoint, chosen_checkpoint, load_into
from satstudio.learn.loop.run_folder import RunFolder
from satstudio.learn.method import METHODS, Exportable, ImageUse
from satstudio.learn.setup.recipe import TrainRecipe
from satstudio.learn.setup.roles import known_ports, network_ports
from satstudio.restore.models.deepness_card import metadata_with_deepness
from satstudio.restore.models.first_card import Latent, Part
from satstudio.restore.models.model_card import NOISE_ROLE, ModelCard
from satstudio.restore.models.weights_hash import weights_sha256

OPSET = 18
NOISE: tuple[tuple[type[Warning], str], ...] = (
    (FutureWarning, r"`isinstance\(treespec, LeafSpec\)` is deprecated"),
    (UserWarning, r"# The axis name: [\w*]+ will not be used, since it shares"),
)
"""What the exporter of torch 2.13 warns of in its own code, and of inputs of one size."""

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
    info = METHODS[recipe.method]
    method = info.make(recipe.chosen(), known_ports(found.info), recipe.seed, torch.device("cpu"))
    load_into(method, found)
    ready = method.exportable()
    notes = margin_notes(run.info(), run.log_lines(), found.step)
    card = _card(recipe, found, ready, method.size_px).changed(notes=notes)
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


def _parts(info: Mapping[str, Any], use: ImageUse | None) -> tuple[Part, ...]:
    """Return what is done around a network of complex samples: all, if they were cut so; power."""
    if use is None or use.task != "despeckle" or not known_ports(info)[0].is_complex:
        return ()
    return ("whitening", "points", "power") if info.get("is_whitened") else ("points", "power")


def _card(recipe: TrainRecipe, found: Checkpoint, ready: Exportable, size_px: int) -> ModelCard:
    info, use = found.info, ready.image
    declared, learnt = ready.ports or METHODS[recipe.method].ports, known_ports(info)
    inputs = network_ports(declared.inputs, learnt)
    outputs = network_ports(declared.outputs, learnt)
    first = (*inputs, *outputs)[0].scale
    inputs, outputs = (
        tuple(port.changed(ratio=str(port.scale / first)) for port in ports)
        for ports in (inputs, outputs)
    )
    return ModelCard(
        task=use.task if use else "generate",
        method=recipe.method,
        inputs=inputs,
        outputs=outputs,
        domain=info.get("domain", "image"),
        parts=_parts(info, use),
        tile_px=use.tile_px if use else size_px,
        halo_px=use.halo_px if use else 0,
        size_multiple=use.size_multiple if use else 1,
        blending=use.blending if use else "none",
        test_time=use.test_time if use else "fixed",
        fills_gaps=use.fills_gaps if use else False,
        latent=Latent.build(dict(ready.latent)) if ready.latent else None,
        trained_on_sha256=info["trained_on_sha256"],
        started_from_sha256=info.get("start", {}).get("sha256", ""),
        licence=LICENCE,
        version=VERSION,
    )


def _write(ready: Exportable, path: Path, card: ModelCard) -> None:
    import onnx  # lazy: only an export needs it

    given = tuple(torch.from_numpy(fed(one)) for one in example(ready, card, 0, 2))
    base = {axis: torch.export.Dim(axis) for axis in ("rows", "cols")}
    free = [{0: torch.export.Dim.DYNAMIC} for _ in given]
    for axes, port in zip(free, card.inputs, strict=False):
        last = 2 if port.frames == (1, 1) else 3
        if port.frames != (1, 1) and port.frames[0] != port.frames[1]:
            axes[1] = torch.export.Dim.DYNAMIC
        unit = int(card.unit_px * port.scale)
        axes |= {last: unit * base["rows"], last + 1: unit * base["cols"]}
    with quiet():
        torch.onnx.export(
            ready.net.eval(),
            given,
            str(path),
            dynamo=True,
            opset_version=OPSET,
            input_names=[port.role for port in card.inputs] or [NOISE_ROLE],
            output_names=_output_names(card),
            dynamic_shapes=(tuple(free),) if _takes_any_number(ready.net) else tuple(free),
            external_data=False,
            verbose=False,
        )
    model = onnx.load(path)
    forget_origin(model)
    card = card.changed(weights_sha256=weights_sha256(model))
    onnx.helper.set_model_props(model, metadata_with_deepness(card))
    onnx.save(model, path)
    onnx.checker.check_model(str(path))


def _takes_any_number(net: nn.Module) -> bool:
    """Tell whether a network is called with its inputs as `*images`."""
    kinds = {each.kind for each in inspect.signature(net.forward).parameters.values()}
    return inspect.Parameter.VAR_POSITIONAL in kinds


def forget_origin(model: Any) -> None:  # noqa: ANN401 - onnx has no types
    """Take out what the exporter notes of the machine: paths of source files, call stacks."""
    graph = model.graph
    values = (*graph.input, *graph.output, *graph.value_info)
    for part in (graph, *graph.node, *graph.initializer, *values):
        part.ClearField("doc_string")
        part.ClearField("metadata_props")


def _output_names(card: ModelCard) -> list[str]:
    """Return the roles of the outputs; a role that is an input too has another name."""
    taken = {port.role for port in card.inputs}
    return [f"{port.role}_made" if port.role in taken else port.role for port in card.outputs]


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
