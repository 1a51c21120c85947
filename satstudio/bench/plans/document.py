"""write_document, write_page: what came of a plan as report.json, and as a page of it."""

import importlib.metadata
import json
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from satstudio.bench.plans.task import Row
from satstudio.bench.report import Report, write_report
from satstudio.core.files.replacing import write_text
from satstudio.core.system.machine import cpu_model
from satstudio.core.version import VERSION

FORMAT = 1
FILE = "report.json"


@dataclass(frozen=True, slots=True)
class Document:
    """What is said of the rows of a plan.

    Attributes
    ----------
    kind : what readers tell documents by
    report : fields of `bench.report.Report`; pictures lie in the plan's folder
    facts : what else stands in report.json
    """

    kind: str
    report: Mapping[str, Any]
    facts: Mapping[str, Any] = field(default_factory=dict)


def write_document(out: Path, document: Document, rows: Iterable[Row]) -> Path:
    """Write report.json: what was found, and under `report` the page made of it."""
    created, known = datetime.now(UTC).isoformat(timespec="seconds"), versions()
    here = _machine(rows)
    origin = {
        "Written": created.replace("T", " ").replace("+00:00", " UTC"),
        "Machine": f"{here['cpu']}, cores: {here['cores']}",
        "Versions": ", ".join(f"{name} {value}" for name, value in known.items()),
    }
    report = {**document.report, "facts": origin | document.report.get("facts", {})}
    values = {
        "format": FORMAT,
        "kind": document.kind,
        "created": created,
        "versions": known,
        "machine": here,
        **document.facts,
        "report": report,
    }
    text = json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False)
    return write_text(out / FILE, text + "\n")


def write_page(file: Path) -> Path:
    """Write report.html of a report.json; its pictures lie beside it."""
    page = json.loads(file.read_text("utf-8"))["report"]
    for section in page["sections"]:
        for picture in section.get("pictures", ()):
            picture["path"] = file.parent / picture["path"]
    page["footer"] = f"satstudio {VERSION}. This file needs nothing beside it."
    return write_report(Report.build(page, file.name), file.with_suffix(".html"))


def versions() -> dict[str, str]:
    """Return the versions that figures depend on, without importing what trains."""
    try:
        torch = {"torch": importlib.metadata.version("torch")}
    except importlib.metadata.PackageNotFoundError:
        torch = {}
    return {
        "satstudio": VERSION,
        "python": platform.python_version(),
        **torch,
        "numpy": np.__version__,
        "platform": platform.platform(),
    }


def _machine(rows: Iterable[Row]) -> dict[str, object]:
    """Return processor and cores; the GPU is known where a row names one."""
    gpus = (row["machine"].get("gpu") for row in rows if row.get("machine"))
    return {"cpu": cpu_model(), "cores": os.cpu_count(), "gpu": next(filter(None, gpus), None)}
