"""Page: all that the window knows of a page before it is made; a page's package holds one."""

import importlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from PySide6.QtWidgets import QWidget

from satstudio.gui.kit.actions import Action
from satstudio.gui.kit.context import Context

Kind = Literal["scene", "set", "run", "noise model", "image model"]
"""What may be dropped: a scene, a patch set, a training run, a model that takes noise or images."""

Purpose = Literal["look", "compare"]
"""What one page may be asked for by another, which does not know its name."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page, as its own package describes it.

    Attributes
    ----------
    name : fixed English name; the session's `page`, its table in `session.pages`, `page.NAME`
    title, icon, tip : what rail and menus show
    factory : `module:function`, imported and called with the Context when first shown
    actions : gives the page's own rows of the action table; called when the window is made
    state : frozen dataclass without Qt of what the page shows, made without arguments at first
    takes : what may be dropped on it besides scenes, given to `take_file(kind, path)`
    home_of : kinds that lead here where they are dropped on a page that does not take them
    serves : what other pages and panels want when they ask for this page
    shows_scenes : an opened scene is seen here, so that opening one leads to no other page
    has_picture : its picture of the active scene moves and zooms
    saves_pictures : what is seen on it is saved as a picture and copied
    has_scene_panels : the panels about the active scene belong beside it
    needs_scene : without an open scene the window says instead how to open one
    """

    name: str
    title: str
    icon: str
    tip: str
    factory: str
    actions: Callable[[Context], Iterable[Action]] | None = None
    state: type[Any] | None = None
    takes: tuple[Kind, ...] = ()
    home_of: tuple[Kind, ...] = ()
    serves: tuple[Purpose, ...] = ()
    shows_scenes: bool = False
    has_picture: bool = False
    saves_pictures: bool = False
    has_scene_panels: bool = False
    needs_scene: bool = False

    def make(self, context: Context) -> QWidget:
        """Import the page and make its widget."""
        module, _, name = self.factory.partition(":")
        widget: QWidget = getattr(importlib.import_module(module), name)(context)
        return widget

    def rows(self, context: Context) -> list[Action]:
        """Return the page's actions that nobody registered yet."""
        made = self.actions(context) if self.actions is not None else ()
        return [row for row in made if not context.actions.has(row.id)]
