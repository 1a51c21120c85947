"""What lies in a study folder: patch sets, runs, models; read off the GUI thread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from satstudio.core.errors import SatstudioError
from satstudio.core.json_text import json_lines
from satstudio.core.paths import resources_folder
from satstudio.core.run_info import RUNNING, run_info, status_of
from satstudio.patches.store import PatchSet
from satstudio.session.session import name_of

DEMO_MODEL = "demo/generator.onnx"
LARGEST_LOG = 64_000_000


@dataclass(frozen=True, slots=True)
class SetRow:
    """A patch set as lists show it.

    Attributes
    ----------
    problem : why it cannot be used
    held_out : names of the scenes that validation patches alone come from
    """

    name: str
    path: Path
    size_px: int = 0
    train: int = 0
    validation: int = 0
    is_complex: bool = False
    bands: tuple[str, ...] = ()
    created: str = ""
    problem: str = ""
    domain: str = "image"
    held_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunRow:
    """A training run as lists show it.

    Attributes
    ----------
    status : done, stopped, failed, interrupted; outside: trained by another process of this
        machine; elsewhere: on another machine, as far as is known
    info : all of run.json
    """

    name: str
    path: Path
    status: str
    step: int = 0
    seconds: float = 0.0
    message: str = ""
    info: Mapping[str, Any] | None = None


def patch_sets(folder: Path, others: Sequence[Path] = ()) -> tuple[SetRow, ...]:
    """Return other patch sets, then those of a folder, the newest first."""
    found = [*others] + [path for path in _folders(folder) if (path / "manifest.json").is_file()]
    return tuple(_set_row(path) for path in dict.fromkeys(found))


def runs(folder: Path, others: Sequence[Path] = ()) -> tuple[RunRow, ...]:
    """Return other runs, then those of a folder, the newest first."""
    found = [*others] + [path for path in _folders(folder) if (path / "recipe.toml").is_file()]
    return tuple(_run_row(path) for path in dict.fromkeys(found))


def models(folder: Path) -> tuple[Path, ...]:
    """Return the model files of a folder, the newest first, then the one of the program."""
    own = sorted(folder.glob("*.onnx"), key=_time, reverse=True) if folder.is_dir() else []
    demo = resources_folder() / DEMO_MODEL
    return (*own, *([demo] if demo.is_file() else []))


def log_lines(run: Path) -> tuple[dict[str, Any], ...]:
    """Return the lines of a run's log; damaged ones are left out, as a half-written last one."""
    path = run / "log.jsonl"
    if not path.is_file() or path.stat().st_size > LARGEST_LOG:
        return ()
    return tuple(line for line in json_lines(path)[0] if isinstance(line.get("step"), int))


def previews(run: Path) -> tuple[Path, ...]:
    """Return the sample pictures of a run in order of their steps."""
    return tuple(sorted((run / "samples").glob("*.png")))


def free_name(folder: Path, stem: str) -> str:
    """Return `stem`, or `stem-2`, `stem-3`... where that exists in the folder."""
    name, number = stem, 1
    while (folder / name).exists() or (folder / f"{name}.onnx").exists():
        number += 1
        name = f"{stem}-{number}"
    return name


def _folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    inside = [path for path in folder.iterdir() if path.is_dir() and path.name[0] != "."]
    return sorted(inside, key=_time, reverse=True)


def _time(path: Path) -> float:
    return path.stat().st_mtime


def _set_row(path: Path) -> SetRow:
    try:
        manifest = PatchSet.open(path).manifest
    except (SatstudioError, OSError) as error:
        return SetRow(path.name, path, problem=str(error))
    return SetRow(
        path.name,
        path,
        manifest.size_px,
        manifest.count("train"),
        manifest.count("validation"),
        manifest.is_complex,
        manifest.bands,
        manifest.created,
        domain=manifest.domain,
        held_out=tuple(
            name_of(source.address) for source in manifest.sources if source.role == "validation"
        ),
    )


def _run_row(path: Path) -> RunRow:
    try:
        info = run_info(path)
        return RunRow(
            path.name,
            path,
            "outside" if status_of(info) == RUNNING else status_of(info),
            int(info.get("steps", 0)),
            float(info.get("seconds", 0.0)),
            str(info.get("message", "")),
            info,
        )
    except (OSError, ValueError, TypeError) as error:
        return RunRow(path.name, path, "failed", message=f"run.json cannot be read: {error}")
