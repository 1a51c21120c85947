"""write_demo_report: what the demo did, as report.json and report.html."""

import importlib.metadata
import json
import math
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from satstudio.bench.report import (
    Curve,
    Figure,
    Picture,
    Report,
    Section,
    Table,
    curves_of,
    write_report,
)
from satstudio.core.files.json_text import json_lines
from satstudio.core.files.replacing import write_text
from satstudio.core.recipe import Recipe
from satstudio.core.version import VERSION
from satstudio.jobs.demo.demo_figures import SHOWN, headline
from satstudio.jobs.demo.restored import DemoRestored, restored_fact, restored_section
from satstudio.metrics.run_figures import figure_card
from satstudio.metrics.sets.distances import REFERENCES
from satstudio.patches.patch_set import PatchSet
from satstudio.restore.models.model_file import describe_card

FORMAT = 1
GREY, DASHES = 7, ("--", ":", "-.")
"""Of level lines: real patches and Gaussian fields."""

PACKAGES = ("numpy", "scipy", "rasterio", "torch", "onnx", "onnxruntime", "pydantic")
CURVES = {
    "Wasserstein distance": {
        "wasserstein_train": "train",
        "wasserstein_validation": "validation",
    },
    "Gradient penalty": {"penalty_train": "train", "penalty_validation": "validation"},
    **{
        figure_card(name).heading: {
            name: "generated",
            **{f"{name}{ending}": called for ending, called in REFERENCES.items()},
        }
        for name in SHOWN
    },
}


class Step(Recipe):
    """One step of the road: what it made and how long it took."""

    title: str
    seconds: float
    path: str


class DemoReport(Recipe):
    """What the demo did, before its files are read."""

    scene: dict[str, Any]
    budget_s: float
    figures: tuple[Figure, ...]
    restored: DemoRestored
    steps: tuple[Step, ...]
    note: str = ""


def write_demo_report(demo: DemoReport, out: Path, name: str) -> Path:
    """Write report.json and report.html; returns the path of the latter."""
    log = _log(out / "runs" / name / "log.jsonl")
    run = json.loads((out / "runs" / name / "run.json").read_text("utf-8"))
    model = out / "models" / f"{name}.onnx"
    manifest = PatchSet.open(out / "patches" / name).manifest
    document = {
        "format": FORMAT,
        "kind": "demo",
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": _versions(),
        "scene": demo.scene,
        "budget_s": demo.budget_s,
        "steps": [step.model_dump(mode="json") for step in demo.steps],
        "seconds": round(sum(step.seconds for step in demo.steps), 3),
        "patches": {split: manifest.count(split) for split in ("train", "validation")}
        | {"size_px": manifest.size_px, "scaling": manifest.scaling.model_dump(mode="json")},
        "training": run,
        "note": demo.note,
        "figures": {row["name"]: row for row in _figures(demo)},
        "restored": demo.restored.document(),
        "model": describe_card(model),
        "files": {step.title: step.path for step in demo.steps},
    }
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False, default=str)
    write_text(out / "report.json", text + "\n")
    return write_report(_page(document, demo, log, out), out / "report.html")


def _figures(demo: DemoReport) -> list[dict[str, Any]]:
    """Return the figures as JSON knows them: None for what is not finite."""
    rows = []
    for figure in demo.figures:
        row = figure.model_dump(mode="json")
        rows.append({key: _finite(value) for key, value in row.items()})
    return rows


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _page(
    document: dict[str, Any], demo: DemoReport, log: list[dict[str, Any]], out: Path
) -> Report:
    scene, training, patches = document["scene"], document["training"], document["patches"]
    size = f"{scene['rows']} x {scene['cols']} px"
    return Report(
        title="From a radar scene to a generator, and the scene without its speckle",
        subtitle="One road: a single-look complex scene opened, seen, cropped, cut into patches, "
        "learnt from, its generator taken along as an ONNX file; then the scene despeckled and "
        "compared.",
        facts={
            "Scene": scene["name"],
            "Size": size,
            "Training": f"{training.get('steps', '?')} steps in {demo.budget_s:g} s",
            "Checkpoint": _checkpoint(training),
            "Generator": headline(demo.figures),
            "Despeckled": restored_fact(demo.restored),
            "The whole road": f"{document['seconds']:.0f} s",
            "Made": document["created"].replace("T", " ").replace("+00:00", " UTC"),
        },
        sections=(
            Section(
                title="The scene",
                text=f"{scene['dtype']} samples, band {scene['band']}, read by {scene['driver']}.",
                pictures=(
                    Picture(
                        path=out / "scene_hsv.png",
                        caption="At full resolution: hue is the phase, brightness and saturation "
                        "grow with log(1 + magnitude), percentiles 2 to 98. Window (row, col, "
                        f"rows, cols): {', '.join(map(str, scene['window']))}.",
                    ),
                ),
            ),
            Section(
                title="What the generator makes",
                text=f"It learnt from {patches['train']} patches of {patches['size_px']} px and "
                f"is evaluated on {patches['validation']} from other ground. The pictures come "
                "from the ONNX file, drawn by ONNX Runtime. A figure that is not below those of "
                "Gaussian fields, which nothing was learnt for, shows no skill.",
                figures=demo.figures,
                pictures=(
                    Picture(
                        path=out / "samples.png",
                        caption="Real patches from the validation ground beside generated ones. "
                        "Both under the stretch of the real ones.",
                        pixelated=True,
                    ),
                ),
            ),
            Section(
                title="How it learnt",
                text=demo.note or "Losses and distances over the steps of the training.",
                curves=_drawn(curves_of(log, CURVES, marks=_best_step(training))),
            ),
            restored_section(demo.restored, out),
            Section(title="How it was made", tables=_tables(document)),
        ),
        footer=f"satstudio {VERSION}. This file needs nothing beside it.",
    )


def _tables(document: dict[str, Any]) -> tuple[Table, ...]:
    steps = tuple(
        (step["title"], f"{step['seconds']:.1f} s", step["path"]) for step in document["steps"]
    )
    card = document["model"]
    shown = ("method", "takes", "tile_px", "latent", "scaling", "weights_sha256", "licence")
    return (
        Table(title="Steps", head=("Step", "Wall time", "Result"), rows=steps),
        Table(
            title="Model card",
            rows=tuple((name, _short(card.get(name))) for name in shown if card.get(name)),
        ),
        Table(title="Versions", rows=tuple(document["versions"].items())),
    )


def _short(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_short(item)}" for key, item in value.items())
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _log(path: Path) -> list[dict[str, Any]]:
    return [line for line in json_lines(path)[0] if "step" in line]


def _checkpoint(training: Mapping[str, Any]) -> str:
    """Return which step's network was exported."""
    best, last = training.get("best", {}), training.get("steps", "?")
    if best.get("step") is None:
        return f"step {last}, the newest"
    by = f", best by {figure_card(str(best['by'])).short}" if best.get("by") else ""
    return f"step {best['step']} of {last}{by}"


def _drawn(curves: tuple[Curve, ...]) -> tuple[Curve, ...]:
    """Return curves with level lines grey and dashed, over a logarithmic axis where there are."""
    dashes = dict(zip(REFERENCES.values(), DASHES, strict=True))
    looks = {called: (GREY, dash) for called, dash in dashes.items()}
    return tuple(
        [
            one.changed(is_log=True, looks=looks) if looks.keys() & one.lines.keys() else one
            for one in curves
        ]
    )


def _best_step(training: Mapping[str, Any]) -> dict[str, float]:
    """Return the mark of the step whose checkpoint was exported; none where there is no best."""
    step = training.get("best", {}).get("step")
    return {} if step is None else {"best": float(step)}


def _versions() -> dict[str, str]:
    found = {"satstudio": VERSION, "Python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    return {**found, "system": platform.platform()}
