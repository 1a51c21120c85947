"""Opener: from an address to a layer of the session; asks which image of a product is meant."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from satstudio.gui.kit.choosers.image_chooser import ImageChooser
from satstudio.gui.kit.choosers.stack_chooser import StackChooser
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.recent import RecentFiles
from satstudio.gui.kit.scene_choices import keep_said, remembered_address
from satstudio.gui.kit.scenes.loader import is_stack, stack_address
from satstudio.scenes.address import parse_address
from satstudio.scenes.folder_scenes import expanded
from satstudio.scenes.scene import ImageInfo
from satstudio.session.session import Session, name_of

MOST_SCENES = 60
"""More than so many of a folder are not opened at once."""


class Opener(QObject):
    """Keeps the session's layers and the open scenes alike.

    A scene becomes a layer when it is open, so that its first picture is right. Layers of a
    restored session are opened again; those that cannot be are taken out, with a sentence.
    """

    def __init__(self, context: Context, recent: RecentFiles, window: QWidget) -> None:
        super().__init__(window)
        self._context = context
        self._recent = recent
        self._window = window
        self._asked: set[str] = set()
        self._order: dict[str, int] = {}
        self._last = context.store.session
        self.chooser: ImageChooser | None = None
        self.stack_chooser: StackChooser | None = None
        scenes = context.scenes
        context.open_asked.connect(self._on_open_asked)
        scenes.opened.connect(self._on_opened)
        scenes.failed.connect(self._on_failed)
        scenes.images_found.connect(self._on_images_found)
        context.store.subscribe(self._on_session)

    def offer(self, paths: list[str]) -> None:
        """Open what the user chose or dropped; several files may be one stack, which is asked."""
        if len(paths) < 2:
            self._context.open(paths)
            return
        self.stack_chooser = StackChooser(paths, self._window)
        self.stack_chooser.chosen.connect(self._on_stack_chosen)
        self.stack_chooser.open()

    @Slot(list, bool)
    def _on_stack_chosen(self, paths: list[str], is_one: bool) -> None:
        self._context.open([stack_address(paths)] if is_one else paths)

    @Slot(list)
    def _on_open_asked(self, addresses: list[str]) -> None:
        """Open addresses; a folder that is no product stands for the scenes in it."""
        if any(Path(address).is_dir() for address in addresses):
            ask = self._context.scenes.background_calls.ask
            ask(partial(expanded, addresses), self._on_expanded, self._on_no_scenes)
        else:
            self._open(addresses)

    @Slot(object)
    def _on_expanded(self, found: tuple[str, ...]) -> None:
        if len(found) > MOST_SCENES:
            text = self.tr(
                "There are {count} scenes, too many to open at once; choose some of them, or "
                "restore them all by Folder… on the Restore page."
            )
            self._context.notify(text.format(count=len(found)), "error")
        else:
            self._open(found)

    @Slot(object)
    def _on_no_scenes(self, error: Exception) -> None:
        self._context.notify(str(error), "error")

    def _open(self, addresses: Sequence[str]) -> None:
        for address in map(remembered_address, addresses):
            text = self.tr("Opening {name}…").format(name=name_of(address))
            self._context.notify(text)
            self._context.settled.emit(address)
            self._asked.add(address)
            self._order[address] = len(self._order)
            self._context.scenes.open(address)

    @Slot(str)
    def _on_opened(self, address: str) -> None:
        if address not in self._asked:
            return
        self._asked.discard(address)
        store = self._context.store
        name = name_of(address)
        text = self.tr("Open {name}").format(name=name)
        store.replace(self._with(store.session, address), text=text)
        if not is_stack(address):
            self._recent.remember(parse_address(address).plain)
        self._context.notify(self.tr("{name} is open").format(name=name))

    def _with(self, session: Session, address: str) -> Session:
        """Return the session with a scene where it was asked for, however fast others opened.

        The one that was asked for last becomes the active one.
        """
        if address in session.addresses:
            return session.opened(address)
        own, order = self._order[address], self._order
        later = [name for name in session.addresses if order.get(name, -1) > own]
        active = session.layer
        names = [name for name in session.addresses if name not in later]
        made = session.opened(address).reordered([*names, address, *later])
        if active is not None and active.address in later:
            made = replace(made, active=made.addresses.index(active.address))
        return made

    @Slot(str, str)
    def _on_failed(self, address: str, sentence: str) -> None:
        self._asked.discard(address)
        store = self._context.store
        if address in store.session.addresses:
            store.replace(store.session.closed(address), text=self.tr("Close a missing scene"))
        self._context.notify(sentence, "error", cause=address)
        self._recent.look_up()  # it may be gone

    @Slot(str, object)
    def _on_images_found(self, address: str, images: tuple[ImageInfo, ...]) -> None:
        self._asked.discard(address)
        self._context.notify("")
        self.chooser = ImageChooser(address, images, self._window)
        self.chooser.chosen.connect(self._on_open_asked)
        self.chooser.open()

    def _on_session(self, session: Session) -> None:
        """Open the scenes of a restored or undone session, close those that left."""
        scenes = self._context.scenes
        keep_said(self._last, session)
        self._last = session
        for address in scenes.addresses:
            if address not in session.addresses and address not in self._asked:
                scenes.close_scene(address)
        for address in session.addresses:
            if scenes.scene(address) is None and not scenes.is_opening(address):
                scenes.open(address)
