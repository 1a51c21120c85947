"""check_contents: what an ONNX file must be that this program runs: whole, and ONNX alone."""

from pathlib import Path
from typing import Any, Final

from satstudio.core.errors import ModelError

KNOWN: Final = frozenset(("", "ai.onnx", "ai.onnx.ml", "com.microsoft"))
"""Sets of operators that ONNX Runtime itself has."""


def check_contents(path: Path) -> Any:  # noqa: ANN401 - onnx has no types
    """Return the parsed file; nothing in it is run, no other file is read.

    Raises
    ------
    ModelError
        If it is missing, damaged, keeps weights in other files, or has operators that only its
        maker's own code can carry out.
    """
    import onnx  # lazy: heavy; only foreign files are looked into
    from google.protobuf.message import DecodeError

    if not path.is_file():
        raise ModelError(f"There is no model file {path}.")
    try:
        model = onnx.load_model(path, load_external_data=False)
    except (DecodeError, ValueError) as error:
        raise ModelError(
            f"{path.name} is no ONNX model: the file is damaged, cut short or of another kind."
        ) from error
    texts = [text for item in model.metadata_props for text in (item.key, item.value)]
    if not all(isinstance(text, str) for text in texts):
        raise ModelError(f"The metadata of {path.name} are no UTF-8 text: the file is damaged.")
    if not model.graph.node:
        raise ModelError(f"{path.name} is no ONNX model that does anything: it has no operators.")
    elsewhere = onnx.TensorProto.EXTERNAL
    outside = next((t for t in model.graph.initializer if t.data_location == elsewhere), None)
    if outside is not None:
        raise ModelError(
            f"{path.name} keeps its weights in other files (external data); save it as one file "
            "first: onnx.save(onnx.load(FILE), COPY)."
        )
    own = {function.domain for function in model.functions}
    odd = next((n for n in model.graph.node if n.domain not in KNOWN | own), None)
    if odd is not None:
        raise ModelError(
            f"{path.name} needs the operator {odd.op_type} of '{odd.domain}', which comes with its "
            "maker's own code; only operators of ONNX Runtime are run here."
        )
    return model
