"""The door on a bare server: python -m satstudio.learn PATCHES --recipe FILE --out RUN."""

import argparse
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from satstudio.core.environment import prepare_environment
from satstudio.core.errors import InputError, SatstudioError
from satstudio.core.files.json_text import strict_json
from satstudio.core.progress import Progress
from satstudio.core.recipe import read_toml, with_settings

EXAMPLE = "example: python -m satstudio.learn patches/sea --recipe small.toml --out runs/sea"


def main(arguments: Sequence[str] | None = None) -> int:
    """Train as the arguments say; returns the exit code."""
    choices = _parser().parse_args(arguments)
    prepare_environment()
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # spinning threads cost 4 to 40 times
    try:
        result = _estimate(choices) if choices.dry_run else _train(choices)
    except SatstudioError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    if os.environ.get("RANK", "0") == "0":
        sys.stdout.write(f"{result}\n")
    return 0


def _train(choices: argparse.Namespace) -> Path:
    # lazy: choice of door; the wait policy must be set before torch loads OpenMP
    from satstudio.learn.loop.loop import TrainRecipe, train
    from satstudio.learn.loop.torchrun import train_distributed

    out: Path | None = choices.out
    if out is None:
        raise InputError("Give --out RUN, the folder of the run, or --dry-run.")
    recipe = TrainRecipe.build(*_values(choices))
    work = train_distributed if _processes() > 1 else train
    return work(choices.patches, recipe, out, _progress(), choices.resume)


def _estimate(choices: argparse.Namespace) -> str:
    if _processes() > 1:
        raise InputError("A dry run measures one process: start it without torchrun.")
    # lazy: as in _train
    from satstudio.learn.loop.estimate import estimate
    from satstudio.learn.setup.recipe import TrainRecipe

    found = estimate(choices.patches, TrainRecipe.build(*_values(choices)), _progress())
    return json.dumps(asdict(found))


def _values(choices: argparse.Namespace) -> tuple[dict[str, Any], str]:
    """Return the values of the recipe and where they come from."""
    is_own = choices.resume and choices.out is not None
    file = choices.recipe or (choices.out / "recipe.toml" if is_own else None)
    values = read_toml(file) if file else {}
    values = with_settings(values, choices.set)
    for key in ("method", "start", "steps", "budget_s"):
        if getattr(choices, key) is not None:
            values[key] = getattr(choices, key)
    return values, str(file) if file else "recipe"


def _processes() -> int:
    """Return how many processes torchrun, or what stands in for it, has started."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def _progress() -> Progress:
    """Stop at SIGINT and SIGTERM; a line of JSON on stderr for every event but progress."""
    stops: list[int] = []
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda number, _frame: stops.append(number))

    def announce(event: str, fields: Mapping[str, Any]) -> None:
        sys.stderr.write(strict_json({"ev": event, **fields}, None) + "\n")
        sys.stderr.flush()

    return Progress(is_stopped=lambda: bool(stops), announce=announce)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m satstudio.learn",
        description="Train a network; needs neither Qt nor GDAL. On several GPUs: torchrun "
        "--standalone --local-addr 127.0.0.1 --nproc-per-node N -m satstudio.learn ..., with the "
        "same arguments.",
        epilog=EXAMPLE,
    )
    parser.add_argument("patches", type=Path, help="patch set")
    parser.add_argument("--recipe", type=Path, help="TOML file (with --resume: the run's own)")
    parser.add_argument("--out", type=Path, help="run folder")
    parser.add_argument("--dry-run", action="store_true", help="measure time and memory only")
    parser.add_argument("--resume", action="store_true", help="go on with the run in --out")
    parser.add_argument("--method", help="instead of a recipe: defaults of this method")
    parser.add_argument("--start", metavar="MODEL.onnx", help="weights to begin with")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--steps", type=int, help="optimisation steps in all")
    parser.add_argument("--budget", dest="budget_s", type=float, help="seconds of training in all")
    return parser


def _end(code: int) -> NoReturn:
    """End the program; one of several processes does so at once."""
    if _processes() > 1:
        # lazy: alone, a refusal needs no torch
        from satstudio.learn.distributed import leave

        leave(code)
    sys.exit(code)


if __name__ == "__main__":
    _end(main())
