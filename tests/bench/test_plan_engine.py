"""The engine of plans: a row a task; what is finished is kept, what fails is told."""

import json
import time

import pytest

from satstudio.bench.plans.carry_out import carry_out
from satstudio.bench.plans.document import Document
from satstudio.bench.plans.rows import Rows
from satstudio.bench.plans.task import Place, Task
from satstudio.bench.plans.work import PlanWork
from satstudio.core.errors import Cancelled, InputError, RunError
from satstudio.core.progress import Progress
from satstudio.core.recipe import Recipe
from satstudio.jobs.functions import function_of


class Squares(Recipe):
    numbers: tuple[int, ...]
    unit: str = "m"


class SquaresWork(PlanWork):
    fixed = ("unit",)

    def __init__(self, values, place):
        super().__init__(values, place)
        self.plan = Squares.build(values)

    def tasks(self, launch, progress):
        return tuple(
            Task("square", {"number": number}, {"key": f"n{number}"}, {"square": None}, f"{number}")
            for number in self.plan.numbers
        )

    def document(self, rows):
        cells = [[row["key"], str(row["square"])] for row in rows]
        page = {"title": "Squares", "sections": [{"title": "All", "tables": [{"rows": cells}]}]}
        return Document("squares", page, {"rows": list(rows)})


class Squarer:
    """Carries tasks out and remembers which; numbers in `bad` fail."""

    def __init__(self, *bad, error=None):
        self.done, self.bad = [], bad
        self.error = error or RuntimeError("no such number")

    def __call__(self, task, progress):
        number = task.arguments["number"]
        progress.report(0.5, "squaring")
        self.done.append(number)
        if number in self.bad:
            raise self.error
        return {"status": "done", "square": number**2}


def squares(out, numbers, squarer, progress=None, **more):
    work = SquaresWork({"numbers": numbers, **more}, Place(out))
    return carry_out(work, squarer, progress or Progress())


def rows_of(out):
    return {row["key"]: row for row in Rows(out).all}


def test_finished_tasks_are_not_done_again_and_more_can_come(tmp_path):
    squares(tmp_path / "out", [1, 2], Squarer())
    again = Squarer()
    page = json.loads(squares(tmp_path / "out", [1, 2, 3], again).read_text("utf-8"))
    assert again.done == [3]
    assert [row["square"] for row in page["rows"]] == [1, 4, 9]
    assert page["kind"] == "squares"
    assert page["report"]["facts"]["Versions"].startswith("satstudio ")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (InputError("The number is too odd."), "The number is too odd."),
        (RuntimeError("boom"), "satstudio made an error: RuntimeError: boom"),
        (OSError(28, "No space left on device"), "No space left on device"),
    ],
)
def test_a_task_that_fails_is_a_row_with_its_reason_and_the_rest_goes_on(tmp_path, error, sentence):
    squares(tmp_path / "out", [1, 2, 3], Squarer(2, error=error))
    rows = rows_of(tmp_path / "out")
    assert [row["status"] for row in rows.values()] == ["done", "failed", "done"]
    assert sentence in rows["n2"]["message"]
    again = Squarer()
    squares(tmp_path / "out", [1, 2, 3], again)
    assert again.done == [2], "what failed is tried again, and nothing else"
    assert [row["square"] for row in rows_of(tmp_path / "out").values()] == [1, 4, 9]


def test_where_every_task_fails_the_reason_of_the_first_is_told(tmp_path):
    with pytest.raises(RunError, match=r"Every task .* \(2 of 2\).*no such number"):
        squares(tmp_path / "out", [1, 2], Squarer(1, 2))
    assert len(rows_of(tmp_path / "out")) == 2


def test_a_stop_keeps_what_is_finished_and_is_no_failure(tmp_path):
    squarer = Squarer()
    stopping = Progress(is_stopped=lambda: len(squarer.done) >= 2)
    with pytest.raises(Cancelled):
        squares(tmp_path / "out", [1, 2, 3], squarer, stopping)
    assert list(rows_of(tmp_path / "out")) == ["n1", "n2"]
    squares(tmp_path / "out", [1, 2, 3], squarer)
    assert squarer.done == [1, 2, 3]


def test_each_row_is_announced_and_texts_say_whose_they_are(tmp_path):
    told, texts = [], []
    progress = Progress(
        lambda share, text: texts.append((share, text)),
        announce=lambda name, fields: told.append((name, fields["key"])),
    )
    squares(tmp_path / "out", [5, 6], Squarer(), progress)
    assert told == [("row", "n5"), ("row", "n6")]
    assert texts == [(0.25, "5: squaring"), (0.75, "6: squaring")]


def test_a_folder_of_something_else_or_of_another_plan_is_refused(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine", "utf-8")
    with pytest.raises(InputError, match="is no sweep"):
        squares(tmp_path / "mine", [1], Squarer())
    squares(tmp_path / "out", [1], Squarer())
    with pytest.raises(InputError, match="another 'unit'"):
        squares(tmp_path / "out", [1], Squarer(), unit="km")


def test_a_line_that_a_killed_process_left_half_written_is_done_again(tmp_path):
    squares(tmp_path / "out", [1, 2], Squarer())
    file = tmp_path / "out" / "rows.jsonl"
    file.write_text(file.read_text("utf-8")[:-9], "utf-8")
    again = Squarer()
    squares(tmp_path / "out", [1, 2], again)
    assert again.done == [2]
    assert [row["square"] for row in rows_of(tmp_path / "out").values()] == [1, 4]


def test_a_stop_is_followed_while_a_task_still_imports_what_it_needs(tmp_path, monkeypatch):
    (tmp_path / "slow_to_import.py").write_text("import time\ntime.sleep(6)\n", "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    began = time.monotonic()
    with pytest.raises(Cancelled):
        function_of("slow_to_import:anything", Progress(
            is_stopped=lambda: time.monotonic() - began > 0.3))  # fmt: skip
    assert time.monotonic() - began < 2
