"""new_run_info, findings_of: what run.json says of a run and its data, beside where it stands."""

from typing import Any

from satstudio.learn.device import machine, versions
from satstudio.learn.method import Findings, Inspecting
from satstudio.learn.setup.set_up import Setup


def new_run_info(setup: Setup) -> dict[str, Any]:
    """Return what is known when a run begins, JSON-ready."""
    data, method = setup.data, setup.method
    latent = method.exportable().latent
    return {
        **setup.info(),
        "versions": versions(),
        "machine": machine(),
        "parameters": dict(method.parameters),
        "patches": str(data.path),
        "trained_on_sha256": data.sha256,
        "train_patches": len(data.train),
        "validation_patches": len(data.validation),
        "scaling": data.scaling.model_dump(),
        "ports": [port.model_dump(mode="json") for port in data.ports],
        "bands": list(data.bands),
        "is_complex": data.is_complex,
        "domain": data.domain,
        "quantity": data.quantity,
        "is_whitened": data.is_whitened,
        "size_px": method.size_px,
        "spacing_m": data.spacing_m,
        "latent": None if latent is None else dict(latent),
    }


def findings_of(setup: Setup) -> Findings:
    """Return what a method finds in its training data; nothing where it does not look at them."""
    if not isinstance(setup.method, Inspecting):
        return Findings()
    return setup.method.inspect(setup.data, setup.training_batches.batch(1).images)
