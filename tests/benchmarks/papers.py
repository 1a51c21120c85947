"""The tables of sweeps as small JSON files: python tests/benchmarks/papers.py OUT SWEEP...

A SWEEP is the folder of one, with its report.json; what is kept of it says what was done and what
was found, as the report prints it, and names no folder.
"""

import json
import sys
from pathlib import Path

KEPT = ("title", "text", "tables", "remarks")


def condensed(document: dict) -> dict:
    """Keep what a report's tables and remarks say, what was trained and with which versions."""
    page = document["report"]
    sections = [{key: one[key] for key in KEPT if one.get(key)} for one in page["sections"]]
    kept = {key: document[key] for key in ("kind", "created", "versions")}
    return {**kept, "title": page["title"], "facts": page["facts"], "sections": sections}


def main(out: Path, folders: list[Path]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for folder in folders:
        document = json.loads((folder / "report.json").read_text("utf-8"))
        text = json.dumps(condensed(document), indent=1, ensure_ascii=False)
        (out / f"papers-{folder.name}.json").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
