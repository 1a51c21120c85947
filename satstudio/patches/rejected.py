"""Rejected: items of a patch set that a person left out; `rejected.json` beside its manifest."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import SerializerFunctionWrapHandler, ValidationError, model_serializer

from satstudio.core.errors import InputError
from satstudio.core.files.replacing import write_text, writing
from satstudio.core.recipe import Recipe
from satstudio.patches.manifest import MANIFEST, SEEN_SPLITS, SPLITS, Split

FILE = "rejected.json"


class Rejected(Recipe):
    """Numbers of items, in their split's order in the manifest, from 0.

    The patches stay in the shards, and whoever opens the set does not see them: they are neither
    learnt from nor measured with, nor checked. Taking a number out brings its patch back.
    """

    train: tuple[int, ...] = ()
    validation: tuple[int, ...] = ()
    test: tuple[int, ...] = ()

    @model_serializer(mode="wrap")
    def _without_empty_test(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Write as before there were tests: the text is part of what identifies a set."""
        values: dict[str, Any] = dump(self)
        if not self.test:
            values.pop("test", None)
        return values

    @classmethod
    def read(cls, folder: Path, counts: Mapping[Split, int]) -> Self:
        """Return what was rejected of a set; nothing where there is no such file.

        Parameters
        ----------
        counts : items of each split of the whole set

        Raises
        ------
        InputError
            If the file is damaged, or names a patch that there is not.
        """
        path = folder / FILE
        try:
            found = cls.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return cls()
        except (OSError, ValidationError) as error:
            raise InputError(
                f"{path} cannot be read; remove it to have all patches again."
            ) from error
        found.check(path, counts)
        return found

    def of(self, split: Split) -> frozenset[int]:
        """Return the numbers of a split."""
        chosen: tuple[int, ...] = getattr(self, split)
        return frozenset(chosen)

    def toggled(self, split: Split, number: int) -> Self:
        """Return the same with an item rejected, or taken back where it was."""
        return self.changed(**{split: tuple(sorted(self.of(split) ^ {number}))})

    def check(self, path: Path, counts: Mapping[Split, int]) -> None:
        """Raise InputError where a number is none of the set's items."""
        for split in SPLITS:
            count = counts[split]
            wrong = [number for number in self.of(split) if not 0 <= number < count]
            if wrong:
                raise InputError(
                    f"{path} rejects the patch {split}/{wrong[0]}, but there are {count}; remove "
                    "it to have all patches again."
                )

    def write(self, folder: Path) -> None:
        """Write it beside the manifest; nothing rejected: no file.

        Raises
        ------
        InputError
            If the set has gone.
        """
        if not (folder / MANIFEST).is_file():
            raise InputError(f"{folder} is no patch set any more; nothing can be rejected of it.")
        path = folder / FILE
        if not self:
            with writing(path):
                path.unlink(missing_ok=True)
            return
        write_text(path, json.dumps(self.numbers, indent=2) + "\n")

    def __bool__(self) -> bool:
        """Tell whether anything is rejected."""
        return self.count > 0

    @property
    def count(self) -> int:
        """How many are rejected."""
        return sum(len(self.of(split)) for split in SPLITS)

    @property
    def numbers(self) -> Mapping[Split, list[int]]:
        """The numbers by split, in their order; of the test only where there are some."""
        splits = SPLITS if self.test else SEEN_SPLITS
        return {split: sorted(self.of(split)) for split in splits}
