"""sweep_page: a sweep's tables, curves and pictures, as a report holds them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from satstudio.bench.plans.failures import failure_remarks
from satstudio.bench.plans.published import published_tables
from satstudio.bench.plans.sweeps.curves import sweep_curves
from satstudio.bench.plans.sweeps.layout import mean_tables, nearest_table, seed_table
from satstudio.bench.plans.sweeps.summary import Group, groups_of
from satstudio.bench.plans.sweeps.sweep_plan import SweepPlan, as_run, describe
from satstudio.bench.plans.task import Row
from satstudio.metrics.run_figures import not_told_apart

NAMED = ("method", "preset", "threads")
MOST_PICTURES = 24
TAKEN = {"end": "Figures are those at the end of each run.", "best": "Figures are those of each "
         "run's best check by the first figure."}  # fmt: skip
NEAREST = (
    "Curves and pictures are of the run of each row whose first figure is nearest to the row's "
    "mean."
)
BESIDE = (
    "Real against real: training patches against the same held-out ones; nothing can be expected "
    "beyond. Gaussian fields have learnt nothing: white, or with the mean spectrum of the training "
    "patches, each patch with the power of one of those. A generator that is not better than they "
    "are has no skill in that figure."
)


def sweep_page(plan: SweepPlan, rows: Sequence[Row], out: Path) -> dict[str, Any]:
    """Return the fields of a report: mean and standard deviation over seeds, best in bold, n.

    Parameters
    ----------
    rows : finished ones; at least one
    out : folder of the sweep, whose run folders are read
    """
    groups = groups_of(rows, plan.figures)
    tables = mean_tables(plan, rows, groups)
    steps = [int(row["step"]) for row in rows if row.get("step")]
    said = [as_run(text, steps) for text in plan.differs]
    return {
        "title": plan.title,
        "facts": _facts(plan, rows),
        "sections": [
            {
                "title": "Figures",
                "text": as_run(plan.text, steps),
                "tables": [*tables, *published_tables(plan.published)],
                "remarks": [*_remarks(plan, rows, groups), *said],
            },
            {
                "title": "The runs nearest to the mean",
                "text": NEAREST,
                "curves": sweep_curves(plan, rows, groups, out),
                "pictures": _pictures(groups, out),
                "tables": [nearest_table(plan, groups, out)],
            },
            {"title": "Seed by seed", "tables": [seed_table(plan, rows)]},
        ],
    }


def _facts(plan: SweepPlan, rows: Sequence[Row]) -> dict[str, str]:
    seconds = sum(float(row.get("seconds") or 0) for row in rows)
    facts = {
        "Patch set": Path(rows[0]["patches"]).name,
        "Method": str(plan.base.get("method", "")),
        "Preset": str(plan.base.get("preset", "")),
        "Settings": describe({key: plan.base[key] for key in plan.base if key not in NAMED}),
        "Runs": str(len(rows)),
        "Seeds": ", ".join(map(str, plan.seeds)),
        "Time of all trainings": f"{seconds:.0f} s",
        "Trained": _days(rows),
        "Machine": " and ".join(dict.fromkeys(filter(None, map(_machine, rows)))),
        "Versions": " and ".join(dict.fromkeys(filter(None, map(_versions, rows)))),
    }
    return {name: value for name, value in facts.items() if value}


def _days(rows: Sequence[Row]) -> str:
    days = sorted({str(row["finished"])[:10] for row in rows if row.get("finished")})
    return " to ".join(dict.fromkeys((days[0], days[-1]))) if days else ""


def _machine(row: Row) -> str:
    known = row.get("machine") or {}
    parts = (
        known.get("cpu"),
        known.get("cores") and f"cores: {known['cores']}",
        known.get("threads") and f"threads used: {known['threads']}",
        known.get("gpu") if str(known.get("device", "")).startswith("cuda") else "",
    )
    return ", ".join(str(part) for part in parts if part)


def _versions(row: Row) -> str:
    return ", ".join(f"{name} {value}" for name, value in (row.get("versions") or {}).items())


def _remarks(plan: SweepPlan, rows: Sequence[Row], groups: Sequence[Group]) -> list[str]:
    cards = [plan.card_of(name) for name in plan.figures]
    noise = [
        not_told_apart(card, {one.row: one.figures.get(card.key) for one in groups})
        for card in cards
    ]
    return [
        TAKEN[plan.taken] + _measured(rows),
        *filter(None, noise),
        *(card.definition for card in cards),
        *([BESIDE] if any(row.get("beside") for row in rows) else []),
        *_scored(rows),
        *_lost(rows, groups),
        *failure_remarks(rows),
    ]


def _scored(rows: Sequence[Row]) -> list[str]:
    """Say which networks gave FID and IS, and of how many images."""
    known = {json.dumps(row["scored"], sort_keys=True): row["scored"] for row in rows
             if row.get("scored")}  # fmt: skip
    return [text for facts in known.values() for text in _of_networks(facts)]


def _of_networks(facts: Mapping[str, Any]) -> list[str]:
    last = facts["first_seed"] + facts["n"] - 1
    real = "held-out" if facts["split"] == "validation" else "training"
    n = f"n {facts['n']} generated (seeds {facts['first_seed']} to {last})"
    texts = []
    if facts["extractor"]:
        title = f"Fr\N{LATIN SMALL LETTER E WITH ACUTE}chet distance and KID ({facts['title']})"
        note = f"; {facts['note']}" if facts["note"] else ""
        texts.append(
            f"{title}: features of {facts['extractor']}, {n} against {facts['n_real']} {real} "
            f"images{note}."
        )
    if facts["classifier"]:
        texts.append(
            f"Inception Score: classes of {facts['classifier']}, {n}; beside it that of "
            f"{facts['n_real']} {real} images. It means little outside the network's classes."
        )
    return texts


def _measured(rows: Sequence[Row]) -> str:
    """Say on how many images figures are measured."""
    made, real = (sorted({row[name] for row in rows if row.get(name)}) for name in ("n", "n_real"))
    if not made:
        return ""
    against = f" and {_either(real)} different real ones" if real else ""
    return (
        f" Each is measured on {_either(made)} generated images{against}, always of the same seeds."
    )


def _either(counts: Sequence[int]) -> str:
    return " or ".join(map(str, counts))


def _lost(rows: Sequence[Row], groups: Sequence[Group]) -> list[str]:
    lost = [
        f"{group.row}: {group.diverged} of {group.trials} trainings diverged and do not count."
        for group in groups
        if group.diverged
    ]
    return lost + [
        f"{row['row']}, seed {row['seed']}: went back {row['trips']} times, each time with "
        "half the learning rate of before."
        for row in rows
        if row.get("trips")
    ]


def _pictures(groups: Sequence[Group], out: Path) -> list[dict[str, Any]]:
    found = []
    for group in groups[:MOST_PICTURES]:
        samples = sorted((out / str(group.nearest) / "samples").glob("*.png"))
        if samples:
            path = samples[-1].relative_to(out).as_posix()
            found.append({"path": path, "caption": group.row, "pixelated": True})
    return found
