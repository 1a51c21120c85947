"""open_first: a scene with its statistics and first style, or the images of a product."""

from dataclasses import dataclass

from satstudio.core.errors import SatstudioError
from satstudio.render.style import DisplayStyle, Statistics, first_style, measure
from satstudio.scenes.address import STACK, parse_address
from satstudio.scenes.pyramid.build import Pyramid, open_pyramid
from satstudio.scenes.scene import ImageInfo, Scene, list_images, open_scene
from satstudio.session.session import name_of


@dataclass(frozen=True, slots=True)
class Opened:
    """What the opening thread found: a scene with its statistics, or several images."""

    address: str
    scene: Scene | None = None
    statistics: Statistics | None = None
    style: DisplayStyle | None = None
    images: tuple[ImageInfo, ...] = ()


class OpenError(Exception):
    """An error on the way to a scene, with the address that was asked for."""

    def __init__(self, address: str, sentence: str) -> None:
        super().__init__(sentence)
        self.address = address


def open_first(address: str) -> Opened:
    """Open a scene, or list the images of a product; runs on another thread."""
    try:
        asked = parse_address(address)
        is_one = asked.image is not None or asked.path.startswith(STACK)
        images = () if is_one else list_images(asked.path)
        if len(images) > 1:
            return Opened(address, images=images)
        scene = open_scene(address)
        try:
            statistics = measure(scene)
            style = first_style(scene, statistics)
            pyramid = open_pyramid(scene.identity) if scene.has_means else None
            if pyramid is not None:
                scene.attach_pyramid(pyramid)
                statistics = exact(statistics, pyramid)
            return Opened(address, scene, statistics, style)
        except BaseException:
            scene.close()
            raise
    except SatstudioError as error:
        raise OpenError(address, str(error)) from error
    except Exception as error:
        sentence = f"Cannot open {name_of(address)}: {error or type(error).__name__}."
        raise OpenError(address, sentence) from error


def exact(statistics: Statistics, pyramid: Pyramid) -> Statistics:
    """Return statistics with the smallest and largest of all pixels."""
    return statistics.with_power_range(pyramid.ranges) if pyramid.is_power else statistics
