"""What the models that come with the program make of images, and how near it is."""

import numpy as np

from satstudio.core.paths import resources_folder
from satstudio.pixels.scaling import scaled, unscaled
from satstudio.restore.models.model_file import ModelFile

MODELS = resources_folder() / "models"


def psnr(reference, estimate):
    return -10 * np.log10(np.mean(np.square(estimate - reference, dtype=np.float64)))


def restored(name, **given):
    """What a shipped model makes of images by role, in their numbers, of sides that it takes."""
    net = ModelFile.load(MODELS / f"{name}.onnx")
    fed = {}
    for port in net.card.inputs:
        values = given[port.role].astype(np.float32)
        fed[port.role] = (values if port.scaling is None else scaled(values, port.scaling))[None]
    return unscaled(net.run(fed)[0], net.card.outputs[0].scaling)
