"""pixel_size_remark: whether a scene's pixels are those that a model was trained on."""

from satstudio.core.port import BoundPort
from satstudio.scenes.scene import Scene

FAR = 1.5
"""Pixels so many times larger or smaller than a model's show other things than it learnt."""


def pixel_size_remark(port: BoundPort, name: str, scene: Scene) -> str:
    """Return what to know where a scene's pixels are far from those of a model's input, else "".

    Parameters
    ----------
    name : of the model
    """
    own, wanted = scene.grid.spacing_m, port.pixel_size_m
    if own is None or wanted is None:
        return ""
    if all(1 / FAR <= mine / its <= FAR for mine, its in zip(own, wanted, strict=True)):
        return ""
    return (
        f"{name} was trained on pixels of {_size(wanted)}, this scene has {_size(own)}: what it "
        "makes may look right and be wrong."
    )


def _size(metres: tuple[float, float]) -> str:
    return f"{metres[0]:.3g} x {metres[1]:.3g} m"
