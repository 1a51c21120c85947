"""translation_page: tables of images made of images, beside what costs nothing and what is printed.

Means are over images, each with the interval that as many other images would leave it in.
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from satstudio.bench.plans.papers.translation_plan import TranslationPlan
from satstudio.bench.plans.published import published_tables
from satstudio.bench.plans.sweeps.sweep_plan import as_run
from satstudio.bench.plans.task import DONE, Row
from satstudio.metrics.trials import number_text

BASELINES = {
    "psnr_copy": "grey copied to all bands",
    "psnr_table": "grey-to-colour table",
}
CONFIDENCE = 0.95
MOST_PICTURES = 24
NONE = "none"
RULE = (
    "Means over images; in brackets the 95 % interval of the mean (Student's t over images, which "
    "are as good as independent; networks of one fold are not). Differences are of the same images."
)
PSNR = (
    "PSNR: 10 log10(L^2 / MSE) over all bands and pixels of an image, of at most 100 dB; the mean "
    "of the images' values, not the value of their mean error."
)
Table = dict[str, Any]


def translation_page(
    plan: TranslationPlan, rows: Sequence[Row], failures: Sequence[str], out: Path
) -> dict[str, Any]:
    """Return the fields of a report.

    Parameters
    ----------
    rows : of tasks that did not fail
    """
    labels = [str(row["label"]) for row in plan.rows]
    steps = [int(row["step"]) for row in rows if row.get("step")]
    differs = [as_run(text, steps) for text in plan.differs]
    remarks = [*_said_of_data(rows), RULE, PSNR, *_diverged(rows), *failures, *differs]
    return {
        "title": plan.title,
        "facts": _facts(plan, rows),
        "sections": [
            {
                "title": "Figures",
                "text": as_run(plan.text, steps),
                "tables": [_main_table(plan, rows, labels), *published_tables(plan.published)],
                "remarks": remarks,
            },
            {
                "title": "Image by image",
                "text": "PSNR (dB) of each image, of the networks that did not see it.",
                "tables": [_image_table(rows, labels)],
            },
            {
                "title": "Input, output, target",
                "text": "Validation images of the last check of a run of each row.",
                "pictures": _pictures(rows, labels, out),
            },
        ],
    }


def mean_and_interval(values: Sequence[float]) -> tuple[float, float | None]:
    """Return the mean, and half the width of its 95 % interval; None of a single value."""
    from scipy import stats  # lazy: only a report needs it

    n, mean = len(values), sum(values) / len(values)
    if n < 2:
        return mean, None
    deviation = math.sqrt(sum((value - mean) ** 2 for value in values) / (n - 1))
    return mean, float(stats.t.ppf((1 + CONFIDENCE) / 2, n - 1)) * deviation / math.sqrt(n)


def _by_image(rows: Sequence[Row], figure: str) -> dict[str, float]:
    """Return a figure of each image by its name, the mean over the seeds."""
    found: dict[str, list[float]] = {}
    for row in rows:
        for image in row["images"]:
            if image.get(figure) is not None:
                found.setdefault(str(image["name"]), []).append(float(image[figure]))
    return {name: sum(values) / len(values) for name, values in sorted(found.items())}


def _main_table(plan: TranslationPlan, rows: Sequence[Row], labels: Sequence[str]) -> Table:
    has_printed = any(plan.said(label, "printed") for label in labels)
    head = ["Row", "PSNR (dB)", "over the copy (dB)", "over the table (dB)", "better than the copy"]
    lines = [_line(label, [row for row in rows if row["label"] == label]) for label in labels]
    if has_printed:
        for line, label in zip(lines, labels, strict=True):
            line.append(plan.said(label, "printed") or NONE)
    beside = [
        [called, _text(list(_by_image(rows, figure).values())), *[""] * (5 + has_printed)]
        for figure, called in BASELINES.items()
    ]
    return {
        "title": "PSNR of images that the networks did not learn from",
        "head": [*head, "Steps", "Images (n)", *(["As published"] if has_printed else [])],
        "rows": [*lines, *beside],
        "is_numeric": True,
    }


def _line(label: str, rows: Sequence[Row]) -> list[str]:
    own = _by_image(rows, "psnr")
    if not own:
        return [label, "diverged" if rows else "failed", NONE, NONE, NONE, NONE, "0"]
    cells = [label, _text(list(own.values()))]
    apart: list[float] = []
    for figure in BASELINES:
        other = _by_image(rows, figure)
        gained = [own[name] - other[name] for name in own if name in other]
        apart = apart or gained
        cells.append(_text(gained, "+"))
    wins = sum(gain > 0 for gain in apart)
    steps = " or ".join(sorted({str(row["step"]) for row in rows if row.get("step")}))
    return [*cells, f"{wins} of {len(apart)}" if apart else NONE, steps, str(len(own))]


def _text(values: Sequence[float], sign: str = "") -> str:
    """Return a mean with its interval: 19.02 [18.10 to 19.94]."""
    if not values:
        return NONE
    mean, half = mean_and_interval(values)
    known = "" if half is None else f" [{mean - half:{sign}.2f} to {mean + half:{sign}.2f}]"
    return f"{mean:{sign}.2f}{known}"


def _image_table(rows: Sequence[Row], labels: Sequence[str]) -> Table:
    columns = {label: _by_image([r for r in rows if r["label"] == label], "psnr")
               for label in labels}  # fmt: skip
    beside = {called: _by_image(rows, figure) for figure, called in BASELINES.items()}
    folds = {image["name"]: row.get("fold") for row in rows for image in row["images"]}
    names = sorted(folds)
    cells = [
        [
            name,
            NONE if folds[name] is None else str(folds[name]),
            *(_number(column.get(name)) for column in (*beside.values(), *columns.values())),
        ]
        for name in names
    ]
    head = ["Image", "Fold", *beside, *columns]
    return {"title": "", "head": head, "rows": cells, "is_numeric": True}


def _number(value: float | None) -> str:
    return NONE if value is None else f"{value:.2f}"


def _said_of_data(rows: Sequence[Row]) -> list[str]:
    """Say data range, split, and which images are measured."""
    ranges = list(dict.fromkeys(
        f"Data range L: {number_text(row['data_range'])} ({row['data_range_is']})."
        for row in rows if row.get("data_range")
    ))  # fmt: skip
    names = sorted({image["name"] for row in rows for image in row["images"]})
    trained = sorted({row["trained_on"] for row in rows if row.get("trained_on")})
    folds = sorted({row["fold"] for row in rows if row.get("fold")})
    split = sorted({row["split"] for row in rows if row.get("split")})
    if not names:
        return ranges
    how = (
        f"each once, as the test of one of {len(folds)} folds"
        if folds
        else f"those of the split '{' and '.join(split)}'"
    )
    least = " or ".join(map(str, trained))
    text = (
        f"Measured are n = {len(names)} images, {how}; networks learnt from {least} others. "
        f"They are: {', '.join(names)}."
    )
    return [*ranges, text]


def _diverged(rows: Sequence[Row]) -> list[str]:
    lost: Mapping[str, int] = {
        label: sum(row["status"] != DONE for row in rows if row["label"] == label)
        for label in dict.fromkeys(str(row["label"]) for row in rows)
    }
    return [
        f"{label}: {count} trainings diverged and do not count." for label, count in lost.items()
        if count
    ]  # fmt: skip


def _facts(plan: TranslationPlan, rows: Sequence[Row]) -> dict[str, str]:
    seconds = sum(float(row.get("seconds") or 0) for row in rows)
    machine = rows[0].get("machine") or {} if rows else {}
    facts = {
        "Images": f"{Path(rows[0]['patches']).name}, {rows[0]['n']} images" if rows else "",
        "Method": str(plan.base.get("method", "")),
        "Preset": str(plan.base.get("preset", "")),
        "Runs": str(len(rows)),
        "Seeds": ", ".join(map(str, plan.seeds)),
        "Time of all trainings": f"{seconds:.0f} s",
        "Processor": str(machine.get("cpu") or ""),
        "Device": str(machine.get("device") or ""),
    }
    return {name: value for name, value in facts.items() if value}


def _pictures(rows: Sequence[Row], labels: Sequence[str], out: Path) -> list[dict[str, Any]]:
    found = []
    for label in labels[:MOST_PICTURES]:
        run = next((str(row["run"]) for row in rows if row["label"] == label), None)
        samples = sorted((out / run / "samples").glob("*.png")) if run else []
        if samples:
            path = samples[-1].relative_to(out).as_posix()
            found.append({"path": path, "caption": label, "pixelated": True})
    return found
