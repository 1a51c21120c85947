"""weights_sha256: one hash of all weights of an ONNX file, whatever else is in it."""

import hashlib
from typing import Any


def weights_sha256(model: Any) -> str:  # noqa: ANN401 - onnx has no types
    """Hash of the names and values of all weights, sorted by name: a file cannot hold its own."""
    import onnx  # lazy: only who writes model files needs it

    digest = hashlib.sha256()
    for weight in sorted(model.graph.initializer, key=lambda weight: str(weight.name)):
        digest.update(weight.name.encode())
        digest.update(onnx.numpy_helper.to_array(weight).tobytes())
    return digest.hexdigest()
