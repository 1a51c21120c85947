"""Sets of made images, and tiny feature networks as ONNX, without torch."""

from functools import cache
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from satstudio.core.version import VERSION
from satstudio.restore.features.card import FeatureCard

N_FEATURES, N_LOGITS = 5, 7


@cache
def rough_images(n=100, seed=0, side=32, bands=4):
    """Real images (n, bands, side, side) float32 of a falling spectrum; bands are alike."""
    rng = np.random.default_rng(seed)
    radius = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side))
    radius[0, 0] = 1
    white = np.fft.rfft2(rng.standard_normal((n, bands + 1, side, side)))
    rough = np.fft.irfft2(white * radius**-1.2, s=(side, side))
    rough /= rough.std(axis=(2, 3), keepdims=True)
    level = 0.3 + 0.05 * rng.standard_normal((n, bands, 1, 1))
    contrast = 0.05 * np.exp(0.2 * rng.standard_normal((n, 1, 1, 1)))
    images = level + contrast * (0.7 * rough[:, :1] + 0.5 * rough[:, 1:])
    return fixed(images.astype(np.float32))


@cache
def speckle_images(n=100, seed=0, side=32, share=0.6):
    """Complex speckle (n, 1, side, side) that fills a share of the azimuth spectrum."""
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((n, 1, side, side)) + 1j * rng.standard_normal((n, 1, side, side))
    spectrum = np.fft.fft(z, axis=2) * (np.abs(np.fft.fftfreq(side)) <= share / 2)[:, None]
    level = np.exp(0.3 * rng.standard_normal((n, 1, 1, 1)))
    return fixed((level * np.fft.ifft(spectrum, axis=2)).astype(np.complex64))


def fixed(images):
    """Return images that nobody can change, as several tests share them."""
    images.setflags(write=False)
    return images


def features_card(**values) -> FeatureCard:
    """A card of a feature network."""
    card = {
        "network": "made", "bands": 3, "size_px": 299, "resize": "tf1", "n_features": N_FEATURES,
        "n_logits": N_LOGITS, "weights_sha256": "ab" * 32, "version": VERSION,
    }  # fmt: skip
    return FeatureCard(**(card | values))


def made_network(
    path: Path, card: FeatureCard | None = None, bands=3, side=299, logits=True
) -> Path:
    """Write a network: mean of each band, times random weights; with a card, or without."""
    rng = np.random.default_rng(0)
    arrays = {
        "w": rng.standard_normal((bands, N_FEATURES)).astype(np.float32),
        "v": rng.standard_normal((N_FEATURES, N_LOGITS)).astype(np.float32),
    }
    nodes = [
        helper.make_node("GlobalAveragePool", ["image"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["flat"]),
        helper.make_node("MatMul", ["flat", "w"], ["pool"]),
    ]
    outputs = [helper.make_tensor_value_info("pool", TensorProto.FLOAT, ["n", N_FEATURES])]
    if logits:
        nodes.append(helper.make_node("MatMul", ["pool", "v"], ["logits_unbiased"]))
        outputs.append(
            helper.make_tensor_value_info("logits_unbiased", TensorProto.FLOAT, ["n", N_LOGITS])
        )
    graph = helper.make_graph(
        nodes,
        "features",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", bands, side, side])],
        outputs,
        [numpy_helper.from_array(array, name) for name, array in arrays.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    if card is not None:
        helper.set_model_props(model, card.to_metadata())
    onnx.save(model, path)
    return path
