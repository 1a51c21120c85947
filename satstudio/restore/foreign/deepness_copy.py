"""copy_for_deepness: a model file as the QGIS plug-in Deepness loads it: tiles of one size.

Its window puts the last side of the input into a number field (deepness_dockwidget.py), so a file
with free sides does not load there. The copy takes 8-bit values divided by 255 and gives values
themselves; the scalings lie inside.
"""

from pathlib import Path
from typing import Any

import numpy as np

from satstudio.core.errors import CheckFailedError, ModelError
from satstudio.core.files.replacing import refuse_file, refuse_input, replacing
from satstudio.core.progress import Progress
from satstudio.core.scaling import Scaling
from satstudio.pixels.scaling import scaled, unscaled
from satstudio.restore.foreign.contents_check import check_contents
from satstudio.restore.foreign.normalised import INPUT, OUTPUT, Chain, free_name
from satstudio.restore.foreign.trial_patch import made_image
from satstudio.restore.models.deepness_card import as_linear, deepness_props, metadata_with_deepness
from satstudio.restore.models.deepness_keys import TOP
from satstudio.restore.models.model_card import ModelCard
from satstudio.restore.models.model_file import ModelFile

LARGEST_ERROR = 1e-5


def copy_for_deepness(
    model: Path, out: Path, progress: Progress, overwrite: bool = False
) -> dict[str, str]:
    """Write a copy of a model file that Deepness loads; returns the metadata that it reads.

    Raises
    ------
    ExistsError
        If `out` exists and is not to be replaced.
    ModelError
        If it is no model file, or one that the plug-in cannot feed, with the reason.
    CheckFailedError
        If the copy answers differently.
    """
    refuse_input(out, model)
    refuse_file(out, overwrite=overwrite)
    progress.report(0.0, f"Opening {model.name}")
    net = ModelFile.load(model)
    props, remark = deepness_props(net.card)
    if not props:
        raise ModelError(f"{model.name}: {remark}")
    if net.standard is not None:
        raise ModelError(f"{model.name} has Deepness' metadata already; it loads there as it is.")
    card = _card(net.card)
    with replacing(out, overwrite=overwrite) as part:
        _write(net, card, part)
        progress.report(0.5, "Comparing with the file itself")
        _check(net, part)
    progress.report(1.0, "Copied")
    return deepness_props(card)[0]


def _card(card: ModelCard) -> ModelCard:
    """Return the card of the copy: value / 255 in, values out."""
    first, out = card.inputs[0], card.outputs[0]
    return card.changed(
        inputs=(first.changed(scaling=Scaling(kind="linear", gain=1 / TOP)),),
        outputs=(out.changed(scaling=Scaling(kind="linear")),),
    )


def _write(net: ModelFile, card: ModelCard, path: Path) -> None:
    import onnx  # lazy: only who writes model files needs it

    model = check_contents(net.path)
    graph = model.graph
    opset = next((each.version for each in model.opset_import if each.domain in ("", "ai.onnx")), 1)
    (first,), (given, *_) = net.inputs.values(), net.outputs.values()
    outer_in, outer_out = free_name(graph, INPUT), free_name(graph, OUTPUT)
    taken, made = as_linear(net.card.scaling), as_linear(net.card.outputs[0].scaling)
    before, after = Chain("scaled", outer_in, opset), Chain("unscaled", given.name, opset)
    before.add("Mul", np.float32(TOP * taken.gain))
    before.add("Add", np.float32(taken.offset))
    before.end(first.name)
    after.add("Sub", np.float32(made.offset))
    after.add("Div", np.float32(made.gain))
    after.end(outer_out)
    inner, named = list(graph.node), {each.name for each in graph.initializer}
    old = [each for each in graph.input if each.name in named]
    del graph.node[:], graph.input[:], graph.output[:], graph.value_info[:]
    graph.node.extend([*before.nodes, *inner, *after.nodes])
    graph.initializer.extend([*before.weights, *after.weights])
    side, large = card.tile_px, int(card.tile_px * card.ratio)
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    shape = [1, card.bands_in, side, side]
    graph.input.extend([helper.make_tensor_value_info(outer_in, kind, shape), *old])
    shape = [1, card.bands_out, large, large]
    graph.output.append(helper.make_tensor_value_info(outer_out, kind, shape))
    del model.metadata_props[:]
    helper.set_model_props(model, metadata_with_deepness(card))
    onnx.save(model, path)


def _check(net: ModelFile, path: Path) -> None:
    """Compare the values of one tile; raises CheckFailedError where they differ."""
    card = net.card
    values = made_image(card.bands_in, card.tile_px)[None]
    own = as_linear(card.outputs[0].scaling)
    wanted: Any = unscaled(net.run(scaled(values, as_linear(card.scaling))), own)
    made = ModelFile.load(path).run((values / np.float32(TOP)).astype(np.float32))
    error = float(np.abs(made - wanted).max()) / max(float(np.abs(wanted).max()), 1e-30)
    if not error <= LARGEST_ERROR:
        raise CheckFailedError(
            f"{net.path.name} was not copied: the copy differs from it by {error:.1e} of the "
            f"largest value, more than {LARGEST_ERROR:.0e}."
        )
