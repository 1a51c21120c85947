"""run_facts: what run.json and checkpoints say of a run beside where it stands."""

from typing import Any

from satstudio.learn.data import TrainingData
from satstudio.learn.device import versions
from satstudio.learn.method import Method
from satstudio.learn.train_recipe import TrainRecipe


def run_facts(data: TrainingData, recipe: TrainRecipe, method: Method) -> dict[str, Any]:
    """Return the facts, JSON-ready."""
    latent = method.exportable().latent
    return {
        "method": recipe.method,
        "preset": recipe.preset,
        "versions": versions(),
        "parameters": dict(method.parameters),
        "patches": str(data.path),
        "trained_on_sha256": data.sha256,
        "train_patches": len(data.train),
        "validation_patches": len(data.validation),
        "scaling": data.scaling.model_dump(),
        "bands": list(data.bands),
        "is_complex": data.is_complex,
        "domain": data.domain,
        "size_px": method.size_px,
        "spacing_m": data.spacing_m,
        "latent": None if latent is None else dict(latent),
    }
