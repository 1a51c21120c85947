"""The child of the mutation run: carries out commands in one process, one line of JSON each.

Every answer is the exit code and what was written to stderr. What ends or holds up this process
is noticed by whoever started it.
"""

import contextlib
import importlib
import io
import json
import os
import sys
import traceback
from pathlib import Path

from satstudio.cli.main import main
from satstudio.core.errors import SatstudioError

MEMORY_BYTES = 6 * 2**30


def called(words):
    """Call `module:function` with a path, as the window does."""
    module, name = words[0].removeprefix("call:").split(":")
    try:
        getattr(importlib.import_module(module), name)(*map(Path, words[1:]))
    except SatstudioError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def carried_out(words):
    try:
        return called(words) if words[0].startswith("call:") else main(words)
    except SystemExit as end:
        return int(end.code or 0)
    except BaseException:  # noqa: BLE001 - it is what is looked for
        traceback.print_exc()
        return 1


def run():
    with contextlib.suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        question = json.loads(line)
        os.environ["SATSTUDIO_HOME"] = question["home"]
        said, errors = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(errors):
            code = carried_out(question["words"])
        answer = {"code": code, "out": said.getvalue()[:200_000], "err": errors.getvalue()[-4000:]}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    run()
