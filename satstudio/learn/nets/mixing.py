"""mixes_images: whether a network works on the images of a batch one by one."""

from torch import nn


def mixes_images(net: nn.Module) -> bool:
    """Tell whether a network has batch norms, so that images are not worked on one by one.

    Layers of our own that do so say `mixes_images`.
    """
    return any(
        isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d)
        or bool(getattr(layer, "mixes_images", False))
        for layer in net.modules()
    )
