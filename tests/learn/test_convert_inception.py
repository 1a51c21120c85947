"""Inception's weights become an ONNX file: structure, parity, card, and what is refused."""

import os
import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from satstudio.core.errors import Cancelled, CheckFailedError, InputError, ModelError
from satstudio.core.files.replacing import sha256_of
from satstudio.core.progress import Progress
from satstudio.learn.export import convert_inception as convert
from satstudio.learn.export.convert_inception import convert_inception
from satstudio.learn.nets.inception import (
    CLASSES,
    FEATURES,
    BlockC,
    Inception,
    average,
    largest,
    seeded_weights,
)
from satstudio.restore.features.card import read_any_card
from satstudio.restore.features.extractor import ImageKind
from satstudio.restore.features.file import file_extractor
from satstudio.restore.features.resize import RULES
from satstudio.restore.models.model_file import ModelFile

pytestmark = [pytest.mark.learn, pytest.mark.slow]
PUBLISHED = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
PICTURES = ImageKind(3, False)

# of the published file: entries by the part they belong to, and some shapes
SHAPES = {
    "Conv2d_1a_3x3.conv.weight": (32, 3, 3, 3),
    "Conv2d_1a_3x3.bn.running_var": (32,),
    "Conv2d_3b_1x1.conv.weight": (80, 64, 1, 1),
    "Conv2d_4a_3x3.conv.weight": (192, 80, 3, 3),
    "Mixed_5b.branch5x5_2.conv.weight": (64, 48, 5, 5),
    "Mixed_5b.branch_pool.conv.weight": (32, 192, 1, 1),
    "Mixed_5c.branch_pool.conv.weight": (64, 256, 1, 1),
    "Mixed_5d.branch1x1.conv.weight": (64, 288, 1, 1),
    "Mixed_6a.branch3x3.conv.weight": (384, 288, 3, 3),
    "Mixed_6b.branch7x7_2.conv.weight": (128, 128, 1, 7),
    "Mixed_6b.branch7x7dbl_2.conv.weight": (128, 128, 7, 1),
    "Mixed_6c.branch7x7dbl_5.conv.weight": (192, 160, 1, 7),
    "Mixed_6d.branch7x7_3.conv.weight": (192, 160, 7, 1),
    "Mixed_6e.branch7x7_1.conv.weight": (192, 768, 1, 1),
    "Mixed_7a.branch7x7x3_4.conv.weight": (192, 192, 3, 3),
    "Mixed_7b.branch3x3dbl_1.conv.weight": (448, 1280, 1, 1),
    "Mixed_7c.branch1x1.conv.weight": (320, 2048, 1, 1),
    "Mixed_7c.branch3x3_2b.conv.weight": (384, 384, 3, 1),
    "fc.weight": (1008, 2048),
    "fc.bias": (1008,),
}
CONVOLUTIONS = {
    "Conv2d_1a_3x3": 1, "Conv2d_2a_3x3": 1, "Conv2d_2b_3x3": 1, "Conv2d_3b_1x1": 1,
    "Conv2d_4a_3x3": 1, "Mixed_5b": 7, "Mixed_5c": 7, "Mixed_5d": 7, "Mixed_6a": 4, "Mixed_6b": 10,
    "Mixed_6c": 10, "Mixed_6d": 10, "Mixed_6e": 10, "Mixed_7a": 6, "Mixed_7b": 9, "Mixed_7c": 9,
}  # fmt: skip


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A file of random weights with the names and shapes of the published one."""
    path = tmp_path_factory.mktemp("weights") / "random.pth"
    torch.save(seeded_weights(0), path)
    return path


@pytest.fixture(scope="module")
def converted(weights):
    return convert_inception(weights, weights.parent / "random.onnx", Progress())


@pytest.fixture
def quick(converted, monkeypatch):
    """Exporting takes what was exported already, with the card of this time."""

    def write(net, path, card):
        model = onnx.load(converted)
        onnx.helper.set_model_props(model, card.to_metadata())
        onnx.save(model, path)

    monkeypatch.setattr(convert, "_write", write)


def pictures(n=2, side=64):
    return np.random.default_rng(0).integers(0, 256, (n, 3, side, side), dtype=np.uint8)


def test_the_network_has_the_566_entries_of_the_file():
    state = Inception().state_dict()
    assert len(state) == 566
    assert next(iter(state)) == "Conv2d_1a_3x3.conv.weight"
    for name, shape in SHAPES.items():
        assert tuple(state[name].shape) == shape, name
    counted = {}
    for name in state:
        if name.endswith("conv.weight"):
            part = name.partition(".")[0]
            counted[part] = counted.get(part, 0) + 1
    assert counted == CONVOLUTIONS
    assert sum(value.numel() for value in Inception().parameters()) == 23_850_960
    kinds = {name.rpartition(".")[2] for name in state if ".bn." in name}
    assert kinds == {"weight", "bias", "running_mean", "running_var", "num_batches_tracked"}


def test_average_pools_do_not_count_the_padding_and_the_last_block_takes_the_largest():
    ones = torch.ones(1, 1, 4, 4)
    assert torch.equal(average(ones), ones)
    peak = torch.zeros(1, 1, 4, 4)
    peak[0, 0, 0, 0] = 4.0
    assert average(peak)[0, 0, 0, 0] == 1  # of four pixels, not of nine
    assert largest(peak)[0, 0, 1, 1] == 4
    net = Inception()
    assert net.Mixed_7b._pool is average
    assert net.Mixed_7c._pool is largest
    assert BlockC(8, takes_largest=True)(torch.rand(1, 8, 5, 5)).shape == (1, 2048, 5, 5)


def test_the_file_answers_as_torch_does_and_names_its_features(converted, weights):
    net = Inception()
    net.load_state_dict(seeded_weights(0))
    net.eval()
    own = file_extractor(converted, PICTURES, "ptfid")
    with torch.no_grad():
        known = net(torch.from_numpy(RULES["ptfid"](pictures(3))))
    rows = own.rows(pictures(3))
    assert (own.n_features, own.n_logits) == (FEATURES, CLASSES) == (2048, 1008)
    for found, wanted in zip((rows[:, :2048], rows[:, 2048:]), known, strict=True):
        scale = float(wanted.abs().max())
        np.testing.assert_allclose(found, wanted.numpy(), atol=1e-5 * scale)
    assert np.allclose(rows[:, 2048:], rows[:, :2048] @ net.fc.weight.detach().numpy().T, atol=1e-3)
    assert own.name == f"custom@ptfid:{sha256_of(weights)[:12]}"


def test_the_file_holds_card_and_plain_operators_and_nothing_of_the_machine(converted, weights):
    card = read_any_card(converted)
    assert (card.task, card.id, card.resize, card.size_px) == ("features", "custom", "tf1", 299)
    assert card.weights_sha256 == sha256_of(weights)
    model = onnx.load(converted)
    assert [item.version for item in model.opset_import if item.domain == ""] == [18]
    assert [out.name for out in model.graph.output] == ["pool", "logits_unbiased"]
    assert model.graph.input[0].type.tensor_type.shape.dim[0].dim_param
    content = converted.read_bytes()
    assert str(Path(torch.__file__).parent).encode() not in content
    assert b".py" not in content
    assert [path.name for path in converted.parent.iterdir() if path.name.startswith(".")] == []
    with pytest.raises(ModelError, match="gives features, not images"):
        ModelFile.load(converted)


def test_known_weights_give_the_published_name(weights, quick, tmp_path, monkeypatch):
    monkeypatch.setitem(convert.KNOWN_WEIGHTS, sha256_of(weights), "fid")
    path = convert_inception(weights, tmp_path / "known.onnx", Progress())
    assert read_any_card(path).id == "fid"
    assert file_extractor(path, PICTURES).family == "fid@tf1"


def test_the_published_sha256_is_the_known_one():
    assert convert.KNOWN_WEIGHTS == {PUBLISHED: "fid"}


def test_torchscript_is_refused_without_being_run(tmp_path):
    path = tmp_path / "inception-2015-12-05.pt"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("data.pkl", "constants.pkl", "version", "code/__torch__/net.py"):
            archive.writestr(f"inception/{name}", "")
    with pytest.raises(InputError, match=r"is TorchScript, a program.*it is not opened"):
        convert_inception(path, tmp_path / "o.onnx", Progress())
    assert not (tmp_path / "o.onnx").exists()


class Evil:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (os.mkdir, (self.path,))


def test_a_file_that_would_run_code_runs_none(tmp_path):
    path, trace = tmp_path / "evil.pth", tmp_path / "trace"
    torch.save({"fc.weight": Evil(str(trace))}, path)
    with pytest.raises(InputError, match="no file of weights that can be read safely"):
        convert_inception(path, tmp_path / "o.onnx", Progress())
    assert not trace.exists()


def test_other_files_are_refused_in_one_sentence(tmp_path):
    out = tmp_path / "o.onnx"
    state = {name: torch.zeros(value.shape) for name, value in seeded_weights(0).items()}
    cases = {
        "text": (b"no weights at all", "read safely"),
        "empty": (b"", "read safely"),
        "list": ([torch.zeros(3)], "named weights only"),
        "table": ({"epoch": 3}, "named weights only"),
        "other": ({"a": torch.zeros(3)}, "1 entries, 566 of 566 are missing"),
        "fewer": ({k: v for k, v in state.items() if k != "fc.bias"}, r"1 of 566.*fc\.bias"),
        "more": ({**state, "extra": torch.zeros(1)}, "extra"),
        "shape": ({**state, "fc.weight": torch.zeros(1000, 2048)}, r"fc\.weight is \(1000, 2048\)"),
        "nan": ({**state, "fc.bias": torch.full((1008,), torch.nan)}, "not finite"),
    }
    for name, (content, reason) in cases.items():
        path = tmp_path / f"{name}.pth"
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            torch.save(content, path)
        with pytest.raises(InputError, match=reason) as told:
            convert_inception(path, out, Progress())
        assert path.name in str(told.value)
        path.unlink()
    with pytest.raises(InputError, match="no file of weights"):
        convert_inception(tmp_path / "absent.pth", out, Progress())
    with zipfile.ZipFile(tmp_path / "odd.pth", "w") as archive:
        archive.writestr("a.txt", "a")
    with pytest.raises(InputError, match="read safely"):
        convert_inception(tmp_path / "odd.pth", out, Progress())
    assert not out.exists()


def test_a_file_that_differs_from_torch_or_is_stopped_is_not_kept(
    weights, quick, tmp_path, monkeypatch
):
    out = tmp_path / "o.onnx"
    stopped = Progress(is_stopped=lambda: True)
    with pytest.raises(Cancelled):
        convert_inception(weights, out, stopped)
    monkeypatch.setattr(convert, "LARGEST_ERROR", -1.0)
    with pytest.raises(CheckFailedError, match=r"o\.onnx was not written"):
        convert_inception(weights, out, Progress())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(
    "SATSTUDIO_INCEPTION" not in os.environ,
    reason="SATSTUDIO_INCEPTION does not name the published file of weights",
)
def test_the_published_file_becomes_fid(tmp_path):
    weights = Path(os.environ["SATSTUDIO_INCEPTION"])
    assert sha256_of(weights) == PUBLISHED
    assert list(torch.load(weights, weights_only=True)) == list(Inception().state_dict())
    path = convert_inception(weights, tmp_path / "fid.onnx", Progress())
    own = file_extractor(path, PICTURES)
    assert own.name == "fid@tf1:6726825d0af5"
    rows = own.rows(pictures())
    assert np.isfinite(rows).all()
    assert (rows[:, :FEATURES] >= 0).all()
