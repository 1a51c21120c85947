"""Stacks, `stack:A|B|C`: several files that lie on each other, as one scene."""

from satstudio.scenes.geometry.stack import open_source
from satstudio.scenes.scene import STACK
from satstudio.scenes.source import READERS, Reader

READERS.add(
    "stack",
    Reader(
        accepts=lambda path: str(path).startswith(STACK),
        open=open_source,
        images=lambda path: (),
        priority=100,
    ),
)
