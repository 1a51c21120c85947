"""benchmark_page: a table a data set; models are rows, figures columns."""

from collections.abc import Sequence
from typing import Any

from satstudio.bench.plans.benchmark.benchmark_plan import BenchmarkPlan
from satstudio.bench.plans.failures import failure_remarks, whole
from satstudio.bench.plans.published import published_tables
from satstudio.bench.plans.task import Row
from satstudio.metrics.run_figures import ARROWS
from satstudio.metrics.trials import rank, statistic_of

NONE = "none"


def benchmark_page(plan: BenchmarkPlan, rows: Sequence[Row]) -> dict[str, Any]:
    """Return the fields of a report; the best in bold where trials tell it from chance."""
    seconds = sum(float(row.get("seconds") or 0) for row in rows)
    tables = [
        _table(name, found)
        for name in dict.fromkeys(str(row["set"]) for row in rows)
        if (found := [row for row in whole(rows) if row["set"] == name])
    ]
    section = {
        "title": "Figures",
        "text": plan.text,
        "tables": [*tables, *published_tables(plan.published)],
        "remarks": [*_definitions(rows), *failure_remarks(rows), *plan.differs],
    }
    facts = {
        "Data sets": str(len(plan.sets)),
        "Models": str(len(plan.models)),
        "Time of all models": f"{seconds:.0f} s",
    }
    return {"title": plan.title, "facts": facts, "sections": [section]}


def _table(name: str, rows: Sequence[Row]) -> dict[str, Any]:
    """Return the table of one set: mean and standard deviation over the seeds of generators."""
    cards = {key: card for row in rows for key, card in row["cards"].items()}
    models = list(dict.fromkeys(str(row["model"]) for row in rows))
    columns = {key: [statistic_of(_values(rows, model, key)) for model in models] for key in cards}
    best = [
        (place, number)
        for number, (key, found) in enumerate(columns.items(), 1)
        if (place := rank(found, cards[key]["better"]).best) is not None
    ]
    cells = [
        [
            model,
            *(one.text if (one := columns[key][place]) else NONE for key in cards),
            _time(rows, model),
            str(sum(row["model"] == model for row in rows)),
        ]
        for place, model in enumerate(models)
    ]
    return {
        "title": name,
        "head": ["Model", *(_heading(key, card) for key, card in cards.items()), "Time (s)",
                 "Trials (n)"],
        "rows": cells,
        "is_numeric": True,
        "best": best,
    }  # fmt: skip


def _values(rows: Sequence[Row], model: str, key: str) -> list[float]:
    found = [row["figures"].get(key) for row in rows if row["model"] == model]
    return [float(value) for value in found if value is not None]


def _time(rows: Sequence[Row], model: str) -> str:
    found = statistic_of([float(row["seconds"]) for row in rows if row["model"] == model])
    return found.text if found else NONE


def _heading(key: str, card: dict[str, Any]) -> str:
    unit = f" ({card['unit']})" if card["unit"] else ""
    return f"{key}{unit} {ARROWS[card['better']]}".rstrip()


def _definitions(rows: Sequence[Row]) -> list[str]:
    """Return each figure's definition and n, and notes of single ones."""
    texts = [
        f"{key}: {card['definition']}, n {card['n']}."
        for row in whole(rows)
        for key, card in row["cards"].items()
    ]
    notes = [
        f"{row['row']}, {key}: {card['note']}."
        for row in whole(rows)
        for key, card in row["cards"].items()
        if card["note"]
    ]
    return list(dict.fromkeys([*texts, *notes]))
