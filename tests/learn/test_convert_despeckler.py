"""Published despeckling weights become model files: structure, parity, card, what is refused."""

import os
import struct
import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from satstudio.core.errors import CheckFailedError, ExistsError, InputError
from satstudio.core.files.replacing import sha256_of
from satstudio.core.progress import Progress
from satstudio.learn.export import convert_despeckler as convert
from satstudio.learn.export import onnx_export as export
from satstudio.learn.export.convert_despeckler import SCALES, convert_merlin, convert_sar2sar
from satstudio.learn.nets.log_despecklers import MEDIAN, AmplitudeNet, MerlinNet
from satstudio.learn.nets.log_unet import LogUNet, seeded_weights
from satstudio.pixels.noise import complex_normal
from satstudio.restore.models.model_file import ModelFile, read_card

pytestmark = [pytest.mark.learn, pytest.mark.slow]
LARGEST_ERROR = 1e-5
SHAPES = {  # of the published files
    "enc0.weight": (48, 1, 3, 3),
    "enc1.weight": (48, 48, 3, 3),
    "enc6.weight": (48, 48, 3, 3),
    "dec5.weight": (96, 96, 3, 3),
    "dec4.weight": (96, 144, 3, 3),
    "dec2b.weight": (96, 96, 3, 3),
    "dec1a.weight": (64, 97, 3, 3),
    "dec1b.weight": (32, 64, 3, 3),
    "dec1.weight": (1, 32, 3, 3),
    "dec1.bias": (1,),
}


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A file of random weights with the names and shapes of the published ones."""
    path = tmp_path_factory.mktemp("weights") / "random.pth"
    torch.save(seeded_weights(0), path)
    return path


@pytest.fixture(scope="module")
def merlin(weights):
    out = weights.parent / "merlin.onnx"
    return convert_merlin(weights, out, Progress(), sensor="sentinel1")


@pytest.fixture
def unwritten(monkeypatch):
    """Nothing is exported: a name and a card are all that is asked for."""
    cards = []
    monkeypatch.setattr(convert, "write_model", lambda ready, card, *_: cards.append(card))
    return cards


def net_of(weights):
    net = LogUNet()
    net.load_state_dict(weights)
    return net.eval()


def samples(side=64, seed=0):
    """Speckle (1, 2, side, side) float32 of the median amplitude that the networks know."""
    z = complex_normal(seed, 1, side * side).reshape(1, side, side)
    z = z * (MEDIAN / np.median(np.abs(z)))
    return np.stack([z.real, z.imag], axis=1).astype(np.float32)


def test_the_network_has_the_36_entries_of_the_files():
    state = LogUNet().state_dict()
    assert len(state) == 36
    assert sum(value.numel() for value in state.values()) == 988_609
    for name, shape in SHAPES.items():
        assert tuple(state[name].shape) == shape, name
    assert list(state)[:2] == ["enc0.weight", "enc0.bias"]


def test_an_answer_depends_on_no_more_than_the_halo():
    net = net_of(seeded_weights(0)).double()
    image = torch.zeros(1, 1, 416, 32, dtype=torch.float64, requires_grad=True)
    reached = 0
    for row in (192, 192 + 31):
        (gradients,) = torch.autograd.grad(net(image)[0, 0, row, 16], image)
        rows = torch.nonzero(gradients.abs().sum(dim=(0, 1, 3)))[:, 0]
        reached = max(reached, row - int(rows.min()), int(rows.max()) - row)
    assert 100 < reached <= 158
    assert reached <= convert.HALO_PX


def test_the_file_answers_as_torch_does(merlin, weights):
    net = MerlinNet(net_of(seeded_weights(0)), SCALES["sentinel1"])
    file = ModelFile.load(merlin.path)
    for scale in (1e-3, 1, 1e3):
        given = samples() * np.float32(scale)
        given[:, :, 20:23, 20:23] = 0
        with torch.no_grad():
            known = net(torch.from_numpy(given)).numpy()
        found = file.run(given)
        assert known.shape == (1, 1, 64, 64)
        assert (np.abs(found - known) / known).max() <= LARGEST_ERROR


def test_the_card_says_what_it_is_and_nothing_of_the_machine(merlin, weights):
    card = read_card(merlin.path)
    assert (card.task, card.method, card.is_complex) == ("despeckle", "merlin_sentinel1", True)
    assert (card.halo_px, card.size_multiple, card.fitted_median) == (160, 32, 30)
    assert card.converted_from_sha256 == merlin.weights_sha256 == sha256_of(weights)
    assert card.licence == "as the weights"
    assert (merlin.network, merlin.reason) == ("merlin_sentinel1", "you say so")
    content = merlin.path.read_bytes()
    assert str(Path(torch.__file__).parent).encode() not in content
    assert str(weights.parent).encode() not in content
    assert onnx.load(merlin.path).graph.input[0].type.tensor_type.shape.dim[2].dim_param


def test_the_mean_of_both_intensities_is_taken_on_the_scale_of_the_sensor():
    net = LogUNet()
    for value in net.state_dict().values():
        value.zero_()  # no speckle is found: what comes out is what went in
    given = samples()
    for sensor in SCALES:
        with torch.no_grad():
            found = MerlinNet(net, SCALES[sensor])(torch.from_numpy(given)).numpy()
        known = np.sqrt(0.5 * (given[:, :1] ** 2 + given[:, 1:] ** 2) + 1e-3)
        np.testing.assert_allclose(found, known, rtol=1e-5)
    amplitudes = np.hypot(given[:, :1], given[:, 1:])
    for same in (given, amplitudes):
        with torch.no_grad():
            found = AmplitudeNet(net, convert.TERRASAR)(torch.from_numpy(same)).numpy()
        np.testing.assert_allclose(found, np.maximum(amplitudes, 1), rtol=1e-4)


def test_zeros_get_the_mean_of_their_neighbours():
    net = LogUNet()
    for value in net.state_dict().values():
        value.zero_()
    given = np.full((1, 1, 32, 32), 7, np.float32)
    given[..., 3:6, 3:6] = 0
    given[..., 16:, :] = 0
    with torch.no_grad():
        found = AmplitudeNet(net, convert.TERRASAR)(torch.from_numpy(given)).numpy()
    np.testing.assert_allclose(found[..., :18, :], 7, rtol=1e-4)
    np.testing.assert_allclose(found[..., 18:, :], MEDIAN / np.log(2) ** 0.5, rtol=1e-4)


@pytest.mark.parametrize(
    ("name", "said", "method", "reason"),
    [
        ("a.pth", "spotlight", "merlin_spotlight", "you say so"),
        ("my_Stripmap.pth", None, "merlin_stripmap", "its file's name says so"),
        ("sentinel_tops.pth", None, "merlin_sentinel1", "its file's name says so"),
    ],
)
def test_which_network_it_is_is_said_with_the_reason(
    weights, unwritten, tmp_path, name, said, method, reason
):
    path = tmp_path / name
    path.write_bytes(weights.read_bytes())
    made = convert_merlin(path, tmp_path / "o.onnx", Progress(), sensor=said)
    assert (made.network, made.reason) == (method, reason)
    assert unwritten[0].method == method


def test_nobody_guesses_where_nothing_says_which_network_it_is(weights, tmp_path):
    with pytest.raises(InputError, match="say --sensor stripmap, spotlight or sentinel1"):
        convert_merlin(weights, tmp_path / "o.onnx", Progress())


def test_the_published_sha256_decides(weights, unwritten, tmp_path, monkeypatch):
    out, sha256 = tmp_path / "o.onnx", sha256_of(weights)
    monkeypatch.setitem(convert.KNOWN_WEIGHTS, sha256, "spotlight")
    assert convert_merlin(weights, out, Progress()).network == "merlin_spotlight"
    assert unwritten[0].licence.startswith("MIT")
    with pytest.raises(InputError, match=r"random\.pth is the published network for spotlight"):
        convert_merlin(weights, out, Progress(), sensor="stripmap")
    with pytest.raises(InputError, match=r"the published network of MERLIN.*convert it as merlin"):
        convert_sar2sar(weights, out, Progress())
    monkeypatch.setitem(convert.KNOWN_WEIGHTS, sha256, "sar2sar")
    assert convert_sar2sar(weights, out, Progress()).reason == "its sha256 is the published one"
    with pytest.raises(InputError, match=r"the published network of SAR2SAR.*as sar2sar"):
        convert_merlin(weights, out, Progress(), sensor="stripmap")


def test_the_state_of_a_training_is_read_without_its_numbers_of_numpy(weights, unwritten, tmp_path):
    path = tmp_path / "sar2sar.pth"
    state = {
        "epoch": 50,
        "model_state_dict": seeded_weights(0),
        "loss": np.float64(0.25),
        "others": [np.float32(1), np.int64(3)],
    }
    torch.save(state, path)
    assert convert_sar2sar(path, tmp_path / "o.onnx", Progress()).network == "sar2sar"
    card = unwritten[0]
    assert (card.is_complex, card.quantity, card.complex_layout) == (False, "amplitude", "none")
    convert_sar2sar(path, tmp_path / "o.onnx", Progress(), is_complex=True)
    assert (unwritten[1].is_complex, unwritten[1].complex_layout) == (True, "interleaved")


class Evil:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (os.mkdir, (self.path,))


def bomb(path):
    """A file of torch's with one part that unpacks to far more than weights take."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02}q\x00.")
        archive.writestr("archive/data/0", bytes(100_000_000))
    return path


def broken_directory(whole):
    """The file with nonsense where it lists its parts."""
    first = whole.index(b"PK\x01\x02")
    return whole[:first] + b"XX" + whole[first + 2 :]


def huge_number():
    """A pickle of one opcode that asks for 2^62 bytes."""
    return b"\x80\x04\x8e" + struct.pack("<Q", 2**62) + b"."


def test_other_files_are_refused_in_one_sentence(weights, tmp_path):
    out, trace = tmp_path / "o.onnx", tmp_path / "trace"
    state = seeded_weights(0)
    whole = weights.read_bytes()
    cases = {
        "text": (b"no weights at all", "read safely"),
        "empty": (b"", "read safely"),
        "cut": (whole[: len(whole) // 2], "read safely"),
        "directory": (broken_directory(whole), "read safely"),
        "opcode": (huge_number(), "read safely"),
        "evil": ({"enc0.bias": Evil(str(trace))}, "read safely"),
        "list": ([torch.zeros(3)], "named weights only"),
        "inside": ({"model_state_dict": 3}, "named weights only"),
        "other": ({"a": torch.zeros(3)}, "1 entries, 36 of 36 are missing"),
        "fewer": ({k: v for k, v in state.items() if k != "dec1.bias"}, r"1 of 36.*dec1\.bias"),
        "more": ({**state, "extra": torch.zeros(1)}, "extra"),
        "shape": (
            {**state, "dec1a.weight": torch.zeros(64, 96, 3, 3)},
            r"dec1a\.weight is \(64, 96, 3, 3\), not \(64, 97, 3, 3\)",
        ),
        "spread": (
            {**state, "enc1.weight": torch.zeros(1).expand(2**40)},
            r"enc1\.weight is \(1099511627776,\)",
        ),
        "nan": ({**state, "dec1.bias": torch.full((1,), torch.nan)}, "not finite"),
    }
    for name, (content, reason) in cases.items():
        path = tmp_path / f"{name}.pth"
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            torch.save(content, path)
        with pytest.raises(InputError, match=reason) as told:
            convert_merlin(path, out, Progress(), sensor="stripmap")
        assert str(told.value).startswith(path.name), name
        assert "deepdespeckling 0.8" in str(told.value)
    with pytest.raises(InputError, match=r"bomb\.pth is too large"):
        convert_merlin(bomb(tmp_path / "bomb.pth"), out, Progress(), sensor="stripmap")
    with pytest.raises(InputError, match="no file of weights"):
        convert_sar2sar(tmp_path / "absent.pth", out, Progress())
    assert not trace.exists()
    assert not out.exists()


def test_what_exists_stays_and_what_differs_is_not_kept(merlin, weights, tmp_path, monkeypatch):
    with pytest.raises(ExistsError):
        convert_merlin(weights, merlin.path, Progress(), sensor="stripmap")
    assert read_card(merlin.path).method == "merlin_sentinel1"

    def write(ready, path, card):
        model = onnx.load(merlin.path)  # of another sensor's scale
        onnx.helper.set_model_props(model, card.to_metadata())
        onnx.save(model, path)

    monkeypatch.setattr(export, "_write", write)
    with pytest.raises(CheckFailedError, match=r"o\.onnx was not written.*differs from torch"):
        convert_merlin(weights, tmp_path / "o.onnx", Progress(), sensor="stripmap")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(
    "SATSTUDIO_MERLIN" not in os.environ,
    reason="SATSTUDIO_MERLIN does not name a published file of weights",
)
def test_a_published_file_despeckles_and_keeps_the_power(tmp_path):
    weights = Path(os.environ["SATSTUDIO_MERLIN"])
    known = convert.KNOWN_WEIGHTS[sha256_of(weights)]
    turn = convert_sar2sar if known == "sar2sar" else convert_merlin
    made = turn(weights, tmp_path / "made.onnx", Progress())
    assert made.network == ("sar2sar" if known == "sar2sar" else f"merlin_{known}")
    given = samples(256)
    parts = given if known != "sar2sar" else np.hypot(given[:, :1], given[:, 1:])
    found = ModelFile.load(made.path).run(parts)[0, 0, 32:-32, 32:-32] ** 2
    power = np.square(given).sum(1)[0, 32:-32, 32:-32]
    assert abs(10 * np.log10(found.mean() / power.mean())) < 2.5  # of white speckle
    assert np.log(found).std() < 0.45 < 1.2 < np.log(power).std()
