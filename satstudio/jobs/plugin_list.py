"""list_plugins: every plug-in of every kind, also the broken ones with their reason."""

import importlib
from pathlib import Path
from typing import Any

from satstudio.core.progress import Progress

REGISTRIES = {
    "reader": "satstudio.scenes.scene:READERS",
    "metric": "satstudio.metrics.score:METRICS",
    "dataset": "satstudio.patches.dataset:DATASETS",
    "baseline": "satstudio.restore.baselines:BASELINES",
    "extractor": "satstudio.restore.features.extractor:EXTRACTORS",
    "method": "satstudio.learn.method:METHODS",
}
"""Kinds of plug-ins, reached by name: a kind that this installation lacks is left out."""


def list_plugins(progress: Progress) -> list[dict[str, Any]]:
    """Return {kind, name, is_broken, reason, path} of all plug-ins; imports them, so in a worker.

    The path is that of the user's own file, "" for what comes with the program.
    """
    rows: list[dict[str, Any]] = []
    for kind in progress.over(list(REGISTRIES), "Listing plug-ins"):
        rows += _rows(kind, REGISTRIES[kind])
    return rows


def _rows(kind: str, target: str) -> list[dict[str, Any]]:
    module, _, name = target.partition(":")
    try:
        registry = getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        if error.name == module:
            return []
        return [_row(kind, "(all)", f"{type(error).__name__}: {error}")]
    sources = registry.sources
    working = [_row(kind, key, path=sources.get(key)) for key in registry]
    broken = sorted(registry.broken.items())
    return working + [_row(kind, key, why, sources.get(key)) for key, why in broken]


def _row(kind: str, name: str, reason: str = "", path: Path | None = None) -> dict[str, Any]:
    return {
        "kind": kind,
        "name": name,
        "is_broken": bool(reason),
        "reason": reason,
        "path": str(path or ""),
    }
