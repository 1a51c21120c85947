"""overlapped: while one item is worked on, the next is read and the last is written."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Read = TypeVar("Read")
Made = TypeVar("Made")


def overlapped(
    items: Iterable[Item],
    read: Callable[[Item], Read],
    make: Callable[[Item, Read], Made],
    write: Callable[[Item, Read, Made], None],
) -> None:
    """Do read, make, write for each item, in order.

    `make` runs on this thread, `read` and `write` on one other, never two at once. At most three
    items are in memory. The first error ends the work and is raised here; nothing runs any more
    when this returns.
    """
    queue = iter(items)
    with ThreadPoolExecutor(1, "restore") as helper:
        try:
            ahead = _ahead(helper, queue, read)
            behind: Future[None] | None = None
            while ahead is not None:
                item, future = ahead
                ready = future.result()
                ahead = _ahead(helper, queue, read)
                made = make(item, ready)
                if behind is not None:
                    behind.result()
                behind = helper.submit(write, item, ready, made)
            if behind is not None:
                behind.result()
        finally:
            helper.shutdown(cancel_futures=True)


def _ahead(
    helper: ThreadPoolExecutor, queue: Iterable[Item], read: Callable[[Item], Read]
) -> tuple[Item, Future[Read]] | None:
    for item in queue:
        return item, helper.submit(read, item)
    return None
