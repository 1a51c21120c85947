"""SceneKeeper: opens scenes, their statistics and pyramids off the GUI thread; keeps them open."""

import contextlib
import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Qt, Signal, Slot

from satstudio.core.errors import Cancelled, SatstudioError
from satstudio.gui.jobs.run_job import JobCenter
from satstudio.gui.jobs.tasks import LocalTask
from satstudio.gui.kit.background_calls import BackgroundCalls
from satstudio.gui.kit.scenes.opening import Opened, exact, open_first
from satstudio.gui.kit.scenes.tile_cache import MIB, ByteCache, RawCache
from satstudio.render.style import DisplayStyle, Statistics
from satstudio.scenes.gdal.locate import Locator
from satstudio.scenes.pyramid.build import (
    ROOM_BYTES,
    Pyramid,
    build_pyramid,
    lower_priority,
    open_pyramid,
)
from satstudio.scenes.scene import STACK, Scene

log = logging.getLogger(__name__)
RAW_SHARE = 0.625
JOIN_S = 2.0


@dataclass(slots=True)
class Kept:
    """An open scene and what is known of it.

    Attributes
    ----------
    style : in which it is shown until the user chooses another
    epoch : rises when the pixels of coarser levels become better
    task : the building of its pyramid, also when it has ended
    """

    scene: Scene
    statistics: Statistics
    style: DisplayStyle
    locator: Locator | None = None
    epoch: int = 0
    task: LocalTask | None = None


@dataclass(frozen=True, slots=True)
class _Built:
    """A pyramid, or why there is none."""

    address: str
    pyramid: Pyramid | None
    sentence: str = ""


class SceneKeeper(QObject):
    """The open Scene objects by address; every signal comes on the GUI thread."""

    opened = Signal(str)
    """A scene is open and its statistics are known."""

    failed = Signal(str, str)
    """Address, and one sentence on why it cannot be opened."""

    images_found = Signal(str, object)
    """The address is a product; its images (tuple of ImageInfo) are to be chosen from."""

    statistics_ready = Signal(str)
    located = Signal(str)
    pyramid_ready = Signal(str)
    pyramid_failed = Signal(str, str)
    closed = Signal(str)

    ending = Signal()
    """The program ends: whoever reads tiles stops."""

    _built = Signal(object)

    def __init__(
        self, jobs: JobCenter | None = None, cache_mb: int = 256, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.raw: RawCache = ByteCache(0)
        self.image_bytes = 0
        self.set_cache(cache_mb)
        self.background_calls = BackgroundCalls()
        self._room_bytes = ROOM_BYTES
        self._jobs = jobs
        self._kept: dict[str, Kept] = {}
        self._opening: set[str] = set()
        self._builders: dict[str, threading.Thread] = {}
        self._built.connect(self._on_built, Qt.ConnectionType.QueuedConnection)
        self._is_closed = False

    def set_cache(self, cache_mb: int) -> None:
        """Share the memory for tiles between pixels and pictures, from now on."""
        raw_mb = int(cache_mb * RAW_SHARE)
        self.raw.resize(raw_mb * MIB)
        self.image_bytes = (cache_mb - raw_mb) * MIB

    def set_room(self, pyramid_gb: float) -> None:
        """Let overviews take so much of the disk, from the next one on."""
        self._room_bytes = int(pyramid_gb * 2**30)

    @property
    def identities(self) -> tuple[str, ...]:
        """Identities of the open scenes; their pyramids are in use."""
        return tuple(kept.scene.identity for kept in self._kept.values())

    @property
    def addresses(self) -> tuple[str, ...]:
        """Addresses of the open scenes."""
        return tuple(self._kept)

    def scene(self, address: str) -> Scene | None:
        """Return an open scene."""
        kept = self._kept.get(address)
        return kept.scene if kept else None

    def statistics(self, address: str) -> Statistics | None:
        """Return the statistics of an open scene."""
        kept = self._kept.get(address)
        return kept.statistics if kept else None

    def style(self, address: str) -> DisplayStyle | None:
        """Return the style in which an open scene starts."""
        kept = self._kept.get(address)
        return kept.style if kept else None

    def locator(self, address: str) -> Locator | None:
        """Return what finds longitude and latitude; None while it is being made."""
        kept = self._kept.get(address)
        return kept.locator if kept else None

    def epoch(self, address: str) -> int:
        """Return the number of the scene's pixels."""
        kept = self._kept.get(address)
        return kept.epoch if kept else 0

    def is_opening(self, address: str) -> bool:
        """Tell whether the scene is being opened."""
        return address in self._opening

    def open(self, address: str) -> None:
        """Open a scene on another thread; `opened`, `images_found` or `failed` follows."""
        if self._is_closed or address in self._opening:
            return
        if address in self._kept:
            self.opened.emit(address)
            return
        self._opening.add(address)
        self.background_calls.ask(partial(open_first, address), self._on_opened, self._on_failed)

    def close_scene(self, address: str) -> None:
        """Close a scene; one that is being opened is closed when it is there."""
        self._opening.discard(address)
        kept = self._kept.pop(address, None)
        if kept is None:
            return
        if kept.task is not None:
            kept.task.stop()
        self.raw.drop(partial(_is_of, kept.scene.identity))
        self.closed.emit(address)
        kept.scene.close()

    def build_pyramid(self, address: str) -> None:
        """Build the pyramid of an open scene in the background: once, unless it has one.

        A pyramid that the user cancelled, or that failed, is not tried again by itself.
        """
        kept = self._kept.get(address)
        if kept is None or kept.task is not None or self._is_closed:
            return
        is_small = len(kept.scene.levels) < 2
        if kept.scene.has_pyramid or is_small or not kept.scene.has_means:
            return
        title = self.tr("Overviews of {name}").format(name=kept.scene.name)
        kept.task = self._jobs.add_local(title) if self._jobs else LocalTask(title)
        kept.task.is_quiet = True  # made without being asked for: it leaves the list by itself
        thread = threading.Thread(
            target=self._build,
            args=(address, kept.scene, kept.task),
            name="pyramid",
            daemon=True,
        )
        self._builders[address] = thread
        thread.start()

    def close(self) -> None:
        """Stop all work and close all scenes; for the end of the program."""
        self._is_closed = True
        self.ending.emit()
        for kept in self._kept.values():
            if kept.task is not None:
                kept.task.stop()
        self.background_calls.close()
        for thread in self._builders.values():
            thread.join(JOIN_S)
        for address in self.addresses:
            self.close_scene(address)

    # ------------------------------------------------------------------ other threads

    def _build(self, address: str, scene: Scene, task: LocalTask) -> None:
        """Run in a thread of its own."""
        lower_priority()
        try:
            build_pyramid(scene.source, scene.identity, task.progress, self._room_bytes)
            built = _Built(address, open_pyramid(scene.identity))
            task.finish()
        except Cancelled:
            built = _Built(address, None)
            task.give_up()
        except Exception as error:  # noqa: BLE001 - the picture stays as it is, the user is told
            built = self._not_built(address, task, error)
        with contextlib.suppress(RuntimeError):  # the window is gone
            self._built.emit(built)

    def _not_built(self, address: str, task: LocalTask, error: Exception) -> _Built:
        if task.progress.is_stopped:
            task.give_up()
            return _Built(address, None)
        if not isinstance(error, SatstudioError):
            log.error("The pyramid of %s failed", address, exc_info=error)
        task.fail(str(error))
        return _Built(address, None, str(error))

    # ------------------------------------------------------------------ GUI thread

    @Slot(object)
    def _on_opened(self, found: Opened) -> None:
        if found.address not in self._opening or self._is_closed:
            if found.scene is not None:
                found.scene.close()
            return
        self._opening.discard(found.address)
        if found.scene is None or found.statistics is None or found.style is None:
            self.images_found.emit(found.address, found.images)
            return
        self._kept[found.address] = Kept(found.scene, found.statistics, found.style)
        self.background_calls.ask(partial(_locate, found.address, found.scene), self._on_located)
        self.opened.emit(found.address)
        self.statistics_ready.emit(found.address)

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        address = getattr(error, "address", "")
        self._opening.discard(address)
        cause = error.__cause__ or error
        if not isinstance(cause, SatstudioError):
            log.error("Opening %s failed", address, exc_info=cause)
        self.failed.emit(address, str(error))

    @Slot(object)
    def _on_located(self, found: tuple[str, Locator]) -> None:
        address, locator = found
        kept = self._kept.get(address)
        if kept is not None:
            kept.locator = locator
            self.located.emit(address)

    @Slot(object)
    def _on_built(self, built: _Built) -> None:
        self._builders.pop(built.address, None)
        kept = self._kept.get(built.address)
        if kept is None:
            return
        if built.pyramid is not None:
            kept.scene.attach_pyramid(built.pyramid)
            kept.statistics = exact(kept.statistics, built.pyramid)
            kept.epoch += 1
            self.raw.drop(partial(_is_before, kept.scene.identity, kept.epoch))
            self.pyramid_ready.emit(built.address)
        elif built.sentence:
            self.pyramid_failed.emit(built.address, built.sentence)


def stack_address(addresses: Sequence[str]) -> str:
    """Return the one address of several files as a stack."""
    return STACK + "|".join(addresses)


def is_stack(address: str) -> bool:
    """Tell whether an address is that of a stack."""
    return address.startswith(STACK)


def stacked(address: str) -> list[str]:
    """Return the addresses of the files of a stack."""
    return address.removeprefix(STACK).split("|")


def _locate(address: str, scene: Scene) -> tuple[str, Locator]:
    return address, Locator(scene.grid)


def _is_of(identity: str, key: tuple[object, ...]) -> bool:
    return key[0] == identity


def _is_before(identity: str, epoch: int, key: tuple[object, ...]) -> bool:
    return key[0] == identity and isinstance(key[1], int) and 0 < key[1] < epoch
