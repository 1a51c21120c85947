"""Whatever a scene can hold, the exported network answers as torch does, or is not written."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from satstudio.core.errors import CheckFailedError
from satstudio.core.paths import resources_folder
from satstudio.core.progress import Progress
from satstudio.learn.export.onnx_export import write_model
from satstudio.learn.export.parity import HOLES_PX, cases, check_parity
from satstudio.learn.method import Exportable, ImageUse
from satstudio.learn.methods.despeckle import ready_for_export, shape_of, with_gain
from satstudio.learn.model_weights import file_weights, put_weights
from satstudio.learn.nets.one_part import BothParts, OnePart
from satstudio.pixels.phasor import interleave
from satstudio.restore.models.model_file import read_card

SHIPPED = resources_folder() / "models/despeckler.onnx"


class Guarded(nn.Module):
    """A despeckler whose logarithm is guarded by a tiny sum, which the exporter leaves out."""

    def forward(self, samples):
        real, imaginary = samples[:, 0::2], samples[:, 1::2]
        power = real.square() + imaginary.square() + 1e-20
        mean = nn.functional.avg_pool2d(power, 3, 1, 1)
        return torch.sqrt(mean * torch.exp(torch.log(power / mean)))


def exported(net):
    def reference(images):
        with torch.no_grad():
            return net(torch.from_numpy(interleave(images))).numpy()

    return Exportable(net, reference, image=ImageUse("despeckle", 64, 2, 1))


def shipped_in_torch(model=SHIPPED):
    weights = file_weights(model)
    shape = shape_of(weights)
    net = BothParts(OnePart(**shape))
    put_weights(net, with_gain(weights))
    return ready_for_export(net, shape["levels"])


@pytest.mark.slow
def test_a_network_whose_guard_the_exporter_dropped_is_not_written(tmp_path):
    card = read_card(SHIPPED).changed(tile_px=64, halo_px=2, size_multiple=1)
    with pytest.raises(
        CheckFailedError, match=r"bad.onnx was not written: of .*not finite"
    ) as told:
        write_model(exported(Guarded()), card, tmp_path / "bad.onnx", Progress())
    assert told.value.exit_code == 3
    assert list(tmp_path.iterdir()) == []


def test_the_shipped_model_answers_as_torch_with_its_own_weights_on_every_case():
    ready, card = shipped_in_torch(), read_card(SHIPPED)
    check_parity(ready, SHIPPED, SHIPPED.name)
    assert (card.halo_px, card.tile_px) == (ready.image.halo_px, ready.image.tile_px)


def test_every_case_is_fed():
    one = read_card(SHIPPED)
    card = one.changed(inputs=(one.inputs[0].changed(bands=2),))
    found = {case.name: case for case in cases(exported(Guarded()), card)}
    zeros = {name: int((case.given[0] == 0).sum()) for name, case in found.items()}
    assert zeros["zeros"] == found["zeros"].given[0].size
    assert all(zeros[f"a block of zeros of {side} px"] == 2 * side**2 for side in HOLES_PX)
    assert {1, 3, 65} <= set(HOLES_PX)
    assert not found["an empty band 2"].given[0][:, 1].any()
    assert found["an empty band 2"].given[0][:, 0].all()
    typical = {scale: np.median(np.abs(found[f"numbers {scale:g} times as large"].given[0]))
               for scale in (1e-6, 1e6)}  # fmt: skip
    assert all(0.5 < size / scale < 2 for scale, size in typical.items())
    assert np.abs(found["a bright point"].given[0]).max() == 100


class Plain(nn.Module):
    """The mean amplitude of 3 x 3 pixels."""

    def forward(self, samples):
        power = samples[:, 0::2].square() + samples[:, 1::2].square()
        return torch.sqrt(nn.functional.avg_pool2d(power, 3, 1, 1))


@pytest.mark.slow
@pytest.mark.parametrize(("factor", "is_written"), [(1 + 2e-5, True), (1 + 1e-3, False)])
def test_a_file_whose_answers_differ_by_more_than_one_in_ten_thousand_is_not_written(
    tmp_path, factor, is_written
):
    ready = exported(Plain())
    off = replace(ready, reference=lambda image: factor * ready.reference(image))
    card = read_card(SHIPPED).changed(tile_px=64, halo_px=2, size_multiple=1)
    if is_written:
        write_model(off, card, tmp_path / "near.onnx", Progress())
        assert (tmp_path / "near.onnx").exists()
        return
    with pytest.raises(CheckFailedError, match="differs from torch by"):
        write_model(off, card, tmp_path / "far.onnx", Progress())
    assert list(tmp_path.iterdir()) == []
