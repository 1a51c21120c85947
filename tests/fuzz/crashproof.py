"""Child, Outcome: one command in a process that may crash, hang or ask for too much memory."""

import json
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

LIMIT_S = 40.0
"""Of one command: a reading is ended after 30 s with a sentence."""

TORCH_LIMIT_S = 240.0
"""Of one that starts a worker with torch: a whole training takes 40 s on a busy machine."""

ALLOWED = (0, 2, 3)
TESTS = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Outcome:
    """How a command ended: its exit code, below 0 a signal, None where it hung."""

    code: int | None
    errors: str = ""
    output: str = ""

    @property
    def trouble(self) -> str:
        """What is not allowed of it; empty where nothing is."""
        if self.code is None:
            return "hung"
        if self.code not in ALLOWED:
            last = self.errors.strip().splitlines()[-1:]
            return f"exit {self.code}: {''.join(last)[:300]}"
        if "Traceback" in self.errors:
            return "a traceback"
        if self.code == 2 and not self.errors.strip():
            return "exit 2 without a word"
        return ""


class Child:
    """Carries out commands one after the other in one process; a new one where it ended."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def run(self, words: list[str], home: Path, limit_s: float = LIMIT_S) -> Outcome:
        process = self._started()
        is_late: list[bool] = []

        def end() -> None:
            is_late.append(True)
            process.kill()

        timer = threading.Timer(limit_s, end)
        timer.start()
        try:
            process.stdin.write(json.dumps({"words": words, "home": str(home)}) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except OSError:
            line = ""
        finally:
            timer.cancel()
        if not line:
            code = process.wait()
            self.close()
            return Outcome(None if is_late else code)
        answer = json.loads(line)
        return Outcome(answer["code"], answer["err"], answer["out"])

    def close(self) -> None:
        if self._process is None:
            return
        self._process.kill()
        self._process.communicate()
        self._process = None

    def _started(self) -> "subprocess.Popen[str]":
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-W", "ignore", TESTS / "fuzz/child.py"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                cwd=TESTS.parent,
            )
        return self._process
