"""The mutation run: every reader and study file, damaged at random, through the real commands.

`python tests/fuzz/mutation_run.py --seconds 3600` by hand; the tests run a few seconds of it.
Input N of a target with one seed is always the same. What is not allowed (an exit code other
than 0, 2, 3, a signal, more than 40 s, or 240 s with torch, more than 6 GiB) is kept with its
command in --keep.
"""

import argparse
import itertools
import shutil
import sys
import tempfile
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

import numpy as np  # noqa: E402 - the tests' makers lie beside this folder
from fuzz.crashproof import LIMIT_S, TORCH_LIMIT_S, Child, Outcome  # noqa: E402 - as above
from fuzz.mutations import mutated  # noqa: E402 - as above
from fuzz.targets import TARGETS, Target  # noqa: E402 - as above


@dataclass
class Tally:
    """What was run and what was found."""

    codes: dict[str, Counter] = field(default_factory=lambda: defaultdict(Counter))
    troubles: list[tuple[str, int, str, list[str]]] = field(default_factory=list)
    slowest: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def lines(self) -> Iterator[str]:
        for name, codes in self.codes.items():
            counts = ", ".join(f"exit {code}: {n}" for code, n in sorted(codes.items(), key=str))
            yield f"{name:16} {sum(codes.values()):6} inputs  {counts}  {self.slowest[name]:.1f} s"
        total = sum(sum(codes.values()) for codes in self.codes.values())
        yield f"{total} inputs, {len(self.troubles)} not allowed"


class MutationRun:
    """Targets made once in a folder; inputs by (target, seed, number)."""

    def __init__(self, folder: Path, names: Sequence[str], keep: Path | None = None) -> None:
        self._folder, self._keep = folder, keep
        self._child = Child()
        self.tally = Tally()
        self.targets = {name: TARGETS[name] for name in names}
        for name, target in self.targets.items():
            (folder / "whole" / name).mkdir(parents=True)
            target.make(folder / "whole" / name)

    def one(self, name: str, seed: int, number: int) -> Outcome:
        """Damage a file, run a command, count the outcome."""
        target = self.targets[name]
        rng = np.random.default_rng([seed, zlib.crc32(name.encode()), number])
        place = self._folder / "now" / name
        shutil.rmtree(place.parent, ignore_errors=True)
        shutil.copytree(self._folder / "whole" / name, place)
        path = damage(target, place, rng)
        words = command(target, place, path, rng)
        start = time.monotonic()
        limit_s = TORCH_LIMIT_S if target.needs_torch else LIMIT_S
        outcome = self._child.run(words, place, limit_s)
        self.tally.slowest[name] = max(self.tally.slowest[name], time.monotonic() - start)
        self.tally.codes[name][outcome.code] += 1
        if outcome.trouble:
            self._found(name, number, outcome, words)
        return outcome

    def _found(self, name: str, number: int, outcome: Outcome, words: list[str]) -> None:
        self.tally.troubles.append((name, number, outcome.trouble, words))
        if self._keep is None:
            return
        kept = self._keep / f"{name}-{number}"
        shutil.copytree(self._folder / "now" / name, kept, dirs_exist_ok=True)
        said = [" ".join(words), outcome.trouble, "", outcome.errors]
        (kept / "found.txt").write_text("\n".join(said), "utf-8", "backslashreplace")

    def close(self) -> None:
        self._child.close()


def damage(target: Target, place: Path, rng: np.random.Generator) -> Path:
    """Damage one of the target's files; returns which."""
    files = sorted(path for path in place.glob(target.damaged) if path.is_file())
    path = files[int(rng.integers(len(files)))]
    path.write_bytes(mutated(path.read_bytes(), rng))
    return path


def command(target: Target, place: Path, path: Path, rng: np.random.Generator) -> list[str]:
    """Return a command of the target, on what was damaged."""
    words = target.commands[int(rng.integers(len(target.commands)))]
    return placed(target, words, place, place / "out", path)


def placed(
    target: Target, words: Sequence[str], place: Path, out: Path, path: Path | None = None
) -> list[str]:
    """Fill paths into the words of a command; without `path`, that of the first file."""
    at = place / target.at if target.at else path or sorted(place.glob(target.damaged))[0]
    return [word.format(at=at, folder=place, out=out) for word in words]


def inputs(names: Sequence[str], first: int = 0) -> Iterator[tuple[int, str]]:
    """Give every target its next input, round after round; slow ones in one round of ten."""
    for number in itertools.count(first):
        for name in names:
            if not TARGETS[name].needs_torch or number % 10 == 0:
                yield number, name


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--seconds", type=float, default=60)
    ask.add_argument("--seed", type=int, default=0)
    ask.add_argument("--first", type=int, default=0, help="number of the first input")
    ask.add_argument("--only", help="a,b: names of targets")
    ask.add_argument("--keep", type=Path, help="folder for what is not allowed")
    ask.add_argument("--no-torch", action="store_true")
    chosen = ask.parse_args()
    names = chosen.only.split(",") if chosen.only else list(TARGETS)
    names = [name for name in names if not (chosen.no_torch and TARGETS[name].needs_torch)]
    end = time.monotonic() + chosen.seconds
    with tempfile.TemporaryDirectory() as folder:
        run = MutationRun(Path(folder), names, chosen.keep)
        for number, name in inputs(names, chosen.first):
            if time.monotonic() > end:
                break
            outcome = run.one(name, chosen.seed, number)
            if outcome.trouble:
                say(f"{name} {number}: {outcome.trouble}")
        run.close()
    say("\n".join(run.tally.lines()))
    return 1 if run.tally.troubles else 0


if __name__ == "__main__":
    sys.exit(main())
