"""Network: what ModelEngine runs on tiles, a model file or a baseline of images by role."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from satstudio.core.port import Role
from satstudio.core.progress import Progress
from satstudio.restore.engines import Values
from satstudio.restore.inputs import InputImages
from satstudio.restore.models.model_card import ModelCard


class Network(Protocol):
    """Takes and gives what its card says, in its own numbers.

    Attributes
    ----------
    name, sha256 : which it is
    tags, remark : of what was fitted on the scene
    """

    @property
    def name(self) -> str: ...  # noqa: D102 - as above

    @property
    def sha256(self) -> str: ...  # noqa: D102 - as above

    @property
    def card(self) -> ModelCard: ...  # noqa: D102 - as above

    @property
    def tags(self) -> Mapping[str, str]: ...  # noqa: D102 - as above

    @property
    def remark(self) -> str: ...  # noqa: D102 - as above

    def fitted(self, inputs: Sequence[InputImages], progress: Progress) -> "Network":
        """Return it for these images; raises SatstudioError where they do not serve."""
        ...

    def answers(self, given: Mapping[Role, Values]) -> Mapping[Role, Values]:
        """Return every output by role, of every input by role."""
        ...

    def tile_bytes(self, shapes: Mapping[Role, tuple[int, ...]]) -> int:
        """Return what is in memory, about, while inputs of these shapes are worked on."""
        ...
