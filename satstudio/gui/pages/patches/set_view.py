"""SetView: the patch sets of the study, with a contact sheet and what the check found."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from satstudio.gui.jobs.run_job import WorkerTask
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.study import SetRow, patch_sets
from satstudio.gui.kit.table import Table
from satstudio.gui.kit.theme import sign_colour
from satstudio.gui.kit.widgets import Button, grouped, label
from satstudio.gui.pages.patches.contact_sheet import ContactSheet
from satstudio.gui.pages.patches.rejections import Rejections

MOST_NAMED = 6
HEADS = ("Name", "Training", "Validation", "Test", "Side", "Kind")


class SetView(QWidget):
    """A table of sets above the pictures of the chosen one."""

    def __init__(self, context: Context, rejections: Rejections) -> None:
        super().__init__()
        self._context = context
        self._rows: tuple[SetRow, ...] = ()
        self._wanted: Path | None = None
        self._checks: dict[WorkerTask, Path] = {}
        self._found: dict[Path, str] = {}
        self.table = Table(HEADS, right=(1, 2, 3, 4))
        self.table.setAccessibleName(self.tr("Patch sets"))
        self.table.chosen.connect(self._on_chosen)
        self.sheet = ContactSheet(context, rejections)
        self.check = Button(
            self.tr("Check again"),
            "list-checks",
            self.tr("Look for NaN, duplicates, constant patches, leakage between the splits"),
        )
        self.check.clicked.connect(self._on_check)
        self.show_folder = Button(self.tr("Show folder"), "folder-open", self.tr("Show its files"))
        self.show_folder.clicked.connect(self._on_show_folder)
        self.report = label("", "report")
        self.report.setWordWrap(True)
        self._arrange()
        self._others: list[Path] = []
        context.study_changed.connect(self.refresh)
        context.jobs.ended.connect(self._on_ended)
        rejections.changed.connect(self._on_rejected)
        self.refresh()

    @property
    def path(self) -> Path | None:
        """Folder of the chosen set."""
        key = self.table.key
        return key if isinstance(key, Path) else None

    def show_set(self, path: Path) -> None:
        """List anew and choose a set; it is checked at once."""
        self._wanted = path
        self.refresh()
        self._start_check(path)

    @Slot()
    def refresh(self) -> None:
        """List the sets of the study."""
        call = partial(patch_sets, self._context.study / "patches", tuple(self._others))
        self._context.scenes.background_calls.ask(call, self._on_listed)

    def add(self, path: Path) -> None:
        """Show a set from anywhere."""
        self._others = [path, *(other for other in self._others if other != path)]
        self.show_set(path)

    def _arrange(self) -> None:
        line = QHBoxLayout()
        line.addWidget(self.report, 1)
        line.addWidget(self.check)
        line.addWidget(self.show_folder)
        below = QWidget()
        column = QVBoxLayout(below)
        column.setContentsMargins(8, 4, 8, 4)
        column.addLayout(line)
        column.addWidget(self.sheet, 1)
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.addWidget(self.table)
        splitter.addWidget(below)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([self.fontMetrics().lineSpacing() * 8, 1000])
        splitter.setChildrenCollapsible(False)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(splitter)

    @Slot(object)
    def _on_listed(self, rows: tuple[SetRow, ...]) -> None:
        self._rows = rows
        self.table.show_rows([row.path for row in rows], [_cells(row) for row in rows])
        if self._wanted is not None:
            self.table.choose(self._wanted)
            self._wanted = None if self.path == self._wanted else self._wanted
        elif rows and self.path is None:
            self.table.choose(rows[0].path)
        self._show_state()

    @Slot(object)
    def _on_chosen(self, path: Path | None) -> None:
        self._show_state()
        self._show_sheet(path)

    def _show_sheet(self, path: Path | None) -> None:
        row = next((row for row in self._rows if row.path == path), None)
        is_good = row is not None and not row.problem
        hint = "" if row else self.tr("No patch set yet: choose scenes and press Cut patches")
        self.sheet.show_set(path if is_good else None, hint)

    @Slot()
    def _on_check(self) -> None:
        if self.path is not None:
            self._start_check(self.path)

    @Slot()
    def _on_show_folder(self) -> None:
        if self.path is not None:
            self._context.show_file(self.path)

    def _start_check(self, path: Path) -> None:
        title = self.tr("Check of {name}").format(name=path.name)
        task = self._context.jobs.start("check", {"path": path}, title, is_quiet=True)
        self._checks[task] = path
        self._found[path] = self.tr("Checking…")
        self._show_state()

    @Slot(object)
    def _on_rejected(self, path: Path) -> None:
        """Forget what was found with other patches."""
        if self._found.pop(path, None) is not None:
            self._show_state()

    @Slot(object)
    def _on_ended(self, task: Any) -> None:  # noqa: ANN401 - a Task of any kind
        path = self._checks.pop(task, None)
        if path is None:
            return
        if task.state == "done":
            findings = task.result or []
            lines = [_told(item) for item in findings]
            self._found[path] = "\n".join(lines) or self.tr(
                "Checked: no NaN, no duplicates, no constant patches, no leakage."
            )
        else:
            self._found[path] = task.text
        self._show_state()

    def _show_state(self) -> None:
        path = self.path
        row = next((row for row in self._rows if row.path == path), None)
        text = self._found.get(path, self.tr("Not checked in this session.")) if path else ""
        if row is not None:
            text = row.problem or "\n".join((text, *row.remarks))
        self.report.setText(text)
        for button in (self.check, self.show_folder):
            button.setEnabled(path is not None)


def _told(finding: Mapping[str, Any]) -> str:
    """Return what was found, and the first patches that it was found in."""
    names = [str(name) for name in finding["patches"]]
    if not names:
        return str(finding["detail"])
    more = ", …" if len(names) > MOST_NAMED else ""
    return f"{str(finding['detail']).rstrip('.')}: {', '.join(names[:MOST_NAMED])}{more}"


def _cells(row: SetRow) -> tuple[Any, ...]:
    if row.problem:
        return ((f"{row.name} (damaged)", sign_colour("bad")), "", "", "", "", "")
    kind = "complex" if row.is_complex else "real"
    kind += ", spectra" if row.domain == "fourier" else ""
    bands = f", {len(row.bands)} bands" if len(row.bands) > 1 else ""
    if len(row.ports) > 1:
        bands = f", {', '.join(port.role for port in row.ports)}"
    apart = f", validation from {', '.join(row.held_out)}" if row.held_out else ""
    return (
        row.name,
        grouped(row.train),
        grouped(row.validation),
        grouped(row.test) if row.test else "",
        f"{row.size_px} px",
        kind + bands + apart,
    )
