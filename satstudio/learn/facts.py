"""run_facts, data_facts: what run.json says of a run and its images, beside where it stands."""

from dataclasses import asdict
from typing import Any

from torch import Tensor

from satstudio.learn.data import TrainingData
from satstudio.learn.device import machine, versions
from satstudio.learn.game import Game
from satstudio.learn.method import METHODS, Method
from satstudio.learn.spaces import TWO_VALUED, two_valued_share
from satstudio.learn.train_recipe import TrainRecipe

ALTERNATING = (
    "This run began with the two-step schedule of an earlier version of the program, which takes "
    "images to T and leaves them alone twice in turn, and goes on with it; a new run switches once."
)

CUT_WHITE = (
    " These patches are not white, and a despeckler learns more from such as are: cut them with "
    "'satstudio patches cut --white' ('Whiten and take out points' on the page Patches)."
)


def run_facts(data: TrainingData, recipe: TrainRecipe, method: Method) -> dict[str, Any]:
    """Return the facts, JSON-ready."""
    latent = method.exportable().latent
    return {
        "method": recipe.method,
        "preset": recipe.preset,
        "versions": versions(),
        "machine": machine(),
        "parameters": dict(method.parameters),
        "patches": str(data.path),
        "trained_on_sha256": data.sha256,
        "train_patches": len(data.train),
        "validation_patches": len(data.validation),
        "scaling": data.scaling.model_dump(),
        "bands": list(data.bands),
        "is_complex": data.is_complex,
        "domain": data.domain,
        "quantity": data.quantity,
        "is_whitened": data.is_whitened,
        "size_px": method.size_px,
        "spacing_m": data.spacing_m,
        "latent": None if latent is None else dict(latent),
    }


def data_facts(
    data: TrainingData, recipe: TrainRecipe, method: Method, images: Tensor
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return what there is to know of the images for this method, and what to say of it.

    A despeckler wants white spectra. Noisy scale-space is worse on images of two values (Nakamura
    et al., limitations).

    Parameters
    ----------
    images : (n, channels, rows, cols), a batch as the network sees it
    """
    info = METHODS[recipe.method]
    if info.takes == "image" and info.wants_complex:
        found = data.whiteness()
        advice = "" if found.is_white or data.is_whitened else CUT_WHITE
        remark = f"{found.remark}{advice}"
        return {"spectrum": asdict(found)}, (remark,) if remark else ()
    if not isinstance(method, Game) or method.options.space == "none":
        return {}, ()
    share = two_valued_share(images)
    facts = {"space": {"sigma": method.sigma, "two_valued_share": share}}
    remarks = [ALTERNATING] if method.is_alternating else []
    return facts, (*remarks, *([two_valued_text(share)] if share >= TWO_VALUED else []))


def two_valued_text(share: float) -> str:
    """Return the warning about images of two values."""
    return (
        f"These images are nearly two-valued ({share:.0%} of their pixels lie at either end). In "
        "noisy scale-space such images came out worse; compare with space 'none'."
    )
