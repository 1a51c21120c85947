"""PlanWork: what a kind of plan says of its tasks, its rows and its report."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from satstudio.bench.plans.document import Document
from satstudio.bench.plans.rows import Rows
from satstudio.bench.plans.task import Launch, Place, Row, Task
from satstudio.core.progress import Progress
from satstudio.core.recipe import Recipe


class PlanWork(ABC):
    """A plan in its folder.

    Attributes
    ----------
    fixed : fields of the plan that cannot change when it goes on
    plan : the checked plan
    """

    fixed: ClassVar[tuple[str, ...]] = ()
    plan: Recipe

    def __init__(self, values: dict[str, Any], place: Place) -> None:
        """Check the values of a plan; raises RecipeError where they are none."""
        self.place = place

    @abstractmethod
    def tasks(self, launch: Launch, progress: Progress) -> tuple[Task, ...]:
        """Return all tasks in their order; what only a worker can check is launched.

        Raises
        ------
        SatstudioError
            If the plan cannot work, before anything is written.
        """

    def check(self, rows: Rows, tasks: Sequence[Task]) -> None:  # noqa: B027 - usually nothing
        """Raise InputError or RunError where rows of an earlier start do not belong here."""

    def tidy(self, rows: Rows, tasks: Sequence[Task], row: Row) -> None:  # noqa: B027 - as above
        """Do what is due after a row has come."""

    def told(self, row: Row) -> Row:
        """Return what is announced of a row."""
        return row

    @abstractmethod
    def document(self, rows: Sequence[Row]) -> Document:
        """Return what is said of the rows, at least one of which did not fail."""
