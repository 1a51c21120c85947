"""ImagePool: generated images of earlier steps, which a critic sees among the newest ones.

Shrivastava et al. 2017, section 2.3, in the form of CycleGAN (Zhu et al. 2017, section 4).
"""

from collections.abc import Mapping

import torch
from torch import Tensor

IMAGES = "images"
PROBABILITY = 0.5


class ImagePool:
    """Up to `size` past images; half of the images given are exchanged for one of them.

    Parameters
    ----------
    size : 0: every image comes back as it is
    random : draws which are exchanged, and for which; its state is the caller's to keep
    """

    def __init__(self, size: int, random: torch.Generator) -> None:
        self._size = size
        self._random = random
        self._images: list[Tensor] = []

    def __len__(self) -> int:
        """How many images it holds."""
        return len(self._images)

    def exchange(self, images: Tensor) -> Tensor:
        """Return as many images (n, ...), some of them past ones; keep some of those given.

        Images come back as they are while the pool fills. Once it is full each is, with
        probability 1/2, exchanged for one of the pool that is drawn at random.
        """
        if not self._size:
            return images
        return torch.stack([self._exchanged(image.detach()) for image in images])

    def state(self) -> dict[str, Tensor]:
        """Return copies of the images by name; nothing while there are none."""
        return {IMAGES: torch.stack(self._images)} if self._images else {}

    def load_state(self, state: Mapping[str, Tensor], like: Tensor) -> None:
        """Undo `state`; the images get device and number format of `like`."""
        images = state.get(IMAGES)
        self._images = [] if images is None else list(images.to(like).clone())

    def _exchanged(self, image: Tensor) -> Tensor:
        if len(self._images) < self._size:
            self._images.append(image.clone())
            return image
        if float(torch.rand((), generator=self._random)) >= PROBABILITY:
            return image
        place = int(torch.randint(self._size, (), generator=self._random))
        past, self._images[place] = self._images[place], image.clone()
        return past
