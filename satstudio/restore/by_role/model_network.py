"""ModelNetwork: a model file as what ModelEngine runs."""

from collections.abc import Mapping, Sequence

from satstudio.core.files.replacing import sha256_of
from satstudio.core.port import Role
from satstudio.core.progress import Progress
from satstudio.restore.engines import Values
from satstudio.restore.inputs import InputImages
from satstudio.restore.models.model_file import ModelFile
from satstudio.restore.pieces.tile_memory import tile_bytes


class ModelNetwork:
    """A model file; nothing is fitted."""

    remark = ""

    def __init__(self, file: ModelFile) -> None:
        self.file = file
        self.card = file.card
        self.name, self.sha256 = file.path.name, sha256_of(file.path)
        self.tags: Mapping[str, str] = {}

    def fitted(self, inputs: Sequence[InputImages], progress: Progress) -> "ModelNetwork":
        """Return it as it is."""
        return self

    def answers(self, given: Mapping[Role, Values]) -> Mapping[Role, Values]:
        """Run the network."""
        return self.file.answers(given)

    def tile_bytes(self, shapes: Mapping[Role, tuple[int, ...]]) -> int:
        """Estimate by the sizes of what the network makes."""
        inputs = self.file.inputs
        return tile_bytes(self.file.path, {inputs[role].name: of for role, of in shapes.items()})
