"""list_plugins: every plug-in of every kind, also the broken ones with their reason."""

import importlib
from typing import Any

from satstudio.core.progress import Progress

REGISTRIES = {
    "reader": "satstudio.scenes.scene:READERS",
    "measure": "satstudio.metrics.score:METRICS",
    "dataset": "satstudio.patches.dataset:DATASETS",
    "baseline": "satstudio.restore.baselines:BASELINES",
    "method": "satstudio.learn.method:METHODS",
}
"""Kinds of plug-ins, reached by name: a kind that this installation lacks is left out."""


def list_plugins(progress: Progress) -> list[dict[str, Any]]:
    """Return {kind, name, is_broken, reason} of all plug-ins; imports them, so in a worker."""
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
        reason = f"{type(error).__name__}: {error}"
        return [{"kind": kind, "name": "(all)", "is_broken": True, "reason": reason}]
    working = [{"kind": kind, "name": key, "is_broken": False, "reason": ""} for key in registry]
    broken = [
        {"kind": kind, "name": key, "is_broken": True, "reason": reason}
        for key, reason in sorted(registry.broken.items())
    ]
    return working + broken
