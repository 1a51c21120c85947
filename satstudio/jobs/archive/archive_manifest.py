"""Manifest: what of an archive is done and what failed, and why; one JSON line each."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from satstudio.core.errors import InputError, WriteError
from satstudio.core.files.replacing import write_sentence
from satstudio.restore.recipe import RestoreRecipe

FILE = "archive.jsonl"


class Manifest:
    """The record of an archive in the folder of its results; lines are only ever added.

    The first line tells what is done to every scene; each other one tells of a scene that it is
    `done`, or `failed` with the `reason`. The newest line of a scene counts.

    Attributes
    ----------
    request : what is done to every scene
    states : the newest line of each scene
    """

    def __init__(self, path: Path, request: Mapping[str, Any]) -> None:
        self.path = path
        self.request = request
        self.states: dict[str, dict[str, Any]] = {}

    @classmethod
    def open(cls, folder: Path, request: Mapping[str, Any], *, overwrite: bool = False) -> Self:
        """Go on with the manifest of a folder, or begin one.

        Raises
        ------
        InputError
            If the folder holds another archive, and nobody asked to replace it.
        WriteError
            If the disk refuses.
        """
        made = cls(folder / FILE, request)
        lines = [] if overwrite else made.read()
        if lines and lines[0].get("request") != request:
            raise InputError(
                f"{folder} holds an archive that was restored in another way; choose another "
                "folder, or --overwrite."
            )
        for line in lines[1:]:
            made.states[str(line["scene"])] = line
        if not lines:
            made._append({"request": dict(request)}, "wb")
        return made

    @classmethod
    def found(cls, folder: Path) -> Self | None:
        """Return the manifest of a folder as it is; None where there is none."""
        made = cls(folder / FILE, {})
        try:
            first, *lines = made.read()
            made.request = dict(first["request"])
            made.states = {str(line["scene"]): line for line in lines}
        except (OSError, ValueError, TypeError, KeyError):  # no line at all, or none of ours
            return None
        return made

    def is_of(self, model: str, recipe: RestoreRecipe) -> bool:
        """Tell whether scenes are restored by this model in this way; threads do not tell."""
        wanted = recipe.changed(threads=None).model_dump(mode="json")
        return (self.request.get("model"), self.request.get("recipe")) == (model, wanted)

    def read(self) -> list[dict[str, Any]]:
        """Return all whole lines; what a killed process left half-written is no line."""
        if not self.path.is_file():
            return []
        found = []
        for line in self.path.read_bytes().splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
        return found

    def note(self, scene: str, **fields: object) -> None:
        """Add a line about a scene; it is on the disk when this returns."""
        line = {"scene": scene, **fields}
        self.states[scene] = line
        self._append(line, "ab")

    def is_done(self, scene: str, identity: str) -> bool:
        """Tell whether a scene is restored, and is still what it was."""
        known = self.states.get(scene, {})
        return known.get("state") == "done" and known.get("identity") == identity

    @property
    def failed(self) -> dict[str, str]:
        """The reason of each scene that failed."""
        return {
            scene: str(line.get("reason", ""))
            for scene, line in self.states.items()
            if line.get("state") == "failed"
        }

    def _append(self, line: Mapping[str, Any], mode: str) -> None:
        try:
            with self.path.open(mode) as stream:
                stream.write(b"" if mode == "wb" else self._end_of_line())
                stream.write(json.dumps(line).encode() + b"\n")
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise WriteError(write_sentence(self.path, error)) from error

    def _end_of_line(self) -> bytes:
        """Return what ends a line that a killed process left half-written."""
        with self.path.open("rb") as stream:
            if not stream.seek(0, os.SEEK_END):
                return b""
            stream.seek(-1, os.SEEK_END)
            return b"" if stream.read(1) == b"\n" else b"\n"
