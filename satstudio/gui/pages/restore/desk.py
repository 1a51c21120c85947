"""RestoreDesk: asks a warm process for cards, checks, previews, estimates; answers are signals.

The window itself never loads ONNX Runtime.
"""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject

from satstudio.gui.jobs.warm_worker import WarmWorker
from satstudio.restore.preview_requests import KINDS
from satstudio.restore.recipe import RestoreRecipe

NICE = 5
Wish = tuple[tuple[str, ...], str, RestoreRecipe]
"""Scenes, model, recipe."""


class RestoreDesk(WarmWorker):
    """One question of each kind at a time: a newer one takes the place of an older one."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__("previews", KINDS, NICE, parent)

    def ask_cards(self, paths: Sequence[Path]) -> None:
        """Ask for the cards of model files."""
        self.ask("cards", {"paths": [str(path) for path in paths]})

    def ask_check(self, scenes: Sequence[str], model: str, recipe: RestoreRecipe) -> None:
        """Ask whether scenes, model and choices fit."""
        self.ask("check", _choices(model, recipe) | {"scenes": list(scenes)})

    def ask_preview(self, scene: str, model: str, recipe: RestoreRecipe) -> None:
        """Ask for the restored window of a scene."""
        self.ask("preview", _choices(model, recipe) | {"address": scene})

    def ask_beside(self, scene: str, model: str, recipe: RestoreRecipe, what: str) -> None:
        """Ask for what stands beside the restored window of a scene: see `Previews.beside`."""
        self.ask("beside", _choices(model, recipe) | {"address": scene, "what": what})

    def ask_estimate(self, wish: Wish, folder: Path, times: int = 1) -> None:
        """Ask for time and size, and for the free room on the disk of `folder`.

        Parameters
        ----------
        times : each scene of the wish stands for so many like it
        """
        scenes, model, recipe = wish
        there = next(path for path in (folder, *folder.parents) if path.exists())
        more = {"scenes": list(scenes), "folder": str(there), "times": times}
        self.ask("estimate", _choices(model, recipe) | more)


def _choices(model: str, recipe: RestoreRecipe) -> dict[str, object]:
    return {"model": model, "recipe": recipe.model_dump(mode="json")}
