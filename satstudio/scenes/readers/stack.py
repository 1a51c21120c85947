"""Stacks, `stack:A|B|C`: several files that lie on each other, as one scene."""

from satstudio.scenes.scene import STACK
from satstudio.scenes.source import READERS, Reader
from satstudio.scenes.stack import open_source

READERS.add(
    "stack",
    Reader(
        accepts=lambda path: str(path).startswith(STACK),
        open=open_source,
        images=lambda path: (),
        priority=100,
    ),
)
