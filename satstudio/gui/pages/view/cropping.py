"""Cropping: the rectangle of the View page, from the tool and its numbers to the saved file."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from satstudio.core.grid import Window
from satstudio.gui.canvas.canvas import Canvas
from satstudio.gui.canvas.scene_actions import ViewCommands
from satstudio.gui.canvas.tools import CropTool
from satstudio.gui.jobs.tasks import Task
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.saving import ask_saving
from satstudio.gui.pages.view.crop_bar import CropBar

CROP_FILTER = "GeoTIFF (*.tif *.tiff)"


class Cropping(QObject):
    """Gives the canvas its crop tool, keeps the rectangle in the session, saves it as a job."""

    saved = Signal(object)
    """The Path of a crop that was saved."""

    def __init__(self, context: Context, canvas: Canvas, bar: CropBar) -> None:
        super().__init__(canvas)
        self._context = context
        self._canvas = canvas
        self._bar = bar
        self._tasks: set[Task] = set()
        bar.typed.connect(self._on_typed)
        bar.multiple_changed.connect(self._on_multiple)
        bar.save_asked.connect(self.save)
        bar.cancelled.connect(self.leave)
        context.jobs.ended.connect(self._on_ended)

    @property
    def tool(self) -> CropTool | None:
        """The crop tool while it is chosen."""
        tool = self._canvas.tool
        return tool if isinstance(tool, CropTool) else None

    @property
    def _address(self) -> str:
        layer = self._context.store.session.layer
        return layer.address if layer is not None else ""

    def start(self) -> None:
        """Choose the crop tool."""
        scene = self._canvas.scene
        if scene is None or self.tool is not None:
            return
        tool = CropTool(scene.grid.size, self._context.store.session.crop)
        tool.changed.connect(self._on_drawn)
        tool.cancelled.connect(self.leave)
        tool.accepted.connect(self.save)
        self._bar.show_scene(self._address)
        self._bar.show_window(tool.window)
        tool.set_multiple(int(self._bar.multiple.currentData()))
        self._bar.show()
        self._canvas.set_tool(tool)
        self._canvas.setFocus()
        self._note_crop(is_on=True)

    @Slot()
    def leave(self, *, is_kept: bool = False) -> None:
        """Leave the crop tool; its rectangle goes too, unless it is another scene's."""
        if self.tool is None:
            return
        self._canvas.set_tool(None)
        self._bar.hide()
        self._note_crop(is_on=False)
        if not is_kept:
            self._context.store.change(crop=None, text=self.tr("Leave crop"))

    @Slot()
    def save(self) -> None:
        """Ask for a file and save the rectangle as a job."""
        window, scene = self._context.store.session.crop, self._canvas.scene
        if window is None or scene is None:
            return
        stem = f"{scene.path.stem}_crop_{window.row}_{window.col}.tif"
        proposal = str(scene.path.parent / stem)
        saving = ask_saving(self._context.files, self.tr("Save crop"), proposal, CROP_FILTER)
        if saving is None:
            return
        place = {"row": window.row, "col": window.col, "rows": window.rows, "cols": window.cols}
        arguments = {"address": self._address, "window": place, **saving.arguments}
        title = self.tr("Crop of {n}").format(n=scene.name)
        self._tasks.add(self._context.jobs.start("crop", arguments, title))

    @Slot(object)
    def _on_ended(self, task: Task) -> None:
        """Name a crop that was saved, so that it can be opened, or say why it was not."""
        if task not in self._tasks:
            return
        self._tasks.discard(task)
        if task.state == "done":
            self.saved.emit(Path(str(task.result)))
        elif task.state == "failed":
            self._context.notify(task.text, "error", task.detail)

    def _note_crop(self, *, is_on: bool) -> None:
        ViewCommands.of(self._context).is_cropping = is_on
        self._context.actions.refresh()

    @Slot(object)
    def _on_drawn(self, window: Window | None) -> None:
        drag = self.tool.drag if self.tool is not None else None
        self._context.store.change(crop=window, text=self.tr("Crop rectangle"), drag=drag)
        self._bar.show_window(window)

    @Slot(object)
    def _on_typed(self, window: Window) -> None:
        if self.tool is not None:
            self.tool.set_window(window)
            self._canvas.update()

    @Slot(int)
    def _on_multiple(self, multiple: int) -> None:
        if self.tool is not None:
            self.tool.set_multiple(multiple)
            self._canvas.update()

    def show(self, window: Window | None) -> None:
        """Follow a rectangle that came from undo, or with the last session."""
        if self.tool is None and window is not None:
            self.start()
        elif self.tool is not None and self.tool.window != window:
            self.tool.set_window(window, tell=False)
            self._bar.show_window(window)
            self._canvas.update()
