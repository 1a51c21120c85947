"""baseline_card: what a baseline of images by role says of itself, as a model's card does."""

from typing import Any

from satstudio.core.version import VERSION
from satstudio.restore.baselines import Baseline


def baseline_card(name: str, baseline: Baseline) -> dict[str, Any]:
    """Return plain values by name; as many bands as the scene has, in its own numbers.

    What depends on the scene (bands, tiles) and on the options (ratio) is left out.
    """
    ports = [
        port.model_dump(mode="json") | {"ratio": port.ratio or "1"} for port in baseline.inputs
    ]
    images = [port for port in baseline.inputs if port.mask_of is None]
    is_one = len(images) == 1 and images[0].frames == (1, 1)
    own = baseline.own.model_fields if baseline.own is not None else {}
    return {
        "task": "restore",
        "method": name,
        "takes": "image" if is_one else "images",
        "inputs": ports,
        "is_complex": False,
        "fills_gaps": baseline.fills_gaps,
        "options": {key: field.description for key, field in own.items()},
        "notes": baseline.source,
        "version": VERSION,
    }
