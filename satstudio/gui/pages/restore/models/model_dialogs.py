"""ModelDialogs: opens the list of models and the dialog that describes one, over the page."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QDialog, QWidget

from satstudio.gui.jobs.run_job import WorkerTask
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.saving import ask_saving
from satstudio.gui.pages.restore.models.describe_dialog import DescribeDialog
from satstudio.gui.pages.restore.models.model_commands import ModelCommands
from satstudio.gui.pages.restore.models.models_dialog import ModelsDialog

FILTER = "Model files (*.onnx)"


class ModelDialogs(QObject):
    """One dialog at a time.

    Parameters
    ----------
    others : gives the files from elsewhere that the page knows
    foreign : gives the file without a card that is chosen on the page; None where none is
    """

    wanted = Signal(object)
    """Path of a model that the page is to take and choose."""

    def __init__(
        self,
        context: Context,
        page: QWidget,
        others: Callable[[], tuple[Path, ...]],
        foreign: Callable[[], Path | None],
    ) -> None:
        super().__init__(page)
        self._context, self._page = context, page
        self._others, self._foreign = others, foreign
        self.dialog: QDialog | None = None
        ModelCommands.of(context).asked.connect(self._on_asked)

    @Slot()
    def open_list(self) -> None:
        """Show the list of models."""
        dialog = ModelsDialog(self._context, self._others(), self._page)
        dialog.used.connect(self.wanted)
        dialog.describe_asked.connect(self.describe)
        dialog.copy_asked.connect(self.copy_for_qgis)
        self._open(dialog)

    @Slot()
    def open_describe(self) -> None:
        """Describe the file that is chosen, else ask for one."""
        path = self._foreign()
        if path is None:
            title = self.tr("Choose an ONNX file to describe")
            names = self._context.files.open_files(title, FILTER)
            if not names:
                return
            path = Path(names[0])
        self.describe(path)

    @Slot(object)
    def describe(self, path: Path) -> None:
        """Describe a file."""
        dialog = DescribeDialog(self._context, path, self._page)
        dialog.described.connect(self.wanted)
        self._open(dialog)

    @Slot(object)
    def copy_for_qgis(self, path: Path) -> None:
        """Save a copy that the plug-in Deepness loads, in a worker."""
        proposal = str(self._context.study_path("models") / f"{path.stem}_qgis.onnx")
        asked = self.tr("Save a copy for QGIS")
        saving = ask_saving(self._context.files, asked, proposal, FILTER)
        if saving is None:
            return
        arguments = {"model": path, **saving.arguments}
        title = self.tr("Copy {name} for QGIS").format(name=path.name)
        task = self._context.jobs.start("copy_for_deepness", arguments, title)
        task.ended.connect(self._on_copied)

    @Slot()
    def _on_copied(self) -> None:
        task = self.sender()
        if not isinstance(task, WorkerTask):
            return
        if task.state == "failed":
            self._context.notify(task.text, "error", task.detail)
        elif task.state == "done":
            out = Path(str(task.job.arguments["out"]))
            self._context.notify(self.tr("{name} is saved").format(name=out.name))
            self._context.study_changed.emit()

    def _open(self, dialog: QDialog) -> None:
        self.dialog = dialog
        dialog.destroyed.connect(self._on_gone)
        dialog.open()

    @Slot()
    def _on_gone(self) -> None:
        self.dialog = None

    @Slot(str)
    def _on_asked(self, what: str) -> None:
        if what == "list":
            self.open_list()
        else:
            self.open_describe()
